//! The objects of a schema by name, as differences name them.

use std::fmt;

/// What a difference is about. Parts of tables have the table's name first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// An enumeration.
    Type(String),
    /// A label of an enumeration that is in both schemas.
    Value(String, String),
    /// The order of an enumeration's labels.
    ValueOrder(String),
    /// A sequence.
    Sequence(String),
    /// A function or procedure.
    Routine(String),
    /// A whole table.
    Table(String),
    /// A column.
    Column(String, String),
    /// The order of a table's columns.
    ColumnOrder(String),
    /// An index, or a constraint that has one.
    Index(String, String),
    /// A CHECK constraint.
    Check(String, String),
    /// A foreign key.
    ForeignKey(String, String),
    /// Engine, row level security and the like.
    Options(String),
    /// A view.
    View(String),
    /// A trigger.
    Trigger(String, String),
    /// A row level security policy.
    Policy(String, String),
    /// The comment on a table.
    TableComment(String),
    /// The comment on a column.
    ColumnComment(String, String),
    /// What a role may do with a table.
    TableGrant(String, String),
    /// What a role may do with a column.
    ColumnGrant(String, String, String),
    /// What a role may do with something else (`view x`, `schema`).
    Grant(String, String),
}

impl Object {
    /// The table that it is or belongs to.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Table(t)
            | Self::Column(t, _)
            | Self::ColumnOrder(t)
            | Self::Index(t, _)
            | Self::Check(t, _)
            | Self::ForeignKey(t, _)
            | Self::Options(t)
            | Self::Trigger(t, _)
            | Self::Policy(t, _)
            | Self::TableComment(t)
            | Self::ColumnComment(t, _)
            | Self::TableGrant(t, _)
            | Self::ColumnGrant(t, _, _) => Some(t),
            _ => None,
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(n) => write!(f, "type {n}"),
            Self::Value(t, n) => write!(f, "value '{n}' of type {t}"),
            Self::ValueOrder(n) => write!(f, "value order of type {n}"),
            Self::Sequence(n) => write!(f, "sequence {n}"),
            Self::Routine(n) => write!(f, "routine {n}"),
            Self::Table(n) => write!(f, "table {n}"),
            Self::Column(t, n) => write!(f, "column {t}.{n}"),
            Self::ColumnOrder(t) => write!(f, "column order of {t}"),
            Self::Index(t, n) => write!(f, "index {t}.{n}"),
            Self::Check(t, n) => write!(f, "check {t}.{n}"),
            Self::ForeignKey(t, n) => write!(f, "foreign key {t}.{n}"),
            Self::Options(t) => write!(f, "options of table {t}"),
            Self::View(n) => write!(f, "view {n}"),
            Self::Trigger(t, n) => write!(f, "trigger {t}.{n}"),
            Self::Policy(t, n) => write!(f, "policy {t}.{n}"),
            Self::TableComment(t) => write!(f, "comment on table {t}"),
            Self::ColumnComment(t, n) => write!(f, "comment on column {t}.{n}"),
            Self::TableGrant(t, r) => write!(f, "grant on table {t} to {r}"),
            Self::ColumnGrant(t, n, r) => write!(f, "grant on column {t}.{n} to {r}"),
            Self::Grant(o, r) => write!(f, "grant on {o} to {r}"),
        }
    }
}
