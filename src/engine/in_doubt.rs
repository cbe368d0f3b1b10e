//! Whether a statement that was in flight when a run was killed took effect.
//!
//! Servers of the supported versions carry out a statement on the schema whole or not at all. So what
//! the catalogue says of the names in it tells: as it was before, then nothing happened; or the
//! statement's signs are there, then it was carried out.

use super::database::Database;
use super::error::{Error, Result};
use super::journal::{Entry, Kind};
use super::migration::{Direction, Migration};
use super::signs::{Seen, signs};
use crate::dialect::{Lost, Names};

/// What to do with a statement in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was carried out: the next one, when what the server lost on the way is back.
    Done(Vec<Lost>),
    /// It was not, or running it once more does no harm.
    Again,
    /// A part of it was carried out; this does the rest.
    Rest(String),
    /// It cannot be told, for this reason.
    Unclear(&'static str),
}

/// Looks at the catalogue; `entry` is what the journal says, if it is there.
///
/// # Errors
/// The database's.
pub(super) async fn decide(
    db: &mut Database,
    statement: &str,
    entry: Option<&Entry>,
) -> Result<Verdict> {
    match Kind::of(statement) {
        Kind::Rows => {
            return Ok(Verdict::Unclear(
                "it changes rows, and running it twice could change them twice",
            ));
        }
        Kind::Opaque => return Ok(Verdict::Unclear("nothing tells what it does")),
        Kind::Session => return Ok(Verdict::Again),
        Kind::Schema => {}
    }
    let flight = db.dialect().in_flight();
    let before = entry.and_then(|e| e.found.as_deref());
    let mut lost = Vec::new();
    if let (Some(before), Some(expression)) = (before, flight.description(&Names::of(statement))) {
        let script = format!("SELECT {expression}");
        let now = db.query("the catalogue cannot be read", &script).await?;
        let now = now.first().and_then(|r| r.single()).unwrap_or_default();
        if now == before {
            return Ok(Verdict::Again);
        }
        lost = flight.lost(before, now, statement);
    }
    let Some(signs) = signs(statement) else {
        return Ok(Verdict::Unclear(
            "what it names has changed since, and it is not understood well enough to tell how",
        ));
    };
    let schema = db.schema().await?;
    Ok(match signs.seen(&schema) {
        Seen::All => Verdict::Done(lost),
        // What it names may have been changed by somebody else, but not so that it would look done.
        Seen::None => Verdict::Again,
        Seen::Nothing if signs.repeatable => Verdict::Again,
        Seen::Some => match several_drops(statement) {
            Some(rest) => Verdict::Rest(rest),
            None => Verdict::Unclear("a part of what it does is there, and a part is not"),
        },
        Seen::Nothing => {
            Verdict::Unclear("what it names has changed since, and it leaves no sign of its own")
        }
    })
}

/// Clears away what a statement left that was cut short or refused in its middle; whether there was
/// anything.
///
/// # Errors
/// The database's.
pub(super) async fn clear_torn(db: &mut Database, statement: &str) -> Result<bool> {
    let Some((query, clear)) = db.dialect().in_flight().torn(statement) else {
        return Ok(false);
    };
    let torn = db.query("the catalogue cannot be read", &query).await?;
    if torn.first().is_none_or(|r| r.rows.is_empty()) {
        return Ok(false);
    }
    db.query("what the statement left cannot be cleared away", &clear)
        .await?;
    Ok(true)
}

/// MariaDB drops several tables one after the other: a crash can fall in between.
fn several_drops(statement: &str) -> Option<String> {
    let mut words = statement.splitn(3, char::is_whitespace);
    let drops =
        words.next()?.eq_ignore_ascii_case("DROP") && words.next()?.eq_ignore_ascii_case("TABLE");
    let rest = words.next()?.trim_start();
    let lenient = rest.get(..3).is_some_and(|w| w.eq_ignore_ascii_case("IF "));
    drops.then(|| {
        if lenient {
            statement.to_owned()
        } else {
            format!("DROP TABLE IF EXISTS {rest}")
        }
    })
}

/// The error of a statement about which somebody has to decide.
pub(super) fn unclear(
    db: &Database,
    migration: &Migration,
    direction: Direction,
    at: usize,
    why: &str,
) -> Error {
    let statements = migration.statements(direction);
    Error::refused(format!(
        "it cannot be told whether statement {} of {} took effect before the crash",
        at + 1,
        statements.len()
    ))
    .migration(&migration.name)
    .statement(&statements[at])
    .on(&db.target)
    .because(why)
    .because("nothing was changed now")
    .hint(format!(
        "look whether it did, then say so: `saasdb migrate repair --in-flight done` or \
         `--in-flight not-done`; then `saasdb migrate {}` goes on",
        match direction {
            Direction::Up => "up",
            Direction::Down => "down --steps 1",
        }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_several_drops() {
        assert_eq!(
            several_drops("DROP TABLE a, b"),
            Some("DROP TABLE IF EXISTS a, b".to_owned())
        );
        assert_eq!(
            several_drops("DROP TABLE IF EXISTS a, b"),
            Some("DROP TABLE IF EXISTS a, b".to_owned())
        );
        assert_eq!(several_drops("RENAME TABLE a TO b, c TO d"), None);
    }
}
