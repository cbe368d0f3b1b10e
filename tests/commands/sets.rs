//! `set list` and `set show`: what there is, whatever the settings say.

use saasdb::catalog::SETS;

use super::json_schema::published;
use super::{error, fits, hint, shown};
use crate::support::{Output, Saasdb};

/// Runs a line away from any database; fails if it leaves a file.
#[track_caller]
fn bare(call: &Saasdb, line: &str) -> Output {
    let output = call.call(line.split_whitespace());
    let left = std::fs::read_dir(call.dir()).expect("folder").count();
    assert_eq!(left, 0, "{line} left files");
    output
}

#[test]
fn the_list_has_a_block_for_each_set() {
    let list = bare(&Saasdb::new(), "set list").success();
    assert_eq!(list.stderr, "");
    fits(&list);
    let text = shown(&list);
    let (_, text) = text.split_once("--- stdout ---\n").expect("a list");
    let blocks: Vec<&str> = text.trim_end().split("\n\n").collect();
    assert_eq!(blocks.len(), SETS.len());
    for (set, block) in SETS.iter().zip(&blocks) {
        let one_line = block.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [set.name, set.about, set.tenant_table, set.tenant_column] {
            assert!(one_line.contains(part), "{part}: {block}");
        }
        for backend in set.backends {
            assert!(one_line.contains(backend.label()), "{block}");
        }
        if set.name == "core" {
            insta::assert_snapshot!("list_core", block);
        }
    }
    published(&bare(&Saasdb::new(), "set list --format json").success());
}

#[test]
fn one_set_in_full() {
    for set in SETS {
        let line = format!("set show {}", set.name);
        let details = bare(&Saasdb::new(), &line).success();
        assert_eq!(details.stderr, "");
        fits(&details);
        if set.name == "core" {
            insta::assert_snapshot!("show_core", shown(&details));
        }
        published(&bare(&Saasdb::new(), &format!("{line} --format json")).success());
    }
}

#[test]
fn they_keep_to_the_width_of_the_terminal() {
    for line in ["set list", "set show core"] {
        let narrow = bare(&Saasdb::new().env("COLUMNS", "60"), line).success();
        for line in narrow.stdout.lines() {
            assert!(line.chars().count() <= 60, "{line}");
        }
    }
}

#[test]
fn quiet_and_piped_they_print_the_same_without_colour() {
    for line in ["set list", "set show core"] {
        let plain = bare(&Saasdb::new(), line).success().stdout;
        assert!(!plain.contains('\x1b'));
        assert_eq!(
            bare(&Saasdb::new(), &format!("{line} -q")).success().stdout,
            plain
        );
        let coloured = bare(&Saasdb::new(), &format!("{line} --color always")).success();
        assert!(coloured.stdout.contains("\x1b[1mcore\x1b[0m"), "{line}");
    }
}

#[test]
fn no_setting_about_a_database_is_looked_at() {
    for (name, value) in [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"),
        ("DATABASE_URL", "oracle://h/x"),
        ("SAASDB_SET", "nothing"),
        ("SAASDB_ENV", "production"),
        ("SAASDB_ENV", "live"),
    ] {
        for line in ["set list", "set show core"] {
            bare(&Saasdb::new().env(name, value), line).success();
        }
    }
    let flag = "set list --database-url nonsense";
    bare(&Saasdb::new(), flag).success();
    // What concerns the output still counts.
    let refused = bare(&Saasdb::new().env("SAASDB_FORMAT", "xml"), "set list").code(2);
    assert!(error(&refused).contains("`xml` is no format"));
}

#[test]
fn an_unknown_set_is_told_with_those_that_there_are() {
    let known: Vec<&str> = SETS.iter().map(|set| set.name).collect();
    let known = known.join(", ");
    let unknown = bare(&Saasdb::new(), "set show nothing-like-it").code(2);
    assert_eq!(error(&unknown), "no schema set is called `nothing-like-it`");
    assert_eq!(hint(&unknown), format!("there are: {known}"));

    let close = bare(&Saasdb::new(), "set show cor").code(2);
    let expected = format!("did you mean `core`? there are: {known}");
    assert_eq!(hint(&close), expected);
    // The same wherever a set is named.
    let close = Saasdb::new().call(["status", "--set", "Core"]).code(2);
    assert_eq!(hint(&close), expected);

    let json = bare(&Saasdb::new(), "set show cor --format json").code(2);
    assert_eq!(published(&json)["error"]["hint"], expected.as_str());
}

#[test]
fn a_missing_or_second_name_is_a_mistake() {
    for line in [
        "set show",
        "set show core core",
        "set list core",
        "set shw core",
    ] {
        let output = bare(&Saasdb::new(), line).code(2);
        assert!(output.stderr.contains("Usage: saasdb set"), "{line}");
    }
    insta::assert_snapshot!(shown(&bare(&Saasdb::new(), "set show").code(2)));
}
