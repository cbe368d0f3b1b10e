//! What stands in the way of trusting the history tables: whoever may create objects in the schema may have
//! made one of them first, or put code of their own on it, or beside it, that runs with our rights.

use super::ResultSet;

/// Something that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// What it is.
    pub kind: Suspicion,
    /// The history table, or the function or operator as the server writes it.
    pub object: String,
    /// The trigger, rule or policy on it; what stands there instead of a table; who may read it.
    pub name: String,
    /// Who owns it, where the database has owners.
    pub owner: String,
}

/// Why it is no use, or no safe one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspicion {
    /// It is a view, or something else that is no plain table.
    Kind,
    /// Another role owns it, and can change it at any time.
    Owner,
    /// A trigger runs when it is written.
    Trigger,
    /// A rule does.
    Rule,
    /// A policy decides about its rows.
    Policy,
    /// A function of another role has the name of one of the server's and may be called in its place.
    Function,
    /// An operator.
    Operator,
    /// Somebody who reaches the API, or everybody, has privileges on it.
    Open,
}

impl Suspect {
    /// Whether reading is enough to run what is behind it.
    pub fn forbids_reading(&self) -> bool {
        use Suspicion::{Function, Kind, Operator};
        matches!(self.kind, Kind | Function | Operator)
    }

    /// Whether it forbids writing.
    pub fn forbids_writing(&self) -> bool {
        self.kind != Suspicion::Open
    }
}

/// Reads rows of kind, object, name, owner.
pub(super) fn read(result: Option<&ResultSet>) -> Vec<Suspect> {
    let rows = result.into_iter().flat_map(|r| &r.rows);
    rows.filter_map(|row| {
        let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
        let kind = match get(0).as_str() {
            "kind" => Suspicion::Kind,
            "owner" => Suspicion::Owner,
            "trigger" => Suspicion::Trigger,
            "rule" => Suspicion::Rule,
            "policy" => Suspicion::Policy,
            "function" => Suspicion::Function,
            "operator" => Suspicion::Operator,
            "open" => Suspicion::Open,
            _ => return None,
        };
        Some(Suspect {
            kind,
            object: get(1),
            name: get(2),
            owner: get(3),
        })
    })
    .collect()
}

/// The first look at a PostgreSQL database. It runs before anything is known of what is in the schema, so
/// each function and operator says where it is from.
///
/// Trusted are superusers, the owners of database and schema, and the roles that this session is or is a
/// member of; a superuser counts as a member only where somebody made it one. Owners, functions and operators
/// matter to whom they could give something: superusers, and those whom row level security does not bind or
/// who create objects here. Whoever only reads reads other people's tables anyway.
pub(super) const POSTGRES: &str = r#"SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery()::pg_catalog.text,
  pg_catalog.current_setting('default_transaction_read_only'), pg_catalog.pg_backend_pid()::pg_catalog.text, pg_catalog.current_database(), pg_catalog.current_schema();
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema() AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r','p','v','m','f']::pg_catalog."char"[]);
WITH RECURSIVE place AS (
  SELECT n.oid, n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()
), mine AS (
  SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) current_user OR r.rolname OPERATOR(pg_catalog.=) session_user
  UNION SELECT m.roleid FROM mine JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) mine.oid
), trusted AS (
  SELECT oid FROM mine UNION SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper UNION SELECT nspowner FROM place
  UNION SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
), book AS (
  SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl FROM pg_catalog.pg_class c JOIN place ON place.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['seaql_migrations','saasdb_migrations','saasdb_meta','saasdb_journal','saasdb_seeds']::pg_catalog.name[])
    AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r','p','v','m','f']::pg_catalog."char"[])
), found AS (
  SELECT 1 AS rank, 'kind' AS kind, relname::pg_catalog.text AS object, CASE relkind::pg_catalog.text WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
    WHEN 'f' THEN 'foreign table' ELSE 'partitioned table' END AS name, relowner AS owner FROM book WHERE relkind OPERATOR(pg_catalog.<>) 'r'::pg_catalog."char"
  UNION ALL SELECT 2, 'owner', relname::pg_catalog.text, '', relowner FROM book
    WHERE NOT EXISTS (SELECT FROM trusted t WHERE t.oid OPERATOR(pg_catalog.=) relowner)
  UNION ALL SELECT 3, 'trigger', b.relname::pg_catalog.text, t.tgname::pg_catalog.text, b.relowner FROM book b
    JOIN pg_catalog.pg_trigger t ON t.tgrelid OPERATOR(pg_catalog.=) b.oid AND NOT t.tgisinternal
  UNION ALL SELECT 4, 'rule', b.relname::pg_catalog.text, w.rulename::pg_catalog.text, b.relowner FROM book b
    JOIN pg_catalog.pg_rewrite w ON w.ev_class OPERATOR(pg_catalog.=) b.oid AND w.rulename OPERATOR(pg_catalog.<>) '_RETURN'::pg_catalog.name
  UNION ALL SELECT 5, 'policy', b.relname::pg_catalog.text, p.polname::pg_catalog.text, b.relowner FROM book b
    JOIN pg_catalog.pg_policy p ON p.polrelid OPERATOR(pg_catalog.=) b.oid
  UNION ALL SELECT 6, 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text, '', p.proowner FROM place
    JOIN pg_catalog.pg_proc p ON p.pronamespace OPERATOR(pg_catalog.=) place.oid
    WHERE NOT EXISTS (SELECT FROM trusted t WHERE t.oid OPERATOR(pg_catalog.=) p.proowner)
      AND EXISTS (SELECT FROM pg_catalog.pg_proc o WHERE o.proname OPERATOR(pg_catalog.=) p.proname
        AND o.pronamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid)
  UNION ALL SELECT 7, 'operator', o.oid::pg_catalog.regoperator::pg_catalog.text, '', o.oprowner FROM place
    JOIN pg_catalog.pg_operator o ON o.oprnamespace OPERATOR(pg_catalog.=) place.oid
    WHERE NOT EXISTS (SELECT FROM trusted t WHERE t.oid OPERATOR(pg_catalog.=) o.oprowner)
  UNION ALL SELECT 8, 'open', b.relname::pg_catalog.text, CASE WHEN r.rolname IS NULL THEN 'PUBLIC' ELSE r.rolname::pg_catalog.text END, b.relowner FROM book b
    CROSS JOIN LATERAL (SELECT DISTINCT a.grantee FROM pg_catalog.aclexplode(b.relacl) a WHERE a.grantee OPERATOR(pg_catalog.<>) b.relowner) a
    LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.grantee
    WHERE r.rolname IS NULL OR r.rolname OPERATOR(pg_catalog.=) ANY (ARRAY['anon','authenticated','service_role']::pg_catalog.name[])
)
SELECT f.kind, f.object, f.name, pg_catalog.pg_get_userbyid(f.owner)::pg_catalog.text FROM found f
WHERE f.rank OPERATOR(pg_catalog.<>) ALL (ARRAY[2, 6, 7]) OR EXISTS (
  SELECT FROM pg_catalog.pg_roles r, place WHERE r.rolname OPERATOR(pg_catalog.=) current_user
    AND (r.rolsuper OR r.rolbypassrls OR pg_catalog.has_schema_privilege(r.oid, place.oid, 'CREATE'::pg_catalog.text)))
ORDER BY f.rank, f.object, f.name"#;

/// A list of the history tables, as literals.
macro_rules! tables {
    () => {
        "('seaql_migrations', 'saasdb_migrations', 'saasdb_meta', 'saasdb_journal', 'saasdb_seeds')"
    };
}

/// The first look at a MySQL database. Each table's triggers are asked for by themselves: MariaDB opens every table of the
/// database to answer for several.
pub(super) const MYSQL: &str = concat!(
    "SELECT CAST(VERSION() AS CHAR), CAST(@@global.read_only AS CHAR), CAST(CONNECTION_ID() AS CHAR), DATABASE(), CAST(@@global.lower_case_table_names AS CHAR); \
     SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE(); \
     SELECT 'kind', TABLE_NAME, LOWER(TABLE_TYPE), '' FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ",
    tables!(),
    " AND TABLE_TYPE <> 'BASE TABLE' \
     UNION ALL SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'seaql_migrations' \
     UNION ALL SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'saasdb_migrations' \
     UNION ALL SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'saasdb_meta' \
     UNION ALL SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'saasdb_journal' \
     UNION ALL SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, DEFINER FROM information_schema.TRIGGERS \
     WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'saasdb_seeds'"
);

/// The first look at a SQLite database, whose names have no case.
pub(super) const SQLITE: &str = concat!(
    "SELECT sqlite_version(); \
     SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'; \
     SELECT CASE type WHEN 'view' THEN 'kind' ELSE 'trigger' END, lower(tbl_name), \
     CASE type WHEN 'view' THEN 'view' ELSE name END, '' FROM sqlite_master \
     WHERE type IN ('view', 'trigger') AND lower(tbl_name) IN ",
    tables!()
);
