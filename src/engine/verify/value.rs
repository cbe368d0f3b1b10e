//! Values for a column, by its type: the same ones every time, others for every row.

use super::expr::Value;
use super::look::Types;
use crate::dialect::Dialect;
use crate::schema::sql::{Token, tokens};

/// A value as SQL, and as checks see it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// The literal.
    pub sql: String,
    /// What is known of it.
    pub value: Value,
}

impl Cell {
    /// NULL.
    pub(super) fn null() -> Self {
        Self {
            sql: "NULL".to_owned(),
            value: Value::Null,
        }
    }

    fn known(d: &dyn Dialect, text: &str) -> Self {
        Self {
            sql: d.literal(text),
            value: Value::Text(text.to_owned()),
        }
    }

    fn opaque(sql: String) -> Self {
        Self {
            sql,
            value: Value::Unknown,
        }
    }

    fn number(sql: String) -> Self {
        Self {
            value: sql.parse().map_or(Value::Unknown, Value::Num),
            sql,
        }
    }
}

/// What values are for.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    /// The database.
    pub d: &'a dyn Dialect,
    /// Its named types.
    pub types: &'a Types,
    /// The column's name.
    pub name: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// Which row it is for; another number, another value.
    pub n: usize,
    /// Nothing but letters and digits in texts.
    pub plain: bool,
    /// What its checks speak of: texts, patterns and numbers.
    pub hints: &'a [Value],
    /// Its checks want JSON.
    pub json: bool,
}

/// Values for a column, the best one first.
pub(super) fn candidates(wish: &Wish<'_>) -> Vec<Cell> {
    let Wish { d, types, n, .. } = *wish;
    if let Some((base, _)) = types.domains.get(wish.kind) {
        return candidates(&Wish {
            kind: base,
            ..*wish
        });
    }
    let kind = wish.kind.trim().to_ascii_lowercase();
    if let Some(labels) = labels(wish) {
        let cells = labels.iter().map(|label| Cell::known(d, label));
        return rotated(cells.collect(), n - 1);
    }
    if let Some(element) = wish.kind.strip_suffix("[]") {
        return vec![array(wish, element), Cell::opaque(d.literal("{}"))];
    }
    let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    let day = format!("2025-{:02}-{:02}", 1 + (n / 28) % 12, 1 + n % 28);
    let texts = |all: &[String]| all.iter().map(|t| Cell::known(d, t)).collect::<Vec<_>>();
    if has(&["json"]) || wish.json {
        let text = if wish.plain {
            "plain"
        } else {
            "größer \\\"it's\\\" \\\\ 日本"
        };
        return texts(&[
            format!("{{\"n\": {n}, \"text\": \"{text}\"}}"),
            "[]".to_owned(),
            "{}".to_owned(),
        ]);
    }
    if has(&["bool"]) || kind == "tinyint(1)" {
        let truths = [true, false].map(|truth| Cell {
            sql: d.boolean(truth).to_owned(),
            value: Value::Bool(truth),
        });
        return rotated(truths.to_vec(), n - 1);
    }
    if has(&["uuid"]) || kind == "char(36)" || kind == "character(36)" {
        return texts(&[format!("0a1b2c3d-0000-4000-8000-{n:012}")]);
    }
    if let Some(range) = range(&kind, n, &day) {
        return vec![Cell::opaque(d.literal(&range))];
    }
    if has(&["interval"]) {
        return vec![Cell::opaque(d.literal(&format!("{n} days 04:05:06")))];
    }
    if has(&["timestamp", "datetime"]) {
        return texts(&[
            format!("{day} 03:04:05"),
            "2024-01-01 00:00:00".to_owned(),
            "2026-12-31 23:59:59".to_owned(),
        ]);
    }
    if has(&["date"]) {
        return texts(&[day, "2024-01-01".to_owned(), "2026-12-31".to_owned()]);
    }
    if has(&["time"]) {
        return texts(&[format!("03:04:{:02}", n % 60), "23:59:59".to_owned()]);
    }
    if kind.starts_with("year") {
        return vec![Cell::number((2000 + n % 100).to_string())];
    }
    if let Some(special) = special(&kind, n) {
        return vec![Cell::opaque(d.literal(&special))];
    }
    if kind == "bytea" {
        return vec![Cell::opaque(d.literal(&format!("\\x00ff{n:04x}")))];
    }
    if has(&["blob", "binary"]) {
        let width = limit(&kind).unwrap_or(2).clamp(1, 2);
        let bytes = format!("{n:04x}");
        return vec![Cell::opaque(format!("x'{}'", &bytes[4 - 2 * width..]))];
    }
    if kind.starts_with("bit") {
        let width = limit(&kind).unwrap_or(1).min(16);
        let bits = format!("{n:016b}");
        return vec![Cell::opaque(format!("b'{}'", &bits[16 - width..]))];
    }
    if has(&[
        "numeric", "decimal", "money", "real", "double", "float", "int", "serial", "oid",
    ]) && !has(&["point"])
    {
        return numbers(wish, &kind);
    }
    words(wish, &kind)
}

/// The labels of an enumeration.
fn labels(wish: &Wish<'_>) -> Option<Vec<String>> {
    if let Some(labels) = wish.types.labels.get(wish.kind) {
        return Some(labels.clone());
    }
    let kind = wish.kind.to_ascii_lowercase();
    (kind.starts_with("enum(") || kind.starts_with("set(")).then(|| {
        tokens(wish.kind)
            .into_iter()
            .filter_map(|(token, _)| match token {
                Token::Text(text) => Some(text[1..text.len() - 1].replace("''", "'")),
                _ => None,
            })
            .collect()
    })
}

fn array(wish: &Wish<'_>, element: &str) -> Cell {
    let inner = candidates(&Wish {
        kind: element,
        hints: &[],
        json: false,
        ..*wish
    });
    let items: Vec<String> = inner
        .iter()
        .take(2)
        .filter_map(|cell| match &cell.value {
            Value::Text(text) => Some(text.clone()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Num(_) => Some(cell.sql.clone()),
            _ => None,
        })
        .map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    Cell::opaque(wish.d.literal(&format!("{{{}}}", items.join(","))))
}

/// Ranges of PostgreSQL.
fn range(kind: &str, n: usize, day: &str) -> Option<String> {
    let multi = kind.ends_with("multirange");
    let inner = match kind
        .trim_end_matches("multirange")
        .trim_end_matches("range")
    {
        _ if !kind.ends_with("range") => return None,
        "date" | "ts" | "tstz" => format!("[{day},2026-12-31)"),
        _ => format!("[{n},{})", n + 5),
    };
    Some(if multi { format!("{{{inner}}}") } else { inner })
}

/// Types of PostgreSQL whose text has a form of its own.
fn special(kind: &str, n: usize) -> Option<String> {
    let octet = n % 250;
    Some(match kind {
        "inet" => format!("10.0.0.{octet}"),
        "cidr" => format!("10.0.{octet}.0/24"),
        "macaddr" => format!("08:00:2b:01:02:{octet:02x}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:{octet:02x}"),
        "xml" => format!("<row n=\"{n}\">größer</row>"),
        "tsvector" | "ltree" => format!("row{n}"),
        "tsquery" => format!("row & n{n}"),
        "point" => format!("({n},{n})"),
        "box" | "lseg" | "path" => format!("(({n},{n}),(0,0))"),
        "polygon" => format!("(({n},{n}),(0,0),(0,{n}))"),
        "line" => format!("{{1,2,{n}}}"),
        "circle" => format!("<({n},{n}),1>"),
        "pg_lsn" => format!("0/{n:X}"),
        "hstore" => format!("n=>{n}"),
        _ if kind.starts_with("vector") => {
            let of = vec![n.to_string(); limit(kind).unwrap_or(3)];
            format!("[{}]", of.join(","))
        }
        _ => return None,
    })
}

/// The number in brackets behind a type.
fn limit(kind: &str) -> Option<usize> {
    let (_, rest) = kind.split_once('(')?;
    let digits = rest.split([',', ')']).next()?;
    digits.trim().parse().ok()
}

fn numbers(wish: &Wish<'_>, kind: &str) -> Vec<Cell> {
    let n = wish.n;
    let whole = !["numeric", "decimal", "money", "real", "double", "float"]
        .iter()
        .any(|word| kind.contains(word));
    let scale = kind.split_once(',').and_then(|(_, rest)| {
        rest.trim_end_matches(|c: char| !c.is_ascii_digit())
            .trim()
            .parse()
            .ok()
    });
    let scale: usize = match (whole, limit(kind), scale) {
        (true, ..) => 0,
        (_, Some(_), scale) => scale.unwrap_or(0),
        _ => 2,
    };
    let digits = match limit(kind) {
        Some(precision) if !whole => precision.saturating_sub(scale),
        _ => 9,
    };
    let fraction = |text: &str| match scale {
        0 => String::new(),
        _ => format!(".{}", &format!("{text:0<scale$}")[..scale]),
    };
    let mut out = Vec::new();
    match digits {
        0 => out.push(format!("0{}", fraction(&format!("{}5", n % 10)))),
        1 => out.push(format!("{}{}", n % 10, fraction("25"))),
        _ if whole => out.push(n.to_string()),
        _ => out.push(format!("{}{}", n % 100, fraction("25"))),
    }
    for hint in wish.hints {
        if let Value::Num(number) = hint {
            let n = n as f64;
            let near = [number + n, *number, number - n, number + 1.0, number / 2.0];
            out.extend(near.iter().map(|x| {
                let x = if whole { x.trunc() } else { *x };
                format!("{x:.scale$}")
            }));
        }
    }
    let mut cells: Vec<Cell> = out.into_iter().map(Cell::number).collect();
    cells.dedup();
    cells
}

/// Texts that applications ask for by patterns which are not understood here.
const USUAL: [&str; 14] = [
    "row{n}@example.com",
    "row-{n}",
    "https://example.com/{n}",
    "+49301234{n}",
    "#0000{n}",
    "A{n}",
    "EUR",
    "de",
    "de-DE",
    "Europe/Berlin",
    "1.0.{n}",
    "12:00",
    "2025-01-01",
    "10.0.0.1",
];

fn words(wish: &Wish<'_>, kind: &str) -> Vec<Cell> {
    let n = wish.n;
    let most = if kind.contains("char") || kind.contains("text") {
        limit(kind).unwrap_or(usize::MAX)
    } else {
        usize::MAX
    };
    let text = if wish.plain {
        format!("row{n}")
    } else {
        format!("{n} it's \"ünï\" \\ 日本 {}", wish.name)
    };
    let cut = |text: &str| -> String { text.chars().take(most).collect() };
    let mut out = Vec::new();
    for hint in wish.hints {
        match hint {
            Value::Text(text) if text.contains(['%', '_']) => {
                out.push(text.replace('%', &n.to_string()).replace('_', "a"));
                out.push(text.clone());
            }
            Value::Text(text) => out.push(text.clone()),
            Value::Num(length) if (0.0..=10_000.0).contains(length) => {
                let length = *length as usize;
                for length in [length, length + 1, length.saturating_sub(1)] {
                    let text = format!("{n}{}", "x".repeat(length));
                    out.push(text.chars().take(length).collect());
                }
            }
            _ => {}
        }
    }
    // Where every value is listed, row by row another one.
    if !out.is_empty() {
        let by = (n - 1) % out.len();
        out.rotate_left(by);
    }
    let short = char::from_digit((n % 36) as u32, 36)
        .unwrap_or('0')
        .to_string();
    out.insert(0, if most == 1 { short } else { cut(&text) });
    out.retain(|text| text.chars().count() <= most);
    out.iter().map(|text| Cell::known(wish.d, text)).collect()
}

/// How many texts there are for [`usual`].
pub(super) const USUAL_COUNT: usize = USUAL.len();

/// One of the texts that patterns often want, if the type has room for it.
pub(super) fn usual(d: &dyn Dialect, kind: &str, which: usize, n: usize) -> Option<Cell> {
    let text = USUAL[which % USUAL.len()].replace("{n}", &n.to_string());
    let fits = limit(kind).is_none_or(|most| text.chars().count() <= most);
    fits.then(|| Cell::known(d, &text))
}

/// Whether a type takes text of any form.
pub(super) fn is_text(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["text", "char", "clob", "citext"]
        .iter()
        .any(|w| kind.contains(w))
        || kind.is_empty()
}

fn rotated(mut cells: Vec<Cell>, by: usize) -> Vec<Cell> {
    if !cells.is_empty() {
        let by = by % cells.len();
        cells.rotate_left(by);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Backend;

    fn first(kind: &str, n: usize) -> String {
        let types = Types::default();
        let wish = Wish {
            d: Backend::Postgres.dialect(),
            types: &types,
            name: "c",
            kind,
            n,
            plain: false,
            hints: &[],
            json: false,
        };
        candidates(&wish)[0].sql.clone()
    }

    #[test]
    fn numbers_stay_within_precision_and_scale() {
        for (kind, wanted) in [
            ("numeric(12,4)", "7.2500"),
            ("numeric(3,2)", "7.25"),
            ("numeric(2,2)", "0.75"),
            ("numeric(1,0)", "7"),
            ("decimal(5)", "7"),
            ("bigint(20) unsigned", "7"),
            ("double precision", "7.25"),
        ] {
            assert_eq!(first(kind, 7), wanted, "{kind}");
        }
    }

    #[test]
    fn texts_are_cut_to_their_length_and_differ_from_row_to_row() {
        for kind in ["varchar(1)", "character varying(2)", "text", "char(5)"] {
            let all: std::collections::BTreeSet<String> = (1..30).map(|n| first(kind, n)).collect();
            assert_eq!(all.len(), 29, "{kind}");
        }
        assert_eq!(first("enum('a','it''s')", 2), "'it''s'");
        assert_eq!(first("int4range", 2), "'[2,7)'");
        assert_eq!(first("boolean[]", 1), "'{\"true\",\"false\"}'");
    }
}
