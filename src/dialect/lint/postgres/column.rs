//! Columns: added, changed, dropped, renamed.

use squawk_linter::Rule;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::super::{Harm, Hazard, Weight, alter, text};
use super::{Context, Named, source, without};

const PORTIONS: &str = "in portions, each a transaction of its own";

pub(super) fn add(table: &Named, it: &ast::AddColumn, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let (Some(name), Some(ty)) = (it.column_name(), it.ty()) else {
        return;
    };
    let column = Named::of(name.syntax());
    let (c, t) = (&column.written, &table.plain);
    let push =
        |out: &mut Vec<Hazard>, harm, weight, what: String, safe: Vec<String>, help: &str| {
            let hazard = Hazard::new(harm, weight, t, what).part("column", &column.plain);
            out.push(Hazard {
                safe,
                ..hazard.help(help)
            });
        };
    let all: Vec<ast::Constraint> = it.constraints().collect();
    let node = |fits: fn(&ast::Constraint) -> bool| -> Vec<SyntaxNode> {
        all.iter()
            .filter(|k| fits(k))
            .map(|k| k.syntax().clone())
            .collect()
    };
    let default = node(|k| matches!(k, ast::Constraint::DefaultConstraint(_)));
    let generated = node(|k| matches!(k, ast::Constraint::GeneratedConstraint(_)));
    let kind = source(ty.syntax());
    let serial = [
        "serial",
        "bigserial",
        "smallserial",
        "serial2",
        "serial4",
        "serial8",
    ]
    .iter()
    .any(|s| kind.eq_ignore_ascii_case(s));
    let words = generated
        .first()
        .map(|n| source(n).to_ascii_uppercase())
        .unwrap_or_default();
    let identity = words.contains("IDENTITY");
    let fills_itself = serial || identity || words.contains("STORED");
    let key = node(|k| matches!(k, ast::Constraint::PrimaryKeyConstraint(_)));
    let not_null = node(|k| matches!(k, ast::Constraint::NotNullConstraint(_)));

    let required = cx.says(Rule::AddingRequiredField, it.syntax())
        || (!key.is_empty() && default.is_empty() && generated.is_empty());
    if required && !serial && !identity {
        let mut gone = [not_null.clone(), key.clone()].concat();
        gone.sort_by_key(|n| n.text_range().start());
        let mut safe = vec![
            alter(&table.written, &without(it.syntax(), &gone)),
            format!(
                "UPDATE {} SET {c} = … WHERE {c} IS NULL -- {PORTIONS}",
                table.written
            ),
        ];
        safe.extend(not_null_later(table, &column));
        let what = format!(
            "{} takes no NULL and has no default, so the statement fails: the rows of {t} have no value for it",
            column.plain
        );
        push(
            out,
            Harm::ColumnRequired,
            Weight::Fails,
            what,
            safe,
            "Add it without NOT NULL and fill it, or give it a constant default, which costs nothing.",
        );
    }
    let volatile = default
        .first()
        .filter(|_| cx.says(Rule::AddingFieldWithDefault, it.syntax()));
    let volatile = volatile.filter(|n| !text::is_constant(source(n).get(7..).unwrap_or_default()));
    if let Some(default) = volatile {
        let value = source(default);
        let mut gone = [vec![default.clone()], not_null.clone()].concat();
        gone.sort_by_key(|n| n.text_range().start());
        let mut safe = vec![
            alter(&table.written, &without(it.syntax(), &gone)),
            alter(
                &table.written,
                &format!("ALTER COLUMN {c} SET {}", text::one_line(&value)),
            ),
            format!(
                "UPDATE {} SET {c} = DEFAULT WHERE {c} IS NULL -- {PORTIONS}",
                table.written
            ),
        ];
        if !not_null.is_empty() {
            safe.extend(not_null_later(table, &column));
        }
        let what = format!(
            "the default of {} has a value of its own for each row, so {t} is written anew while readers and writers wait",
            column.plain
        );
        push(
            out,
            Harm::TableRewritten,
            Weight::Blocks,
            what,
            safe,
            "Set the default after the column is there, and fill the rows that are there already in portions.",
        );
    } else if fills_itself {
        let what = format!(
            "{} has a value of its own for each row, so {t} is written anew while readers and writers wait",
            column.plain
        );
        let (safe, help) = if serial || identity {
            let number = if kind.contains('8') || kind.to_ascii_lowercase().contains("big") {
                "bigint"
            } else {
                "integer"
            };
            let sequence = format!("{}_{}_seq", t.rsplit('.').next().unwrap_or(t), column.plain);
            let sequence = format!("\"{}\"", sequence.replace('"', "\"\""));
            let literal = sequence.replace('\'', "''");
            (
                vec![
                    alter(&table.written, &format!("ADD COLUMN {c} {number}")),
                    format!("CREATE SEQUENCE {sequence} OWNED BY {}.{c}", table.written),
                    alter(
                        &table.written,
                        &format!("ALTER COLUMN {c} SET DEFAULT nextval('{literal}')"),
                    ),
                    format!(
                        "UPDATE {} SET {c} = DEFAULT WHERE {c} IS NULL -- {PORTIONS}",
                        table.written
                    ),
                ],
                "Set the default after the column is there, and fill the rows that are there already in portions.",
            )
        } else {
            (
                vec![alter(&table.written, &without(it.syntax(), &generated))],
                "Add a plain column, let a trigger fill it for new rows, and fill the others in portions; or compute it in a view.",
            )
        };
        push(out, Harm::TableRewritten, Weight::Blocks, what, safe, help);
    }
    for constraint in &all {
        inline(table, &column, it, constraint, !default.is_empty(), cx, out);
    }
}

/// A constraint that is added with its column.
fn inline(
    table: &Named,
    column: &Named,
    it: &ast::AddColumn,
    constraint: &ast::Constraint,
    has_default: bool,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    let (c, t) = (&column.written, &table.plain);
    let named = constraint.constraint_name().map(|n| source(n.syntax()));
    let text = text::one_line(&source(constraint.syntax()));
    let plain = alter(
        &table.written,
        &without(it.syntax(), &[constraint.syntax().clone()]),
    );
    let own = |suffix: &str| {
        let name = format!(
            "{}_{}_{suffix}",
            t.rsplit('.').next().unwrap_or(t),
            column.plain
        );
        named
            .clone()
            .unwrap_or_else(|| format!("\"{}\"", name.replace('"', "\"\"")))
    };
    // The constraint's text behind its name, if it has one.
    let body = |word: &str| {
        let upper = text.to_ascii_uppercase();
        upper
            .find(word)
            .map_or(text.clone(), |at| text[at..].to_owned())
    };
    let hazard = match constraint {
        ast::Constraint::CheckConstraint(_) => {
            let name = own("check");
            let what = format!(
                "readers and writers of {t} wait while every row is checked for the CHECK of {}",
                column.plain
            );
            let add = format!("ADD CONSTRAINT {name} {} NOT VALID", body("CHECK"));
            Hazard::new(Harm::Check, Weight::Blocks, t, what)
                .safe([plain, alter(&table.written, &add), alter(&table.written, &format!("VALIDATE CONSTRAINT {name}"))])
                .help("Add column and constraint apart; validate the constraint in a later migration, while everybody goes on.")
        }
        // A column that is added without a default holds nothing that could refer to anything, and
        // PostgreSQL knows that.
        ast::Constraint::ReferencesConstraint(_)
            if has_default && cx.says(Rule::AddingForeignKeyConstraint, it.syntax()) =>
        {
            let name = own("fkey");
            let what = format!(
                "writes to {t} wait while every row is checked for the foreign key of {}",
                column.plain
            );
            let add = format!(
                "ADD CONSTRAINT {name} FOREIGN KEY ({c}) {} NOT VALID",
                body("REFERENCES")
            );
            Hazard::new(Harm::ForeignKey, Weight::Blocks, t, what)
                .safe([plain, alter(&table.written, &add), alter(&table.written, &format!("VALIDATE CONSTRAINT {name}"))])
                .help("Add column and foreign key apart; validate the key in a later migration, while everybody goes on.")
        }
        ast::Constraint::UniqueConstraint(_) | ast::Constraint::PrimaryKeyConstraint(_) => {
            let (harm, kind) = match constraint {
                ast::Constraint::UniqueConstraint(_) => (Harm::Unique, "UNIQUE"),
                _ => (Harm::PrimaryKey, "PRIMARY KEY"),
            };
            let name = own("key");
            let what = format!(
                "readers and writers of {t} wait while the index of {} is built",
                column.plain
            );
            let build = format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {name} ON {} ({c})",
                table.written
            );
            let adopt = format!("ADD CONSTRAINT {name} {kind} USING INDEX {name}");
            Hazard::new(harm, Weight::Blocks, t, what)
                .safe([plain, build, alter(&table.written, &adopt)])
                .help("Add the column by itself; build the index in a migration of its own whose `use_transaction` is `Some(false)`.")
        }
        _ => return,
    };
    out.push(hazard.part("column", &column.plain));
}

/// The statements that make a filled column NOT NULL without a scan under a lock.
fn not_null_later(table: &Named, column: &Named) -> [String; 4] {
    let base = table.plain.rsplit('.').next().unwrap_or(&table.plain);
    let name = format!(
        "\"{}\"",
        format!("{base}_{}_not_null", column.plain).replace('"', "\"\"")
    );
    let c = &column.written;
    [
        alter(
            &table.written,
            &format!("ADD CONSTRAINT {name} CHECK ({c} IS NOT NULL) NOT VALID"),
        ),
        alter(&table.written, &format!("VALIDATE CONSTRAINT {name}")),
        alter(&table.written, &format!("ALTER COLUMN {c} SET NOT NULL")),
        alter(&table.written, &format!("DROP CONSTRAINT {name}")),
    ]
}

pub(super) fn alter_column(
    table: &Named,
    it: &ast::AlterColumn,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    let (Some(name), Some(option)) = (it.column_name_ref(), it.option()) else {
        return;
    };
    let column = Named::of(name.syntax());
    let (c, t) = (&column.written, &table.plain);
    let known = cx.table(t);
    let found = known.and_then(|k| k.columns.iter().find(|k| k.name == column.plain));
    let hazard = match option {
        ast::AlterColumnOption::SetType(set) if cx.says(Rule::ChangingColumnType, it.syntax()) => {
            let kind = set
                .ty()
                .map(|ty| text::one_line(&source(ty.syntax())))
                .unwrap_or_default();
            let from = found.map(|k| k.kind.as_str()).unwrap_or_default();
            if set.using_expr().is_none() && set.collate().is_none() && is_wider(from, &kind) {
                return;
            }
            let new = format!("\"{}_new\"", column.plain.replace('"', "\"\""));
            let what = format!(
                "{t} is written anew with its indexes while readers and writers wait, because {} becomes {kind}",
                column.plain
            );
            Hazard::new(Harm::TypeChanged, Weight::Blocks, t, what)
                .safe([
                    alter(&table.written, &format!("ADD COLUMN {new} {kind}")),
                    format!("UPDATE {} SET {new} = {c}::{kind} WHERE {new} IS NULL -- {PORTIONS}", table.written),
                    alter(&table.written, &format!("RENAME COLUMN {c} TO \"{}_old\"", column.plain.replace('"', "\"\""))),
                    alter(&table.written, &format!("RENAME COLUMN {new} TO {c}")),
                ])
                .help("Add a column of the new type, let a trigger write both, fill it in portions, and exchange the names in one short transaction.")
        }
        ast::AlterColumnOption::SetNotNull(_)
            if cx.says(Rule::AddingNotNullableField, it.syntax()) =>
        {
            let bare = |text: &str| -> String {
                text.chars()
                    .filter(|c| !c.is_whitespace() && !"()\"".contains(*c))
                    .collect()
            };
            let proof = bare(&format!("CHECK {} IS NOT NULL", column.plain));
            let proven = known.is_some_and(|k| k.checks.values().any(|check| bare(check) == proof));
            if proven || found.is_some_and(|k| !k.nullable) {
                return;
            }
            let what = format!(
                "readers and writers of {t} wait while every row is looked at for a NULL in {}",
                column.plain
            );
            Hazard::new(Harm::NotNullSet, Weight::Blocks, t, what)
                .safe(not_null_later(table, &column))
                .help("A CHECK that was validated before proves it, and then SET NOT NULL takes a moment. Each of the first two in a migration of its own.")
        }
        ast::AlterColumnOption::SetExpression(_) => {
            let what = format!(
                "{t} is written anew while readers and writers wait, because {} is computed in another way",
                column.plain
            );
            Hazard::new(Harm::TableRewritten, Weight::Blocks, t, what)
                .help("Add a column with the new expression under another name by hand and a trigger, fill it in portions, and exchange the names.")
        }
        _ => return,
    };
    out.push(hazard.part("column", &column.plain));
}

/// Whether PostgreSQL takes every value of a type as one of another as it is, so that only the
/// catalogue changes. The first is as the catalogue prints it.
fn is_wider(from: &str, to: &str) -> bool {
    let split = |text: &str| -> (String, Option<Vec<u32>>) {
        let base = text.split('(').next().unwrap_or_default();
        let base = text::one_line(base).to_ascii_lowercase();
        let base = match base.as_str() {
            "varchar" => "character varying",
            "decimal" => "numeric",
            "timestamptz" => "timestamp with time zone",
            other => other,
        };
        let size = text::brackets(text).map(|b| {
            let numbers = b.trim_matches(['(', ')']).split(',');
            numbers.filter_map(|n| n.trim().parse().ok()).collect()
        });
        (base.to_owned(), size)
    };
    let ((from, old), (to, new)) = (split(from), split(to));
    match (from.as_str(), to.as_str()) {
        ("character varying", "text") | ("text" | "character varying", "character varying")
            if new.is_none() =>
        {
            true
        }
        ("character varying", "character varying") => {
            old.zip(new).is_some_and(|(old, new)| old <= new)
        }
        ("numeric", "numeric") => match (old, new) {
            (_, None) => true,
            // With another number of decimals every value is another.
            (Some(old), Some(new)) => old.first() <= new.first() && old.get(1) == new.get(1),
            (None, Some(_)) => false,
        },
        ("text", "text") => true,
        _ => !from.is_empty() && from == to && old == new,
    }
}

pub(super) fn drop(table: &Named, it: &ast::DropColumn, cx: &Context<'_>, out: &mut Vec<Hazard>) {
    let Some(name) = it.column_name_ref().map(|n| Named::of(n.syntax())) else {
        return;
    };
    if !cx.says(Rule::BanDropColumn, it.syntax()) {
        return;
    }
    let t = &table.plain;
    let what = format!(
        "{t} loses {} with its values, and an application that is still running fails on it",
        name.plain
    );
    let found = cx
        .table(t)
        .and_then(|k| k.columns.iter().find(|c| c.name == name.plain));
    let hazard =
        Hazard::new(Harm::ColumnDropped, Weight::Breaks, t, what).part("column", &name.plain);
    // Rows that the next release inserts do not know the column any more.
    out.push(
        match found.is_some_and(|c| !c.nullable && c.default.is_none()) {
            true => hazard.safe([alter(
                &table.written,
                &format!("ALTER COLUMN {} DROP NOT NULL", name.written),
            )]),
            false => hazard,
        },
    );
}

pub(super) fn rename(
    table: &Named,
    it: &ast::RenameColumn,
    cx: &Context<'_>,
    out: &mut Vec<Hazard>,
) {
    let (Some(from), Some(to)) = (it.column_name_ref(), it.column_name()) else {
        return;
    };
    let (from, to) = (Named::of(from.syntax()), Named::of(to.syntax()));
    if !cx.says(Rule::RenamingColumn, it.syntax()) {
        return;
    }
    let t = &table.plain;
    let what = format!(
        "an application that is still running does not find {} in {t} any more",
        from.plain
    );
    let found = cx
        .table(t)
        .and_then(|k| k.columns.iter().find(|c| c.name == from.plain));
    let mut hazard =
        Hazard::new(Harm::ColumnRenamed, Weight::Breaks, t, what).part("column", &from.plain);
    if let Some(column) = found {
        hazard.safe = vec![
            alter(
                &table.written,
                &format!("ADD COLUMN {} {}", to.written, column.kind),
            ),
            format!(
                "UPDATE {} SET {} = {} WHERE {} IS NULL -- {PORTIONS}",
                table.written, to.written, from.written, to.written
            ),
        ];
    }
    out.push(hazard);
}

#[cfg(test)]
mod tests {
    use super::is_wider;

    #[test]
    fn types_that_take_every_value_are_known() {
        for (from, to, wider) in [
            ("character varying(100)", "varchar(255)", true),
            ("character varying(100)", "text", true),
            ("character varying(255)", "varchar(100)", false),
            ("text", "varchar", true),
            ("text", "varchar(10)", false),
            ("numeric(10,2)", "decimal(12, 2)", true),
            ("numeric(10,2)", "numeric(12,4)", false),
            ("integer", "bigint", false),
            ("", "text", false),
        ] {
            assert_eq!(is_wider(from, to), wider, "{from} {to}");
        }
    }
}
