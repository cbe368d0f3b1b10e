//! Databases that cannot be had: each way to fail, its message, its hint, its exit code.

use std::fs;
use std::time::{Duration, Instant};

use url::Url;

use super::{contents, error, file, hint, migrated, named, run, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb};

/// What every command says alike when the database cannot be had.
const COMMANDS: [&str; 6] = [
    "migrate up",
    "migrate status",
    "status",
    "migrate plan",
    "seed",
    "setup",
];

fn at(url: &str) -> Saasdb {
    Saasdb::new().env("DATABASE_URL", url)
}

#[test]
fn a_server_that_does_not_answer() {
    for (kind, url) in [
        ("postgres", "postgres://app:s3cret@127.0.0.1:1/shop"),
        ("mysql", "mysql://app:s3cret@127.0.0.1:1/shop"),
    ] {
        for command in COMMANDS {
            let output = at(url).call(command.split_whitespace()).code(1);
            assert_eq!(error(&output), "the server cannot be reached", "{command}");
            assert!(hint(&output).contains("--wait"), "{command}");
        }
        let output = at(url).call(["migrate", "up"]);
        insta::assert_snapshot!(format!("unreachable_{kind}"), shown(&output));
    }
}

#[test]
fn a_host_that_nobody_knows() {
    let output = at("postgres://app@no-such-host.invalid/shop");
    let output = output.call(["migrate", "up"]).code(1);
    assert_eq!(error(&output), "the server cannot be reached");
    assert!(
        output.stderr.contains("no-such-host.invalid"),
        "{}",
        output.stderr
    );
}

#[test]
fn wait_keeps_trying_for_so_long() {
    let start = Instant::now();
    let waiting = at("postgres://app@127.0.0.1:1/shop");
    let output = waiting.call(["migrate", "up", "--wait", "1s"]).code(1);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(error(&output), "the server cannot be reached");
}

#[test]
fn a_wrong_password() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        let mut url = Url::parse(&db.read_only_url()).unwrap();
        url.set_password(Some("wrong-s3cret")).unwrap();
        for command in COMMANDS {
            let refused = unchanged(&db, || {
                at(url.as_str()).call(command.split_whitespace()).code(1)
            });
            assert!(hint(&refused).contains("user and password"), "{command}");
        }
        let refused = at(url.as_str()).call(["migrate", "up"]);
        let user = url.username().to_owned();
        let text = shown(&refused).replace(&user, "[user]");
        insta::assert_snapshot!(named("wrong_password", &db), text);
    }
}

#[test]
fn a_missing_database() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::missing(kind);
        for command in [
            "migrate up",
            "migrate status",
            "status",
            "seed",
            "migrate down --all",
        ] {
            let output = run(&db, command).code(1);
            assert!(
                hint(&output).contains("saasdb setup"),
                "{command}: {}",
                output.stderr
            );
            assert!(!db.exists(), "{command}");
        }
        insta::assert_snapshot!(named("missing", &db), shown(&run(&db, "migrate up")));
    }
    let db = TestDb::missing(Db::Sqlite);
    for command in [
        "seed",
        "migrate down --all",
        "migrate redo",
        "migrate repair",
        "seed undo",
    ] {
        let output = run(&db, command).code(1);
        assert!(
            hint(&output).contains("saasdb setup"),
            "{command}: {}",
            output.stderr
        );
        assert!(!db.exists(), "{command}");
    }
}

#[test]
fn a_role_that_may_not_make_the_database() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        let missing = TestDb::missing(kind);
        let mut url = Url::parse(&db.read_only_url()).unwrap();
        url.set_path(missing.name());
        let output = at(url.as_str()).call(["setup"]).code(1);
        assert!(!missing.exists());
        let text = shown(&output).replace(url.username(), "[user]");
        insta::assert_snapshot!(named("may_not_create", &db), text);
        hint(&output);
    }
}

#[test]
fn malformed_urls() {
    for (i, url) in [
        "nonsense",
        "postgres:/app:s3cret@host/shop",
        "postgres://app:s3cret@host:port/shop",
        "postgres://app:s3cret@host",
        "sqlite:",
        "://host/shop",
    ]
    .into_iter()
    .enumerate()
    {
        for command in ["migrate up", "setup", "status"] {
            let output = at(url).call(command.split_whitespace()).code(2);
            hint(&output);
        }
        let output = at(url).call(["migrate", "up"]);
        insta::assert_snapshot!(format!("malformed_url_{i}"), shown(&output));
    }
}

#[test]
fn an_unsupported_scheme() {
    let output = at("oracle://app:s3cret@host/shop")
        .call(["migrate", "up"])
        .code(2);
    insta::assert_snapshot!(shown(&output));
    let json = at("mongodb://app:s3cret@host/shop");
    let json = json.call(["status", "--format", "json"]).code(2).json();
    assert_eq!(json["version"], 1);
    assert_eq!(json["exit_code"], 2);
    assert!(json["error"]["hint"].as_str().unwrap().contains("postgres"));
}

#[test]
fn an_unsupported_option_in_the_url() {
    let db = TestDb::new(Db::Postgres);
    let output = at(&format!("{}?sslmode=perhaps", db.url())).call(["status"]);
    assert!([1, 2].contains(&output.code), "{output:?}");
    assert!(output.stderr.contains("sslmode") || output.stderr.contains("option"));
    let db = TestDb::new(Db::Sqlite);
    let output = at(&format!("{}?mode=perhaps", db.url())).call(["status"]);
    assert!([1, 2].contains(&output.code), "{output:?}");
}

#[test]
fn mariadb_is_a_scheme_too() {
    let db = TestDb::new(Db::Mysql);
    let url = db.url().replacen("mysql://", "mariadb://", 1);
    at(&url).call(["migrate", "up", "--steps", "1"]).success();
    let url = TestDb::new(Db::Postgres);
    let long = url.url().replacen("postgres://", "postgresql://", 1);
    at(&long).call(["migrate", "status"]).success();
}

#[test]
fn a_missing_folder() {
    let call = Saasdb::new().env("DATABASE_URL", "sqlite:no/such/folder/app.db");
    for command in ["setup", "migrate up"] {
        let output = call.call(command.split_whitespace()).code(1);
        assert!(hint(&output).contains("folder"), "{}", output.stderr);
        assert!(!call.dir().join("no").exists());
    }
    insta::assert_snapshot!(shown(&call.call(["setup"])));
}

#[test]
fn a_folder_in_place_of_the_file() {
    let call = Saasdb::new().env("DATABASE_URL", "sqlite:app.db");
    fs::create_dir(call.dir().join("app.db")).unwrap();
    for command in ["setup", "migrate up", "status"] {
        let output = call.call(command.split_whitespace()).code(1);
        insta::assert_snapshot!(
            format!("folder_for_file_{}", command.replace(' ', "_")),
            shown(&output)
        );
    }
}

#[test]
fn a_file_that_is_no_database() {
    let db = TestDb::missing(Db::Sqlite);
    let text = "Dear diary, this is no database at all.\n".repeat(100);
    fs::write(file(&db), &text).unwrap();
    for command in COMMANDS
        .into_iter()
        .chain(["migrate fresh --yes", "migrate down --all"])
    {
        let output = run(&db, command).code(1);
        assert_eq!(
            error(&output),
            "the file is not a SQLite database",
            "{command}"
        );
        hint(&output);
        assert_eq!(fs::read_to_string(file(&db)).unwrap(), text, "{command}");
        assert!(super::left_beside(&db).is_empty(), "{command}");
    }
    insta::assert_snapshot!(shown(&run(&db, "migrate up")));
}

#[test]
fn a_damaged_database() {
    let db = migrated(Db::Sqlite);
    let mut bytes = fs::read(file(&db)).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    fs::write(file(&db), &bytes).unwrap();
    let output = run(&db, "migrate down --all --yes").code(1);
    hint(&output);
    assert_eq!(fs::read(file(&db)).unwrap().len(), half);
}

#[test]
fn a_full_disk() {
    // A file system of a few pages, in a mount namespace that ends with the program.
    let call = Saasdb::program("unshare");
    let root =
        fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let namespace = if root { "-m" } else { "-Urm" };
    let script = "mkdir small && mount -t tmpfs -o size=64k none small && cd small && \
                  \"$0\" migrate up --database-url sqlite:app.db; code=$?; ls -A; \
                  \"$0\" migrate status --database-url sqlite:app.db | tail -n 1; exit $code";
    let output = call.call([namespace, "sh", "-c", script, env!("CARGO_BIN_EXE_saasdb")]);
    assert!(
        !output.stderr.contains("unshare") && !output.stderr.contains("mount:"),
        "this test needs the right to mount a tmpfs: {}",
        output.stderr
    );
    let output = output.code(1);
    assert!(hint(&output).contains("free space"), "{}", output.stderr);
    assert!(output.stderr.contains("app.db"), "{}", output.stderr);
    assert!(
        !output.stdout.contains("lock"),
        "no lock file is left: {}",
        output.stdout
    );
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn a_history_table_with_other_columns() {
    TestDb::on_all(|db| {
        for table in ["seaql_migrations", "saasdb_migrations", "saasdb_meta"] {
            db.sql(&format!(
                "CREATE TABLE {table} (number INTEGER, remark VARCHAR(20))"
            ));
            for command in [
                "migrate up",
                "migrate status",
                "status",
                "migrate fresh --yes",
            ] {
                let output = unchanged(db, || run(db, command).code(1));
                assert!(
                    output.stderr.contains(table),
                    "{command}: {}",
                    output.stderr
                );
                hint(&output);
            }
            let name = named(&format!("other_columns_{table}"), db);
            insta::assert_snapshot!(name, shown(&run(db, "migrate up")));
            db.sql(&format!("DROP TABLE {table}"));
        }
    });
}

#[test]
fn a_view_named_like_the_history_is_not_mistaken_for_it() {
    let db = TestDb::new(Db::Postgres);
    db.sql("CREATE VIEW seaql_migrations AS SELECT 'x'::text AS version, 1::bigint AS applied_at");
    let before = contents(&db);
    let output = run(&db, "migrate up");
    assert_ne!(output.code, 0);
    assert_eq!(contents(&db), before);
}
