//! What `tenancy` may find.

use crate::checks::{Rule, Severity};

pub(super) const NO_TENANT_TABLE: Rule = Rule {
    id: "tenancy/tenant-table-missing",
    severity: Severity::Error,
    about: "the tenant table is not there",
    help: "Without it no row belongs to anybody. Bring it back from a backup; `saasdb check drift` shows what else is gone.",
};
pub(super) const NO_COLUMN: Rule = Rule {
    id: "tenancy/column-missing",
    severity: Severity::Error,
    about: "a tenant's table lacks the column that says whose its rows are",
    help: "The SQL makes the column, but not its values: take those from a backup before anybody reads the table, then make it NOT NULL.",
};
pub(super) const NO_KEY: Rule = Rule {
    id: "tenancy/foreign-key-missing",
    severity: Severity::Error,
    about: "no foreign key proves whose the rows are",
    help: "A row can name a tenant or parent that is not there, and outlives the one that is deleted. Look for orphans first; on SQLite make the table anew in a migration.",
};
pub(super) const NO_INDEX: Rule = Rule {
    id: "tenancy/index-missing",
    severity: Severity::Warning,
    about: "no index begins with the tenant column",
    help: "Every query of a tenant, every policy and every deletion of a tenant reads the rows of all tenants.",
};
pub(super) const TYPE: Rule = Rule {
    id: "tenancy/type",
    severity: Severity::Error,
    about: "the tenant column's type is not that of the tenant table's key",
    help: "No foreign key fits, comparing needs a cast that no index serves, and values may be equal that should not be. Change the column's type in a migration.",
};
pub(super) const NULLABLE: Rule = Rule {
    id: "tenancy/nullable",
    severity: Severity::Warning,
    about: "the tenant column takes NULL",
    help: "A row without a tenant is invisible to every tenant, and to whoever deletes one. Give each row its tenant, then make the column NOT NULL.",
};
pub(super) const NULLABLE_MEANT: Rule = Rule {
    id: "tenancy/nullable-documented",
    severity: Severity::Note,
    about: "rows may be without a tenant, as the set's documents have it",
    help: "Such rows are invisible to every tenant. Where none are left, the column can be made NOT NULL.",
};
pub(super) const CROSSING_KEY: Rule = Rule {
    id: "tenancy/crossing-key",
    severity: Severity::Note,
    about: "a foreign key could point into another tenant's rows",
    help: "Row by row the application has to look that both belong to one tenant. A key over the tenant column too leaves that to the database: the SQL shows it.",
};
pub(super) const UNKNOWN: Rule = Rule {
    id: "tenancy/unknown",
    severity: Severity::Note,
    about: "nothing tells whether a table's rows are a tenant's",
    help: "If they are, give the table the tenant column; if they are everybody's, list it under `known` in [checks] of saasdb.toml.",
};
pub(super) const RLS_OFF: Rule = Rule {
    id: "tenancy/rls-disabled",
    severity: Severity::Error,
    about: "row level security is off on a tenant's table",
    help: "Its policies do nothing: every role with rights on the table reads and writes the rows of all tenants.",
};
pub(super) const RLS_NOT_FORCED: Rule = Rule {
    id: "tenancy/rls-not-forced",
    severity: Severity::Warning,
    about: "row level security does not bind the table's owner",
    help: "The owner's sessions, and views and functions that act as the owner, see all tenants. FORCE binds the owner too.",
};
pub(super) const NO_POLICY: Rule = Rule {
    id: "tenancy/policy-missing",
    severity: Severity::Warning,
    about: "no policy covers a command on a tenant's table",
    help: "The command is refused to everybody, or changes nothing without saying so. If that is meant, write a policy USING (false), so that nobody has to guess.",
};
pub(super) const OPEN_POLICY: Rule = Rule {
    id: "tenancy/policy-open",
    severity: Severity::Error,
    about: "a policy lets every row through",
    help: "Permissive policies add up: one that says true makes all others for its command meaningless. Name the tenant in it, or drop it.",
};
pub(super) const ROLE_UNKNOWN: Rule = Rule {
    id: "tenancy/role-unknown",
    severity: Severity::Note,
    about: "the application's role is not known",
    help: "Row level security is for that role: name it with `role` in [checks] of saasdb.toml, so that its rights are looked at and `isolation` can attack as it.",
};
pub(super) const ROLE_UNBOUND: Rule = Rule {
    id: "tenancy/role-unbound",
    severity: Severity::Error,
    about: "row level security does not bind the application's role",
    help: "A superuser or a role with BYPASSRLS, or one that may act as such a role, sees and changes the rows of all tenants. Let the application work as a role with neither.",
};
pub(super) const ROLE_OWNS: Rule = Rule {
    id: "tenancy/role-owns",
    severity: Severity::Error,
    about: "the application's role owns a tenant's table",
    help: "An owner can switch row level security off, and is not bound where it is not forced. Let another role own the tables.",
};
pub(super) const TRUNCATE: Rule = Rule {
    id: "tenancy/truncate",
    severity: Severity::Error,
    about: "the application's role may TRUNCATE a tenant's table",
    help: "Policies do not hold for TRUNCATE: any session of the application can delete the rows of all tenants.",
};
pub(super) const VIEW: Rule = Rule {
    id: "tenancy/view-unbound",
    severity: Severity::Error,
    about: "a view shows tenants' rows with its owner's rights",
    help: "Policies look at the view's owner, not at who asks. On PostgreSQL 15 and newer make it security_invoker; before that, let a role own it that the policies bind.",
};
pub(super) const MATERIALIZED: Rule = Rule {
    id: "tenancy/materialized-view",
    severity: Severity::Error,
    about: "the application may read a materialized view over tenants' rows",
    help: "It keeps a copy of the rows, for which no policy holds. Take the right to read it away and show it through a function or view that asks for the tenant.",
};
pub(super) const DEFINER_PATH: Rule = Rule {
    id: "tenancy/definer-search-path",
    severity: Severity::Error,
    about: "a SECURITY DEFINER function has no search path of its own",
    help: "Its caller chooses which tables and functions its names mean, and it runs them with its owner's rights.",
};
pub(super) const DEFINER_TEMP: Rule = Rule {
    id: "tenancy/definer-pg-temp",
    severity: Severity::Warning,
    about: "a caller's temporary tables come first in a SECURITY DEFINER function",
    help: "Where the search path does not name pg_temp, a temporary table goes before every other of its name. Name it, as the last one.",
};
pub(super) const CREATE: Rule = Rule {
    id: "tenancy/schema-create",
    severity: Severity::Error,
    about: "the application's sessions may create objects in the schema",
    help: "A function, operator or table of theirs can be taken for one that policies, functions or migrations mean, and then runs with other rights. It was so by default before PostgreSQL 15, and survives an upgrade.",
};
pub(super) const CROSSING_ROWS: Rule = Rule {
    id: "tenancy/crossing-rows",
    severity: Severity::Error,
    about: "rows refer to a parent of another tenant",
    help: "One tenant sees or changes what is another's through them. Find out which of both is right, then keep it so with a key over the tenant column.",
};
pub(super) const ORPHANS: Rule = Rule {
    id: "tenancy/orphans",
    severity: Severity::Error,
    about: "rows refer to a tenant or parent that is not there",
    help: "Nobody's rows: no tenant sees them and no deletion reaches them. Delete them or give them a parent, then add the foreign key, or let every session keep it.",
};
pub(super) const NO_TENANT: Rule = Rule {
    id: "tenancy/rows-without-tenant",
    severity: Severity::Warning,
    about: "rows have no tenant",
    help: "No tenant sees them, and deleting a tenant leaves them behind. Give them their tenant, or delete them.",
};
pub(super) const NO_PARENT: Rule = Rule {
    id: "tenancy/rows-without-parent",
    severity: Severity::Note,
    about: "rows belong to no tenant because they have no parent",
    help: "Fine where the documents mean it so, as for a number that nobody has rented yet.",
};
pub(super) const HIDDEN: Rule = Rule {
    id: "tenancy/rows-hidden",
    severity: Severity::Warning,
    about: "this session does not see all rows, so they were not looked at",
    help: "Row level security binds it. Run the check as a role with BYPASSRLS and SELECT, or as a member of one.",
};
pub(super) const NOT_CHECKED: Rule = Rule {
    id: "tenancy/rows-not-checked",
    severity: Severity::Warning,
    about: "rows could not be looked at",
    help: "The database refused the query or was at it for too long: grant SELECT, or run the SQL by hand when there is time.",
};

pub(super) const ALL: &[Rule] = &[
    NO_TENANT_TABLE,
    NO_COLUMN,
    NO_KEY,
    NO_INDEX,
    TYPE,
    NULLABLE,
    NULLABLE_MEANT,
    CROSSING_KEY,
    UNKNOWN,
    RLS_OFF,
    RLS_NOT_FORCED,
    NO_POLICY,
    OPEN_POLICY,
    ROLE_UNKNOWN,
    ROLE_UNBOUND,
    ROLE_OWNS,
    TRUNCATE,
    VIEW,
    MATERIALIZED,
    DEFINER_PATH,
    DEFINER_TEMP,
    CREATE,
    CROSSING_ROWS,
    ORPHANS,
    NO_TENANT,
    NO_PARENT,
    HIDDEN,
    NOT_CHECKED,
];
