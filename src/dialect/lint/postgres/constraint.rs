//! Constraints: every row is looked at, and somebody waits, unless that is done later.

use squawk_linter::Rule;
use squawk_syntax::ast::{self, AstNode};

use super::super::{Harm, Hazard, Weight, alter, text};
use super::{Context, Named, source};

const TWO: &str = "Add it as NOT VALID, which takes a moment; validate it in a later migration, while everybody goes on reading and writing.";
const INDEX_FIRST: &str = "Build the index beside the running system, in a migration of its own whose `use_transaction` is `Some(false)`; making a constraint of it takes a moment.";

pub(super) fn add(table: &Named, it: &ast::AddConstraint, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let Some(constraint) = it.constraint() else {
        return;
    };
    let named = constraint.constraint_name();
    let name = named.map_or_else(String::new, |n| text::name(&source(n.syntax())));
    let action = text::one_line(&source(it.syntax()));
    let t = &table.plain;
    let hazard = match &constraint {
        ast::Constraint::ForeignKeyConstraint(key) => {
            if !cx.says(Rule::AddingForeignKeyConstraint, it.syntax()) {
                return;
            }
            let parent = key.table_name_ref().map(|p| Named::of(p.syntax()).plain);
            let parent = parent.unwrap_or_else(|| "the table that it refers to".to_owned());
            let what = format!(
                "writes to {t} and {parent} wait while every row of {t} is checked for the foreign key"
            );
            Hazard::new(Harm::ForeignKey, Weight::Blocks, t, what)
        }
        ast::Constraint::CheckConstraint(_) | ast::Constraint::NotNullConstraint(_) => {
            if !cx.says(Rule::ConstraintMissingNotValid, it.syntax()) {
                return;
            }
            let what = format!("readers and writers of {t} wait while every row is checked");
            Hazard::new(Harm::Check, Weight::Blocks, t, what)
        }
        ast::Constraint::UniqueConstraint(_)
            if cx.says(Rule::DisallowedUniqueConstraint, it.syntax()) =>
        {
            return out.push(indexed(
                Harm::Unique,
                "UNIQUE",
                table,
                &name,
                &action,
                "unique constraint",
            ));
        }
        ast::Constraint::PrimaryKeyConstraint(_)
            if cx.says(Rule::AddingSerialPrimaryKeyField, it.syntax()) =>
        {
            return out.push(indexed(
                Harm::PrimaryKey,
                "PRIMARY KEY",
                table,
                &name,
                &action,
                "primary key",
            ));
        }
        ast::Constraint::ExcludeConstraint(_) => {
            let what = format!(
                "readers and writers of {t} wait while the index of the exclusion is built"
            );
            let help = "There is no way around the lock: run it when the application is idle, or enforce the rule with a trigger for new rows.";
            return out.push(
                Hazard::new(Harm::Unique, Weight::Blocks, t, what)
                    .part("constraint", &name)
                    .help(help),
            );
        }
        _ => return,
    };
    let hazard = match name.as_str() {
        "" => hazard,
        name => hazard.part("constraint", name),
    };
    // Without a name of its own there is nothing that could be validated by name.
    let safe = match constraint.constraint_name() {
        Some(n) => vec![
            alter(&table.written, &format!("{action} NOT VALID")),
            alter(
                &table.written,
                &format!("VALIDATE CONSTRAINT {}", source(n.syntax())),
            ),
        ],
        None => vec![alter(&table.written, &format!("{action} NOT VALID"))],
    };
    out.push(Hazard {
        safe,
        ..hazard.help(TWO)
    });
}

/// A constraint that comes with an index, which can be built first.
fn indexed(harm: Harm, kind: &str, table: &Named, name: &str, action: &str, words: &str) -> Hazard {
    let t = &table.plain;
    let what = format!("readers and writers of {t} wait while the index of the {words} is built");
    let columns = text::brackets(action).unwrap_or("()");
    let index = match name {
        "" => {
            let plain: Vec<String> = columns.split(',').map(text::name).collect();
            format!(
                "{}_{}_key",
                t.rsplit('.').next().unwrap_or(t),
                plain.join("_")
            )
        }
        name => name.to_owned(),
    };
    let quoted = format!("\"{}\"", index.replace('"', "\"\""));
    let build = format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {} {columns}",
        table.written
    );
    let adopt = format!("ADD CONSTRAINT {quoted} {kind} USING INDEX {quoted}");
    Hazard::new(harm, Weight::Blocks, t, what)
        .part("constraint", &index)
        .safe([build, alter(&table.written, &adopt)])
        .help(INDEX_FIRST)
}

pub(super) fn drop(
    table: &Named,
    it: &ast::DropConstraint,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    let name = it
        .constraint_name_ref()
        .map(|n| Named::of(n.syntax()).plain);
    if let (Some(name), true) = (name, cx.says(Rule::BanDropConstraint, it.syntax())) {
        let what = format!(
            "the constraint {name} goes: rows that it would have refused come in from then on"
        );
        out.push(
            Hazard::new(Harm::ConstraintDropped, Weight::Minor, &table.plain, what)
                .part("constraint", &name),
        );
    }
}

pub(super) fn validate(
    table: &Named,
    it: &ast::ValidateConstraint,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    let name = it.constraint_name_ref().map(|n| Named::of(n.syntax()));
    // Of this statement it is the only thing that squawk says under that name.
    if let (Some(name), true) = (name, cx.says(Rule::ConstraintMissingNotValid, it.syntax())) {
        let what = format!(
            "{} is added and validated in one transaction, which keeps its lock while every row of {} is checked",
            name.plain, table.plain
        );
        out.push(
            Hazard::new(Harm::ValidatedAtOnce, Weight::Blocks, &table.plain, what)
                .part("constraint", &name.plain)
                .safe([alter(&table.written, &format!("VALIDATE CONSTRAINT {}", name.written))])
                .help("Leave this statement to a later migration, or to the next one: each has a transaction of its own."),
        );
    }
}

/// A constraint on a domain: it is not told which tables have columns of it.
pub(super) fn domain(it: &ast::AlterDomain, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let (Some(domain), true) = (
        it.domain_ref(),
        cx.says(Rule::BanAlterDomainWithAddConstraint, it.syntax()),
    ) else {
        return;
    };
    let name = Named::of(domain.syntax()).plain;
    let sql = text::one_line(&source(it.syntax()));
    if sql.to_ascii_uppercase().ends_with("NOT VALID") {
        return;
    }
    // The catalogue prints a column's type, with quotes where the name needs them.
    let mut tables = cx.server.schema.tables.iter();
    let user = tables.find(|(_, table)| table.columns.iter().any(|c| text::name(&c.kind) == name));
    if let Some((table, _)) = user {
        let what =
            format!("every table with a column of {name} is locked while its rows are checked");
        out.push(
            Hazard::new(Harm::Check, Weight::Blocks, table, what)
                .part("domain", &name)
                .safe([format!("{sql} NOT VALID")])
                .help(TWO),
        );
    }
}
