//! PostgreSQL. What is dangerous in a text is squawk's to find; here it is weighed against the
//! catalogue, put into our words and rewritten.

mod code;
mod column;
mod constraint;
mod index;
mod table;

use squawk_linter::{Linter as Squawk, Rule, Version, Violation};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxNode};

use super::{Hazard, Linter, Postgres, Server, Step, text, version};
use crate::dialect::Dialect;

/// The rules of squawk that are about running systems. Those about style and types are left out, and
/// those about what clients may rely on, unless a table or a column goes.
const RULES: &[Rule] = &[
    Rule::RequireConcurrentIndexCreation,
    Rule::RequireConcurrentIndexDeletion,
    Rule::RequireConcurrentReindex,
    Rule::RequireConcurrentPartitionDetach,
    Rule::ConstraintMissingNotValid,
    Rule::AddingFieldWithDefault,
    Rule::AddingForeignKeyConstraint,
    Rule::AddingNotNullableField,
    Rule::AddingRequiredField,
    Rule::AddingSerialPrimaryKeyField,
    Rule::BanAlterDomainWithAddConstraint,
    Rule::BanDropColumn,
    Rule::BanDropConstraint,
    Rule::BanDropTable,
    Rule::BanSetSchema,
    Rule::ChangingColumnType,
    Rule::DisallowedUniqueConstraint,
    Rule::RenamingColumn,
    Rule::RenamingTable,
    Rule::TransactionNesting,
];

/// What is known while a statement is looked at.
struct Context<'a> {
    said: &'a [Violation],
    server: Server<'a>,
    in_transaction: bool,
}

impl Context<'_> {
    /// Whether squawk objects to something inside of the node.
    fn says(&self, rule: Rule, node: &SyntaxNode) -> bool {
        let range = node.text_range();
        self.said
            .iter()
            .any(|v| v.code == rule && range.contains_range(v.text_range))
    }

    /// Whether the server is at least of that version.
    fn since(&self, major: u32) -> bool {
        version::parts(self.server.version)[0] >= major
    }

    /// The table of the catalogue by its name in a statement.
    fn table(&self, name: &str) -> Option<&crate::schema::Table> {
        let name = name.rsplit('.').next().unwrap_or(name);
        self.server.schema.tables.get(name)
    }
}

/// A node as it is written, without the semicolon behind a statement.
fn source(node: &SyntaxNode) -> String {
    let text = node.to_string();
    text.trim().trim_end_matches(';').trim_end().to_owned()
}

/// A node as it is written, without some of the nodes in it.
fn without(node: &SyntaxNode, gone: &[SyntaxNode]) -> String {
    let from = node.text_range().start();
    let all = node.to_string();
    let mut out = String::new();
    let mut at = 0;
    for node in gone {
        let range = node.text_range() - from;
        out.push_str(&all[at..usize::from(range.start())]);
        at = usize::from(range.end());
    }
    out.push_str(&all[at..]);
    text::one_line(&out)
}

impl Linter for Postgres {
    fn sizes(&self, tables: &[String]) -> String {
        let wanted: Vec<String> = tables
            .iter()
            .map(|table| {
                let (schema, name) = match table.split_once('.') {
                    Some((schema, name)) => (self.literal(schema), name),
                    None => ("current_schema()".to_owned(), table.as_str()),
                };
                format!(
                    "({}, {schema}, {})",
                    self.literal(table),
                    self.literal(name)
                )
            })
            .collect();
        // Before the first ANALYZE there is no guess; an empty file holds no row for sure. The
        // parent of partitions has no file.
        format!(
            "SELECT w.name, \
               CASE WHEN c.relkind <> 'p' AND pg_relation_size(c.oid) = 0 THEN 0 \
                    ELSE nullif(greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0), 0) END, \
               CASE WHEN c.relkind <> 'p' THEN pg_total_relation_size(c.oid) END \
             FROM (VALUES {}) w(name, schema, relname) \
             JOIN pg_namespace n ON n.nspname = w.schema \
             JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname \
             WHERE c.relkind IN ('r', 'p', 'm')",
            wanted.join(", ")
        )
    }

    fn steps(&self, statements: &[String], in_transaction: bool, server: Server<'_>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::with_capacity(statements.len());
        // One text, because some rules look at a transaction as a whole. What squawk cannot read
        // stays out of it, or it would swallow what follows.
        let mut all = String::from("SELECT 1;\n");
        let mut starts = Vec::with_capacity(statements.len());
        for statement in statements {
            let sql = text::without_comments(statement);
            let mut step = Step::default();
            match SourceFile::parse(&sql).errors().first() {
                Some(error) => step.unclear = Some(error.message().to_owned()),
                None => {
                    starts.push((all.len(), steps.len()));
                    all.push_str(&sql);
                    all.push_str("\n;\n");
                }
            }
            steps.push(step);
        }
        let parse = SourceFile::parse(&all);
        let mut squawk = Squawk::from(RULES.iter().copied());
        let [major, minor, _] = version::parts(server.version);
        squawk.settings.pg_version = format!("{major}.{minor}")
            .parse()
            .unwrap_or_else(|_| Version::default());
        squawk.settings.assume_in_transaction = in_transaction;
        let said = squawk.lint(&parse, &all);
        let cx = Context {
            said: &said,
            server,
            in_transaction,
        };
        for statement in parse.tree().stmts() {
            let at = usize::from(statement.syntax().text_range().start());
            let belongs = starts.iter().rev().find(|(start, _)| *start <= at);
            if let Some((_, i)) = belongs {
                look(&statement, &cx, &mut steps[*i]);
            }
        }
        steps
    }
}

fn look(statement: &ast::Stmt, cx: &Context<'_>, step: &mut Step) {
    let out = &mut step.hazards;
    match statement {
        ast::Stmt::AlterTable(it) => {
            let Some(relation) = it.table_relation_name() else {
                return;
            };
            let table = Named::of(relation.syntax());
            for action in it.actions() {
                alter_table(&table, &action, cx, out);
            }
            if cx.in_transaction && it.actions().any(|action| shuts_out(&action)) {
                step.locks.push(table.plain);
            }
        }
        ast::Stmt::CreateIndex(it) => index::create(it, cx, out),
        ast::Stmt::DropIndex(it) => index::drop(it, cx, out),
        ast::Stmt::Reindex(it) => index::reindex(it, cx, out),
        ast::Stmt::AlterDomain(it) => constraint::domain(it, cx, out),
        ast::Stmt::Do(it) => code::block(it, cx, step),
        ast::Stmt::Call(_) => {
            step.unclear = Some("a procedure may do anything".to_owned());
        }
        other => table::look(other, cx, out),
    }
}

fn alter_table(
    table: &Named,
    action: &ast::AlterTableAction,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    use ast::AlterTableAction as Action;
    match action {
        Action::AddColumn(it) => column::add(table, it, cx, out),
        Action::AlterColumn(it) => column::alter_column(table, it, cx, out),
        Action::DropColumn(it) => column::drop(table, it, cx, out),
        Action::RenameColumn(it) => column::rename(table, it, cx, out),
        Action::AddConstraint(it) => constraint::add(table, it, cx, out),
        Action::DropConstraint(it) => constraint::drop(table, it, cx, out),
        Action::ValidateConstraint(it) => constraint::validate(table, it, cx, out),
        other => table::alter(table, other, cx, out),
    }
}

/// Whether an action keeps readers out until the transaction ends.
fn shuts_out(action: &ast::AlterTableAction) -> bool {
    use ast::AlterTableAction as Action;
    match action {
        Action::ValidateConstraint(_) | Action::AttachPartition(_) | Action::ClusterOn(_) => false,
        Action::AddConstraint(it) => !matches!(
            it.constraint(),
            Some(ast::Constraint::ForeignKeyConstraint(_))
        ),
        _ => true,
    }
}

/// An object's name: as it is written, to be written again, and without quotes.
struct Named {
    written: String,
    plain: String,
}

impl Named {
    fn of(node: &SyntaxNode) -> Self {
        let written = source(node);
        Self {
            plain: text::name(&written),
            written,
        }
    }
}
