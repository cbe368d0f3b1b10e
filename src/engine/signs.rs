//! How to tell from the catalogue whether a statement took effect.
//!
//! A statement that was in flight when a run was killed was carried out whole or not at all. What
//! should be there after it, and what should be gone, are its signs.

use super::effects::{eat, object, split_on_commas};
use super::migration::{Direction, Migration};
use crate::schema::Schema;
use crate::schema::sql::{Token, tokens};

/// Something that is in the catalogue or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing {
    /// A table.
    Table(String),
    /// A view.
    View(String),
    /// A column: table, column.
    Column(String, String),
    /// The primary key of a table.
    PrimaryKey(String),
    /// An index or unique constraint of a table.
    Index(String, String),
    /// An index of whatever table.
    AnyIndex(String),
    /// A constraint of any kind: table, constraint.
    Constraint(String, String),
    /// A trigger.
    Trigger(String),
    /// A function or procedure, whatever its arguments.
    Routine(String),
    /// An enumeration.
    Type(String),
    /// A label of an enumeration: type, label.
    Label(String, String),
}

impl Thing {
    fn is_in(&self, schema: &Schema) -> bool {
        let table = |name: &String| schema.tables.get(name);
        match self {
            Self::Table(t) => schema.tables.contains_key(t),
            Self::View(v) => schema.views.contains_key(v),
            Self::Column(t, c) => table(t).is_some_and(|t| t.column(c).is_some()),
            Self::PrimaryKey(t) => {
                table(t).is_some_and(|t| t.indexes.values().any(|i| i.kind == "primary"))
            }
            Self::Index(t, i) => table(t).is_some_and(|t| t.indexes.contains_key(i)),
            Self::AnyIndex(i) => schema.tables.values().any(|t| t.indexes.contains_key(i)),
            Self::Constraint(t, c) => table(t).is_some_and(|t| {
                t.foreign_keys.contains_key(c)
                    || t.checks.contains_key(c)
                    || t.indexes.contains_key(c)
            }),
            Self::Trigger(g) => schema.tables.values().any(|t| t.triggers.contains_key(g)),
            Self::Routine(r) => schema
                .routines
                .keys()
                .any(|s| s.split('(').next() == Some(r)),
            Self::Type(t) => schema.types.contains_key(t),
            Self::Label(t, l) => schema.types.get(t).is_some_and(|all| all.contains(l)),
        }
    }
}

/// What a statement leaves in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signs {
    /// What is there after it (true) or gone (false), and was not before.
    pub all: Vec<(Thing, bool)>,
    /// Whether running it once more does no harm: the same again, or nothing.
    pub repeatable: bool,
}

/// What the catalogue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// All signs are there.
    All,
    /// None of them is.
    None,
    /// Some are, some are not.
    Some,
    /// The statement leaves no signs that we know.
    Nothing,
}

impl Signs {
    /// Looks for them.
    pub fn seen(&self, schema: &Schema) -> Seen {
        let mut seen = self.all.iter().map(|(t, there)| t.is_in(schema) == *there);
        match seen.next() {
            None => Seen::Nothing,
            Some(first) if seen.all(|s| s == first) => {
                if first {
                    Seen::All
                } else {
                    Seen::None
                }
            }
            Some(_) => Seen::Some,
        }
    }
}

/// Whether everything that a migration leaves in the catalogue is there, and it leaves something.
pub(super) fn stands(migration: &Migration, schema: &Schema) -> bool {
    let statements = migration.statements(Direction::Up).iter();
    let mut some = false;
    for seen in statements.filter_map(|s| signs(s)).map(|s| s.seen(schema)) {
        match seen {
            Seen::All => some = true,
            Seen::Nothing => {}
            Seen::None | Seen::Some => return false,
        }
    }
    some
}

/// The signs of a statement; `None` if it is not understood.
pub(super) fn signs(statement: &str) -> Option<Signs> {
    let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
    let mut rest = all.as_slice();
    let repeatable = |all| {
        Some(Signs {
            all,
            repeatable: true,
        })
    };
    let once = |all| {
        Some(Signs {
            all,
            repeatable: false,
        })
    };
    if eat(&mut rest, &["CREATE"]) {
        let replaces = eat(&mut rest, &["OR", "REPLACE"]);
        skip_to_kind(&mut rest);
        let kind = rest.first()?.name()?.to_ascii_uppercase();
        rest = &rest[1..];
        let concurrently = eat(&mut rest, &["CONCURRENTLY"]);
        let if_missing = eat(&mut rest, &["IF", "NOT", "EXISTS"]);
        let name = object(&mut rest)?;
        let thing = if kind == "INDEX" {
            let on = rest.iter().position(|t| t.is("ON"))?;
            rest = &rest[on + 1..];
            eat(&mut rest, &["ONLY"]);
            Thing::Index(object(&mut rest)?, name)
        } else {
            named(&kind, name)?
        };
        // What was there before is no sign.
        return match (replaces, if_missing && !concurrently) {
            (true, _) => repeatable(Vec::new()),
            (_, true) => repeatable(vec![(thing, true)]),
            _ => once(vec![(thing, true)]),
        };
    }
    if eat(&mut rest, &["DROP"]) {
        let kind = rest.first()?.name()?.to_ascii_uppercase();
        rest = &rest[1..];
        eat(&mut rest, &["CONCURRENTLY"]);
        let if_there = eat(&mut rest, &["IF", "EXISTS"]);
        let mut all = Vec::new();
        for mut part in split_on_commas(rest) {
            let name = object(&mut part)?;
            let thing = match kind.as_str() {
                "INDEX" if eat(&mut part, &["ON"]) => Thing::Index(object(&mut part)?, name),
                "INDEX" => Thing::AnyIndex(name),
                _ => named(&kind, name)?,
            };
            all.push((thing, false));
        }
        return if if_there { repeatable(all) } else { once(all) };
    }
    if eat(&mut rest, &["RENAME", "TABLE"]) {
        let mut all = Vec::new();
        for mut part in split_on_commas(rest) {
            let from = object(&mut part)?;
            eat(&mut part, &["TO"]).then_some(())?;
            all.push((Thing::Table(from), false));
            all.push((Thing::Table(object(&mut part)?), true));
        }
        return once(settled(all));
    }
    if eat(&mut rest, &["ALTER", "TYPE"]) {
        let name = object(&mut rest)?;
        eat(&mut rest, &["ADD", "VALUE"]).then_some(())?;
        let repeats = eat(&mut rest, &["IF", "NOT", "EXISTS"]);
        let Token::Text(label) = rest.first()? else {
            return None;
        };
        let label = label.trim_matches('\'').replace("''", "'");
        let all = vec![(Thing::Label(name, label), true)];
        return if repeats { repeatable(all) } else { once(all) };
    }
    if eat(&mut rest, &["ALTER", "TABLE"]) {
        return alter(rest);
    }
    ["COMMENT", "GRANT", "REVOKE"]
        .iter()
        .any(|w| rest.first().is_some_and(|t| t.is(w)))
        .then(|| Signs {
            all: Vec::new(),
            repeatable: true,
        })
}

/// What is made and dropped by its kind and name alone.
fn named(kind: &str, name: String) -> Option<Thing> {
    Some(match kind {
        "TABLE" => Thing::Table(name),
        "VIEW" => Thing::View(name),
        "TRIGGER" => Thing::Trigger(name),
        "FUNCTION" | "PROCEDURE" => Thing::Routine(name),
        "TYPE" => Thing::Type(name),
        _ => return None,
    })
}

/// Passes over what may stand between CREATE and the kind of object.
fn skip_to_kind(rest: &mut &[Token]) {
    const KINDS: [&str; 7] = [
        "TABLE",
        "VIEW",
        "TRIGGER",
        "FUNCTION",
        "PROCEDURE",
        "TYPE",
        "INDEX",
    ];
    if let Some(at) = rest
        .iter()
        .take(12)
        .position(|t| KINDS.iter().any(|k| t.is(k)))
    {
        *rest = &rest[at..];
    }
}

fn alter(mut rest: &[Token]) -> Option<Signs> {
    eat(&mut rest, &["IF", "EXISTS"]);
    eat(&mut rest, &["ONLY"]);
    let table = object(&mut rest)?;
    let mut all = Vec::new();
    for action in split_on_commas(rest) {
        all.extend(action_signs(&table, action)?);
    }
    let left = settled(all.clone());
    // An index that is dropped and made anew is the same after a second time; the values of a column
    // are not.
    let repeatable = left.is_empty()
        && !all
            .iter()
            .any(|(thing, _)| matches!(thing, Thing::Column(..) | Thing::Table(_)));
    Some(Signs {
        all: left,
        repeatable,
    })
}

/// The signs of one action of ALTER TABLE; none if it may simply run again.
fn action_signs(table: &str, mut rest: &[Token]) -> Option<Vec<(Thing, bool)>> {
    let t = || table.to_owned();
    let index = |name| Thing::Index(t(), name);
    let column = |name| Thing::Column(t(), name);
    let constraint = |name| Thing::Constraint(t(), name);
    let one = |thing, there| Some(vec![(thing, there)]);
    if eat(&mut rest, &["ADD"]) {
        if eat(&mut rest, &["CONSTRAINT"]) {
            return one(constraint(object(&mut rest)?), true);
        }
        if eat(&mut rest, &["PRIMARY", "KEY"]) {
            return one(Thing::PrimaryKey(t()), true);
        }
        let key = ["UNIQUE", "FULLTEXT", "SPATIAL"]
            .iter()
            .any(|w| eat(&mut rest, &[w]));
        if eat(&mut rest, &["INDEX"]) || eat(&mut rest, &["KEY"]) || key {
            eat(&mut rest, &["IF", "NOT", "EXISTS"]);
            return one(index(object(&mut rest)?), true);
        }
        // Without a name the server gives one.
        if ["FOREIGN", "CHECK", "PARTITION"]
            .iter()
            .any(|w| rest.first().is_some_and(|t| t.is(w)))
        {
            return None;
        }
        eat(&mut rest, &["COLUMN"]);
        eat(&mut rest, &["IF", "NOT", "EXISTS"]);
        return one(column(object(&mut rest)?), true);
    }
    if eat(&mut rest, &["DROP"]) {
        if eat(&mut rest, &["PRIMARY", "KEY"]) {
            return one(Thing::PrimaryKey(t()), false);
        }
        let make: &dyn Fn(String) -> Thing =
            if eat(&mut rest, &["INDEX"]) || eat(&mut rest, &["KEY"]) {
                &index
            } else if eat(&mut rest, &["FOREIGN", "KEY"])
                || eat(&mut rest, &["CONSTRAINT"])
                || eat(&mut rest, &["CHECK"])
            {
                &constraint
            } else if rest.first().is_some_and(|t| t.is("PARTITION")) {
                return None;
            } else {
                eat(&mut rest, &["COLUMN"]);
                &column
            };
        eat(&mut rest, &["IF", "EXISTS"]);
        return one(make(object(&mut rest)?), false);
    }
    if eat(&mut rest, &["RENAME"]) {
        let make: &dyn Fn(String) -> Thing = if eat(&mut rest, &["COLUMN"]) {
            &column
        } else if eat(&mut rest, &["INDEX"]) || eat(&mut rest, &["KEY"]) {
            &index
        } else if eat(&mut rest, &["CONSTRAINT"]) {
            &constraint
        } else {
            eat(&mut rest, &["TO"]);
            eat(&mut rest, &["AS"]);
            let to = object(&mut rest)?;
            return Some(vec![(Thing::Table(t()), false), (Thing::Table(to), true)]);
        };
        let from = object(&mut rest)?;
        eat(&mut rest, &["TO"]).then_some(())?;
        return Some(vec![(make(from), false), (make(object(&mut rest)?), true)]);
    }
    if eat(&mut rest, &["CHANGE"]) {
        eat(&mut rest, &["COLUMN"]);
        let (from, to) = (object(&mut rest)?, object(&mut rest)?);
        return Some(if from == to {
            Vec::new()
        } else {
            vec![(column(from), false), (column(to), true)]
        });
    }
    // The same type, default, comment or option once more.
    [
        "MODIFY",
        "ALTER",
        "COMMENT",
        "ENGINE",
        "CONVERT",
        "DEFAULT",
        "CHARACTER",
        "ROW_FORMAT",
        "VALIDATE",
        "ENABLE",
        "FORCE",
    ]
    .iter()
    .any(|w| rest.first().is_some_and(|t| t.is(w)))
    .then(Vec::new)
}

/// Without what one statement both takes away and makes: it is there before and after.
fn settled(all: Vec<(Thing, bool)>) -> Vec<(Thing, bool)> {
    let contradicted = |thing: &Thing, there: bool| all.contains(&(thing.clone(), !there));
    all.iter()
        .filter(|(thing, there)| !contradicted(thing, *there))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Thing::*;
    use super::*;

    fn of(sql: &str) -> (Vec<(Thing, bool)>, bool) {
        let found = signs(sql).unwrap_or_else(|| panic!("not understood: {sql}"));
        (found.all, found.repeatable)
    }

    fn s(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn what_is_made_and_dropped() {
        let t = || Table(s("t"));
        assert_eq!(of("CREATE TABLE `t` (id int)"), (vec![(t(), true)], false));
        assert_eq!(
            of("CREATE TABLE IF NOT EXISTS t (id int)"),
            (vec![(t(), true)], true)
        );
        assert_eq!(
            of("DROP TABLE t, u"),
            (vec![(t(), false), (Table(s("u")), false)], false)
        );
        assert_eq!(of("DROP TABLE IF EXISTS t"), (vec![(t(), false)], true));
        assert_eq!(of("CREATE OR REPLACE VIEW v AS SELECT 1"), (vec![], true));
        assert_eq!(
            of("CREATE UNIQUE INDEX i ON t (a, b)"),
            (vec![(Index(s("t"), s("i")), true)], false)
        );
        assert_eq!(
            of("CREATE INDEX CONCURRENTLY IF NOT EXISTS \"i\" ON public.t (a)"),
            (vec![(Index(s("t"), s("i")), true)], false)
        );
        assert_eq!(
            of("DROP INDEX i ON t"),
            (vec![(Index(s("t"), s("i")), false)], false)
        );
        assert_eq!(
            of("DROP INDEX CONCURRENTLY i"),
            (vec![(AnyIndex(s("i")), false)], false)
        );
        assert_eq!(
            of("CREATE DEFINER=`a`@`b` TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1"),
            (vec![(Trigger(s("g")), true)], false)
        );
        assert_eq!(
            of("CREATE PROCEDURE p() SELECT 1"),
            (vec![(Routine(s("p")), true)], false)
        );
        assert_eq!(
            of("ALTER TYPE mood ADD VALUE 'it''s'"),
            (vec![(Label(s("mood"), s("it's")), true)], false)
        );
        assert_eq!(
            of("RENAME TABLE a TO b"),
            (vec![(Table(s("a")), false), (Table(s("b")), true)], false)
        );
        // Two change places: afterwards both are there, as before.
        assert_eq!(of("RENAME TABLE a TO x, b TO a, x TO b").0, []);
    }

    #[test]
    fn what_alter_table_does() {
        let column = |c: &str| Column(s("t"), s(c));
        assert_eq!(
            of(
                "ALTER TABLE t ADD COLUMN a int, ADD b enum('x', 'y'), ADD KEY k (a), DROP FOREIGN KEY f"
            ),
            (
                vec![
                    (column("a"), true),
                    (column("b"), true),
                    (Index(s("t"), s("k")), true),
                    (Constraint(s("t"), s("f")), false)
                ],
                false
            )
        );
        assert_eq!(
            of("ALTER TABLE t MODIFY a bigint, COMMENT = 'x'"),
            (vec![], true)
        );
        assert_eq!(of("ALTER TABLE t CHANGE a a bigint"), (vec![], true));
        assert_eq!(of("GRANT SELECT ON t TO u"), (vec![], true));
        assert_eq!(
            of("ALTER TABLE t CHANGE a b bigint"),
            (vec![(column("a"), false), (column("b"), true)], false)
        );
        assert_eq!(
            of("ALTER TABLE t RENAME COLUMN a TO b"),
            (vec![(column("a"), false), (column("b"), true)], false)
        );
        assert_eq!(
            of("ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (b)"),
            (vec![], true)
        );
        assert_eq!(
            of("ALTER TABLE t DROP INDEX i, ADD INDEX i (b)"),
            (vec![], true)
        );
        assert_eq!(
            of("ALTER TABLE t DROP COLUMN c, ADD COLUMN c int"),
            (vec![], false)
        );
    }

    #[test]
    fn what_is_not_understood_says_so() {
        for sql in [
            "UPDATE t SET a = 1",
            "CALL p()",
            "ALTER TABLE t ADD UNIQUE (a)",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES b (c)",
            "ALTER TABLE t DISCARD TABLESPACE",
            "",
        ] {
            assert_eq!(signs(sql), None, "{sql}");
        }
    }

    #[test]
    fn the_catalogue_shows_all_some_or_none() {
        let mut schema = Schema::default();
        schema.tables.insert(s("t"), Default::default());
        let seen = |sql: &str| signs(sql).expect("understood").seen(&schema);
        assert_eq!(seen("CREATE TABLE t (id int)"), Seen::All);
        assert_eq!(seen("CREATE TABLE u (id int)"), Seen::None);
        assert_eq!(seen("DROP TABLE t, u"), Seen::Some);
        assert_eq!(seen("RENAME TABLE u TO t"), Seen::All);
        assert_eq!(seen("ALTER TABLE t MODIFY a int"), Seen::Nothing);
        assert_eq!(seen("ALTER TABLE t ADD a int"), Seen::None);
    }
}
