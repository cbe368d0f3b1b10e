//! Row level security hides rows from whoever it binds, and a query says nothing about it. What saasdb
//! counts, spares and takes out never depends on that. Shown on `core`, where a user switched it on.

use crate::sets::tools::{column, one, run};
use crate::support::{Db, Output, Saasdb, TestDb};

/// A migrated and seeded `core` whose tables are an account's that has no special right.
fn owned() -> (TestDb, String, String) {
    let db = TestDb::new(Db::Postgres);
    let (role, url) = db.account();
    db.sql(&format!("ALTER SCHEMA public OWNER TO {role}"));
    call(&url, "migrate up --env dev").success();
    call(&url, "seed").success();
    (db, role, url)
}

#[track_caller]
fn call(url: &str, command: &str) -> Output {
    let program = Saasdb::new().env("DATABASE_URL", url);
    program.call(command.split_whitespace())
}

/// Hides all rows of a table from everybody who is bound.
fn hide(db: &TestDb, table: &str) {
    db.sql(&format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    ));
}

/// A role that sees everything and may do with these tables what it wants, for the owner to act as.
fn helper(db: &TestDb, role: &str, tables: &str) -> String {
    let (helper, _) = db.account();
    db.sql(&format!(
        "ALTER ROLE {helper} BYPASSRLS; GRANT USAGE ON SCHEMA public TO {helper};
         GRANT ALL ON {tables} TO {helper}; GRANT {helper} TO {role}"
    ));
    helper
}

const FOREIGN: &str = "INSERT INTO organizations (id, name, slug, email) \
    VALUES ('6f1f1a6e-0000-4000-8000-000000000001', 'A', 'a', 'a@a')";

#[test]
fn hidden_rows_are_counted_or_nothing_is_done() {
    let (db, role, url) = owned();
    db.sql(FOREIGN);
    hide(&db, "organizations");
    let organizations = || one(&db, "SELECT count(*) FROM organizations");
    let down = "migrate down --to 20251010095900";
    for command in [
        down,
        "migrate down --all --yes",
        "migrate fresh --yes",
        "seed",
    ] {
        let refused = call(&url, command).code(6);
        let why = "row level security hides rows";
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert!(
            refused.stderr.contains("it is bound on organizations\n"),
            "{}",
            refused.stderr
        );
        assert_eq!(organizations(), "5", "{command}");
    }
    helper(&db, &role, "organizations");
    let refused = call(&url, down).code(6);
    assert!(
        refused
            .stderr
            .contains("1 row or value is not the seeders'"),
        "{}",
        refused.stderr
    );
    assert_eq!(organizations(), "5");
    call(&url, &format!("{down} --yes")).success();
}

#[test]
fn a_hidden_child_protects_its_parent() {
    let (db, role, url) = owned();
    // The user's own row, in a table that no seeder fills.
    db.sql(
        r#"INSERT INTO campaigns ("name", "organizationId") SELECT 'Mine', "id" FROM organizations WHERE "slug" = 'batik-melati'"#,
    );
    hide(&db, "campaigns");
    let refused = call(&url, "seed undo").code(6);
    assert!(
        refused.stderr.contains("it is bound on campaigns\n"),
        "{}",
        refused.stderr
    );
    assert_eq!(one(&db, "SELECT count(*) FROM organizations"), "4");
    helper(&db, &role, "campaigns");
    call(&url, "seed undo").success();
    assert_eq!(
        column(&db, "SELECT slug FROM organizations"),
        ["batik-melati"]
    );
    assert_eq!(one(&db, "SELECT count(*) FROM campaigns"), "1");
}

/// Nobody asks about a table in another schema beforehand; the query itself has to fail.
#[test]
fn a_hidden_child_in_another_schema_protects_its_parent_too() {
    let (db, role, url) = owned();
    db.sql(&format!(
        "CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO {role};
         CREATE TABLE other.notes (id integer PRIMARY KEY,
           organization uuid REFERENCES public.organizations (id) ON DELETE CASCADE);
         INSERT INTO other.notes SELECT 1, id FROM organizations WHERE slug = 'kopi-senja';
         GRANT ALL ON other.notes TO {role}"
    ));
    hide(&db, "other.notes");
    let refused = call(&url, "seed undo").code(6);
    assert!(
        refused.stderr.contains("row level security hides rows"),
        "{}",
        refused.stderr
    );
    assert_eq!(one(&db, "SELECT count(*) FROM organizations"), "4");
    assert_eq!(one(&db, "SELECT count(*) FROM other.notes"), "1");
    // Whoever sees it keeps the parent.
    run(&db, "seed undo");
    assert_eq!(
        column(&db, "SELECT slug FROM organizations"),
        ["kopi-senja"]
    );
    assert_eq!(one(&db, "SELECT count(*) FROM other.notes"), "1");
}

/// The account may log in as one role and always act as another.
#[test]
fn a_session_that_acts_as_another_role_goes_on_as_that_one() {
    let (db, role, url) = owned();
    call(&url, "seed undo").success();
    hide(&db, "organizations");
    helper(&db, &role, "organizations");
    let (guest, guest_url) = db.account();
    db.sql(&format!(
        "GRANT {role} TO {guest}; ALTER ROLE {guest} SET role = '{role}'"
    ));
    call(&guest_url, "seed").success();
    assert_eq!(one(&db, "SELECT count(*) FROM organizations"), "4");
    let status = call(&guest_url, "seed status --format json")
        .success()
        .json();
    assert_eq!(status["seeders"][1]["seeded"], status["seeders"][1]["rows"]);
}

#[test]
fn looking_says_what_it_cannot_see() {
    let (db, _, url) = owned();
    hide(&db, "organizations");
    let json = call(&url, "seed status --format json").success().json();
    let demo = &json["seeders"][1];
    assert_eq!((&demo["hidden"], &demo["absent"]), (&4.into(), &0.into()));
    let status = call(&url, "status").success().stdout;
    assert!(
        status.contains("4 out of sight (row level security)"),
        "{status}"
    );
    assert!(!status.contains("`saasdb seed`"), "{status}");
}
