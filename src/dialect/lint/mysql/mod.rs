//! MySQL and MariaDB. What an ALTER TABLE costs is a question of the algorithm that the server
//! takes for it, which is not the same for both and changes with their versions.

mod alter;
mod column;
mod how;

use sqlparser::ast::{ObjectType, Statement};
use sqlparser::dialect::MySqlDialect;

use super::parsed::{leaves_rows_alone, parse, plain, rows_written};
use super::{Harm, Hazard, Linter, Mysql, Server, Step, Weight, text};
use crate::dialect::Dialect;

const WAIT: &str = "who wants to write one of them waits until its end, and replicas fall behind";

impl Linter for Mysql {
    fn sizes(&self, tables: &[String]) -> String {
        let wanted: Vec<String> = tables
            .iter()
            .map(|table| {
                let (schema, name) = match table.split_once('.') {
                    Some((schema, name)) => (self.literal(schema), name),
                    None => ("DATABASE()".to_owned(), table.as_str()),
                };
                format!(
                    "SELECT {} AS given, {schema} AS place, {} AS named",
                    self.literal(table),
                    self.literal(name)
                )
            })
            .collect();
        // The collations of literals and of the catalogue differ; names are compared as bytes.
        format!(
            "SELECT w.given, t.TABLE_ROWS, t.DATA_LENGTH + t.INDEX_LENGTH FROM ({}) w \
             JOIN information_schema.TABLES t \
               ON CAST(t.TABLE_SCHEMA AS BINARY) = CAST(w.place AS BINARY) \
              AND CAST(t.TABLE_NAME AS BINARY) = CAST(w.named AS BINARY) \
             WHERE t.TABLE_TYPE = 'BASE TABLE'",
            wanted.join(" UNION ALL ")
        )
    }

    fn steps(&self, statements: &[String], _in_transaction: bool, server: Server<'_>) -> Vec<Step> {
        statements
            .iter()
            .map(|sql| look(&text::without_comments(sql), server))
            .collect()
    }
}

fn look(sql: &str, server: Server<'_>) -> Step {
    let mut step = Step::default();
    let index = ["", "UNIQUE", "FULLTEXT", "SPATIAL"]
        .iter()
        .find(|kind| match **kind {
            "" => text::begins(sql, &["CREATE", "INDEX"]),
            kind => text::begins(sql, &["CREATE", kind, "INDEX"]),
        });
    if text::alter_table(sql).is_some() {
        alter::table(sql, server, &mut step);
    } else if let Some(kind) = index {
        alter::create_index(sql, kind, &mut step);
    } else if ["CALL", "PREPARE", "EXECUTE"]
        .iter()
        .any(|word| text::begins(sql, &[word]))
    {
        step.unclear = Some("what it executes is made up while it runs".to_owned());
    } else if !leaves_rows_alone(sql) && !ends_transaction(sql) {
        match parse(&MySqlDialect {}, sql) {
            Ok(statement) => known(&statement, &mut step),
            Err(why) => step.unclear = Some(why),
        }
    }
    step
}

/// Every DDL statement commits by itself here, so words for it change little.
fn ends_transaction(sql: &str) -> bool {
    ["BEGIN", "START", "COMMIT", "ROLLBACK"]
        .iter()
        .any(|word| text::begins(sql, &[word]))
}

fn known(statement: &Statement, step: &mut Step) {
    let out = &mut step.hazards;
    match statement {
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
                let aside = format!("{}_unused", table.rsplit('.').next().unwrap_or_default());
                out.push(
                    Hazard::new(Harm::TableDropped, Weight::Breaks, &table, what)
                        .safe([format!("RENAME TABLE {name} TO {}", Mysql.ident(&aside))])
                        .help("Release code that does without the table first. Setting it aside shows who still needs it, while its rows are there; drop it later."),
                );
            }
        }
        Statement::RenameTable(renames) => {
            for it in renames {
                out.push(renamed(&it.old_name.to_string(), &it.new_name.to_string()));
            }
        }
        Statement::Truncate(it) => {
            for target in &it.table_names {
                let table = plain(&target.name);
                let what = format!("{table} loses all of its rows while readers and writers wait");
                out.push(
                    Hazard::new(Harm::TableEmptied, Weight::Breaks, &table, what)
                        .safe([format!("DELETE FROM {} LIMIT 1000", target.name)])
                        .help("If the rows are to go, delete them in portions until none is left."),
                );
            }
        }
        Statement::LockTables { tables } => {
            for lock in tables {
                let table = text::name(&lock.table.to_string());
                let what = format!("{table} stays locked until it is unlocked or the session ends");
                out.push(Hazard::new(Harm::TableLocked, Weight::Blocks, &table, what));
            }
        }
        Statement::OptimizeTable { name, .. } => {
            let table = plain(name);
            let what = format!(
                "{table} is written anew beside the running system, which takes disk and time"
            );
            out.push(Hazard::new(
                Harm::TableRewritten,
                Weight::Works,
                &table,
                what,
            ));
        }
        other => {
            let portion = |table: &str, condition: Option<&str>| {
                let condition = condition.map(|c| format!(" WHERE {c}")).unwrap_or_default();
                match other {
                    Statement::Update(it) => {
                        let set: Vec<String> =
                            it.assignments.iter().map(ToString::to_string).collect();
                        format!(
                            "UPDATE {table} SET {}{condition} LIMIT 1000",
                            set.join(", ")
                        )
                    }
                    _ => format!("DELETE FROM {table}{condition} LIMIT 1000"),
                }
            };
            match rows_written(other, WAIT, &portion) {
                Some(hazard) => out.push(hazard),
                None if matches!(other, Statement::Update(_) | Statement::Delete(_)) => {}
                None => {
                    step.unclear =
                        Some("it is none of the statements that are known here".to_owned())
                }
            }
        }
    }
}

/// A table that gets another name; a view answers for the old one.
fn renamed(from: &str, to: &str) -> Hazard {
    let table = text::name(from);
    let what = format!("an application that is still running does not find {table} any more");
    Hazard::new(Harm::TableRenamed, Weight::Breaks, &table, what)
        .safe([
            format!("RENAME TABLE {from} TO {to}"),
            format!("CREATE VIEW {from} AS SELECT * FROM {to}"),
        ])
        .help("Let a view answer for the old name: it takes writes too. Drop it when no release asks for it.")
}
