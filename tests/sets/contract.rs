//! The contract that every schema set keeps on every database that it runs on: rows survive, what
//! goes down leaves nothing, what goes up again is the same, names follow the scheme, and seeding
//! is idempotent.

use std::collections::BTreeMap;

use saasdb::catalog::{SETS, SchemaSet};
use saasdb::dialect::Backend;
use seeders::{SeedContext, SeedValue};

use super::catalogue::{Catalogue, Index, mentions};
use super::fill::{ROWS, fill};
use super::tools::{Content, applied, assert_dump, assert_same, content, meta, shared};
use crate::support::{Db, Output, Saasdb, TestDb};

/// One set on one fresh database.
struct Case {
    set: &'static SchemaSet,
    db: TestDb,
    program: Saasdb,
}

impl Case {
    #[track_caller]
    fn run(&self, command: &str) -> Output {
        self.program.call(command.split_whitespace()).success()
    }

    /// The names of the set's migrations, oldest first.
    fn names(&self) -> Vec<String> {
        let migrations = self.set.migrations();
        migrations.iter().map(|m| m.name().to_owned()).collect()
    }
}

fn backend(kind: Db) -> Backend {
    match kind {
        Db::Sqlite => Backend::Sqlite,
        Db::Postgres => Backend::Postgres,
        Db::Mysql => Backend::Mysql,
    }
}

/// Runs the body for every set that runs on that database.
#[track_caller]
fn each_set(kind: Db, body: impl Fn(&Case)) {
    for set in SETS
        .iter()
        .filter(|set| set.backends.contains(&backend(kind)))
    {
        eprintln!("{} on {kind:?}", set.name);
        let db = TestDb::new(kind);
        let program = Saasdb::new().db(&db).env("SAASDB_SET", set.name);
        body(&Case { set, db, program });
    }
}

/// Each step down and up again while there are rows in every table and column.
fn steps(case: &Case) {
    let names = case.names();
    let mut schemas = vec![case.db.schema_dump()];
    for n in 1..=names.len() {
        case.run("migrate up --steps 1");
        assert_eq!(applied(&case.db), names[..n]);
        fill(&case.db);
        schemas.push(case.db.schema_dump());
    }
    let full = content(&case.db);
    assert!(full.values().all(|rows| rows.len() == ROWS), "{full:?}");
    for n in (1..=names.len()).rev() {
        let name = &names[n - 1];
        let before = content(&case.db);
        case.run("migrate down --steps 1 --yes");
        assert_dump(
            &case.db.schema_dump(),
            &schemas[n - 1],
            &format!("below {name}"),
        );
        let below = content(&case.db);
        assert_same(&shared(&before, &below), &below, name);

        case.run("migrate up --steps 1");
        assert_dump(
            &case.db.schema_dump(),
            &schemas[n],
            &format!("{name} again"),
        );
        let again = content(&case.db);
        assert_same(&shared(&again, &below), &below, name);

        fill(&case.db);
        case.run("migrate down --steps 1 --yes");
        assert_same(&shared(&below, &below), &content(&case.db), name);
    }
    assert!(applied(&case.db).is_empty());
}

/// Up, all down, up: nothing behind, and the same again.
fn round_trip(case: &Case) {
    let empty = case.db.schema_dump();
    case.run("migrate up");
    let first = case.db.schema_dump();
    let fingerprint = meta(&case.db, "fingerprint");
    assert_ne!(first, empty);
    fill(&case.db);
    case.run("migrate down --all --yes");
    assert_dump(&case.db.schema_dump(), &empty, "left behind");
    assert_only_books(&case.db);
    case.run("migrate up");
    assert_dump(&case.db.schema_dump(), &first, "again");
    assert_eq!(meta(&case.db, "fingerprint"), fingerprint);

    fill(&case.db);
    case.run("migrate reset --yes");
    assert_only_books(&case.db);
    case.run("migrate up --steps 2");
    case.run("migrate fresh --yes");
    assert_dump(&case.db.schema_dump(), &first, "again");
    case.run("migrate refresh --yes");
    assert_dump(&case.db.schema_dump(), &first, "again");
    assert_eq!(meta(&case.db, "fingerprint"), fingerprint);
}

/// Every object of the catalogue, of whatever kind, is saasdb's or sea-orm's own.
#[track_caller]
fn assert_only_books(db: &TestDb) {
    let objects = match db.kind() {
        Db::Sqlite => {
            "SELECT type || ' ' || tbl_name, tbl_name FROM sqlite_master
               WHERE name <> 'sqlite_sequence'"
        }
        Db::Postgres => {
            "SELECT 'relation ' || relname, relname FROM pg_class
               WHERE relnamespace = 'public'::regnamespace
             UNION ALL SELECT 'type ' || typname, ltrim(typname, '_') FROM pg_type
               WHERE typnamespace = 'public'::regnamespace
             UNION ALL SELECT 'function ' || proname, proname FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace
             UNION ALL SELECT 'schema ' || nspname, nspname FROM pg_namespace
               WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')"
        }
        Db::Mysql => {
            "SELECT concat('table ', table_name), table_name FROM information_schema.tables
               WHERE table_schema = database()
             UNION ALL SELECT concat('routine ', routine_name), routine_name
               FROM information_schema.routines WHERE routine_schema = database()
             UNION ALL SELECT concat('trigger ', trigger_name), trigger_name
               FROM information_schema.triggers WHERE trigger_schema = database()"
        }
    };
    let mut objects = db.rows(objects);
    if db.kind() == Db::Sqlite
        && !db
            .rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
            .is_empty()
    {
        // A count of a table that is gone would be given to the next one of that name.
        objects.extend(db.rows("SELECT 'sequence ' || name, name FROM sqlite_sequence"));
    }
    // Their indexes and types begin as they do.
    let books = [
        "seaql_migrations",
        "saasdb_migrations",
        "saasdb_meta",
        "saasdb_seeds",
        "saasdb_journal",
    ];
    let is_book = |name: &str| books.iter().any(|book| name.starts_with(book));
    let left: Vec<&String> = objects
        .iter()
        .filter(|row| !is_book(&row[1]))
        .map(|row| &row[0])
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// Names follow the scheme, references have an index, no index is there twice.
fn names_and_indexes(case: &Case) {
    case.run("migrate up");
    let catalogue = Catalogue::read(&case.db);
    let mut wrong = Vec::new();
    let mut check = |table: &str, columns: &[String], suffix: &str, found: &str| {
        let full = format!("{table}_{}_{suffix}", columns.join("_"));
        let short = found.starts_with(&format!("{table}_"))
            && found.ends_with(&format!("_{suffix}"))
            && full.len() > 63;
        if found.len() > 63 || (found != full && !short) {
            wrong.push(format!("{found} should be {full}"));
        }
    };
    let own = |index: &&Index| !catalogue.outside.contains(&index.table);
    for index in catalogue.indexes.iter().filter(own) {
        if index.primary {
            continue;
        }
        let suffix = if index.unique { "key" } else { "idx" };
        check(&index.table, &index.columns, suffix, &index.name);
    }
    for key in &catalogue.keys {
        check(&key.table, &key.columns, "fkey", &key.name);
    }
    for (table, name, text) in &catalogue.checks {
        let columns: Vec<String> = catalogue
            .columns_of(table)
            .filter(|column| *name == format!("{table}_{}_check", column.name))
            .map(|column| column.name.clone())
            .collect();
        assert!(
            columns.iter().all(|column| mentions(text, column)),
            "{name}: {text}"
        );
        check(table, &columns, "check", name);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!catalogue.keys.is_empty() && !catalogue.indexes.is_empty());

    for key in &catalogue.keys {
        assert!(
            catalogue
                .indexes_of(&key.table)
                .any(|index| index.columns.starts_with(&key.columns)),
            "no index for {}",
            key.name
        );
    }
    for index in catalogue.indexes.iter().filter(|index| !index.unique) {
        let twice = catalogue
            .indexes_of(&index.table)
            .find(|other| other.name != index.name && other.columns == index.columns);
        assert!(twice.is_none(), "{} is as good as {twice:?}", index.name);
    }
}

/// Seeding twice is seeding once; undo takes everything out; seeding anew brings the same.
fn seeds(case: &Case) {
    case.run("migrate up");
    let empty = content(&case.db);
    assert!(empty.values().all(Vec::is_empty));
    let report = case.run("seed --env dev --format json").json();
    let sums = totals(&report);
    assert!(sums["inserted"] > 0, "{report}");
    let seeded = content(&case.db);
    let ledger = case.db.rows("SELECT * FROM saasdb_seeds ORDER BY 1, 3, 4");
    assert_eq!(ledger.len(), sums["inserted"]);

    let report = case.run("seed --env dev --format json").json();
    let again = totals(&report);
    assert_eq!((again["inserted"], again["updated"]), (0, 0), "{report}");
    assert_eq!(again["unchanged"], sums["inserted"], "{report}");
    assert_same(&content(&case.db), &seeded, "seeded twice");
    assert_eq!(
        case.db.rows("SELECT * FROM saasdb_seeds ORDER BY 1, 3, 4"),
        ledger
    );

    case.run("seed undo");
    assert_same(&content(&case.db), &empty, "undone");
    assert!(case.db.rows("SELECT * FROM saasdb_seeds").is_empty());
    let report = case.run("seed undo --format json").json();
    assert_eq!(
        report["tables"].as_array().map(Vec::len),
        Some(0),
        "{report}"
    );

    case.run("seed --env dev");
    assert_same(
        &described(case.set, &content(&case.db)),
        &described(case.set, &seeded),
        "seeded anew",
    );
}

/// The part of the rows that the set's seeders describe. The hashes of passwords have another salt
/// every time.
fn described(set: &SchemaSet, content: &Content) -> Content {
    let context = SeedContext {
        anchor: chrono::Utc::now(),
    };
    let mut out = content.clone();
    for table in set.seeders().iter().flat_map(|s| s.tables(&context)) {
        let columns: Vec<&str> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(i, _)| !matches!(table.rows[0].values[*i], SeedValue::Password(_)))
            .map(|(_, name)| *name)
            .collect();
        let rows = out.get_mut(table.table).expect("the table is there");
        for row in rows.iter_mut() {
            row.retain(|name, _| columns.contains(&name.as_str()));
        }
        rows.sort();
    }
    out
}

/// The numbers of a seed report, of all seeders together.
fn totals(report: &serde_json::Value) -> BTreeMap<&'static str, usize> {
    let seeders = report["seeders"].as_array().expect("seeders");
    ["inserted", "updated", "unchanged", "existing", "kept"]
        .into_iter()
        .map(|word| {
            let numbers = seeders.iter().filter_map(|s| s[word].as_u64());
            (word, numbers.sum::<u64>() as usize)
        })
        .collect()
}

/// A place that holds a set refuses every other one, by name, and stays as it is.
fn one_set_at_a_place(case: &Case) {
    case.run("migrate up");
    let (schema, books) = (case.db.schema_dump(), applied(&case.db));
    for other in SETS.iter().filter(|other| other.name != case.set.name) {
        let program = Saasdb::new().db(&case.db).env("SAASDB_SET", other.name);
        if !other.backends.contains(&backend(case.db.kind())) {
            let refused = program.call(["migrate", "up"]).code(2);
            assert!(refused.stderr.contains(other.name), "{}", refused.stderr);
            continue;
        }
        for verb in [
            "migrate up",
            "migrate fresh --yes",
            "setup",
            "seed",
            "migrate down --all --yes",
        ] {
            let refused = program.call(verb.split_whitespace()).code(6);
            let says = format!(
                "holds the schema set `{}`, not `{}`",
                case.set.name, other.name
            );
            assert!(refused.stderr.contains(&says), "{verb}: {}", refused.stderr);
        }
        assert_dump(&case.db.schema_dump(), &schema, other.name);
        assert_eq!(applied(&case.db), books);
    }
    // Taken out again, it leaves the place to any other.
    case.run("migrate down --all --yes");
    let next = SETS
        .iter()
        .filter(|other| other.backends.contains(&backend(case.db.kind())))
        .find(|other| other.name != case.set.name)
        .expect("another set");
    let program = Saasdb::new().db(&case.db).env("SAASDB_SET", next.name);
    program.call(["setup"]).success();
    assert_eq!(meta(&case.db, "schema_set"), next.name);
    let status = program
        .call(["status", "--format", "json"])
        .success()
        .json();
    assert_eq!(status["drift"]["state"], "none", "{status}");
}

macro_rules! contract {
    ($($clause:ident)*) => {
        mod sqlite {
            $(#[test] fn $clause() { super::each_set(super::Db::Sqlite, super::$clause); })*
        }
        mod postgres {
            $(#[test] fn $clause() { super::each_set(super::Db::Postgres, super::$clause); })*
        }
        mod mysql {
            $(#[test] fn $clause() { super::each_set(super::Db::Mysql, super::$clause); })*
        }
    };
}
contract!(steps round_trip names_and_indexes seeds one_set_at_a_place);
