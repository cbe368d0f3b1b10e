//! Slips in a command line that are refused before anything happens: a database's name, an empty schema, a
//! file that is no report, a connection string that is no URL.

use std::os::unix::fs::symlink;

use super::{migrated, on, run, unchanged};
use crate::support::{Db, Saasdb, TestDb};

#[test]
fn confirming_another_name_is_refused_everywhere() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        for line in [
            "migrate down --all --yes",
            "migrate up",
            "migrate fresh",
            "migrate redo --dry-run",
            "seed",
            "seed undo",
            "setup",
            "status",
            "migrate repair --accept-drift",
            "migrate baseline --to 20251010095900",
            "check",
        ] {
            let refused = unchanged(db, || run(db, &format!("{line} --confirm other")).code(6));
            assert!(
                refused.stderr.contains("not the name of this database"),
                "{line}: {refused:?}"
            );
        }
        run(db, &format!("migrate redo --confirm {}", db.name())).success();
    });
    let missing = TestDb::missing(Db::Sqlite);
    run(&missing, "setup --confirm other").code(6);
    assert!(!missing.exists());
}

#[test]
fn an_empty_value_is_a_mistake() {
    let db = migrated(Db::Postgres);
    unchanged(&db, || {
        on(&db)
            .call(["migrate", "down", "--all", "--schema", ""])
            .code(2);
        on(&db)
            .env("SAASDB_SCHEMA", "")
            .call(["migrate", "down", "--all"])
            .code(2);
        let file = on(&db).file(".env", "SAASDB_SCHEMA=''\n");
        file.call(["migrate", "down", "--all"]).code(2);
        for words in [
            ["--set", "", "migrate", "up"],
            ["--env", "", "migrate", "up"],
            ["--config", "", "migrate", "up"],
            ["--database-url", "", "migrate", "up"],
            ["seed", "--only", "", "--yes"],
            ["migrate", "up", "--to", ""],
            ["migrate", "down", "--to", ""],
            ["migrate", "baseline", "--to", ""],
            ["migrate", "repair", "--forget", ""],
            ["migrate", "verify", "--scratch-url", ""],
            ["seed", "undo", "--only", ""],
            ["check", "", "--report", "json="],
        ] {
            on(&db).call(words).code(2);
        }
    });
}

#[test]
fn a_report_replaces_nothing_but_a_report() {
    let db = migrated(Db::Sqlite);
    let call = on(&db);
    let dir = call.dir();
    for form in ["text", "json", "junit", "sarif", "github"] {
        for precious in [
            "precious\n",
            "{\"a\": 1}\n",
            "ok 1 - works\n",
            "::set-output a\n",
            "<testsuites/>\n",
        ] {
            let call = call.clone().file("mine.txt", precious);
            call.call(["check", "--report", &format!("{form}=mine.txt")])
                .code(6);
            assert_eq!(call.read("mine.txt"), precious);
        }
        let report = format!("{form}=report.{form}");
        call.call(["check", "--report", &report]).success();
        db.sql("CREATE TABLE added (id integer)");
        call.call(["check", "--report", &report]).code(4);
        db.sql("DROP TABLE added");
        call.call(["check", "--report", &report]).success();
    }
    call.call(["check", "--report", "json=a", "--report", "sarif=./a"])
        .code(2);
    symlink(dir.join("mine.txt"), dir.join("link")).expect("a link");
    call.call(["check", "--report", "json=link"]).code(6);
    std::fs::create_dir(dir.join("folder")).expect("a folder");
    call.call(["check", "--report", "json=folder"]).code(6);
    call.call([
        "check",
        "--report",
        &format!("json={}", super::file(&db).display()),
    ])
    .code(6);
    run(&db, "migrate status --exit-code").success();
}

#[test]
fn a_connection_string_that_is_no_url_keeps_its_password() {
    const SECRET: &str = "hunter2-secret";
    let forms = [
        "host=db port=5432 user=app password=hunter2-secret dbname=shop",
        "host=db password = 'a b hunter2-secret' dbname=shop",
        "password=a;hunter2-secret host=db",
        "password=a\\ hunter2-secret host=db",
        "Server=db;Uid=app;Pwd=hunter2-secret;Database=shop",
        "Server=tcp:db,1433;User ID=app;PASSWORD=a b hunter2-secret;Encrypt=true",
        "Server=db;Password=a hunter2-secret",
        "Server=db;Password=\"a;hunter2-secret\";Database=shop",
        "Driver={PG};PWD={a;hunter2-secret};Server=db",
        "dbname=shop sslpassword=hunter2-secret",
        "host=db password=a`hunter2-secret",
        "host=db passwd=hunter2-secret",
        "jdbc:postgresql://db/shop?user=app&password=hunter2-secret",
        "jdbc:sqlserver://db;databaseName=shop;password=hunter2-secret",
        "sqlserver://db;user=app;password=hunter2-secret",
        "app:hunter2-secret@tcp(db:3306)/shop",
        "postgres://db/shop;password=hunter2-secret",
        "postgres:host=db password=hunter2-secret",
        "mysql://db/shop?Password=hunter2-secret#x",
        "sqlite:a.db;Password=hunter2-secret",
        "file:a.db?key=1&password=hunter2-secret",
    ];
    let call = Saasdb::new();
    for form in forms {
        let toml = format!("database_url = '''{form}'''\n");
        let outputs = [
            call.clone()
                .env("DATABASE_URL", form)
                .call(["status", "--wait", "0s"]),
            call.clone()
                .env("DATABASE_URL", form)
                .call(["status", "--format", "json"]),
            call.call(["--database-url", form, "migrate", "up"]),
            call.call([form, "migrate", "up"]),
            call.call(["migrate", form]),
            call.call(["--set", form, "status"]),
            call.call(["--wait", form, "status"]),
            call.call([
                "--database-url",
                "sqlite:x.db",
                "schema",
                "diff",
                form,
                "snapshot",
            ]),
            call.call([
                "--database-url",
                "sqlite:x.db",
                "migrate",
                "verify",
                "--scratch-url",
                form,
            ]),
            Saasdb::new().file("saasdb.toml", &toml).call(["status"]),
            Saasdb::new()
                .file(".env", &format!("DATABASE_URL={form}\n"))
                .call(["status"]),
        ];
        for output in outputs {
            let text = format!("{}{}", output.stdout, output.stderr);
            assert!(output.code != 0, "{form}: {output:?}");
            assert!(!text.contains(SECRET), "{form}: {output:?}");
        }
    }
    let refused = call.env("DATABASE_URL", forms[0]).call(["status"]).code(2);
    assert!(
        refused.stderr.contains("postgres://user:password@"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_uri_means_the_same_file_everywhere() {
    for uri in [
        "sqlite:file:q.db",
        "sqlite://file:q.db",
        "sqlite:file:q.db?mode=rwc",
        "sqlite:file:./q.db",
    ] {
        let call = Saasdb::new();
        let run = |line: &str| {
            call.clone()
                .env("DATABASE_URL", uri)
                .call(line.split(' '))
                .success()
        };
        run("setup");
        assert!(call.dir().join("q.db").exists(), "{uri}");
        assert!(!run("status").stdout.contains("not there yet"), "{uri}");
        run("check");
        run("seed undo");
        run("migrate down --all --yes");
    }
}

#[test]
fn verify_works_in_a_schema_of_its_own() {
    let db = TestDb::new(Db::Postgres);
    for line in [
        "migrate verify --schema billing",
        "setup --schema billing --no-seed",
        "migrate verify --schema billing",
        "check reversible --schema billing",
    ] {
        run(&db, line).success();
    }
}

#[test]
fn a_clock_before_1970_or_far_ahead_stops_nothing() {
    for day in [
        "1904-01-01 00:00:00",
        "1969-01-01 00:00:00",
        "2040-02-29 12:00:00",
        "9999-12-31 12:00:00",
    ] {
        let call = Saasdb::program("faketime");
        let saasdb = env!("CARGO_BIN_EXE_saasdb");
        let run = |line: &str| {
            let words = [day, saasdb, "--database-url", "sqlite:a.db"]
                .into_iter()
                .chain(line.split(' '));
            call.call(words).success()
        };
        for line in [
            "setup",
            "migrate status",
            "seed status",
            "seed",
            "check",
            "migrate redo",
            "seed undo",
            "migrate down --all --yes",
        ] {
            run(line);
        }
    }
}
