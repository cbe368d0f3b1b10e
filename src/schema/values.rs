//! The values of enumerated columns, however a database keeps them.

use super::sql::{self, Token};
use super::{Column, Schema, Table};

impl Schema {
    /// The values that an enumerated column takes: those of its type, or of a CHECK that lists them. `None`
    /// where it is not enumerated.
    pub fn values_of(&self, table: &Table, column: &Column) -> Option<Vec<String>> {
        let bare = column.kind.trim_matches('"');
        let name = bare.rsplit_once('.').map_or(bare, |(_, name)| name);
        if let Some(labels) = self.types.get(name.trim_matches('"')) {
            return Some(labels.clone());
        }
        if column.kind.to_ascii_lowercase().starts_with("enum(") {
            return Some(literals(&column.kind));
        }
        let mut checks = table.checks.iter();
        checks.find_map(|(name, text)| listed(self.check_text(name, text), &column.name))
    }

    /// What a CHECK of this schema demands, from what [`Table::checks`] has of it: on SQLite it is what it
    /// goes by.
    pub fn check_text<'a>(&self, name: &'a str, text: &'a str) -> &'a str {
        match self.product == "sqlite" || text.is_empty() {
            true => name,
            false => text,
        }
    }
}

fn literals(text: &str) -> Vec<String> {
    let tokens = sql::tokens(text);
    tokens
        .iter()
        .filter_map(|(token, _)| token_text(token))
        .collect()
}

fn token_text(token: &Token) -> Option<String> {
    match token {
        Token::Text(quoted) => sql::text_literal(quoted),
        _ => None,
    }
}

/// The values of `column IN ('a', 'b')`, or of what PostgreSQL makes of it:
/// `CHECK ((column = ANY (ARRAY['a'::text, 'b'::text])))`.
fn listed(check: &str, column: &str) -> Option<Vec<String>> {
    let tokens = sql::tokens(check);
    let mut words = tokens
        .iter()
        .map(|(token, _)| token)
        .filter(|token| !matches!(token, Token::Mark('(' | ')')) && !token.is("CHECK"));
    if words.next()?.name()? != column {
        return None;
    }
    let mut words = words.skip_while(|token| **token == Token::Mark(':') || token.is("text"));
    match words.next()? {
        token if token.is("IN") => {}
        Token::Mark('=') if words.next()?.is("ANY") => {}
        _ => return None,
    }
    let only = words.all(|token| match token {
        Token::Text(_) | Token::Mark(',' | '[' | ']' | ':') => true,
        // What a value may be cast to, and how a list begins.
        other => ["ARRAY", "text", "character", "varying", "NULL"]
            .iter()
            .any(|word| other.is(word)),
    });
    only.then(|| literals(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_every_spelling() {
        for check in [
            "\"role\" IN ('a', 'it''s')",
            "`role` in ('a','it''s')",
            "CHECK ((role = ANY (ARRAY['a'::text, 'it''s'::text])))",
            "CHECK (((role)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))",
        ] {
            assert_eq!(
                listed(check, "role"),
                Some(vec!["a".to_owned(), "it's".to_owned()]),
                "{check}"
            );
            assert_eq!(listed(check, "rol"), None);
        }
        assert_eq!(listed("role IN ('a') OR x > 1", "role"), None);
        assert_eq!(listed("role <> 'a'", "role"), None);
    }
}
