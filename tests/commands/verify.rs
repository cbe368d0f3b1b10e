//! `saasdb migrate verify`.

use std::fs;

use saasdb::catalog::SETS;
use saasdb::config::{Color, Format};
use saasdb::engine::verify::{Failure, Note, Tried, Verified, What, When};
use saasdb::report::Report as _;
use saasdb::report::verify::Report;
use saasdb::ui::{Ui, Verbosity};

use super::json_schema::assert_published;
use super::{on, run};
use crate::sets::tools::kinds;
use crate::support::{Db, OwnServer, Saasdb, Session, TestDb};

/// The databases on the server of `db` that a verification left.
#[track_caller]
fn left(db: &TestDb) -> Vec<String> {
    let list = match db.kind() {
        Db::Mysql => "SELECT schema_name FROM information_schema.schemata",
        _ => "SELECT datname FROM pg_database",
    };
    let rows = db.rows(list).into_iter().map(|row| row[0].clone());
    rows.filter(|name| name.starts_with("saasdb_verify_"))
        .collect()
}

/// Whether the scratch database of a URL in a report is there.
#[track_caller]
fn is_there(db: &TestDb, url: &str) -> bool {
    match url.strip_prefix("sqlite:") {
        Some(file) => fs::exists(file).expect("a path"),
        None => {
            let name = url.rsplit('/').next().expect("a name");
            left(db).iter().any(|other| other == name)
        }
    }
}

#[track_caller]
fn every_set(kind: Db) {
    for set in SETS.iter().filter(|set| kinds(set).contains(&kind)) {
        // What has to be there is the server only.
        let db = TestDb::missing(kind);
        let program = Saasdb::new().db(&db).env("SAASDB_SET", set.name);
        let report = program
            .call(["migrate", "verify", "--format", "json"])
            .success()
            .json();
        assert_published(&report);
        assert_eq!(
            report["failures"].as_array().map(Vec::len),
            Some(0),
            "{report:#}"
        );
        assert_eq!(
            report["notes"].as_array().map(Vec::len),
            Some(0),
            "{report:#}"
        );
        let migrations = report["migrations"].as_array().expect("migrations");
        assert_eq!(migrations.len(), set.migrations().len(), "{}", set.name);
        let all = ["up_ms", "down_ms", "again_ms"];
        let whole = |m: &serde_json::Value| all.iter().all(|time| m[time].is_u64());
        assert!(migrations.iter().all(whole), "{report:#}");
        let last = &migrations[migrations.len() - 1]["rows"];
        assert!(last.as_u64() >= Some(27), "{}: {last} rows", set.name);
        assert!(
            !db.exists(),
            "{}: its own database is not touched",
            set.name
        );
        if kind == Db::Sqlite {
            assert_eq!(
                fs::read_dir(program.dir().join("../tmp"))
                    .expect("tmp")
                    .count(),
                0
            );
        } else {
            let there = TestDb::new(kind);
            assert!(!is_there(
                &there,
                report["scratch"].as_str().expect("a URL")
            ));
        }
    }
}

#[test]
fn every_set_on_sqlite() {
    every_set(Db::Sqlite);
}

#[test]
fn every_set_on_postgres() {
    every_set(Db::Postgres);
}

#[test]
fn every_set_on_mysql() {
    every_set(Db::Mysql);
}

#[test]
fn the_report() {
    let db = TestDb::missing(Db::Sqlite);
    let output = run(&db, "migrate verify --set better-auth").success();
    // How wide the columns are depends on the times.
    let text = output.snapshot_text();
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    insta::assert_snapshot!("verify", lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_report_of_failures() {
    let failure = |when, what, object: &str| Failure {
        migration: "m20300101_000001_one".to_owned(),
        when,
        what,
        object: object.to_owned(),
        detail: "it is\u{1b}[2J left behind".to_owned(),
    };
    let tried = |name: &str, down_ms| Tried {
        name: name.to_owned(),
        up_ms: Some(12),
        down_ms,
        again_ms: None,
        rows: 3,
    };
    let report = Report {
        set: "own",
        backend: "SQLite",
        verified: Verified {
            scratch: "sqlite:scratch.db".to_owned(),
            kept: true,
            migrations: vec![
                tried("m20300101_000001_one", None),
                tried("m20300101_000002_two", Some(7)),
            ],
            failures: vec![
                failure(
                    When::Up,
                    What::RowsChanged,
                    "row (id = 1) of users, column name",
                ),
                failure(When::Down, What::Schema, "index users.users_name_idx"),
                failure(When::Down, What::RowsLost, "rows of notes"),
                failure(When::Down, What::RowsLeft, "row (id = 7) of users"),
                failure(
                    When::UpAgain,
                    What::Refused,
                    "statement CREATE INDEX i ON t (a)",
                ),
            ],
            notes: vec![Note {
                migration: "m20300101_000001_one".to_owned(),
                object: "odd".to_owned(),
                detail: "no generated row suits it: CHECK constraint failed".to_owned(),
            }],
        },
        duration_ms: 345,
    };
    let ui = Ui::new(Format::Text, Color::Never, Verbosity::Normal);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    insta::with_settings!({ snapshot_path => folder, omit_expression => true }, {
        insta::assert_snapshot!("verify_failures", report.text(&ui));
    });
    let mut json = serde_json::to_value(&report).expect("JSON");
    json["version"] = 1.into();
    json["command"] = report.command().into();
    assert_published(&json);
}

#[test]
fn a_database_that_is_kept_has_rows_and_no_password_in_its_url() {
    TestDb::on_all(|db| {
        let program = on(db).env("SAASDB_SET", "better-auth");
        let output = program.call(["migrate", "verify", "--keep"]).success();
        let (_, url) = output
            .stdout
            .split_once("still there: ")
            .expect("it says where");
        let url = url.trim();
        assert!(!url.contains("s3cret"), "{url}");
        assert!(is_there(db, url), "{url}");
        let own = match db.kind() {
            Db::Sqlite => url.to_owned(),
            _ => db
                .url()
                .replace(db.name(), url.rsplit('/').next().expect("a name")),
        };
        let mut session = Session::open(&own).expect("it can be opened");
        let versions = session.rows("SELECT version FROM seaql_migrations");
        assert_eq!(versions.len(), 5);
        session.close();
        match db.kind() {
            Db::Sqlite => assert!(url.starts_with("sqlite:"), "{url}"),
            _ => db.sql(&format!(
                "DROP DATABASE {}",
                url.rsplit('/').next().expect("a name")
            )),
        }
    });
}

#[test]
fn a_signal_leaves_nothing_behind() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        let program = on(&db).args(["migrate", "verify", "-v"]);
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let mut running = program.spawn();
            running.wait_for("applying 4 of 39");
            running.signal(signal);
            let ended = running.wait().code(code);
            let (_, rest) = ended
                .stderr
                .split_once("the scratch database ")
                .expect("it says so");
            let (url, rest) = rest.split_once(' ').expect("and which");
            assert!(rest.starts_with("was removed"), "{}", ended.stderr);
            assert!(!is_there(&db, url), "{kind:?}: {url}");
        }
        if kind == Db::Sqlite {
            assert_eq!(
                fs::read_dir(program.dir().join("../tmp"))
                    .expect("tmp")
                    .count(),
                0
            );
        }
    }
}

#[test]
fn who_may_not_make_databases_is_told_what_helps() {
    let server = OwnServer::new();
    let db = server.database();
    let (role, url) = db.account();
    let refused = Saasdb::new()
        .env("DATABASE_URL", &url)
        .call(["migrate", "verify"])
        .code(1);
    insta::assert_snapshot!(
        "verify_may_not",
        refused.snapshot_text().replace(&role, "[role]")
    );
    // Another URL for the scratch database helps, and so does the right.
    Saasdb::new()
        .env("DATABASE_URL", &url)
        .call([
            "migrate",
            "verify",
            "--set",
            "better-auth",
            "--scratch-url",
            db.url(),
        ])
        .success();
    db.sql(&format!("ALTER ROLE {role} CREATEDB"));
    Saasdb::new()
        .env("DATABASE_URL", &url)
        .call(["migrate", "verify", "--set", "better-auth"])
        .success();
    // Not more than that, even where row level security binds the owner of a table.
    db.sql(&format!(
        "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS; \
         CREATE ROLE saasdb_definer BYPASSRLS; GRANT service_role, saasdb_definer TO {role}"
    ));
    let report = Saasdb::new()
        .env("DATABASE_URL", &url)
        .call(["migrate", "verify", "--set", "supabase", "--format", "json"])
        .success()
        .json();
    assert_eq!(
        report["notes"].as_array().map(Vec::len),
        Some(0),
        "{report:#}"
    );
    assert!(left(&db).is_empty());
}

#[test]
fn roles_of_the_server_stay_as_they_were() {
    let server = OwnServer::new();
    let db = server.database();
    let roles = "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, shobj_description(oid, 'pg_authid') \
                 FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1";
    let program = on(&db).env("SAASDB_SET", "supabase");
    let before = db.rows(roles);
    program.call(["migrate", "verify"]).success();
    assert_eq!(db.rows(roles), before, "made and taken back");

    // Left by a database that was dropped: nothing depends on it, and its mark says it is ours.
    db.sql("CREATE ROLE anon NOLOGIN; COMMENT ON ROLE anon IS 'made by saasdb'");
    let before = db.rows(roles);
    program.call(["migrate", "verify"]).success();
    assert_eq!(db.rows(roles), before, "there before");

    // Interrupted in the middle, they are taken back too.
    let mut running = program.clone().args(["migrate", "verify", "-v"]).spawn();
    running.wait_for("applying 3 of 21");
    running.signal("INT");
    running.wait().code(130);
    assert_eq!(db.rows(roles), before, "interrupted");

    // In use by another database.
    program.call(["migrate", "up"]).success();
    let before = db.rows(roles);
    program.call(["migrate", "verify"]).success();
    assert_eq!(db.rows(roles), before, "in use");
    assert!(left(&db).is_empty());
}

#[test]
fn a_scratch_url_that_cannot_be_is_refused() {
    let db = TestDb::new(Db::Sqlite);
    let there = format!("--scratch-url={}", db.url());
    let refused = on(&db).call(["migrate", "verify", &there]).code(6);
    assert!(
        refused.stderr.contains("is there already"),
        "{}",
        refused.stderr
    );
    let refused = run(&db, "migrate verify --scratch-url postgres://h/x").code(2);
    assert!(
        refused.stderr.contains("another kind"),
        "{}",
        refused.stderr
    );
    let refused = run(&db, "migrate verify --scratch-url nonsense").code(2);
    assert!(
        refused.stderr.contains("--scratch-url"),
        "{}",
        refused.stderr
    );

    let program = on(&db).env("SAASDB_SET", "better-auth");
    program
        .call(["migrate", "verify", "--scratch-url", "sqlite:new.db"])
        .success();
    assert!(!program.dir().join("new.db").exists());
    program
        .call([
            "migrate",
            "verify",
            "--scratch-url",
            "sqlite:new.db",
            "--keep",
        ])
        .success();
    assert!(program.dir().join("new.db").exists());

    // No place for temporary files.
    let refused = program
        .env("TMPDIR", "nowhere/at/all")
        .call(["migrate", "verify"])
        .code(1);
    assert!(
        refused.stderr.contains("nowhere/at/all"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("--scratch-url"),
        "{}",
        refused.stderr
    );
}
