//! `pending`, `history` and `checksum`; exit codes; what the command needs and leaves alone.

use saasdb::catalog::SETS;

use super::{found, outcomes, prepared, report};
use crate::commands::{shown, unchanged};
use crate::sets::tools::kinds;
use crate::support::{Db, Saasdb, TestDb};

const LAST: &str = "m20251010_100011_add_organization_to_campaigns";

fn one(rule: &str, of: &str) -> Vec<(String, String)> {
    vec![(rule.to_owned(), of.to_owned())]
}

#[test]
fn nothing_is_found_on_any_set_that_is_as_it_should_be() {
    for set in SETS {
        for kind in kinds(set) {
            let db = prepared(set.name, kind);
            let program = Saasdb::new().db(&db).env("SAASDB_SET", set.name);
            let report = report(&program, "");
            assert_eq!(report["exit_code"], 0, "{} {kind:?}: {report:#}", set.name);
            let program = program.env("DATABASE_URL", db.read_only_url());
            let out = unchanged(&db, || program.call(["check"]));
            let out = out.success();
            assert!(out.stderr.is_empty(), "{}", out.stderr);
        }
    }
}

#[test]
fn pending_alone_is_exit_code_3() {
    TestDb::on_all(|db| {
        let program = Saasdb::new().db(db);
        program.call(["migrate", "up", "--steps", "12"]).success();
        assert_eq!(found(&program, "pending"), one("pending/not-applied", LAST));
        let whole = report(&program, "");
        assert_eq!(whole["exit_code"], 3, "{whole:#}");
        let at = &whole["checks"][0]["findings"][0]["location"];
        let file = at["file"].as_str().expect("file");
        let line = at["line"].as_u64().expect("line") as usize;
        let source = std::fs::read_to_string(file).expect("the file is in the repository");
        let text = source.lines().nth(line - 1).expect("line");
        assert!(text.contains("fn up("), "{file}:{line}: {text}");
        program.call(["check"]).code(3);
        program.call(["migrate", "up"]).success();
        assert!(found(&program, "pending").is_empty());
        program.call(["check"]).success();
    });
}

#[test]
fn histories_that_do_not_fit_are_named() {
    TestDb::on_all(|db| {
        let program = Saasdb::new().db(db);
        program.call(["migrate", "up"]).success();
        let is = |change: &str, rule: &str, of: &str, back: &str| {
            db.sql(change);
            assert_eq!(
                found(&program, "history checksum"),
                one(rule, of),
                "{change}"
            );
            program.call(["check"]).code(4);
            db.sql(back);
            assert!(found(&program, "history checksum").is_empty(), "{back}");
        };
        is(
            "INSERT INTO seaql_migrations VALUES ('m20300101_000000_from_the_future', 1);
             INSERT INTO saasdb_migrations (version, kind, state, direction, started_at)
             VALUES ('m20300101_000000_from_the_future', 'applied', 'applied', 'up', 'x')",
            "history/missing",
            "m20300101_000000_from_the_future",
            "DELETE FROM seaql_migrations WHERE version LIKE 'm2030%';
             DELETE FROM saasdb_migrations WHERE version LIKE 'm2030%'",
        );
        let early = "m20251010_100004_create_quota_alerts";
        is(
            &format!("UPDATE saasdb_migrations SET checksum = 'x' WHERE version = '{early}'"),
            "checksum/edited",
            early,
            "UPDATE saasdb_migrations SET checksum = NULL WHERE checksum = 'x'",
        );
        is(
            &format!("DELETE FROM seaql_migrations WHERE version = '{early}'"),
            "history/out-of-order",
            early,
            &format!("INSERT INTO seaql_migrations VALUES ('{early}', 1)"),
        );
        is(
            &format!(
                "UPDATE saasdb_migrations SET state = 'failed', error = 'disk full' WHERE version = '{LAST}'"
            ),
            "history/dirty",
            LAST,
            &format!("UPDATE saasdb_migrations SET state = 'applied' WHERE version = '{LAST}'"),
        );
    });
}

#[test]
fn findings_read_well() {
    let db = TestDb::new(Db::Sqlite);
    let program = Saasdb::new().db(&db);
    program.call(["migrate", "up", "--steps", "12"]).success();
    db.sql("UPDATE saasdb_migrations SET state = 'failed', error = 'disk full' WHERE version LIKE '%chats';
        UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE '%templates'");
    let out = program
        .call("check pending history checksum".split_whitespace())
        .code(4);
    let text = shown(&out);
    // When it was started and by whom is different each time.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("    begun at ") && !line.starts_with("    now "));
    insta::assert_snapshot!("check_findings", lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_cannot_be_checked_is_an_error_and_no_finding() {
    let missing = TestDb::missing(Db::Sqlite);
    let out = Saasdb::new().db(&missing).call(["check"]).code(1);
    assert!(
        out.stderr.contains("hint: make it with `saasdb setup`"),
        "{}",
        out.stderr
    );
    assert!(!missing.exists());
    let db = TestDb::new(Db::Postgres);
    let out = Saasdb::new()
        .db(&db)
        .call(["check", "--schema", "nowhere"])
        .code(1);
    assert!(
        out.stderr.contains("the schema does not exist"),
        "{}",
        out.stderr
    );
    // An empty database has everything pending and nothing else.
    let report = report(&Saasdb::new().db(&db), "");
    assert_eq!(report["exit_code"], 3, "{report:#}");
    let of = |name: &str| {
        outcomes(&report)
            .into_iter()
            .find(|(check, _)| check == name)
    };
    assert_eq!(of("drift").expect("drift").1, "skipped");
    assert_eq!(of("entities").expect("entities").1, "skipped");
    let other = Saasdb::new()
        .db(&prepared("telecom", Db::Sqlite))
        .call(["check"])
        .code(6);
    assert!(other.stderr.contains("telecom"), "{}", other.stderr);
}

#[test]
fn words_that_there_are_not_are_refused_before_anything_is_opened() {
    let program = Saasdb::new().env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    for (line, says) in [
        ("check pendig", "did you mean `pending`?"),
        (
            "check --format yaml",
            "known: text, json, junit, sarif, github",
        ),
        (
            "check --report sarif",
            "for example `--report sarif=saasdb.sarif`",
        ),
        (
            "check --report html=x",
            "known: text, json, junit, sarif, github",
        ),
    ] {
        let out = program.call(line.split_whitespace()).code(2);
        assert!(out.stderr.contains(says), "{line}: {}", out.stderr);
    }
}
