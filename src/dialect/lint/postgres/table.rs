//! Whole tables and their rows.

use squawk_linter::Rule;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::super::{Harm, Hazard, Weight, alter as alter_sql, text};
use super::{Context, Named, source};
use crate::schema::sql::tokens;

/// A statement that is no ALTER TABLE.
pub(super) fn look(statement: &ast::Stmt, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let node = statement.syntax();
    let sql = text::one_line(&source(node));
    match statement {
        ast::Stmt::DropTable(it) if cx.says(Rule::BanDropTable, node) => {
            for table in it.table_name_refs() {
                let table = Named::of(table.syntax());
                let what = format!(
                    "{} goes with all of its rows, and an application that is still running fails on it",
                    table.plain
                );
                let aside = format!(
                    "{}_unused",
                    table.plain.rsplit('.').next().unwrap_or_default()
                );
                let aside = format!("RENAME TO \"{}\"", aside.replace('"', "\"\""));
                out.push(
                    Hazard::new(Harm::TableDropped, Weight::Breaks, &table.plain, what)
                        .safe([alter_sql(&table.written, &aside)])
                        .help("Release code that does without the table first. Setting it aside shows who still needs it, while its rows are there; drop it later."),
                );
            }
        }
        ast::Stmt::Truncate(it) => {
            for table in it
                .table_list()
                .iter()
                .flat_map(ast::TableList::table_relation_names)
            {
                let table = Named::of(table.syntax());
                let what = format!(
                    "{} loses all of its rows while readers and writers wait",
                    table.plain
                );
                let portion = format!(
                    "DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {0} LIMIT 1000))",
                    table.written
                );
                out.push(
                    Hazard::new(Harm::TableEmptied, Weight::Breaks, &table.plain, what)
                        .safe([portion])
                        .help("If the rows are to go, delete them in portions until none is left."),
                );
            }
        }
        ast::Stmt::Lock(it) => {
            for table in it
                .relation_list()
                .iter()
                .flat_map(ast::RelationList::relation_names)
            {
                let table = Named::of(table.syntax()).plain;
                let what = format!("{table} stays locked until the migration ends");
                out.push(Hazard::new(Harm::TableLocked, Weight::Blocks, &table, what));
            }
        }
        ast::Stmt::Cluster(_) | ast::Stmt::Vacuum(_) if writes_anew(&sql) => {
            let table = node
                .descendants()
                .find_map(ast::TableNameRef::cast)
                .map(|n| Named::of(n.syntax()).plain)
                .unwrap_or_default();
            let what = format!(
                "readers and writers wait while {} is written anew",
                shown(&table)
            );
            out.push(
                Hazard::new(Harm::TableRewritten, Weight::Blocks, &table, what)
                    .help("Plain VACUUM goes beside the running system; pg_repack, or REPACK (CONCURRENTLY) from PostgreSQL 19, gives the space back without the lock."),
            );
        }
        ast::Stmt::Refresh(it) if it.concurrently_token().is_none() => {
            if let Some(view) = it.view_ref().map(|v| Named::of(v.syntax())) {
                let what = format!("readers of {} wait while it is filled anew", view.plain);
                out.push(
                    Hazard::new(Harm::TableLocked, Weight::Blocks, &view.plain, what)
                        .safe([format!(
                            "REFRESH MATERIALIZED VIEW CONCURRENTLY {}",
                            view.written
                        )])
                        .help("CONCURRENTLY needs a unique index over all rows of the view."),
                );
            }
        }
        ast::Stmt::Update(it) => {
            if let Some(table) = it.relation_name() {
                let table = Named::of(table.syntax());
                let all = it.where_clause_or_current_of().is_none();
                let safe = (!all).then(|| portion(&table, it.syntax(), &sql)).flatten();
                out.push(written(&table, all, "changed", safe));
            }
        }
        ast::Stmt::Delete(it) => {
            if let Some(table) = it.relation_name() {
                let table = Named::of(table.syntax());
                let all = it.where_clause_or_current_of().is_none();
                let safe = match all {
                    true => Some(format!(
                        "{sql} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {} LIMIT 1000))",
                        table.written
                    )),
                    false => portion(&table, it.syntax(), &sql),
                };
                out.push(written(&table, all, "deleted", safe));
            }
        }
        ast::Stmt::Begin(_) | ast::Stmt::Commit(_) | ast::Stmt::Rollback(_)
            if cx.says(Rule::TransactionNesting, node) && cx.in_transaction =>
        {
            let what = format!("`{sql}` cuts the transaction that the migration runs in");
            let mut hazard = Hazard::new(Harm::TransactionControl, Weight::Fails, "", what);
            hazard.near = sql.split_whitespace().next().unwrap_or_default().to_owned();
            out.push(hazard);
        }
        _ => {}
    }
}

/// CLUSTER, or VACUUM with the word that makes it one.
fn writes_anew(sql: &str) -> bool {
    let mut words = tokens(sql).into_iter().map(|(token, _)| token);
    words.any(|word| word.is("CLUSTER") || word.is("FULL"))
}

/// The table, or what there is in place of its name.
fn shown(table: &str) -> &str {
    match table {
        "" => "every table",
        table => table,
    }
}

/// Rows are changed or deleted: all of them, or those that a condition finds.
fn written(table: &Named, all: bool, verb: &str, safe: Option<String>) -> Hazard {
    let t = &table.plain;
    let (weight, what) = match all {
        true => (
            Weight::Blocks,
            format!(
                "all rows of {t} are {verb} in one transaction; who wants to write one of them waits until its end"
            ),
        ),
        false => (
            Weight::Works,
            format!(
                "rows of {t} are {verb} in one transaction; who wants to write one of them waits until its end"
            ),
        ),
    };
    Hazard {
        safe: safe.into_iter().collect(),
        ..Hazard::new(Harm::RowsChanged, weight, t, what)
    }
}

/// The statement for a thousand of its rows, to be run until it finds none.
fn portion(table: &Named, node: &SyntaxNode, sql: &str) -> Option<String> {
    let clause = node.children().find_map(ast::WhereClause::cast)?;
    let condition = text::one_line(&source(clause.syntax()));
    let start = sql.rfind(&condition)?;
    let inner = format!(
        "WHERE ctid = ANY (ARRAY(SELECT ctid FROM {} {condition} LIMIT 1000))",
        table.written
    );
    Some(format!(
        "{}{inner}{}",
        &sql[..start],
        &sql[start + condition.len()..]
    ))
}

/// What is left of ALTER TABLE when columns and constraints are dealt with.
pub(super) fn alter(
    table: &Named,
    action: &ast::AlterTableAction,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    use ast::AlterTableAction as Action;
    let t = &table.plain;
    let words = text::one_line(&source(action.syntax()));
    let hazard = match action {
        Action::TableRenameTo(it) if cx.says(Rule::RenamingTable, action.syntax()) => {
            let Some(to) = it.table_name().map(|n| Named::of(n.syntax())) else {
                return;
            };
            // A view answers for the old name; from 15 on it can do so with the rights of who asks.
            let with = if cx.since(15) {
                " WITH (security_invoker = true)"
            } else {
                ""
            };
            let view = format!(
                "CREATE VIEW {}{with} AS SELECT * FROM {}",
                table.written, to.written
            );
            let what = format!("an application that is still running does not find {t} any more");
            Hazard::new(Harm::TableRenamed, Weight::Breaks, t, what)
                .safe([alter_sql(&table.written, &words), view])
                .help("Let a view answer for the old name, made in the same transaction: it takes writes too. Drop it when no release asks for it.")
        }
        Action::SetSchema(_) if cx.says(Rule::BanSetSchema, action.syntax()) => {
            let what =
                format!("an application that is still running does not find {t} where it was");
            Hazard::new(Harm::TableRenamed, Weight::Breaks, t, what)
        }
        Action::SetLogged(_)
        | Action::SetUnlogged(_)
        | Action::SetTablespace(_)
        | Action::SetAccessMethod(_) => {
            let what =
                format!("readers and writers of {t} wait while it is written anew for {words}");
            Hazard::new(Harm::TableRewritten, Weight::Blocks, t, what)
                .help("Run it when the application is idle, or fill a new table in portions and exchange the names.")
        }
        Action::DetachPartition(_)
            if cx.says(Rule::RequireConcurrentPartitionDetach, action.syntax()) && cx.since(14) =>
        {
            let what = format!(
                "detaching a partition waits for every query on {t}, and whoever comes after it waits too"
            );
            Hazard::new(Harm::TableLocked, Weight::Works, t, what)
                .safe([alter_sql(&table.written, &format!("{words} CONCURRENTLY"))])
                .help("CONCURRENTLY cannot run in a transaction: give it a migration of its own whose `use_transaction` is `Some(false)`.")
        }
        _ => return,
    };
    out.push(hazard);
}
