//! The way from a row to its tenant, as SQL.

use std::collections::BTreeMap;

use super::classify::{Link, Tenancy};
use crate::dialect::Dialect;
use crate::schema::{ForeignKey, Schema, Table, sql};

/// The tables of a schema with what is known of their tenancy.
pub struct Ways<'a> {
    d: &'static dyn Dialect,
    schema: &'a Schema,
    known: &'a BTreeMap<String, Tenancy>,
    /// The tenant table.
    pub tenant_table: &'a str,
    /// The column that says to which tenant a row belongs.
    pub tenant_column: &'a str,
    /// The key of the tenant table.
    pub tenant_key: String,
}

/// Joins from a table to where the tenant stands, and the expression for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What follows the table in FROM; empty where it has the tenant itself.
    pub joins: String,
    /// The tenant's key.
    pub tenant: String,
    /// The tables that are read, the first one too.
    pub tables: Vec<String>,
}

impl<'a> Ways<'a> {
    /// Over a schema that was classified.
    pub fn new(
        d: &'static dyn Dialect,
        schema: &'a Schema,
        known: &'a BTreeMap<String, Tenancy>,
        tenant_table: &'a str,
        tenant_column: &'a str,
    ) -> Self {
        let key = schema.tables.get(tenant_table).map(key_of);
        let tenant_key = key.and_then(|k| k.into_iter().next());
        Self {
            d,
            schema,
            known,
            tenant_table,
            tenant_column,
            tenant_key: tenant_key.unwrap_or_else(|| "id".to_owned()),
        }
    }

    /// From a table that is called `alias` in the statement; its joins are called `alias_1` and so on.
    /// `None` where the rows are no tenant's.
    pub fn from(&self, table: &str, alias: &str) -> Option<Way> {
        let tables = vec![table.to_owned()];
        let direct = |column: &str| Way {
            joins: String::new(),
            tenant: format!("{alias}.{}", self.d.ident(column)),
            tables: tables.clone(),
        };
        match self.known.get(table)? {
            Tenancy::Tenant => Some(direct(&self.tenant_key)),
            Tenancy::Owned { .. } => Some(direct(self.tenant_column)),
            Tenancy::Derived { path } => self.along(table, path, alias),
            Tenancy::Global => None,
        }
    }

    fn along(&self, table: &str, path: &[Link], alias: &str) -> Option<Way> {
        let mut joins = String::new();
        let mut tables = vec![table.to_owned()];
        let (mut from, mut name) = (table.to_owned(), alias.to_owned());
        for (i, link) in path.iter().enumerate() {
            let key = self
                .schema
                .tables
                .get(&from)?
                .foreign_keys
                .get(&link.foreign_key)?;
            let next = format!("{alias}_{}", i + 1);
            joins.push_str(&format!(
                " JOIN {} {next} ON {}",
                self.d.ident(&link.table),
                self.meets(key, &link.table, &name, &next)
            ));
            tables.push(link.table.clone());
            (from, name) = (link.table.clone(), next);
        }
        let column = match from == self.tenant_table {
            true => self.tenant_key.as_str(),
            false => self.tenant_column,
        };
        Some(Way {
            joins,
            tenant: format!("{name}.{}", self.d.ident(column)),
            tables,
        })
    }

    /// The condition under which a row of `child` refers to one of `parent`.
    pub fn meets(&self, key: &ForeignKey, table: &str, child: &str, parent: &str) -> String {
        let pairs: Vec<String> = key
            .columns
            .split(',')
            .zip(self.referred(key, table))
            .map(|(column, referred)| {
                let (column, referred) = (self.d.ident(column), self.d.ident(&referred));
                format!("{child}.{column} = {parent}.{referred}")
            })
            .collect();
        pairs.join(" AND ")
    }

    /// The columns that a key refers to. Where SQLite's catalogue leaves them out it is the primary key.
    pub fn referred(&self, key: &ForeignKey, table: &str) -> Vec<String> {
        let named: Vec<String> = key.parent_columns.split(',').map(str::to_owned).collect();
        let parent = self.schema.tables.get(table);
        let has = |name: &String| parent.is_none_or(|t| t.columns.iter().any(|c| c.name == *name));
        match (named.iter().all(has), parent) {
            (false, Some(parent)) => key_of(parent),
            _ => named,
        }
    }
}

/// The columns of a table's primary key, in order.
pub fn key_of(table: &Table) -> Vec<String> {
    let key = table.indexes.values().find(|i| i.kind == "primary");
    key.map(|index| index_columns(table, &index.columns))
        .unwrap_or_default()
}

/// The columns of an index, whatever the catalogue prints around them: `btree (id, "userId")`,
/// `id,userId DESC`. Expressions are no columns, so what they begin with is left out.
pub fn index_columns(table: &Table, text: &str) -> Vec<String> {
    let inside = match text.split_once(" (") {
        Some((method, rest)) if method.chars().all(|c| c.is_ascii_lowercase()) => {
            rest.rsplit_once(')').map_or(rest, |(inside, _)| inside)
        }
        _ => text,
    };
    let is_column = |name: &str| table.columns.iter().any(|c| c.name == name);
    // SQLite's come without quotes, so a name may be any text.
    if is_column(inside) {
        return vec![inside.to_owned()];
    }
    let mut out = Vec::new();
    for part in parts(inside) {
        let first = sql::tokens(part).into_iter().next();
        let first = first.and_then(|(token, _)| token.name().map(str::to_owned));
        let name = [Some(part.to_owned()), first].into_iter().flatten();
        match name.into_iter().find(|name| is_column(name)) {
            Some(name)
                if !part
                    .trim_start_matches(['"', '`'])
                    .starts_with(&format!("{name}(")) =>
            {
                out.push(name);
            }
            _ => out.push(String::new()),
        }
    }
    out
}

/// Pieces between commas that stand in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    for (token, span) in sql::tokens(text) {
        match token {
            sql::Token::Mark('(') => depth += 1,
            sql::Token::Mark(')') => depth = depth.saturating_sub(1),
            sql::Token::Mark(',') if depth == 0 => {
                out.push(text[start..span.start].trim());
                start = span.end;
            }
            _ => {}
        }
    }
    out.push(text[start..].trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    #[test]
    fn index_columns_are_read_however_they_are_printed() {
        let mut table = Table::default();
        for name in ["id", "org Id", "größe", "lower"] {
            table.columns.push(Column {
                name: name.to_owned(),
                kind: "text".to_owned(),
                nullable: false,
                ..Column::default()
            });
        }
        for (text, columns) in [
            ("btree (id, \"org Id\" DESC)", vec!["id", "org Id"]),
            ("org Id", vec!["org Id"]),
            ("id,org Id", vec!["id", "org Id"]),
            ("größe DESC,id", vec!["größe", "id"]),
            ("btree (lower(id), id)", vec!["", "id"]),
            ("btree (COALESCE(id, ''::text), id)", vec!["", "id"]),
        ] {
            assert_eq!(index_columns(&table, text), columns, "{text}");
        }
    }
}
