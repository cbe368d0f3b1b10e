use super::column::Column;
use super::rebuild::unaltered;
use super::{Dialect, Table, Touch, execute};
use sea_orm_migration::prelude::*;

/// Tables that SQLite recreates under their own names with other definitions, rows kept. PostgreSQL and
/// MySQL have the same schema already and run nothing.
///
/// It works with foreign keys on as well, if they are checked at the end (`defer_foreign_keys`): that is
/// how Cloudflare D1 runs a file, and nobody can switch them off there. Dropping a table deletes its
/// rows, and with them what refers to them; so children are dropped first, and where others still refer
/// to a table, its rows get keys to which nobody refers before it goes.
#[derive(Clone, Debug, std::default::Default)]
pub struct Recreate {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    before: Table,
    after: Table,
    touched: bool,
    fill_id: bool,
}

impl Recreate {
    /// No tables yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the JSON columns of these tables declared `json` instead of `text`. Parents come first; every
    /// table of the set that refers to one of them with ON UPDATE CASCADE has to be among them.
    pub fn json(tables: impl IntoIterator<Item = Table>) -> Self {
        let part = |before: Table| Part {
            after: before.clone().map_columns(Column::declared_json),
            before,
            touched: false,
            fill_id: false,
        };
        Self {
            parts: tables.into_iter().map(part).collect(),
        }
    }

    /// Adds a table whose key is to refuse NULL; rows that have none get one as the default makes it.
    /// With `touched` the table has a [`Touch`].
    pub fn keyed(mut self, before: Table, touched: bool) -> Self {
        self.parts.push(Part {
            after: before.clone().map_columns(Column::key_not_null),
            before,
            touched,
            fill_id: true,
        });
        self
    }

    /// Recreates the tables.
    pub async fn up(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.up_sql(Dialect::of(manager)?)).await
    }

    /// Recreates the tables as they were.
    pub async fn down(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.down_sql(Dialect::of(manager)?)).await
    }

    /// The statements of [`Recreate::up`].
    pub fn up_sql(&self, dialect: Dialect) -> Vec<String> {
        self.sql(dialect, true)
    }

    /// The statements of [`Recreate::down`].
    pub fn down_sql(&self, dialect: Dialect) -> Vec<String> {
        self.sql(dialect, false)
    }

    fn sql(&self, dialect: Dialect, up: bool) -> Vec<String> {
        if dialect != Dialect::Sqlite {
            return Vec::new();
        }
        let names: Vec<&str> = self.parts.iter().map(|part| part.before.name).collect();
        let mut out = Vec::new();
        for part in &self.parts {
            let (from, to) = part.direction(up);
            out.push(unaltered(from, &part.triggers()));
            out.push(unfollowed(from.name, &names));
            out.extend(to.columns.iter().filter_map(|c| c.no_numbers(to.name)));
        }
        for part in &self.parts {
            let (from, _) = part.direction(up);
            let (table, copy) = (dialect.ident(from.name), copy_of(from.name));
            out.push(format!("CREATE TABLE {copy} AS SELECT * FROM {table}"));
        }
        for part in self.parts.iter().rev() {
            let (from, _) = part.direction(up);
            out.extend(let_go(from));
        }
        for part in &self.parts {
            out.extend(part.put_back(part.direction(up).1, up));
        }
        out
    }
}

impl Part {
    fn direction(&self, up: bool) -> (&Table, &Table) {
        if up {
            (&self.before, &self.after)
        } else {
            (&self.after, &self.before)
        }
    }

    fn triggers(&self) -> Vec<String> {
        let touched = self.touched.then(|| Touch::trigger(self.before.name));
        touched.into_iter().collect()
    }

    fn put_back(&self, to: &Table, up: bool) -> Vec<String> {
        let dialect = Dialect::Sqlite;
        let (table, copy) = (dialect.ident(to.name), copy_of(to.name));
        let names: Vec<&str> = to.columns.iter().map(|c| c.name).collect();
        let values: Vec<String> = to
            .columns
            .iter()
            .map(|c| match c.generated_key() {
                Some(key) if up && self.fill_id => {
                    format!("coalesce({}, {key})", dialect.ident(c.name))
                }
                _ => dialect.ident(c.name),
            })
            .collect();
        let mut out = vec![to.table_sql(dialect)];
        if to.counts() {
            out.push(rename_sequence(&format!("{}_rebuild", to.name), to.name));
        }
        out.push(format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {copy} ORDER BY rowid",
            dialect.idents(&names),
            values.join(", ")
        ));
        out.push(format!("DROP TABLE {copy}"));
        out.extend(to.index_sql(dialect));
        if self.touched {
            out.extend(Touch::attach_sql(dialect, to.name));
        }
        out
    }
}

fn copy_of(table: &str) -> String {
    Dialect::Sqlite.ident(&format!("{table}_rebuild"))
}

/// The counter of AUTOINCREMENT would go with the table, and keys be given out twice.
fn rename_sequence(from: &str, to: &str) -> String {
    let literal = |name| Dialect::Sqlite.literal(name);
    format!(
        "UPDATE sqlite_sequence SET name = {} WHERE name = {}",
        literal(to),
        literal(from)
    )
}

/// Tables that refer to `table`; those of D1's own may not be looked at.
fn referring(table: &str) -> String {
    format!(
        "FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f \
         WHERE m.type = 'table' AND substr(m.name, 1, 4) <> '_cf_' AND lower(f.\"table\") = lower({})",
        Dialect::Sqlite.literal(table)
    )
}

/// Drops a table without what refers to its rows.
fn let_go(table: &Table) -> Vec<String> {
    let dialect = Dialect::Sqlite;
    let name = dialect.ident(table.name);
    let mut out = Vec::new();
    let key = &table.columns[0];
    let id = dialect.ident(key.name);
    let other = if table.counts() {
        format!("-{id}")
    } else {
        "printf('%036d', rowid)".to_owned()
    };
    out.push(format!(
        "UPDATE {name} SET {id} = {other} WHERE EXISTS (SELECT 1 {})",
        referring(table.name)
    ));
    if table.counts() {
        out.push(rename_sequence(
            table.name,
            &format!("{}_rebuild", table.name),
        ));
    }
    out.push(format!("DROP TABLE {name}"));
    out
}

/// A statement that fails where foreign keys are on and a table would follow the keys that [`let_go`]
/// writes: somebody's own, with ON UPDATE CASCADE. Its rows would be deleted. `ours` have gone by then.
fn unfollowed(table: &str, ours: &[&str]) -> String {
    let message = format!(
        "table {table} has to be recreated, and these tables refer to it with ON UPDATE CASCADE, \
         so that their rows would go with it: "
    );
    format!(
        "SELECT json_extract('{{}}', {} || found) FROM (SELECT group_concat(DISTINCT m.name) AS found {} \
         AND m.name NOT IN ({}) AND f.on_update NOT IN ('NO ACTION', 'RESTRICT') \
         AND (SELECT foreign_keys FROM pragma_foreign_keys)) WHERE found IS NOT NULL",
        Dialect::Sqlite.literal(&message),
        referring(table),
        Dialect::Sqlite.literals(ours)
    )
}
