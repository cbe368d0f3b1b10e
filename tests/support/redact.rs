//! What snapshots leave out because it differs from run to run, and what no
//! output may ever contain.

use std::cell::Cell;
use std::process::Command;
use std::sync::OnceLock;

use insta::Settings;
use url::Url;

use super::Db;
use super::server::{ADMIN, url_variable};

/// Patterns and what stands for them in a snapshot.
const FILTERS: [(&str, &str); 11] = [
    (
        r"sqlite:/{1,3}[^\s'?]*?/saasdb-test-[0-9a-f]{12}/(?:run-[0-9a-f]{12}/work|db-[0-9a-f]{12})",
        "sqlite://[dir]",
    ),
    (
        r#"/[^\s'"`:]*?/?saasdb-test-[0-9a-f]{12}/(?:run-[0-9a-f]{12}/work|db-[0-9a-f]{12})"#,
        "[dir]",
    ),
    (r"\bsaasdb_test_[0-9a-f]{12}(?:\.db)?\b", "[db]"),
    (r"\b(127\.0\.0\.1|localhost):\d+", "$1:[port]"),
    (r"\b(port) \d+", "$1 [port]"),
    (
        r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC| ?[+-]\d\d:?\d\d)?",
        "[timestamp]",
    ),
    (
        r#"("\w*(?:duration|elapsed)\w*": ?)\d+(?:\.\d+)?"#,
        "$1[time]",
    ),
    (r#"("\w*pid": ?)\d+"#, "$1[pid]"),
    (r"(?i)\b(pid|process|session)([ =:]+)\d+\b", "$1$2[pid]"),
    (r"\b\d+ min \d+(?:\.\d+)? s\b", "[time]"),
    (r"\b\d+(?:\.\d+)? (?:ns|µs|us|ms|s|min)\b", "[time]"),
];

/// Makes every insta snapshot of the current test redacted, and keeps them all
/// in `tests/snapshots`. Asking for a snapshot text does it by itself.
pub fn bind_redactions() {
    thread_local!(static BOUND: Cell<bool> = const { Cell::new(false) });
    if BOUND.replace(true) {
        return;
    }
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    settings.set_omit_expression(true);
    for db in [Db::Postgres, Db::Mysql] {
        borrowed_server(db, &mut settings);
    }
    for (pattern, replacement) in FILTERS {
        settings.add_filter(pattern, replacement);
    }
    if let Some(host) = host_name() {
        settings.add_filter(&format!(r"\b{}\b", escape(host)), "[host]");
    }
    // Bound for as long as the test's thread lives.
    std::mem::forget(settings.bind_to_scope());
}

/// A borrowed server looks like an own one.
fn borrowed_server(db: Db, settings: &mut Settings) {
    let url = std::env::var(url_variable(db)).unwrap_or_default();
    let Ok(url) = Url::parse(url.trim()) else {
        return;
    };
    let host = escape(url.host_str().unwrap_or_default());
    let user = escape(url.username());
    settings.add_filter(&format!(r"//{user}([:@])"), format!("//{ADMIN}$1"));
    settings.add_filter(&format!(r"@{host}(?::\d+)?/"), "@127.0.0.1:[port]/");
    settings.add_filter(&format!(r"\b{host}:\d+"), "127.0.0.1:[port]");
}

/// The machine's name, unless it is a word that outputs contain anyway.
fn host_name() -> Option<&'static str> {
    static NAME: OnceLock<String> = OnceLock::new();
    let name = NAME.get_or_init(|| {
        let output = Command::new("uname").arg("-n").output();
        let output = output.map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&output).trim().to_owned()
    });
    let usable = name.len() > 3 && !["localhost", "saasdb", "test"].contains(&name.as_str());
    usable.then_some(name)
}

fn escape(text: &str) -> String {
    let special = |c: char| c.is_ascii_punctuation() && c != '-' && c != '_';
    text.chars().fold(String::new(), |mut escaped, c| {
        if special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    })
}

/// What every password of the tests has in it.
const CORE: &str = "s3cret";

/// The password in `output`, if there is one. Any part of ours counts, in any case, in hexadecimal, in
/// base64 and as a URL may write it; of a borrowed server's, the whole as a URL writes it.
pub fn secret_in(output: &str) -> Option<String> {
    if let Some(found) = find_core(output) {
        return Some(found);
    }
    if output.contains('%') && find_core(&percent_decoded(output)).is_some() {
        return Some("%".to_owned());
    }
    // In base64 a text looks different by where it begins in a group of three bytes.
    let encoded = ["733363726574", "czNjcmV0", "MzY3Jld", "zM2NyZX"];
    if let Some(found) = encoded.iter().find(|form| output.contains(**form)) {
        return Some((*found).to_owned());
    }
    [Db::Postgres, Db::Mysql]
        .into_iter()
        .filter_map(|db| Url::parse(std::env::var(url_variable(db)).ok()?.trim()).ok())
        .filter_map(|url| Some(format!(":{}@", url.password()?)))
        .find(|secret| output.contains(secret))
}

fn find_core(text: &str) -> Option<String> {
    let start = text.to_ascii_lowercase().find(CORE)?;
    Some(text[start..start + CORE.len()].to_owned())
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match (bytes[i], digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            (byte, ..) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
