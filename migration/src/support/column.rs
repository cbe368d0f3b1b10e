mod sql;

/// What happens to a row when the row it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused while rows refer to it at the end of the statement; the SQL default.
    NoAction,
    /// The deletion is refused at once while rows refer to it.
    Restrict,
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
    KeyText,
    TextArray,
    Integer,
    Decimal(u32, u32),
    Boolean,
    Flag,
    Timestamp,
    LocalTimestamp,
    Touched,
    Date,
    Json,
    Enum(&'static [&'static str]),
    Choice(&'static [&'static str]),
}

/// The type on SQLite that says JSON. Its affinity is NUMERIC: a number in text becomes a number.
const DECLARED_JSON: &str = "json";

#[derive(Clone, Copy, Debug)]
enum Default {
    Text(&'static str),
    Json(&'static str),
    Integer(i64),
    Boolean(bool),
    Now,
    NewUuid,
    NewHex,
    EmptyArray,
}

/// A reference to the one-column primary key of another table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    table: &'static str,
    column: &'static str,
    on_delete: OnDelete,
    on_update_cascade: bool,
    at_commit: bool,
}

/// A column of a [`Table`](super::Table) or of [`AddColumns`](super::AddColumns); nullable until told otherwise.
#[derive(Clone, Debug)]
pub struct Column {
    pub(super) name: &'static str,
    kind: Kind,
    sqlite_type: Option<&'static str>,
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
            sqlite_type: None,
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

    /// The primary key `id`, text that the application makes up.
    pub fn text_id() -> Self {
        Self::key_text("id").primary_key()
    }

    /// The primary key `id`, text: 32 hexadecimal digits that the database makes up when the insert has
    /// none.
    pub fn hex_id() -> Self {
        let mut column = Self::text_id();
        column.default = Some(Default::NewHex);
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

    /// Text that is compared, referred to or indexed, byte by byte on every database.
    ///
    /// MySQL indexes no text without a limit: there it has up to 255 characters.
    pub fn key_text(name: &'static str) -> Self {
        Self::new(name, Kind::KeyText)
    }

    /// A list of texts: PostgreSQL's array, a JSON array elsewhere.
    pub fn text_array(name: &'static str) -> Self {
        Self::new(name, Kind::TextArray)
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

    /// True or false; on SQLite an INTEGER of 1 or 0, for documents that say so.
    pub fn flag(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    /// A point in time, in UTC.
    pub fn timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::Timestamp)
    }

    /// A point in time to the millisecond that carries no time zone on PostgreSQL; UTC by agreement. This
    /// is what Prisma makes.
    pub fn local_timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::LocalTimestamp)
    }

    /// When the row was last changed: the current time by default and after every update that does not
    /// set it. On PostgreSQL and SQLite the updates need [`Touch`](super::Touch) as well.
    pub fn touched(name: &'static str) -> Self {
        Self::new(name, Kind::Touched).default_now()
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

    /// One of a fixed list of values: text with a CHECK on every database.
    pub fn choice(name: &'static str, values: &'static [&'static str]) -> Self {
        Self::new(name, Kind::Choice(values))
    }

    /// Spells the type on SQLite as a document has it; SQLite keeps the spelling.
    pub fn sqlite_type(mut self, spelling: &'static str) -> Self {
        self.sqlite_type = Some(spelling);
        self
    }

    /// Declares JSON as `json` on SQLite, by which clients such as Sequelize know it. It was `text` first,
    /// and migrations that are released stay as they are.
    pub fn declared_json(mut self) -> Self {
        if matches!(self.kind, Kind::Json) {
            self.sqlite_type = Some(DECLARED_JSON);
        }
        self
    }

    /// Has a key refuse null on SQLite too.
    pub(super) fn key_not_null(self) -> Self {
        if self.primary_key {
            self.not_null()
        } else {
            self
        }
    }

    /// Whether SQLite counts it up.
    pub(super) fn counts(&self) -> bool {
        matches!(self.kind, Kind::AutoInteger | Kind::AutoBigInteger)
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

    /// Refers to `column` of `table`, which may be `schema.table`. An index comes with it unless another one begins with this column.
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
            on_update_cascade: false,
            at_commit: false,
        });
        self
    }

    /// Has the reference follow when the key that it refers to changes.
    pub fn on_update_cascade(mut self) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.on_update_cascade = true;
        }
        self
    }

    /// Has PostgreSQL check the reference when the transaction ends.
    ///
    /// Where rows go by several cascades at once, PostgreSQL follows the references in the order in which
    /// they were made, and a check that comes too early finds rows that are about to go. Restoring a
    /// dump makes the references in another order than the migrations did.
    pub fn checked_at_commit(mut self) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.at_commit = true;
        }
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

    /// Sets an empty list as default.
    pub fn default_empty_array(mut self) -> Self {
        self.default = Some(Default::EmptyArray);
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
}
