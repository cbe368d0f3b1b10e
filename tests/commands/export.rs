//! `schema export`: files for D1, a diagram for Mermaid.

use std::fs;

use super::json_schema::published;
use super::{error, fits, hint, migrated, named, on, run, shown, unchanged};
use crate::support::{Db, Output, Saasdb, TestDb};

const D1: [&str; 4] = ["schema", "export", "--format", "d1"];
const MERMAID: [&str; 4] = ["schema", "export", "--format", "mermaid"];
const FIRST: &str = "migrations/0001_create_app_tables.sql";

/// The names of all files below the call's folder.
fn files(call: &Saasdb) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![call.dir()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(call.dir()).expect("below");
                found.push(name.to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Exports once, so that there is something in the way.
#[track_caller]
fn exported() -> Saasdb {
    let call = Saasdb::new();
    call.call(D1).success();
    call
}

/// The states in a JSON report, file by file.
fn states(output: &Output) -> Vec<String> {
    let json = published(output);
    let files = json["files"].as_array().expect("files").iter();
    files
        .map(|f| f["state"].as_str().expect("a state").to_owned())
        .collect()
}

#[test]
fn d1_files_are_written_listed_and_left_when_they_are_right() {
    let call = Saasdb::new();
    let first = call.call(D1).success();
    fits(&first);
    insta::assert_snapshot!("d1", shown(&first));
    // No database, no lock file, nothing temporary.
    let made = files(&call);
    assert_eq!(made.len(), 13);
    assert!(
        made.iter().all(|f| f.starts_with("migrations/00")),
        "{made:?}"
    );
    insta::assert_snapshot!("d1_file", call.read(FIRST));

    let written = fs::metadata(call.dir().join(FIRST)).unwrap().modified();
    let again = call.call(D1).success();
    assert!(again.stdout.contains("core: 13 files unchanged.\n"));
    let now = fs::metadata(call.dir().join(FIRST)).unwrap().modified();
    assert_eq!(written.unwrap(), now.unwrap());

    // Another machine gets the same.
    let other = exported();
    for name in &made {
        assert_eq!(call.read(name), other.read(name));
    }
}

#[test]
fn the_list_of_files_is_json_where_the_settings_say_so() {
    let call = Saasdb::new().env("SAASDB_FORMAT", "json");
    let first = call.call(D1).success();
    assert_eq!(states(&first), ["written"; 13]);
    let json = first.json();
    assert_eq!(
        (&json["format"], &json["from"]),
        (&"d1".into(), &"core".into())
    );
    assert_eq!(json["files"][0]["path"], FIRST);
    assert_eq!(
        json["files"][0]["migration"],
        "m20251010_095900_create_app_tables"
    );
    call.clone().file(FIRST, "other");
    let forced = call.call(["schema", "export", "--format", "d1", "--force"]);
    let states = states(&forced.success());
    assert_eq!(
        (states[0].as_str(), states[1].as_str()),
        ("replaced", "unchanged")
    );

    let from_file = Saasdb::new().file("saasdb.toml", "format = \"json\"\n");
    published(&from_file.call(D1).success());
    let refused = Saasdb::new().env("SAASDB_FORMAT", "json");
    published(&refused.call(["schema", "export"]).code(2));
}

#[test]
fn a_quiet_export_writes_and_says_nothing() {
    let call = Saasdb::new();
    let quiet = call.call(D1.into_iter().chain(["-q"])).success();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert_eq!(files(&call).len(), 13);
}

#[test]
fn files_with_other_contents_stay_unless_forced() {
    let call = exported().file(FIRST, "-- edited\n");
    fs::remove_file(call.dir().join("migrations/0005_create_usage_tracking.sql")).unwrap();
    let before = files(&call);
    let refused = call.call(D1).code(6);
    insta::assert_snapshot!("d1_in_the_way", shown(&refused));
    assert_eq!(
        (files(&call), call.read(FIRST).as_str()),
        (before, "-- edited\n")
    );

    let forced = call.call(D1.into_iter().chain(["--force"])).success();
    assert!(
        forced
            .stdout
            .contains("core: 1 file written, 1 file replaced, 11 files unchanged.\n"),
        "{}",
        forced.stdout
    );
    assert_eq!(call.read(FIRST), exported().read(FIRST));
    assert_eq!(files(&call).len(), 13);
}

#[test]
fn sql_files_of_others_with_the_same_number_are_in_the_way() {
    for other in ["0001_init.sql", "1_init.sql", "013.sql", "00002-x.sql"] {
        let other = format!("migrations/{other}");
        let call = Saasdb::new().file(&other, "SELECT 1;\n");
        let refused = call.call(D1).code(6);
        let why = format!("why: the same number: {other}\n");
        assert!(refused.stderr.contains(&why), "{}", refused.stderr);
        hint(&refused);
        assert_eq!(files(&call), [other.as_str()]);
        // Forced, it stays: what is not ours is not removed.
        let forced = call.call(D1.into_iter().chain(["--force"])).success();
        assert!(forced.stderr.contains(&other), "{}", forced.stderr);
        assert_eq!(call.read(&other), "SELECT 1;\n");
        assert_eq!(files(&call).len(), 14);
    }
    for harmless in ["0014_mine.sql", "init.sql", "0001_notes.txt"] {
        let call = Saasdb::new().file(&format!("migrations/{harmless}"), "SELECT 1;\n");
        call.call(D1).success();
        assert_eq!(files(&call).len(), 14);
    }
}

#[test]
fn they_go_where_they_are_told_to() {
    let call = Saasdb::new();
    for folder in ["out", "deep/er/out", "with space"] {
        call.call(D1.into_iter().chain(["--out", folder])).success();
        call.read(&format!("{folder}/0013_add_organization_to_campaigns.sql"));
    }
    assert_eq!(files(&call).len(), 39);
    let call = Saasdb::new().file("taken", "");
    let refused = call.call(D1.into_iter().chain(["--out", "taken"])).code(2);
    assert_eq!(error(&refused), "taken is a file, not a folder");
    let failed = call
        .call(D1.into_iter().chain(["--out", "/proc/nowhere"]))
        .code(1);
    assert_eq!(error(&failed), "cannot make /proc/nowhere");
    hint(&failed);
}

#[test]
fn d1_looks_at_no_setting_about_a_database() {
    for (name, value) in [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"),
        ("SAASDB_ENV", "production"),
    ] {
        let call = Saasdb::new().env(name, value);
        call.call(D1).success();
        assert_eq!(files(&call).len(), 13);
    }
    let unknown = Saasdb::new().env("SAASDB_SET", "nothing");
    assert!(error(&unknown.call(D1).code(2)).contains("no schema set is called `nothing`"));
    assert!(files(&unknown).is_empty());
}

#[test]
fn the_format_may_stand_anywhere_and_must_be_a_known_one() {
    for line in [
        "--format d1 schema export",
        "schema --format d1 export",
        "schema export --format=d1",
    ] {
        let call = Saasdb::new();
        call.call(line.split_whitespace()).success();
        assert_eq!(files(&call).len(), 13, "{line}");
    }
    for line in [
        "schema export",
        "schema export --format xml",
        "schema export --format json",
        "schema export --format text",
        "schema export --format D1",
    ] {
        let call = Saasdb::new().env("DATABASE_URL", "nonsense");
        let refused = call.call(line.split_whitespace()).code(2);
        assert_eq!(
            hint(&refused),
            "known for `--format`: d1, mermaid",
            "{line}"
        );
        assert_eq!((refused.stdout.as_str(), files(&call).len()), ("", 0));
    }
    let missing = Saasdb::new().call(["schema", "export"]).code(2);
    insta::assert_snapshot!("no_format", shown(&missing));
    let unknown = Saasdb::new().call(["schema", "export", "--format", "xml"]);
    insta::assert_snapshot!("unknown_format", shown(&unknown.code(2)));
    for line in ["status --format d1", "set list --format mermaid"] {
        let refused = Saasdb::new().call(line.split_whitespace()).code(2);
        assert_eq!(hint(&refused), "known: text, json", "{line}");
    }
    for setting in ["d1", "mermaid"] {
        let call = Saasdb::new().env("SAASDB_FORMAT", setting);
        call.call(D1).code(2);
    }
}

#[test]
fn the_diagram_of_a_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let diagram = unchanged(db, || on(db).call(MERMAID).success());
        assert_eq!(diagram.stderr, "");
        insta::assert_snapshot!(named("diagram", db), shown(&diagram));
        // The same again, for a role that may only read, and whatever format is set.
        for call in [
            on(db),
            on(db).env("SAASDB_FORMAT", "json"),
            Saasdb::new().env("DATABASE_URL", db.read_only_url()),
        ] {
            assert_eq!(call.call(MERMAID).success().stdout, diagram.stdout);
        }
    });
}

#[test]
fn the_diagram_in_a_file() {
    let db = migrated(Db::Sqlite);
    let call = on(&db);
    let diagram = call.call(MERMAID).success().stdout;
    let to_file = || call.call(MERMAID.into_iter().chain(["--out", "docs/er.mmd"]));
    insta::assert_snapshot!("diagram_in_a_file", shown(&to_file().success()));
    assert_eq!(call.read("docs/er.mmd"), diagram);
    assert!(to_file().success().stdout.contains("1 file unchanged"));

    call.clone().file("docs/er.mmd", "mine\n");
    let refused = to_file().code(6);
    assert!(refused.stderr.contains("other contents: docs/er.mmd"));
    assert_eq!(call.read("docs/er.mmd"), "mine\n");
    let forced = call.clone().env("SAASDB_FORMAT", "json");
    let forced = forced
        .args(MERMAID)
        .args(["--out", "docs/er.mmd", "--force"]);
    assert_eq!(states(&forced.run().success()), ["replaced"]);
    assert_eq!(call.read("docs/er.mmd"), diagram);

    let folder = call
        .call(MERMAID.into_iter().chain(["--out", "docs"]))
        .code(2);
    assert_eq!(error(&folder), "docs is a folder, not a file");
}

#[test]
fn without_migrations_there_is_nothing_to_draw() {
    TestDb::on_all(|db| {
        let nothing = unchanged(db, || on(db).call(MERMAID).code(3));
        assert_eq!(nothing.stdout, "");
        insta::assert_snapshot!(named("nothing_to_draw", db), shown(&nothing));
        run(db, "migrate up").success();
        run(db, "migrate reset --yes").success();
        on(db).call(MERMAID).code(3);
    });
    let missing = TestDb::missing(Db::Sqlite);
    on(&missing).call(MERMAID).code(3);
    assert!(!missing.exists());
}

#[test]
fn a_broken_url_stops_the_diagram() {
    let call = Saasdb::new().env("DATABASE_URL", "nonsense");
    hint(&call.call(MERMAID).code(2));
}

/// A table of the application's that refers to a table of the set's name in another place.
#[test]
fn references_to_other_schemas_are_drawn_as_such_and_stop_nothing() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        let neighbour = TestDb::new(kind);
        let (place, id) = match kind {
            Db::Postgres => ("auth".to_owned(), "\"who\""),
            _ => (neighbour.name().to_owned(), "`who`"),
        };
        if kind == Db::Postgres {
            db.sql("CREATE SCHEMA auth");
        }
        db.sql(&format!(
            "CREATE TABLE {place}.users (email varchar(20), {id} integer PRIMARY KEY);
             CREATE TABLE profiles (
               id integer PRIMARY KEY, user_id integer NOT NULL UNIQUE, mine integer,
               FOREIGN KEY (user_id) REFERENCES {place}.users ({id}),
               FOREIGN KEY (mine) REFERENCES profiles (id));"
        ));
        let diagram = on(&db).call(MERMAID).success().stdout;
        for line in [
            format!("    \"{place}.users\" ||--o| profiles : \"user_id\""),
            "    profiles |o--o{ profiles : \"mine\"".to_owned(),
            "        integer user_id FK, UK".to_owned(),
        ] {
            let line = match kind {
                Db::Mysql => line.replace("        integer ", "        int(11) "),
                _ => line,
            };
            let there = diagram.lines().any(|l| l == line || is_int(l, &line));
            assert!(there, "{line}\n{diagram}");
        }
        let taken_for_ours = diagram
            .lines()
            .any(|l| l.trim().starts_with("users ||--o| "));
        assert!(!taken_for_ours, "{diagram}");
        // The set's own `users` is not what that table needs.
        run(&db, "migrate reset --yes").success();
        db.sql("DROP TABLE profiles");
    }
}

/// MySQL 8 prints `int` where MariaDB prints `int(11)`.
fn is_int(found: &str, wanted: &str) -> bool {
    found.replace("int ", "int(11) ") == wanted
}
