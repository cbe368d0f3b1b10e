//! Statements as sqlparser reads them.

use sqlparser::ast::{FromTable, Ident, ObjectName, Statement};
use sqlparser::dialect::Dialect;
use sqlparser::parser::Parser;

use super::{Harm, Hazard, Weight, text};

/// The one statement in the text.
pub(super) fn parse(dialect: &dyn Dialect, sql: &str) -> Result<Statement, String> {
    let all = Parser::parse_sql(dialect, sql).map_err(|error| error.to_string())?;
    match <[Statement; 1]>::try_from(all) {
        Ok([one]) => Ok(one),
        Err(all) => Err(format!("{} statements in one", all.len())),
    }
}

/// A name without quotes.
pub(super) fn plain(name: &ObjectName) -> String {
    text::name(&name.to_string())
}

/// A name, to be written into a sentence.
pub(super) fn bare(name: &Ident) -> String {
    name.value.clone()
}

/// UPDATE or DELETE of many rows in one transaction. `portion` makes the statement for some of them
/// out of the table and the condition, as they are written.
pub(super) fn rows_written(
    statement: &Statement,
    wait: &str,
    portion: &dyn Fn(&str, Option<&str>) -> String,
) -> Option<Hazard> {
    let (table, condition, limited, verb) = match statement {
        Statement::Update(it) => (
            it.table.relation.to_string(),
            it.selection.as_ref(),
            it.limit.is_some(),
            "changed",
        ),
        Statement::Delete(it) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &it.from;
            let table = from.first()?.relation.to_string();
            (table, it.selection.as_ref(), it.limit.is_some(), "deleted")
        }
        _ => return None,
    };
    if limited {
        return None;
    }
    let t = text::name(&table);
    let condition = condition.map(ToString::to_string);
    let (weight, rows) = match condition {
        None => (Weight::Blocks, "all rows"),
        Some(_) => (Weight::Works, "rows"),
    };
    let what = format!("{rows} of {t} are {verb} in one transaction; {wait}");
    let safe = portion(&table, condition.as_deref());
    let hazard = Hazard::new(Harm::RowsChanged, weight, &t, what);
    // Without a condition there is nothing that tells which rows of an UPDATE are done.
    Some(match (statement, &condition) {
        (Statement::Update(_), None) => hazard,
        _ => hazard.safe([safe]),
    })
}

/// Whether a statement that begins like this leaves rows that are there alone: it makes something,
/// adds rows, reads, or is about rights and settings.
pub(super) fn leaves_rows_alone(sql: &str) -> bool {
    const FIRST: &[&[&str]] = &[
        &["CREATE"],
        &["INSERT"],
        &["REPLACE"],
        &["SELECT"],
        &["WITH"],
        &["VALUES"],
        &["SET"],
        &["GRANT"],
        &["REVOKE"],
        &["ANALYZE"],
        &["PRAGMA"],
        &["USE"],
        &["SHOW"],
        &["EXPLAIN"],
        &["FLUSH"],
        &["SAVEPOINT"],
        &["RELEASE"],
        &["UNLOCK"],
        &["COMMENT"],
        &["DROP", "VIEW"],
        &["DROP", "TRIGGER"],
        &["DROP", "FUNCTION"],
        &["DROP", "PROCEDURE"],
        &["DROP", "ROLE"],
        &["DROP", "USER"],
        &["DROP", "EVENT"],
        &["DROP", "SEQUENCE"],
        &["DROP", "INDEX"],
        &["DROP", "TEMPORARY"],
        &["ALTER", "VIEW"],
        &["ALTER", "USER"],
        &["ALTER", "EVENT"],
        &["ALTER", "SEQUENCE"],
        &["ALTER", "DATABASE"],
    ];
    FIRST.iter().any(|words| text::begins(sql, words))
}
