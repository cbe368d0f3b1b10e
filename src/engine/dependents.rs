//! What a run would break that is not its own: views, triggers and routines over tables and columns
//! that go, where the database drops those without a word (MySQL columns and tables, SQLite tables);
//! and what somebody added to a table that SQLite has to rebuild.

use std::collections::BTreeSet;

use super::database::Database;
use super::effects::Effect;
use super::error::{Error, Result};
use super::migration::{Direction, Source};
use crate::dialect::Dialect;
use crate::schema::create_table::{self, Kind, Parsed};
use crate::schema::sql::{self, Token, tokens};
use crate::schema::{Schema, Table};

/// Refuses a run that would leave objects of somebody else's broken, or take them along.
///
/// # Errors
/// Exit code 6, naming them.
pub(super) async fn check(db: &mut Database, source: &Source, effects: &[Effect]) -> Result<()> {
    let d = db.dialect();
    if d.refuses_to_break() {
        return Ok(());
    }
    let gone = Gone::of(d, effects);
    let rebuilt: Vec<&String> = effects
        .iter()
        .filter_map(|e| match e {
            Effect::RebuildTable(t) => Some(t),
            _ => None,
        })
        .collect();
    if gone.is_empty() && rebuilt.is_empty() {
        return Ok(());
    }
    let schema = db.schema().await?;
    let broken = gone.breaks(d, &schema, &made(source));
    if !broken.is_empty() {
        return Err(
            Error::refused("other objects use what would be dropped")
                .on(&db.target)
                .because(broken.join(", "))
                .because("the database would drop it all the same and leave them broken; nothing was changed")
                .hint("drop or change those objects first, then run the same command again"),
        );
    }
    let lost: Vec<String> = rebuilt
        .into_iter()
        .filter_map(|name| Some((name, schema.tables.get(name)?)))
        .flat_map(|(name, table)| added(source, name, table))
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(
        Error::refused("a table that has to be rebuilt was altered by hand")
            .on(&db.target)
            .because(format!("rebuilding it would lose: {}", lost.join(", ")))
            .because("nothing was changed")
            .hint("take the change back and put it into a migration of your own that runs later"),
    )
}

/// Tables and columns that a run drops.
#[derive(Default)]
struct Gone {
    tables: Vec<String>,
    columns: Vec<(String, String)>,
}

impl Gone {
    fn of(d: &dyn Dialect, effects: &[Effect]) -> Self {
        let mut gone = Self::default();
        for effect in effects {
            match effect {
                Effect::DropTable(t) => gone.tables.push(t.clone()),
                Effect::DropColumn(t, c) => gone.columns.push((t.clone(), c.clone())),
                _ => {}
            }
        }
        let tables = &gone.tables;
        gone.columns
            .retain(|(t, _)| !tables.iter().any(|gone| d.same_name(gone, t)));
        gone
    }

    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }

    fn drops(&self, d: &dyn Dialect, table: &str) -> bool {
        self.tables.iter().any(|gone| d.same_name(gone, table))
    }

    /// What of it a text names; `own` is the table whose columns need no table's name before them.
    fn named_in(&self, d: &dyn Dialect, text: &str, own: Option<&str>) -> Option<String> {
        let names: Vec<String> = tokens(text)
            .iter()
            .filter_map(|(token, _)| Some(token.name()?.to_owned()))
            .collect();
        let has = |name: &str| names.iter().any(|n| d.same_name(n, name));
        let table = self.tables.iter().find(|t| has(t));
        let column = || {
            let mut columns = self.columns.iter();
            columns.find(|(t, c)| has(c) && (has(t) || own.is_some_and(|own| d.same_name(own, t))))
        };
        match table {
            Some(table) => Some(format!("table {table}")),
            None => column().map(|(t, c)| format!("column {t}.{c}")),
        }
    }

    /// Everything that would be broken, one line each: `view v uses column t.c`.
    fn breaks(&self, d: &dyn Dialect, schema: &Schema, ours: &BTreeSet<String>) -> Vec<String> {
        let mut out = Vec::new();
        let mut look = |kind: &str, name: &str, text: &str, own: Option<&str>| {
            let bare = name.split('(').next().unwrap_or(name);
            if ours.iter().any(|o| d.same_name(o, bare)) {
                return;
            }
            if let Some(what) = self.named_in(d, text, own) {
                out.push(format!("{kind} {name} uses {what}"));
            }
        };
        for (name, text) in &schema.views {
            look("view", name, text, None);
        }
        for (name, text) in &schema.routines {
            look("routine", name, text, None);
        }
        for (table, found) in &schema.tables {
            // With their table they go by themselves.
            if !self.drops(d, table) {
                for (name, text) in &found.triggers {
                    look("trigger", name, text, Some(table));
                }
            }
        }
        out
    }
}

/// The names of views, triggers and routines that the set's migrations make.
fn made(source: &Source) -> BTreeSet<String> {
    const KINDS: [&str; 5] = ["VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"];
    let mut names = BTreeSet::new();
    for statement in source
        .migrations
        .iter()
        .flat_map(|m| m.statements(Direction::Up))
    {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        if !all.first().is_some_and(|t| t.is("CREATE")) {
            continue;
        }
        let at = all
            .iter()
            .take(8)
            .position(|t| KINDS.iter().any(|kind| t.is(kind)));
        let behind = at.map_or(&[][..], |at| &all[at + 1..]);
        let mut behind = behind
            .iter()
            .skip_while(|t| t.is("IF") || t.is("NOT") || t.is("EXISTS"));
        names.extend(behind.next().and_then(Token::name).map(str::to_owned));
    }
    names
}

/// What a live table has that no migration of the set gave it, and that its rebuilt form would lack.
/// Columns, indexes and triggers are left to the migration, which looks for them itself.
fn added(source: &Source, name: &str, live: &Table) -> Vec<String> {
    let other = format!("{name}_rebuild");
    let forms: Vec<(Parsed, &str)> = source
        .migrations
        .iter()
        .flat_map(|m| [Direction::Up, Direction::Down].map(|way| m.statements(way)))
        .flatten()
        .filter(|statement| {
            let all = tokens(statement);
            let mut words = all.iter().map(|(token, _)| token);
            words.next().is_some_and(|t| t.is("CREATE"))
                && words.next().is_some_and(|t| t.is("TABLE"))
                && words
                    .find_map(|t| t.name().filter(|n| !["IF", "NOT", "EXISTS"].contains(n)))
                    .is_some_and(|n| n == name || n == other)
        })
        .map(|statement| (create_table::parse(statement), statement.as_str()))
        .collect();
    if forms.is_empty() {
        return Vec::new();
    }
    let known = |kind: Kind, fits: &dyn Fn(&create_table::Constraint) -> bool| {
        let mut all = forms.iter().flat_map(|(form, _)| &form.constraints);
        all.any(|c| c.kind == kind && fits(c))
    };
    let mut out = Vec::new();
    for (check, text) in &live.checks {
        let text = if text.is_empty() { check } else { text };
        let own = bare(text);
        if !known(Kind::Check, &|c| bare(&c.text) == own) {
            let text = sql::squeeze(text);
            out.push(format!("check {text} of {name}"));
        }
    }
    for key in live.foreign_keys.values() {
        let same = |c: &create_table::Constraint| {
            c.columns.join(",").eq_ignore_ascii_case(&key.columns)
                && c.parent.eq_ignore_ascii_case(&key.table)
        };
        if !known(Kind::Foreign, &same) {
            out.push(format!(
                "foreign key {name}.{} -> {}",
                key.columns, key.table
            ));
        }
    }
    for index in live.indexes.values().filter(|i| i.kind == "unique") {
        let same =
            |c: &create_table::Constraint| c.columns.join(",").eq_ignore_ascii_case(&index.columns);
        if !known(Kind::Unique, &same) && !known(Kind::Primary, &same) {
            out.push(format!("unique constraint {name} ({})", index.columns));
        }
    }
    for column in &live.columns {
        let known = |form: &Parsed| form.columns.iter().any(|c| c.name == column.name);
        if !forms.iter().any(|(form, _)| known(form)) {
            continue;
        }
        let Some(default) = &column.default else {
            continue;
        };
        // A column of somebody's own is the migration's to find.
        let ours = |(form, _): &(Parsed, &str)| form.columns.iter().any(|c| c.name == column.name);
        if !forms.iter().any(ours) {
            continue;
        }
        let default = sql::squeeze(default);
        if !forms
            .iter()
            .any(|(_, text)| sql::squeeze(text).contains(&default))
        {
            out.push(format!("default {default} of {name}.{}", column.name));
        }
    }
    out
}

/// The expression of a CHECK without what stands around it.
fn bare(check: &str) -> String {
    let all = tokens(check);
    let at = all.iter().position(|(token, _)| token.is("CHECK"));
    let from = at.map_or(0, |at| all[at].1.end);
    let mut text = sql::squeeze(&check[from..]);
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        text = inner.trim().to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Backend;

    fn schema() -> Schema {
        let mut schema = Schema::default();
        let chats = schema.tables.entry("chats".into()).or_default();
        chats.triggers.insert(
            "mine".into(),
            "BEFORE INSERT SET NEW.organizationId = trim(NEW.organizationId)".into(),
        );
        schema
            .tables
            .entry("notes".into())
            .or_default()
            .triggers
            .insert(
                "copy".into(),
                "AFTER INSERT INSERT INTO chats (message) VALUES (NEW.text)".into(),
            );
        let view = "select `chats`.`id` AS `id`,`chats`.`organizationId` AS `o` from `chats`";
        schema.views.insert("my_chats".into(), view.into());
        schema
            .views
            .insert("other".into(), "select 'chats' AS `x`".into());
        schema
    }

    #[test]
    fn views_triggers_and_routines_that_use_what_goes_are_named() {
        let d = Backend::Mysql.dialect();
        let broken =
            |effects: &[Effect]| Gone::of(d, effects).breaks(d, &schema(), &BTreeSet::new());
        let column = Effect::DropColumn("chats".into(), "organizationId".into());
        assert_eq!(
            broken(&[column]),
            [
                "view my_chats uses column chats.organizationId",
                "trigger mine uses column chats.organizationId"
            ]
        );
        assert_eq!(
            broken(&[Effect::DropTable("chats".into())]),
            [
                "view my_chats uses table chats",
                "trigger copy uses table chats"
            ]
        );
        assert!(broken(&[Effect::DropColumn("chats".into(), "contact".into())]).is_empty());
        assert!(broken(&[Effect::DropTable("users".into())]).is_empty());
    }
}
