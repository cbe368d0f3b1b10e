//! To whom the rows of each table belong, told from the catalogue alone.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::schema::{ForeignKey, Schema, Table};

/// How the rows of a table belong to tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tenancy {
    /// The tenant table itself: a row is a tenant.
    Tenant,
    /// The table has the tenant column, which may be nullable.
    Owned {
        /// The foreign key from the tenant column to the tenant table, by its name in
        /// [`Table::foreign_keys`]. `None`: no foreign key proves whose the rows are.
        foreign_key: Option<String>,
    },
    /// The rows belong to whom their parents' belong.
    Derived {
        /// The way to an owned table or the tenant table, nearest parent first; never empty.
        path: Vec<Link>,
    },
    /// No foreign key leads to a tenant.
    Global,
}

/// One foreign key of a way to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its name in the [`Table::foreign_keys`] of the table before: of the table itself for the first
    /// link, of the `table` of the link before for the others.
    pub foreign_key: String,
    /// The table that it refers to, as it is called in [`Schema::tables`].
    pub table: String,
}

/// The tenancy of every table of the schema (not of those elsewhere), by name.
///
/// A derived table takes the shortest way. Of several it is the one with the fewest nullable foreign
/// keys, and then the first by the names of parent and key, so that equal schemas have equal answers.
/// Where the tenant table is not there, tables with the tenant column are owned all the same.
pub fn classify(
    schema: &Schema,
    tenant_table: &str,
    tenant_column: &str,
) -> BTreeMap<String, Tenancy> {
    let mut known: BTreeMap<String, Tenancy> = BTreeMap::new();
    for (name, table) in &schema.tables {
        if name == tenant_table {
            known.insert(name.clone(), Tenancy::Tenant);
        } else if table.columns.iter().any(|c| c.name == tenant_column) {
            let foreign_key = key_to_tenant(schema, table, tenant_table, tenant_column);
            known.insert(name.clone(), Tenancy::Owned { foreign_key });
        }
    }
    // In each round the tables that are one foreign key further away.
    loop {
        let found: Vec<(String, Tenancy)> = schema
            .tables
            .iter()
            .filter(|(name, _)| !known.contains_key(*name))
            .filter_map(|(name, table)| {
                let path = best_path(schema, table, &known)?;
                Some((name.clone(), Tenancy::Derived { path }))
            })
            .collect();
        if found.is_empty() {
            break;
        }
        known.extend(found);
    }
    for name in schema.tables.keys() {
        known.entry(name.clone()).or_insert(Tenancy::Global);
    }
    known
}

/// The foreign key over the tenant column to the tenant table. One over that column alone goes
/// before one over several.
fn key_to_tenant(
    schema: &Schema,
    table: &Table,
    tenant_table: &str,
    tenant_column: &str,
) -> Option<String> {
    let keys = table.foreign_keys.iter().filter(|(_, fk)| {
        parent(schema, fk) == Some(tenant_table)
            && fk.columns.split(',').any(|c| c == tenant_column)
    });
    keys.min_by_key(|(name, fk)| (fk.columns.split(',').count(), name.as_str()))
        .map(|(name, _)| name.clone())
}

/// The best way from a table over a parent that is known already.
fn best_path(
    schema: &Schema,
    table: &Table,
    known: &BTreeMap<String, Tenancy>,
) -> Option<Vec<Link>> {
    let ways = table.foreign_keys.iter().filter_map(|(name, fk)| {
        let to = parent(schema, fk)?;
        let mut path = vec![Link {
            foreign_key: name.clone(),
            table: to.to_owned(),
        }];
        if let Tenancy::Derived { path: rest } = known.get(to)? {
            path.extend(rest.iter().cloned());
        }
        Some(path)
    });
    ways.min_by_key(|path| {
        let first = (path[0].table.clone(), path[0].foreign_key.clone());
        (path.len(), nullable_links(schema, table, path), first)
    })
}

fn nullable_links(schema: &Schema, table: &Table, path: &[Link]) -> usize {
    let mut from = Some(table);
    let mut count = 0;
    for link in path {
        let fk = from.and_then(|t| Some((t, t.foreign_keys.get(&link.foreign_key)?)));
        if fk.is_some_and(|(table, fk)| is_nullable(table, fk)) {
            count += 1;
        }
        from = schema.tables.get(&link.table);
    }
    count
}

fn is_nullable(table: &Table, fk: &ForeignKey) -> bool {
    let mut names = fk.columns.split(',');
    names.any(|name| table.columns.iter().any(|c| c.name == name && c.nullable))
}

/// The table that a foreign key refers to, as the schema calls it: SQLite keeps the name in the key as
/// it was written, and looks it up without regard to case.
fn parent<'a>(schema: &'a Schema, fk: &ForeignKey) -> Option<&'a str> {
    let exact = schema.tables.get_key_value(&fk.table);
    let alike = || {
        let mut all = schema.tables.iter();
        all.find(|(name, _)| name.eq_ignore_ascii_case(&fk.table))
    };
    exact.or_else(alike).map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    /// A schema of lines `table: column column? …; key column -> parent, …`, where `?` is nullable.
    fn schema(lines: &[&str]) -> Schema {
        let mut schema = Schema::default();
        for line in lines {
            let (name, rest) = line.split_once(':').expect("a name");
            let (columns, keys) = rest.split_once(';').unwrap_or((rest, ""));
            let mut table = Table::default();
            for column in columns.split_whitespace() {
                table.columns.push(Column {
                    name: column.trim_end_matches('?').to_owned(),
                    kind: "int".to_owned(),
                    nullable: column.ends_with('?'),
                    default: None,
                    extra: String::new(),
                });
            }
            for key in keys.split_terminator(", ") {
                let (left, parent) = key.split_once("->").expect("an arrow");
                let (key, columns) = left.trim().split_once(' ').expect("key and columns");
                table.foreign_keys.insert(
                    key.to_owned(),
                    ForeignKey {
                        columns: columns.to_owned(),
                        table: parent.trim().to_owned(),
                        parent_columns: "id".to_owned(),
                        on_delete: "NO ACTION".to_owned(),
                        on_update: "NO ACTION".to_owned(),
                        timing: String::new(),
                    },
                );
            }
            schema.tables.insert(name.to_owned(), table);
        }
        schema
    }

    /// Tenancies in words: `owned by k`, `k>parent k2>grandparent`.
    fn told(lines: &[&str]) -> Vec<String> {
        let known = classify(&schema(lines), "orgs", "org");
        let told = known.iter().map(|(name, tenancy)| match tenancy {
            Tenancy::Tenant => format!("{name}: tenant"),
            Tenancy::Owned { foreign_key: None } => format!("{name}: owned"),
            Tenancy::Owned {
                foreign_key: Some(key),
            } => format!("{name}: owned by {key}"),
            Tenancy::Derived { path } => {
                let links = path
                    .iter()
                    .map(|l| format!(" {}>{}", l.foreign_key, l.table));
                format!("{name}:{}", links.collect::<String>())
            }
            Tenancy::Global => format!("{name}: global"),
        });
        told.collect()
    }

    #[test]
    fn every_table_has_its_tenancy() {
        let told = told(&[
            "orgs: id parent?; self parent -> orgs",
            "users: id org; f org -> orgs",
            "logs: id org?",
            "wrong: id org; f org -> plans",
            "accounts: id user; f user -> users",
            "tokens: id account; f account -> accounts",
            "invites: id to; f to -> orgs",
            "plans: id",
            "features: id plan; f plan -> plans",
        ]);
        assert_eq!(
            told,
            [
                "accounts: f>users",
                "features: global",
                "invites: f>orgs",
                "logs: owned",
                "orgs: tenant",
                "plans: global",
                "tokens: f>accounts f>users",
                "users: owned by f",
                "wrong: owned",
            ]
        );
    }

    #[test]
    fn circles_end_and_belong_to_whom_they_reach() {
        let told = told(&[
            "orgs: id",
            "a: id b; f b -> b",
            "b: id a org2; f a -> a, g org2 -> orgs",
            "c: id d; f d -> d",
            "d: id c d; f c -> c, g d -> d",
        ]);
        assert_eq!(
            told,
            [
                "a: f>b g>orgs",
                "b: g>orgs",
                "c: global",
                "d: global",
                "orgs: tenant"
            ]
        );
    }

    #[test]
    fn the_shortest_way_wins_then_what_is_never_null_then_the_name() {
        let told = told(&[
            "orgs: id",
            "m: id org; f org -> orgs",
            "n: id m; f m -> m",
            "far: id n m; a n -> n, z m -> m",
            "sure: id m? o; a m -> m, z o -> orgs",
            "named: id m o; z m -> m, a o -> orgs, b m -> m",
        ]);
        assert_eq!(
            told,
            [
                "far: z>m",
                "m: owned by f",
                "n: f>m",
                "named: b>m",
                "orgs: tenant",
                "sure: z>orgs",
            ]
        );
    }

    #[test]
    fn the_key_over_the_tenant_column_alone_is_the_one_that_is_named() {
        let told = told(&["orgs: id x", "a: id org x; a org,x -> orgs, b org -> ORGS"]);
        assert_eq!(told[0], "a: owned by b");
        let told = self::told(&["orgs: id x", "a: id org x; a org,x -> orgs"]);
        assert_eq!(told[0], "a: owned by a");
    }

    #[test]
    fn what_is_elsewhere_or_missing_leads_nowhere() {
        let told = told(&[
            "a: id u; f u -> auth.users, g u -> gone",
            "b: id org; f org -> orgs",
        ]);
        assert_eq!(told, ["a: global", "b: owned"]);
        assert!(classify(&Schema::default(), "orgs", "org").is_empty());
    }
}
