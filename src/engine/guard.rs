//! Environments, and the rules by which a destructive run goes ahead, asks or is refused.

use std::fmt;
use std::str::FromStr;

use super::database::Database;
use super::error::{Error, Result};
use super::history::meta;
use super::losses::Loss;

/// What a database is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A developer's own.
    Dev,
    /// Automatic tests.
    Test,
    /// A rehearsal of production.
    Staging,
    /// Customers' data.
    Production,
}

impl Environment {
    /// The names, in the order in which messages list them.
    pub const NAMES: [&'static str; 4] = ["dev", "test", "staging", "production"];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Whether demo rows may live there and be thrown away.
    pub fn is_disposable(self) -> bool {
        matches!(self, Self::Dev | Self::Test)
    }

    /// How much protection it gives.
    pub(super) fn strictness(self) -> u8 {
        match self {
            Self::Dev | Self::Test => 0,
            Self::Staging => 1,
            Self::Production => 2,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "dev" | "development" => Ok(Self::Dev),
            "test" | "testing" => Ok(Self::Test),
            "staging" | "stage" => Ok(Self::Staging),
            "prod" | "production" => Ok(Self::Production),
            other => Err(format!(
                "`{other}` is no environment; known: {} (also development, testing, stage, prod)",
                Self::NAMES.join(", ")
            )),
        }
    }
}

/// The environment that holds for a run: the one asked for, the one recorded, or dev.
///
/// # Errors
/// Exit code 6 where the one asked for is laxer than the recorded one.
pub fn environment(db: &Database, asked: Option<Environment>) -> Result<Environment> {
    let recorded = recorded(db);
    match (asked, recorded) {
        (Some(asked), Some(recorded)) if asked.strictness() < recorded.strictness() => {
            Err(Error::refused(format!("this database is recorded as {recorded}, not {asked}"))
                .on(&db.target)
                .hint(format!(
                    "use `--env {recorded}`; if it is a copy that may be thrown away: `saasdb migrate repair --record-env {asked} --confirm {}`",
                    db.target.name
                )))
        }
        (Some(asked), _) => Ok(asked),
        (None, Some(recorded)) => Ok(recorded),
        (None, None) => Ok(Environment::Dev),
    }
}

/// The environment that the database was recorded with.
pub fn recorded(db: &Database) -> Option<Environment> {
    // A word that this version does not know is taken for the strictest one.
    db.history
        .meta
        .get(meta::ENVIRONMENT)
        .map(|e| e.parse().unwrap_or(Environment::Production))
}

/// The environment to record: one that somebody named, where none is recorded or a laxer one.
pub fn to_record(db: &Database, asked: Option<Environment>) -> Option<Environment> {
    let asked = asked?;
    match recorded(db) {
        Some(recorded) if recorded.strictness() >= asked.strictness() => None,
        _ => Some(asked),
    }
}

/// What the user already said.
#[derive(Debug, Clone, Default)]
pub struct Consent {
    /// `--yes`.
    pub yes: bool,
    /// `--confirm NAME`.
    pub confirm: Option<String>,
    /// Somebody can be asked.
    pub interactive: bool,
}

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Go,
    /// Ask for a plain yes.
    Ask,
    /// Ask for the database's name.
    AskName,
}

/// `--confirm` names another database, so the command is not meant for this one. That holds in every
/// environment: whoever gives a name is to be taken by it.
pub fn other_name(given: &str) -> Error {
    Error::refused(format!(
        "`--confirm {given}` is not the name of this database"
    ))
    .hint("give the exact name of the database that may lose data")
}

/// Decides on a destructive run.
///
/// # Errors
/// Exit code 6 where consent is missing and nobody can be asked.
pub fn judge(
    environment: Environment,
    name: &str,
    losses: &[Loss],
    consent: &Consent,
    what: &str,
) -> Result<Verdict> {
    let foreign: u64 = losses.iter().map(Loss::foreign).sum();
    if environment == Environment::Production {
        return match &consent.confirm {
            Some(given) if given == name => Ok(Verdict::Go),
            Some(given) => Err(other_name(given)),
            None if consent.interactive => Ok(Verdict::AskName),
            None => Err(
                Error::refused(format!("{what} destroys data on a production database"))
                    .because("it was recorded or named as production")
                    .hint(format!("if you mean it: `--confirm {name}`")),
            ),
        };
    }
    if consent.yes || (environment.is_disposable() && foreign == 0) {
        return Ok(Verdict::Go);
    }
    if consent.interactive {
        return Ok(Verdict::Ask);
    }
    let error = Error::refused(format!("{what} needs your consent"));
    Err(if foreign > 0 {
        error.because(if foreign == 1 {
            "1 row or value is not the seeders' and cannot be brought back".to_owned()
        } else {
            format!("{foreign} rows or values are not the seeders' and cannot be brought back")
        })
    } else {
        error.because(format!("the environment is {environment}"))
    }
    .hint("`--dry-run` shows what would run; `--yes` goes ahead"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Exit;

    fn loss(rows: u64, seeded: u64) -> Vec<Loss> {
        vec![Loss {
            table: "t".into(),
            column: None,
            rows,
            seeded,
            unknown: false,
        }]
    }

    #[test]
    fn aliases_and_unknown_environments() {
        assert_eq!("development".parse(), Ok(Environment::Dev));
        assert_eq!("PROD".parse(), Ok(Environment::Production));
        let error = "live".parse::<Environment>().expect_err("unknown");
        for name in Environment::NAMES {
            assert!(error.contains(name));
        }
    }

    #[test]
    fn production_wants_the_name_and_nothing_less() {
        let say = |yes, confirm: Option<&str>, interactive| {
            let consent = Consent {
                yes,
                confirm: confirm.map(str::to_owned),
                interactive,
            };
            judge(
                Environment::Production,
                "shop",
                &loss(0, 0),
                &consent,
                "down",
            )
        };
        assert_eq!(
            say(true, None, false).expect_err("yes is not enough").exit,
            Exit::Refused
        );
        assert_eq!(
            say(false, Some("shop2"), true)
                .expect_err("wrong name")
                .exit,
            Exit::Refused
        );
        assert_eq!(say(false, Some("shop"), false).unwrap(), Verdict::Go);
        assert_eq!(say(false, None, true).unwrap(), Verdict::AskName);
    }

    #[test]
    fn elsewhere_foreign_rows_decide() {
        let quiet = Consent::default();
        let asked = Consent {
            interactive: true,
            ..Consent::default()
        };
        let yes = Consent {
            yes: true,
            ..Consent::default()
        };
        let dev = |losses: &[Loss], c: &Consent| judge(Environment::Dev, "d", losses, c, "down");
        assert_eq!(dev(&loss(5, 5), &quiet).unwrap(), Verdict::Go);
        assert_eq!(dev(&[], &quiet).unwrap(), Verdict::Go);
        assert!(dev(&loss(6, 5), &quiet).is_err());
        let mut code = loss(0, 0);
        code[0].unknown = true;
        assert!(dev(&code, &quiet).is_err(), "code may destroy anything");
        assert_eq!(dev(&loss(6, 5), &asked).unwrap(), Verdict::Ask);
        assert_eq!(dev(&loss(6, 5), &yes).unwrap(), Verdict::Go);
        assert!(judge(Environment::Staging, "d", &loss(5, 5), &quiet, "down").is_err());
    }
}
