//! Waiting for a server that is at work. It may take hours; but is it still there, who stands in its
//! way, and does the user still want it? A second connection asks.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::database::{Database, Limits};
use super::interrupt::Interrupt;
use crate::dialect::{
    Cause, ConnectOptions, Holder, Ours, ResultSet, Session, Sessions, SqlError, Standing, Target,
};

/// How long saying goodbye to a server may take.
const GOODBYE: Duration = Duration::from_secs(3);
/// How long after a request to cancel the next one goes out, should the first have come too early.
const AGAIN: Duration = Duration::from_millis(200);

/// What happens while a message is under way, beside looking whether anybody is there.
#[derive(Default)]
pub(super) struct Attention<'a> {
    /// Takes the sessions for which ours waits.
    pub(super) blockers: Option<&'a mut Vec<String>>,
    /// A signal cancels the statement in hand, where the database takes back the whole message then.
    pub(super) cancel: bool,
}

impl Attention<'_> {
    /// A signal cancels it.
    pub(super) fn cancellable() -> Self {
        Self {
            cancel: true,
            ..Self::default()
        }
    }
}

/// What is known of the connection.
pub(super) struct Line<'a> {
    target: &'a Target,
    limits: &'a Limits,
    interrupt: &'a Interrupt,
    application: &'a str,
    id: Option<&'a str>,
    lock: Option<&'a str>,
    pooled: bool,
    lost: &'a mut bool,
}

impl Database {
    /// The session, and what is known of its connection.
    pub(super) fn line(&mut self) -> (Line<'_>, &mut dyn Session) {
        let line = Line {
            target: &self.target,
            limits: &self.limits,
            interrupt: &self.interrupt,
            application: &self.application,
            id: self.facts.session_id.as_deref(),
            lock: self.lock.as_deref(),
            pooled: self.session.transaction_settings().is_some(),
            lost: &mut self.lost,
        };
        (line, self.session.as_mut())
    }

    /// Runs a script. It may take as long as the server works on it.
    ///
    /// # Errors
    /// The database's; [`Cause::Unreachable`] where nothing was heard for as long as the limits say.
    pub async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError> {
        self.run_with(script, Attention::default()).await
    }

    /// The same, with something else to look after.
    pub(super) async fn run_with(
        &mut self,
        script: &str,
        attention: Attention<'_>,
    ) -> Result<Vec<ResultSet>, SqlError> {
        let (mut line, session) = self.line();
        line.attend(session.run(script), attention).await
    }

    /// Who holds the runner's lock, as far as the server tells soon.
    pub(super) async fn lock_holder(&mut self, key: &str) -> Option<Holder> {
        let (line, session) = self.line();
        let asked = timeout(GOODBYE, session.lock_holder(key)).await;
        // What was cut off in the middle cannot be used any more.
        *line.lost |= asked.is_err();
        asked.ok().flatten()
    }

    /// Gives the lock back.
    pub async fn unlock(&mut self) {
        let Some(key) = self.lock.take() else {
            return;
        };
        if !self.lost {
            // If this fails the connection is gone, and the lock with it.
            let released = timeout(GOODBYE, self.session.unlock(&key)).await;
            self.lost = released.is_err();
        }
    }

    /// Gives the lock back and says goodbye.
    pub async fn close(mut self) {
        self.unlock().await;
        if !self.lost {
            let _ = timeout(GOODBYE, self.session.close()).await;
        }
    }
}

impl Line<'_> {
    /// Waits for `work`, and gives it up when the server seems to be gone.
    pub(super) async fn attend<T>(
        &mut self,
        work: impl Future<Output = Result<T, SqlError>>,
        attention: Attention<'_>,
    ) -> Result<T, SqlError> {
        if *self.lost {
            return Err(SqlError::local(
                Cause::Unreachable,
                "the connection was given up before",
            ));
        }
        let mut limit = self.limits.network_timeout;
        let Some(sessions) = self.target.backend.dialect().sessions() else {
            // A file is always there.
            return work.await;
        };
        let outcome = match self.id {
            Some(id) => {
                let ours = Ours {
                    id,
                    application: self.application,
                    pooled: self.pooled,
                    lock: self.lock,
                };
                self.watch(sessions, &ours, work, attention).await
            }
            // The first questions, by which it gets to know its session, are answered at once.
            None if limit.is_zero() => Some(work.await),
            None => {
                limit = limit.max(self.limits.connect_timeout);
                timeout(limit, work).await.ok()
            }
        };
        outcome.unwrap_or_else(|| {
            *self.lost = true;
            let seconds = limit.as_secs_f64();
            let why = format!("no answer for {seconds} s");
            Err(SqlError::local(Cause::Unreachable, why))
        })
    }

    /// Waits for `work` and asks about it from time to time; `None` when nobody is at it any more.
    async fn watch<T>(
        &self,
        sessions: &dyn Sessions,
        ours: &Ours<'_>,
        work: impl Future<Output = Result<T, SqlError>>,
        mut attention: Attention<'_>,
    ) -> Option<Result<T, SqlError>> {
        tokio::pin!(work);
        let limit = self.limits.network_timeout;
        let begin = Instant::now();
        let never = begin + Duration::from_secs(86_400 * 365);
        let step = limit / 3;
        let mut look_at = if limit.is_zero() { never } else { begin + step };
        // A lock is not waited for longer than this, so two questions are sure to meet the waiting.
        let ask_step = self.limits.ddl_lock_timeout / 2;
        let asks = attention.blockers.is_some() && !ask_step.is_zero();
        let mut ask_at = if asks { begin + ask_step } else { never };
        let mut cancel_at = never;
        let mut heard = !attention.cancel || sessions.cancel(ours).is_none();
        let (mut alive_at, mut doubts) = (begin, 0);
        let mut second = Second {
            line: self,
            session: None,
        };
        loop {
            tokio::select! {
                biased;
                outcome = &mut work => return second.end(outcome).await,
                _ = self.interrupt.heard(), if !heard => {
                    heard = true;
                    cancel_at = Instant::now();
                }
                () = sleep_until(look_at.min(ask_at).min(cancel_at)) => {}
            }
            let now = Instant::now();
            if let Some(query) = sessions.cancel(ours).filter(|_| cancel_at <= now) {
                let (told, ended) = second.ask_beside(&query, &mut work).await;
                if let Some(outcome) = ended {
                    return second.end(outcome).await;
                }
                let told = told.is_ok_and(|r| r.iter().any(|r| !r.rows.is_empty()));
                cancel_at = if told { never } else { Instant::now() + AGAIN };
            }
            if let Some(found) = attention.blockers.as_mut().filter(|_| ask_at <= now) {
                ask_at = now + ask_step;
                let query = sessions.blockers(ours);
                tokio::select! {
                    outcome = &mut work => return second.end(outcome).await,
                    answer = second.ask(&query) => {
                        let names = names(answer);
                        if !names.is_empty() {
                            **found = names;
                        }
                    }
                }
            }
            if look_at <= now {
                look_at = now + step;
                let query = sessions.look(ours);
                let answer = tokio::select! {
                    outcome = &mut work => return second.end(outcome).await,
                    answer = second.ask(&query) => answer,
                };
                let standing = standing(sessions, ours, answer);
                if standing == Some(Standing::AtWork) {
                    (alive_at, doubts) = (Instant::now(), 0);
                    continue;
                }
                doubts += 1;
                if doubts >= 2 && alive_at.elapsed() >= limit {
                    if let Some(end) = sessions
                        .end(ours)
                        .filter(|_| standing == Some(Standing::Idle))
                    {
                        // Otherwise it would keep what it holds until the server misses us.
                        let _ = second.ask(&end).await;
                    }
                    return None;
                }
            }
        }
    }
}

/// How our session stands; `None` where nobody answers.
fn standing(
    sessions: &dyn Sessions,
    ours: &Ours<'_>,
    answer: Result<Vec<ResultSet>, SqlError>,
) -> Option<Standing> {
    match answer {
        Ok(results) => Some(sessions.standing(ours, &results)),
        // A server that refuses is there.
        Err(e) if sessions.is_crowded(&e) => Some(Standing::AtWork),
        Err(e) if e.code.is_some() && e.cause != Cause::Unreachable => Some(Standing::AtWork),
        Err(_) => None,
    }
}

/// The first column.
fn names(answer: Result<Vec<ResultSet>, SqlError>) -> Vec<String> {
    let results = answer.unwrap_or_default();
    let rows = results.into_iter().next().map(|r| r.rows);
    let rows = rows.unwrap_or_default().into_iter();
    rows.filter_map(|row| row.into_iter().next()?).collect()
}

/// The second connection. It stays open from one question to the next.
struct Second<'a, 'b> {
    line: &'a Line<'b>,
    session: Option<Box<dyn Session>>,
}

impl Second<'_, '_> {
    async fn ask(&mut self, query: &str) -> Result<Vec<ResultSet>, SqlError> {
        let Line { target, limits, .. } = self.line;
        let patience = (limits.network_timeout / 3).max(Duration::from_secs(1));
        let options = ConnectOptions {
            application: "saasdb (watching another session)".to_owned(),
            ddl_lock_timeout: limits.ddl_lock_timeout,
            connect_timeout: limits.connect_timeout,
            create: false,
            read_only: true,
        };
        // Taken out, because what is cut off in the middle cannot be asked again.
        let open = self.session.take();
        let asking = async {
            let mut session = match open {
                Some(session) => session,
                None => target.backend.dialect().connect(target, &options).await?,
            };
            let answer = session.run(query).await?;
            Ok((session, answer))
        };
        match timeout(patience, asking).await {
            Ok(Ok((session, answer))) => {
                self.session = Some(session);
                Ok(answer)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SqlError::local(Cause::Unreachable, "no answer")),
        }
    }

    /// Asks to the end, so that it meets nothing that comes later, even where the work ends meanwhile.
    async fn ask_beside<T>(
        &mut self,
        query: &str,
        work: &mut (impl Future<Output = T> + Unpin),
    ) -> (Result<Vec<ResultSet>, SqlError>, Option<T>) {
        let asking = self.ask(query);
        tokio::pin!(asking);
        tokio::select! {
            answer = &mut asking => (answer, None),
            outcome = work => (asking.await, Some(outcome)),
        }
    }

    /// Says goodbye and passes the outcome on.
    async fn end<T>(self, outcome: T) -> Option<T> {
        if let Some(session) = self.session {
            let _ = timeout(GOODBYE, session.close()).await;
        }
        Some(outcome)
    }
}
