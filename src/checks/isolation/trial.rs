//! One transaction on trial.

use crate::catalog::Claims;
use crate::checks::tenancy::Scene;
use crate::dialect::{Cause, Dialect, ResultSet, SqlError, Trials};
use crate::engine::sight::{Batch, Sight};
use crate::engine::{Database, Error, Result};
use crate::schema::sql;

/// How long a statement waits for a lock, in milliseconds. Whoever comes behind it waits too.
const WAIT: u32 = 300;

/// How long a statement may take, in milliseconds.
const LIMIT: u32 = 3_000;

/// Where it happens.
pub(super) struct Stage<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) trials: &'static dyn Trials,
    pub(super) sight: &'a Sight,
    pub(super) claims: &'a Claims,
}

/// Who attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A member of the first tenant.
    Member,
    /// A session that does not say who it is.
    Nobody,
}

/// What came of an attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The database refused it, or it found nothing to do.
    Held,
    /// It succeeded.
    Broke,
    /// Something else stopped it.
    Unclear(String),
    /// The attacker could not make what it needs for it.
    Unprepared,
}

/// A statement to try.
pub(super) struct Attack {
    pub(super) who: Who,
    /// What the attacker does before, rightly.
    pub(super) prepare: Option<String>,
    pub(super) sql: String,
    /// A query, with the table that it reads, whose answer the statement must not change.
    pub(super) proof: Option<(String, String)>,
    /// Whether rows of the attacker's own stand in its way.
    pub(super) blind: bool,
    /// Whether the row that it writes meets the policies before anything else can refuse it.
    pub(super) writes_new: bool,
}

impl Attack {
    /// One that says so by itself.
    pub(super) fn new(who: Who, sql: String) -> Self {
        Self {
            who,
            prepare: None,
            sql,
            proof: None,
            blind: false,
            writes_new: false,
        }
    }

    /// One that names no row.
    pub(super) fn blind(who: Who, sql: String) -> Self {
        Self {
            blind: true,
            ..Self::new(who, sql)
        }
    }
}

impl Stage<'_> {
    pub(super) fn d(&self) -> &'static dyn Dialect {
        self.scene.d
    }

    /// The statement by which a session says that it is that user of that tenant.
    pub(super) fn says(&self, tenant: &str, user: Option<&str>) -> String {
        self.fill(&self.claims.say, tenant, "", user)
    }

    /// A template with its values.
    pub(super) fn fill(
        &self,
        template: &str,
        tenant: &str,
        other: &str,
        user: Option<&str>,
    ) -> String {
        let d = self.d();
        let user = user.map_or("NULL".to_owned(), |user| d.literal(user));
        fill(
            template,
            &[
                ("{tenant}", d.literal(tenant)),
                ("{other}", d.literal(other)),
                ("{user}", user),
            ],
        )
    }

    /// Reads rows as somebody who sees all.
    pub(super) async fn read(
        &self,
        db: &mut Database,
        queries: Vec<(&str, String)>,
    ) -> Result<Vec<ResultSet>> {
        db.interrupt.check()?;
        let mut batch = Batch::new(db, self.sight);
        if let Some(limit) = self.d().tenancy().limit(10 * LIMIT) {
            batch.own(limit);
        }
        for (table, sql) in queries {
            batch.ask(table, sql);
        }
        let what = "the rows to try with cannot be read";
        batch.send(db).await.map_err(|e| e.explain(db, what))
    }

    /// Tries it. `says` is how the member says who it is.
    ///
    /// # Errors
    /// When it could not even begin: the role or the claims are refused, or the connection broke.
    pub(super) async fn attempt(
        &self,
        db: &mut Database,
        says: &str,
        attack: &Attack,
    ) -> Result<Ending> {
        db.interrupt.check()?;
        let mut script = self.trials.begin(WAIT, LIMIT);
        let proof = |script: &mut Vec<String>| {
            attack.proof.as_ref().map(|(table, query)| {
                script.extend(self.trials.see_all_as(self.sight.reader(table)));
                script.push(query.clone());
                script.len() - 1
            })
        };
        let before = proof(&mut script);
        script.extend(self.trials.act_as(&self.claims.role));
        if attack.who == Who::Member {
            // Each statement counts, so that an error is known to be of the attack or of what led to it.
            script.extend(sql::split(says).into_iter().map(str::to_owned));
        }
        let begun = script.len();
        script.extend(attack.prepare.clone());
        let at = script.len();
        script.push(attack.sql.clone());
        let after = proof(&mut script);
        script.push("ROLLBACK".to_owned());
        match db.run(&script.join(";\n")).await {
            Ok(results) => {
                let answer = |i: usize| results.get(i).and_then(ResultSet::single);
                let own = results.get(at);
                // A query says with its one value how many rows it saw.
                let rows = match own.and_then(ResultSet::single) {
                    Some(seen) => seen.parse().unwrap_or(0),
                    None => own.map_or(0, |r| r.affected),
                };
                Ok(match (before, after) {
                    (Some(before), Some(after)) if answer(before) == answer(after) => Ending::Held,
                    _ if rows > 0 => Ending::Broke,
                    _ => Ending::Held,
                })
            }
            Err(error) => {
                if error.cause == Cause::Unreachable && !is_timeout(&error) {
                    return Err(self.cannot(db, "the connection broke during an attack", &error));
                }
                // What is left of the transaction; nothing of it was committed.
                let end = db.run("ROLLBACK").await;
                if let Err(error) = end {
                    return Err(self.cannot(db, "an attack cannot be ended", &error));
                }
                if error.statement < begun {
                    let what = "a session of the application cannot be imitated";
                    return Err(self.cannot(db, what, &error).hint(
                        "look at `role`, `claims` and `members` in [checks] of saasdb.toml",
                    ));
                }
                Ok(match error.statement < at {
                    true => Ending::Unprepared,
                    false => judge(attack, &error),
                })
            }
        }
    }

    fn cannot(&self, db: &Database, what: &str, error: &SqlError) -> Error {
        Error::sql(what, error).on(&db.target)
    }
}

/// Puts values in their places, in one walk: what a value says is not looked at again.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = values.iter().find(|(name, _)| rest.starts_with(name));
        let (text, length) = known.map_or(("{", 1), |(name, value)| (value.as_str(), name.len()));
        out.push_str(text);
        rest = &rest[length..];
    }
    out + rest
}

fn is_timeout(error: &SqlError) -> bool {
    error.code.as_deref() == Some("57014")
}

/// What an error says of the policies.
fn judge(attack: &Attack, error: &SqlError) -> Ending {
    let unclear = Ending::Unclear(error.to_string());
    match error.cause {
        Cause::Permission => Ending::Held,
        Cause::LockTimeout | Cause::Conflict => unclear,
        _ if is_timeout(error) => unclear,
        // A setting that is not there, say: whoever is nobody got nothing.
        _ if attack.who == Who::Nobody => Ending::Held,
        // The engine looks at policies before constraints, so the row came through.
        Cause::Constraint if is_engines(error) => unclear,
        _ if attack.writes_new && error.code.as_deref().is_some_and(is_raised) => Ending::Held,
        _ => unclear,
    }
}

/// NOT NULL, foreign key, unique, CHECK, exclusion; others of the class are raised by triggers.
fn is_engines(error: &SqlError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    ["23502", "23503", "23505", "23514", "23P01"].contains(&code)
}

/// What a trigger raises to refuse a row.
fn is_raised(code: &str) -> bool {
    code == "P0001" || code.starts_with("23") || code.starts_with("44")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_taken_for_a_place() {
        let values = [
            ("{tenant}", "'{user}'".to_owned()),
            ("{user}", "'x'".to_owned()),
        ];
        let filled = fill("SELECT '{}', {tenant}, {user}, {{tenant}", &values);
        assert_eq!(filled, "SELECT '{}', '{user}', 'x', {'{user}'");
    }

    #[test]
    fn only_what_policies_refuse_is_a_pass() {
        let error = |cause, code: &str| SqlError {
            statement: 0,
            cause,
            code: Some(code.to_owned()),
            message: "no".to_owned(),
        };
        let member = Attack::new(Who::Member, String::new());
        let mut new = Attack::new(Who::Member, String::new());
        new.writes_new = true;
        let nobody = Attack::blind(Who::Nobody, String::new());
        let held = |attack, cause, code| judge(attack, &error(cause, code)) == Ending::Held;
        assert!(held(&member, Cause::Permission, "42501"));
        // The policies had let the row through when a constraint refused it.
        assert!(!held(&new, Cause::Constraint, "23505"));
        assert!(held(&new, Cause::Other, "P0001"));
        // A trigger sees a row only after a policy let it be found.
        assert!(!held(&member, Cause::Other, "P0001"));
        assert!(!held(&member, Cause::LockTimeout, "55P03"));
        assert!(!held(&nobody, Cause::Other, "57014"));
        assert!(held(&nobody, Cause::Undefined, "42704"));
    }
}
