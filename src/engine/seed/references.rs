//! Which rows refer to seeded ones. The database says so, by its own comparison: it knows of
//! affinities, collations and padding.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::live::{self, Row};
use super::undo::{BATCH, Key};
use crate::dialect::Dialect;
use crate::engine::database::Database;
use crate::engine::error::Result;
use crate::engine::sight::{self, Sight};
use crate::schema::{Schema, Table};

/// The columns of a table that foreign keys lead to.
pub(super) fn referred_columns(schema: &Schema, table: &str, primary_key: &str) -> Arc<[String]> {
    let tables = schema.tables.values().chain(schema.elsewhere.values());
    let keys = tables.flat_map(|t| t.foreign_keys.values());
    let columns: BTreeSet<String> = keys
        .map(|fk| (&fk.table, &fk.parent_columns))
        .chain(schema.inbound.iter().map(|i| (&i.table, &i.parent_columns)))
        .filter(|(parent, _)| *parent == table)
        .flat_map(|(_, columns)| columns.split(','))
        .map(|column| named(column, primary_key).to_owned())
        .collect();
    columns.into_iter().collect()
}

/// The column that is referred to: without a name it is the primary key.
fn named<'a>(column: &'a str, primary_key: &'a str) -> &'a str {
    match column {
        "rowid" => primary_key,
        other => other,
    }
}

/// A foreign key to a seeded table, from wherever.
struct Link<'a> {
    /// The child as SQL names it.
    child_sql: String,
    /// The child's name and key column, where it is a table of this schema.
    child: Option<(&'a str, String)>,
    columns: &'a str,
    parent: &'a str,
    parent_columns: &'a str,
}

/// All foreign keys that lead to tables of which rows are to go.
fn links<'a>(
    d: &dyn Dialect,
    schema: &'a Schema,
    primary_keys: &BTreeMap<String, String>,
) -> Vec<Link<'a>> {
    let here = schema.tables.iter().map(|(n, t)| (n, t, d.ident(n)));
    let elsewhere = schema.elsewhere.iter().map(|(n, t)| (n, t, d.path(n)));
    let own = here.chain(elsewhere).flat_map(|(name, table, sql)| {
        let key = primary_keys
            .get(name)
            .cloned()
            .or_else(|| single_key(table))
            .filter(|k| table.columns.iter().any(|c| c.name == *k));
        table.foreign_keys.values().map(move |fk| Link {
            child_sql: sql.clone(),
            child: key.clone().map(|k| (name.as_str(), k)),
            columns: &fk.columns,
            parent: &fk.table,
            parent_columns: &fk.parent_columns,
        })
    });
    let inbound = schema.inbound.iter().map(|i| Link {
        child_sql: i.child.clone(),
        child: None,
        columns: &i.columns,
        parent: &i.table,
        parent_columns: &i.parent_columns,
    });
    own.chain(inbound)
        .filter(|l| primary_keys.contains_key(l.parent))
        .collect()
}

/// The primary key column of a table, if it is one column.
fn single_key(table: &Table) -> Option<String> {
    let index = table.indexes.values().find(|i| i.kind == "primary")?;
    let columns = index
        .columns
        .trim_start_matches("btree ")
        .trim_matches(['(', ')']);
    (!columns.contains(',')).then(|| columns.trim_matches('"').to_owned())
}

/// All rows that refer to a row which is to go: `(child, parent)`. A child that cannot be told
/// apart from others has the key `?`, which never goes, so its parent stays.
///
/// # Errors
/// The database's; exit code 6 where row level security hides rows that refer.
pub(super) async fn references(
    db: &mut Database,
    sight: &Sight,
    schema: &Schema,
    rows: &BTreeMap<Key, Row>,
    primary_keys: &BTreeMap<String, String>,
) -> Result<Vec<(Key, Key)>> {
    let mut edges = Vec::new();
    for link in links(db.dialect(), schema, primary_keys) {
        let parents: Vec<(&Key, &Row)> = rows.iter().filter(|(k, _)| k.0 == link.parent).collect();
        for chunk in parents.chunks(BATCH) {
            let found = match db.dialect().row_security() {
                // One role may not see both tables.
                Some(_) => listed(db, sight, &link, chunk, &primary_keys[link.parent]).await?,
                None => joined(db, sight, &link, chunk, &primary_keys[link.parent]).await?,
            };
            edges.extend(found);
        }
    }
    Ok(edges)
}

impl Link<'_> {
    fn name(&self) -> &str {
        self.child
            .as_ref()
            .map_or(&self.child_sql, |(name, _)| name)
    }

    /// The columns of both sides: of the child, of the parent.
    fn pairs<'b>(&'b self, key: &'b str) -> impl Iterator<Item = (&'b str, &'b str)> {
        let parents = self.parent_columns.split(',').map(move |c| named(c, key));
        self.columns.split(',').zip(parents)
    }

    /// The child's key as text.
    fn own(&self, d: &dyn Dialect, alias: &str) -> String {
        self.child.as_ref().map_or_else(
            || "'?'".to_owned(),
            |(_, key)| d.as_text(&format!("{alias}.{}", d.ident(key))),
        )
    }
}

/// By a join.
async fn joined(
    db: &mut Database,
    sight: &Sight,
    link: &Link<'_>,
    parents: &[(&Key, &Row)],
    key: &str,
) -> Result<Vec<(Key, Key)>> {
    let d = db.dialect();
    let on: Vec<String> = link
        .pairs(key)
        // The parent's side first: on SQLite its collation is the one that counts.
        .map(|(child, parent)| format!("p.{} = c.{}", d.ident(parent), d.ident(child)))
        .collect();
    let ids: Vec<String> = parents.iter().map(|((_, id), _)| id.clone()).collect();
    let script = format!(
        "SELECT {}, {} FROM {} p JOIN {} c ON {} WHERE p.{}",
        link.own(d, "c"),
        d.as_text(&format!("p.{}", d.ident(key))),
        d.path(link.parent),
        link.child_sql,
        on.join(" AND "),
        live::id_condition(d, key, &ids),
    );
    let name = link.name().to_owned();
    let results = sight::read(db, sight, UNREADABLE, vec![(&name, script)]).await?;
    let rows = results.into_iter().flat_map(|r| r.rows);
    Ok(rows
        .map(|row| {
            let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
            ((name.clone(), get(0)), (link.parent.to_owned(), get(1)))
        })
        .collect())
}

/// By listing what a child holds that refers to one of the rows.
async fn listed(
    db: &mut Database,
    sight: &Sight,
    link: &Link<'_>,
    parents: &[(&Key, &Row)],
    key: &str,
) -> Result<Vec<(Key, Key)>> {
    let d = db.dialect();
    let pairs: Vec<(&str, &str)> = link.pairs(key).collect();
    let mut wanted: BTreeMap<Vec<&str>, &Key> = BTreeMap::new();
    for (parent, row) in parents {
        let values: Option<Vec<&str>> = pairs.iter().map(|(_, p)| row.get(p).flatten()).collect();
        wanted.extend(values.map(|values| (values, *parent)));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let columns: Vec<String> = pairs
        .iter()
        .map(|(c, _)| format!("c.{}", d.ident(c)))
        .collect();
    let tuples: Vec<String> = wanted
        .keys()
        .map(|values| {
            let values: Vec<String> = values.iter().map(|v| d.literal(v)).collect();
            format!("({})", values.join(", "))
        })
        .collect();
    let texts: Vec<String> = columns.iter().map(|c| d.as_text(c)).collect();
    let own_rows = link
        .child
        .as_ref()
        .and_then(|(table, _)| d.only_own("c", table));
    let script = format!(
        "SELECT {}, {} FROM {} c WHERE ({}) IN ({}){}",
        link.own(d, "c"),
        texts.join(", "),
        link.child_sql,
        columns.join(", "),
        tuples.join(", "),
        own_rows.map_or_else(String::new, |condition| format!(" AND {condition}")),
    );
    let name = link.name().to_owned();
    let results = sight::read(db, sight, UNREADABLE, vec![(&name, script)]).await?;
    let mut edges = Vec::new();
    for row in results.into_iter().flat_map(|r| r.rows) {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let child = (name.clone(), values.next().unwrap_or_default());
        let held: Vec<String> = values.collect();
        let held: Vec<&str> = held.iter().map(String::as_str).collect();
        match wanted.get(&held) {
            Some(parent) => edges.push((child, (*parent).clone())),
            // The same for the database, in other letters: whichever it is, it stays.
            None => edges.extend(wanted.values().map(|p| (child.clone(), (*p).clone()))),
        }
    }
    Ok(edges)
}

const UNREADABLE: &str = "references to seeded rows cannot be read";
