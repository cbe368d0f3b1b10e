//! What somebody changed by hand stays drift after any run, until it is accepted.

use super::{json_of, run};
use crate::support::{Db, TestDb};

/// Changes by hand on tables that the steps below do not touch, with a word of what drift says.
fn changes(kind: Db) -> &'static [(&'static str, &'static str)] {
    match kind {
        Db::Sqlite => &[
            (
                "DROP INDEX \"subscriptions_organizationId_idx\"",
                "subscriptions_organizationId_idx",
            ),
            (
                "ALTER TABLE users ADD COLUMN nick text",
                "column users.nick",
            ),
            (
                "CREATE TRIGGER touched AFTER UPDATE ON users BEGIN SELECT 1; END",
                "trigger users.touched",
            ),
        ],
        Db::Postgres => &[
            (
                "DROP INDEX \"subscriptions_organizationId_idx\"",
                "subscriptions_organizationId_idx",
            ),
            (
                "ALTER TABLE users ADD COLUMN nick text",
                "column users.nick",
            ),
            (
                "ALTER TABLE users ALTER COLUMN \"isActive\" SET DEFAULT false",
                "column users.isActive",
            ),
            (
                "ALTER TABLE templates ALTER COLUMN name TYPE text",
                "column templates.name",
            ),
            (
                "ALTER TABLE sessions DROP CONSTRAINT \"sessions_userId_fkey\"",
                "sessions_userId_fkey",
            ),
            (
                "ALTER TABLE chats ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON chats USING (true)",
                "policy chats.mine",
            ),
            (
                "CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "routine touch",
            ),
        ],
        Db::Mysql => &[
            (
                "ALTER TABLE users ADD COLUMN nick text",
                "column users.nick",
            ),
            (
                "ALTER TABLE users ALTER COLUMN isActive SET DEFAULT 0",
                "column users.isActive",
            ),
            (
                "ALTER TABLE templates MODIFY name varchar(77) NOT NULL",
                "column templates.name",
            ),
            ("CREATE INDEX by_hand ON users (name)", "by_hand"),
            (
                "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW SET @x = 1",
                "trigger users.touched",
            ),
        ],
    }
}

#[test]
fn a_run_says_what_was_changed_by_hand_and_keeps_it_as_drift() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 11").success();
        let changes = changes(db.kind());
        for (change, _) in changes {
            db.sql(change);
        }
        db.sql("CREATE TABLE ours (id integer)");
        for line in [
            "migrate up --steps 1",
            "migrate redo",
            "migrate up --format json",
            "migrate down --steps 1",
            "migrate up",
            "seed --env dev",
            "migrate repair",
        ] {
            let output = run(db, line).success();
            let drift = run(db, "check drift").code(4);
            let runs = !line.contains("seed") && !line.contains("repair");
            for (_, object) in changes {
                assert!(
                    drift.stdout.contains(object),
                    "{line}: {object}\n{}",
                    drift.stdout
                );
                let said = output.stderr.contains(object);
                assert!(said || !runs, "{line}: {object}\n{}", output.stderr);
            }
            if line.contains("json") {
                let json = json_of(&output, "migrate up");
                assert_eq!(
                    json["drift"].as_array().map(Vec::len),
                    Some(changes.len() + 1 + usize::from(db.kind() == Db::Postgres))
                );
            }
            // A table of the application's own is drift too, until it is accepted.
            assert!(
                drift.stdout.contains("table ours"),
                "{line}\n{}",
                drift.stdout
            );
        }
        run(db, "migrate repair --accept-drift").success();
        run(db, "check drift").success();
        let again = run(db, "migrate redo").success();
        assert!(!again.stderr.contains("by hand"), "{}", again.stderr);
    });
}

#[test]
fn what_the_run_takes_away_is_no_drift_any_more() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        db.sql("CREATE INDEX by_hand ON users (name)");
        run(db, "migrate fresh").success();
        run(db, "check drift").success();
    });
}
