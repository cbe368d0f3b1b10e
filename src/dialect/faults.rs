//! Fault points: places in a run at which it can be made to die. Only with the feature `faults`, for
//! `saasdb drill` and the tests; docs/drill.md describes them for people.
//!
//! A session that goes through [`around`] counts the points that it passes, in the order in which a
//! run comes to them, which is the same each time. These variables say what becomes of them:
//!
//! | variable | what |
//! | --- | --- |
//! | `SAASDB_FAULT_POINT` | the number of the point, from 1, at which the process kills itself |
//! | `SAASDB_FAULT_LIST` | a file that gets a line for each point: number, kind, label, with tabs |
//! | `SAASDB_FAULT_SKIP` | statements that begin with this text (or one of several, separated by `\|`) are not sent: so a mechanism can be broken, to see that it is missed |
//!
//! Up to a point everything goes to the server as it always does. A script is cut only where the
//! process dies in the middle of it: what comes before that statement is sent, and nothing else.

use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

use sea_orm_migration::async_trait::async_trait;
use serde::Serialize;

use super::{Backend, Holder, ResultSet, Session, SqlError};
use crate::schema::sql::{self, Spanned, Token};

/// The variable with the point's number.
pub const POINT: &str = "SAASDB_FAULT_POINT";
/// The variable with the file for the list of points.
pub const LIST: &str = "SAASDB_FAULT_LIST";
/// The variable with what is not sent.
pub const SKIP: &str = "SAASDB_FAULT_SKIP";

/// What kind of point it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Before a database is made.
    Create,
    /// Before the runner's lock is asked for.
    Lock,
    /// The lock was given.
    Locked,
    /// Before a transaction begins.
    Begin,
    /// Before a statement that changes something.
    Statement,
    /// Before COMMIT.
    Commit,
    /// COMMIT was answered.
    Committed,
    /// Before the lock is given back.
    Unlock,
    /// It was given back.
    Unlocked,
    /// A script was sent whole, and nobody waits for the answer.
    Sent,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Lock,
        Self::Locked,
        Self::Begin,
        Self::Statement,
        Self::Commit,
        Self::Committed,
        Self::Unlock,
        Self::Unlocked,
        Self::Sent,
    ];

    /// Its name in lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Lock => "lock",
            Self::Locked => "locked",
            Self::Begin => "begin",
            Self::Statement => "statement",
            Self::Commit => "commit",
            Self::Committed => "committed",
            Self::Unlock => "unlock",
            Self::Unlocked => "unlocked",
            Self::Sent => "sent",
        }
    }
}

/// What the environment asks for.
struct Faults {
    at: Option<u64>,
    list: Option<Mutex<File>>,
    skip: Vec<String>,
    passed: AtomicU64,
}

/// What the environment asks for, if anything.
fn faults() -> Option<&'static Faults> {
    static FAULTS: OnceLock<Option<Faults>> = OnceLock::new();
    FAULTS
        .get_or_init(|| {
            let get = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
            let (point, list, skip) = (get(POINT), get(LIST), get(SKIP));
            (point.is_some() || list.is_some() || skip.is_some()).then(|| Faults {
                at: point.map(|n| understood(POINT, n.parse())),
                list: list.map(|path| {
                    let file = OpenOptions::new().create(true).append(true).open(path);
                    Mutex::new(understood(LIST, file))
                }),
                skip: skip
                    .map(|s| s.split('|').map(str::to_owned).collect())
                    .unwrap_or_default(),
                passed: AtomicU64::new(0),
            })
        })
        .as_ref()
}

/// A fault that nobody understands must not pass for a run without one.
fn understood<T, E: std::fmt::Display>(variable: &str, value: Result<T, E>) -> T {
    value.unwrap_or_else(|error| {
        eprintln!("error: {variable}: {error}");
        std::process::exit(2);
    })
}

impl Faults {
    /// Counts a point; whether the process is to die there.
    fn pass(&self, kind: Kind, label: &str) -> bool {
        let number = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(list) = &self.list {
            let line = format!("{number}\t{}\t{label}\n", kind.as_str());
            let mut file = list.lock().unwrap_or_else(PoisonError::into_inner);
            understood(LIST, file.write_all(line.as_bytes()));
        }
        self.at == Some(number)
    }

    fn skips(&self, statement: &str) -> bool {
        self.skip.iter().any(|text| statement.starts_with(text))
    }
}

/// Ends the process as a power failure would: nothing is tidied up.
fn die() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        // The signal takes all threads; this one has nothing left to do.
        std::thread::park();
    }
}

/// The session with fault points, where the environment asks for any.
pub fn around(inner: Box<dyn Session>, backend: Backend) -> Box<dyn Session> {
    match faults() {
        None => inner,
        Some(faults) => Box::new(FaultySession {
            inner,
            faults,
            // There a message with several statements is one transaction by itself.
            message_is_whole: backend == Backend::Postgres,
            open: false,
            asking: false,
        }),
    }
}

struct FaultySession {
    inner: Box<dyn Session>,
    faults: &'static Faults,
    message_is_whole: bool,
    /// A transaction is open.
    open: bool,
    /// The lock was asked for and not given.
    asking: bool,
}

/// A statement of a script.
#[derive(Debug, PartialEq, Eq)]
struct Piece<'a> {
    /// Where it starts in the script.
    start: usize,
    text: &'a str,
    kind: Option<Kind>,
}

#[async_trait]
impl Session for FaultySession {
    async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError> {
        let all = pieces(script);
        let (left, kept): (Vec<usize>, Vec<usize>) =
            (0..all.len()).partition(|i| self.faults.skips(all[*i].text));
        if left.is_empty() {
            return self.pass(script, &all).await;
        }
        // Whoever sent it counts statements and results, so the places of those left out stay.
        let texts: Vec<&str> = kept.iter().map(|i| all[*i].text).collect();
        let shorter = texts.join(";\n");
        let outcome = match kept.is_empty() {
            true => Ok(Vec::new()),
            false => self.pass(&shorter, &pieces(&shorter)).await,
        };
        match outcome {
            Ok(mut results) => {
                for i in left {
                    results.insert(i.min(results.len()), ResultSet::default());
                }
                Ok(results)
            }
            Err(error) => Err(SqlError {
                statement: kept.get(error.statement).copied().unwrap_or(0),
                ..error
            }),
        }
    }

    async fn try_lock(&mut self, key: &str) -> Result<bool, SqlError> {
        if !self.asking && self.faults.pass(Kind::Lock, "before the lock") {
            die();
        }
        let got = self.inner.try_lock(key).await?;
        // Asking again is no point of its own: how often depends on others.
        self.asking = !got;
        if got && self.faults.pass(Kind::Locked, "after the lock") {
            die();
        }
        Ok(got)
    }

    async fn note_holder(&mut self) {
        self.inner.note_holder().await;
    }

    async fn lock_holder(&mut self, key: &str) -> Option<Holder> {
        self.inner.lock_holder(key).await
    }

    fn transaction_settings(&self) -> Option<String> {
        self.inner.transaction_settings()
    }

    async fn unlock(&mut self, key: &str) -> Result<(), SqlError> {
        if self.faults.pass(Kind::Unlock, "before unlock") {
            die();
        }
        self.inner.unlock(key).await?;
        if self.faults.pass(Kind::Unlocked, "after unlock") {
            die();
        }
        Ok(())
    }

    async fn close(self: Box<Self>) {
        self.inner.close().await;
    }
}

impl FaultySession {
    /// Runs a script and passes its points.
    async fn pass(
        &mut self,
        script: &str,
        pieces: &[Piece<'_>],
    ) -> Result<Vec<ResultSet>, SqlError> {
        let places = self.places(pieces);
        let Some(first) = places.first() else {
            return self.inner.run(script).await;
        };
        let several = if places.len() > 1 { " …" } else { "" };
        let label = format!("sent {}{several}", short(first.text));
        if self.faults.pass(Kind::Sent, &label) {
            let mut work = self.inner.run(script);
            // Once is enough to put it on its way: what is not taken at once is not sent.
            poll_fn(|cx| {
                let _ = work.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
            die();
        }
        for piece in &places {
            let kind = piece.kind.unwrap_or(Kind::Statement);
            if self
                .faults
                .pass(kind, &format!("before {}", short(piece.text)))
            {
                let before = script[..piece.start].trim();
                if !before.is_empty() {
                    self.inner.run(before).await?;
                }
                die();
            }
        }
        let results = self.inner.run(script).await?;
        let ends = pieces.iter().rev().find_map(|p| p.kind);
        if ends == Some(Kind::Commit) && self.faults.pass(Kind::Committed, "after COMMIT") {
            die();
        }
        self.open = opened(self.open, pieces);
        Ok(results)
    }

    /// The statements before which there is a point: those that change something. Where a message is
    /// one transaction, nothing is between two statements that are in none of their own.
    fn places<'p, 'a>(&self, pieces: &'p [Piece<'a>]) -> Vec<&'p Piece<'a>> {
        let mut out = Vec::new();
        let mut open = self.open;
        let mut inside = false;
        for piece in pieces {
            if piece.kind.is_some() && (open || !inside) {
                out.push(piece);
            }
            open = opened(open, std::slice::from_ref(piece));
            inside = self.message_is_whole && !ends(piece) && (inside || piece.kind.is_some());
        }
        out
    }
}

/// Whether a transaction is open after these statements.
fn opened(before: bool, pieces: &[Piece<'_>]) -> bool {
    pieces.iter().fold(before, |open, piece| {
        (open || piece.kind == Some(Kind::Begin)) && !ends(piece)
    })
}

/// Whether a statement ends a transaction.
fn ends(piece: &Piece<'_>) -> bool {
    piece.kind == Some(Kind::Commit) || piece.text.starts_with("ROLLBACK")
}

/// The statements of a script. Bodies of triggers and routines, where they are not in quotes, have
/// semicolons of their own.
fn pieces(script: &str) -> Vec<Piece<'_>> {
    let all = sql::tokens(script);
    let mut out = Vec::new();
    let mut from = 0;
    let mut depth = 0usize;
    for (i, (token, _)) in all.iter().enumerate() {
        let next = |word: &str| all.get(i + 1).is_some_and(|(t, _)| t.is(word));
        if has_body(&all[from..i]) {
            if token.is("BEGIN") || token.is("CASE") {
                depth += usize::from(i == 0 || !all[i - 1].0.is("END"));
            } else if token.is("END") && !["IF", "LOOP", "WHILE", "REPEAT"].iter().any(|w| next(w))
            {
                depth = depth.saturating_sub(1);
            }
        }
        if *token == Token::Mark(';') && depth == 0 {
            out.extend(piece(script, &all[from..i]));
            from = i + 1;
        }
    }
    out.extend(piece(script, &all[from..]));
    out
}

fn piece<'a>(script: &'a str, tokens: &[Spanned]) -> Option<Piece<'a>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    Some(Piece {
        start: first.1.start,
        text: &script[first.1.start..last.1.end],
        kind: kind(tokens),
    })
}

/// Whether the statement that begins so makes something with a body.
fn has_body(tokens: &[Spanned]) -> bool {
    tokens.first().is_some_and(|(t, _)| t.is("CREATE"))
        && tokens.iter().take(8).any(|(t, _)| {
            ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"]
                .iter()
                .any(|w| t.is(w))
        })
}

/// What a statement does; `None` if it changes nothing that outlives the session.
fn kind(tokens: &[Spanned]) -> Option<Kind> {
    let mut words = tokens.iter().map(|(t, _)| t);
    let first = words.find(|t| **t != Token::Mark('('))?;
    let has = |all: &[&str]| tokens.iter().any(|(t, _)| all.iter().any(|w| t.is(w)));
    let is = |all: &[&str]| all.iter().any(|w| first.is(w));
    let changes = if is(&["SELECT", "VALUES", "TABLE", "WITH"]) {
        has(&["INSERT", "UPDATE", "DELETE", "MERGE", "setval", "nextval"])
    } else if is(&["PRAGMA"]) {
        tokens.iter().any(|(t, _)| *t == Token::Mark('='))
    } else {
        !is(&["SHOW", "EXPLAIN", "DESCRIBE", "SET", "RESET", "ROLLBACK"])
    };
    let makes_database = || is(&["CREATE"]) && tokens.get(1).is_some_and(|(t, _)| t.is("DATABASE"));
    changes.then(|| match () {
        () if is(&["BEGIN", "START"]) => Kind::Begin,
        () if is(&["COMMIT"]) => Kind::Commit,
        () if makes_database() => Kind::Create,
        () => Kind::Statement,
    })
}

/// The beginning of a statement on one line.
fn short(statement: &str) -> String {
    let head: String = statement.chars().take(200).collect();
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out: String = line.chars().take(60).collect();
    if out.len() < line.len() || head.len() < statement.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(script: &str) -> Vec<(&str, Option<Kind>)> {
        pieces(script)
            .into_iter()
            .map(|p| (p.text, p.kind))
            .collect()
    }

    #[test]
    fn statements_with_a_body_stay_whole() {
        let body = "CREATE TRIGGER t BEFORE UPDATE ON a BEGIN SELECT RAISE(ABORT, 'no;'); END";
        let nested = "CREATE DEFINER = x PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; \
                      CASE a WHEN 1 THEN BEGIN END; END CASE; END";
        let script = format!("BEGIN;\n{body};\n{nested};\nSELECT 'x;y';\nCOMMIT;\n");
        assert_eq!(
            cut(&script),
            [
                ("BEGIN", Some(Kind::Begin)),
                (body, Some(Kind::Statement)),
                (nested, Some(Kind::Statement)),
                ("SELECT 'x;y'", None),
                ("COMMIT", Some(Kind::Commit)),
            ]
        );
    }

    #[test]
    fn what_changes_nothing_is_no_point() {
        for (statement, kind) in [
            ("(SELECT 1)", None),
            ("SELECT setval('s', 3)", Some(Kind::Statement)),
            ("WITH x AS (SELECT 1) SELECT * FROM x", None),
            ("WITH x AS (DELETE FROM t) SELECT 1", Some(Kind::Statement)),
            ("PRAGMA foreign_key_check", None),
            ("PRAGMA foreign_keys = OFF", Some(Kind::Statement)),
            ("SET LOCAL lock_timeout = 5", None),
            ("START TRANSACTION", Some(Kind::Begin)),
            ("CREATE DATABASE x", Some(Kind::Create)),
            ("DO $$ BEGIN; END $$", Some(Kind::Statement)),
        ] {
            assert_eq!(cut(statement), [(statement, kind)]);
        }
    }
}
