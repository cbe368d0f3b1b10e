//! docs/checks.md has every rule, in the program's own words.

use std::fs;

use saasdb::checks::{CHECKS, EXCEPTIONS, Rule};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
const BEGIN: &str = "<!-- rules:begin -->\n";
const END: &str = "<!-- rules:end -->\n";

fn section(name: &str, about: &str, by_default: bool, rules: &[Rule]) -> String {
    let when = if by_default {
        ""
    } else {
        " Runs only when it is named."
    };
    let mut text = format!(
        "\n### {name}\n\n{about}.{when}\n\n| rule | severity | finds | what to do |\n| --- | --- | --- | --- |\n"
    );
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for rule in rules {
        let (about, help) = (cell(rule.about), cell(rule.help));
        text += &format!(
            "| `{}` | {} | {about} | {help} |\n",
            rule.id,
            rule.severity.as_str()
        );
    }
    text
}

fn rules() -> String {
    let mut text = String::new();
    for check in CHECKS {
        text += &section(
            check.name(),
            check.about(),
            check.by_default(),
            check.rules(),
        );
    }
    text + &section(
        "exception",
        "exceptions in the sources of migrations",
        true,
        EXCEPTIONS,
    ) + "\n"
}

/// `scripts/docs` runs this with the variable set, to write them anew.
#[test]
fn the_page_lists_every_rule() {
    let page = fs::read_to_string(FILE).expect("docs/checks.md");
    let (before, rest) = page
        .split_once(BEGIN)
        .expect("a line where the rules begin");
    let (between, after) = rest.split_once(END).expect("a line where they end");
    let wanted = rules();
    if std::env::var_os("SAASDB_WRITE_DOCS").is_some() {
        fs::write(FILE, format!("{before}{BEGIN}{wanted}{END}{after}")).expect("written");
    } else {
        assert!(
            between == wanted,
            "run scripts/docs: the rules are out of date"
        );
    }
}
