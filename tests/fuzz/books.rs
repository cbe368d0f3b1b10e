//! The books with contents that nobody writes: history, companion table, meta and ledger.

use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::prelude::*;
use saasdb::catalog;
use saasdb::dialect::{Backend, Facts, ResultSet};
use saasdb::engine::history::History;
use saasdb::engine::plan::{self, DownTarget, Survey, UpTarget};
use saasdb::engine::version::{digits, resolve, title};
use saasdb::engine::{BOTH, Source};

use super::{always, hostile, sane, some};
use crate::commands::unchanged;
use crate::sets::tools::{CORE, block_on, one, run};
use crate::support::{Db, Saasdb, TestDb};

fn source() -> &'static Source {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let set = catalog::find("core", Backend::Sqlite).expect("a set");
        block_on(Source::render(
            set.name,
            Backend::Sqlite,
            &set.migrations(),
            &BOTH,
        ))
        .expect("rendered")
    })
}

/// A version: one of the set, a part of one, or anything.
fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(CORE.to_vec()).prop_map(str::to_owned),
        2 => (proptest::sample::select(CORE.to_vec()), 0..30_usize)
            .prop_map(|(name, at)| name[..at.min(name.len())].to_owned()),
        1 => proptest::sample::select(CORE.to_vec()).prop_map(digits),
        2 => hostile(),
        1 => "\\PC{200,255}".prop_map(|s: String| s),
        1 => proptest::sample::select(vec!["m", "2", "m20251010", "m2_", "_", "-1", "99999999999999999999", "m٢٠٢٥"])
            .prop_map(str::to_owned),
    ]
}

/// What may stand in a column that should hold something else.
fn cell() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        3 => proptest::sample::select(vec![
            "applied", "applying", "reverting", "failed", "up", "down", "undo", "baseline", "0", "1", "-1",
            "9223372036854775807", "18446744073709551616", "1e300", "NaN", "", "2025-01-01T00:00:00Z",
            "+275760-09-13T00:00:00Z", "2025-13-45", "infinity",
        ]).prop_map(|s| Some(s.to_owned())),
        1 => hostile().prop_map(Some),
    ]
}

type Row = Vec<Option<String>>;

fn rows(columns: usize) -> impl Strategy<Value = Vec<Row>> {
    let row = (
        proptest::option::weighted(0.95, version()),
        vec(cell(), columns - 1),
    );
    let row = row.prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    });
    vec(row, 0..8)
}

#[test]
fn any_history_is_planned_with_or_refused() {
    let facts = Facts {
        relations: ["seaql_migrations", "saasdb_migrations", "saasdb_meta"]
            .map(str::to_owned)
            .into(),
        ..Facts::default()
    };
    let cases = (rows(2), rows(12), rows(2), version(), 0..20_usize);
    always(3000, cases, |(seaorm, companion, meta, version, steps)| {
        let results = [seaorm, companion, meta].map(|rows| ResultSet { rows, affected: 0 });
        let Ok(history) = History::read(&facts, &results) else {
            return Ok(());
        };
        let survey = Survey::new(source(), &history);
        for target in [
            UpTarget::All,
            UpTarget::Steps(steps),
            UpTarget::To(version.clone()),
        ] {
            let _ = plan::up(source(), &survey, &target, true);
            if let Ok(planned) = plan::up(source(), &survey, &target, false) {
                let fits = planned
                    .iter()
                    .all(|step| step.index < source().migrations.len());
                prop_assert!(fits);
            }
        }
        for target in [
            DownTarget::All,
            DownTarget::Steps(steps),
            DownTarget::To(version),
        ] {
            let _ = plan::down(source(), &survey, &target);
        }
        Ok(())
    });
}

#[test]
fn any_version_is_one_or_is_refused() {
    always(5000, version(), |version| {
        let _ = title(&version);
        if let Ok(found) = resolve(CORE.into_iter(), &version) {
            let wanted = version.trim();
            let fits = [
                found.to_owned(),
                digits(found),
                format!("{}_{}", digits(found), title(found)),
            ];
            prop_assert!(
                fits.iter().any(|f| f.starts_with(wanted)),
                "{} for {}",
                found,
                version
            );
        }
        Ok(())
    });
}

#[test]
fn the_program_refuses_versions_that_are_none() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 6");
    let call = Saasdb::new().db(&db);
    for (i, version) in some(60, version()).into_iter().enumerate() {
        let version = version.replace('\0', "");
        let (verb, flag) = [
            ("up", "--to"),
            ("down", "--to"),
            ("plan", "--to"),
            ("up", "--steps"),
            ("down", "--steps"),
        ][i % 5];
        let words = ["migrate", verb, &format!("{flag}={version}"), "--dry-run"];
        let words = &words[..if verb == "plan" { 3 } else { 4 }];
        unchanged(&db, || sane(call.call(words)));
    }
}

/// The text as a literal that all three databases read alike.
fn literal(cell: &Option<String>) -> String {
    match cell {
        None => "NULL".to_owned(),
        Some(text) => format!(
            "'{}'",
            text.replace('\0', "")
                .replace('\\', "\\\\")
                .replace('\'', "''")
        ),
    }
}

/// What reads the books.
const READS: [&str; 7] = [
    "status",
    "migrate status",
    "migrate status --format json",
    "migrate plan",
    "migrate up --dry-run",
    "migrate down --steps 1 --dry-run",
    "seed status",
];

/// Tables like the books, in which any value fits any column.
fn loose(kind: Db) -> String {
    let text = if kind == Db::Mysql {
        "longtext"
    } else {
        "text"
    };
    let charset = if kind == Db::Mysql {
        " DEFAULT CHARSET=utf8mb4"
    } else {
        ""
    };
    let key = if kind == Db::Mysql {
        "varchar(255)"
    } else {
        "text"
    };
    let columns = |names: &str| {
        let columns: Vec<String> = names
            .split(' ')
            .map(|name| format!("{name} {text}"))
            .collect();
        columns.join(", ")
    };
    format!(
        "CREATE TABLE seaql_migrations (version {key}, {}){charset};
         CREATE TABLE saasdb_migrations (version {key}, {}){charset};
         CREATE TABLE saasdb_meta (name {key}, {}){charset};
         CREATE TABLE canary (id integer);",
        columns("applied_at"),
        columns(
            "checksum kind state direction statement_at started_at finished_at duration_ms applied_by \
             tool_version error"
        ),
        columns("value updated_at"),
    )
}

#[test]
fn the_program_reads_or_refuses_any_books_and_leaves_them_alone() {
    for (kind, cases) in [(Db::Sqlite, 14), (Db::Postgres, 5), (Db::Mysql, 5)] {
        let db = TestDb::new(kind);
        db.sql(&loose(kind));
        let call = Saasdb::new().db(&db);
        let books = (rows(2), rows(12), rows(3));
        for (seaorm, companion, meta) in some(cases, books) {
            let mut script = String::new();
            for (table, rows) in [
                ("seaql_migrations", seaorm),
                ("saasdb_migrations", companion),
                ("saasdb_meta", meta),
            ] {
                script.push_str(&format!("DELETE FROM {table};\n"));
                for row in rows {
                    let values: Vec<String> = row.iter().map(literal).collect();
                    script.push_str(&format!(
                        "INSERT INTO {table} VALUES ({});\n",
                        values.join(", ")
                    ));
                }
            }
            if kind != Db::Mysql {
                script = script.replace("\\\\", "\\");
            }
            db.sql(&script);
            unchanged(&db, || {
                for line in READS {
                    sane(call.call(line.split(' ')));
                }
            });
            // Whatever these do about it, they end as documented and run nothing that stands in there.
            for line in [
                "migrate up",
                "migrate repair",
                "migrate down --steps 1 --yes",
            ] {
                sane(call.call(line.split(' ')));
            }
            assert_eq!(one(&db, "SELECT count(*) FROM canary"), "0");
        }
    }
}
