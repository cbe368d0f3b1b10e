//! Pieces of statements, cut out of their text so that they stay as they were written.

use crate::schema::sql::{Token, tokens};

/// The text with comments made blank, every other byte in its place. A comment must not be able to
/// switch a linter off without a reason; [exceptions](crate::checks) do that.
pub(super) fn without_comments(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let blank = |part: &str, out: &mut String| {
        for c in part.chars() {
            match c {
                c if c.is_whitespace() => out.push(c),
                c => out.extend(std::iter::repeat_n(' ', c.len_utf8())),
            }
        }
    };
    let mut end = 0;
    for (_, span) in tokens(sql) {
        blank(&sql[end..span.start], &mut out);
        out.push_str(&sql[span.clone()]);
        end = span.end;
    }
    blank(&sql[end..], &mut out);
    out
}

/// A name as it is written, without quotes: `"auth"."users"` is `auth.users`. Words around it that
/// are no part of it (ONLY, the star behind it) are passed over.
pub(super) fn name(text: &str) -> String {
    let all = tokens(text);
    let mut parts: Vec<&str> = Vec::new();
    let mut joined = true;
    for (token, _) in &all {
        match token {
            Token::Mark('.') => joined = true,
            Token::Word(word) if parts.is_empty() && word.eq_ignore_ascii_case("only") => {}
            Token::Word(part) | Token::Name(part) if joined => {
                parts.push(part);
                joined = false;
            }
            _ => {}
        }
    }
    parts.join(".")
}

/// `ALTER TABLE name action, action`: the name and the actions as written.
pub(super) fn alter_table(sql: &str) -> Option<(&str, Vec<&str>)> {
    let all = tokens(sql);
    let mut i = 0;
    let eat = |words: &[&str], i: &mut usize| {
        let fits = all.len() >= *i + words.len()
            && words.iter().enumerate().all(|(n, w)| all[*i + n].0.is(w));
        if fits {
            *i += words.len();
        }
        fits
    };
    eat(&["ALTER"], &mut i).then_some(())?;
    let _ = eat(&["ONLINE"], &mut i) || eat(&["IGNORE"], &mut i);
    eat(&["TABLE"], &mut i).then_some(())?;
    eat(&["IF", "EXISTS"], &mut i);
    let start = all.get(i)?.1.start;
    all[i].0.name()?;
    i += 1;
    while all.get(i).is_some_and(|(t, _)| *t == Token::Mark('.')) {
        all.get(i + 1)?.0.name()?;
        i += 2;
    }
    let table = &sql[start..all[i - 1].1.end];
    let mut actions = Vec::new();
    let mut depth = 0usize;
    let mut from = all.get(i)?.1.start;
    for (token, span) in &all[i..] {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            Token::Mark(',') if depth == 0 => {
                actions.push(sql[from..span.start].trim());
                from = span.end;
            }
            Token::Mark(';') if depth == 0 => {
                actions.push(sql[from..span.start].trim());
                return Some((table, actions));
            }
            _ => {}
        }
    }
    actions.push(sql[from..].trim());
    Some((table, actions))
}

/// Whether the text begins with these words.
pub(super) fn begins(sql: &str, words: &[&str]) -> bool {
    let all = tokens(sql);
    all.len() >= words.len() && all.iter().zip(words).all(|((t, _), w)| t.is(w))
}

/// What stands between the first pair of brackets, with them.
pub(super) fn brackets(text: &str) -> Option<&str> {
    let all = tokens(text);
    let mut depth = 0usize;
    let mut from = None;
    for (token, span) in &all {
        match token {
            Token::Mark('(') => {
                from.get_or_insert(span.start);
                depth += 1;
            }
            Token::Mark(')') if depth == 1 => return Some(&text[from?..span.end]),
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Whether an expression calls no function, so that it has one value for all rows.
pub(super) fn is_constant(expression: &str) -> bool {
    let all: Vec<Token> = tokens(expression).into_iter().map(|(t, _)| t).collect();
    !all.windows(2).enumerate().any(|(i, pair)| {
        let call = pair[0].name().is_some() && pair[1] == Token::Mark('(');
        let cast = i >= 2 && all[i - 1] == Token::Mark(':') && all[i - 2] == Token::Mark(':');
        call && !cast
    })
}

/// Text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_go_and_everything_else_keeps_its_place() {
        let sql = "ALTER -- squawk-ignore ban-drop-column\n TABLE /* ü */ \"a -- b\" DROP c";
        let blank = without_comments(sql);
        assert_eq!(blank.len(), sql.len());
        assert!(
            blank.contains("\"a -- b\" DROP c") && !blank.contains("squawk"),
            "{blank}"
        );
    }

    #[test]
    fn names_lose_their_quotes() {
        for (text, plain) in [
            ("\"auth\".\"us\"\"ers\"", "auth.us\"ers"),
            ("ONLY users *", "users"),
            ("`a b`", "a b"),
            ("", ""),
        ] {
            assert_eq!(name(text), plain);
        }
    }

    #[test]
    fn actions_are_cut_at_outer_commas() {
        let sql = "ALTER TABLE IF EXISTS `a`.`t` ADD c decimal(1, 2), DROP d; SELECT 1, 2";
        let (table, actions) = alter_table(sql).expect("alter");
        assert_eq!(table, "`a`.`t`");
        assert_eq!(actions, ["ADD c decimal(1, 2)", "DROP d"]);
        assert_eq!(alter_table("ALTER TABLE t"), None);
        assert_eq!(alter_table("ALTER VIEW t RENAME TO b"), None);
    }

    #[test]
    fn calls_are_told_from_casts() {
        for constant in [
            "-1",
            "('x')",
            "'a'::numeric(10,2)",
            "CURRENT_TIMESTAMP",
            "ARRAY[]::text[]",
        ] {
            assert!(is_constant(constant), "{constant}");
        }
        for call in ["gen_random_uuid()", "1 + nextval('s')", "\"f\" (1)"] {
            assert!(!is_constant(call), "{call}");
        }
    }

    #[test]
    fn brackets_are_found_as_pairs() {
        assert_eq!(brackets("CHECK ((a) > (b)) x"), Some("((a) > (b))"));
        assert_eq!(brackets("CHECK (a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_panic(sql in any::<String>()) {
            prop_assert_eq!(without_comments(&sql).len(), sql.len());
            let _ = name(&sql);
            let _ = brackets(&sql);
            let _ = alter_table(&format!("ALTER TABLE {sql}"));
            let _ = is_constant(&sql);
        }
    }
}
