use super::index::{Index, Where, indexes};
use super::{Column, Dialect, execute};
use sea_orm_migration::prelude::*;

/// A table to create, and to drop again.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    indexes: Vec<Index>,
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

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has a column of that name.
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    /// Changes each column; indexes and constraints stay.
    pub(super) fn map_columns(mut self, change: impl Fn(Column) -> Column) -> Self {
        self.columns = self.columns.into_iter().map(change).collect();
        self
    }

    /// Whether its key is a number that SQLite counts up.
    pub(super) fn counts(&self) -> bool {
        self.columns.iter().any(Column::counts)
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

    /// Appends `created_at`, which the database fills in.
    pub fn snake_created_at(self) -> Self {
        self.column(Column::timestamp("created_at").not_null().default_now())
    }

    /// Appends `created_at` and `updated_at`, which the database fills in.
    pub fn snake_timestamps(self) -> Self {
        self.snake_created_at()
            .column(Column::timestamp("updated_at").not_null().default_now())
    }

    /// Adds an index over several columns; [`Column::indexed`] does for one.
    pub fn index(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push(Index::over(columns, false));
        self
    }

    /// Adds an index over a column, last value first.
    pub fn index_descending(mut self, column: &'static str) -> Self {
        self.indexes.push(Index {
            descending: true,
            ..Index::over(&[column], false)
        });
        self
    }

    /// Adds a unique constraint over several columns; [`Column::unique`] does for one.
    pub fn unique(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push(Index::over(columns, true));
        self
    }

    /// Adds a unique index that is no constraint, as Prisma and many documents do.
    pub fn unique_index(mut self, columns: &[&'static str]) -> Self {
        self.indexes.push(Index {
            bare: true,
            ..Index::over(columns, true)
        });
        self
    }

    /// Has the columns be unique among some of the rows: a partial index, on MySQL a generated column in
    /// an ordinary one.
    pub fn unique_where(mut self, columns: &[&'static str], only: Where) -> Self {
        self.indexes.push(Index {
            only: Some(only),
            ..Index::over(columns, true)
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
        let mut statements = create_types(dialect, self.name, &self.columns);
        statements.push(self.table_sql(dialect));
        statements.extend(self.index_sql(dialect));
        statements
    }

    /// The CREATE TABLE.
    pub(super) fn table_sql(&self, dialect: Dialect) -> String {
        let indexes = indexes(&self.columns, &self.indexes);
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.definition(dialect, self.name))
            .collect();
        parts.extend(indexes.iter().filter_map(|index| index.generated(dialect)));
        let (unique, plain): (Vec<&Index>, Vec<&Index>) = indexes
            .iter()
            .filter(|index| index.inline(dialect))
            .partition(|index| index.unique);
        parts.extend(
            unique
                .into_iter()
                .chain(plain)
                .map(|index| index.constraint(dialect, self.name)),
        );
        if dialect == Dialect::MySql {
            // MySQL parses keys inside a column and ignores them; MariaDB gives such checks no name.
            parts.extend(
                self.columns
                    .iter()
                    .filter_map(|column| column.check_constraint(dialect, self.name)),
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
        create
    }

    /// The statements that create the indexes which are no part of CREATE TABLE.
    pub(super) fn index_sql(&self, dialect: Dialect) -> Vec<String> {
        indexes(&self.columns, &self.indexes)
            .iter()
            .filter(|index| !index.inline(dialect))
            .map(|index| index.create(dialect, self.name))
            .collect()
    }

    /// The names of the indexes which are no part of CREATE TABLE.
    pub(super) fn index_names(&self, dialect: Dialect) -> Vec<String> {
        indexes(&self.columns, &self.indexes)
            .iter()
            .filter(|index| !index.inline(dialect))
            .map(|index| index.name(self.name))
            .collect()
    }

    /// The statements that drop the table; its indexes go with it.
    pub fn drop_sql(&self, dialect: Dialect) -> Vec<String> {
        let mut statements = vec![format!("DROP TABLE {}", dialect.ident(self.name))];
        statements.extend(drop_types(dialect, self.name, &self.columns));
        statements
    }
}

pub(super) fn create_types(dialect: Dialect, table: &str, columns: &[Column]) -> Vec<String> {
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

pub(super) fn drop_types(dialect: Dialect, table: &str, columns: &[Column]) -> Vec<String> {
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
    use crate::support::OnDelete;

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
    fn enum_types_outlive_the_table_on_both_sides() {
        let table = Table::new("t").column(Column::enumeration("kind", &["a", "b"]));
        let create = table.create_sql(Dialect::Postgres);
        assert_eq!(create[0], r#"CREATE TYPE "t_kind_enum" AS ENUM ('a', 'b')"#);
        let drop = table.drop_sql(Dialect::Postgres);
        assert_eq!(drop, [r#"DROP TABLE "t""#, r#"DROP TYPE "t_kind_enum""#]);
    }

    #[test]
    fn a_partial_unique_index_is_a_generated_column_on_mysql() {
        let table = Table::new("t")
            .column(Column::hex_id())
            .column(Column::choice("state", &["on", "off"]))
            .unique_where(&["state"], Where::Is("state", "on"))
            .unique_where(&["state"], Where::Null("id"));
        let sqlite = table.create_sql(Dialect::Sqlite);
        assert_eq!(
            sqlite[1],
            r#"CREATE UNIQUE INDEX "t_state_key" ON "t" ("state") WHERE "state" = 'on'"#
        );
        assert!(sqlite[2].ends_with(r#"WHERE "id" IS NULL"#));
        let mysql = table.create_sql(Dialect::MySql).join("\n");
        assert!(
            mysql.contains(
                "`state_is_on` tinyint(1) GENERATED ALWAYS AS (CASE WHEN `state` = 'on' THEN 1 END) STORED"
            ),
            "{mysql}"
        );
        assert!(
            mysql.contains("UNIQUE KEY `t_state_key` (`state`, `state_is_on`)"),
            "{mysql}"
        );
        assert!(mysql.contains("CONSTRAINT `t_state_check` CHECK (`state` IN ('on', 'off'))"));
    }

    #[test]
    fn a_partial_index_does_not_serve_a_reference() {
        let table = Table::new("t")
            .column(Column::key_text("p").references("p", "id", OnDelete::Restrict))
            .unique_where(&["p"], Where::Null("q"));
        assert_eq!(indexes_of(&table), ["t_p_idx", "t_p_key"]);
    }
}
