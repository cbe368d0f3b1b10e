//! Columns of MySQL and MariaDB: added, declared anew, renamed.

use sqlparser::ast::{ColumnDef, ColumnOption, DataType};

use super::super::parsed::bare;
use super::super::{Harm, Hazard, Mysql, Weight, alter, text};
use super::alter::{At, ELSEWHERE, INSTANT, foreign_key};
use super::how::{Flavor, How};
use crate::dialect::Dialect;

pub(super) fn renamed(at: &At<'_>, from: &str, to: &str) -> Hazard {
    let t = &at.plain;
    let what = format!("an application that is still running does not find {from} in {t} any more");
    let mut hazard = Hazard::new(Harm::ColumnRenamed, Weight::Breaks, t, what).part("column", from);
    if let Some(column) = at.column(from) {
        let (from, to) = (Mysql.ident(from), Mysql.ident(to));
        hazard.safe = vec![
            alter(
                at.table,
                &format!("ADD COLUMN {to} {}, {INSTANT}", column.kind),
            ),
            format!(
                "UPDATE {} SET {to} = {from} WHERE {to} IS NULL LIMIT 1000",
                at.table
            ),
        ];
    }
    hazard
}

pub(super) fn add(
    at: &At<'_>,
    column: &ColumnDef,
    placed: bool,
    words: &str,
    out: &mut Vec<Hazard>,
) {
    let (t, name) = (&at.plain, bare(&column.name));
    let has = |fits: fn(&ColumnOption) -> bool| column.options.iter().any(|o| fits(&o.option));
    let own_words = |wanted: &str| {
        column.options.iter().any(|o| match &o.option {
            ColumnOption::DialectSpecific(tokens) => tokens
                .iter()
                .any(|t| t.to_string().eq_ignore_ascii_case(wanted)),
            _ => false,
        })
    };
    let default = column.options.iter().find_map(|o| match &o.option {
        ColumnOption::Default(value) => Some(value.to_string()),
        _ => None,
    });
    let counted = own_words("AUTO_INCREMENT");
    let stored = words.to_ascii_uppercase().contains("STORED")
        || words.to_ascii_uppercase().contains("PERSISTENT");
    let generated = has(|o| matches!(o, ColumnOption::Generated { .. }));
    let mut push = |hazard: Option<Hazard>| out.extend(hazard.map(|h| h.part("column", &name)));
    if has(|o| matches!(o, ColumnOption::NotNull)) && default.is_none() && !generated && !counted {
        let mut free = column.clone();
        free.options
            .retain(|o| !matches!(o.option, ColumnOption::NotNull));
        let what = format!(
            "{name} takes no NULL and has no default: an application that is still running cannot insert into {t}, and the rows that are there get 0 or an empty text"
        );
        push(Some(
            Hazard::new(Harm::ColumnRequired, Weight::Breaks, t, what)
                .safe([alter(at.table, &format!("ADD COLUMN {free}, {INSTANT}"))])
                .help("Add it without NOT NULL and fill it, or give it a default, which costs nothing."),
        ));
    }
    let moved = format!("{name} has a value of its own for each row of {t}");
    if counted {
        push(
            at.cost(Harm::TableRewritten, How::Locked, &moved)
                .map(|h| h.help(ELSEWHERE)),
        );
    } else if generated && stored {
        let help = "A VIRTUAL column costs nothing to add; an index on it keeps its values.";
        push(
            at.cost(Harm::TableRewritten, at.flavor.copy(), &moved)
                .map(|h| h.help(help)),
        );
    } else if default.as_deref().is_some_and(|d| {
        !text::is_constant(d) && !d.to_ascii_uppercase().contains("CURRENT_TIMESTAMP")
    }) {
        let help = "Add the column without a default, set it with ALTER COLUMN … SET DEFAULT, and fill the rows that are there in portions.";
        push(
            at.cost(Harm::TableRewritten, at.flavor.copy(), &moved)
                .map(|h| h.help(help)),
        );
    } else if at.flavor.add_column(placed) > How::Instant {
        let what = format!("{name} is put between other columns of {t}");
        let help = "At the end of the table a new column costs nothing.";
        push(
            at.cost(Harm::TableRewritten, at.flavor.add_column(placed), &what)
                .map(|h| h.help(help)),
        );
    }
    if has(|o| matches!(o, ColumnOption::Unique(_) | ColumnOption::PrimaryKey(_))) {
        let what = format!("the index of {name} is built over {t}");
        push(at.cost(Harm::Unique, How::InPlace, &what));
    }
    if has(|o| matches!(o, ColumnOption::ForeignKey(_))) && at.flavor.inline_references() {
        push(foreign_key(at, &name, None));
    }
}

/// A column that is declared anew.
pub(super) fn modified(
    at: &At<'_>,
    name: &str,
    kind: &DataType,
    options: &[ColumnOption],
    out: &mut Vec<Hazard>,
) {
    let t = &at.plain;
    let found = at.column(name);
    let takes_null = !options.iter().any(|o| matches!(o, ColumnOption::NotNull));
    let to = kind.to_string();
    let change = found.map_or(How::Copy, |c| type_change(at.flavor, &c.kind, &to));
    if change == How::Copy {
        let what = format!("{name} becomes {to}, and every row of {t} is written anew");
        let new = Mysql.ident(&format!("{name}_new"));
        let old = Mysql.ident(name);
        let hazard = at.cost(Harm::TypeChanged, at.flavor.copy(), &what);
        out.extend(hazard.map(|h| {
            h.part("column", name)
                .safe([
                    alter(at.table, &format!("ADD COLUMN {new} {to}, {INSTANT}")),
                    format!(
                        "UPDATE {} SET {new} = {old} WHERE {new} IS NULL LIMIT 1000",
                        at.table
                    ),
                ])
                .help(ELSEWHERE)
        }));
    } else if let Some(column) = found.filter(|c| c.nullable != takes_null) {
        let (harm, what) = match column.nullable {
            true => (
                Harm::NotNullSet,
                format!("{name} takes no NULL any more, and the statement fails if {t} has one"),
            ),
            false => (
                Harm::TableRewritten,
                format!("{name} takes NULL from now on"),
            ),
        };
        out.extend(
            at.cost(harm, How::Rebuild, &what)
                .map(|h| h.part("column", name)),
        );
    }
}

/// What it costs to go from one type to another: nothing if every value stays as it is.
fn type_change(flavor: Flavor, from: &str, to: &str) -> How {
    let normal = |text: &str| -> String {
        let text = text.to_ascii_lowercase();
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match text.as_str() {
            "boolean" | "bool" => return "tinyint".to_owned(),
            _ => {}
        }
        let text = text.replace("integer", "int").replace("numeric", "decimal");
        // The width in which an integer is shown is no part of its type.
        match text
            .split_once("int(")
            .and_then(|(a, b)| Some((a, b.split_once(')')?.1)))
        {
            Some((before, after)) => format!("{before}int{after}"),
            None => text,
        }
    };
    let (from, to) = (normal(from), normal(to));
    if from == to {
        return How::Instant;
    }
    let length = |text: &str| {
        text.strip_prefix("varchar(")?
            .split(')')
            .next()?
            .parse::<u32>()
            .ok()
    };
    if let (Some(old), Some(new)) = (length(&from), length(&to)) {
        // A character takes up to four bytes.
        return match flavor.longer(old * 4, new * 4) {
            true => How::Instant,
            false => How::Copy,
        };
    }
    // Values at the end of an enumeration leave those before them alone.
    let listed = |text: &str| Some(text.strip_prefix("enum(")?.strip_suffix(')')?.to_owned());
    match (listed(&from), listed(&to)) {
        (Some(old), Some(new)) if new.starts_with(&format!("{old},")) => How::Instant,
        _ => How::Copy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_take_every_value_as_it_is_cost_nothing() {
        for (from, to, how) in [
            ("int(11)", "INT", How::Instant),
            ("int(11)", "BIGINT", How::Copy),
            ("tinyint(1)", "BOOLEAN", How::Instant),
            ("varchar(20)", "VARCHAR(60)", How::Instant),
            ("varchar(20)", "VARCHAR(100)", How::Copy),
            ("varchar(100)", "VARCHAR(255)", How::Instant),
            ("varchar(255)", "VARCHAR(100)", How::Copy),
            ("enum('a','b')", "ENUM('a', 'b', 'c')", How::Instant),
            ("enum('a','b')", "ENUM('b', 'a')", How::Copy),
        ] {
            assert_eq!(
                type_change(Flavor::of("8.0.36"), from, to),
                how,
                "{from} {to}"
            );
        }
        let maria = Flavor::of("10.11.6-MariaDB");
        let longer = |from| type_change(maria, from, "varchar(100)");
        assert_eq!(longer("varchar(20)"), How::Instant);
        assert_eq!(longer("varchar(40)"), How::Copy);
    }
}
