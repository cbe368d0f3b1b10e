//! What users do.

use super::model::{Fact, Model};
use crate::engine::late_rows::LEVELS;
use crate::sets::tools::quoted;
use crate::support::{Db, Session, TestDb};

/// Numbers that a seed decides.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}

/// One action. It may fail, as where the table isn't there: then nothing is the user's.
pub fn act(db: &TestDb, rng: &mut Rng, model: &mut Model) {
    let kind = db.kind();
    let n = model.fresh();
    let pick = rng.below(20);
    let user = format!(r#"(SELECT "id" FROM "users" ORDER BY "id" LIMIT 1 OFFSET {pick})"#);
    let (sql, table, query) = match rng.below(6) {
        0 => (
            format!(r#"INSERT INTO "users" ("username", "password") VALUES ('t{n}', 'x{n}')"#),
            "users".to_owned(),
            format!(
                r#"SELECT count(*) FROM "users" WHERE "username" = 't{n}' AND "password" = 'x{n}'"#
            ),
        ),
        1 => (
            // MySQL doesn't read the table that it updates, unless it is derived.
            format!(
                r#"UPDATE "users" SET "password" = 'mine{n}' WHERE "id" = (SELECT "id" FROM {user} AS "u") AND "password" LIKE '$2%'"#
            ),
            "users".to_owned(),
            format!(r#"SELECT count(*) FROM "users" WHERE "password" = 'mine{n}'"#),
        ),
        2 => (
            format!(
                r#"ALTER TABLE "users" ADD COLUMN "own_{n}" varchar(20);
                   UPDATE "users" SET "own_{n}" = 'v{n}' WHERE "id" = (SELECT "id" FROM {user} AS "u")"#
            ),
            "users".to_owned(),
            format!(r#"SELECT count(*) FROM "users" WHERE "own_{n}" = 'v{n}'"#),
        ),
        3 | 4 => {
            let end = ["CASCADE", "SET NULL", "RESTRICT"][rng.below(3)];
            let (kind_of, to) = match kind {
                Db::Sqlite => (
                    ["", "integer", "text", "blob"][rng.below(4)],
                    r#""USERS" ("ID")"#,
                ),
                _ => (["int", "bigint"][rng.below(2)], r#""users" ("id")"#),
            };
            let ours = format!("own_table_{n}");
            (
                format!(
                    r#"CREATE TABLE "{ours}" ("n" int, "user" {kind_of}, FOREIGN KEY ("user") REFERENCES {to} ON DELETE {end});
                       INSERT INTO "{ours}" SELECT {n}, "id" FROM {user} AS "u""#
                ),
                ours.clone(),
                format!(r#"SELECT count(*) FROM "{ours}" WHERE "n" = {n} AND "user" IS NOT NULL"#),
            )
        }
        _ => return drop_something(db, rng, model),
    };
    let (sql, query) = (quoted(kind, &sql), quoted(kind, &query));
    model.log.push(sql.clone());
    let _ = db.try_sql(&sql);
    learn(db, model, table, query);
}

/// What has come to be is the user's from now on.
fn learn(db: &TestDb, model: &mut Model, table: String, query: String) {
    let mut session = db.session();
    if session
        .try_rows(&query)
        .is_ok_and(|rows| rows == [["1".to_owned()]])
    {
        model.facts.push(Fact { table, query });
    }
    session.close();
}

/// Users drop tables of their own too; else these stand in the way of all that follows.
fn drop_something(db: &TestDb, rng: &mut Rng, model: &mut Model) {
    let mut own: Vec<String> = model.facts.iter().map(|fact| fact.table.clone()).collect();
    own.retain(|table| table.starts_with("own_table_"));
    if own.is_empty() {
        return;
    }
    let table = own.swap_remove(rng.below(own.len()));
    let sql = quoted(db.kind(), &format!(r#"DROP TABLE "{table}""#));
    model.log.push(sql.clone());
    db.sql(&sql);
    model.facts.retain(|fact| fact.table != table);
}

/// Another session's transaction, not ended yet.
pub struct Open<'a> {
    db: &'a TestDb,
    session: Session,
    end: &'static str,
    query: String,
}

pub fn open<'a>(db: &'a TestDb, rng: &mut Rng, model: &mut Model) -> Option<Open<'a>> {
    let n = model.fresh();
    let level = LEVELS[rng.below(3)];
    let end = ["COMMIT", "ROLLBACK"][rng.below(2)];
    let begin = match db.kind() {
        Db::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Db::Postgres => format!("BEGIN ISOLATION LEVEL {level}"),
        Db::Mysql => format!("SET TRANSACTION ISOLATION LEVEL {level}; START TRANSACTION"),
    };
    let insert = format!(r#"INSERT INTO "users" ("username", "password") VALUES ('t{n}', 'open')"#);
    let insert = quoted(db.kind(), &insert);
    let query = quoted(
        db.kind(),
        &format!(r#"SELECT count(*) FROM "users" WHERE "username" = 't{n}'"#),
    );
    let mut session = db.session();
    session.sql(&begin);
    if session.try_sql(&insert).is_err() {
        session.close();
        return None;
    }
    model.log.push(format!(
        "another session: {begin}; {insert}; 0.4 s later {end}"
    ));
    Some(Open {
        db,
        session,
        end,
        query,
    })
}

impl Open<'_> {
    pub fn end(mut self, model: &mut Model) {
        let ended = self.session.try_sql(self.end).is_ok();
        self.session.close();
        if ended && self.end == "COMMIT" {
            // The command may have gone on already: what was committed is the user's, there or not.
            let _ = self.db;
            model.facts.push(Fact {
                table: "users".to_owned(),
                query: self.query,
            });
        }
    }
}
