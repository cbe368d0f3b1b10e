//! Schema dumps are equal for equal schemas and differ for different ones.

use crate::support::{Db, TestDb};

const SCHEMA: &str = "
    CREATE TABLE tenant (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
    CREATE TABLE member (
        id INTEGER PRIMARY KEY,
        tenant_id INTEGER NOT NULL,
        FOREIGN KEY (tenant_id) REFERENCES tenant (id)
    );
    CREATE INDEX member_tenant ON member (tenant_id);
    CREATE VIEW named AS SELECT name FROM tenant;";

#[test]
fn equal_schemas_have_equal_dumps() {
    TestDb::on_all(|one| {
        let two = TestDb::new(one.kind());
        assert_eq!(one.full_schema_dump(), two.full_schema_dump());
        one.sql(SCHEMA);
        two.sql(SCHEMA);
        assert!(one.schema_dump().contains("member_tenant"));
        assert_eq!(one.full_schema_dump(), two.full_schema_dump());
    });
}

#[test]
fn rows_do_not_change_a_dump() {
    for (kind, key) in [
        (Db::Sqlite, "INTEGER PRIMARY KEY AUTOINCREMENT"),
        (Db::Postgres, "SERIAL PRIMARY KEY"),
        (Db::Mysql, "INTEGER PRIMARY KEY AUTO_INCREMENT"),
    ] {
        let db = TestDb::new(kind);
        db.sql(&format!("CREATE TABLE counted (id {key}, name TEXT)"));
        let before = db.full_schema_dump();
        db.sql("INSERT INTO counted (name) VALUES ('a'), ('b')");
        assert_eq!(db.full_schema_dump(), before);
    }
}

#[test]
fn every_change_shows_in_a_dump() {
    TestDb::on_all(|db| {
        db.sql(SCHEMA);
        let mut seen = vec![db.schema_dump()];
        let trigger = match db.kind() {
            Db::Sqlite => "CREATE TRIGGER t AFTER INSERT ON tenant BEGIN DELETE FROM member; END",
            Db::Postgres => {
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                 CREATE TRIGGER t AFTER INSERT ON tenant FOR EACH ROW EXECUTE FUNCTION f()"
            }
            Db::Mysql => "CREATE TRIGGER t AFTER INSERT ON tenant FOR EACH ROW SET @seen = 1",
        };
        for change in [
            "ALTER TABLE tenant ADD COLUMN plan INTEGER",
            "CREATE UNIQUE INDEX tenant_name ON tenant (name)",
            "DROP VIEW named",
            "ALTER TABLE tenant RENAME COLUMN plan TO tier",
            "CREATE TABLE another (id INTEGER CHECK (id > 0))",
            trigger,
        ] {
            db.sql(change);
            let dump = db.schema_dump();
            assert!(!seen.contains(&dump), "{:?}: {change}\n{dump}", db.kind());
            seen.push(dump);
        }
        if db.kind() == Db::Mysql {
            db.sql("CREATE PROCEDURE p() SELECT 1; CREATE FUNCTION f() RETURNS INT RETURN 1;");
            let dump = db.schema_dump();
            assert!(dump.contains("PROCEDURE `p`") && dump.contains("FUNCTION `f`"));
        }
    });
}

#[test]
fn the_books_are_left_out_unless_asked_for() {
    TestDb::on_all(|db| {
        db.sql(SCHEMA);
        let before = db.schema_dump();
        db.sql(
            "CREATE TABLE seaql_migrations (version VARCHAR(99) PRIMARY KEY, applied_at BIGINT);
             CREATE TABLE saasdb_history (id INTEGER PRIMARY KEY, set_name VARCHAR(20));
             CREATE INDEX saasdb_history_set ON saasdb_history (set_name);",
        );
        assert_eq!(db.schema_dump(), before);
        let full = db.full_schema_dump();
        assert!(full.contains("seaql_migrations") && full.contains("saasdb_history_set"));
    });
}
