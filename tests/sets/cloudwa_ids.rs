//! Keys of `cloudwa` are never null, on SQLite either, and rows that have none get one.

use super::catalogue::Catalogue;
use super::fill::fill;
use super::tools::{assert_dump, assert_same, column, content, one, refused, run, sql, up};
use crate::support::{Db, TestDb};

const BEFORE: &str = "m20251201_000012_create_ai_providers";

/// A row without a key for two tables, twice.
const KEYLESS: &str = "
    INSERT INTO tenants (id, name, email, created_at, updated_at)
        VALUES (NULL, 'a', 'a@x.example', '2025-01-02', '2025-01-03'), (NULL, 'b', 'b@x.example', '2025-01-02', '2025-01-03');
    INSERT INTO contacts (id, tenant_id, phone) SELECT NULL, id, '+62 1' FROM tenants WHERE id IS NOT NULL LIMIT 1;
    INSERT INTO contacts (id, tenant_id, phone) SELECT NULL, id, '+62 2' FROM tenants WHERE id IS NOT NULL LIMIT 1";

#[test]
fn no_table_takes_null_for_a_key_and_all_make_one_up() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        up(&db, "cloudwa");
        let catalogue = Catalogue::read(&db);
        let mut keys: Vec<&str> = catalogue
            .columns
            .iter()
            .filter(|c| c.name == "id" && !c.nullable && c.default.is_some())
            .map(|c| c.table.as_str())
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, catalogue.tables, "{kind:?}");
        refused(
            &db,
            r#"INSERT INTO "tenants" ("id", "name", "email") VALUES (NULL, 'x', 'x@x.example')"#,
        );
        sql(
            &db,
            r#"INSERT INTO "tenants" ("name", "email") VALUES ('x', 'x@x.example')"#,
        );
        refused(&db, r#"UPDATE "tenants" SET "id" = NULL"#);
        assert_eq!(one(&db, r#"SELECT "id" FROM "tenants""#).len(), 32);
    }
}

#[test]
fn rows_without_a_key_get_one_and_nothing_else_changes() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, &format!("migrate up --set cloudwa --to {BEFORE}"));
    fill(&db);
    let whole = content(&db);
    db.sql(KEYLESS);
    let (schema, mut before) = (db.schema_dump(), content(&db));
    run(&db, "migrate up --set cloudwa");
    let mut after = content(&db);
    for table in ["tenants", "contacts"] {
        let new: Vec<String> = after[table]
            .iter()
            .map(|row| row["id"].clone())
            .filter(|id| whole[table].iter().all(|row| row["id"] != *id))
            .collect();
        assert_eq!(new.len(), 2);
        assert_ne!(new[0], new[1]);
        let hex = |id: &String| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(new.iter().all(hex), "{new:?}");
        for rows in [after.get_mut(table), before.get_mut(table)] {
            let rows = rows.expect("rows");
            for row in rows
                .iter_mut()
                .filter(|r| new.contains(&r["id"]) || r["id"] == "NULL")
            {
                row.insert("id".to_owned(), "?".to_owned());
            }
            rows.sort();
        }
    }
    assert_same(&after, &before, "up");
    run(&db, "migrate down --set cloudwa --steps 1 --yes");
    assert_dump(&db.schema_dump(), &schema, "down");
    assert!(column(&db, "SELECT id FROM tenants WHERE id IS NULL").is_empty());
}

/// What somebody made at a table is not lost with it.
#[test]
fn a_table_with_something_of_its_own_is_left_alone() {
    for made in [
        "CREATE INDEX mine ON contacts (name)",
        "ALTER TABLE contacts ADD COLUMN mine text",
        "CREATE TRIGGER mine AFTER INSERT ON contacts BEGIN SELECT 1; END",
    ] {
        let db = TestDb::new(Db::Sqlite);
        run(&db, &format!("migrate up --set cloudwa --to {BEFORE}"));
        db.sql(made);
        let schema = db.schema_dump();
        let program = super::tools::saasdb(&db);
        let call = program.call(["migrate", "up", "--set", "cloudwa"]);
        assert!([1, 6].contains(&call.code), "{made}");
        assert!(call.stderr.contains("mine"), "{}", call.stderr);
        assert_dump(&db.schema_dump(), &schema, made);
    }
}
