//! ALTER TABLE, action by action, and CREATE INDEX.

use sqlparser::ast::{
    AlterTableOperation as Operation, RenameTableNameKind, Statement, TableConstraint,
};
use sqlparser::dialect::MySqlDialect;

use super::super::parsed::{bare, parse};
use super::super::{Harm, Hazard, Server, Step, Weight, alter, text};
use super::column;
use super::how::{Flavor, How};
use crate::schema::Column;

/// What makes the server refuse rather than let somebody wait.
const ONLINE: &str = "ALGORITHM=INPLACE, LOCK=NONE";
pub(super) const INSTANT: &str = "ALGORITHM=INSTANT";
pub(super) const ELSEWHERE: &str = "pt-online-schema-change and gh-ost copy the table beside the running system and exchange it in a moment. Or add a new column beside the old one, fill it in portions, and exchange the names.";

/// What an action needs to be looked at.
pub(super) struct At<'a> {
    /// As written.
    pub(super) table: &'a str,
    /// Without quotes.
    pub(super) plain: String,
    pub(super) flavor: Flavor,
    columns: &'a [Column],
    /// Whether the statement says that nobody may wait.
    online: bool,
}

impl At<'_> {
    /// A hazard if the server has work to do, with the weight of how it does it.
    pub(super) fn cost(&self, harm: Harm, how: How, what: &str) -> Option<Hazard> {
        let t = &self.plain;
        let (weight, how) = match how {
            How::Instant => return None,
            _ if self.online => return None,
            How::InPlace => (
                Weight::Works,
                "reads and writes go on, and replicas may fall behind".to_owned(),
            ),
            How::Rebuild => (
                Weight::Works,
                format!(
                    "{t} is made anew meanwhile; reads and writes go on, and replicas fall behind"
                ),
            ),
            How::Locked => (Weight::Blocks, format!("writes to {t} wait until its end")),
            How::Copy => (
                Weight::Blocks,
                format!(
                    "{} copies {t} row by row for it, and writes wait until its end",
                    self.flavor.name()
                ),
            ),
        };
        Some(Hazard::new(harm, weight, t, format!("{what}; {how}")))
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))
    }
}

/// A statement that begins with ALTER TABLE.
pub(super) fn table(sql: &str, server: Server<'_>, step: &mut Step) {
    let Some((written, actions)) = text::alter_table(sql) else {
        return;
    };
    let plain = text::name(written);
    let known = server
        .schema
        .tables
        .get(plain.rsplit('.').next().unwrap_or(&plain));
    let at = At {
        table: written,
        plain,
        flavor: Flavor::of(server.version),
        columns: known.map_or(&[], |t| t.columns.as_slice()),
        online: is_online(&actions),
    };
    let mut free = Vec::new();
    let keyed = actions
        .iter()
        .any(|a| text::begins(a, &["ADD", "PRIMARY", "KEY"]));
    for action in &actions {
        let before = step.hazards.len();
        if !by_its_words(&at, action, keyed, step) {
            match parse(&MySqlDialect {}, &alter(written, action)) {
                Ok(Statement::AlterTable(it)) => {
                    for operation in &it.operations {
                        known_operation(&at, operation, action, &mut step.hazards);
                    }
                }
                Ok(_) => {
                    step.unclear = Some(format!("`{}` is no ALTER TABLE", text::one_line(action)))
                }
                Err(why) => step.unclear = Some(why),
            }
        }
        let blocks = step.hazards[before..]
            .iter()
            .any(|h| h.weight == Weight::Blocks);
        if !blocks && !is_setting(action) {
            free.push(text::one_line(action));
        }
    }
    together(written, &free, &mut step.hazards);
}

/// All actions of one statement go the way of the slowest: what would let everybody go on by itself
/// does not beside one that does not, so it has to go ahead on its own.
fn together(table: &str, free: &[String], hazards: &mut Vec<Hazard>) {
    if free.is_empty() || !hazards.iter().any(|h| h.weight == Weight::Blocks) {
        return;
    }
    hazards.retain(|h| h.weight != Weight::Works);
    let (columns, rest): (Vec<String>, Vec<String>) = free
        .iter()
        .cloned()
        .partition(|action| text::begins(action, &["ADD", "COLUMN"]));
    let ahead = [(columns, INSTANT), (rest, ONLINE)];
    let ahead = ahead.into_iter().filter(|(actions, _)| !actions.is_empty());
    let ahead: Vec<String> = ahead
        .map(|(actions, how)| alter(table, &format!("{}, {how}", actions.join(", "))))
        .collect();
    if let Some(first) = hazards.iter_mut().find(|h| h.weight == Weight::Blocks) {
        first.safe.splice(0..0, ahead);
    }
}

/// Whether an action says how the others are to be done.
fn is_setting(action: &str) -> bool {
    ["ALGORITHM", "LOCK", "WAIT", "NOWAIT"]
        .iter()
        .any(|word| text::begins(action, &[word]))
}

/// Whether the statement says that the server must refuse before anybody waits.
fn is_online(actions: &[&str]) -> bool {
    let all: String = actions.join(",").to_ascii_uppercase();
    let all: String = all
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '=')
        .collect();
    all.contains("ALGORITHMINSTANT") || all.contains("LOCKNONE")
}

/// Actions that the parser does not know, or that cost nothing. True if it is one of these.
fn by_its_words(at: &At<'_>, action: &str, keyed: bool, step: &mut Step) -> bool {
    let begins = |words: &[&str]| text::begins(action, words);
    let words = text::one_line(action);
    let t = &at.plain;
    let mut push = |hazard: Option<Hazard>| step.hazards.extend(hazard);
    if begins(&["CONVERT", "TO"]) {
        let what = format!("every text in {t} is written anew for another character set");
        push(
            at.cost(Harm::TableRewritten, at.flavor.copy(), &what)
                .map(|h| h.help(ELSEWHERE)),
        );
    } else if begins(&["ORDER", "BY"])
        || begins(&["PARTITION", "BY"])
        || begins(&["REMOVE", "PARTITIONING"])
    {
        let what = format!("the rows of {t} are laid anew for {words}");
        push(
            at.cost(Harm::TableRewritten, at.flavor.copy(), &what)
                .map(|h| h.help(ELSEWHERE)),
        );
    } else if ["ENGINE", "FORCE", "ROW_FORMAT", "KEY_BLOCK_SIZE"]
        .iter()
        .any(|w| begins(&[w]))
    {
        let what = format!("{t} is written anew for {words}");
        let safe = alter(at.table, &format!("{words}, {ONLINE}"));
        push(
            at.cost(Harm::TableRewritten, How::Rebuild, &what)
                .map(|h| h.safe([safe])),
        );
    } else if begins(&["DROP", "PRIMARY", "KEY"]) {
        let how = if keyed {
            How::Rebuild
        } else {
            at.flavor.copy()
        };
        let what = format!("the rows of {t} are laid anew, because its primary key goes");
        push(at.cost(Harm::TableRewritten, how, &what).map(|h| {
            h.help("Drop the key and add the new one in one statement: then nobody waits.")
        }));
    } else if begins(&["DROP", "PARTITION"]) || begins(&["TRUNCATE", "PARTITION"]) {
        let what = format!("{t} loses the rows of partitions: {words}");
        push(Some(Hazard::new(
            Harm::TableEmptied,
            Weight::Breaks,
            t,
            what,
        )));
    } else if let Some(kind) = ["FULLTEXT", "SPATIAL"].iter().find(|k| begins(&["ADD", k])) {
        let rest = words
            .split_once('(')
            .map_or(words.as_str(), |(name, _)| name);
        push(special_index(
            at,
            kind,
            rest.split_whitespace().last().unwrap_or_default(),
        ));
    } else if begins(&["DROP", "CHECK"]) {
        let name = text::name(words.get(10..).unwrap_or_default());
        push(Some(constraint_dropped(t, &name)));
    } else {
        return [
            &["ALGORITHM"][..],
            &["LOCK"],
            &["COMMENT"],
            &["AUTO_INCREMENT"],
            &["DEFAULT"],
            &["CHARSET"],
            &["CHARACTER", "SET"],
            &["COLLATE"],
            &["ALTER", "INDEX"],
            &["ALTER", "CHECK"],
            &["ALTER", "CONSTRAINT"],
            &["RENAME", "INDEX"],
            &["RENAME", "KEY"],
            &["DROP", "INDEX"],
            &["DROP", "KEY"],
            &["ADD", "PARTITION"],
            &["STATS_PERSISTENT"],
            &["STATS_AUTO_RECALC"],
            &["STATS_SAMPLE_PAGES"],
            &["ENABLE", "KEYS"],
            &["DISABLE", "KEYS"],
            &["WAIT"],
            &["NOWAIT"],
        ]
        .iter()
        .any(|words| begins(words));
    }
    true
}

/// An index for which there is no building beside the writers.
fn special_index(at: &At<'_>, kind: &str, name: &str) -> Option<Hazard> {
    let name = text::name(name);
    let what = format!(
        "the {} index {name} is built over {}",
        kind.to_ascii_lowercase(),
        at.plain
    );
    let hazard = at.cost(Harm::IndexBuilt, How::Locked, &what)?;
    Some(hazard.part("index", &name).help(
        "There is no building such an index beside the writers: run it when the application is idle, or search in a table of its own.",
    ))
}

fn constraint_dropped(table: &str, name: &str) -> Hazard {
    let what =
        format!("the constraint {name} goes: rows that it would have refused come in from then on");
    Hazard::new(Harm::ConstraintDropped, Weight::Minor, table, what).part("constraint", name)
}

fn known_operation(at: &At<'_>, operation: &Operation, action: &str, out: &mut Vec<Hazard>) {
    let t = &at.plain;
    let words = text::one_line(action);
    match operation {
        Operation::AddColumn {
            column_def,
            column_position,
            ..
        } => {
            column::add(at, column_def, column_position.is_some(), &words, out);
        }
        Operation::DropColumn { column_names, .. } => {
            for name in column_names {
                let column = bare(name);
                let what = format!(
                    "{t} loses {column} with its values, and an application that is still running fails on it"
                );
                let found = at.column(&column);
                let hazard = Hazard::new(Harm::ColumnDropped, Weight::Breaks, t, what)
                    .part("column", &column);
                // Rows that the next release inserts do not know the column any more.
                out.push(match found.filter(|c| !c.nullable && c.default.is_none()) {
                    Some(c) => hazard.safe([alter(
                        at.table,
                        &format!("MODIFY COLUMN {name} {} NULL", c.kind),
                    )]),
                    None => hazard,
                });
                let what = format!("the rows of {t} are written anew without {column}");
                out.extend(
                    at.cost(Harm::TableRewritten, at.flavor.drop_column(), &what)
                        .map(|h| h.part("column", &column)),
                );
            }
        }
        Operation::RenameColumn {
            old_column_name,
            new_column_name,
        } => {
            out.push(column::renamed(
                at,
                &bare(old_column_name),
                &bare(new_column_name),
            ));
        }
        Operation::RenameTable { table_name } => {
            let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
            out.push(super::renamed(at.table, &to.to_string()));
        }
        Operation::ChangeColumn {
            old_name,
            new_name,
            data_type,
            options,
            ..
        } => {
            let (from, to) = (bare(old_name), bare(new_name));
            if !from.eq_ignore_ascii_case(&to) {
                out.push(column::renamed(at, &from, &to));
            }
            column::modified(at, &from, data_type, options, out);
        }
        Operation::ModifyColumn {
            col_name,
            data_type,
            options,
            ..
        } => {
            column::modified(at, &bare(col_name), data_type, options, out);
        }
        Operation::AddConstraint { constraint, .. } => add_constraint(at, constraint, &words, out),
        Operation::DropForeignKey { name, .. } | Operation::DropConstraint { name, .. } => {
            out.push(constraint_dropped(t, &bare(name)));
        }
        _ => {}
    }
}

fn add_constraint(at: &At<'_>, constraint: &TableConstraint, words: &str, out: &mut Vec<Hazard>) {
    let t = &at.plain;
    let online = alter(at.table, &format!("{words}, {ONLINE}"));
    let hazard = match constraint {
        TableConstraint::ForeignKey(key) => {
            let name = key.name.as_ref().map(bare).unwrap_or_default();
            foreign_key(at, &name, Some(&online)).map(|h| h.part("constraint", &name))
        }
        TableConstraint::Check(check) => {
            let name = check.name.as_ref().map(bare).unwrap_or_default();
            let what = format!("every row of {t} is checked for the CHECK {name}");
            let copied = at.cost(Harm::Check, at.flavor.copy(), &what);
            copied.map(|h| h.part("constraint", &name).help(ELSEWHERE))
        }
        TableConstraint::Unique(unique) => {
            let name = unique
                .name
                .as_ref()
                .or(unique.index_name.as_ref())
                .map(bare)
                .unwrap_or_default();
            let what = format!("the unique index {name} is built over {t}");
            let built = at.cost(Harm::Unique, How::InPlace, &what);
            built.map(|h| h.part("constraint", &name).safe([online]))
        }
        TableConstraint::PrimaryKey(_) => {
            let what = format!("the rows of {t} are laid anew in the order of the primary key");
            at.cost(Harm::PrimaryKey, How::Rebuild, &what)
                .map(|h| h.safe([online]))
        }
        TableConstraint::Index(index) => {
            let name = index.name.as_ref().map(bare).unwrap_or_default();
            let what = format!("the index {name} is built over {t}");
            let built = at.cost(Harm::IndexBuilt, How::InPlace, &what);
            built.map(|h| h.part("index", &name).safe([online]))
        }
        TableConstraint::FulltextOrSpatial(it) => {
            let kind = if it.fulltext { "FULLTEXT" } else { "SPATIAL" };
            let name = it
                .opt_index_name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            special_index(at, kind, &name)
        }
        _ => None,
    };
    out.extend(hazard);
}

/// A foreign key is added in place only while nobody checks it.
pub(super) fn foreign_key(at: &At<'_>, name: &str, online: Option<&str>) -> Option<Hazard> {
    let t = &at.plain;
    let what = format!("every row of {t} is checked for the foreign key {name}");
    let hazard = at.cost(Harm::ForeignKey, How::Copy, &what)?;
    Some(match online {
        Some(online) => hazard
            .safe([
                "SET SESSION foreign_key_checks = 0".to_owned(),
                online.to_owned(),
                "SET SESSION foreign_key_checks = 1".to_owned(),
            ])
            .help("Without foreign_key_checks the key is added in place, while everybody goes on; rows that are there are not checked, so look for orphans first."),
        None => hazard,
    })
}

/// `CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX name ON table (…)`.
pub(super) fn create_index(sql: &str, kind: &str, step: &mut Step) {
    let words = text::one_line(sql);
    let upper = words.to_ascii_uppercase();
    let (Some(index), Some(on)) = (upper.find(" INDEX "), upper.find(" ON ")) else {
        step.unclear = Some("it names no table".to_owned());
        return;
    };
    let name = text::name(words.get(index + 7..on).unwrap_or_default());
    let name = name.trim_start_matches("IF NOT EXISTS ").to_owned();
    let written = words[on + 4..].split('(').next().unwrap_or_default().trim();
    let at = At {
        table: written,
        plain: text::name(written),
        flavor: Flavor::of(""),
        columns: &[],
        online: is_online(&[&words]),
    };
    let hazard = match kind {
        "FULLTEXT" | "SPATIAL" => special_index(&at, kind, &name),
        _ => {
            let what = format!("the index {name} is built over {}", at.plain);
            let online = format!("{words} ALGORITHM=INPLACE LOCK=NONE");
            let built = at.cost(Harm::IndexBuilt, How::InPlace, &what);
            built.map(|h| h.part("index", &name).safe([online]))
        }
    };
    step.hazards.extend(hazard);
}
