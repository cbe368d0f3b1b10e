//! What keeps tenants apart in the database itself: row level security with its policies, and everything
//! that leads around it.

use std::collections::BTreeMap;

use super::postgres::Postgres;
use super::{Dialect, ResultSet};

/// What a database with row level security knows of it.
pub trait Guards: Send + Sync {
    /// The script whose results [`Guard::read`] reads. `role` is the one as which the application works.
    fn script(&self, role: Option<&str>) -> String;

    /// The statement that switches row level security on.
    fn enable(&self, table: &str) -> String;

    /// The statement that binds the owner of a table too.
    fn force(&self, table: &str) -> String;
}

/// What is known of the schema's protection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether views can act with the rights of who asks them (PostgreSQL 15).
    pub views_can_ask: bool,
    /// The role as which the application works, if it is there.
    pub role: Option<AppRole>,
    /// Tables by name.
    pub tables: BTreeMap<String, GuardedTable>,
    /// Views over tables of the schema.
    pub views: Vec<View>,
    /// Functions of the schema that act with their owner's rights.
    pub definers: Vec<Definer>,
    /// Foreign keys that were never validated: table, name.
    pub unproven: Vec<(String, String)>,
    /// Who of those that the application's sessions are may create objects in the schema.
    pub creators: Vec<Creator>,
}

/// Somebody who may create objects in a schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Creator {
    /// The role, or `PUBLIC`.
    pub role: String,
    /// The schema.
    pub schema: String,
}

impl Creator {
    /// The statement that takes it away.
    pub fn revoke(&self, d: &dyn Dialect) -> String {
        let role = match self.role.as_str() {
            "PUBLIC" => "PUBLIC".to_owned(),
            role => d.ident(role),
        };
        format!(
            "REVOKE CREATE ON SCHEMA {} FROM {role}",
            d.ident(&self.schema)
        )
    }
}

/// The application's role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppRole {
    /// Its name.
    pub name: String,
    /// Whether it is a superuser.
    pub superuser: bool,
    /// Whether row level security does not bind it.
    pub bypasses: bool,
    /// Roles that it may act as and that are not bound.
    pub becomes: Vec<String>,
    /// Whether this session may act as it.
    pub lent: bool,
    /// Whom to grant it to, else.
    pub session_user: String,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardedTable {
    /// Whether row level security is on.
    pub enabled: bool,
    /// Whether it binds the owner too.
    pub forced: bool,
    /// Who owns it.
    pub owner: String,
    /// Whether the application's role owns it or may act as who does.
    pub owned: bool,
    /// What the application's role may do: some of SELECT, INSERT, UPDATE, DELETE, TRUNCATE.
    pub rights: Vec<String>,
    /// The columns that the application's role may update.
    pub updatable: Vec<String>,
    /// Its policies.
    pub policies: Vec<Policy>,
}

/// A policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Whether it lets rows through; else it holds some back.
    pub permissive: bool,
    /// `r`, `a`, `w`, `d`, or `*` for all four.
    pub command: char,
    /// Whether it is for the application's role (or, where none is known, for any).
    pub applies: bool,
    /// Which rows there are.
    pub using: Option<String>,
    /// Which rows may be written.
    pub check: Option<String>,
}

/// A view over tables of the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Its name, quoted, with its schema where it needs it.
    pub name: String,
    /// Its bare name in the schema, if it is in it.
    pub here: Option<String>,
    /// Whether it keeps rows of its own.
    pub materialized: bool,
    /// Whether it acts with the rights of who asks it.
    pub asks: bool,
    /// Who owns it.
    pub owner: String,
    /// The tables of the schema that it reads, also through other views.
    pub tables: Vec<String>,
    /// Those of them whose row level security does not bind the owner.
    pub unbound: Vec<String>,
    /// Whether the application's role may read it (or anybody may, where none is known).
    pub readable: bool,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A function that acts with its owner's rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definer {
    /// Its name with the types of its arguments.
    pub signature: String,
    /// Its own search path, if it has one.
    pub path: Option<String>,
}

impl Policy {
    /// Whether it speaks of that command.
    pub fn covers(&self, command: char) -> bool {
        self.applies && (self.command == '*' || self.command == command)
    }
}

impl Definer {
    /// Whether a temporary table of the caller comes before those that the function means. It does
    /// unless the path says `pg_temp`, and last. An empty path makes every name say its schema.
    pub fn lets_temporary_in_first(&self) -> bool {
        let Some(path) = &self.path else { return true };
        let names: Vec<&str> = path
            .split(',')
            .map(|part| part.trim().trim_matches('"'))
            .filter(|part| !part.is_empty())
            .collect();
        names.last().is_some_and(|last| *last != "pg_temp")
    }
}

impl Guard {
    /// Reads the results of [`Guards::script`].
    pub fn read(results: &[ResultSet]) -> Self {
        let mut guard = Self::default();
        for row in results.iter().flat_map(|r| &r.rows) {
            let opt = |i: usize| row.get(i).cloned().flatten();
            let get = |i: usize| opt(i).unwrap_or_default();
            let is = |i: usize| opt(i).is_some_and(|v| v == "t" || v == "true");
            let list = |i: usize| -> Vec<String> {
                opt(i)
                    .and_then(|text| serde_json::from_str(&text).ok())
                    .unwrap_or_default()
            };
            match get(0).as_str() {
                "server" => guard.views_can_ask = is(1),
                "role" => {
                    guard.role = Some(AppRole {
                        name: get(1),
                        superuser: is(2),
                        bypasses: is(3),
                        becomes: list(4),
                        lent: is(5),
                        session_user: get(6),
                    });
                }
                "table" => {
                    let table = GuardedTable {
                        enabled: is(2),
                        forced: is(3),
                        owner: get(4),
                        owned: is(5),
                        rights: list(6),
                        updatable: list(7),
                        policies: Vec::new(),
                    };
                    guard.tables.insert(get(1), table);
                }
                "policy" => {
                    if let Some(table) = guard.tables.get_mut(&get(1)) {
                        table.policies.push(Policy {
                            name: get(2),
                            permissive: is(3),
                            command: get(4).chars().next().unwrap_or('*'),
                            applies: is(5),
                            using: opt(6),
                            check: opt(7),
                        });
                    }
                }
                "view" => guard.views.push(View {
                    name: get(1),
                    here: opt(2),
                    materialized: is(3),
                    asks: is(4),
                    owner: get(5),
                    tables: list(6),
                    unbound: list(7),
                    readable: is(8),
                    columns: list(9),
                }),
                "definer" => guard.definers.push(Definer {
                    signature: get(1),
                    path: opt(2),
                }),
                "creator" => guard.creators.push(Creator {
                    role: get(1),
                    schema: get(2),
                }),
                "unproven" => guard.unproven.push((get(1), get(2))),
                _ => {}
            }
        }
        guard
    }
}

impl Guards for Postgres {
    fn script(&self, role: Option<&str>) -> String {
        // A name that no role has stands for none: functions on privileges return NULL for it.
        let role = role.map_or("NULL".to_owned(), |r| self.literal(r));
        SCRIPT.replace("$role", &role)
    }

    fn enable(&self, table: &str) -> String {
        format!(
            "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
            self.ident(table)
        )
    }

    fn force(&self, table: &str) -> String {
        format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", self.ident(table))
    }
}

/// Reads catalogues only, with no rights on the tables themselves.
const SCRIPT: &str = r#"
SELECT 'server', (current_setting('server_version_num')::int >= 150000)::text;
SELECT 'role', r.rolname::text, r.rolsuper::text, r.rolbypassrls::text,
  (SELECT json_agg(x.rolname ORDER BY x.rolname) FROM pg_roles x
   WHERE (x.rolsuper OR x.rolbypassrls) AND x.oid <> r.oid AND NOT r.rolsuper AND pg_has_role(r.oid, x.oid, 'MEMBER'))::text,
  pg_has_role(session_user, r.oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)::text,
  session_user::text
FROM pg_roles r WHERE r.rolname = $role;
SELECT 'table', c.relname::text, c.relrowsecurity::text, c.relforcerowsecurity::text, pg_get_userbyid(c.relowner)::text,
  pg_has_role(r.oid, c.relowner, 'MEMBER')::text,
  (SELECT json_agg(p) FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) p
   WHERE has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
     AND CASE WHEN p IN ('SELECT','INSERT','UPDATE') THEN has_any_column_privilege(r.oid, c.oid, p) ELSE has_table_privilege(r.oid, c.oid, p) END)::text,
  (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE'))::text
FROM pg_class c LEFT JOIN pg_roles r ON r.rolname = $role
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r','p')
  AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%';
SELECT 'policy', c.relname::text, p.polname::text, p.polpermissive::text, p.polcmd::text,
  (r.oid IS NULL OR 0 = ANY (p.polroles) OR EXISTS (SELECT FROM unnest(p.polroles) o WHERE o <> 0 AND pg_has_role(r.oid, o, 'USAGE')))::text,
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid LEFT JOIN pg_roles r ON r.rolname = $role
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
ORDER BY c.relname, p.polname;
WITH RECURSIVE uses (view, relation) AS (
  SELECT DISTINCT w.ev_class, d.refobjid FROM pg_rewrite w
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
), reads (view, relation) AS (
  SELECT view, relation FROM uses UNION SELECT r.view, u.relation FROM reads r JOIN uses u ON u.view = r.relation
)
SELECT 'view', v.oid::regclass::text, CASE WHEN v.relnamespace = n.oid THEN v.relname::text END, (v.relkind = 'm')::text,
  coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(v.reloptions) o WHERE o.option_name = 'security_invoker'), false)::text,
  o.rolname::text, json_agg(t.relname ORDER BY t.relname)::text,
  json_agg(t.relname ORDER BY t.relname) FILTER (WHERE o.rolsuper OR o.rolbypassrls OR pg_has_role(o.oid, t.relowner, 'USAGE') AND NOT t.relforcerowsecurity)::text,
  coalesce(bool_or(has_any_column_privilege(r.oid, v.oid, 'SELECT')), true)::text,
  (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped)::text
FROM reads d JOIN pg_class v ON v.oid = d.view AND v.relkind IN ('v','m')
JOIN pg_class t ON t.oid = d.relation AND t.relkind IN ('r','p')
JOIN pg_namespace n ON n.nspname = current_schema() AND t.relnamespace = n.oid
JOIN pg_roles o ON o.oid = v.relowner LEFT JOIN pg_roles r ON r.rolname = $role
GROUP BY v.oid, v.relname, v.relkind, v.relnamespace, v.reloptions, n.oid, o.rolname
ORDER BY 2;
SELECT 'definer', p.oid::regprocedure::text,
  (SELECT substr(s, length('search_path=') + 1) FROM unnest(p.proconfig) s WHERE s LIKE 'search\_path=%')
FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 2;
SELECT 'unproven', c.relname::text, k.conname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND NOT k.convalidated AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
WITH granted AS (
  SELECT coalesce(r.rolname::text, 'PUBLIC') AS role, n.nspname FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
  LEFT JOIN pg_roles r ON r.oid = a.grantee
  WHERE n.nspname = current_schema() AND a.privilege_type = 'CREATE' AND (r.oid IS NULL OR r.rolname IN ('anon', 'authenticated', $role) AND NOT r.rolsuper)
), app AS (
  SELECT r.rolname::text AS role, n.nspname FROM pg_roles r JOIN pg_namespace n ON n.nspname = current_schema()
  WHERE r.rolname = $role AND NOT r.rolsuper AND has_schema_privilege(r.oid, n.oid, 'CREATE') AND NOT EXISTS (SELECT FROM granted g WHERE g.role = 'PUBLIC')
)
SELECT 'creator', role, nspname::text FROM granted UNION SELECT 'creator', role, nspname::text FROM app ORDER BY 2
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_tables_come_first_unless_they_are_named_last() {
        let first = |path: Option<&str>| {
            let path = path.map(str::to_owned);
            let signature = String::new();
            Definer { signature, path }.lets_temporary_in_first()
        };
        assert!(first(None));
        assert!(first(Some("public")));
        assert!(first(Some("pg_temp, public")));
        assert!(!first(Some("pg_catalog, pg_temp")));
        assert!(!first(Some("\"\"")));
    }
}
