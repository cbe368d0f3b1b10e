//! What must hold for the seeders of any set, for the tests of each.

mod rows;

pub(crate) use rows::{Data, Row, anchors, day};

use crate::{ForEach, SeedContext, SeedKind, SeedTable, SeedValue, Seeder};
use std::collections::HashSet;

/// What is wrong with a set's seeders, one line each.
pub(crate) fn problems(seeders: &[Box<dyn Seeder>], context: &SeedContext) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = HashSet::new();
    let mut tables = Vec::new();
    for seeder in seeders {
        let name = seeder.name();
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(kebab) || !names.insert(name) {
            found.push(format!("seeder {name:?} is misnamed or not the only one"));
        }
        if seeder.description().is_empty() || seeder.description().contains('\n') {
            found.push(format!("seeder {name} needs one line of description"));
        }
        let own = seeder.tables(context);
        if own != seeder.tables(context) {
            found.push(format!("seeder {name} gives other rows the second time"));
        }
        if seeder.kind() == SeedKind::Reference {
            found.extend(password_problems(&own));
        }
        if let Some(each) = seeder.for_each() {
            if !own.is_empty() {
                found.push(format!(
                    "seeder {name} has rows of its own and for each row"
                ));
            }
            found.extend(each_problems(name, &each, context));
        }
        tables.extend(own);
    }
    found.extend(table_problems(&tables));
    found
}

/// What keeps somebody from giving each account of reference rows a password of its own.
fn password_problems(tables: &[SeedTable]) -> Vec<String> {
    let mut found = Vec::new();
    let mut variables = HashSet::new();
    for row in tables.iter().flat_map(|table| &table.rows) {
        for value in &row.values {
            let variable = row.password_variable();
            if matches!(value, SeedValue::Password(_)) && !variables.insert(variable.clone()) {
                found.push(format!("{variable} is for two passwords"));
            }
        }
    }
    found
}

/// What is wrong with the rows that a seeder wants for each row of a table, one line each.
fn each_problems(name: &str, each: &ForEach, context: &SeedContext) -> Vec<String> {
    let long = "x".repeat(255);
    let ids = ["a", "b", &long].map(str::to_owned);
    let all = (each.tables)(context, &ids);
    let mut found = table_problems(&all);
    let mut one_by_one = (each.tables)(context, &[]);
    if one_by_one.iter().any(|table| !table.rows.is_empty()) {
        found.push(format!("seeder {name} wants rows for no row"));
    }
    for id in &ids {
        let tables = (each.tables)(context, std::slice::from_ref(id));
        for (table, more) in one_by_one.iter_mut().zip(tables) {
            table.rows.extend(more.rows);
        }
    }
    if all != one_by_one {
        found.push(format!(
            "seeder {name} wants other rows for a row beside others"
        ));
    }
    let values = all.iter().flat_map(|t| &t.rows).flat_map(|row| &row.values);
    if values
        .into_iter()
        .any(|v| matches!(v, SeedValue::Password(_)))
    {
        found.push(format!("seeder {name} needs a password for each row"));
    }
    if all.iter().any(|table| table.table == each.table) {
        found.push(format!("seeder {name} adds to the rows it goes through"));
    }
    found
}

/// What is wrong with tables that are filled one after the other, one line each.
fn table_problems(tables: &[SeedTable]) -> Vec<String> {
    let mut found = Vec::new();
    let every_row = rows_of(tables);
    let mut ids = HashSet::new();
    for (position, table) in tables.iter().enumerate() {
        let name = table.table;
        found.extend(column_problems(table));
        let Some(primary_key) = table.column(table.primary_key) else {
            continue;
        };
        let earlier = rows_of(&tables[..position]);
        let mut keys = HashSet::new();
        for row in &table.rows {
            let key = row.key.as_str();
            if key.is_empty() || key.len() > 150 || !keys.insert(key) {
                found.push(format!(
                    "{name}: key {key:?} is empty, too long or there twice"
                ));
            }
            if row.values.len() != table.columns.len() {
                found.push(format!("{name}/{key}: not one value for each column"));
                continue;
            }
            let id = &row.values[primary_key];
            let is_id = match id {
                SeedValue::Serial(number) => *number > 0,
                SeedValue::Uuid(_) | SeedValue::Text(_) => true,
                _ => false,
            };
            if !is_id || !ids.insert((name, format!("{id:?}"))) {
                found.push(format!("{name}/{key}: {id:?} is no id of its own"));
            }
            for (value, column) in row.values.iter().zip(&table.columns) {
                let SeedValue::Ref { table: to, key: of } = value else {
                    continue;
                };
                let known = if table.deferred.contains(column) {
                    &every_row
                } else {
                    &earlier
                };
                if !known.contains(&(*to, of.as_str())) {
                    found.push(format!(
                        "{name}/{key}: {column} refers to no earlier {to}/{of}"
                    ));
                }
            }
        }
        found.extend(natural_key_problems(table));
    }
    found
}

fn column_problems(table: &SeedTable) -> Vec<String> {
    let name = table.table;
    let mut found = Vec::new();
    let columns: HashSet<_> = table.columns.iter().collect();
    if columns.len() != table.columns.len() {
        found.push(format!("{name}: a column is there twice"));
    }
    let named = [table.primary_key];
    let named = named.iter().chain(table.natural_key).chain(table.deferred);
    for column in named.filter(|column| !columns.contains(column)) {
        found.push(format!("{name}: {column} is not among the columns"));
    }
    found
}

fn natural_key_problems(table: &SeedTable) -> Vec<String> {
    let name = table.table;
    let columns: Option<Vec<_>> = table.natural_key.iter().map(|c| table.column(c)).collect();
    let (Some(columns), false) = (columns, table.natural_key.is_empty()) else {
        return Vec::new();
    };
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for row in &table.rows {
        let values: Vec<_> = columns.iter().filter_map(|c| row.values.get(*c)).collect();
        if values.contains(&&SeedValue::Null) || !seen.insert(format!("{values:?}")) {
            let key = &row.key;
            found.push(format!(
                "{name}/{key}: natural key {values:?} identifies no row"
            ));
        }
    }
    found
}

fn rows_of(tables: &[SeedTable]) -> HashSet<(&'static str, &str)> {
    tables
        .iter()
        .flat_map(|table| table.rows.iter().map(|row| (table.table, row.key.as_str())))
        .collect()
}

impl SeedTable {
    /// The position of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::{Rows, reference, values};
    use chrono::DateTime;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Shops and their keepers, who refer to each other.
    fn sound() -> Vec<SeedTable> {
        let mut shops = Rows::new("shops", &["id", "slug", "keeper"])
            .natural_key(&["slug"])
            .deferred(&["keeper"]);
        shops.push_numbered("a", values!["a", reference("keepers", "x")]);
        shops.push_numbered("b", values!["b", SeedValue::Null]);
        let mut keepers = Rows::new("keepers", &["id", "shop"]);
        keepers.push_numbered("x", values![reference("shops", "a")]);
        vec![shops.finish(), keepers.finish()]
    }

    type Spoil = fn(&mut Vec<SeedTable>);

    fn found(spoil: impl Fn(&mut Vec<SeedTable>)) -> String {
        let mut tables = sound();
        spoil(&mut tables);
        table_problems(&tables).join("\n")
    }

    #[test]
    fn sound_tables_have_no_problems() {
        assert_eq!(found(|_| ()), "");
    }

    #[test]
    fn every_rule_can_be_broken() {
        let cases: [(&str, Spoil); 12] = [
            ("key \"a\" is empty, too long or", |t| {
                t[0].rows[1].key = "a".into()
            }),
            ("key \"\" is empty", |t| t[0].rows[1].key = String::new()),
            ("is empty, too long", |t| t[0].rows[1].key = "x".repeat(151)),
            ("not one value for each", |t| {
                drop(t[0].rows[0].values.pop())
            }),
            ("Serial(1) is no id", |t| {
                t[0].rows[1].values[0] = SeedValue::Serial(1)
            }),
            ("Serial(0) is no id", |t| {
                t[0].rows[1].values[0] = SeedValue::Serial(0)
            }),
            ("refers to no earlier shops/c", |t| {
                t[1].rows[0].values[1] = reference("shops", "c");
            }),
            ("refers to no earlier keepers/x", |t| t[0].deferred = &[]),
            ("natural key [Text(\"a\")]", |t| {
                t[0].rows[1].values[1] = "a".into()
            }),
            ("natural key [Null]", |t| {
                t[0].rows[1].values[1] = SeedValue::Null
            }),
            ("a column is there twice", |t| t[1].columns[0] = "shop"),
            ("none is not among the columns", |t| {
                t[0].natural_key = &["none"]
            }),
        ];
        for (expected, spoil) in cases {
            let found = found(spoil);
            assert!(found.contains(expected), "{expected:?} is not in {found:?}");
        }
    }

    #[test]
    fn every_account_has_a_variable_of_its_own() {
        let found = |keys: [&str; 2]| {
            let mut rows = Rows::new("users", &["id", "password"]);
            for key in keys {
                rows.push_numbered(key, vec![SeedValue::Password("x".into())]);
            }
            password_problems(&[rows.finish()]).join("\n")
        };
        assert_eq!(found(["a@b.example", "c@b.example"]), "");
        assert_eq!(
            found(["a.b@c.example", "A-b@c.example"]),
            "SAASDB_PASSWORD_A_B_C_EXAMPLE is for two passwords"
        );
    }

    #[test]
    fn what_is_wanted_for_a_row_depends_on_that_row_alone() {
        type Tables = fn(&SeedContext, &[String]) -> Vec<SeedTable>;
        let found = |table, tables: Tables| {
            let context = SeedContext {
                anchor: DateTime::UNIX_EPOCH,
            };
            let column = "id";
            let each = ForEach {
                table,
                column,
                tables,
            };
            each_problems("s", &each, &context).join("\n")
        };
        let sound: Tables = |_, ids| {
            let mut rows = Rows::new("keepers", &["id", "shop"]);
            for id in ids {
                rows.push(&id[..1], values![format!("k{id}"), id.as_str()]);
            }
            vec![rows.finish()]
        };
        assert_eq!(found("shops", sound), "");
        assert!(found("keepers", sound).contains("adds to the rows it goes through"));
        let numbered: Tables = |_, ids| {
            let mut rows = Rows::new("keepers", &["id", "shop"]);
            for id in ids {
                rows.push_numbered(id.as_str(), values![id.as_str()]);
            }
            vec![rows.finish()]
        };
        let problems = found("shops", numbered);
        assert!(problems.contains("other rows for a row beside others"));
        assert!(problems.contains("is empty, too long"), "{problems}");
        let always: Tables = |_, _| {
            let mut rows = Rows::new("keepers", &["id"]);
            rows.push("a", values!["a"]);
            vec![rows.finish()]
        };
        assert!(found("shops", always).contains("wants rows for no row"));
        let secret: Tables = |_, ids| {
            let mut rows = Rows::new("keepers", &["id", "password"]);
            for id in ids {
                let password = SeedValue::Password("x".into());
                rows.push(&id[..1], values![format!("k{id}"), password]);
            }
            vec![rows.finish()]
        };
        assert!(found("shops", secret).contains("needs a password for each row"));
    }

    /// Says what it is told to, and can give other rows each time.
    struct Told {
        name: &'static str,
        description: &'static str,
        fickle: bool,
        calls: AtomicI64,
    }

    impl Seeder for Told {
        fn name(&self) -> &'static str {
            self.name
        }

        fn kind(&self) -> SeedKind {
            SeedKind::Demo
        }

        fn description(&self) -> &'static str {
            self.description
        }

        fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
            let mut rows = Rows::new("things", &["id", "calls"]);
            let calls = self.calls.fetch_add(1, Ordering::Relaxed);
            rows.push_numbered(self.name, values![if self.fickle { calls } else { 0 }]);
            vec![rows.finish()]
        }
    }

    #[test]
    fn seeders_have_names_descriptions_and_steady_rows() {
        let found = |name, description, fickle| {
            let context = SeedContext {
                anchor: DateTime::UNIX_EPOCH,
            };
            let calls = AtomicI64::new(0);
            let told = Told {
                name,
                description,
                fickle,
                calls,
            };
            problems(&[Box::new(told)], &context).join("\n")
        };
        assert_eq!(found("demo-things", "Things", false), "");
        assert!(found("Demo", "Things", false).contains("misnamed"));
        assert!(found("demo", "", false).contains("one line of description"));
        assert!(found("demo", "Things", true).contains("other rows the second time"));
    }
}
