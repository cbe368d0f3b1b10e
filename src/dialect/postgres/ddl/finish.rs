//! What comes onto the tables when all are there: keys, options, views, triggers, policies, comments.

use super::Writer;
use super::analysis::is_exclusion;
use super::parts::{self, constraint, create_index, create_view, id, policy, reference, trigger};
use crate::dialect::Dialect;
use crate::dialect::postgres::Postgres;
use crate::schema::Object;
use crate::schema::ddl::order;

impl Writer<'_> {
    /// Indexes, checks and foreign keys.
    pub(super) fn make_keys(&mut self) {
        let mut references = Vec::new();
        for (name, table) in &self.after.tables {
            let new = !self.before.tables.contains_key(name);
            let anew = self.a.rebuilt.contains(name);
            let at = |part: &String| (name.clone(), part.clone());
            let mut indexes: Vec<_> = table.indexes.iter().collect();
            indexes.sort_by_key(|(_, i)| i.kind != "primary");
            for (index, value) in indexes.into_iter().filter(|(i, _)| !is_exclusion(table, i)) {
                let key = parts::is_constraint(value);
                let gone = self.a.gone_indexes.contains(&at(index))
                    || self.a.is_made(&Object::Index(name.clone(), index.clone()));
                if anew || gone || (new && !key) {
                    self.out.push(match key {
                        true => {
                            format!("ALTER TABLE {} ADD {}", id(name), constraint(index, value))
                        }
                        false => create_index(name, index, value),
                    });
                }
            }
            for (check, text) in &table.checks {
                let made = self.a.gone_checks.contains(&at(check))
                    || self.a.is_made(&Object::Check(name.clone(), check.clone()));
                if anew || made || self.a.late_checks.contains(&at(check)) {
                    self.out.push(format!(
                        "ALTER TABLE {} ADD CONSTRAINT {} {text}",
                        id(name),
                        id(check)
                    ));
                }
            }
            for (key, fk) in &table.foreign_keys {
                let made = self.a.gone_keys.contains(&at(key))
                    || self
                        .a
                        .is_made(&Object::ForeignKey(name.clone(), key.clone()));
                if anew || made || self.a.late_keys.contains(&at(key)) {
                    references.push(format!(
                        "ALTER TABLE {} ADD {}",
                        id(name),
                        reference(key, fk, table, self.after)
                    ));
                }
            }
        }
        self.out.append(&mut references);
    }

    pub(super) fn own_sequences(&mut self) {
        for (name, sequence) in &self.after.sequences {
            if !sequence.table.is_empty() && self.must_own(name, &sequence.table) {
                let owner = format!("{}.{}", id(&sequence.table), id(&sequence.column));
                self.out
                    .push(format!("ALTER SEQUENCE {} OWNED BY {owner}", id(name)));
            }
        }
    }

    pub(super) fn options(&mut self) {
        for (name, table) in &self.after.tables {
            let before = self
                .before
                .tables
                .get(name)
                .filter(|_| !self.a.rebuilt.contains(name));
            let before = before.map_or("", |t| t.options.as_str());
            let (was, is) = (
                before.contains("security"),
                table.options.contains("security"),
            );
            if was != is {
                let verb = if is { "ENABLE" } else { "DISABLE" };
                self.out.push(format!(
                    "ALTER TABLE {} {verb} ROW LEVEL SECURITY",
                    id(name)
                ));
            }
            let (was, is) = (before.contains("forced"), table.options.contains("forced"));
            if was != is {
                let verb = if is { "FORCE" } else { "NO FORCE" };
                self.out.push(format!(
                    "ALTER TABLE {} {verb} ROW LEVEL SECURITY",
                    id(name)
                ));
            }
        }
    }

    /// Views, triggers and policies.
    pub(super) fn make_dependents(&mut self) {
        let made: Vec<String> = self
            .after
            .views
            .keys()
            .filter(|v| self.a.view_is_made(v))
            .cloned()
            .collect();
        for name in order::by_mention(&self.after.views, &made) {
            self.out.push(create_view(&name, self.after));
        }
        for (name, table) in &self.after.tables {
            let anew = self.a.is_anew(name);
            let at = |part: &String| (name.clone(), part.clone());
            for (key, text) in &table.triggers {
                if anew
                    || self.a.gone_triggers.contains(&at(key))
                    || self.a.is_made(&Object::Trigger(name.clone(), key.clone()))
                {
                    self.out.extend(trigger(name, key, text));
                }
            }
            for (key, text) in &table.policies {
                if anew
                    || self.a.gone_policies.contains(&at(key))
                    || self.a.is_made(&Object::Policy(name.clone(), key.clone()))
                {
                    self.out.push(policy(name, key, text));
                }
            }
        }
    }

    pub(super) fn comments(&mut self) {
        let text = |text: &str| match text.is_empty() {
            true => "NULL".to_owned(),
            false => Postgres.literal(text),
        };
        for (name, table) in &self.after.tables {
            let before = self
                .before
                .tables
                .get(name)
                .filter(|_| !self.a.rebuilt.contains(name));
            if before.map_or("", |t| t.comment.as_str()) != table.comment {
                self.out.push(format!(
                    "COMMENT ON TABLE {} IS {}",
                    id(name),
                    text(&table.comment)
                ));
            }
            for column in &table.columns {
                let was = before.and_then(|t| t.column(&column.name));
                if was.map_or("", |c| c.comment.as_str()) != column.comment {
                    let path = format!("{}.{}", id(name), id(&column.name));
                    self.out.push(format!(
                        "COMMENT ON COLUMN {path} IS {}",
                        text(&column.comment)
                    ));
                }
            }
        }
    }
}
