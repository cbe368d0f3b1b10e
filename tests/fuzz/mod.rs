//! Bad input at volume: files, URLs, versions, rows of the books, snapshots and names that nobody would
//! write by hand. Nothing panics, every exit code is a documented one, no name is ever taken for SQL, and
//! no password is shown.
//!
//! The cases are the same in every run, and few enough for CI. To run longer, or other ones:
//! `SAASDB_FUZZ_CASES=50 SAASDB_FUZZ_SEED=7 scripts/test fuzz` (fifty times as many; any number).

mod books;
mod names;
mod settings;
mod snapshots;
mod urls;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::support::Output;

/// What every password in a case has in it.
const SECRET: &str = "s3cret";

fn number(variable: &str) -> Option<u32> {
    std::env::var(variable).ok()?.trim().parse().ok()
}

/// Runs that many cases, or as many more as `SAASDB_FUZZ_CASES` says.
fn runner(cases: u32) -> TestRunner {
    let seed = [number("SAASDB_FUZZ_SEED").unwrap_or(1).to_le_bytes(); 8].concat();
    let config = Config {
        cases: cases * number("SAASDB_FUZZ_CASES").unwrap_or(1),
        // A case that failed becomes a test of its own.
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// Runs `property` on cases of `strategy`.
#[track_caller]
fn always<S: Strategy>(
    cases: u32,
    strategy: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    if let Err(error) = runner(cases).run(&strategy, property) {
        panic!("{error}");
    }
}

/// Some values of a strategy, for tests in which each one costs a run of the program.
fn some<S: Strategy>(count: u32, strategy: S) -> Vec<S::Value> {
    let mut runner = runner(1);
    let count = count * number("SAASDB_FUZZ_CASES").unwrap_or(1);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a value").current())
        .collect()
}

/// Fails the test unless a run ended as documented, whatever it was given. The harness looks for
/// passwords and panics in what it printed.
#[track_caller]
fn sane(output: Output) -> Output {
    let documented = [0, 1, 2, 3, 4, 5, 6, 130, 143];
    assert!(documented.contains(&output.code), "{output:?}");
    let said = output.code == 0 || !(output.stderr.is_empty() && output.stdout.is_empty());
    assert!(said, "it failed and did not say why: {output:?}");
    output
}

/// Text as people and attackers put it where a name belongs.
fn hostile() -> impl Strategy<Value = String> {
    use proptest::prelude::*;
    let piece = prop_oneof![
        "[a-z]{1,8}".prop_map(|s: String| s),
        "\\PC{1,6}".prop_map(|s: String| s),
        proptest::sample::select(vec![
            "'",
            "\"",
            "`",
            "\\",
            ";",
            "--",
            "/*",
            "*/",
            "$$",
            "$1",
            "%s",
            "{}",
            "\n",
            "\t",
            "\r",
            " ",
            "\u{0}",
            "\u{7f}",
            "\u{202e}",
            "\u{feff}",
            "ä",
            "🦀",
            ".",
            "..",
            "/",
            "%00",
            "%2F",
            "@",
            "?",
            "#",
            "select",
            "NULL",
            "user",
            "table",
            "'; DROP TABLE canary; --",
            "\"; DROP TABLE canary; --",
            "`; DROP TABLE canary; --",
            "' OR '1'='1",
            "\\'; DROP TABLE canary; -- ",
            "'); DROP TABLE canary; --",
            "\"); DROP TABLE canary; --",
            "$saasdb$; DROP TABLE canary; --",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}
