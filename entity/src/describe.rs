//! What an entity expects of its table, to be held against a live schema.

use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

/// An entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The schema of its table, where it names one.
    pub schema: Option<String>,
    /// Its table.
    pub table: String,
    /// Its columns.
    pub columns: Vec<ModelColumn>,
    /// The columns of its primary key.
    pub primary_key: Vec<String>,
}

/// A column of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelColumn {
    /// Its name in the database.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether the entity takes NULL.
    pub nullable: bool,
}

/// What a column holds, as an application sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text of any length.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// An exact decimal number.
    Decimal,
    /// A binary fraction.
    Float,
    /// A point in time.
    Timestamp,
    /// A day.
    Date,
    /// JSON.
    Json,
    /// A uuid.
    Uuid,
    /// A list.
    Array,
    /// One of these.
    Enum(Vec<String>),
    /// Anything else, in sea-orm's words.
    Other(String),
}

impl Model {
    /// Describes an entity.
    pub fn of<E: EntityTrait>() -> Self {
        let entity = E::default();
        Self {
            schema: entity.schema_name().map(str::to_owned),
            table: entity.table_name().to_owned(),
            columns: E::Column::iter().map(column).collect(),
            primary_key: E::PrimaryKey::iter()
                .map(|key| key.into_column().as_str().to_owned())
                .collect(),
        }
    }
}

fn column<C: ColumnTrait>(column: C) -> ModelColumn {
    let definition = column.def();
    ModelColumn {
        name: column.as_str().to_owned(),
        kind: kind(definition.get_column_type()),
        nullable: definition.is_null(),
    }
}

fn kind(found: &ColumnType) -> Kind {
    match found {
        ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => Kind::Text,
        ColumnType::TinyInteger
        | ColumnType::SmallInteger
        | ColumnType::Integer
        | ColumnType::BigInteger
        | ColumnType::TinyUnsigned
        | ColumnType::SmallUnsigned
        | ColumnType::Unsigned
        | ColumnType::BigUnsigned => Kind::Integer,
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::Decimal(_) | ColumnType::Money(_) => Kind::Decimal,
        ColumnType::Float | ColumnType::Double => Kind::Float,
        ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => {
            Kind::Timestamp
        }
        ColumnType::Date => Kind::Date,
        ColumnType::Json | ColumnType::JsonBinary => Kind::Json,
        ColumnType::Uuid => Kind::Uuid,
        ColumnType::Array(_) => Kind::Array,
        // `Id` calls itself so, for the sake of sea-orm's casts.
        ColumnType::Enum { name, variants }
            if variants.is_empty() && name.to_string() == "uuid" =>
        {
            Kind::Uuid
        }
        ColumnType::Enum { variants, .. } => {
            Kind::Enum(variants.iter().map(ToString::to_string).collect())
        }
        other => Kind::Other(format!("{other:?}")),
    }
}

/// The function `models` of a set: descriptions of these entities of its prelude.
#[macro_export]
#[doc(hidden)]
macro_rules! models {
    ($($entity:ident),* $(,)?) => {
        /// What every entity of the set expects of its table.
        pub fn models() -> Vec<$crate::Model> {
            vec![$($crate::Model::of::<prelude::$entity>()),*]
        }
    };
}
