//! The pages of docs/sets: one for each set, with the diagram that the tool draws.

use std::fs;
use std::path::PathBuf;

use saasdb::catalog::SETS;

use super::catalogue::Catalogue;
use super::tools::{kinds, migrated, run};
use crate::support::Saasdb;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What stands between the marks of a page.
#[track_caller]
fn drawn(page: &str) -> &str {
    let between = page
        .split_once("<!-- er:begin -->\n")
        .and_then(|(_, rest)| rest.split_once("<!-- er:end -->\n"));
    between.expect("both marks, each on a line of its own").0
}

#[test]
fn every_set_has_a_page_with_its_tables_and_the_diagram_that_the_tool_draws() {
    for set in SETS {
        let path = folder("docs/sets").join(format!("{}.md", set.name));
        let page = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("docs/sets/{}.md: {error}", set.name));
        let db = migrated(set, kinds(set)[0]);
        let line = format!("schema export --format mermaid --set {}", set.name);
        let diagram = run(&db, &line).stdout;
        assert_eq!(
            drawn(&page),
            format!("```mermaid\n{diagram}```\n"),
            "run scripts/docs: the diagram of {} is out of date",
            set.name
        );
        for table in &Catalogue::read(&db).tables {
            let row = format!("\n| `{table}` | ");
            assert!(page.contains(&row), "{}: no line for {table}", set.name);
        }
    }
}

#[test]
fn every_page_is_of_a_set() {
    for entry in fs::read_dir(folder("docs/sets")).expect("docs/sets") {
        let path = entry.expect("entry").path();
        let name = path.file_stem().and_then(|s| s.to_str()).expect("a name");
        assert!(SETS.iter().any(|set| set.name == name), "{name}");
    }
}

#[test]
fn the_script_draws_a_diagram_anew_and_leaves_the_rest() {
    let set = SETS
        .iter()
        .find(|set| kinds(set).contains(&crate::support::Db::Sqlite))
        .expect("a set for SQLite");
    let file = format!("{}.md", set.name);
    let page = fs::read_to_string(folder("docs/sets").join(&file)).expect("page");
    let empty = page.replace(drawn(&page), "something else\n");
    assert_ne!(page, empty);
    let script = Saasdb::program(folder("scripts/docs"))
        .file(&file, &empty)
        // Settings of whoever runs it do not count.
        .file("saasdb.toml", "set = \"nothing\"\n")
        .env("DATABASE_URL", "nonsense")
        .env("SAASDB_FORMAT", "json")
        .env("SAASDB", env!("CARGO_BIN_EXE_saasdb"));
    let first = script.call([file.as_str()]).success();
    assert!(first.stdout.ends_with(": drawn anew\n"), "{first:?}");
    assert_eq!(script.read(&file), page);
    let second = script.call([file.as_str()]).success();
    assert!(second.stdout.ends_with(": as it was\n"), "{second:?}");

    let script = script.file(&file, &page.replace("<!-- er:end -->", ""));
    let refused = script.call([file.as_str()]).code(1);
    assert!(refused.stderr.contains("needs the line <!-- er:end -->"));
}
