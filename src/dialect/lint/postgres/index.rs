//! Indexes: built and dropped while others wait, or beside them.

use squawk_linter::Rule;
use squawk_syntax::ast::{self, AstNode};

use super::super::{Harm, Hazard, Weight, text};
use super::{Context, Named, source};

const ALONE: &str = "CONCURRENTLY cannot run in a transaction: give the index a migration of its own whose `use_transaction` is `Some(false)`, and drop the invalid index that a failed attempt leaves behind.";

pub(super) fn create(it: &ast::CreateIndex, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let Some(relation) = it.table_relation_name() else {
        return;
    };
    let table = Named::of(relation.syntax());
    let name = it.index().map(|index| Named::of(index.syntax()).plain);
    let name = name.unwrap_or_else(|| format!("on {}", table.plain));
    if cx.says(Rule::RequireConcurrentIndexCreation, it.syntax()) {
        let what = format!(
            "writes to {} wait while the index {name} is built",
            table.plain
        );
        let safe = concurrent(
            &source(it.syntax()),
            it.index_token().map(|t| t.text().to_owned()),
        );
        out.push(
            Hazard::new(Harm::IndexBuilt, Weight::Blocks, &table.plain, what)
                .part("index", &name)
                .safe([safe])
                .help(ALONE),
        );
    }
    if cx.in_transaction && it.concurrently_token().is_some() {
        out.push(refused("CREATE INDEX CONCURRENTLY", &name));
    }
}

/// What PostgreSQL refuses whatever the table holds.
fn refused(what: &str, name: &str) -> Hazard {
    let what = format!("{what} is refused, because the migration runs in a transaction");
    Hazard::new(Harm::Concurrently, Weight::Fails, "", what).part("index", name)
}

/// The statement with CONCURRENTLY behind its first word INDEX.
fn concurrent(sql: &str, word: Option<String>) -> String {
    let word = word.unwrap_or_else(|| "INDEX".to_owned());
    text::one_line(&sql.replacen(&word, &format!("{word} CONCURRENTLY"), 1))
}

pub(super) fn drop(it: &ast::DropIndex, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    for index in it.index_refs() {
        let name = Named::of(index.syntax());
        if cx.in_transaction && it.concurrently_token().is_some() {
            out.push(refused("DROP INDEX CONCURRENTLY", &name.plain));
        }
        // The statement does not say whose index it is.
        let plain = name.plain.rsplit('.').next().unwrap_or(&name.plain);
        let mut tables = cx.server.schema.tables.iter();
        let owner = tables.find(|(_, table)| table.indexes.contains_key(plain));
        let Some((table, _)) = owner else {
            continue;
        };
        if cx.says(Rule::RequireConcurrentIndexDeletion, it.syntax()) {
            let what = format!(
                "dropping the index {plain} waits for every query on {table}, and whoever comes after it waits too"
            );
            out.push(
                Hazard::new(Harm::IndexDropped, Weight::Works, table, what)
                    .part("index", plain)
                    .safe([format!("DROP INDEX CONCURRENTLY {}", name.written)])
                    .help(ALONE),
            );
        }
    }
}

pub(super) fn reindex(it: &ast::Reindex, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let Some(target) = it.reindex_target() else {
        return;
    };
    let words = source(target.syntax());
    let (kind, name) = words
        .split_once(char::is_whitespace)
        .unwrap_or(("", &words));
    let name = text::name(name);
    if !cx.says(Rule::RequireConcurrentReindex, it.syntax()) {
        return;
    }
    let mut tables = cx.server.schema.tables.iter();
    let owner = match kind.eq_ignore_ascii_case("index") {
        true => tables.find(|(_, table)| table.indexes.contains_key(&name)),
        false => None,
    };
    let table = owner.map_or(name.as_str(), |(table, _)| table.as_str());
    let what = format!(
        "writes wait while {} is built anew, and most queries too",
        words.trim()
    );
    out.push(
        Hazard::new(Harm::IndexBuilt, Weight::Blocks, table, what)
            .safe([format!(
                "REINDEX {kind} CONCURRENTLY {}",
                words[kind.len()..].trim()
            )])
            .help(ALONE),
    );
}
