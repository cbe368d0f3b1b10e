//! Which commands run one after the other, and where each of them is made to die.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::{Error, Result};
use crate::dialect::faults::Kind;

/// What is drilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// `migrate up`.
    Up,
    /// `seed`.
    Seed,
    /// `migrate down --all`.
    Down,
    /// `setup`, where the database is not there yet.
    Setup,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Up, Self::Seed, Self::Down, Self::Setup];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Seed => "seed",
            Self::Down => "down",
            Self::Setup => "setup",
        }
    }

    /// The command that runs.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Up => &["migrate", "up"],
            Self::Seed => &["seed"],
            Self::Down => &["migrate", "down", "--all", "--yes"],
            Self::Setup => &["setup"],
        }
    }
}

/// A command at its place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Its name, by which `--at` finds it.
    pub name: &'static str,
    pub what: What,
}

const fn step(name: &'static str, what: What) -> Step {
    Step { name, what }
}

/// The chains of commands: each starts on a database of its own. The second half of the first one finds
/// the history's tables there already, and takes away tables without seeded rows.
pub(super) const CHAINS: [&[Step]; 2] = [
    &[
        step("up", What::Up),
        step("seed", What::Seed),
        step("down", What::Down),
        step("up-again", What::Up),
        step("down-again", What::Down),
    ],
    &[step("setup", What::Setup)],
];

/// A place at which a command can die.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub number: u64,
    pub kind: Kind,
    pub label: String,
}

/// Reads the list that a run wrote.
///
/// # Errors
/// When it is no such list.
pub(super) fn read(list: &str) -> Result<Vec<Point>> {
    let point = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let number = parts.next()?.parse().ok()?;
        let name = parts.next()?;
        Some(Point {
            number,
            kind: Kind::ALL.into_iter().find(|k| k.as_str() == name)?,
            label: parts.next()?.to_owned(),
        })
    };
    list.lines()
        .map(|line| {
            point(line).ok_or_else(|| {
                Error::failed("a run left no list of its fault points").because(line)
            })
        })
        .collect()
}

/// Whether the points of two runs are the same, but for what their statements say.
pub(super) fn same(a: &[Point], b: &[Point]) -> bool {
    let kinds = |all: &[Point]| all.iter().map(|p| p.kind).collect::<Vec<_>>();
    kinds(a) == kinds(b)
}

/// The points of a step that are tried: all, or about `sample` of them, spread evenly and with at least
/// one of each kind. Which ones depends on `salt`, so that sets do not all leave out the same.
pub(super) fn choose(
    step: Step,
    points: &[Point],
    sample: Option<usize>,
    salt: usize,
) -> Vec<Point> {
    let mut points = points.to_vec();
    if step.what == What::Setup {
        // Its statements are those of `up` and `seed`, which are tried there: what is its own is the
        // database that it makes, and what lies between the two.
        points.retain(|p| match p.kind {
            Kind::Create | Kind::Unlock => true,
            Kind::Sent => p.label.starts_with("sent CREATE DATABASE"),
            Kind::Lock | Kind::Locked | Kind::Unlocked => sample.is_none(),
            _ => false,
        });
        return points;
    }
    let Some(sample) = sample.filter(|n| *n < points.len()) else {
        return points;
    };
    let mut chosen = BTreeSet::new();
    let mut kinds: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (at, point) in points.iter().enumerate() {
        kinds.entry(point.kind).or_default().push(at);
    }
    for (i, places) in kinds.values().enumerate() {
        // One of them, another for each kind and set.
        chosen.insert(places[(salt + i) * 7 % places.len()]);
    }
    let rest = sample.saturating_sub(chosen.len());
    for i in 0..rest {
        let wanted = (i * points.len() + salt % points.len()) / rest.max(1) % points.len();
        // The next one that is not chosen yet; there is one, because fewer than all are wanted.
        let free = (0..points.len())
            .map(|off| (wanted + off) % points.len())
            .find(|at| !chosen.contains(at));
        chosen.extend(free);
    }
    chosen.into_iter().map(|at| points[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let mut list = String::from("1\tlock\tbefore the lock\n2\tlocked\tafter the lock\n");
        for i in 0..50 {
            list.push_str(&format!("{}\tstatement\tbefore INSERT\n", i + 3));
        }
        list.push_str("53\tcommit\tbefore COMMIT\n54\tcommitted\tafter COMMIT");
        read(&list).expect("a list")
    }

    #[test]
    fn a_sample_has_every_kind_and_as_many_as_asked_for() {
        let all = points();
        let up = CHAINS[0][0];
        assert_eq!(choose(up, &all, None, 3), all);
        assert_eq!(choose(up, &all, Some(1000), 3), all);
        for salt in 0..100 {
            for sample in [5, 6, 20, 53] {
                let some = choose(up, &all, Some(sample), salt);
                assert_eq!(some.len(), sample);
                assert!(some.is_sorted_by_key(|p| p.number));
                for kind in [Kind::Lock, Kind::Locked, Kind::Commit, Kind::Committed] {
                    assert!(some.iter().any(|p| p.kind == kind), "{kind:?}");
                }
            }
            assert_eq!(choose(up, &all, Some(1), salt).len(), 5, "one of each kind");
        }
    }

    #[test]
    fn setup_is_tried_where_it_is_not_up_and_seed() {
        let list = "1\tcreate\tbefore CREATE DATABASE x\n2\tsent\tsent CREATE DATABASE x\n\
                    3\tlock\tbefore the lock\n4\tsent\tsent INSERT\n5\tstatement\tbefore INSERT\n\
                    6\tcommit\tbefore COMMIT\n7\tunlock\tbefore unlock";
        let numbers = |sample: Option<usize>| -> Vec<u64> {
            let chosen = choose(CHAINS[1][0], &read(list).expect("a list"), sample, 0);
            chosen.iter().map(|p| p.number).collect()
        };
        assert_eq!(numbers(None), [1, 2, 3, 7]);
        assert_eq!(numbers(Some(1)), [1, 2, 7]);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        assert!(read("1\tnonsense\tx").is_err());
        assert!(read("x").is_err());
    }
}
