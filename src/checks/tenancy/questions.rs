//! What the rows are asked.

use super::Scene;
use super::catalogue::crossing;
use super::rules::{CROSSING_ROWS, NO_PARENT, NO_TENANT, ORPHANS};
use crate::checks::Rule;
use crate::schema::{ForeignKey, Table};
use crate::tenancy::classify::Tenancy;
use crate::tenancy::way::{Ways, key_of};

/// How a table is called in a question.
pub(super) const ROW: &str = "t";

/// A question to which the answer should be: none.
pub(super) struct Question {
    pub(super) rule: &'static Rule,
    /// The table whose rows are found.
    pub(super) table: String,
    /// The object that the finding is on.
    pub(super) object: String,
    /// What is found, after `3 rows of messages`.
    pub(super) what: String,
    /// All tables that are read.
    pub(super) tables: Vec<String>,
    /// `FROM … WHERE …`.
    pub(super) from: String,
    /// The columns that name a row.
    pub(super) key: Vec<String>,
}

/// All questions to the tables of the scene. Those are left out that the catalogue has answered.
pub(super) fn all(scene: &Scene) -> Vec<Question> {
    let ways = scene.ways();
    let mut out = Vec::new();
    for (name, tenancy) in &scene.known {
        let table = &scene.schema.tables[name];
        if scene.is_left_alone(name) || *tenancy == Tenancy::Global {
            continue;
        }
        let asked = Asked {
            scene,
            ways: &ways,
            name,
            table,
        };
        if let Tenancy::Owned { foreign_key } = tenancy {
            out.extend(asked.without_tenant());
            if foreign_key.as_ref().is_none_or(|key| !asked.is_proven(key)) {
                out.extend(asked.of_no_tenant());
            }
        }
        for (key_name, key) in &table.foreign_keys {
            let named_already =
                matches!(tenancy, Tenancy::Owned { foreign_key: Some(f) } if f == key_name);
            if !asked.is_proven(key_name) && !named_already {
                out.extend(asked.orphans(key));
            }
        }
        for (_, key) in crossing(scene, table, tenancy) {
            out.extend(asked.crossing(key));
        }
        if let Tenancy::Derived { .. } = tenancy {
            out.extend(asked.without_parent());
        }
    }
    for (table, column, parent) in scene.set.tables.derived {
        out.extend(unproven_parent(scene, &ways, table, column, parent));
    }
    out
}

struct Asked<'a> {
    scene: &'a Scene<'a>,
    ways: &'a Ways<'a>,
    name: &'a str,
    table: &'a Table,
}

impl Asked<'_> {
    fn question(&self, rule: &'static Rule, column: &str, what: String) -> Question {
        Question {
            rule,
            table: self.name.to_owned(),
            object: format!("column {}.{column}", self.name),
            what,
            tables: vec![self.name.to_owned()],
            from: format!("FROM {} {ROW}", self.scene.d.ident(self.name)),
            key: key_of(self.table),
        }
    }

    fn column(&self, name: &str) -> String {
        format!("{ROW}.{}", self.scene.d.ident(name))
    }

    fn takes_null(&self, name: &str) -> bool {
        let mut columns = self.table.columns.iter();
        columns.any(|c| c.name == name && c.nullable)
    }

    /// Whether the catalogue proves that no row breaks the key.
    fn is_proven(&self, key: &str) -> bool {
        let guard = self.scene.guard.as_ref();
        let doubted = guard.is_some_and(|g| {
            let mut unproven = g.unproven.iter();
            unproven.any(|(table, name)| table == self.name && name == key)
        });
        self.scene.d.tenancy().proves_keys() && !doubted
    }

    fn without_tenant(&self) -> Option<Question> {
        let column = self.scene.set.tenant_column;
        self.takes_null(column).then(|| {
            let mut question = self.question(&NO_TENANT, column, "no tenant".to_owned());
            question
                .from
                .push_str(&format!(" WHERE {} IS NULL", self.column(column)));
            question
        })
    }

    /// Rows of a tenant that is not there.
    fn of_no_tenant(&self) -> Option<Question> {
        let column = self.scene.set.tenant_column;
        let parent = self.scene.set.tenant_table;
        self.scene.schema.tables.get(parent)?;
        let key = self.scene.d.ident(&self.ways.tenant_key);
        let on = format!("p.{key} = {}", self.column(column));
        Some(self.lost(column, parent, &on, &[column]))
    }

    fn orphans(&self, key: &ForeignKey) -> Option<Question> {
        let (parent, _) = self.scene.schema.tables.get_key_value(&key.table)?;
        let on = self.ways.meets(key, parent, ROW, "p");
        let columns: Vec<&str> = key.columns.split(',').collect();
        Some(self.lost(&key.columns, parent, &on, &columns))
    }

    fn lost(&self, label: &str, parent: &str, on: &str, columns: &[&str]) -> Question {
        let what = format!("a {label} that is not in {parent}");
        let mut question = self.question(&ORPHANS, label, what);
        let given: Vec<String> = columns
            .iter()
            .map(|c| format!("{} IS NOT NULL", self.column(c)))
            .collect();
        question.from.push_str(&format!(
            " WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {on})",
            given.join(" AND "),
            self.scene.d.ident(parent)
        ));
        question.tables.push(parent.to_owned());
        question
    }

    /// Rows whose parent is another tenant's. A row or parent without a tenant is another question's.
    fn crossing(&self, key: &ForeignKey) -> Option<Question> {
        let own = self.ways.from(self.name, ROW)?;
        let theirs = self.ways.from(&key.table, "p")?;
        let what = format!("a {} that belongs to another tenant", key.columns);
        let mut question = self.question(&CROSSING_ROWS, &key.columns, what);
        question.from.push_str(&format!(
            "{} JOIN {} p ON {}{} WHERE {} <> {}",
            own.joins,
            self.scene.d.ident(&key.table),
            self.ways.meets(key, &key.table, ROW, "p"),
            theirs.joins,
            own.tenant,
            theirs.tenant
        ));
        question.tables.extend(own.tables);
        question.tables.extend(theirs.tables);
        Some(question)
    }

    /// Rows of which no key leads to a tenant, because all of them are NULL.
    fn without_parent(&self) -> Option<Question> {
        let mut all = Vec::new();
        for key in self.table.foreign_keys.values() {
            if matches!(
                self.scene.known.get(&key.table),
                None | Some(Tenancy::Global)
            ) {
                continue;
            }
            let empty: Vec<String> = key
                .columns
                .split(',')
                .filter(|c| self.takes_null(c))
                .map(|c| format!("{} IS NULL", self.column(c)))
                .collect();
            // A key that is never NULL always leads somewhere.
            if empty.is_empty() {
                return None;
            }
            all.push(format!("({})", empty.join(" OR ")));
        }
        let first = self.table.foreign_keys.values().next()?;
        let mut question = self.question(&NO_PARENT, &first.columns, "no parent".to_owned());
        question.object = format!("table {}", self.name);
        question
            .from
            .push_str(&format!(" WHERE {}", all.join(" AND ")));
        Some(question)
    }
}

/// Rows whose parent, by the set's documents, is not there, where the key that would say so is gone.
fn unproven_parent(
    scene: &Scene,
    ways: &Ways,
    name: &str,
    column: &str,
    parent: &str,
) -> Option<Question> {
    let table = scene.schema.tables.get(name)?;
    let there = table.columns.iter().any(|c| c.name == column);
    let refers = table
        .foreign_keys
        .values()
        .any(|k| k.columns == column && k.table.eq_ignore_ascii_case(parent));
    let key = scene.schema.tables.get(parent).map(key_of)?;
    let key = key.first()?;
    if !there || refers {
        return None;
    }
    let asked = Asked {
        scene,
        ways,
        name,
        table,
    };
    let on = format!("p.{} = {}", scene.d.ident(key), asked.column(column));
    Some(asked.lost(column, parent, &on, &[column]))
}
