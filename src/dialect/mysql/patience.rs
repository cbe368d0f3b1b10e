//! Waiting for rows that somebody else holds.
//!
//! Who waits for a table is asked every second whether his client is still there; who waits for a row is
//! not, and a killed run would keep the runner's lock until its wait is over. So the server waits a second
//! for a row, and as long as we are here the statement is sent once more: only that statement was rolled
//! back, what its transaction did before is still there.

use std::time::{Duration, Instant};

/// How long the server is asked to wait for a row at a time, in seconds.
pub(super) const AT_A_TIME: u64 = 1;

/// How long a statement goes on waiting for rows.
pub(super) struct Patience {
    limit: Duration,
    waiting: Option<(usize, Instant)>,
    sent: Instant,
}

impl Patience {
    /// For a script that is about to be sent.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            waiting: None,
            sent: Instant::now(),
        }
    }

    /// Whether statement `at` of the script, which got no lock, is to be sent once more.
    pub(super) fn goes_on(&mut self, at: usize) -> bool {
        let since = match self.waiting {
            Some((statement, since)) if statement == at => since,
            _ => self.sent,
        };
        self.waiting = Some((at, since));
        self.sent = Instant::now();
        since.elapsed() < self.limit
    }
}

/// What is left of a script behind its first `done` statements.
pub(super) fn rest(script: &str, done: usize) -> &str {
    let bytes = script.as_bytes();
    let (mut i, mut left) = (0, done);
    while left > 0 && i < bytes.len() {
        match bytes[i] {
            quote @ (b'\'' | b'"' | b'`') => i = behind_quote(bytes, i, quote),
            b'-' if is_comment(&bytes[i..]) => i = behind(bytes, i, b"\n"),
            b'#' => i = behind(bytes, i, b"\n"),
            b'/' if bytes[i..].starts_with(b"/*") => i = behind(bytes, i + 2, b"*/"),
            b';' => {
                left -= 1;
                i += 1;
            }
            _ => i += 1,
        }
    }
    // Every character that is looked for is a byte of its own in UTF-8.
    script.get(i..).unwrap_or_default()
}

/// MySQL takes `--` for a comment only with white space behind it.
fn is_comment(bytes: &[u8]) -> bool {
    bytes.starts_with(b"--") && bytes.get(2).is_none_or(u8::is_ascii_whitespace)
}

fn behind_quote(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut i = start + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quote != b'`' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

fn behind(bytes: &[u8], start: usize, end: &[u8]) -> usize {
    let at = bytes[start..].windows(end.len()).position(|w| w == end);
    at.map_or(bytes.len(), |n| start + n + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, mysql::Mysql};
    use proptest::prelude::*;

    #[test]
    fn semicolons_inside_of_something_end_no_statement() {
        for (script, second) in [
            ("A; B; C", " B; C"),
            ("A ';' ; B", " B"),
            (r"A 'it''s \'; x' ; B", " B"),
            (r#"A "a;b\"" ; B"#, " B"),
            (r"A `a;\` ; B", " B"),
            ("A -- x; y\n ; B", " B"),
            ("A --\n ; B", " B"),
            ("A # x; y\n ; B", " B"),
            ("A /* ; */ ; B", " B"),
            ("A - -1; B", " B"),
        ] {
            assert_eq!(rest(script, 1), second, "{script}");
        }
        assert_eq!(rest("A; B", 0), "A; B");
        assert_eq!(rest("A", 1), "");
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_passed_over(text in "\\PC*", name in "\\PC*", done in 0_usize..4) {
            let statement = format!("SELECT {} AS {}", Mysql.literal(&text), Mysql.ident(&name));
            let script = [statement.as_str(); 5].join(";");
            let left = vec![statement.as_str(); 5 - done].join(";");
            prop_assert_eq!(rest(&script, done), left);
        }
    }

    #[test]
    fn a_statement_waits_for_as_long_as_asked_and_each_one_anew() {
        let mut patience = Patience::new(Duration::from_millis(40));
        assert!(patience.goes_on(1));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!patience.goes_on(1));
        assert!(patience.goes_on(2));
        assert!(!Patience::new(Duration::ZERO).goes_on(0));
    }
}
