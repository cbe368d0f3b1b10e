//! Taking one change back in a schema.

use std::collections::BTreeMap;

use super::order;
use crate::schema::{Change, Difference, Object, Schema, Table, sql};

/// When the change is taken back: what was added goes first, dependents before what they stand on;
/// then comes back what was removed, the other way round.
pub(super) fn rank(difference: &Difference, before: &Schema, after: &Schema) -> (u8, u8, usize) {
    let kind = match &difference.at {
        Object::Type(_) | Object::Value(..) | Object::ValueOrder(_) => 1,
        Object::Sequence(_) => 2,
        Object::Table(_) => 4,
        Object::Column(..) => 5,
        Object::ColumnOrder(_) => 6,
        Object::Routine(name) => routine_rank(name, before),
        Object::Index(..) => 8,
        Object::Check(..) => 9,
        Object::ForeignKey(..) => 10,
        Object::Options(_) => 11,
        Object::View(_) => 12,
        Object::Trigger(..) => 13,
        Object::Policy(..) => 14,
        Object::TableComment(_) | Object::ColumnComment(..) => 15,
        Object::TableGrant(..) | Object::ColumnGrant(..) | Object::Grant(..) => 16,
    };
    let schema = match difference.change {
        Change::Added => after,
        _ => before,
    };
    let among = |sorted: Vec<String>, name: &str| sorted.iter().position(|n| n == name);
    let place = match (&difference.at, difference.at.table()) {
        (Object::View(name), _) => {
            let names: Vec<String> = schema.views.keys().cloned().collect();
            among(order::by_mention(&schema.views, &names), name)
        }
        (_, Some(table)) => {
            let names: Vec<String> = schema.tables.keys().cloned().collect();
            among(order::tables(schema, &names), table)
        }
        _ => None,
    };
    let place = place.unwrap_or_default();
    match difference.change {
        Change::Added => (0, u8::MAX - kind, usize::MAX - place),
        _ => (1, kind, place),
    }
}

/// Before the tables, whose triggers and policies may call it, unless it takes or gives their rows.
fn routine_rank(name: &str, before: &Schema) -> u8 {
    let text = before.routines.get(name).map_or("", String::as_str);
    let head = text.find("\nAS ").map_or(text, |end| &text[..end]);
    match before.tables.keys().any(|t| sql::mentions(head, t)) {
        true => 7,
        false => 3,
    }
}

/// Makes that object in `now` what it is in `before`. `live` is what `now` was at first.
pub(super) fn revert(now: &mut Schema, before: &Schema, live: &Schema, at: &Object) {
    match at {
        Object::Type(name) => put(&mut now.types, &before.types, name),
        Object::Value(name, label) => value(now, before, name, label),
        Object::ValueOrder(name) => put(&mut now.types, &before.types, name),
        Object::Sequence(name) => put(&mut now.sequences, &before.sequences, name),
        Object::Routine(name) => {
            put(&mut now.routines, &before.routines, name);
            put(&mut now.routine_heads, &before.routine_heads, name);
            put_grants(now, before, &format!("routine {name}"));
        }
        Object::View(name) => {
            put(&mut now.views, &before.views, name);
            put(&mut now.view_options, &before.view_options, name);
            put_grants(now, before, &format!("view {name}"));
        }
        Object::Table(name) => table(now, before, live, name),
        Object::Grant(object, role) => {
            let empty = BTreeMap::new();
            let grants = now.grants.entry(object.clone()).or_default();
            put(grants, before.grants.get(object).unwrap_or(&empty), role);
            if grants.is_empty() {
                now.grants.remove(object);
            }
        }
        _ => {
            let name = at.table().unwrap_or_default();
            if let (Some(now), Some(before)) = (now.tables.get_mut(name), before.tables.get(name)) {
                part(now, before, at);
            }
        }
    }
    // A sequence that came back belongs to its column as soon as that is back.
    for (name, sequence) in now
        .sequences
        .iter_mut()
        .filter(|(s, _)| !live.sequences.contains_key(*s))
    {
        if let Some(was) = before.sequences.get(name) {
            let owner = now
                .tables
                .get(&was.table)
                .and_then(|t| t.column(&was.column));
            sequence.table = owner.map_or(String::new(), |_| was.table.clone());
            sequence.column = owner.map_or(String::new(), |_| was.column.clone());
        }
    }
}

fn put<V: Clone>(now: &mut BTreeMap<String, V>, before: &BTreeMap<String, V>, name: &str) {
    match before.get(name) {
        Some(value) => drop(now.insert(name.to_owned(), value.clone())),
        None => drop(now.remove(name)),
    }
}

/// The privileges on something that comes or goes with them.
fn put_grants(now: &mut Schema, before: &Schema, object: &str) {
    put(&mut now.grants, &before.grants, object);
}

fn value(now: &mut Schema, before: &Schema, name: &str, label: &str) {
    let (Some(now), Some(before)) = (now.types.get_mut(name), before.types.get(name)) else {
        return;
    };
    match before.iter().position(|l| l == label) {
        None => now.retain(|l| l != label),
        Some(at) => {
            // Behind the nearest one before it that is there.
            let behind = before[..at]
                .iter()
                .rev()
                .find_map(|l| now.iter().position(|n| n == l));
            now.insert(behind.map_or(0, |i| i + 1), label.to_owned());
        }
    }
}

/// A whole table. References to tables that are not there come back with those.
fn table(now: &mut Schema, before: &Schema, live: &Schema, name: &str) {
    let Some(table) = before.tables.get(name) else {
        now.tables.remove(name);
        return;
    };
    let mut table = table.clone();
    let there = |t: &str| t == name || now.tables.contains_key(t) || !before.tables.contains_key(t);
    table.foreign_keys.retain(|_, fk| there(&fk.table));
    now.tables.insert(name.to_owned(), table);
    // Tables that came back before this one; one that stayed and lost only its key is a difference
    // of its own.
    for (child, was) in before
        .tables
        .iter()
        .filter(|(t, _)| !live.tables.contains_key(*t))
    {
        if let Some(child) = now.tables.get_mut(child) {
            for (key, fk) in was.foreign_keys.iter().filter(|(_, fk)| fk.table == name) {
                child.foreign_keys.insert(key.clone(), fk.clone());
            }
        }
    }
}

fn part(now: &mut Table, before: &Table, at: &Object) {
    match at {
        Object::Column(_, name) => column(now, before, name),
        Object::ColumnOrder(_) => {
            let place = |name: &str| before.columns.iter().position(|c| c.name == name);
            now.columns.sort_by_key(|c| place(&c.name));
        }
        Object::Index(_, name) => put(&mut now.indexes, &before.indexes, name),
        Object::Check(_, name) => put(&mut now.checks, &before.checks, name),
        Object::ForeignKey(_, name) => put(&mut now.foreign_keys, &before.foreign_keys, name),
        Object::Trigger(_, name) => put(&mut now.triggers, &before.triggers, name),
        Object::Policy(_, name) => put(&mut now.policies, &before.policies, name),
        Object::Options(_) => now.options.clone_from(&before.options),
        Object::TableComment(_) => now.comment.clone_from(&before.comment),
        Object::TableGrant(_, role) => put(&mut now.grants, &before.grants, role),
        Object::ColumnComment(_, name) | Object::ColumnGrant(_, name, _) => {
            let was = before.columns.iter().find(|c| c.name == *name);
            let is = now.columns.iter_mut().find(|c| c.name == *name);
            if let (Some(is), Some(was)) = (is, was) {
                match at {
                    Object::ColumnGrant(_, _, role) => put(&mut is.grants, &was.grants, role),
                    _ => is.comment.clone_from(&was.comment),
                }
            }
        }
        _ => {}
    }
}

fn column(now: &mut Table, before: &Table, name: &str) {
    let Some(at) = before.columns.iter().position(|c| c.name == name) else {
        now.columns.retain(|c| c.name != name);
        return;
    };
    let was = before.columns[at].clone();
    match now.columns.iter_mut().find(|c| c.name == name) {
        // Comment and privileges of a column that stayed are differences of their own.
        Some(is) => {
            let (comment, grants) = (is.comment.clone(), is.grants.clone());
            *is = was;
            (is.comment, is.grants) = (comment, grants);
        }
        None => {
            let mut nearer = before.columns[..at].iter().rev();
            let behind = nearer.find_map(|c| now.columns.iter().position(|n| n.name == c.name));
            now.columns.insert(behind.map_or(0, |i| i + 1), was);
        }
    }
}
