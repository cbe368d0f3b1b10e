//! What somebody changed by hand stays drift when a run takes a new snapshot.
//!
//! The snapshot of before the run, the schema as the run found it and the schema as the run left it
//! are merged, object by object: what the run changed is taken from after it, what was drift and was
//! not touched by the run is taken from the old snapshot. So the new snapshot says what the migrations
//! made, and the next comparison finds the change by hand again.

use serde_json::{Map, Value};

use super::database::Database;
use super::drift::{self, Sides};
use super::error::Result;
use super::history::Record;
use super::migration::Source;
use crate::schema::{Difference, Schema, compare};

/// What differed before a run: the snapshot, and the schema that the run found.
#[derive(Debug, Clone)]
pub struct Kept {
    before: Schema,
    found: Schema,
    /// The differences.
    pub differences: Vec<Difference>,
}

/// Compares before a run that will take a new snapshot; `None` where there is nothing to keep.
///
/// # Errors
/// The database's.
pub(super) async fn look(db: &mut Database, source: &Source) -> Result<Option<Kept>> {
    // What a half-done migration left is its own doing, and nobody's hand was in it.
    if db.history.records.values().any(Record::is_dirty) {
        return Ok(None);
    }
    let Sides::Both { before, now, .. } = drift::sides(db, source, None).await? else {
        return Ok(None);
    };
    let differences = compare(&before, &now);
    Ok((!differences.is_empty()).then_some(Kept {
        before: *before,
        found: *now,
        differences,
    }))
}

impl Kept {
    /// The snapshot to store when the run has left the schema like this.
    pub fn into_snapshot(&self, after: &Schema) -> Schema {
        let value = |schema: &Schema| serde_json::to_value(schema).unwrap_or_default();
        let merged = merge(
            Some(&value(&self.before)),
            Some(&value(&self.found)),
            Some(&value(after)),
        );
        let merged = merged.and_then(|value| serde_json::from_value::<Schema>(value).ok());
        // Both ways lead through the same type, so this does not happen; then nothing is forgotten.
        let Some(mut merged) = merged else {
            return self.before.clone();
        };
        without_what_went(&mut merged, &self.before);
        merged
    }
}

/// Takes out what the old snapshot has of removed objects that cannot be there any more, because the run
/// dropped the column or table that they stand on.
fn without_what_went(merged: &mut Schema, before: &Schema) {
    let there: Vec<String> = merged.tables.keys().cloned().collect();
    for (name, table) in &mut merged.tables {
        let Some(old) = before.tables.get(name) else {
            continue;
        };
        let columns = &table.columns;
        let gone = |list: &str| {
            list.split(',')
                .map(str::trim)
                .any(|name| old.column(name).is_some() && !columns.iter().any(|c| c.name == name))
        };
        table.indexes.retain(|_, index| !gone(&index.columns));
        table.foreign_keys.retain(|_, key| {
            let parent_went = before.tables.contains_key(&key.table) && !there.contains(&key.table);
            !parent_went && !gone(&key.columns)
        });
    }
}

/// Merges one value, which may be absent on each side.
fn merge(before: Option<&Value>, found: Option<&Value>, after: Option<&Value>) -> Option<Value> {
    if before == found {
        return after.cloned();
    }
    if found == after {
        return before.cloned();
    }
    match (before, found, after) {
        (Some(Value::Object(b)), Some(Value::Object(f)), Some(Value::Object(a))) => {
            let keys = b.keys().chain(f.keys()).chain(a.keys());
            let merged = keys.filter_map(|key| {
                let value = merge(b.get(key), f.get(key), a.get(key))?;
                Some((key.clone(), value))
            });
            Some(Value::Object(merged.collect::<Map<String, Value>>()))
        }
        (Some(Value::Array(b)), Some(Value::Array(f)), Some(Value::Array(a))) if named(b, f, a) => {
            Some(Value::Array(merge_named(b, f, a)))
        }
        // The run changed what somebody had changed by hand: it is the run's now.
        _ => after.cloned(),
    }
}

/// Whether all entries are objects with a name: a table's columns.
fn named(before: &[Value], found: &[Value], after: &[Value]) -> bool {
    let mut all = before.iter().chain(found).chain(after);
    all.all(|value| name(value).is_some())
}

fn name(value: &Value) -> Option<&str> {
    value.get("name")?.as_str()
}

fn merge_named(before: &[Value], found: &[Value], after: &[Value]) -> Vec<Value> {
    fn of<'a>(list: &'a [Value], value: &Value) -> Option<&'a Value> {
        list.iter().find(|other| name(other) == name(value))
    }
    let mut out: Vec<Value> = after
        .iter()
        .filter_map(|a| merge(of(before, a), of(found, a), Some(a)))
        .collect();
    for (position, gone) in before.iter().enumerate() {
        if of(after, gone).is_none()
            && let Some(value) = merge(Some(gone), of(found, gone), None)
        {
            out.insert(position.min(out.len()), value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(before: Value, found: Value, after: Value) -> Value {
        merge(Some(&before), Some(&found), Some(&after)).expect("a value")
    }

    #[test]
    fn what_was_changed_by_hand_stays_and_what_the_run_did_is_taken() {
        let before = json!({"i": {"a": 1, "b": 1}, "t": {"x": 1}});
        let found = json!({"i": {"b": 2, "mine": 1}, "t": {"x": 1}});
        let after = json!({"i": {"b": 2, "mine": 1, "new": 1}, "t": {"x": 2}});
        assert_eq!(
            merged(before, found, after),
            json!({"i": {"a": 1, "b": 1, "new": 1}, "t": {"x": 2}})
        );
    }

    #[test]
    fn what_the_run_changed_itself_is_no_drift_any_more() {
        let found = json!({"i": {"mine": 1}});
        assert_eq!(
            merged(json!({"i": {"a": 1}}), found, json!({"i": {"a": 1}})),
            json!({"i": {"a": 1}})
        );
    }

    #[test]
    fn columns_are_merged_by_their_names() {
        let column = |name: &str, kind: &str| json!({"name": name, "type": kind});
        let before = json!([
            column("id", "int"),
            column("gone", "text"),
            column("a", "int")
        ]);
        let found = json!([
            column("id", "int"),
            column("a", "bigint"),
            column("mine", "text")
        ]);
        let after = json!([
            column("id", "int"),
            column("a", "bigint"),
            column("mine", "text"),
            column("new", "text")
        ]);
        assert_eq!(
            merged(before, found, after),
            json!([
                column("id", "int"),
                column("gone", "text"),
                column("a", "int"),
                column("new", "text")
            ])
        );
    }
}
