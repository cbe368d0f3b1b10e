//! What `set list` and `set show` say of every set is what its migrations and seeders do.

use saasdb::catalog::SETS;
use serde_json::Value;

use super::catalogue::Catalogue;
use super::tools::{kinds, migrated};
use crate::support::Saasdb;

/// The texts in a list.
#[track_caller]
fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .map(|item| item.as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn the_list_names_the_tables_that_are_made_and_the_tenant_is_among_them() {
    let list = Saasdb::new()
        .call(["set", "list", "--format", "json"])
        .success();
    let list = list.json();
    let shown = list["sets"].as_array().expect("sets");
    assert_eq!(shown.len(), SETS.len());
    for (set, shown) in SETS.iter().zip(shown) {
        assert_eq!(shown["name"], set.name);
        let db = migrated(set, kinds(set)[0]);
        let catalogue = Catalogue::read(&db);
        let mut tables = texts(&shown["tables"]);
        tables.sort();
        assert_eq!(tables, catalogue.tables, "{}", set.name);

        assert_eq!(shown["tenant_table"], set.tenant_table);
        assert_eq!(shown["tenant_column"], set.tenant_column);
        assert!(tables.iter().any(|t| t == set.tenant_table));
        let tenant_column = |column: &&super::catalogue::Column| column.name == set.tenant_column;
        assert!(catalogue.columns.iter().any(|c| tenant_column(&c)));

        let labels: Vec<&str> = set.backends.iter().map(|b| b.label()).collect();
        assert_eq!(texts(&shown["databases"]), labels);
    }
}

#[test]
fn a_set_shows_its_migrations_and_seeders_in_order() {
    for set in SETS {
        let shown = Saasdb::new()
            .call(["set", "show", set.name, "--format", "json"])
            .success()
            .json();
        let listed = |key: &str| -> Vec<&Value> {
            let items = shown[key].as_array().into_iter().flatten();
            items.collect()
        };
        let names: Vec<&str> = listed("migrations")
            .iter()
            .filter_map(|m| m["name"].as_str())
            .collect();
        let migrations = set.migrations();
        assert!(
            names
                .iter()
                .copied()
                .eq(migrations.iter().map(|m| m.name()))
        );
        assert!(!names.is_empty());

        // Each table is made by one migration.
        let mut made: Vec<String> = listed("migrations")
            .iter()
            .flat_map(|m| texts(&m["makes"]["tables"]))
            .collect();
        // Those only help the functions of the migration that makes them.
        made.retain(|table| !table.starts_with("saasdb_"));
        let mut tables = texts(&shown["tables"]);
        made.sort();
        tables.sort();
        assert_eq!(made, tables, "{}", set.name);

        let seeders = set.seeders();
        assert_eq!(listed("seeders").len(), seeders.len());
        for (shown, seeder) in listed("seeders").iter().zip(&seeders) {
            assert_eq!(shown["name"], seeder.name());
            assert_eq!(shown["kind"], seeder.kind().as_str());
            assert_eq!(shown["description"], seeder.description());
        }
    }
}
