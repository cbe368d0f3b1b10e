//! The crash drill: commands are killed at every point, run again, and what they leave is compared
//! with what a run leaves that was not killed. Only with the feature `faults`.
//!
//! Each set is first run twice without a fault, on scratch databases: that tells the points, what the
//! database should hold after each command, and by where the two differ, which columns cannot be
//! compared. Then workers take points from a queue: a command dies there, runs again to its end, and
//! the next command of the chain follows on the same database.

mod child;
mod cycle;
mod plan;
mod state;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;

use super::apply::Observer;
use super::database::Limits;
use super::error::{Error, Result};
use super::interrupt::Interrupt;
use super::scratch::Wanted;
use crate::dialect::Target;
use crate::dialect::faults::Kind;
use child::Program;
use cycle::{Clean, clean, cycle};
use plan::{CHAINS, Point, Step};

pub use plan::What;

/// What the names of the drill's databases begin with; a random number follows. A drill that was
/// killed leaves some behind.
pub const PREFIX: &str = "saasdb_drill_";

/// What is written so long after something else has another time, to the second.
const APART: Duration = Duration::from_millis(1100);

/// What is to be drilled, and where.
pub struct Request<'a> {
    /// The schema sets.
    pub sets: &'a [&'static str],
    /// The database on whose server the scratch databases are made; it is not touched itself.
    pub target: &'a Target,
    /// What is drilled.
    pub what: &'a [What],
    /// About how many points of each command; all if not given.
    pub sample: Option<usize>,
    /// Only this one: step and number of the point.
    pub at: Option<(&'a str, u64)>,
    /// How many commands run at once.
    pub jobs: usize,
    /// Statements that the commands leave out.
    pub skip: &'a [String],
    /// Time limits of the drill's own connections.
    pub limits: &'a Limits,
    /// Whether the user asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who hears how it goes.
    pub observer: &'a dyn Observer,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drilled {
    /// How many crashes, for each set and command.
    pub counts: Vec<Count>,
    /// What did not survive.
    pub findings: Vec<Finding>,
}

/// Crashes of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The schema set.
    pub set: &'static str,
    /// The command.
    pub command: What,
    /// At how many points it can die.
    pub points: usize,
    /// At how many it did.
    pub crashes: usize,
    /// After how many the command, run again, left what it should.
    pub survived: usize,
}

/// A crash that was not survived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The schema set.
    pub set: &'static str,
    /// The command, and its place in the chain: `up`, `up-again`.
    pub step: &'static str,
    /// The number of the point.
    pub point: u64,
    /// Its kind.
    pub kind: Kind,
    /// What it is: `before COMMIT`.
    pub label: String,
    /// What went wrong.
    pub what: String,
    /// What differs, object by object.
    pub differences: Vec<String>,
    /// What the command said that was run again.
    pub stderr: String,
    /// The command line that makes this crash again.
    pub again: String,
}

impl Drilled {
    /// Whether everything was survived.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A step with the points that are still to be tried.
struct Queue<'a> {
    step: Step,
    points: VecDeque<Point>,
    /// What there is after it.
    clean: &'a Clean,
    count: Count,
}

/// The queues of a chain, and what was found.
struct Board<'a> {
    queues: Vec<Queue<'a>>,
    findings: Vec<Finding>,
}

impl Board<'_> {
    fn left(&self) -> usize {
        self.queues.iter().map(|q| q.points.len()).sum()
    }
}

/// Drills all sets.
///
/// # Errors
/// When it cannot be done: no scratch database can be made, a command fails without a fault, the user
/// interrupted. A crash that is not survived is no error but in the result.
pub async fn run(request: &Request<'_>) -> Result<Drilled> {
    // From here on a signal is answered here, after the scratch databases were removed.
    request.interrupt.enter_critical();
    let program = Program::this(request.skip)?;
    let wanted = Wanted {
        prefix: PREFIX,
        command: "drill",
        backend: request.target.backend,
        target: request.target,
        scratch_url: None,
        limits: request.limits,
    };
    let mut out = Drilled::default();
    for (i, set) in request.sets.iter().enumerate() {
        let drill = Drill {
            request,
            program: &program,
            wanted: &wanted,
            set,
        };
        let mut counts: Vec<Count> = Vec::new();
        for chain in CHAINS {
            let done = drill.chain(chain, i).await?;
            out.findings.extend(done.findings);
            for count in done.counts {
                match counts.iter_mut().find(|c| c.command == count.command) {
                    Some(all) => {
                        all.points += count.points;
                        all.crashes += count.crashes;
                        all.survived += count.survived;
                    }
                    None => counts.push(count),
                }
            }
        }
        out.counts.extend(counts);
    }
    request.observer.working(None);
    let tried: usize = out.counts.iter().map(|c| c.crashes).sum();
    match request.at {
        Some((step, point)) if tried == 0 => {
            Err(Error::usage(format!("{step} has no point {point} here"))
                .hint("a finding of `saasdb drill` says which one it is: `--at up:57`"))
        }
        _ => Ok(out),
    }
}

/// The drill of a set.
struct Drill<'a> {
    request: &'a Request<'a>,
    program: &'a Program,
    wanted: &'a Wanted<'a>,
    set: &'static str,
}

impl Drill<'_> {
    /// The command line that makes a crash again.
    fn again(&self, step: Step, point: &Point) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let skip = self.request.skip.iter();
        let skip: String = skip.map(|s| format!(" --skip {}", quoted(s))).collect();
        format!(
            "saasdb drill --database-url {} --set {} --at {}:{}{skip}",
            quoted(&self.request.target.to_string()),
            self.set,
            step.name,
            point.number
        )
    }

    /// The steps of a chain up to the last one that is wanted.
    fn steps<'s>(&self, chain: &'s [Step]) -> &'s [Step] {
        let wanted = |step: &Step| match self.request.at {
            Some((name, _)) => step.name == name,
            None => self.request.what.contains(&step.what),
        };
        let last = chain.iter().rposition(wanted);
        &chain[..last.map_or(0, |last| last + 1)]
    }

    fn is_wanted(&self, step: Step, point: &Point) -> bool {
        match self.request.at {
            Some((name, number)) => step.name == name && point.number == number,
            None => self.request.what.contains(&step.what),
        }
    }

    async fn chain(&self, chain: &[Step], salt: usize) -> Result<Drilled> {
        let steps = self.steps(chain);
        if steps.is_empty() {
            return Ok(Drilled::default());
        }
        // Seeded dates count from the day, so over midnight there is nothing to compare with.
        let today = || chrono::Utc::now().date_naive();
        let day = today();
        let outcome = self.crashes(steps, salt).await;
        let lost = outcome.as_ref().map_or(true, |done| !done.is_clean());
        match lost && day != today() && !self.request.interrupt.raised() {
            true => self.crashes(steps, salt).await,
            false => outcome,
        }
    }

    /// Runs the steps without a crash, then with one at each point that is wanted.
    async fn crashes(&self, steps: &[Step], salt: usize) -> Result<Drilled> {
        let start = Instant::now();
        let (set, observer) = (self.set, self.request.observer);
        observer.working(Some(format!("{set}: running without a crash")));
        // One after the other: side by side, both could write in the same second, and a time would
        // pass for something that is the same in all runs.
        let mut cleans = clean(self, steps, "a").await?;
        tokio::time::sleep(APART).await;
        let others = clean(self, steps, "b").await?;
        for ((clean, other), step) in cleans.iter_mut().zip(&others).zip(steps) {
            clean
                .learn(other)
                .map_err(|e| e.because(format!("{set}, {}", step.name)))?;
        }
        let mut queues = Vec::new();
        for (i, (step, clean)) in steps.iter().zip(&cleans).enumerate() {
            let sample = self.request.sample.filter(|_| self.request.at.is_none());
            let mut points = match self.request.at {
                Some(_) => clean.points.clone(),
                None => plan::choose(*step, &clean.points, sample, salt + i * 3),
            };
            points.retain(|point| self.is_wanted(*step, point));
            let wanted = !points.is_empty();
            queues.push(Queue {
                step: *step,
                points: points.into(),
                clean,
                count: Count {
                    set,
                    command: step.what,
                    points: if wanted { clean.points.len() } else { 0 },
                    crashes: 0,
                    survived: 0,
                },
            });
        }
        let board = RefCell::new(Board {
            queues,
            findings: Vec::new(),
        });
        let total = board.borrow().left();
        let kind = self.request.target.backend.label();
        if total > 0 {
            let names: Vec<&str> = steps.iter().map(|s| s.name).collect();
            let names = names.join(", ");
            observer.note(&format!(
                "{set} on {kind}: crashing {names} at {total} points"
            ));
        }
        let workers = (0..self.request.jobs.clamp(1, total.max(1))).map(|_| async {
            while board.borrow().left() > 0 {
                self.request.interrupt.check()?;
                cycle(self, &board).await?;
                let left = board.borrow().left();
                let text = format!("{set} on {kind}: crash {} of {total}", total - left);
                observer.working(Some(text));
            }
            Ok(())
        });
        // Each worker takes its own database away, so all of them have to come to their end.
        let outcomes = join_all(workers).await;
        outcomes.into_iter().collect::<Result<Vec<()>>>()?;
        let board = board.into_inner();
        let counts: Vec<Count> = board
            .queues
            .into_iter()
            .map(|q| q.count)
            .filter(|c| c.points > 0)
            .collect();
        let survived: usize = counts.iter().map(|c| c.survived).sum();
        if total > 0 {
            let took = start.elapsed().as_secs();
            observer.note(&format!("  survived {survived} of {total} in {took} s"));
        }
        Ok(Drilled {
            counts,
            findings: board.findings,
        })
    }
}
