//! Every help page, word by word, and its width.

use crate::support::Saasdb;

/// All commands that there are.
const PAGES: [&str; 37] = [
    "",
    "setup",
    "status",
    "check",
    "migrate",
    "migrate up",
    "migrate down",
    "migrate status",
    "migrate plan",
    "migrate redo",
    "migrate fresh",
    "migrate reset",
    "migrate refresh",
    "migrate baseline",
    "migrate repair",
    "migrate verify",
    "rollback",
    "seed",
    "seed run",
    "seed undo",
    "module",
    "module list",
    "module enable",
    "module disable",
    "module stats",
    "subscription",
    "subscription sweep",
    "organization",
    "organization show",
    "schema",
    "schema export",
    "schema docs",
    "schema dump",
    "schema diff",
    "set",
    "set list",
    "set show",
];

#[test]
fn every_page() {
    for page in PAGES.into_iter().chain(["seed status", "drill"]) {
        let words = page.split_whitespace().chain(["--help"]);
        let help = Saasdb::new().call(words).success();
        assert_eq!(help.stderr, "");
        for line in help.stdout.lines() {
            let width = line.chars().count();
            assert!(width <= 80, "{page}: {width} columns: {line}");
        }
        let name = format!("help {page}").trim_end().replace(' ', "_");
        insta::assert_snapshot!(name, help.snapshot_text());
    }
}

#[test]
fn pages_keep_to_80_columns_on_a_wide_terminal_and_fit_a_narrow_one() {
    for columns in ["200", "60"] {
        let help = Saasdb::new().env("COLUMNS", columns);
        let help = help.call(["migrate", "up", "--help"]).success();
        let limit = columns.parse::<usize>().unwrap().min(80);
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= limit, "{columns}: {line}");
        }
    }
}

#[test]
fn every_command_is_listed_on_the_page_above_it() {
    for page in PAGES {
        let Some((above, name)) = page.rsplit_once(' ').or(Some(("", page))) else {
            continue;
        };
        let words = above.split_whitespace().chain(["--help"]);
        let help = Saasdb::new().call(words).success();
        let listed = help
            .stdout
            .lines()
            .any(|line| line.trim_start().starts_with(name));
        assert!(listed, "{page}");
    }
}

/// It is for those who work on saasdb: docs/drill.md tells of it, and its own page.
#[test]
fn the_drill_is_not_listed() {
    for flag in ["-h", "--help"] {
        let page = Saasdb::new().call([flag]).success();
        assert!(!page.stdout.contains("drill"), "{}", page.stdout);
    }
}

#[test]
fn no_command_at_all_shows_the_help_and_is_an_error() {
    for words in [vec![], vec!["migrate"], vec!["schema"], vec!["set"]] {
        let output = Saasdb::new().call(words).code(2);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains("Usage: saasdb"), "{output:?}");
    }
}

#[test]
fn the_version() {
    let version = Saasdb::new().call(["--version"]).success();
    assert_eq!(
        version.stdout,
        format!("saasdb {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn help_needs_no_database_and_no_valid_settings() {
    Saasdb::new()
        .env("DATABASE_URL", "nonsense")
        .file("saasdb.toml", "= broken")
        .call(["migrate", "up", "--help"])
        .success();
}
