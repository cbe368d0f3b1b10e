//! Schemas written as SQL and read back are the same.

use super::tools::{Library, assert_same_schema};
use crate::sets::tools::run;
use crate::support::{Db, TestDb};

/// The set's schema, and an empty database that has what the set finds in other schemas.
fn written_and_read_back(kind: Db, set: &str) {
    let db = TestDb::new(kind);
    run(&db, &format!("migrate up --set {set}"));
    let mut there = Library::open(&db);
    let schema = there.schema();
    let other = TestDb::new(kind);
    let mut here = Library::open(&other);
    if set == "supabase" {
        here.run(&[
            "CREATE SCHEMA auth".to_owned(),
            "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, raw_user_meta_data jsonb)"
                .to_owned(),
            "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'"
                .to_owned(),
        ]);
    }
    let ddl = here.dialect().ddl();
    here.run(&ddl.create(&schema));
    assert_same_schema(&here.schema(), &schema, &format!("{set} on {kind:?}"));
    // And back to nothing.
    let empty = saasdb::schema::Schema {
        format: schema.format,
        product: schema.product.clone(),
        ..Default::default()
    };
    here.run(&ddl.statements(&schema, &empty));
    assert_same_schema(&here.schema(), &empty, &format!("nothing on {kind:?}"));
}

#[test]
fn every_set_is_written_and_read_back_on_sqlite() {
    for set in ["core", "better-auth", "telecom", "cloudwa"] {
        written_and_read_back(Db::Sqlite, set);
    }
}

#[test]
fn every_set_is_written_and_read_back_on_postgres() {
    for set in ["core", "better-auth", "telecom", "cloudwa", "supabase"] {
        written_and_read_back(Db::Postgres, set);
    }
}

#[test]
fn every_set_is_written_and_read_back_on_mysql() {
    for set in ["core", "better-auth", "telecom", "cloudwa"] {
        written_and_read_back(Db::Mysql, set);
    }
}
