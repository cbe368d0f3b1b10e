use super::index::{Index, indexes};
use super::table::{create_types, drop_types};
use super::{Column, Dialect, OnDelete, execute, name};
use sea_orm_migration::prelude::*;

/// Columns to add to a table that exists, and to remove again.
#[derive(Clone, Debug)]
pub struct AddColumns {
    table: &'static str,
    columns: Vec<Column>,
}

impl AddColumns {
    /// No columns yet, for `table`.
    pub fn to(table: &'static str) -> Self {
        Self {
            table,
            columns: Vec::new(),
        }
    }

    /// The column that says which tenant a row belongs to: nullable, since rows that are there have none.
    pub fn tenant(table: &'static str, on_delete: OnDelete) -> Self {
        Self::to(table).column(Column::uuid("organizationId").references(
            "organizations",
            "id",
            on_delete,
        ))
    }

    /// Appends a column.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds the columns with their types, keys and indexes.
    pub async fn add(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.add_sql(Dialect::of(manager)?)).await
    }

    /// Removes the columns with their types, keys and indexes.
    pub async fn remove(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.remove_sql(Dialect::of(manager)?)).await
    }

    /// The statements that add the columns.
    pub fn add_sql(&self, dialect: Dialect) -> Vec<String> {
        let indexes = indexes(&self.columns, &[]);
        let mut clauses: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("ADD COLUMN {}", column.definition(dialect, self.table)))
            .collect();
        let mut statements = create_types(dialect, self.table, &self.columns);
        match dialect {
            Dialect::Sqlite => {
                statements.extend(clauses.iter().map(|clause| self.alter(dialect, clause)));
                statements.extend(
                    indexes
                        .iter()
                        .map(|index| index.create(dialect, self.table)),
                );
            }
            Dialect::Postgres => {
                let (unique, plain): (Vec<&Index>, Vec<&Index>) =
                    indexes.iter().partition(|index| index.unique);
                clauses.extend(
                    unique
                        .iter()
                        .map(|index| format!("ADD {}", index.constraint(dialect, self.table))),
                );
                statements.push(self.alter(dialect, &clauses.join(", ")));
                statements.extend(plain.iter().map(|index| index.create(dialect, self.table)));
            }
            Dialect::MySql => {
                clauses.extend(
                    indexes
                        .iter()
                        .map(|index| format!("ADD {}", index.constraint(dialect, self.table))),
                );
                clauses.extend(
                    self.columns
                        .iter()
                        .filter_map(|column| column.foreign_key(dialect, self.table))
                        .map(|key| format!("ADD {key}")),
                );
                statements.push(self.alter(dialect, &clauses.join(", ")));
            }
        }
        statements
    }

    /// The statements that remove the columns, last one first.
    pub fn remove_sql(&self, dialect: Dialect) -> Vec<String> {
        let drops: Vec<String> = self
            .columns
            .iter()
            .rev()
            .map(|column| format!("DROP COLUMN {}", dialect.ident(column.name)))
            .collect();
        let mut statements = Vec::new();
        match dialect {
            Dialect::Sqlite => {
                // SQLite refuses to drop a column while an index uses it.
                statements.extend(
                    indexes(&self.columns, &[]).iter().rev().map(|index| {
                        format!("DROP INDEX {}", dialect.ident(&index.name(self.table)))
                    }),
                );
                statements.extend(drops.iter().map(|drop| self.alter(dialect, drop)));
            }
            Dialect::Postgres => statements.push(self.alter(dialect, &drops.join(", "))),
            Dialect::MySql => {
                // MySQL refuses to drop a column while a foreign key uses it.
                let mut clauses: Vec<String> = self
                    .columns
                    .iter()
                    .filter(|column| column.reference.is_some())
                    .map(|column| {
                        let key = name(self.table, &[column.name], "fkey");
                        format!("DROP FOREIGN KEY {}", dialect.ident(&key))
                    })
                    .collect();
                clauses.extend(drops);
                statements.push(self.alter(dialect, &clauses.join(", ")));
            }
        }
        statements.extend(drop_types(dialect, self.table, &self.columns));
        statements
    }

    fn alter(&self, dialect: Dialect, clauses: &str) -> String {
        format!("ALTER TABLE {} {clauses}", dialect.ident(self.table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_unique_column_is_an_index_on_sqlite() {
        let add = AddColumns::to("t").column(Column::text("slug").unique());
        assert_eq!(
            add.add_sql(Dialect::Sqlite),
            [
                r#"ALTER TABLE "t" ADD COLUMN "slug" text"#,
                r#"CREATE UNIQUE INDEX "t_slug_key" ON "t" ("slug")"#,
            ]
        );
        assert_eq!(
            add.add_sql(Dialect::Postgres),
            [
                r#"ALTER TABLE "t" ADD COLUMN "slug" text, ADD CONSTRAINT "t_slug_key" UNIQUE ("slug")"#
            ]
        );
        assert_eq!(
            add.remove_sql(Dialect::Sqlite),
            [
                r#"DROP INDEX "t_slug_key""#,
                r#"ALTER TABLE "t" DROP COLUMN "slug""#,
            ]
        );
    }

    #[test]
    fn mysql_drops_the_foreign_key_before_its_column() {
        let add = AddColumns::tenant("t", OnDelete::Cascade);
        assert_eq!(
            add.remove_sql(Dialect::MySql),
            [
                "ALTER TABLE `t` DROP FOREIGN KEY `t_organizationId_fkey`, DROP COLUMN `organizationId`"
            ]
        );
    }
}
