use super::{Column, Dialect, OnDelete, execute, name};
use sea_orm_migration::prelude::*;

/// A table to create, and to drop again.
#[derive(Clone, Debug)]
pub struct Table {
    name: &'static str,
    columns: Vec<Column>,
    indexes: Vec<Index>,
}

/// Columns to add to a table that exists, and to remove again.
#[derive(Clone, Debug)]
pub struct AddColumns {
    table: &'static str,
    columns: Vec<Column>,
}

#[derive(Clone, Debug)]
struct Index {
    columns: Vec<&'static str>,
    unique: bool,
}

impl Table {
    /// A table without columns yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            columns: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// Appends a column.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Appends `createdAt`, which the database fills in.
    pub fn created_at(self) -> Self {
        self.column(Column::timestamp("createdAt").not_null().default_now())
    }

    /// Appends `createdAt` and `updatedAt`, which the database fills in.
    pub fn timestamps(self) -> Self {
        self.created_at()
            .column(Column::timestamp("updatedAt").not_null().default_now())
    }

    /// Adds an index over several columns; [`Column::indexed`] does for one.
    pub fn index(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push(Index {
            columns: columns.to_vec(),
            unique: false,
        });
        self
    }

    /// Adds a unique constraint over several columns; [`Column::unique`] does for one.
    pub fn unique(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push(Index {
            columns: columns.to_vec(),
            unique: true,
        });
        self
    }

    /// Creates the table, its ENUM types first and its indexes last.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.create_sql(Dialect::of(manager)?)).await
    }

    /// Drops the table and its ENUM types.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &self.drop_sql(Dialect::of(manager)?)).await
    }

    /// The statements that create the table.
    pub fn create_sql(&self, dialect: Dialect) -> Vec<String> {
        let (unique, plain): (Vec<Index>, Vec<Index>) = indexes(&self.columns, &self.indexes)
            .into_iter()
            .partition(|index| index.unique);

        let mut parts: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.definition(dialect, self.name))
            .collect();
        parts.extend(
            unique
                .iter()
                .map(|index| index.constraint(dialect, self.name)),
        );
        if dialect == Dialect::MySql {
            parts.extend(
                plain
                    .iter()
                    .map(|index| index.constraint(dialect, self.name)),
            );
            parts.extend(
                self.columns
                    .iter()
                    .filter_map(|column| column.foreign_key(dialect, self.name)),
            );
        }

        let mut create = format!(
            "CREATE TABLE {} (\n  {}\n)",
            dialect.ident(self.name),
            parts.join(",\n  ")
        );
        if dialect == Dialect::MySql {
            create.push_str(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
        }

        let mut statements = create_types(dialect, self.name, &self.columns);
        statements.push(create);
        if dialect != Dialect::MySql {
            statements.extend(plain.iter().map(|index| index.create(dialect, self.name)));
        }
        statements
    }

    /// The statements that drop the table; its indexes go with it.
    pub fn drop_sql(&self, dialect: Dialect) -> Vec<String> {
        let mut statements = vec![format!("DROP TABLE {}", dialect.ident(self.name))];
        statements.extend(drop_types(dialect, self.name, &self.columns));
        statements
    }
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

impl Index {
    fn of(column: &Column, unique: bool) -> Self {
        Self {
            columns: vec![column.name],
            unique,
        }
    }

    fn name(&self, table: &str) -> String {
        name(
            table,
            &self.columns,
            if self.unique { "key" } else { "idx" },
        )
    }

    fn create(&self, dialect: Dialect, table: &str) -> String {
        format!(
            "CREATE {}INDEX {} ON {} ({})",
            if self.unique { "UNIQUE " } else { "" },
            dialect.ident(&self.name(table)),
            dialect.ident(table),
            dialect.idents(&self.columns)
        )
    }

    /// The index inside CREATE TABLE or ALTER TABLE; a plain one fits there on MySQL only.
    fn constraint(&self, dialect: Dialect, table: &str) -> String {
        let index = dialect.ident(&self.name(table));
        let columns = dialect.idents(&self.columns);
        match (dialect, self.unique) {
            (Dialect::MySql, true) => format!("UNIQUE KEY {index} ({columns})"),
            (Dialect::MySql, false) => format!("KEY {index} ({columns})"),
            _ => format!("CONSTRAINT {index} UNIQUE ({columns})"),
        }
    }
}

/// The indexes of the columns themselves, then `explicit`, then one for each reference that none begins with.
fn indexes(columns: &[Column], explicit: &[Index]) -> Vec<Index> {
    let mut found: Vec<Index> = Vec::new();
    for column in columns {
        let led = explicit
            .iter()
            .any(|index| index.columns.first() == Some(&column.name));
        if column.unique {
            found.push(Index::of(column, true));
        } else if column.indexed || (column.reference.is_some() && !led) {
            found.push(Index::of(column, false));
        }
    }
    found.extend(explicit.iter().cloned());
    found
}

fn create_types(dialect: Dialect, table: &str, columns: &[Column]) -> Vec<String> {
    if dialect != Dialect::Postgres {
        return Vec::new();
    }
    columns
        .iter()
        .filter_map(|column| column.enum_type(table))
        .map(|(name, values)| {
            format!(
                "CREATE TYPE {} AS ENUM ({})",
                dialect.ident(&name),
                dialect.literals(values)
            )
        })
        .collect()
}

fn drop_types(dialect: Dialect, table: &str, columns: &[Column]) -> Vec<String> {
    if dialect != Dialect::Postgres {
        return Vec::new();
    }
    columns
        .iter()
        .rev()
        .filter_map(|column| column.enum_type(table))
        .map(|(name, _)| format!("DROP TYPE {}", dialect.ident(&name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes_of(table: &Table) -> Vec<String> {
        indexes(&table.columns, &table.indexes)
            .iter()
            .map(|index| index.name(table.name))
            .collect()
    }

    #[test]
    fn a_reference_brings_its_index() {
        let owner = Column::integer("owner").references("users", "id", OnDelete::Cascade);
        let table = Table::new("t").column(owner.clone());
        assert_eq!(indexes_of(&table), ["t_owner_idx"]);

        let led = table.clone().index(&["owner", "kind"]);
        assert_eq!(indexes_of(&led), ["t_owner_kind_idx"]);

        let not_led = table.index(&["kind", "owner"]);
        assert_eq!(indexes_of(&not_led), ["t_owner_idx", "t_kind_owner_idx"]);

        let unique = Table::new("t").column(owner.unique());
        assert_eq!(indexes_of(&unique), ["t_owner_key"]);
    }

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

    #[test]
    fn enum_types_outlive_the_table_on_both_sides() {
        let table = Table::new("t").column(Column::enumeration("kind", &["a", "b"]));
        let create = table.create_sql(Dialect::Postgres);
        assert_eq!(create[0], r#"CREATE TYPE "t_kind_enum" AS ENUM ('a', 'b')"#);
        let drop = table.drop_sql(Dialect::Postgres);
        assert_eq!(drop, [r#"DROP TABLE "t""#, r#"DROP TYPE "t_kind_enum""#]);
    }
}
