//! `reversible`: whether every migration can be taken back, tried on a scratch database. It is
//! `saasdb migrate verify` as a check.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;
use crate::engine::apply::Observer;
use crate::engine::verify::{self, Request, What, When};

/// The check.
pub struct Reversible;

const REFUSED: Rule = Rule {
    id: "reversible/refused",
    severity: Severity::Error,
    about: "a migration could not be applied, reverted or applied again",
    help: "`saasdb migrate verify --keep` leaves the scratch database as it was then.",
};
const SCHEMA: Rule = Rule {
    id: "reversible/schema",
    severity: Severity::Error,
    about: "reverting and applying again does not lead to the same schema",
    help: "The migration's `down` has to take back exactly what its `up` makes.",
};
const ROWS: Rule = Rule {
    id: "reversible/rows",
    severity: Severity::Error,
    about: "rows of a table that the migration did not make are lost or changed",
    help: "A rebuild or cascade took them along, or a statement wrote to them: whoever reverts loses data.",
};
const NOT_TRIED: Rule = Rule {
    id: "reversible/not-tried",
    severity: Severity::Note,
    about: "something could not be tried with generated rows",
    help: "Look at it yourself, or try it on a copy of the real data.",
};
const RULES: &[Rule] = &[REFUSED, SCHEMA, ROWS, NOT_TRIED];

/// How it goes is told by the check's own line.
struct Silent;

impl Observer for Silent {}

#[async_trait(?Send)]
impl Check for Reversible {
    fn name(&self) -> &'static str {
        "reversible"
    }

    fn about(&self) -> &'static str {
        "migrations that cannot be taken back, tried on a scratch database"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    /// It makes a database on the server, which takes rights and time.
    fn by_default(&self) -> bool {
        false
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let verified = verify::run(&Request {
            source: look.source,
            target: &look.db.target,
            scratch_url: None,
            keep: false,
            limits: &look.db.limits,
            interrupt: &look.db.interrupt,
            observer: &Silent,
        })
        .await?;
        let failures = verified.failures.into_iter().map(|failure| {
            let rule = match failure.what {
                What::Refused => &REFUSED,
                What::Schema => &SCHEMA,
                What::RowsLost | What::RowsChanged | What::RowsLeft => &ROWS,
            };
            let when = match failure.when {
                When::Up => "applying",
                When::Down => "reverting",
                When::UpAgain => "applying again",
            };
            let message = format!("{when} {}: {}", failure.migration, failure.object);
            let near = failure.object.rsplit([' ', '.']).next().unwrap_or_default();
            Finding::new(rule, message)
                .near(near)
                .on(failure.object)
                .migration(failure.migration)
                .detail(failure.detail)
        });
        let notes = verified.notes.into_iter().map(|note| {
            Finding::new(&NOT_TRIED, format!("{} was not tried", note.object))
                .on(note.object)
                .migration(note.migration)
                .detail(note.detail)
        });
        Ok(failures.chain(notes).collect())
    }
}
