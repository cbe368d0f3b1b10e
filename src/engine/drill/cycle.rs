//! One scratch database: a chain of commands on it, with or without crashes.

use std::cell::RefCell;

use super::super::database::Database;
use super::super::error::{Error, Result};
use super::super::scratch::Scratch;
use super::child::{Ended, Fault};
use super::plan::{self, Point, Step, What};
use super::state::{State, Volatile};
use super::{Board, Drill, Finding};

/// What a command does that does not die: the points it passes, and what it leaves.
pub(super) struct Clean {
    pub points: Vec<Point>,
    state: State,
    volatile: Volatile,
}

impl Clean {
    /// Learns from a second run which columns are not the same each time.
    ///
    /// # Errors
    /// When the two runs differ in anything else.
    pub(super) fn learn(&mut self, other: &Self) -> Result<()> {
        let failed = |why: String| {
            Error::failed(
                "a command does not do the same twice, so there is nothing to compare with",
            )
            .because(why)
        };
        if !plan::same(&self.points, &other.points) {
            let numbers = (self.points.len(), other.points.len());
            return Err(failed(format!("it passes other fault points: {numbers:?}")));
        }
        self.volatile = Volatile::between(&self.state, &other.state);
        let differences = self.state.differences(&other.state, &self.volatile);
        if let Some(first) = differences.first() {
            return Err(failed(first.clone()));
        }
        Ok(())
    }
}

/// A signal that nothing survives.
const SIGKILL: i32 = 9;

/// Makes the database of a chain: for `setup`, which makes it, it is not there.
async fn make(drill: &Drill<'_>, steps: &[Step]) -> Result<Scratch> {
    let scratch = Scratch::make(drill.wanted).await?;
    let target = &scratch.target;
    let missing = steps.first().is_some_and(|s| s.what == What::Setup);
    if missing && target.backend.dialect().exists(target).is_none() {
        scratch.remove().await?;
    }
    Ok(scratch)
}

/// Runs a chain without a crash.
///
/// # Errors
/// When a command fails; whatever the database says.
pub(super) async fn clean(drill: &Drill<'_>, steps: &[Step], name: &str) -> Result<Vec<Clean>> {
    let scratch = make(drill, steps).await?;
    let outcome = async {
        let mut out = Vec::new();
        let mut eye = Eye::default();
        for step in steps {
            let list = format!("{name}.{}", step.name);
            match drill.command(&scratch, *step, Fault::List(&list)).await? {
                Ended::Exit(0, _) => {}
                other => {
                    let (what, stderr) = told(&other);
                    return Err(Error::failed(format!(
                        "`saasdb {}` fails without a crash: {what}",
                        step.what.words().join(" ")
                    ))
                    .because(stderr));
                }
            }
            out.push(Clean {
                points: plan::read(&drill.program.read_list(&list)?)?,
                state: eye.look(drill, &scratch).await?,
                volatile: Volatile::default(),
            });
        }
        eye.close().await;
        Ok(out)
    }
    .await;
    scratch.end(false, outcome).await
}

/// Runs a chain once, with a crash at each step that has points left. After a finding the database is
/// given up: what follows on it would be found again and again.
///
/// # Errors
/// Whatever the database says; when the user interrupts.
pub(super) async fn cycle(drill: &Drill<'_>, board: &RefCell<Board<'_>>) -> Result<()> {
    let steps: Vec<Step> = board.borrow().queues.iter().map(|q| q.step).collect();
    let scratch = make(drill, &steps).await?;
    let outcome = async {
        let mut eye = Eye::default();
        for (at, step) in steps.iter().enumerate() {
            if board.borrow().queues[at..]
                .iter()
                .all(|q| q.points.is_empty())
            {
                break;
            }
            let point = board.borrow_mut().queues[at].points.pop_front();
            let Some(point) = point else {
                let ended = drill.command(&scratch, *step, Fault::None).await?;
                if let Ended::Exit(0, _) = ended {
                    continue;
                }
                let (what, stderr) = told(&ended);
                return Err(Error::failed(format!(
                    "`saasdb {}` fails after crashes that were survived: {what}",
                    step.what.words().join(" ")
                ))
                .because(stderr));
            };
            board.borrow_mut().queues[at].count.crashes += 1;
            let finding = crash(drill, &scratch, &mut eye, *step, &point, board, at).await?;
            let mut board = board.borrow_mut();
            match finding {
                None => board.queues[at].count.survived += 1,
                Some(finding) => {
                    // Told at once: a drill may take an hour, and be interrupted.
                    let (what, again) = (&finding.what, &finding.again);
                    let note = format!("  lost: {what}: {again}");
                    drill.request.observer.note(&note);
                    board.findings.push(finding);
                    break;
                }
            }
        }
        eye.close().await;
        Ok(())
    }
    .await;
    scratch.end(false, outcome).await
}

/// Kills a command at a point, runs it again and compares.
async fn crash(
    drill: &Drill<'_>,
    scratch: &Scratch,
    eye: &mut Eye,
    step: Step,
    point: &Point,
    board: &RefCell<Board<'_>>,
    at: usize,
) -> Result<Option<Finding>> {
    let finding = |what: String, differences: Vec<String>, stderr: String| {
        Ok(Some(Finding {
            set: drill.set,
            step: step.name,
            point: point.number,
            kind: point.kind,
            label: point.label.clone(),
            what,
            differences,
            stderr,
            again: drill.again(step, point),
        }))
    };
    match drill
        .command(scratch, step, Fault::At(point.number))
        .await?
    {
        Ended::Signal(SIGKILL) => {}
        other => {
            let (what, stderr) = told(&other);
            return finding(
                format!("it did not come to that point: {what}"),
                Vec::new(),
                stderr,
            );
        }
    }
    let again = drill.command(scratch, step, Fault::None).await?;
    let Ended::Exit(0, stderr) = again else {
        let (what, stderr) = told(&again);
        return finding(format!("run again, it fails: {what}"), Vec::new(), stderr);
    };
    let found = eye.look(drill, scratch).await?;
    let differences = {
        let clean = board.borrow().queues[at].clean;
        clean.state.differences(&found, &clean.volatile)
    };
    match differences.is_empty() {
        true => Ok(None),
        false => finding(
            "run again, it leaves something else".to_owned(),
            differences,
            stderr,
        ),
    }
}

/// How a run ended, and what it said.
fn told(ended: &Ended) -> (String, String) {
    match ended {
        Ended::Exit(code, stderr) => (format!("exit code {code}"), stderr.clone()),
        Ended::Signal(signal) => (format!("signal {signal}"), String::new()),
        Ended::Never => ("it did not end".to_owned(), String::new()),
    }
}

impl Drill<'_> {
    async fn command(&self, scratch: &Scratch, step: Step, fault: Fault<'_>) -> Result<Ended> {
        let (target, words) = (&scratch.target, step.what.words());
        let interrupt = self.request.interrupt;
        self.program
            .run(target, self.set, words, fault, interrupt)
            .await
    }
}

/// The drill's own connection to a scratch database, opened when there is something to see.
#[derive(Default)]
struct Eye(Option<Database>);

impl Eye {
    async fn look(&mut self, drill: &Drill<'_>, scratch: &Scratch) -> Result<State> {
        let db = match &mut self.0 {
            Some(db) => db,
            none => none.insert(scratch.open_again(drill.wanted).await?),
        };
        State::read(db).await
    }

    async fn close(self) {
        if let Some(db) = self.0 {
            db.close().await;
        }
    }
}
