//! Times on SQLite, which has no type for them: text that every client takes for UTC.
//!
//! `2026-12-01 10:56:24`, the form of CURRENT_TIMESTAMP, is local time to JavaScript. Better Auth writes
//! `2026-12-01T10:56:24.000Z`, and so do defaults and seeds.

use crate::support::Dialect;

/// The current time as Better Auth writes it, as a default of SQLite.
pub(super) const NOW: &str = "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";

/// The statements that replace a piece of a table's definition on SQLite; nothing where the table has no
/// such piece, as one that the application made.
///
/// SQLite has no ALTER for a default. Rebuilding the table would lose what others gave it (columns,
/// indexes, triggers, views over it), so this is the way that SQLite's manual has for changes that leave
/// the stored rows as they are: the text in its catalogue is edited (lang_altertable.html, section 8).
pub(super) fn redefine(edits: &[(&str, String, String)]) -> Vec<String> {
    let d = Dialect::Sqlite;
    let mut out = vec!["PRAGMA writable_schema = ON".to_owned()];
    out.extend(edits.iter().map(|(table, from, to)| {
        format!(
            "UPDATE sqlite_master SET sql = replace(sql, {}, {}) WHERE type = 'table' AND name = {}",
            d.literal(from),
            d.literal(to),
            d.literal(table)
        )
    }));
    out.push("PRAGMA writable_schema = RESET".to_owned());
    // An index that comes and goes: with it SQLite counts the schema's number up, so that all other
    // connections read the definitions again.
    let table = d.ident(edits.first().map_or("user", |(table, ..)| table));
    out.push(format!(
        "CREATE INDEX \"saasdb_redefined\" ON {table} (\"id\")"
    ));
    out.push("DROP INDEX \"saasdb_redefined\"".to_owned());
    out
}

/// The statement that gives a column's times their zone. What has another form stays: numbers, days, times
/// that say their zone.
pub(super) fn with_zone(table: &str, column: &str) -> String {
    let d = Dialect::Sqlite;
    let (table, column) = (d.ident(table), d.ident(column));
    let iso = format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column})");
    let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
    format!(
        "UPDATE {table} SET {column} = {iso} WHERE typeof({column}) = 'text' \
         AND glob('{day}[ T][0-9][0-9]:[0-9][0-9]*', {column}) \
         AND NOT glob('*[^0-9:.]*', substr({column}, 17)) AND {iso} IS NOT NULL"
    )
}
