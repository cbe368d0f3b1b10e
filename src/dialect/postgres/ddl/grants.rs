//! Privileges on PostgreSQL as SQL.

use std::collections::{BTreeMap, BTreeSet};

use super::Postgres;
use super::analysis::Analysis;
use super::parts::id;
use crate::dialect::Dialect;
use crate::schema::Grants;

const GRANTABLE: &str = " with grant option";

/// Everybody may do this from the start.
fn free(object: &str) -> Option<&'static str> {
    match object.split_once(' ') {
        Some(("routine", _)) => Some("EXECUTE"),
        None => Some("USAGE"),
        _ => None,
    }
}

/// GRANT and REVOKE for all that differs.
pub(super) fn write(a: &Analysis<'_>, out: &mut Vec<String>) {
    let none = Grants::new();
    for (name, table) in &a.after.tables {
        let object = format!("table {name}");
        let before = a
            .before
            .tables
            .get(name)
            .filter(|_| a.keeps_grants(&object));
        let was = before.map_or(&none, |t| &t.grants);
        let revoked = change(&object, "", was, &table.grants, out);
        for column in &table.columns {
            let was = before.and_then(|t| t.column(&column.name));
            let mut was = was.map_or(none.clone(), |c| c.grants.clone());
            // Taking a privilege on the table takes it on the columns too.
            was.retain(|role, _| !revoked.contains(role));
            change(
                &object,
                &format!(" ({})", id(&column.name)),
                &was,
                &column.grants,
                out,
            );
        }
    }
    let others: BTreeSet<&String> = a
        .before
        .grants
        .keys()
        .chain(a.after.grants.keys())
        .collect();
    for object in others.into_iter().filter(|o| a.after.has(o)) {
        let was = a
            .before
            .grants
            .get(object)
            .filter(|_| a.keeps_grants(object));
        change(
            object,
            "",
            was.unwrap_or(&none),
            a.after.grants.get(object).unwrap_or(&none),
            out,
        );
    }
}

/// The privileges that a role has; everybody's own ones are named where they could be missing.
fn held(object: &str, role: &str, grants: &Grants) -> BTreeSet<String> {
    let text = grants.get(role).map(String::as_str);
    let list = text
        .unwrap_or_default()
        .split(", ")
        .filter(|p| !p.is_empty());
    let mut out: BTreeSet<String> = list.map(str::to_owned).collect();
    if let ("public", Some(free)) = (role, free(object))
        && text != Some("")
    {
        out.insert(format!("free {free}"));
    }
    out
}

/// Writes what leads from the one to the other; the roles that lost something.
fn change(
    object: &str,
    column: &str,
    before: &Grants,
    after: &Grants,
    out: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut lost = BTreeSet::new();
    let roles: BTreeMap<&String, ()> = before.keys().chain(after.keys()).map(|r| (r, ())).collect();
    for role in roles.into_keys() {
        let (was, is) = (held(object, role, before), held(object, role, after));
        let to = if role == "public" {
            "PUBLIC".to_owned()
        } else {
            id(role)
        };
        for privilege in was.difference(&is) {
            lost.insert(role.clone());
            out.push(statement(
                object,
                "REVOKE",
                privilege,
                column,
                &format!("FROM {to}"),
                "",
            ));
        }
        // Privileges with and without the right to pass them on.
        let new: Vec<&String> = is.difference(&was).collect();
        let plain = new
            .iter()
            .filter(|p| !p.ends_with(GRANTABLE) && !p.starts_with("free "));
        let plain: Vec<String> = plain.map(|p| format!("{p}{column}")).collect();
        if !plain.is_empty() {
            out.push(statement(
                object,
                "GRANT",
                &plain.join(", "),
                "",
                &format!("TO {to}"),
                "",
            ));
        }
        for p in new.iter().filter(|p| p.starts_with("free ")) {
            out.push(statement(
                object,
                "GRANT",
                p,
                column,
                &format!("TO {to}"),
                "",
            ));
        }
        for p in new.iter().filter_map(|p| p.strip_suffix(GRANTABLE)) {
            out.push(statement(
                object,
                "GRANT",
                p,
                column,
                &format!("TO {to}"),
                " WITH GRANT OPTION",
            ));
        }
    }
    lost
}

fn statement(
    object: &str,
    verb: &str,
    privilege: &str,
    column: &str,
    to: &str,
    tail: &str,
) -> String {
    let free = privilege.strip_prefix("free ");
    let privilege = free.unwrap_or(privilege);
    let privilege = privilege.strip_suffix(GRANTABLE).unwrap_or(privilege);
    let on = match object.split_once(' ') {
        Some(("table" | "view", name)) => format!("TABLE {}", id(name)),
        Some(("sequence", name)) => format!("SEQUENCE {}", id(name)),
        Some(("routine", signature)) => format!("ROUTINE {signature}"),
        _ => {
            // The schema has no name here. PostgreSQL lets everybody use `public` alone.
            let command = Postgres.literal(&format!(
                "{verb} {privilege} ON SCHEMA %I {}{tail}",
                to.replace('%', "%%")
            ));
            let run = format!("EXECUTE format({command}, current_schema());");
            let run = match free {
                Some(_) => format!("IF current_schema() = 'public' THEN {run} END IF;"),
                None => run,
            };
            return format!("DO $grant$ BEGIN {run} END $grant$");
        }
    };
    format!("{verb} {privilege}{column} ON {on} {to}{tail}")
}
