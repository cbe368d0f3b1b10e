//! `schema docs`: what is written, and what the pages say.

use std::fs;

use super::json_schema::published;
use super::{error, fits, hint, migrated, named, on, run, shown, unchanged};
use crate::sets::catalogue::Catalogue;
use crate::support::{Db, Saasdb, TestDb, bind_redactions};

const DOCS: [&str; 4] = ["schema", "docs", "--out", "docs"];

/// Both pages of a database that is called with these words too.
#[track_caller]
fn pages(call: &Saasdb, more: &str) -> (String, String) {
    call.call(DOCS.into_iter().chain(more.split_whitespace()))
        .success();
    (call.read("docs/index.html"), call.read("docs/schema.md"))
}

/// The part of a Markdown page about one table.
#[track_caller]
fn section<'a>(page: &'a str, table: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("### `{table}`\n"))
        .unwrap_or_else(|| panic!("no section for {table}"));
    rest.split("\n### ").next().unwrap_or_default()
}

#[test]
fn pages_are_complete_on_every_database_and_need_no_right_to_write() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let reader = Saasdb::new().env("DATABASE_URL", db.read_only_url());
        let written = unchanged(db, || {
            reader.call(DOCS.into_iter().chain(["--format", "json"]))
        });
        let json = published(&written.success());
        assert_eq!(
            (&json["command"], &json["tables"]),
            (&"schema docs".into(), &12.into())
        );
        assert_eq!(json["files"][1]["path"], "docs/schema.md");
        let (html, markdown) = (
            reader.read("docs/index.html"),
            reader.read("docs/schema.md"),
        );
        let catalogue = Catalogue::read(db);
        assert_eq!(catalogue.tables.len(), 12);
        for table in &catalogue.tables {
            assert!(
                html.contains(&format!("<article id=\"t-{table}\" ")),
                "{table}"
            );
            let section = section(&markdown, table);
            for column in catalogue.columns_of(table) {
                let row = format!("| `{}` | ", column.name);
                assert!(section.contains(&row), "{table}.{}", column.name);
            }
        }
        for index in catalogue
            .indexes
            .iter()
            .filter(|i| !i.primary && db.kind() != Db::Sqlite)
        {
            assert!(section(&markdown, &index.table).contains(&format!("`{}`", index.name)));
        }
        // Works from the file system alone.
        for outside in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!html.contains(outside), "the page has {outside}");
        }
        assert!(html.contains("id=\"t-users\" class=\"table owned\""));
        assert!(html.contains("id=\"t-organizations\" class=\"table tenant\""));
        assert!(html.contains("id=\"t-subscription_plans\" class=\"table global\""));
        assert!(markdown.contains("    users:::owned {\n"));
        assert!(section(&markdown, "users").contains("0 rows."));
    });
}

#[test]
fn the_markdown_of_a_set() {
    let db = migrated(Db::Sqlite);
    let (_, markdown) = pages(&on(&db), "--no-counts");
    // The fingerprint changes with what the catalogue's reader takes in.
    let (before, rest) = markdown.split_once("Fingerprint `").expect("a fingerprint");
    let (fingerprint, after) = rest.split_once('`').expect("its end");
    assert_eq!(fingerprint.len(), 64, "{fingerprint}");
    bind_redactions();
    insta::assert_snapshot!(
        "docs_markdown",
        format!("{before}Fingerprint `[fingerprint]`{after}")
    );
}

#[test]
fn equal_databases_have_equal_pages() {
    let both = [migrated(Db::Sqlite), migrated(Db::Sqlite)];
    run(&both[1], "seed").success();
    let calls = both.each_ref().map(on);
    let uncounted = calls.each_ref().map(|call| pages(call, "--no-counts"));
    assert_eq!(uncounted[0], uncounted[1]);
    let counted = calls.each_ref().map(|call| pages(call, ""));
    assert_ne!(counted[0], counted[1]);
    assert!(section(&counted[1].1, "subscription_plans").contains("4 rows."));
}

#[test]
fn pages_are_replaced_when_the_schema_changed_and_left_when_not() {
    let db = migrated(Db::Sqlite);
    let call = on(&db);
    let first = call.call(DOCS).success();
    fits(&first);
    insta::assert_snapshot!("docs_written", shown(&first));
    let again = call.call(DOCS).success();
    assert!(
        again.stdout.ends_with(": 2 files unchanged.\n"),
        "{}",
        again.stdout
    );
    db.sql("CREATE TABLE mine (id integer PRIMARY KEY, \"organizationId\" integer)");
    let changed = call.call(DOCS).success();
    assert!(
        changed.stdout.ends_with("13 tables: 2 files replaced.\n"),
        "{}",
        changed.stdout
    );
    let mine = call.read("docs/schema.md");
    assert!(section(&mine, "mine").contains("which may be null; no foreign key proves it."));
    let titled = call
        .call(DOCS.into_iter().chain(["--title", "A <b> & c"]))
        .success();
    assert!(titled.stdout.contains("replaced"));
    assert!(
        call.read("docs/index.html")
            .contains("<h1>A &lt;b&gt; &amp; c</h1>")
    );
    assert!(
        call.read("docs/schema.md")
            .contains("\n# A &lt;b&gt; &amp; c\n")
    );
}

#[test]
fn other_files_are_in_the_way_unless_forced() {
    let db = migrated(Db::Sqlite);
    let call = on(&db).file("docs/index.html", "<p>mine</p>");
    let refused = call.call(DOCS).code(6);
    insta::assert_snapshot!("docs_in_the_way", shown(&refused));
    assert_eq!(call.read("docs/index.html"), "<p>mine</p>");
    assert!(!call.dir().join("docs/schema.md").exists());
    let forced = call.call(DOCS.into_iter().chain(["--force"])).success();
    assert!(
        forced.stdout.contains("1 file written, 1 file replaced."),
        "{}",
        forced.stdout
    );

    let file = on(&db).file("docs", "");
    assert_eq!(
        error(&file.call(DOCS).code(2)),
        "docs is a file, not a folder"
    );
    on(&db).call(["schema", "docs"]).code(2);
}

#[test]
fn an_empty_database_is_told_apart() {
    TestDb::on_all(|db| {
        let call = on(db);
        let refused = unchanged(db, || call.call(DOCS).code(3));
        assert_eq!(error(&refused), "there is nothing to describe yet");
        assert!(hint(&refused).contains("saasdb migrate up"));
        assert!(!call.dir().join("docs").exists());
    });
    let missing = TestDb::missing(Db::Sqlite);
    on(&missing).call(DOCS).code(3);
    assert!(!missing.exists());
    let other = migrated(Db::Sqlite);
    on(&other)
        .call(DOCS.into_iter().chain(["--set", "telecom"]))
        .code(6);
}

#[test]
fn postgres_says_what_it_knows_of_rows_and_columns() {
    let db = TestDb::new(Db::Postgres);
    let (role, url) = db.account();
    db.sql(&format!(
        "CREATE TABLE organizations (id int PRIMARY KEY);
         CREATE TABLE big (id int PRIMARY KEY, parent int REFERENCES organizations);
         CREATE TABLE deep (id int PRIMARY KEY, big int NOT NULL REFERENCES big ON DELETE CASCADE);
         CREATE TABLE hidden (id int, \"organizationId\" int);
         CREATE TABLE partial (a int, b int);
         CREATE TABLE guarded (id int);
         CREATE TABLE broken (id int);
         CREATE TABLE unguarded (id int);
         INSERT INTO big VALUES (1, NULL);
         INSERT INTO guarded VALUES (1), (2), (3);
         INSERT INTO partial VALUES (1, 1);
         UPDATE pg_class SET reltuples = 2345678, relpages = 1 WHERE relname = 'big';
         COMMENT ON TABLE deep IS 'Deep | <b>down</b>';
         COMMENT ON COLUMN deep.big IS 'where it *hangs*';
         ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
         CREATE POLICY few ON guarded FOR SELECT TO public USING (id > 1);
         CREATE POLICY idle ON unguarded USING (true);
         ALTER TABLE broken ENABLE ROW LEVEL SECURITY;
         CREATE POLICY bad ON broken USING (1 / (id - id) = 1);
         INSERT INTO broken VALUES (1);
         GRANT SELECT ON organizations, big, deep, guarded, broken, unguarded TO {role};
         GRANT SELECT (a) ON partial TO {role};"
    ));
    let call = Saasdb::new().env("DATABASE_URL", url);
    let (html, markdown) = pages(&call, "");
    for (table, said) in [
        (
            "big",
            "**Derived** Belongs to a tenant through organizations. about 2,340,000 rows.",
        ),
        (
            "deep",
            "Belongs to a tenant through big → organizations. 0 rows.",
        ),
        ("deep", "Deep \\| &lt;b&gt;down&lt;/b&gt;"),
        (
            "deep",
            "| `big` | `integer` |  | where it \\*hangs\\* |  | FK |",
        ),
        ("deep", "- `big` → [`big`](#t-big) (on delete cascade)"),
        ("big", "- `big` ← [`deep`](#t-deep) (on delete cascade)"),
        (
            "big",
            "- `parent` → [`organizations`](#t-organizations) (optional)",
        ),
        ("hidden", "no permission to count."),
        ("partial", "1 row."),
        ("guarded", "2 visible rows."),
        (
            "guarded",
            "Row level security is on, but not for the table's owner.",
        ),
        (
            "guarded",
            "- `few` permissive SELECT `to public using (id > 1)`",
        ),
        (
            "unguarded",
            "Row level security is off: these policies have no effect.",
        ),
        ("broken", "could not be counted."),
    ] {
        let section = section(&markdown, table);
        assert!(section.contains(said), "{table}: {said}\n{section}");
    }
    let privilege = format!("**Privileges**\n\n- `{role}` SELECT\n");
    assert!(section(&markdown, "deep").contains(&privilege));
    assert!(html.contains("Deep | &lt;b&gt;down&lt;/b&gt;"));
    assert!(html.contains("<span class=\"rows\">no permission to count</span>"));
    // Without our history it may be anything.
    assert!(markdown.contains("no migrations recorded"));
    assert!(!markdown.contains("WhatsApp"));
}

#[test]
fn mysql_says_what_it_knows_of_rows_and_columns() {
    let db = TestDb::new(Db::Mysql);
    let url = db.read_only_url();
    let parsed = url::Url::parse(&url).expect("a URL");
    let (role, name) = (parsed.username(), db.name());
    db.sql(&format!(
        "CREATE TABLE t (id int PRIMARY KEY, b int COMMENT 'it''s <b>') COMMENT 'about t';
         INSERT INTO t VALUES (1, 2), (2, 3);
         CREATE TABLE big (id tinyint) ENGINE = MyISAM;
         INSERT INTO big WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
           SELECT 1 FROM n a, n b;
         CREATE TABLE hidden (id int PRIMARY KEY);
         REVOKE SELECT, SHOW VIEW ON `{}`.* FROM '{role}'@'%';
         GRANT SELECT ON {name}.t TO '{role}'@'%';
         GRANT SELECT ON {name}.big TO '{role}'@'%';
         GRANT INSERT ON {name}.hidden TO '{role}'@'%'",
        name.replace('_', "\\_")
    ));
    let (html, markdown) = pages(&Saasdb::new().env("DATABASE_URL", url), "");
    for (table, said) in [
        ("t", "\nabout t\n"),
        ("t", "2 rows."),
        ("big", "about 1,000,000 rows."),
        ("hidden", "no permission to count."),
    ] {
        let section = section(&markdown, table);
        assert!(section.contains(said), "{table}: {said}\n{section}");
    }
    assert!(html.contains("<td>it&#39;s &lt;b&gt;</td>"));
}

#[test]
fn there_may_be_more_tables_than_a_statement_of_sqlite_can_name() {
    let db = TestDb::new(Db::Sqlite);
    let tables: Vec<String> = (0..600)
        .map(|i| format!("CREATE TABLE t{i} (id int)"))
        .collect();
    db.sql(&tables.join(";"));
    let (html, markdown) = pages(&on(&db), "");
    assert_eq!(html.matches("<article ").count(), 600);
    assert_eq!(
        html.matches("<span class=\"rows\">0 rows</span>").count(),
        600
    );
    assert_eq!(markdown.matches("\n### ").count(), 600);
}

#[test]
fn the_report_names_schema_and_database() {
    let db = TestDb::new(Db::Postgres);
    let call = on(&db).args(["--schema", "blue"]);
    call.call(["migrate", "up"]).success();
    let written = call.call(DOCS).success();
    insta::assert_snapshot!(named("docs", &db), shown(&written));
    assert!(fs::metadata(call.dir().join("docs/index.html")).is_ok_and(|m| m.len() > 10_000));
}
