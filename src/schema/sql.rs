//! A small reader of SQL text: enough to tell words, names, strings and brackets apart in the
//! statements that migrations render, on all three databases. It is no parser; what it does not
//! know it leaves alone.

use super::Index;
use super::create_table::items;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A bare word, upper-cased if it is one of ours to compare; see [`Token::is`].
    Word(String),
    /// A quoted identifier, unquoted.
    Name(String),
    /// A string literal, with its quotes.
    Text(String),
    /// A single other character.
    Mark(char),
}

impl Token {
    /// Whether this is the bare word `word` (any case).
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if w.eq_ignore_ascii_case(word))
    }

    /// The identifier that this token is, quoted or bare.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Word(n) | Self::Name(n) => Some(n),
            _ => None,
        }
    }
}

/// A token and where it stands: byte range in the text.
pub type Spanned = (Token, std::ops::Range<usize>);

/// Cuts SQL into tokens; comments and white space are passed over.
pub fn tokens(sql: &str) -> Vec<Spanned> {
    let bytes = sql.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(c) = sql[i..].chars().next() {
        let start = i;
        match c {
            _ if c.is_whitespace() => {
                i += c.len_utf8();
                continue;
            }
            '-' if bytes.get(i + 1) == Some(&b'-') => {
                i = sql[i..].find('\n').map_or(sql.len(), |n| i + n);
                continue;
            }
            '/' if bytes.get(i + 1) == Some(&b'*') => {
                i = sql[i + 2..].find("*/").map_or(sql.len(), |n| i + 2 + n + 2);
                continue;
            }
            '\'' => {
                i = quoted(sql, i, '\'');
                out.push((Token::Text(sql[start..i].to_owned()), start..i));
            }
            '"' | '`' => {
                i = quoted(sql, i, c);
                let inner = sql.get(start + 1..i - 1).unwrap_or_default();
                let name = inner.replace(&format!("{c}{c}"), &c.to_string());
                out.push((Token::Name(name), start..i));
            }
            '$' if dollar_tag(&sql[i..]).is_some() => {
                let tag = dollar_tag(&sql[i..]).unwrap_or_default();
                let body = i + tag.len();
                i = sql[body..]
                    .find(tag)
                    .map_or(sql.len(), |n| body + n + tag.len());
                out.push((Token::Text(sql[start..i].to_owned()), start..i));
            }
            _ if c.is_alphanumeric() || c == '_' => {
                i += sql[i..]
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                    .unwrap_or(sql.len() - i);
                out.push((Token::Word(sql[start..i].to_owned()), start..i));
            }
            _ => {
                i += c.len_utf8();
                out.push((Token::Mark(c), start..i));
            }
        }
    }
    out
}

/// The end of the quoted text that starts at `start`; a doubled quote stands for itself.
fn quoted(sql: &str, start: usize, quote: char) -> usize {
    let mut i = start + 1;
    while let Some(n) = sql[i..].find(quote) {
        i += n + 1;
        if sql[i..].starts_with(quote) {
            i += 1;
        } else {
            return i;
        }
    }
    sql.len()
}

/// The opening tag of a dollar-quoted string, `$$` or `$name$`.
fn dollar_tag(sql: &str) -> Option<&str> {
    let end = sql[1..].find('$')? + 2;
    let tag = &sql[..end];
    tag[1..end - 1]
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then_some(tag)
}

/// The text of an expression that is nothing but a string, with or without a cast behind it, as the
/// databases print a column's default.
pub fn text_literal(expression: &str) -> Option<String> {
    let all = tokens(expression);
    let (Token::Text(quoted), _) = all.first()? else {
        return None;
    };
    let cast = all.get(1).is_none_or(|(t, _)| *t == Token::Mark(':'));
    let inner = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    cast.then(|| inner.replace("''", "'"))
}

/// Statements separated by semicolons outside of strings.
pub fn split(sql: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    for (token, span) in tokens(sql) {
        if token == Token::Mark(';') {
            out.push(sql[start..span.start].trim());
            start = span.end;
        }
    }
    out.push(sql[start..].trim());
    out.retain(|s| !s.is_empty());
    out
}

/// The text with one space where there was white space or a comment, outside of quotes.
pub fn squeeze(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut end = None;
    for (_, span) in tokens(sql) {
        if end.is_some_and(|end| end < span.start) {
            out.push(' ');
        }
        out.push_str(&sql[span.clone()]);
        end = Some(span.end);
    }
    out
}

/// Whether the text has that name as an identifier, quoted or bare.
pub fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql)
        .iter()
        .any(|(t, _)| t.name().is_some_and(|n| n.eq_ignore_ascii_case(name)))
}

/// The text without the schema in front of the name behind the first of these words.
pub fn without_schema(sql: &str, words: &[&str]) -> String {
    let all = tokens(sql);
    let at = all.iter().position(|(t, _)| words.iter().any(|w| t.is(w)));
    if let Some(at) = at
        && let [(schema, from), (Token::Mark('.'), _), (name, to)] =
            &all[at + 1..(at + 4).min(all.len())]
        && schema.name().is_some()
        && name.name().is_some()
    {
        return format!("{}{}", &sql[..from.start], &sql[to.start..]);
    }
    sql.to_owned()
}

/// The index that a CREATE INDEX statement makes: its columns or expressions and its predicate.
pub fn index(create_index: &str) -> Option<Index> {
    let all = tokens(create_index);
    let unique = all.get(1)?.0.is("UNIQUE");
    let open = all.iter().position(|(t, _)| *t == Token::Mark('('))?;
    let close = closing(&all, open)?;
    let text = |from: usize, to: usize| {
        let part = create_index[from..to].replace('"', "");
        part.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let predicate = all.get(close + 1).filter(|(t, _)| t.is("WHERE"));
    // A term that is nothing but a name is quoted, however it was written.
    let terms = items(&all, open + 1..close).into_iter().map(|term| {
        match (&all[term.clone()], all[term.start].0.name()) {
            ([_], Some(name)) => format!("\"{}\"", name.replace('"', "\"\"")),
            (part, _) => squeeze(&create_index[part[0].1.start..part[part.len() - 1].1.end]),
        }
    });
    let terms = terms.collect::<Vec<_>>().join(", ");
    let tail = match predicate {
        Some((_, span)) => format!(" WHERE {}", squeeze(&create_index[span.end..])),
        None => String::new(),
    };
    Some(Index {
        kind: if unique { "unique index" } else { "index" }.to_owned(),
        columns: text(all[open].1.end, all[close].1.start),
        predicate: predicate.map(|(_, span)| text(span.end, create_index.len())),
        definition: format!("({terms}){tail}"),
        ..Index::default()
    })
}

/// The position of the bracket that closes the one at `open`.
pub fn closing(all: &[Spanned], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (i, (token, _)) in all.iter().enumerate().skip(open) {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(i);
        }
    }
    None
}

/// The text of each `CHECK (…)` in a CREATE TABLE statement, without the outer brackets.
pub fn checks(create_table: &str) -> Vec<String> {
    let all = tokens(create_table);
    let mut out = Vec::new();
    for (i, pair) in all.windows(2).enumerate() {
        if pair[0].0.is("CHECK")
            && pair[1].0 == Token::Mark('(')
            && let Some(close) = closing(&all, i + 1)
        {
            let inside = &create_table[pair[1].1.end..all[close].1.start];
            out.push(inside.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn statements_are_split_outside_strings_only() {
        let sql = "INSERT INTO a VALUES ('x;''y'); -- no; comment\nDO $f$ BEGIN; END $f$;\n/* ; */ SELECT \"a;b\", `c;d`";
        assert_eq!(
            split(sql),
            [
                "INSERT INTO a VALUES ('x;''y')",
                "-- no; comment\nDO $f$ BEGIN; END $f$",
                "/* ; */ SELECT \"a;b\", `c;d`"
            ]
        );
    }

    #[test]
    fn checks_are_found_with_nested_brackets_and_strings() {
        let sql =
            "CREATE TABLE t (a text CHECK (a IN ('x)', 'y')), CONSTRAINT c CHECK ((a) <> (b)))";
        assert_eq!(checks(sql), ["a IN ('x)', 'y')", "(a) <> (b)"]);
    }

    #[test]
    fn defaults_that_are_text_are_read() {
        assert_eq!(
            text_literal("'member'::\"users_roleInOrg_enum\"").as_deref(),
            Some("member")
        );
        assert_eq!(text_literal("'it''s'").as_deref(), Some("it's"));
        assert_eq!(text_literal("now()"), None);
        assert_eq!(text_literal("'a' || 'b'"), None);
    }

    #[test]
    fn indexes_are_read_off_their_statement() {
        let plain =
            index("CREATE INDEX \"a_b_idx\" ON \"t\" (\"a\", lower(\"b\") DESC)").expect("index");
        assert_eq!(
            (plain.kind.as_str(), plain.columns.as_str()),
            ("index", "a, lower(b) DESC")
        );
        let partial = index("CREATE UNIQUE INDEX i ON t(a) WHERE a > ')'").expect("index");
        assert_eq!(partial.kind, "unique index");
        assert_eq!(partial.predicate.as_deref(), Some("a > ')'"));
        assert_eq!(partial.definition, "(\"a\") WHERE a > ')'");
        assert_eq!(plain.definition, "(\"a\", lower(\"b\") DESC)");
        assert_eq!(index("CREATE INDEX broken ON t (a"), None);
    }

    #[test]
    fn schemas_in_front_of_names_go() {
        assert_eq!(
            without_schema("CREATE OR REPLACE FUNCTION \"a b\".f(x.y)", &["FUNCTION"]),
            "CREATE OR REPLACE FUNCTION f(x.y)"
        );
        assert_eq!(
            without_schema("CREATE TRIGGER t BEFORE UPDATE ON t", &["ON"]),
            "CREATE TRIGGER t BEFORE UPDATE ON t"
        );
        assert_eq!(without_schema("x ON a.t FOR", &["ON"]), "x ON t FOR");
    }

    #[test]
    fn white_space_is_squeezed_outside_of_quotes() {
        assert_eq!(
            squeeze(" a  <> /* x */ 'b  c' -- y\n AND(\"d  e\")"),
            "a <> 'b  c' AND(\"d  e\")"
        );
        assert!(mentions("lower(\"a b\")", "a b") && !mentions("'a'", "a"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(sql in any::<String>()) {
            let _ = split(&sql);
            let _ = checks(&sql);
            let _ = index(&sql);
        }

        #[test]
        fn quoted_names_come_back(name in "[^\u{0}]{1,20}") {
            let quoted = format!("\"{}\"", name.replace('"', "\"\""));
            let all = tokens(&quoted);
            prop_assert_eq!(all.len(), 1);
            prop_assert_eq!(all[0].0.name(), Some(name.as_str()));
        }
    }
}
