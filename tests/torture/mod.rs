//! Users and commands at random, on one database, against a model of what is the users'.
//!
//! After each command everything that users made is there, or the command counted it and `--yes` agreed.
//! A seed gives the same actions in every run. To run others, or more of them:
//! `SAASDB_TORTURE_SEED=7 SAASDB_TORTURE_MINUTES=10 scripts/test torture`.

mod actions;
mod model;

use std::time::{Duration, Instant};

use crate::sets::tools::saasdb;
use crate::support::{Db, TestDb};
use actions::Rng;
use model::Model;

const STEPS: usize = 14;
const COMMANDS: [&str; 13] = [
    "migrate up",
    "migrate up --steps 3",
    "migrate down --steps 1",
    "migrate down --steps 3",
    "migrate down --all",
    "migrate redo",
    "migrate fresh",
    "migrate reset",
    "migrate refresh",
    "seed",
    "seed undo",
    "migrate baseline --to m20251010_100004_create_quota_alerts",
    "migrate repair --accept-drift",
];

/// One database from empty to the last step. How many actions and commands there were.
fn run(kind: Db, seed: u64) -> (usize, usize) {
    let db = TestDb::new(kind);
    let mut rng = Rng::new(seed);
    let mut model = Model::new(kind, seed);
    let call = saasdb(&db);
    for first in ["migrate up", "seed"] {
        model.log.push(format!("saasdb {first}"));
        call.call(first.split(' ')).success();
    }
    let mut counts = (0, 2);
    for _ in 0..STEPS {
        for _ in 0..=rng.below(3) {
            actions::act(&db, &mut rng, &mut model);
            counts.0 += 1;
        }
        let mut command = COMMANDS[rng.below(COMMANDS.len())].to_owned();
        let yes = rng.below(2) == 0;
        if yes {
            command += " --yes";
        }
        let open = (rng.below(4) == 0)
            .then(|| actions::open(&db, &mut rng, &mut model))
            .flatten();
        model.log.push(format!("saasdb {command}"));
        let mut running = call.clone().args(command.split(' ')).spawn();
        if let Some(open) = open {
            // Whether it waits by then or not, what comes out has to be right.
            let until = Instant::now() + Duration::from_millis(400);
            while running.is_running() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
            open.end(&mut model);
        }
        let output = running.wait();
        counts.1 += 1;
        model.check(&db, &output, yes);
    }
    counts
}

fn torture(kind: Db, seeds: std::ops::Range<u64>) {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|n: String| n.parse::<u64>().ok())
    };
    let first = number("SAASDB_TORTURE_SEED").unwrap_or(seeds.start);
    let end =
        number("SAASDB_TORTURE_MINUTES").map(|n| Instant::now() + Duration::from_secs(60 * n));
    let (mut seed, mut actions, mut commands) = (first, 0, 0);
    loop {
        let (more, runs) = run(kind, seed);
        (seed, actions, commands) = (seed + 1, actions + more, commands + runs);
        let over = match end {
            Some(end) => Instant::now() >= end,
            None => seed >= first + (seeds.end - seeds.start),
        };
        if over {
            break;
        }
    }
    println!(
        "{kind:?}: survived {actions} actions and {commands} commands, seeds {first} to {}",
        seed - 1
    );
}

#[test]
fn sqlite() {
    torture(Db::Sqlite, 1..4);
}

#[test]
fn postgres() {
    torture(Db::Postgres, 1..4);
}

#[test]
fn mysql() {
    torture(Db::Mysql, 1..3);
}
