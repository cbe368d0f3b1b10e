//! `schema dump` and `schema diff`.

use std::process::{Command, Stdio};

use super::tools::{Library, assert_same_schema};
use crate::commands::json_schema::assert_published;
use crate::sets::tools::{run, saasdb};
use crate::support::{Db, Saasdb, TestDb};

/// Gives a script to the database's own client.
#[track_caller]
fn through_client(db: &TestDb, script: &str) {
    let url = url::Url::parse(db.url()).expect("URL");
    let mut command = match db.kind() {
        Db::Sqlite => {
            let mut command = Command::new("sqlite3");
            command.args(["-bail", db.url().trim_start_matches("sqlite://")]);
            command
        }
        Db::Postgres => {
            let mut command = Command::new("psql");
            command.args(["-qX", "-v", "ON_ERROR_STOP=1", db.url()]);
            command
        }
        Db::Mysql => {
            let mut command = Command::new("mariadb");
            command.args(["-h", url.host_str().unwrap_or_default()]);
            command.args([
                "-P",
                &url.port().unwrap_or(3306).to_string(),
                "-u",
                url.username(),
            ]);
            command.env("MYSQL_PWD", url.password().unwrap_or_default());
            command.args(["--protocol=tcp", db.name()]);
            command
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("client");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), script.as_bytes())
        .expect("written");
    let output = child.wait_with_output().expect("client ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_dump_makes_the_same_schema_and_differs_in_nothing() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 8");
        if db.kind() == Db::Mysql {
            db.sql("CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END");
        }
        let dump = run(db, "schema dump").stdout;
        assert_eq!(dump, run(db, "schema dump --format sql").stdout);
        let other = TestDb::new(db.kind());
        through_client(&other, &dump);
        assert_same_schema(
            &Library::open(&other).schema(),
            &Library::open(db).schema(),
            "dump",
        );
        assert_eq!(run(&other, "schema dump").stdout, dump, "canonical");
        assert_eq!(
            run(&other, "schema dump --format json").stdout,
            run(db, "schema dump --format json").stdout
        );

        // Files, URLs and the snapshot, each way.
        let call = saasdb(db);
        let told = call
            .call(["schema", "dump", "--format", "json", "--out", "schema.json"])
            .success();
        assert!(told.stdout.contains("written"), "{}", told.stdout);
        call.call(["schema", "dump", "--out", "schema.sql"])
            .success();
        for (a, b) in [("schema.json", db.url()), (other.url(), "schema.json")] {
            call.call(["schema", "diff", a, b, "--exit-code"]).success();
        }
        let sql = call.call(["schema", "diff", "schema.sql", "schema.json"]);
        match db.kind() {
            Db::Sqlite => assert!(sql.success().stdout.contains("have the same schema")),
            _ => assert!(sql.code(2).stderr.contains("--format json")),
        }
        other.sql("CREATE TABLE mine (id integer); DROP TABLE sessions;");
        let differ = call
            .call(["schema", "diff", "schema.json", other.url(), "--exit-code"])
            .code(4);
        for line in ["+ table mine", "- table sessions", "2 differences."] {
            assert!(differ.stdout.contains(line), "{}", differ.stdout);
        }
        let json = call
            .call([
                "schema",
                "diff",
                "schema.json",
                other.url(),
                "--format",
                "json",
            ])
            .success();
        assert_published(&json.json());
        assert_eq!(json.json()["differences"].as_array().map(Vec::len), Some(2));
        // The statements lead from the one to the other.
        let sql = call
            .call([
                "schema",
                "diff",
                other.url(),
                "schema.json",
                "--format",
                "sql",
            ])
            .success();
        through_client(&other, &sql.stdout);
        call.call(["schema", "diff", "schema.json", other.url(), "--exit-code"])
            .success();
        let none = call
            .call([
                "schema",
                "diff",
                other.url(),
                "schema.json",
                "--format",
                "sql",
            ])
            .success();
        assert_eq!(none.stdout, "");

        db.sql("CREATE INDEX by_name ON users (name)");
        let drift = call
            .call(["schema", "diff", "snapshot", db.url(), "--exit-code"])
            .code(4);
        assert!(
            drift
                .stdout
                .contains("table users\n  + index users.by_name"),
            "{}",
            drift.stdout
        );
        assert!(
            !drift.stdout.contains(crate::support::PASSWORD),
            "{}",
            drift.stdout
        );
    });
}

#[test]
fn what_a_diff_looks_like() {
    let db = TestDb::new(Db::Sqlite);
    db.sql("CREATE TABLE a (id integer PRIMARY KEY, name text); CREATE INDEX a_name ON a (name); CREATE TABLE gone (x int)");
    let call = saasdb(&db);
    call.call(["schema", "dump", "--out", "a.sql"]).success();
    insta::assert_snapshot!("dump", call.read("a.sql"));
    db.sql("DROP TABLE gone; ALTER TABLE a ADD COLUMN age int DEFAULT 3; DROP INDEX a_name; CREATE UNIQUE INDEX a_name ON a (name, age) WHERE age > 2; CREATE VIEW v AS SELECT 1 AS one");
    call.call(["schema", "dump", "--format", "json", "--out", "b.json"])
        .success();
    insta::assert_snapshot!("dump_json", call.read("b.json"));
    let text = call
        .call(["schema", "diff", "a.sql", "b.json", "--color", "never"])
        .success();
    insta::assert_snapshot!("diff", text.stdout);
    let sql = call
        .call(["schema", "diff", "a.sql", "b.json", "--format", "sql"])
        .success();
    insta::assert_snapshot!("diff_sql", sql.stdout);
    let coloured = call
        .call(["schema", "diff", "a.sql", "b.json", "--color", "always"])
        .success();
    assert!(coloured.stdout.contains("\u{1b}["));
    // A dump may be written again, over nothing else.
    call.call(["schema", "dump", "--out", "a.sql"]).success();
    let other = saasdb(&db).file("notes.txt", "mine");
    let refused = other.call(["schema", "dump", "--out", "notes.txt"]).code(6);
    assert!(
        refused.stderr.contains("no dump of a schema"),
        "{}",
        refused.stderr
    );
    assert_eq!(other.read("notes.txt"), "mine");
    other
        .call(["schema", "dump", "--out", "notes.txt", "--force"])
        .success();
}

#[test]
fn what_cannot_be_compared_is_told() {
    let db = TestDb::new(Db::Sqlite);
    let json =
        |product: &str| format!("{{\"format\": 2, \"product\": \"{product}\", \"tables\": {{}}}}");
    let call = Saasdb::new()
        .db(&db)
        .file("pg.json", &json("postgresql"))
        .file("lite.json", &json("sqlite"))
        .file("text.sql", "CREATE TABLE t (id int)");
    for (a, b, code, why) in [
        ("pg.json", "lite.json", 2, "A is postgresql, B is sqlite"),
        ("text.sql", "lite.json", 2, "neither JSON nor SQL"),
        (
            "nothing.json",
            "lite.json",
            2,
            "there is no file nothing.json",
        ),
        ("sqlite:missing.db", "lite.json", 1, "does not exist"),
        ("snapshot", "lite.json", 1, "there is no snapshot"),
        ("oracle://x/y", "lite.json", 2, "oracle"),
    ] {
        let refused = call.call(["schema", "diff", a, b]).code(code);
        assert!(refused.stderr.contains(why), "{a} {b}: {}", refused.stderr);
    }
    let refused = call.call(["schema", "dump", "--format", "xml"]).code(2);
    assert!(refused.stderr.contains("known for `--format`: sql, json"));
    call.call([
        "schema",
        "diff",
        "lite.json",
        "lite.json",
        "--format",
        "xml",
    ])
    .code(2);
}

#[test]
fn a_role_that_only_reads_can_dump_and_compare() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 2");
        let before = db.full_schema_dump();
        let url = db.read_only_url();
        let call = Saasdb::new().env("DATABASE_URL", url.as_str());
        call.call(["schema", "dump", "--out", "s.json", "--format", "json"])
            .success();
        call.call(["schema", "diff", "s.json", &url, "--exit-code"])
            .success();
        call.call(["schema", "diff", "snapshot", "s.json"])
            .success();
        if db.kind() == Db::Sqlite {
            assert_eq!(db.full_schema_dump(), before);
        }
    });
}
