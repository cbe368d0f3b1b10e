//! History tables that are not ours, and what may run when they are written: refused, not used.

use super::database::Database;
use super::error::{Error, Result};
use crate::dialect::{Suspect, Suspicion};

/// The tables of saasdb's own, in the order in which they are made.
pub const TABLES: [&str; 5] = [
    super::history::SEAORM,
    super::history::COMPANION,
    super::history::META,
    super::journal::JOURNAL,
    super::seed::ledger::LEDGER,
];

impl Database {
    /// Refuses to read where that alone could run somebody else's code.
    pub(super) fn check_readable(&self) -> Result<()> {
        self.refuse(Suspect::forbids_reading)
    }

    /// Refuses to write history tables that somebody else made, owns or put code on.
    ///
    /// # Errors
    /// Exit code 6, naming the table, its owner and what to do.
    pub(super) fn check_writable(&self) -> Result<()> {
        self.refuse(Suspect::forbids_writing)
    }

    fn refuse(&self, forbids: impl Fn(&Suspect) -> bool) -> Result<()> {
        let mut found = self.facts.suspects.iter().filter(|s| forbids(s));
        let Some(first) = found.next() else {
            return Ok(());
        };
        let mut error = Error::refused(match first.kind {
            Suspicion::Function | Suspicion::Operator => {
                "objects of another role would run with this role's rights"
            }
            _ => "a history table is not safe to use",
        })
        .on(&self.target)
        .because(said(first));
        for more in found.take(4) {
            error = error.because(said(more));
        }
        Err(error
            .because("nothing was changed")
            .hint(way_out(self, first)))
    }

    /// The sentences for who looks: what forbids writing.
    pub fn warnings(&self) -> Vec<String> {
        let suspects = self.facts.suspects.iter();
        suspects.filter(|s| s.forbids_writing()).map(said).collect()
    }

    /// Takes away what the API's roles may do with history tables, which default privileges or an older
    /// version of saasdb gave them. The caller holds the lock.
    pub(super) async fn hide_history(&mut self) -> Result<()> {
        let open: Vec<&str> = TABLES
            .into_iter()
            .filter(|table| {
                let mut suspects = self.facts.suspects.iter();
                suspects.any(|s| s.kind == Suspicion::Open && s.object == *table)
            })
            .collect();
        let hide = match open.is_empty() {
            true => None,
            false => self.dialect().keep_from_others(&open),
        };
        if let Some(statement) = hide {
            self.query("the history tables cannot be hidden", &statement)
                .await?;
            self.facts.suspects.retain(|s| s.kind != Suspicion::Open);
        }
        Ok(())
    }
}

/// What is wrong, in one sentence.
pub fn said(suspect: &Suspect) -> String {
    let Suspect {
        object,
        name,
        owner,
        ..
    } = suspect;
    let of = match owner.as_str() {
        "" => String::new(),
        owner => format!(" of {owner}"),
    };
    match suspect.kind {
        Suspicion::Kind => format!("{object} is a {name}{of}, not a table"),
        Suspicion::Owner => format!("{object} belongs to {owner}, whom this role is no member of"),
        Suspicion::Trigger => format!("the trigger {name} runs when {object}{of} is written"),
        Suspicion::Rule => format!("the rule {name} runs when {object}{of} is written"),
        Suspicion::Policy => format!("the policy {name} decides about the rows of {object}{of}"),
        Suspicion::Function => {
            format!("the function {object}{of} may be called in place of the server's own")
        }
        Suspicion::Operator => {
            format!("the operator {object}{of} may be used in place of the server's own")
        }
        Suspicion::Open => format!("{name} has privileges on {object}"),
    }
}

/// What gets out of it.
fn way_out(db: &Database, suspect: &Suspect) -> String {
    let d = db.dialect();
    let (table, name) = (d.ident(&suspect.object), d.ident(&suspect.name));
    match suspect.kind {
        Suspicion::Kind => {
            let word = suspect.name.to_uppercase();
            let word = word.strip_prefix("PARTITIONED ").unwrap_or(&word);
            format!("find out who made it, then DROP {word} {table}, or rename it")
        }
        Suspicion::Owner => format!(
            "if it is yours, connect as {0} or a member of {0}, or let a superuser run ALTER TABLE {table} OWNER TO \
             ROLE; else find out who made it, and DROP TABLE {table}",
            suspect.owner
        ),
        Suspicion::Trigger if d.schemas().is_some() => {
            format!("find out who made it, then DROP TRIGGER {name} ON {table}")
        }
        Suspicion::Trigger => format!("find out who made it, then DROP TRIGGER {name}"),
        Suspicion::Rule => format!("find out who made it, then DROP RULE {name} ON {table}"),
        Suspicion::Policy => format!("find out who made it, then DROP POLICY {name} ON {table}"),
        Suspicion::Function => format!(
            "find out who made it, DROP FUNCTION {}, and take CREATE on the schema away from who needs no objects there",
            suspect.object
        ),
        Suspicion::Operator => format!(
            "find out who made it, DROP OPERATOR {}, and take CREATE on the schema away from who needs no objects there",
            suspect.object
        ),
        Suspicion::Open => String::new(),
    }
}
