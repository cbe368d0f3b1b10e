//! The history: sea-orm's table of applied versions, and the companion table with what saasdb
//! knows beyond that. All SQL on both is here.

use std::collections::BTreeMap;

use super::migration::{Migration, Source};
use crate::dialect::{Dialect, Facts, ResultSet};

/// sea-orm's table. An application that runs the set's `MigratorTrait` reads and writes it too.
pub const SEAORM: &str = "seaql_migrations";
/// The companion table.
pub const COMPANION: &str = "saasdb_migrations";
/// Facts about the database as a whole: set, environment, fingerprint, snapshot.
pub const META: &str = "saasdb_meta";

/// Names of [`META`]'s rows.
pub mod meta {
    /// The schema set that lives here.
    pub const SET: &str = "schema_set";
    /// The environment that was recorded.
    pub const ENVIRONMENT: &str = "environment";
    /// The fingerprint after the last run.
    pub const FINGERPRINT: &str = "fingerprint";
    /// The schema after the last run, as JSON.
    pub const SNAPSHOT: &str = "snapshot";
    /// The versions that were applied when the snapshot was taken, joined with commas.
    pub const SNAPSHOT_OF: &str = "snapshot_of";
    /// What the digests of the seed ledger are keyed with.
    pub const SEED_SALT: &str = "seed_salt";
    /// The day that demo dates count from.
    pub const SEED_ANCHOR: &str = "seed_anchor";
}

/// How a version came into the history.
pub const APPLIED: &str = "applied";
/// The version was adopted: its objects were there before saasdb.
pub const BASELINE: &str = "baseline";

/// The state of a record that cannot be read.
const UNREADABLE: &str = "unreadable";

/// What the companion table says about a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Checksum of the statements that ran, if known.
    pub checksum: Option<String>,
    /// [`APPLIED`] or [`BASELINE`].
    pub kind: String,
    /// `applied`; `applying` or `reverting` while it runs; `failed` when a statement was refused.
    pub state: String,
    /// `up` or `down`; `undo` where a half-applied migration is being taken back.
    pub direction: String,
    /// The statement in flight, counted from 1; 0 before the first.
    pub statement_at: usize,
    /// Start, RFC 3339 in UTC.
    pub started_at: String,
    /// End, RFC 3339 in UTC.
    pub finished_at: Option<String>,
    /// Milliseconds.
    pub duration_ms: Option<u64>,
    /// Who ran it: user@host.
    pub applied_by: String,
    /// The version of saasdb.
    pub tool_version: String,
    /// The database's words, where it failed.
    pub error: Option<String>,
}

impl Record {
    /// Started and not finished.
    pub fn is_dirty(&self) -> bool {
        self.state != "applied"
    }

    /// Whether it says what saasdb writes. Otherwise somebody edited it, and nothing may rely on it.
    pub fn is_sound(&self) -> bool {
        let states = ["applied", "applying", "reverting", "failed"];
        states.contains(&self.state.as_str())
            && ["up", "down", "undo"].contains(&self.direction.as_str())
    }
}

/// Everything that is recorded in a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Whether sea-orm's table is there.
    pub exists: bool,
    /// Whether the companion tables are there.
    pub companion: bool,
    /// Applied versions by name, with the second at which they were applied.
    pub applied: BTreeMap<String, i64>,
    /// What the companion table knows, by version.
    pub records: BTreeMap<String, Record>,
    /// [`META`] without the snapshot.
    pub meta: BTreeMap<String, String>,
}

impl History {
    /// The script that reads it, given what there is to read; `None` if there is nothing.
    pub fn read_script(d: &dyn Dialect, facts: &Facts) -> Option<String> {
        let mut parts = Vec::new();
        if has(facts, SEAORM) {
            parts.push(format!(
                // Qualified, because SQLite takes an unknown "name" for a string.
                "SELECT {}, {} FROM {}",
                format_args!("{}.{}", d.ident(SEAORM), d.ident("version")),
                d.as_text(&format!("{}.{}", d.ident(SEAORM), d.ident("applied_at"))),
                d.ident(SEAORM)
            ));
        }
        if has(facts, COMPANION) {
            parts.push(format!(
                "SELECT version, checksum, kind, state, direction, {}, started_at, finished_at, {}, applied_by, \
                 tool_version, error FROM {COMPANION}",
                d.as_text("statement_at"),
                d.as_text("duration_ms"),
            ));
        }
        if has(facts, META) {
            parts.push(format!(
                "SELECT name, value FROM {META} WHERE name <> {}",
                d.literal(meta::SNAPSHOT)
            ));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Reads the results of [`History::read_script`].
    ///
    /// # Errors
    /// When a row is not of the kind that sea-orm or saasdb writes.
    pub fn read(facts: &Facts, results: &[ResultSet]) -> Result<Self, String> {
        let mut results = results.iter();
        let mut next = |table: &str| -> (bool, Vec<Vec<Option<String>>>) {
            if has(facts, table) {
                (
                    true,
                    results.next().map(|r| r.rows.clone()).unwrap_or_default(),
                )
            } else {
                (false, Vec::new())
            }
        };
        let (exists, applied) = next(SEAORM);
        let (companion, records) = next(COMPANION);
        let (_, meta) = next(META);
        let applied = applied
            .into_iter()
            .map(|row| {
                let get = |i: usize| row.get(i).cloned().flatten();
                // The time is for people only: an edited one is no reason to stop.
                let at = get(1).and_then(|at| at.parse::<i64>().ok()).unwrap_or(0);
                get(0)
                    .map(|version| (version, at))
                    .ok_or_else(|| format!("{SEAORM}: a row has no version"))
            })
            .collect::<Result<BTreeMap<String, i64>, String>>()?;
        let records = records
            .into_iter()
            .map(|row| {
                let get = |i: usize| row.get(i).cloned().flatten();
                let version = get(0).unwrap_or_default();
                let text = |i: usize| {
                    get(i).ok_or_else(|| format!("{COMPANION}: version {version} has gaps"))
                };
                let at = text(5)?.parse();
                let record = Record {
                    checksum: get(1),
                    kind: text(2)?,
                    state: match &at {
                        Ok(_) => text(3)?,
                        Err(_) => UNREADABLE.to_owned(),
                    },
                    direction: text(4)?,
                    statement_at: at.unwrap_or(0),
                    started_at: text(6)?,
                    finished_at: get(7),
                    duration_ms: get(8).and_then(|d| d.parse().ok()),
                    applied_by: get(9).unwrap_or_default(),
                    tool_version: get(10).unwrap_or_default(),
                    error: get(11),
                };
                Ok((version, record))
            })
            .collect::<Result<BTreeMap<String, Record>, String>>()?;
        let meta = meta
            .into_iter()
            .filter_map(|row| {
                let mut row = row.into_iter();
                Some((row.next()??, row.next()??))
            })
            .collect();
        Ok(Self {
            exists,
            companion,
            applied,
            records,
            meta,
        })
    }

    /// Whether any version is applied, wholly or in part.
    pub fn holds_any(&self) -> bool {
        !self.applied.is_empty() || !self.records.is_empty()
    }

    /// Whether an applied version is another program's: this one lacks it, and saasdb never recorded it.
    pub fn is_external(&self, source: &Source, name: &str) -> bool {
        source.get(name).is_none() && !self.records.contains_key(name)
    }

    /// The applied versions as one text, by which a snapshot says what it is of. Those of another program
    /// that keeps its history in the same table do not count.
    pub fn applied_list(&self, source: &Source) -> String {
        let own = self.applied.keys();
        let own = own.filter(|name| !self.is_external(source, name));
        own.cloned().collect::<Vec<_>>().join(",")
    }
}

fn has(facts: &Facts, table: &str) -> bool {
    facts.relations.iter().any(|r| r == table)
}

/// The statements that make the tables which are missing.
pub fn create_tables(d: &dyn Dialect, facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    let options = d.table_options();
    let new: Vec<&str> = [SEAORM, COMPANION, META]
        .into_iter()
        .filter(|table| !has(facts, table))
        .collect();
    if !has(facts, SEAORM) {
        // As sea-orm makes it, so that either may come first.
        out.push(format!(
            "CREATE TABLE {} ({} {} NOT NULL PRIMARY KEY, {} bigint NOT NULL){options}",
            d.ident(SEAORM),
            d.ident("version"),
            d.varchar(255),
            d.ident("applied_at"),
        ));
    }
    if !has(facts, COMPANION) {
        out.push(format!(
            "CREATE TABLE {COMPANION} (version {} NOT NULL PRIMARY KEY, checksum {}, kind {short} NOT NULL, \
             state {short} NOT NULL, direction {short} NOT NULL, statement_at integer NOT NULL DEFAULT 0, \
             started_at {time} NOT NULL, finished_at {time}, duration_ms bigint, applied_by {}, tool_version {time}, \
             error {}){options}",
            d.varchar(255),
            d.varchar(64),
            d.varchar(255),
            d.long_text(),
            short = d.varchar(16),
            time = d.varchar(32),
        ));
    }
    if !has(facts, META) {
        out.push(format!(
            "CREATE TABLE {META} (name {} NOT NULL PRIMARY KEY, value {} NOT NULL, updated_at {} NOT NULL){options}",
            d.varchar(160),
            d.long_text(),
            d.varchar(32),
        ));
    }
    if !new.is_empty() {
        out.extend(d.keep_from_others(&new));
    }
    out
}

/// The statement that writes facts about the database.
pub fn write_meta(d: &dyn Dialect, values: &[(&str, &str)]) -> String {
    let rows: Vec<Vec<String>> = values
        .iter()
        .map(|(name, value)| vec![d.literal(name), d.literal(value), d.now_text().to_owned()])
        .collect();
    d.upsert(META, "name", &["name", "value", "updated_at"], &rows)
}

/// The statement that opens a version's record. In a transaction it also is the guard against a
/// second runner: its primary key lets only one of them in.
pub fn start_up(d: &dyn Dialect, migration: &Migration, by: &str) -> String {
    start(
        d,
        &migration.name,
        Some(&migration.checksum),
        APPLIED,
        "applying",
        by,
    )
}

fn start(
    d: &dyn Dialect,
    name: &str,
    checksum: Option<&str>,
    kind: &str,
    state: &str,
    by: &str,
) -> String {
    format!(
        "INSERT INTO {COMPANION} (version, checksum, kind, state, direction, started_at, applied_by, tool_version) \
         VALUES ({}, {}, {}, {}, 'up', {}, {}, {})",
        d.literal(name),
        checksum.map_or_else(|| "NULL".to_owned(), |c| d.literal(c)),
        d.literal(kind),
        d.literal(state),
        d.now_text(),
        d.literal(by),
        d.literal(env!("CARGO_PKG_VERSION")),
    )
}

/// The statement that removes a record whose version is no longer applied: sea-orm reverted it.
pub fn forget_stale(d: &dyn Dialect, name: &str) -> String {
    format!(
        "DELETE FROM {COMPANION} WHERE version = {} AND state = 'applied'",
        d.literal(name)
    )
}

/// Where [`meta`] remembers that a migration dropped a column, for the seeders.
const LOST_COLUMN: &str = "lost_column/";

/// The columns, as `table.column`, that a migration dropped.
pub fn lost_columns(meta: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    meta.keys()
        .filter_map(|name| name.strip_prefix(LOST_COLUMN))
}

/// The statement that remembers columns which a migration dropped.
pub fn remember_lost(d: &dyn Dialect, columns: &[(&str, &str)]) -> String {
    let names: Vec<String> = columns
        .iter()
        .map(|(table, column)| lost_column(table, column))
        .collect();
    let rows: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "")).collect();
    write_meta(d, &rows)
}

/// The name in [`meta`] under which a dropped column is remembered.
pub fn lost_column(table: &str, column: &str) -> String {
    format!("{LOST_COLUMN}{table}.{column}")
}

/// The statement that forgets dropped columns, given by [`lost_column`].
pub fn forget_lost_columns(d: &dyn Dialect, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| d.literal(name)).collect();
    format!("DELETE FROM {META} WHERE name IN ({})", names.join(", "))
}

/// The query for the names of all dropped columns, as [`lost_column`] has them.
pub fn read_lost(d: &dyn Dialect) -> String {
    format!(
        "SELECT name FROM {META} WHERE name LIKE {}",
        d.literal(&format!("{LOST_COLUMN}%"))
    )
}

/// The statement that forgets them all again.
pub fn forget_lost(d: &dyn Dialect) -> String {
    format!(
        "DELETE FROM {META} WHERE name LIKE {}",
        d.literal(&format!("{LOST_COLUMN}%"))
    )
}

/// The statements that mark a version as applied.
pub fn finish_up(d: &dyn Dialect, name: &str) -> Vec<String> {
    vec![
        insert_applied(d, name),
        format!(
            "UPDATE {COMPANION} SET state = 'applied', finished_at = {}, duration_ms = {}, error = NULL WHERE version = {}",
            d.now_text(),
            d.elapsed_ms("started_at"),
            d.literal(name)
        ),
    ]
}

/// The statement that gives a version whose record is there its row in sea-orm's table again.
pub fn restore_applied(d: &dyn Dialect, name: &str) -> String {
    insert_applied(d, name)
}

fn insert_applied(d: &dyn Dialect, name: &str) -> String {
    format!(
        "INSERT INTO {} ({}, {}) VALUES ({}, {})",
        d.ident(SEAORM),
        d.ident("version"),
        d.ident("applied_at"),
        d.literal(name),
        d.now_epoch()
    )
}

/// The statements that take a version out of the history.
pub fn remove(d: &dyn Dialect, name: &str) -> Vec<String> {
    vec![
        format!(
            "DELETE FROM {} WHERE {} = {}",
            d.ident(SEAORM),
            d.ident("version"),
            d.literal(name)
        ),
        forget_record(d, name),
    ]
}

/// The statement that removes a version's record, whatever it says.
pub fn forget_record(d: &dyn Dialect, name: &str) -> String {
    format!(
        "DELETE FROM {COMPANION} WHERE version = {}",
        d.literal(name)
    )
}

/// The statements that record an adopted version.
pub fn record_baseline(d: &dyn Dialect, migration: &Migration, by: &str) -> Vec<String> {
    let mut out = vec![start(
        d,
        &migration.name,
        Some(&migration.checksum),
        BASELINE,
        "applying",
        by,
    )];
    out.extend(finish_up(d, &migration.name));
    out
}

/// The statement that gives a version which sea-orm applied a record of ours.
pub fn record_foreign(d: &dyn Dialect, migration: &Migration, by: &str) -> Vec<String> {
    vec![
        start(
            d,
            &migration.name,
            Some(&migration.checksum),
            APPLIED,
            "applied",
            by,
        ),
        format!(
            "UPDATE {COMPANION} SET finished_at = started_at WHERE version = {}",
            d.literal(&migration.name)
        ),
    ]
}

/// The statement that marks the start of a step-by-step revert; `direction` is `down` or `undo`.
pub fn start_down(d: &dyn Dialect, name: &str, direction: &str) -> String {
    format!(
        "UPDATE {COMPANION} SET state = 'reverting', direction = '{direction}', statement_at = 0, error = NULL WHERE version = {}",
        d.literal(name)
    )
}

/// The statement that journals statement `number` (from 1) before it runs.
pub fn journal(d: &dyn Dialect, name: &str, number: usize, state: &str) -> String {
    format!(
        "UPDATE {COMPANION} SET statement_at = {number}, state = {}, error = NULL WHERE version = {}",
        d.literal(state),
        d.literal(name)
    )
}

/// The statement that journals why statement `number` (from 1) was refused.
pub fn journal_failure(d: &dyn Dialect, name: &str, number: usize, error: &str) -> String {
    format!(
        "UPDATE {COMPANION} SET statement_at = {number}, state = 'failed', error = {} WHERE version = {}",
        d.literal(&error.replace('\0', "")),
        d.literal(name)
    )
}

/// The statement that accepts a new checksum.
pub fn accept_checksum(d: &dyn Dialect, name: &str, checksum: &str) -> String {
    format!(
        "UPDATE {COMPANION} SET checksum = {} WHERE version = {}",
        d.literal(checksum),
        d.literal(name)
    )
}
