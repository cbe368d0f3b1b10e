//! Trying whether row level security holds: transactions that change nothing.

use super::RowSecurity;
use super::postgres::Postgres;

/// What a database can do on trial.
pub trait Trials: Send + Sync {
    /// The statements that begin a transaction on one state of the data, in which a statement gives up
    /// after so many milliseconds, and sooner where it waits for a lock.
    fn begin(&self, wait_ms: u32, statement_ms: u32) -> Vec<String>;

    /// The statements after which the transaction acts as a role that is shown what it may see.
    fn act_as(&self, role: &str) -> Vec<String>;

    /// The statements after which the transaction acts as a role that sees all, or fails.
    fn see_all_as(&self, role: &str) -> Vec<String>;

    /// What row `alias` is, and which state it is in, as text.
    fn version(&self, alias: &str) -> String;

    /// One text that says which rows, and which states of them, a query finds.
    fn fingerprint(&self, alias: &str) -> String;

    /// The words between the columns and the values of an INSERT that says every value itself.
    fn overriding(&self) -> &'static str;

    /// Whether a column's value is worked out and cannot be said, by what the catalogue says of it.
    fn is_generated(&self, extra: &str) -> bool;
}

impl Trials for Postgres {
    fn begin(&self, wait_ms: u32, statement_ms: u32) -> Vec<String> {
        vec![
            "BEGIN ISOLATION LEVEL REPEATABLE READ".to_owned(),
            format!("SET LOCAL lock_timeout = {wait_ms}"),
            format!("SET LOCAL statement_timeout = {statement_ms}"),
            // Should this program stop in the middle, the server ends what it began.
            format!("SET LOCAL idle_in_transaction_session_timeout = {statement_ms}"),
        ]
    }

    fn act_as(&self, role: &str) -> Vec<String> {
        vec![
            "SET LOCAL row_security = on".to_owned(),
            RowSecurity::act_as(self, role),
        ]
    }

    fn see_all_as(&self, role: &str) -> Vec<String> {
        vec![RowSecurity::act_as(self, role), self.insist().to_owned()]
    }

    fn version(&self, alias: &str) -> String {
        format!("{alias}.ctid::text")
    }

    fn fingerprint(&self, alias: &str) -> String {
        format!(
            "count(*)::text || ' ' || coalesce(md5(string_agg({0}, ',' ORDER BY {0})), '')",
            self.version(alias)
        )
    }

    fn overriding(&self) -> &'static str {
        "OVERRIDING SYSTEM VALUE"
    }

    fn is_generated(&self, extra: &str) -> bool {
        extra.contains("generated")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dialect;
    use super::*;

    #[test]
    fn a_role_is_quoted() {
        let hostile = "x'; DROP TABLE t; --";
        let said = Trials::act_as(&Postgres, hostile).join(";");
        assert!(said.ends_with(&Postgres.literal(hostile)), "{said}");
    }
}
