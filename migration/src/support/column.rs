use super::{Dialect, name};

/// What happens to a row when the row it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused while rows refer to it; the SQL default.
    NoAction,
    /// The row is deleted as well.
    Cascade,
    /// The row stays and its reference becomes null.
    SetNull,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    AutoInteger,
    AutoBigInteger,
    Uuid,
    Varchar(u32),
    Text,
    Integer,
    Decimal(u32, u32),
    Boolean,
    Timestamp,
    Date,
    Json,
    Enum(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug)]
enum Default {
    Text(&'static str),
    Json(&'static str),
    Integer(i64),
    Boolean(bool),
    Now,
    NewUuid,
}

/// A reference to the one-column primary key of another table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    table: &'static str,
    column: &'static str,
    on_delete: OnDelete,
}

/// A column of a [`Table`](super::Table) or of [`AddColumns`](super::AddColumns); nullable until told otherwise.
#[derive(Clone, Debug)]
pub struct Column {
    pub(super) name: &'static str,
    kind: Kind,
    not_null: bool,
    primary_key: bool,
    default: Option<Default>,
    pub(super) unique: bool,
    pub(super) indexed: bool,
    pub(super) reference: Option<Reference>,
}

impl Column {
    fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            not_null: false,
            primary_key: false,
            default: None,
            unique: false,
            indexed: false,
            reference: None,
        }
    }

    /// The primary key `id`, an integer that the database counts up.
    pub fn auto_id() -> Self {
        Self::new("id", Kind::AutoInteger).primary_key()
    }

    /// The primary key `id`, a 64-bit integer that the database counts up.
    pub fn auto_big_id() -> Self {
        Self::new("id", Kind::AutoBigInteger).primary_key()
    }

    /// The primary key `id`, a uuid that the database makes up when the insert has none.
    pub fn uuid_id() -> Self {
        let mut column = Self::uuid("id").primary_key();
        column.default = Some(Default::NewUuid);
        column
    }

    /// A uuid: PostgreSQL's own type, 36 characters of text elsewhere.
    pub fn uuid(name: &'static str) -> Self {
        Self::new(name, Kind::Uuid)
    }

    /// Text of a limited length.
    pub fn varchar(name: &'static str, length: u32) -> Self {
        Self::new(name, Kind::Varchar(length))
    }

    /// Text of any length.
    pub fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// A 32-bit integer.
    pub fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    /// An exact decimal number.
    pub fn decimal(name: &'static str, precision: u32, scale: u32) -> Self {
        Self::new(name, Kind::Decimal(precision, scale))
    }

    /// True or false.
    pub fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    /// A point in time, in UTC.
    pub fn timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::Timestamp)
    }

    /// A day of the calendar.
    pub fn date(name: &'static str) -> Self {
        Self::new(name, Kind::Date)
    }

    /// A JSON document.
    pub fn json(name: &'static str) -> Self {
        Self::new(name, Kind::Json)
    }

    /// One of a fixed list of values; on PostgreSQL the type is `<table>_<column>_enum`.
    pub fn enumeration(name: &'static str, values: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Enum(values))
    }

    fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// Refuses null.
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// Gives every row a value of its own; this also serves as the column's index.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Adds an index over this column alone.
    pub fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// Refers to `column` of `table`. An index comes with it unless another one begins with this column.
    pub fn references(
        mut self,
        table: &'static str,
        column: &'static str,
        on_delete: OnDelete,
    ) -> Self {
        self.reference = Some(Reference {
            table,
            column,
            on_delete,
        });
        self
    }

    /// Sets a default of text, or of an enumeration.
    pub fn default_text(mut self, value: &'static str) -> Self {
        self.default = Some(Default::Text(value));
        self
    }

    /// Sets a default of JSON.
    pub fn default_json(mut self, value: &'static str) -> Self {
        self.default = Some(Default::Json(value));
        self
    }

    /// Sets a default number.
    pub fn default_integer(mut self, value: i64) -> Self {
        self.default = Some(Default::Integer(value));
        self
    }

    /// Sets a default of true or false.
    pub fn default_boolean(mut self, value: bool) -> Self {
        self.default = Some(Default::Boolean(value));
        self
    }

    /// Sets the current time as default.
    pub fn default_now(mut self) -> Self {
        self.default = Some(Default::Now);
        self
    }

    /// The name of the column's ENUM type and its values, where it has one.
    pub(super) fn enum_type(&self, table: &str) -> Option<(String, &'static [&'static str])> {
        match self.kind {
            Kind::Enum(values) => Some((name(table, &[self.name], "enum"), values)),
            _ => None,
        }
    }

    /// The column as CREATE TABLE and ADD COLUMN want it, constraints that fit in it included.
    ///
    /// MySQL keeps keys and references apart: it parses them inside a column and then ignores them.
    pub(super) fn definition(&self, dialect: Dialect, table: &str) -> String {
        let mut sql = format!(
            "{} {}",
            dialect.ident(self.name),
            self.sql_type(dialect, table)
        );
        if self.primary_key && dialect != Dialect::Sqlite {
            sql.push_str(" NOT NULL");
        }
        if self.primary_key {
            // Without NOT NULL, SQLite allows null in a primary key that is not an integer.
            sql.push_str(match (dialect, self.kind) {
                (Dialect::Sqlite, Kind::AutoInteger | Kind::AutoBigInteger) => {
                    " PRIMARY KEY AUTOINCREMENT"
                }
                (Dialect::Sqlite, _) => " NOT NULL PRIMARY KEY",
                _ => " PRIMARY KEY",
            });
        } else if self.not_null {
            sql.push_str(" NOT NULL");
        }
        if let Some(default) = self.default {
            sql.push_str(" DEFAULT ");
            sql.push_str(&default.sql(dialect));
        }
        if let Some(check) = self.check(dialect) {
            let check_name = dialect.ident(&name(table, &[self.name], "check"));
            sql.push_str(&format!(" CONSTRAINT {check_name} CHECK ({check})"));
        }
        if dialect != Dialect::MySql
            && let Some(reference) = self.reference
        {
            let key = dialect.ident(&name(table, &[self.name], "fkey"));
            sql.push_str(&format!(" CONSTRAINT {key} {}", reference.sql(dialect)));
        }
        sql
    }

    /// The reference as a table constraint, for MySQL.
    pub(super) fn foreign_key(&self, dialect: Dialect, table: &str) -> Option<String> {
        let reference = self.reference?;
        Some(format!(
            "CONSTRAINT {} FOREIGN KEY ({}) {}",
            dialect.ident(&name(table, &[self.name], "fkey")),
            dialect.ident(self.name),
            reference.sql(dialect)
        ))
    }

    fn sql_type(&self, dialect: Dialect, table: &str) -> String {
        use Dialect::{MySql, Postgres, Sqlite};
        match (self.kind, dialect) {
            (Kind::AutoInteger, Postgres) => "integer GENERATED BY DEFAULT AS IDENTITY".into(),
            (Kind::AutoInteger, MySql) => "int AUTO_INCREMENT".into(),
            (Kind::AutoBigInteger, Postgres) => "bigint GENERATED BY DEFAULT AS IDENTITY".into(),
            (Kind::AutoBigInteger, MySql) => "bigint AUTO_INCREMENT".into(),
            // AUTOINCREMENT wants exactly this word; it holds 64 bits.
            (Kind::AutoInteger | Kind::AutoBigInteger, Sqlite) => "integer".into(),
            (Kind::Integer, MySql) => "int".into(),
            (Kind::Integer, Postgres | Sqlite) => "integer".into(),
            (Kind::Uuid, Postgres) => "uuid".into(),
            // What other libraries call CHAR(36) BINARY: foreign keys between the two fit. Naming it
            // matters on a table that an application made in another character set.
            (Kind::Uuid, MySql) => "char(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".into(),
            (Kind::Uuid, Sqlite) => "char(36)".into(),
            (Kind::Varchar(length), _) => format!("varchar({length})"),
            (Kind::Text, _) => "text".into(),
            (Kind::Decimal(precision, scale), _) => format!("decimal({precision}, {scale})"),
            (Kind::Boolean, _) => "boolean".into(),
            (Kind::Timestamp, Postgres) => "timestamptz".into(),
            (Kind::Timestamp, MySql) => "datetime(3)".into(),
            (Kind::Timestamp, Sqlite) => "datetime".into(),
            (Kind::Date, _) => "date".into(),
            (Kind::Json, Postgres) => "jsonb".into(),
            (Kind::Json, MySql) => "json".into(),
            (Kind::Json, Sqlite) => "text".into(),
            (Kind::Enum(_), Postgres) => dialect.ident(&name(table, &[self.name], "enum")),
            (Kind::Enum(values), MySql) => format!("enum({})", dialect.literals(values)),
            (Kind::Enum(_), Sqlite) => "text".into(),
        }
    }

    /// What SQLite has to check itself, since its types check nothing.
    fn check(&self, dialect: Dialect) -> Option<String> {
        if dialect != Dialect::Sqlite {
            return None;
        }
        let column = dialect.ident(self.name);
        match self.kind {
            Kind::Enum(values) => Some(format!("{column} IN ({})", dialect.literals(values))),
            Kind::Json => Some(format!("json_valid({column})")),
            // Drivers that bind a uuid as 16 bytes are to fail here, not to write rows nobody finds again.
            Kind::Uuid if self.primary_key => Some(format!("length({column}) = 36")),
            _ => None,
        }
    }
}

impl Default {
    fn sql(self, dialect: Dialect) -> String {
        use Dialect::{MySql, Postgres, Sqlite};
        match (self, dialect) {
            (Self::Text(text), _) => dialect.literal(text),
            // MySQL takes a default for JSON as an expression only.
            (Self::Json(json), MySql) => format!("({})", dialect.literal(json)),
            (Self::Json(json), Postgres | Sqlite) => dialect.literal(json),
            (Self::Integer(number), _) => number.to_string(),
            (Self::Boolean(value), _) => value.to_string(),
            (Self::Now, Postgres | Sqlite) => "CURRENT_TIMESTAMP".into(),
            // CURRENT_TIMESTAMP would be in the session's time zone.
            (Self::Now, MySql) => "(UTC_TIMESTAMP(3))".into(),
            (Self::NewUuid, Postgres) => "gen_random_uuid()".into(),
            (Self::NewUuid, MySql) => "(uuid())".into(),
            // A version 4 uuid: 122 random bits, version 4, variant 8 to b.
            (Self::NewUuid, Sqlite) => "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) \
                 || '-4' || substr(hex(randomblob(2)), 2) \
                 || '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) \
                 || '-' || hex(randomblob(6))))"
                .into(),
        }
    }
}

impl Reference {
    fn sql(self, dialect: Dialect) -> String {
        let target = format!(
            "REFERENCES {} ({})",
            dialect.ident(self.table),
            dialect.ident(self.column)
        );
        match self.on_delete {
            OnDelete::NoAction => target,
            OnDelete::Cascade => format!("{target} ON DELETE CASCADE"),
            OnDelete::SetNull => format!("{target} ON DELETE SET NULL"),
        }
    }
}
