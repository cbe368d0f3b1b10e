//! SQLite. One writer at a time, for the whole file: whatever takes long keeps every other writer
//! waiting, on whichever table, until the migration commits.

use sqlparser::ast::{AlterTableOperation, ColumnOption, ObjectType, Statement};
use sqlparser::dialect::SQLiteDialect;

use super::parsed::{bare, leaves_rows_alone, parse, plain, rows_written};
use super::{Harm, Hazard, Linter, Server, Sqlite, Step, Weight, alter, text};
use crate::dialect::Dialect;
use crate::engine::effects::{self, Effect};

const WAIT: &str = "every writer of the file waits until its end";
const IDLE: &str = "There is no way beside the lock: run it when the application is idle, and give its connections a busy_timeout that is longer than this takes.";

impl Linter for Sqlite {
    fn sizes(&self, tables: &[String]) -> String {
        let names: Vec<String> = tables
            .iter()
            .map(|t| format!("({})", self.literal(t)))
            .collect();
        format!(
            "SELECT column1, NULL, NULL FROM (VALUES {}) \
             JOIN sqlite_master ON name = column1 COLLATE NOCASE WHERE type = 'table'",
            names.join(", ")
        )
    }

    fn steps(&self, statements: &[String], in_transaction: bool, server: Server<'_>) -> Vec<Step> {
        let all: Vec<String> = statements
            .iter()
            .map(|s| text::without_comments(s))
            .collect();
        let rebuilt = rebuilds(&all);
        let recreated = recreations(&all);
        let mut steps: Vec<Step> = Vec::new();
        for sql in &all {
            let mut step = look(sql, in_transaction, server);
            for (copy, table) in &recreated {
                step.hazards.retain(|h| {
                    h.harm != Harm::TableDropped
                        || ![table, copy].iter().any(|t| h.table.as_ref() == Some(t))
                });
                if effects::copied(sql)
                    .as_ref()
                    .is_some_and(|(c, _)| c == copy)
                {
                    let what = format!("{table} is made anew with all of its rows; {WAIT}");
                    step.hazards.push(
                        Hazard::new(Harm::TableRewritten, Weight::Blocks, table, what).help(IDLE),
                    );
                }
            }
            for (new, table) in &rebuilt {
                // The copy is the harm; what comes after it puts the new table in place.
                step.hazards
                    .retain(|h| h.harm != Harm::TableDropped || h.table.as_ref() != Some(table));
                if text::begins(sql, &["INSERT", "INTO"]) && inserts_into(sql, new) {
                    let what = format!("{table} is made anew with all of its rows; {WAIT}");
                    step.hazards.push(
                        Hazard::new(Harm::TableRewritten, Weight::Blocks, table, what).help(IDLE),
                    );
                }
            }
            steps.push(step);
        }
        steps
    }
}

/// Tables that are copied whole, dropped and made again under their own name: the copy and the table.
fn recreations(all: &[String]) -> Vec<(String, String)> {
    let effects = effects::effects(all);
    all.iter()
        .filter_map(|sql| effects::copied(sql))
        .filter(|(_, table)| effects.contains(&Effect::RebuildTable(table.clone())))
        .collect()
}

/// Tables that are made under another name, filled, and put in the place of the first one.
fn rebuilds(all: &[String]) -> Vec<(String, String)> {
    let made = |name: &str| {
        all.iter().any(|sql| {
            text::begins(sql, &["CREATE", "TABLE"]) && text::name(after(sql, "TABLE")) == name
        })
    };
    let dropped = |name: &str| {
        all.iter().any(|sql| {
            text::begins(sql, &["DROP", "TABLE"]) && text::name(after(sql, "TABLE")) == name
        })
    };
    let renames = all.iter().filter_map(|sql| {
        let (table, actions) = text::alter_table(sql)?;
        let [action] = actions.as_slice() else {
            return None;
        };
        text::begins(action, &["RENAME", "TO"])
            .then(|| (text::name(table), text::name(after(action, "TO"))))
    });
    renames
        .filter(|(new, table)| made(new) && dropped(table))
        .collect()
}

/// What stands behind the first such word, and behind IF EXISTS.
fn after<'a>(sql: &'a str, word: &str) -> &'a str {
    let all = crate::schema::sql::tokens(sql);
    let Some(i) = all.iter().position(|(t, _)| t.is(word)) else {
        return "";
    };
    let skip = |t: &crate::schema::sql::Token| ["IF", "NOT", "EXISTS"].iter().any(|w| t.is(w));
    let rest = all[i + 1..].iter().find(|(t, _)| !skip(t));
    let from = rest.map_or(sql.len(), |(_, span)| span.start);
    // The name ends where the columns begin.
    let end = sql[from..].find('(').map_or(sql.len(), |n| from + n);
    &sql[from..end]
}

fn inserts_into(sql: &str, table: &str) -> bool {
    let name = after(sql, "INTO");
    let first = name.split_whitespace().next().unwrap_or_default();
    text::name(first) == table || text::name(name.trim()) == table
}

fn look(sql: &str, in_transaction: bool, server: Server<'_>) -> Step {
    let mut step = Step::default();
    let out = &mut step.hazards;
    for word in ["BEGIN", "COMMIT", "END", "ROLLBACK"] {
        if in_transaction
            && text::begins(sql, &[word])
            && !sql.to_ascii_uppercase().contains(" TO ")
        {
            let what = format!(
                "`{}` cuts the transaction that the migration runs in",
                text::one_line(sql)
            );
            let mut hazard = Hazard::new(Harm::TransactionControl, Weight::Fails, "", what);
            hazard.near = word.to_owned();
            out.push(hazard);
            return step;
        }
    }
    if text::begins(sql, &["VACUUM"]) {
        let what = match in_transaction {
            true => "VACUUM is refused in a transaction, and every migration on SQLite is one",
            false => "the whole file is written anew, and nobody else can write meanwhile",
        };
        let mut hazard = Hazard::new(Harm::TableRewritten, Weight::Fails, "", what);
        hazard.near = "VACUUM".to_owned();
        out.push(hazard.help("Run VACUUM by hand, when the application is idle."));
        return step;
    }
    if text::begins(sql, &["REINDEX"]) {
        let name = text::name(after(sql, "REINDEX"));
        let mut tables = server.schema.tables.iter();
        let owner = tables.find(|(_, t)| t.indexes.contains_key(&name));
        let table = owner.map_or(name.as_str(), |(table, _)| table.as_str());
        let what = format!("an index is built anew; {WAIT}");
        out.push(Hazard::new(Harm::IndexBuilt, Weight::Blocks, table, what).help(IDLE));
        return step;
    }
    let is_index = text::begins(sql, &["CREATE", "INDEX"])
        || text::begins(sql, &["CREATE", "UNIQUE", "INDEX"]);
    if leaves_rows_alone(sql) && !is_index {
        return step;
    }
    match parse(&SQLiteDialect {}, sql) {
        Ok(statement) => known(&statement, server, &mut step),
        Err(why) => step.unclear = Some(why),
    }
    step
}

fn known(statement: &Statement, server: Server<'_>, step: &mut Step) {
    let out = &mut step.hazards;
    match statement {
        Statement::CreateIndex(it) => {
            let table = plain(&it.table_name);
            let name = it.name.as_ref().map(plain).unwrap_or_default();
            let what = format!("the index {name} is built over {table}; {WAIT}");
            out.push(
                Hazard::new(Harm::IndexBuilt, Weight::Blocks, &table, what)
                    .part("index", &name)
                    .help(IDLE),
            );
        }
        Statement::AlterTable(it) => {
            let table = plain(&it.name);
            let written = it.name.to_string();
            for operation in &it.operations {
                altered(&table, &written, operation, server, out);
            }
        }
        Statement::Drop {
            object_type: ObjectType::Table,
            names,
            ..
        } => {
            for name in names {
                let table = plain(name);
                let what = format!(
                    "{table} goes with all of its rows, and an application that is still running fails on it"
                );
                out.push(Hazard::new(
                    Harm::TableDropped,
                    Weight::Breaks,
                    &table,
                    what,
                ));
            }
        }
        other => {
            let portion = |table: &str, condition: Option<&str>| {
                let condition = condition.map(|c| format!(" WHERE {c}")).unwrap_or_default();
                let inner = format!("rowid IN (SELECT rowid FROM {table}{condition} LIMIT 1000)");
                match other {
                    Statement::Update(update) => {
                        let set: Vec<String> =
                            update.assignments.iter().map(ToString::to_string).collect();
                        format!("UPDATE {table} SET {} WHERE {inner}", set.join(", "))
                    }
                    _ => format!("DELETE FROM {table} WHERE {inner}"),
                }
            };
            match rows_written(other, WAIT, &portion) {
                Some(hazard) => out.push(hazard),
                None => {
                    step.unclear =
                        Some("it is none of the statements that are known here".to_owned())
                }
            }
        }
    }
}

fn altered(
    table: &str,
    written: &str,
    operation: &AlterTableOperation,
    server: Server<'_>,
    out: &mut Vec<Hazard>,
) {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            let column = bare(&column_def.name);
            let has = |fits: fn(&ColumnOption) -> bool| {
                column_def.options.iter().any(|o| fits(&o.option))
            };
            let default = column_def.options.iter().find_map(|o| match &o.option {
                ColumnOption::Default(value) => Some(value.to_string()),
                _ => None,
            });
            let empty = default
                .as_ref()
                .is_none_or(|d| d.eq_ignore_ascii_case("null"));
            let generated = has(|o| matches!(o, ColumnOption::Generated { .. }));
            if has(|o| matches!(o, ColumnOption::NotNull)) && empty && !generated {
                let mut free = column_def.clone();
                free.options
                    .retain(|o| !matches!(o.option, ColumnOption::NotNull));
                let what = format!(
                    "{column} takes no NULL and has no default, so the statement fails: the rows of {table} have no value for it"
                );
                out.push(
                    Hazard::new(Harm::ColumnRequired, Weight::Fails, table, what)
                        .part("column", &column)
                        .safe([alter(written, &format!("ADD COLUMN {free}"))])
                        .help("Add it without NOT NULL, or give it a constant default. SQLite makes a column NOT NULL only by making its table anew."),
                );
            }
            // A value of NULL passes every CHECK but one that asks for it; SQLite looks all the same.
            if has(|o| matches!(o, ColumnOption::Check(_))) {
                let what =
                    format!("every row of {table} is checked for the CHECK of {column}; {WAIT}");
                out.push(
                    Hazard::new(Harm::Check, Weight::Blocks, table, what)
                        .part("column", &column)
                        .help(IDLE),
                );
            }
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            for name in column_names {
                let column = bare(name);
                let what = format!(
                    "{table} loses {column} with its values, and an application that is still running fails on it"
                );
                out.push(
                    Hazard::new(Harm::ColumnDropped, Weight::Breaks, table, what)
                        .part("column", &column),
                );
                let what = format!("every row of {table} is written anew without {column}; {WAIT}");
                out.push(
                    Hazard::new(Harm::TableRewritten, Weight::Blocks, table, what)
                        .part("column", &column)
                        .help(IDLE),
                );
            }
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => {
            let (from, to) = (bare(old_column_name), new_column_name);
            let what = format!(
                "an application that is still running does not find {from} in {table} any more"
            );
            let known = server.schema.tables.get(table);
            let kind = known.and_then(|t| t.columns.iter().find(|c| c.name == from));
            let mut hazard =
                Hazard::new(Harm::ColumnRenamed, Weight::Breaks, table, what).part("column", &from);
            if let Some(kind) = kind {
                hazard.safe = vec![
                    alter(written, &format!("ADD COLUMN {to} {}", kind.kind)),
                    format!("UPDATE {written} SET {to} = {old_column_name} WHERE {to} IS NULL"),
                ];
            }
            out.push(hazard);
        }
        AlterTableOperation::RenameTable { .. } => {
            let what =
                format!("an application that is still running does not find {table} any more");
            out.push(Hazard::new(Harm::TableRenamed, Weight::Breaks, table, what));
        }
        _ => {}
    }
}
