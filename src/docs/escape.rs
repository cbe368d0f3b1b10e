//! Text from a database, made safe for HTML and for Markdown. Names and comments may hold anything.

use crate::report::printable;

/// Text for HTML, in elements and in quoted attributes alike. Control characters and marks that turn
/// the direction of writing around are replaced, but for line ends and tabs.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\r' => {}
            other => out.push_str(&printable(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

/// Text for Markdown on one line, also in a cell of a table.
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

/// Text as code in Markdown, on one line, also in a cell of a table; nothing stays nothing.
pub fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    if text.is_empty() {
        return text;
    }
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    match fence.len() {
        1 => format!("`{text}`"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// White space of any kind as one blank.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_holds_no_markup() {
        assert_eq!(
            html("<script>alert(\"1\")</script>&amp;' ]]> --> x"),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39; ]]&gt; --&gt; x"
        );
        assert_eq!(
            html("a\0b\u{1b}[1mc\u{202e}d"),
            "a\u{fffd}b\u{fffd}[1mc\u{fffd}d"
        );
        assert_eq!(html("a\r\n\tb"), "a\n\tb");
        assert_eq!(html("Zoë 東京"), "Zoë 東京");
    }

    #[test]
    fn markdown_holds_no_markup() {
        assert_eq!(
            markdown("a|b *c* _d_ [e](f) <g> `h` \\ #i\nj"),
            "a\\|b \\*c\\* \\_d\\_ \\[e\\](f) &lt;g&gt; \\`h\\` \\\\ \\#i j"
        );
    }

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code(""), "");
        assert_eq!(code("a|b\n c"), "`a\\|b c`");
        assert_eq!(code("`x``y"), "``` `x``y ```");
        assert_eq!(code("<b>\u{7}"), "`<b>\u{fffd}`");
    }
}
