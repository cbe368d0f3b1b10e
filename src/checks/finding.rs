//! What a check says.

use serde::Serialize;

/// How bad it is. Warnings and errors make the exit code 4, notes do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely to hurt.
    Warning,
    /// Wrong.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that a check may find.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `check/what`, as it stands in saasdb.toml and in an exception.
    pub id: &'static str,
    /// How bad it is, unless saasdb.toml says otherwise.
    pub severity: Severity,
    /// What it means, in one line.
    pub about: &'static str,
    /// Why it matters and what to do, in a sentence or two.
    pub help: &'static str,
}

/// Where in the sources of the migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, from the root of the repository, with slashes.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excuse {
    /// The reason that somebody wrote down.
    pub reason: String,
    /// Where it is written.
    pub location: Location,
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The id of its [`Rule`].
    #[serde(rename = "rule", serialize_with = "id_of")]
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// The object: `column users.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The migration that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Both sides, numbers, the database's words: a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What to do, where the rule's help is not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Statements that mend it, to be read before they are run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sql: Vec<String>,
    /// Where it stands in the sources, if anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// A reason not to count it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excepted: Option<Excuse>,
    /// Words near which it stands in the migration's source, the best first.
    #[serde(skip)]
    pub near: Vec<String>,
}

fn id_of<S: serde::Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.id)
}

impl Finding {
    /// A finding of that rule.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            object: None,
            migration: None,
            message: message.into(),
            details: Vec::new(),
            help: None,
            sql: Vec::new(),
            location: None,
            excepted: None,
            near: Vec::new(),
        }
    }

    /// On that object: `column users.email`.
    pub fn on(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// In that migration.
    pub fn migration(mut self, name: impl Into<String>) -> Self {
        self.migration = Some(name.into());
        self
    }

    /// With a line of detail.
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// With advice for this very case.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With statements that mend it.
    pub fn sql(mut self, statements: impl IntoIterator<Item = String>) -> Self {
        self.sql.extend(statements);
        self
    }

    /// Where its migration's source speaks of that word, mostly a name, unless it spoke of one that was
    /// given before.
    pub fn near(mut self, word: impl Into<String>) -> Self {
        self.near.push(word.into());
        self
    }

    /// The advice: its own, or the rule's.
    pub fn advice(&self) -> &str {
        self.help.as_deref().unwrap_or(self.rule.help)
    }

    /// Whether it makes the check fail.
    pub fn counts(&self) -> bool {
        self.excepted.is_none() && self.severity > Severity::Note
    }
}
