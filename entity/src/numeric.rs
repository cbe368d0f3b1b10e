use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{
    ColIdx, IntoActiveValue, QueryResult, Set, TryGetError, TryGetable, Value, prelude::Decimal,
};
use std::fmt;

/// An exact decimal number.
///
/// SQLite keeps a whole number in a `decimal` column as an integer, which sea-orm's `Decimal` refuses to
/// read; otherwise the two are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Numeric(pub Decimal);

impl fmt::Display for Numeric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Decimal> for Numeric {
    fn from(number: Decimal) -> Self {
        Self(number)
    }
}

impl From<i64> for Numeric {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<Numeric> for Decimal {
    fn from(number: Numeric) -> Self {
        number.0
    }
}

impl From<Numeric> for Value {
    fn from(number: Numeric) -> Self {
        number.0.into()
    }
}

impl TryGetable for Numeric {
    fn try_get_by<I: ColIdx>(result: &QueryResult, index: I) -> Result<Self, TryGetError> {
        match <Decimal as TryGetable>::try_get_by(result, index) {
            Ok(number) => Ok(Self(number)),
            Err(TryGetError::Null(column)) => Err(TryGetError::Null(column)),
            Err(TryGetError::DbErr(error)) => <i64 as TryGetable>::try_get_by(result, index)
                .map(Self::from)
                .map_err(|_| TryGetError::DbErr(error)),
        }
    }
}

impl ValueType for Numeric {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <Decimal as ValueType>::try_from(value).map(Self)
    }

    fn type_name() -> String {
        "Numeric".to_owned()
    }

    fn array_type() -> ArrayType {
        <Decimal as ValueType>::array_type()
    }

    fn column_type() -> ColumnType {
        <Decimal as ValueType>::column_type()
    }
}

impl Nullable for Numeric {
    fn null() -> Value {
        <Decimal as Nullable>::null()
    }
}

impl IntoActiveValue<Numeric> for Numeric {
    fn into_active_value(self) -> sea_orm::ActiveValue<Numeric> {
        Set(self)
    }
}
