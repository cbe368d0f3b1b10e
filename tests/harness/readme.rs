//! What README says of tests has to be there.

use std::collections::BTreeSet;
use std::process::Command;

/// The tests that a table under a heading of README names, in its last column.
fn named(readme: &str, heading: &str) -> Vec<String> {
    let (_, section) = readme
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no section {heading:?}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|l| l.starts_with("| ")).skip(2);
    rows.flat_map(|row| {
        let last = row.trim_end_matches([' ', '|']).rsplit(" | ").next();
        let last = last.unwrap_or_default().to_owned();
        let names: Vec<String> = last
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        assert!(!names.is_empty(), "no test: {row}");
        names
    })
    .collect()
}

#[test]
fn every_test_that_is_named_is_there() {
    let listed = Command::new(std::env::current_exe().expect("this program"))
        .args(["--list", "--format", "terse"])
        .output()
        .expect("lists its tests");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let tests: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    let readme = include_str!("../../README.md");
    let promises = named(readme, "What you can rely on");
    let faults = named(readme, "What happens when…");
    assert!(faults.len() > 10, "{faults:?}");
    let missing: Vec<&String> = faults
        .iter()
        .filter(|name| !tests.contains(name.as_str()))
        .chain(promises.iter().filter(|name| {
            let inside = format!("{name}::");
            *name != "the whole suite" && !tests.iter().any(|t| t.starts_with(&inside))
        }))
        .collect();
    assert!(missing.is_empty(), "README names no tests: {missing:?}");
}
