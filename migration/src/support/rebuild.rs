use super::{Column, Dialect, OnDelete, Table, execute, name};
use sea_orm_migration::prelude::*;

/// A reference to add to a column that exists, and to remove again.
///
/// SQLite cannot alter a table in this way: there the table is made anew beside the old one, filled from it
/// and takes its place. That must run with foreign keys switched off, or dropping the old table would delete
/// what refers to it; saasdb sees to that.
#[derive(Clone, Debug)]
pub struct AddReference {
    without: Table,
    with: Table,
    column: Column,
}

impl AddReference {
    /// Has `column` of `table`, as it is after the migrations before this one, refer to `parent`.
    ///
    /// # Panics
    ///
    /// Where the table has no such column.
    pub fn new(
        table: &Table,
        column: &'static str,
        parent: (&'static str, &'static str),
        on_delete: OnDelete,
    ) -> Self {
        let mut with = table.clone();
        let found = with
            .columns
            .iter_mut()
            .find(|c| c.name == column)
            .expect("a column of the table");
        *found = found
            .clone()
            .references(parent.0, parent.1, on_delete)
            .on_update_cascade();
        let column = found.clone();
        Self {
            without: table.clone(),
            with,
            column,
        }
    }

    /// Adds the reference.
    pub async fn add(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.add_sql(Dialect::of(manager)?)).await
    }

    /// Removes the reference.
    pub async fn remove(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.remove_sql(Dialect::of(manager)?)).await
    }

    /// The statements that add the reference.
    pub fn add_sql(&self, dialect: Dialect) -> Vec<String> {
        let table = dialect.ident(self.with.name);
        match (dialect, self.column.foreign_key(dialect, self.with.name)) {
            (Dialect::Sqlite, _) => rebuild(&self.without, &self.with),
            (_, Some(key)) => vec![format!("ALTER TABLE {table} ADD {key}")],
            (_, None) => Vec::new(),
        }
    }

    /// The statements that remove the reference.
    pub fn remove_sql(&self, dialect: Dialect) -> Vec<String> {
        let table = dialect.ident(self.with.name);
        let key = dialect.ident(&name(self.with.name, &[self.column.name], "fkey"));
        match dialect {
            Dialect::Sqlite => rebuild(&self.with, &self.without),
            Dialect::Postgres => vec![format!("ALTER TABLE {table} DROP CONSTRAINT {key}")],
            Dialect::MySql => vec![format!("ALTER TABLE {table} DROP FOREIGN KEY {key}")],
        }
    }
}

/// The statements that put `after` in the place of `before` on SQLite, with the rows.
fn rebuild(before: &Table, after: &Table) -> Vec<String> {
    let dialect = Dialect::Sqlite;
    let table = dialect.ident(after.name);
    let other = dialect.ident(&format!("{}_rebuild", after.name));
    let columns: Vec<&str> = after.columns.iter().map(|c| c.name).collect();
    let columns = dialect.idents(&columns);
    let mut statements = vec![
        unaltered(before, &[]),
        after.table_sql(dialect).replacen(&table, &other, 1),
        format!("INSERT INTO {other} ({columns}) SELECT {columns} FROM {table}"),
        format!("DROP TABLE {table}"),
        format!("ALTER TABLE {other} RENAME TO {table}"),
    ];
    statements.extend(after.index_sql(dialect));
    statements
}

/// A statement that fails where somebody gave the table a column, an index or a trigger of their own, which
/// the rebuilt table would not have; it names them. SQLite has no RAISE outside of triggers, but what is no
/// JSON path fails with its text.
///
/// `triggers` are those that are made again.
pub(super) fn unaltered(table: &Table, triggers: &[String]) -> String {
    let dialect = Dialect::Sqlite;
    let name = dialect.literal(table.name);
    let indexes = table.index_names(dialect);
    let indexes: Vec<&str> = indexes.iter().chain(triggers).map(String::as_str).collect();
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let message = format!(
        "table {} was altered by hand, and making it anew would lose: ",
        table.name
    );
    format!(
        "SELECT json_extract('{{}}', {} || found) FROM (SELECT group_concat(what, ', ') AS found FROM (\
         SELECT 'column ' || name AS what FROM pragma_table_xinfo({name}) WHERE name NOT IN ({}) \
         UNION ALL SELECT type || ' ' || name FROM sqlite_master WHERE tbl_name = {name} \
         AND type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT IN ({}))) WHERE found IS NOT NULL",
        dialect.literal(&message),
        dialect.literals(&columns),
        dialect.literals(&indexes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_makes_the_table_anew() {
        let table = Table::new("payments")
            .column(Column::uuid_id())
            .column(Column::uuid("invoice_id").indexed());
        let add = AddReference::new(&table, "invoice_id", ("invoices", "id"), OnDelete::SetNull);
        let up = add.add_sql(Dialect::Sqlite);
        assert!(
            up[0].contains("name NOT IN ('id', 'invoice_id')"),
            "{}",
            up[0]
        );
        assert!(up[0].contains("name NOT IN ('payments_invoice_id_idx')"));
        assert!(up[1].starts_with(r#"CREATE TABLE "payments_rebuild" ("#));
        assert!(up[1].contains(
            r#"CONSTRAINT "payments_invoice_id_fkey" REFERENCES "invoices" ("id") ON DELETE SET NULL ON UPDATE CASCADE"#
        ));
        assert_eq!(
            up[2..],
            [
                r#"INSERT INTO "payments_rebuild" ("id", "invoice_id") SELECT "id", "invoice_id" FROM "payments""#,
                r#"DROP TABLE "payments""#,
                r#"ALTER TABLE "payments_rebuild" RENAME TO "payments""#,
                r#"CREATE INDEX "payments_invoice_id_idx" ON "payments" ("invoice_id")"#,
            ]
        );
        assert!(!add.remove_sql(Dialect::Sqlite)[1].contains("invoices"));
        assert_eq!(
            add.remove_sql(Dialect::MySql),
            ["ALTER TABLE `payments` DROP FOREIGN KEY `payments_invoice_id_fkey`"]
        );
    }
}
