//! Blocks of code: what they say in so many words is looked at like any statement. Text that they
//! put together and execute may be anything.

use squawk_syntax::SourceFile;
use squawk_syntax::ast;

use super::super::{Linter, Postgres, Step};
use super::Context;
use crate::schema::sql::{Token, tokens};

/// Words with which a statement begins that may harm a table.
const FIRST: &[&str] = &[
    "ALTER", "CREATE", "DROP", "TRUNCATE", "UPDATE", "DELETE", "LOCK", "REINDEX", "CLUSTER",
    "REFRESH",
];
/// Words behind which a statement begins.
const BEFORE: &[&str] = &["BEGIN", "THEN", "ELSE", "LOOP"];

pub(super) fn block(it: &ast::Do, cx: &Context<'_>, step: &mut Step) {
    let body = it.body().and_then(|body| body.decoded_value());
    let Some(body) = body else {
        return;
    };
    let (statements, puzzle) = inside(body.text());
    if let Some(puzzle) = puzzle {
        step.unclear = Some(format!(
            "a block executes text that it puts together: {puzzle}"
        ));
    }
    // A block in a block is text to the first one and code to us: one level is enough.
    for inner in Postgres.steps(&statements, cx.in_transaction, cx.server) {
        step.hazards.extend(inner.hazards);
        step.locks.extend(inner.locks);
    }
}

/// The statements that a block has in so many words, and the first one that it makes up.
fn inside(body: &str) -> (Vec<String>, Option<String>) {
    let all = tokens(body);
    let mut found = Vec::new();
    let mut puzzle = None;
    let mut i = 0;
    while i < all.len() {
        let first =
            i == 0 || all[i - 1].0 == Token::Mark(';') || BEFORE.iter().any(|w| all[i - 1].0.is(w));
        let end = all[i..]
            .iter()
            .position(|(t, _)| *t == Token::Mark(';'))
            .map_or(all.len(), |n| i + n);
        let text = &body[all[i].1.start..all[end - 1].1.end.max(all[i].1.end)];
        if first && all[i].0.is("EXECUTE") {
            match all.get(i + 1..end) {
                Some([(Token::Text(literal), _)]) => found.push(unquoted(literal)),
                _ => puzzle = puzzle.or_else(|| Some(super::text::one_line(text))),
            }
            i = end;
        } else if first && FIRST.iter().any(|w| all[i].0.is(w)) {
            // What does not parse on its own was no statement: `update` as the name of a loop.
            if SourceFile::parse(text).errors().is_empty() {
                found.push(text.to_owned());
            }
            i = end;
        } else {
            i += 1;
        }
    }
    (found, puzzle)
}

/// The text of a literal, `'…'` or `$tag$…$tag$`.
fn unquoted(literal: &str) -> String {
    if let Some(text) = literal.strip_prefix('\'') {
        return text.strip_suffix('\'').unwrap_or(text).replace("''", "'");
    }
    let tag = literal[1..].find('$').map_or(literal.len(), |n| n + 2);
    let end = literal.len().saturating_sub(tag).max(tag);
    literal.get(tag..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_in_a_block_are_found_and_made_up_ones_reported() {
        let body = "DECLARE x int; BEGIN IF true THEN ALTER TABLE a DROP b; ELSE UPDATE t SET a = 1; END IF; \
            EXECUTE 'DROP TABLE c'; EXECUTE format('DROP TABLE %I', x); END";
        let (statements, puzzle) = inside(body);
        assert_eq!(
            statements,
            ["ALTER TABLE a DROP b", "UPDATE t SET a = 1", "DROP TABLE c"]
        );
        assert_eq!(
            puzzle.as_deref(),
            Some("EXECUTE format('DROP TABLE %I', x)")
        );
    }

    #[test]
    fn literals_of_both_kinds_are_unquoted() {
        assert_eq!(unquoted("'it''s'"), "it's");
        assert_eq!(unquoted("$q$a 'b'$q$"), "a 'b'");
    }
}
