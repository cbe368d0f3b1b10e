use super::{Column, Dialect, name};

/// Which rows an index is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Rows where a text column has that value.
    Is(&'static str, &'static str),
    /// Rows where a column is null.
    Null(&'static str),
}

/// An index or a unique constraint.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) columns: Vec<&'static str>,
    pub(super) unique: bool,
    /// A unique index that is no constraint; the difference shows on PostgreSQL.
    pub(super) bare: bool,
    pub(super) descending: bool,
    pub(super) only: Option<Where>,
}

impl Where {
    /// The condition, for a partial index.
    fn condition(self, dialect: Dialect) -> String {
        match self {
            Self::Is(column, value) => {
                format!("{} = {}", dialect.ident(column), dialect.literal(value))
            }
            Self::Null(column) => format!("{} IS NULL", dialect.ident(column)),
        }
    }

    /// The generated column that stands for the condition on MySQL, which has no partial indexes: 1 where
    /// it holds and null elsewhere, and nulls are never alike.
    fn column(self) -> String {
        match self {
            Self::Is(column, value) => format!("{column}_is_{value}"),
            Self::Null(column) => format!("{column}_is_null"),
        }
    }
}

impl Index {
    /// A unique constraint or a plain index.
    pub(super) fn over(columns: &[&'static str], unique: bool) -> Self {
        Self {
            columns: columns.to_vec(),
            unique,
            bare: false,
            descending: false,
            only: None,
        }
    }

    pub(super) fn name(&self, table: &str) -> String {
        name(
            table,
            &self.columns,
            if self.unique { "key" } else { "idx" },
        )
    }

    /// Whether it is written inside CREATE TABLE.
    pub(super) fn inline(&self, dialect: Dialect) -> bool {
        dialect == Dialect::MySql || (self.unique && !self.bare && self.only.is_none())
    }

    pub(super) fn create(&self, dialect: Dialect, table: &str) -> String {
        let only = self.only.map_or(String::new(), |only| {
            format!(" WHERE {}", only.condition(dialect))
        });
        format!(
            "CREATE {}INDEX {} ON {} ({}){only}",
            if self.unique { "UNIQUE " } else { "" },
            dialect.ident(&self.name(table)),
            dialect.ident(table),
            self.columns(dialect)
        )
    }

    /// The index inside CREATE TABLE or ALTER TABLE; a plain one fits there on MySQL only.
    pub(super) fn constraint(&self, dialect: Dialect, table: &str) -> String {
        let index = dialect.ident(&self.name(table));
        let columns = self.columns(dialect);
        match (dialect, self.unique) {
            (Dialect::MySql, true) => format!("UNIQUE KEY {index} ({columns})"),
            (Dialect::MySql, false) => format!("KEY {index} ({columns})"),
            _ => format!("CONSTRAINT {index} UNIQUE ({columns})"),
        }
    }

    /// The generated column that a partial index needs on MySQL.
    pub(super) fn generated(&self, dialect: Dialect) -> Option<String> {
        let only = self.only.filter(|_| dialect == Dialect::MySql)?;
        Some(format!(
            "{} tinyint(1) GENERATED ALWAYS AS (CASE WHEN {} THEN 1 END) STORED",
            dialect.ident(&only.column()),
            only.condition(dialect)
        ))
    }

    fn columns(&self, dialect: Dialect) -> String {
        let mut columns: Vec<String> = self.columns.iter().map(|c| dialect.ident(c)).collect();
        if self.descending {
            columns
                .iter_mut()
                .for_each(|column| column.push_str(" DESC"));
        }
        if let Some(only) = self.only.filter(|_| dialect == Dialect::MySql) {
            columns.push(dialect.ident(&only.column()));
        }
        columns.join(", ")
    }
}

/// The indexes of the columns themselves, then `explicit`, then one for each reference that none begins with.
pub(super) fn indexes(columns: &[Column], explicit: &[Index]) -> Vec<Index> {
    let mut found: Vec<Index> = Vec::new();
    for column in columns {
        // A partial index does not find all rows that refer.
        let led = explicit
            .iter()
            .any(|index| index.only.is_none() && index.columns.first() == Some(&column.name));
        if column.unique {
            found.push(Index::over(&[column.name], true));
        } else if column.indexed || (column.reference.is_some() && !led) {
            found.push(Index::over(&[column.name], false));
        }
    }
    found.extend(explicit.iter().cloned());
    found
}
