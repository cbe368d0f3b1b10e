//! What a server tells on a second connection about a session: whether it is still at work, who
//! stands in its way, and how to stop it.

use super::{Dialect, ResultSet, SqlError, mysql::Mysql, postgres::Postgres};

/// Our session, as a second connection looks for it.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// The server's number for it.
    pub id: &'a str,
    /// The name that it gave to the server.
    pub application: &'a str,
    /// A pooler stands between: the number is that of whichever session came last.
    pub pooled: bool,
    /// The runner's lock that it holds.
    pub lock: Option<&'a str>,
}

/// How a session of ours stands, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It works on what it was told.
    AtWork,
    /// It waits for us, while we wait for it: what one of us said is lost.
    Idle,
    /// It is not there any more.
    Gone,
}

/// What a server knows of its sessions.
pub trait Sessions: Send + Sync {
    /// The query whose results [`Sessions::standing`] reads.
    fn look(&self, ours: &Ours<'_>) -> String;

    /// How our session stands.
    fn standing(&self, ours: &Ours<'_>, results: &[ResultSet]) -> Standing;

    /// Whether this error of connecting came from a server that is up and only has no place for
    /// another session.
    fn is_crowded(&self, error: &SqlError) -> bool;

    /// A query that names the sessions for which ours waits: one text column.
    fn blockers(&self, ours: &Ours<'_>) -> String;

    /// The query that cancels what our session is at; a row says that it was told. `None` where a
    /// statement that is cancelled would leave half of a migration behind.
    fn cancel(&self, ours: &Ours<'_>) -> Option<String>;

    /// The statement that ends our session, so that what it holds is free for the next one.
    fn end(&self, ours: &Ours<'_>) -> Option<String>;
}

impl Sessions for Postgres {
    /// For each session: whether it bears our name, whether it is at work. A pooler that passes names on gives ours to the session that works for us; one that does not
    /// shows under our number a session of another name.
    fn look(&self, ours: &Ours<'_>) -> String {
        let (id, name) = (number(ours.id), self.literal(ours.application));
        format!(
            "SELECT (a.application_name = {name})::int, \
               (coalesce(a.state, '') NOT LIKE 'idle%' AND a.wait_event IS DISTINCT FROM 'ClientWrite')::int \
             FROM pg_stat_activity a \
             WHERE (a.pid = {id} OR a.application_name = {name}) AND a.pid <> pg_backend_pid()"
        )
    }

    fn standing(&self, ours: &Ours<'_>, results: &[ResultSet]) -> Standing {
        let rows = results.first().map(|r| r.rows.as_slice());
        let rows = rows.unwrap_or_default();
        let is = |row: &[Option<String>], i: usize| row.get(i).is_some_and(|v| is_one(v.as_ref()));
        let named: Vec<_> = rows.iter().filter(|row| is(row, 0)).collect();
        let stranger = named.is_empty() && !rows.is_empty();
        if ours.pooled || stranger || named.iter().any(|row| is(row, 1)) {
            Standing::AtWork
        } else if named.is_empty() {
            Standing::Gone
        } else {
            Standing::Idle
        }
    }

    fn is_crowded(&self, error: &SqlError) -> bool {
        error.code.as_deref() == Some("53300")
    }

    fn blockers(&self, ours: &Ours<'_>) -> String {
        let ours = waiting(ours);
        // What a session of another user does is for pg_monitor alone; then those parts are empty.
        format!(
            "SELECT CASE b.pid WHEN 0 THEN 'a prepared transaction' ELSE \
               format('session %s (user %s, application \"%s\"', b.pid, coalesce(a.usename, a.backend_type), a.application_name) \
               || coalesce(', ' || a.state, '') \
               || coalesce(format(', transaction open for %s s', floor(extract(epoch FROM clock_timestamp() - a.xact_start))), '') \
               || coalesce(format(CASE a.state WHEN 'active' THEN ', query running for %s s: ' ELSE ', last query %s s ago: ' END, \
                    floor(extract(epoch FROM clock_timestamp() - a.query_start))) \
                    || left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60), '') || ')' END \
             FROM (SELECT DISTINCT unnest(pg_blocking_pids(w.pid)) AS pid FROM pg_stat_activity w WHERE {ours}) b \
             LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start, b.pid LIMIT 5"
        )
    }

    fn cancel(&self, ours: &Ours<'_>) -> Option<String> {
        let whose = ours_only(ours);
        Some(format!(
            "SELECT pg_cancel_backend(w.pid)::text FROM pg_stat_activity w \
             WHERE w.state = 'active' AND {whose}"
        ))
    }

    fn end(&self, ours: &Ours<'_>) -> Option<String> {
        // The pooler's sessions are not ours to end.
        (!ours.pooled).then(|| {
            let whose = ours_only(ours);
            format!(
                "SELECT pg_terminate_backend(w.pid)::text FROM pg_stat_activity w WHERE {whose}"
            )
        })
    }
}

/// The condition for our session, `w`, that nobody else's can meet: a number may be another's by
/// now, and names are cut off at 63 bytes.
fn ours_only(ours: &Ours<'_>) -> String {
    let name = Postgres.literal(ours.application);
    if ours.pooled {
        format!("w.application_name = {name}")
    } else {
        format!(
            "w.application_name = {name} AND w.pid = {}",
            number(ours.id)
        )
    }
}

/// The condition for our session, `w`, while it waits for a lock.
fn waiting(ours: &Ours<'_>) -> String {
    if ours.pooled {
        format!("{} AND w.wait_event_type = 'Lock'", ours_only(ours))
    } else {
        format!("w.pid = {}", number(ours.id))
    }
}

impl Sessions for Mysql {
    fn look(&self, ours: &Ours<'_>) -> String {
        format!(
            "SELECT COMMAND, IFNULL(STATE, '') FROM information_schema.PROCESSLIST WHERE ID = {}",
            number(ours.id)
        )
    }

    fn standing(&self, ours: &Ours<'_>, results: &[ResultSet]) -> Standing {
        if ours.pooled {
            return Standing::AtWork;
        }
        let Some(row) = results.first().and_then(|r| r.rows.first()) else {
            return Standing::Gone;
        };
        let value = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
        let waits = ["Sleep", "Killed"].contains(&value(0).as_str())
            || ["Writing to net", "Sending to client"].contains(&value(1).as_str());
        if waits {
            Standing::Idle
        } else {
            Standing::AtWork
        }
    }

    fn is_crowded(&self, error: &SqlError) -> bool {
        matches!(error.code.as_deref(), Some("1040" | "1203" | "1226"))
    }

    fn blockers(&self, ours: &Ours<'_>) -> String {
        let id = number(ours.id);
        // Who holds a metadata lock is not visible without a plugin; who has a transaction open in
        // this database is, to a role with PROCESS.
        format!(
            "SELECT CONCAT('connection ', p.ID, ' (user ', p.USER, ' from ', p.HOST, ', transaction open for ', \
               TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), ' s, ', \
               IFNULL(CONCAT('query running for ', p.TIME, ' s: ', LEFT(p.INFO, 60)), CONCAT('idle for ', p.TIME, ' s')), ')') \
             FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id \
             WHERE p.ID <> {id} AND p.DB = DATABASE() ORDER BY t.trx_started LIMIT 3"
        )
    }

    fn cancel(&self, _ours: &Ours<'_>) -> Option<String> {
        None
    }

    /// Numbers begin anew with a server, so it must hold the lock that we took.
    fn end(&self, ours: &Ours<'_>) -> Option<String> {
        let (id, lock) = (number(ours.id), super::mysql::lock_name(ours.lock?));
        Some(format!("KILL IF(IS_USED_LOCK('{lock}') = {id}, {id}, 0)"))
    }
}

/// The server's number for a session; 0 is nobody's.
fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

fn is_one(value: Option<&String>) -> bool {
    value.is_some_and(|v| v == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<ResultSet> {
        let row = |r: &&[&str]| r.iter().map(|v| Some((*v).to_owned())).collect();
        vec![ResultSet {
            rows: rows.iter().map(row).collect(),
            affected: 0,
        }]
    }

    const OURS: Ours<'static> = Ours {
        id: "7",
        application: "saasdb",
        pooled: false,
        lock: None,
    };

    #[test]
    fn what_postgresql_says_of_our_session() {
        let stands = |found: &[&[&str]]| Postgres.standing(&OURS, &rows(found));
        assert_eq!(stands(&[]), Standing::Gone);
        assert_eq!(stands(&[&["1", "1"]]), Standing::AtWork);
        assert_eq!(stands(&[&["1", "0"]]), Standing::Idle);
        // Through a pooler: the number is a stranger's, another session works for us.
        assert_eq!(stands(&[&["0", "0"]]), Standing::AtWork);
        assert_eq!(stands(&[&["0", "0"], &["1", "1"]]), Standing::AtWork);
        assert_eq!(stands(&[&["0", "1"], &["1", "0"]]), Standing::Idle);
        let pooled = Ours {
            pooled: true,
            ..OURS
        };
        assert_eq!(Postgres.standing(&pooled, &rows(&[])), Standing::AtWork);
        assert_eq!(Postgres.end(&pooled), None);
    }

    #[test]
    fn behind_a_pooler_the_name_counts_and_elsewhere_the_number_too() {
        let pooled = Ours {
            pooled: true,
            ..OURS
        };
        for sql in [
            Postgres.blockers(&pooled),
            Postgres.cancel(&pooled).unwrap(),
        ] {
            assert!(sql.contains("w.application_name = 'saasdb'"), "{sql}");
            assert!(!sql.contains("w.pid = 7"), "{sql}");
        }
        for sql in [Postgres.cancel(&OURS), Postgres.end(&OURS)] {
            let sql = sql.unwrap();
            assert!(
                sql.contains("w.application_name = 'saasdb' AND w.pid = 7"),
                "{sql}"
            );
        }
    }

    #[test]
    fn what_mysql_says_of_our_session() {
        let stands = |found: &[&[&str]]| Mysql.standing(&OURS, &rows(found));
        assert_eq!(stands(&[]), Standing::Gone);
        assert_eq!(stands(&[&["Sleep", ""]]), Standing::Idle);
        assert_eq!(stands(&[&["Query", "altering table"]]), Standing::AtWork);
        assert_eq!(stands(&[&["Query", "Writing to net"]]), Standing::Idle);
        assert_eq!(Mysql.end(&OURS), None, "without a lock it may be another's");
    }
}
