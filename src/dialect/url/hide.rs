//! Hiding the passwords in URLs, whole or broken, alone or within a text.

use super::percent_decode;

/// The text with everything that may be a password replaced by `***`, also where the text is no
/// valid URL: what stands between the first `:` of the authority and its last `@`, and the values
/// of query parameters whose name has "pass" or "secret" in it.
pub fn redact(text: &str) -> String {
    let text = &hide_values(text, Within::Alone);
    // Two slashes further back are part of what somebody wrote in the wrong way.
    let authority = text.find("//").filter(|i| {
        let before = text[..*i].strip_suffix(':').unwrap_or(&text[..*i]);
        !before.contains([':', '/', '@'])
    });
    let start = authority.map_or(0, |i| i + 2);
    // Whatever stands before the last `@` may be a password, also with a `?` or `/` in it that
    // its owner forgot to escape.
    let (user, rest) = match text[start..].rfind('@') {
        Some(at) => text[start..].split_at(at),
        None => ("", &text[start..]),
    };
    let mut out = String::from(&text[..start]);
    match user.split_once(':') {
        Some((name, _)) => {
            out.push_str(name);
            out.push_str(":***");
        }
        None => out.push_str(user),
    }
    let (main, query) = rest
        .split_once('?')
        .map_or((rest, None), |(m, q)| (m, Some(q)));
    out.push_str(main);
    if let Some(query) = query {
        out.push('?');
        let shown: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((k, _)) if is_secret(k) => format!("{k}=***"),
                _ => pair.to_owned(),
            })
            .collect();
        out.push_str(&shown.join("&"));
    }
    out
}

/// What the keyword for a password ends with, in libpq's, ADO's, ODBC's and JDBC's forms.
const KEYWORDS: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "passcode",
    "pass",
    "secret",
];

/// Whether the text is a connection string of keywords: `host=db user=app`, `Server=db;Uid=app`.
pub(super) fn is_keyword_form(text: &str) -> bool {
    let Some((key, _)) = text.split_once('=') else {
        return false;
    };
    let key = key.trim_end();
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _-".contains(c))
}

/// Whether the text has `password=…` or the like in it.
pub(super) fn has_password(text: &str) -> bool {
    hide_values(text, Within::Alone) != text
}

/// How much of a text is one value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// The text is a connection string.
    Alone,
    /// The text has one in it somewhere.
    Text,
}

/// The text with the values of `password=…` and the like replaced by `***`: quoted or not, with white
/// space around the `=`. Where it is not clear how far a value goes, it goes to the end.
fn hide_values(text: &str, within: Within) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (key, value) = rest.split_at(at);
        out.push_str(key);
        out.push('=');
        rest = &value[1..];
        // `==` and `=>` are no assignment.
        if !is_keyword(key) || rest.starts_with(['=', '>']) {
            continue;
        }
        let blank = rest.len() - rest.trim_start().len();
        // In a URL's query there is no white space, but the next option.
        let length = match out.contains("://") && blank == 0 {
            true => rest.find(['&', ' ', '\t', '\n', '`']).unwrap_or(rest.len()),
            false => value_length(&rest[blank..], within, &out),
        };
        if length > 0 {
            out.push_str(&rest[..blank]);
            out.push_str("***");
            rest = &rest[blank + length..];
        }
    }
    out.push_str(rest);
    out
}

/// Whether what stands before a `=` ends with a keyword for a password.
fn is_keyword(key: &str) -> bool {
    let key = key.trim_end().trim_end_matches(['"', '\'']);
    let start = key.rfind(|c: char| !(c.is_alphanumeric() || "_%-".contains(c)));
    let word = &key[start.map_or(0, |i| i + key[i..].chars().next().map_or(1, char::len_utf8))..];
    let word = percent_decode(word).to_ascii_lowercase();
    KEYWORDS.iter().any(|keyword| word.ends_with(keyword))
}

/// How many bytes the value takes with which the text begins. `before` is what stands before it.
fn value_length(text: &str, within: Within, before: &str) -> usize {
    let mut end = text.len();
    if within == Within::Text {
        end = text.find('\n').unwrap_or(end);
        // What a message repeats stands between backticks, and a password may have one.
        let line = before.rsplit('\n').next().unwrap_or_default();
        if line.matches('`').count() % 2 == 1 {
            end = text[..end].rfind('`').unwrap_or(end);
        }
    }
    let text = &text[..end];
    let closing = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => quote,
        Some('{') => '}',
        // ADO's values have blanks in them and libpq's have semicolons: both are only safe as a whole.
        _ => return text.len(),
    };
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == closing {
            // Doubled, it stands for itself.
            if chars.peek().is_some_and(|(_, next)| *next == closing) {
                chars.next();
            } else {
                return i + c.len_utf8();
            }
        }
    }
    text.len()
}

fn is_secret(key: &str) -> bool {
    let key = percent_decode(key).to_ascii_lowercase();
    ["pass", "secret", "key"].iter().any(|s| key.contains(s))
}

/// The text with every URL in it redacted; for messages that repeat what the user typed.
pub fn redact_all(text: &str) -> String {
    let text = &hide_values(text, Within::Text);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some((piece, behind)) = next_piece(rest) {
            match piece.contains("://") || piece.contains('@') {
                true => out.push_str(&redact(piece)),
                false => out.push_str(piece),
            }
            rest = behind;
        }
    }
    out
}

/// What stands before the next white space or backtick of a line, with it. A URL whose password has such
/// characters in it is one piece.
fn next_piece(line: &str) -> Option<(&str, &str)> {
    let ends = |from: usize| {
        let end = line[from..].find([' ', '\t', '\n', '`']);
        end.map_or(line.len(), |n| from + n + 1)
    };
    let mut end = ends(0);
    if let Some((_, authority)) = line[..end].split_once("://")
        && !authority.contains('@')
        && let Some((_, behind)) = authority.split_once(':')
        && !is_port(behind)
        && let Some(at) = line[end..].rfind('@')
    {
        end = ends(end + at);
    }
    (!line.is_empty()).then(|| line.split_at(end))
}

/// Whether what stands behind a host's colon is a port, and no password.
fn is_port(behind: &str) -> bool {
    let ends = ['/', '?', '\'', '"', '`', ' ', '\t', '\n'];
    let port = behind.split(ends).next().unwrap_or_default();
    port.parse::<u16>().is_ok()
}
