use sea_orm::sea_query::{ArrayType, ColumnType, IntoIden, Nullable, ValueType, ValueTypeErr};
use sea_orm::{
    ColIdx, DbErr, IntoActiveValue, QueryResult, Set, TryFromU64, TryGetError, TryGetable, Value,
};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A uuid that is PostgreSQL's own type there and 36 characters of text on SQLite and MySQL.
///
/// sea-orm's `Uuid` would write 16 bytes to the latter two, and its `TextUuid` would compare text with
/// `uuid` on PostgreSQL, which is an error. This one is text to sea-orm, of an "enum" type called `uuid`:
/// sea-orm casts values to their enum type and back on PostgreSQL, and only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub Uuid);

impl Id {
    /// A new random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<Id> for Uuid {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Self::String(Some(id.to_string()))
    }
}

impl TryGetable for Id {
    fn try_get_by<I: ColIdx>(result: &QueryResult, index: I) -> Result<Self, TryGetError> {
        match <String as TryGetable>::try_get_by(result, index) {
            Ok(text) => text.parse().map_err(|error| {
                TryGetError::DbErr(DbErr::Type(format!("{text:?} is no uuid: {error}")))
            }),
            Err(TryGetError::Null(column)) => Err(TryGetError::Null(column)),
            // A query of the caller's own reads PostgreSQL's type without the cast.
            Err(TryGetError::DbErr(error)) => <Uuid as TryGetable>::try_get_by(result, index)
                .map(Self)
                .map_err(|_| TryGetError::DbErr(error)),
        }
    }
}

impl ValueType for Id {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::String(Some(text)) => text.parse().map_err(|_| ValueTypeErr),
            Value::Uuid(Some(uuid)) => Ok(Self(uuid)),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Id".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Enum {
            name: "uuid".into_iden(),
            variants: Vec::new(),
        }
    }
}

impl Nullable for Id {
    fn null() -> Value {
        Value::String(None)
    }
}

impl TryFromU64 for Id {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Id"))
    }
}

impl IntoActiveValue<Id> for Id {
    fn into_active_value(self) -> sea_orm::ActiveValue<Id> {
        Set(self)
    }
}
