//! Single objects of MySQL and MariaDB as SQL.

use super::Mysql;
use crate::dialect::Dialect;
use crate::schema::ddl::names;
use crate::schema::{Column, ForeignKey, Index, Schema, Table};

pub(super) fn id(name: &str) -> String {
    Mysql.ident(name)
}

fn ids(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|n| id(n)).collect();
    list.join(", ")
}

/// What the text in [`Column::extra`] says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extra {
    counted: bool,
    on_update: String,
    generated: String,
    /// The default is an expression (MySQL).
    expression: bool,
    invisible: bool,
    collation: String,
}

fn extra(column: &Column) -> Extra {
    let mut out = Extra::default();
    let mut rest = column.extra.as_str();
    let mut how = "";
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        let word = |rest: &str, word: &str| {
            let begins = rest
                .get(..word.len())
                .is_some_and(|b| b.eq_ignore_ascii_case(word));
            begins.then_some(word.len())
        };
        if let Some(n) = word(rest, "auto_increment") {
            (out.counted, rest) = (true, &rest[n..]);
        } else if let Some(n) = word(rest, "DEFAULT_GENERATED") {
            (out.expression, rest) = (true, &rest[n..]);
        } else if let Some(n) = word(rest, "INVISIBLE") {
            (out.invisible, rest) = (true, &rest[n..]);
        } else if let Some(n) = word(rest, "VIRTUAL GENERATED") {
            (how, rest) = ("VIRTUAL", &rest[n..]);
        } else if let Some(n) = word(rest, "STORED GENERATED") {
            (how, rest) = ("STORED", &rest[n..]);
        } else if word(rest, "on update ").is_some() {
            let end = rest[10..].find([' ', ',']).map_or(rest.len(), |e| e + 10);
            out.on_update = rest[10..end].to_owned();
            rest = &rest[end..];
        } else {
            break;
        }
    }
    let kind = column.kind.split('(').next().unwrap_or_default();
    let is_text = [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
    ];
    if is_text.contains(&kind) {
        let (collation, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        out.collation = collation.to_owned();
        rest = behind;
    }
    if !how.is_empty() {
        out.generated = format!("({rest}) {how}");
    }
    out
}

/// Whether that is a check of a column itself, which MariaDB names after the column.
pub(super) fn is_in_column(table: &Table, check: &str, schema: &Schema) -> bool {
    schema.product == "mariadb" && table.checks.contains_key(check) && table.column(check).is_some()
}

/// MySQL's information_schema shows an expression with a backslash before each of its quotes and
/// backslashes, and letters beyond ASCII by the bytes of UTF-8, each as a character of its own.
fn expression(text: &str, schema: &Schema) -> String {
    match schema.product.as_str() {
        "mysql" => unescaped(text),
        _ => text.to_owned(),
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => chars.next().unwrap_or(c),
            other => other,
        });
    }
    let bytes: Option<Vec<u8>> = out
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(decoded) => decoded,
        None => out,
    }
}

pub(super) fn write_column(column: &Column, table: &Table, schema: &Schema) -> String {
    let extra = extra(column);
    let mut out = format!("{} {}", id(&column.name), column.kind);
    let mut push = |text: &str| {
        out.push(' ');
        out.push_str(text);
    };
    if !extra.collation.is_empty() {
        push(&format!("COLLATE {}", extra.collation));
    }
    if extra.generated.is_empty() {
        push(if column.nullable { "NULL" } else { "NOT NULL" });
    } else {
        push(&format!(
            "GENERATED ALWAYS AS {}",
            expression(&extra.generated, schema)
        ));
        // MariaDB takes no word on NULL there, and has none.
        if !column.nullable && schema.product != "mariadb" {
            push("NOT NULL");
        }
    }
    if let Some(default) = column
        .default
        .as_ref()
        .filter(|_| extra.generated.is_empty())
    {
        push(&format!(
            "DEFAULT {}",
            write_default(default, &extra, column, schema)
        ));
    }
    if !extra.on_update.is_empty() {
        push(&format!("ON UPDATE {}", extra.on_update));
    }
    if extra.counted {
        push("AUTO_INCREMENT");
    }
    if extra.invisible {
        push("INVISIBLE");
    }
    if !column.comment.is_empty() {
        push(&format!("COMMENT {}", Mysql.literal(&column.comment)));
    }
    if is_in_column(table, &column.name, schema) {
        push(&format!("CHECK ({})", table.checks[&column.name]));
    }
    out
}

/// MariaDB shows a default as SQL, MySQL shows its bare value.
fn write_default(default: &str, extra: &Extra, column: &Column, schema: &Schema) -> String {
    if schema.product == "mariadb" {
        return default.to_owned();
    }
    let is_time = default
        .to_ascii_uppercase()
        .starts_with("CURRENT_TIMESTAMP");
    match extra.expression {
        true if is_time => default.to_owned(),
        true => format!("({})", expression(default, schema)),
        false if column.kind.starts_with("bit") => default.to_owned(),
        false => Mysql.literal(default),
    }
}

/// The columns, keys and checks of a new table.
pub(super) fn create_table(table: &Table, schema: &Schema) -> Vec<String> {
    let columns = table.columns.iter().map(|c| write_column(c, table, schema));
    let mut indexes: Vec<_> = table.indexes.iter().collect();
    indexes.sort_by_key(|(_, i)| i.kind != "primary");
    let keys = indexes.into_iter().map(|(n, i)| key(n, i, table));
    let checks = table
        .checks
        .iter()
        .filter(|(n, _)| !is_in_column(table, n, schema));
    columns
        .chain(keys)
        .chain(checks.map(|(n, c)| check(n, c, schema)))
        .collect()
}

pub(super) fn check(name: &str, text: &str, schema: &Schema) -> String {
    format!(
        "CONSTRAINT {} CHECK ({})",
        id(name),
        expression(text, schema)
    )
}

pub(super) fn key(name: &str, index: &Index, table: &Table) -> String {
    let terms = terms(&index.columns, table);
    match index.kind.as_str() {
        "primary" => format!("PRIMARY KEY ({terms})"),
        "unique" => format!("UNIQUE KEY {} ({terms})", id(name)),
        _ if !index.extra.is_empty() => format!("{} KEY {} ({terms})", index.extra, id(name)),
        _ => format!("KEY {} ({terms})", id(name)),
    }
}

/// An index's columns with lengths and directions: `a,b(10),c DESC`. A name may have any of these
/// characters itself, so the text is read by the names that the table has.
fn terms(text: &str, table: &Table) -> String {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let tail = |name: &str| -> Option<usize> {
            let mut behind = rest.strip_prefix(name)?;
            if let Some((length, more)) = behind.strip_prefix('(').and_then(|b| b.split_once(')'))
                && length.bytes().all(|b| b.is_ascii_digit())
            {
                behind = more;
            }
            behind = behind.strip_prefix(" DESC").unwrap_or(behind);
            (behind.is_empty() || behind.starts_with(',')).then(|| rest.len() - behind.len())
        };
        let known = table
            .columns
            .iter()
            .filter_map(|c| Some((c.name.as_str(), tail(&c.name)?)));
        match known.max_by_key(|(name, _)| name.len()) {
            Some((name, end)) => {
                out.push(format!("{}{}", id(name), &rest[name.len()..end]));
                rest = rest[end..].trim_start_matches(',');
            }
            // An expression, which only MySQL has there.
            None => {
                out.push(unescaped(rest));
                break;
            }
        }
    }
    out.join(", ")
}

pub(super) fn reference(name: &str, fk: &ForeignKey, table: &Table, schema: &Schema) -> String {
    let parent = match schema.tables.contains_key(&fk.table) {
        true => id(&fk.table),
        false => Mysql.path(&fk.table),
    };
    let mut out = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {parent} ({})",
        id(name),
        ids(&names(&fk.columns, Some(table))),
        ids(&names(&fk.parent_columns, schema.tables.get(&fk.table)))
    );
    for (words, action) in [("ON DELETE", &fk.on_delete), ("ON UPDATE", &fk.on_update)] {
        if !action.is_empty() {
            out.push_str(&format!(" {words} {action}"));
        }
    }
    out
}

/// How the options of a table end whose earlier rows MariaDB keeps.
const VERSIONED: &str = "WITH SYSTEM VERSIONING";

/// `InnoDB utf8mb4_bin` as options of CREATE and ALTER TABLE.
pub(super) fn table_options(text: &str) -> String {
    let (text, versioned) = match text.strip_suffix(VERSIONED) {
        Some(rest) => (rest.trim_end(), true),
        None => (text, false),
    };
    let (engine, collation) = text.split_once(' ').unwrap_or((text, ""));
    let mut out = Vec::new();
    if !engine.is_empty() {
        out.push(format!("ENGINE = {engine}"));
    }
    if !collation.is_empty() {
        out.push(format!("COLLATE = {collation}"));
    }
    if versioned {
        out.push(VERSIONED.to_owned());
    }
    out.join(" ")
}

pub(super) fn create_view(name: &str, schema: &Schema) -> String {
    let options = schema.view_options.get(name).map_or("", String::as_str);
    let security = match options.contains("security invoker") {
        true => "SQL SECURITY INVOKER ",
        false => "",
    };
    let check = match options.split_once("check ") {
        Some((_, how)) => format!("\nWITH {} CHECK OPTION", how.to_ascii_uppercase()),
        None => String::new(),
    };
    format!(
        "CREATE {security}VIEW {} AS\n{}{check}",
        id(name),
        schema.views[name]
    )
}

/// A routine's text begins with what it is: `FUNCTION RETURN 1`.
fn kind_and_body(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

pub(super) fn create_routine(name: &str, head: &str, text: &str) -> String {
    let (kind, body) = kind_and_body(text);
    format!("CREATE {kind} {}{head}\n{body}", id(name))
}

pub(super) fn drop_routine(name: &str, text: &str) -> String {
    format!("DROP {} {}", kind_and_body(text).0, id(name))
}

pub(super) fn create_trigger(table: &str, name: &str, text: &str) -> String {
    let mut words = text.splitn(3, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (time, event, body) = (next(), next(), next());
    format!(
        "CREATE TRIGGER {} {time} {event} ON {}\nFOR EACH ROW {body}",
        id(name),
        id(table)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, text: &str) -> Column {
        Column {
            name: "c".into(),
            kind: kind.into(),
            extra: text.into(),
            ..Column::default()
        }
    }

    #[test]
    fn what_is_special_about_a_column_is_read_off_its_text() {
        let read = extra(&column(
            "timestamp",
            "DEFAULT_GENERATED on update CURRENT_TIMESTAMP(6)",
        ));
        assert!(read.expression && read.on_update == "CURRENT_TIMESTAMP(6)");
        let read = extra(&column(
            "varchar(10)",
            "VIRTUAL GENERATED utf8mb4_bin lower(`a`)",
        ));
        assert_eq!(
            (read.collation.as_str(), read.generated.as_str()),
            ("utf8mb4_bin", "(lower(`a`)) VIRTUAL")
        );
        let read = extra(&column("int(11)", "STORED GENERATED `a` + 1"));
        assert_eq!(read.generated, "(`a` + 1) STORED");
        assert!(extra(&column("int", "auto_increment")).counted);
    }

    #[test]
    fn the_terms_of_an_index_are_read_by_the_names_of_columns() {
        let named = |name: &str| Column {
            name: name.into(),
            ..Column::default()
        };
        let table = Table {
            columns: vec![named("a"), named("a,b"), named("x(1)")],
            ..Table::default()
        };
        assert_eq!(
            terms("a,b(10),a DESC,x(1)", &table),
            "`a,b`(10), `a` DESC, `x(1)`"
        );
        assert_eq!(terms("(lower(`z`))", &table), "(lower(`z`))");
        let shown = r"(concat(`z`,_utf8mb4\'it\\\'s \\\\\'))";
        assert_eq!(terms(shown, &table), r"(concat(`z`,_utf8mb4'it\'s \\'))");
    }
}
