//! How the pages say things, the same in every form.

use super::{About, ColumnPage, Reference, TablePage};
use crate::engine::rows::Rows;
use crate::report::plural;
use crate::schema::{Column, Index, Table};
use crate::tenancy::classify::Tenancy;

/// The four kinds of tables: class in the page, heading, what it means.
pub const KINDS: [(&str, &str, &str); 4] = [
    ("tenant", "Tenant table", "a row is a tenant"),
    ("owned", "Tenant-owned", "has the tenant column"),
    (
        "derived",
        "Derived",
        "belongs to a tenant through its parents",
    ),
    ("global", "Global", "no foreign key leads to a tenant"),
];

/// Class and heading of a tenancy.
pub fn kind(tenancy: &Tenancy) -> (&'static str, &'static str) {
    let (class, label, _) = KINDS[match tenancy {
        Tenancy::Tenant => 0,
        Tenancy::Owned { .. } => 1,
        Tenancy::Derived { .. } => 2,
        Tenancy::Global => 3,
    }];
    (class, label)
}

/// To whom the rows of a table belong, as a sentence.
pub fn belongs(tenancy: &Tenancy, table: &Table, tenant_column: &str) -> String {
    match tenancy {
        Tenancy::Tenant => "Each row is a tenant.".to_owned(),
        Tenancy::Owned { foreign_key } => {
            let mut out = format!("Belongs to the tenant in {tenant_column}");
            let nullable = |c: &Column| c.name == tenant_column && c.nullable;
            if table.columns.iter().any(nullable) {
                out.push_str(", which may be null");
            }
            if foreign_key.is_none() {
                out.push_str("; no foreign key proves it");
            }
            out + "."
        }
        Tenancy::Derived { path } => {
            let names: Vec<&str> = path.iter().map(|link| link.table.as_str()).collect();
            format!("Belongs to a tenant through {}.", names.join(" → "))
        }
        Tenancy::Global => "No foreign key leads to a tenant.".to_owned(),
    }
}

/// How many rows there are: `1 row`, `about 1,230,000 rows`, `no permission`; nothing where nobody
/// asked.
pub fn rows(rows: Rows) -> Option<String> {
    Some(match rows {
        Rows::NotCounted => return None,
        Rows::Exact { rows, as_seen } => {
            let unit = if rows == 1 { "row" } else { "rows" };
            let seen = if as_seen { " visible" } else { "" };
            format!("{}{seen} {unit}", grouped(rows))
        }
        Rows::About(rows) => format!("about {} rows", grouped(rounded(rows))),
        Rows::Forbidden => "no permission to count".to_owned(),
        Rows::Failed => "could not be counted".to_owned(),
    })
}

/// The same in very little space.
pub fn rows_short(rows: Rows) -> String {
    match rows {
        Rows::NotCounted => String::new(),
        Rows::Exact { rows, .. } => grouped(rows),
        Rows::About(rows) => format!("~{}", grouped(rounded(rows))),
        Rows::Forbidden | Rows::Failed => "–".to_owned(),
    }
}

/// Three digits that count: more would promise what an estimate cannot keep.
fn rounded(n: u64) -> u64 {
    let mut unit = 1;
    while n / unit >= 1000 {
        unit *= 10;
    }
    n / unit * unit
}

/// `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How far the migrations are.
pub fn migrations(about: &About) -> String {
    let mut out = match (about.applied, &about.latest) {
        (0, _) | (_, None) => "no migrations recorded".to_owned(),
        (n, Some(latest)) => format!("{} applied, latest {latest}", plural(n, "migration")),
    };
    if about.applied > 0 && about.pending > 0 {
        out.push_str(&format!(", {} pending", about.pending));
    }
    out
}

/// A column's type, with identity, generation and the like.
pub fn kind_of(column: &Column) -> String {
    let kind = match column.kind.as_str() {
        "" => "any",
        kind => kind,
    };
    let parts = [kind, &column.extra, &column.generation, &column.collation];
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(" ")
}

/// `PK`, `FK`, `unique`, `tenant`, as they apply.
pub fn marks(column: &ColumnPage) -> Vec<&'static str> {
    let marks = [
        (column.primary, "PK"),
        (column.foreign, "FK"),
        (column.unique && !column.primary, "unique"),
        (column.tenant, "tenant"),
    ];
    marks
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, m)| *m)
        .collect()
}

/// Columns in a list; what the database wrote with spaces stays as it is.
pub fn listed(columns: &str) -> String {
    if columns.contains(' ') {
        return columns.to_owned();
    }
    columns.split(',').collect::<Vec<_>>().join(", ")
}

/// How a foreign key behaves, as far as it is not the usual.
pub fn reference(r: &Reference) -> String {
    let mut out = Vec::new();
    if r.optional {
        out.push("optional".to_owned());
    }
    if r.single {
        out.push("at most one".to_owned());
    }
    for (event, action) in [("delete", &r.key.on_delete), ("update", &r.key.on_update)] {
        if !action.is_empty() && action != "NO ACTION" {
            out.push(format!("on {event} {}", action.to_lowercase()));
        }
    }
    let more = [&r.key.timing, &r.key.extra].into_iter();
    out.extend(more.filter(|text| !text.is_empty()).cloned());
    out.join(", ")
}

/// Name, a few words, definition.
pub type Detail = (String, String, String);

/// What else there is about a table, by heading; headings without entries are left out.
pub fn details(table: &TablePage) -> Vec<(&'static str, Vec<Detail>)> {
    let t = &table.table;
    let plain = |(name, text): (&String, &String)| (name.clone(), String::new(), text.clone());
    let check = |(name, text): (&String, &String)| match text.as_str() {
        // SQLite names a check by its expression, which the definition repeats.
        "" => (String::new(), String::new(), name.clone()),
        text if text.ends_with(&format!("({name})")) => {
            (String::new(), String::new(), text.to_owned())
        }
        _ => plain((name, text)),
    };
    let index = |(name, i): (&String, &Index)| {
        let predicate = i.predicate.as_ref();
        let only = predicate.map(|p| format!(" WHERE {p}")).unwrap_or_default();
        let kind = format!("{} {}", i.kind, i.extra);
        let columns = format!("{}{only}", listed(&i.columns));
        (name.clone(), kind.trim_end().to_owned(), columns)
    };
    let guard = |(name, definition): (&String, &String)| match policy(definition) {
        Some(p) => {
            let what = format!("{} {}", p.kind, p.command);
            (name.clone(), what, p.rest)
        }
        None => (name.clone(), String::new(), definition.clone()),
    };
    let mut security: Vec<Detail> = t.policies.iter().map(guard).collect();
    let state = match table.guarded() {
        Some(true) => "Row level security is on, for the table's owner too.",
        Some(false) => "Row level security is on, but not for the table's owner.",
        None => "Row level security is off: these policies have no effect.",
    };
    if table.guarded().is_some() || !security.is_empty() {
        security.insert(0, (String::new(), state.to_owned(), String::new()));
    }
    let may =
        |(role, privileges): (&String, &String)| (role.clone(), listed(privileges), String::new());
    let all = [
        ("Indexes and keys", t.indexes.iter().map(index).collect()),
        ("Checks", t.checks.iter().map(check).collect()),
        ("Row level security", security),
        ("Triggers", t.triggers.iter().map(plain).collect()),
        ("Privileges", t.grants.iter().map(may).collect()),
    ];
    all.into_iter()
        .filter(|(_, l): &(_, Vec<_>)| !l.is_empty())
        .collect()
}

/// A policy's kind, command, roles and conditions, if it is written as our catalogue reads it.
struct Policy<'a> {
    /// `permissive` or `restrictive`.
    kind: &'a str,
    /// `SELECT`, `INSERT`, `UPDATE`, `DELETE` or `ALL`.
    command: &'static str,
    /// To whom it applies, and its conditions.
    rest: String,
}

/// Takes a policy's definition apart: `permissive r to public using …`.
fn policy(definition: &str) -> Option<Policy<'_>> {
    let mut parts = definition.splitn(3, ' ');
    let (kind, letter, rest) = (parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    let command = match letter {
        "r" => "SELECT",
        "a" => "INSERT",
        "w" => "UPDATE",
        "d" => "DELETE",
        "*" => "ALL",
        _ => return None,
    };
    ["permissive", "restrictive"]
        .contains(&kind)
        .then_some(Policy {
            kind,
            command,
            rest: conditions(rest),
        })
}

/// Roles and conditions without the words behind which nothing stands.
fn conditions(rest: &str) -> String {
    let rest = rest.strip_suffix(" check").unwrap_or(rest);
    let rest = rest.strip_suffix(" using").unwrap_or(rest);
    rest.replacen(" using check ", " check ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let exact = |rows, as_seen| Rows::Exact { rows, as_seen };
        assert_eq!(rows(exact(1, false)).as_deref(), Some("1 row"));
        assert_eq!(rows(exact(0, true)).as_deref(), Some("0 visible rows"));
        assert_eq!(
            rows(Rows::About(1_234_567)).as_deref(),
            Some("about 1,230,000 rows")
        );
        assert_eq!(rows_short(Rows::About(98_765_432)), "~98,700,000");
        assert_eq!(grouped(123), "123");
        assert_eq!(rows(Rows::NotCounted), None);
    }

    #[test]
    fn policies_come_apart() {
        let p = policy("restrictive w to a,b using (x = 1) check (y)").expect("a policy");
        assert_eq!(
            (p.kind, p.command, p.rest.as_str()),
            ("restrictive", "UPDATE", "to a,b using (x = 1) check (y)")
        );
        let rest = |definition| policy(definition).map(|p| p.rest).unwrap_or_default();
        assert_eq!(rest("permissive * to a using (x) check"), "to a using (x)");
        assert_eq!(rest("permissive a to a using check (y)"), "to a check (y)");
        assert_eq!(rest("permissive r to a using check"), "to a");
        assert!(policy("something else").is_none());
        assert!(policy("").is_none());
    }
}
