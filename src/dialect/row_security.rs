//! Row level security: a database may leave rows out of what a session sees, even for the owner of
//! a table, and say nothing. Counting or comparing rows would then be wrong without an error.

use super::postgres::Postgres;
use super::{Dialect, SqlError};

/// What a database knows of rows that it does not show.
pub trait RowSecurity: Send + Sync {
    /// The statement after which queries of the transaction fail instead of leaving rows out.
    fn insist(&self) -> &'static str;

    /// A query for those of the tables (`schema.table` in another schema) of which this session is
    /// not shown every row: table, who the session is, the role that it acts as, a role that it may
    /// act as and that sees all, another role that would. `writing`: it has to change rows too.
    fn hidden(&self, tables: &[String], writing: bool) -> String;

    /// The statement after which the transaction acts as that role.
    fn act_as(&self, role: &str) -> String;

    /// Whether a query failed because rows would have been left out.
    fn would_hide(&self, error: &SqlError) -> bool;
}

impl RowSecurity for Postgres {
    fn insist(&self) -> &'static str {
        "SET LOCAL row_security = off"
    }

    /// Of the roles that see all, the first by name that is no superuser: no more power than needed.
    /// It is the session's own role that may act as another, whatever it acts as now.
    fn hidden(&self, tables: &[String], writing: bool) -> String {
        let wanted: Vec<String> = tables
            .iter()
            .map(|table| {
                let (schema, name) = match table.split_once('.') {
                    Some((schema, name)) => (self.literal(schema), name),
                    None => ("current_schema()".to_owned(), table.as_str()),
                };
                format!(
                    "({}, {schema}, {})",
                    self.literal(table),
                    self.literal(name)
                )
            })
            .collect();
        let rights = match writing {
            true => "SELECT,INSERT,UPDATE,DELETE",
            false => "SELECT",
        };
        let may: Vec<String> = rights
            .split(',')
            .map(|right| format!("has_table_privilege(r.oid, c.oid, '{right}')"))
            .collect();
        let sees_all = format!(
            "FROM pg_roles r WHERE r.rolbypassrls AND NOT r.rolsuper \
               AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE') AND {}",
            may.join(" AND ")
        );
        let member = "pg_has_role(session_user, r.oid, \
            CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)";
        format!(
            "SELECT w.name, session_user::text, current_setting('role'), \
               (SELECT min(r.rolname::text) {sees_all} AND {member}), \
               (SELECT min(r.rolname::text) {sees_all} AND NOT {member}) \
             FROM (VALUES {}) w(name, schema, relname) \
             JOIN pg_namespace n ON n.nspname = w.schema \
             JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname \
             WHERE row_security_active(c.oid)",
            wanted.join(", ")
        )
    }

    fn act_as(&self, role: &str) -> String {
        format!("SET LOCAL role = {}", self.literal(role))
    }

    fn would_hide(&self, error: &SqlError) -> bool {
        error.code.as_deref() == Some("42501") && error.message.contains("row-level security")
    }
}
