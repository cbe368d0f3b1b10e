//! Passwords of seeded accounts: which one, and its hash.
//!
//! In dev and test it is the documented one. Elsewhere every account gets one of its own, which
//! whoever seeds gives it, or which is made up and shown once. Hashing runs beside the database work:
//! bcrypt at cost 12 takes longer than everything else that seeding does, so each distinct password
//! is hashed once, on a thread of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::thread::JoinHandle;

use sea_orm_migration::async_trait::async_trait;
use seeders::{SeedRow, SeedTable, SeedValue};

use crate::engine::error::{Error, Result};

/// bcrypt's cost, as the specification has it.
pub const COST: u32 = 12;

/// The fewest characters of a password outside of dev and test.
pub const MIN_CHARACTERS: usize = 12;

/// The most bytes: bcrypt does not look at those behind.
const MAX_BYTES: usize = 72;

/// Who gives accounts their passwords.
#[async_trait]
pub trait Giver: Send + Sync {
    /// The value of an environment variable.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn variable(&self, name: &str) -> Result<Option<String>>;

    /// Asks for the password of an account until [`Account::problem`] finds nothing wrong with it.
    /// `None` where nobody can be asked or nobody cares.
    ///
    /// # Errors
    /// When the user asks to stop.
    async fn ask(&self, account: &Account) -> Result<Option<String>>;
}

/// An account of a seeder, known by the key of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The row's key.
    pub name: String,
    /// The environment variable for its password.
    pub variable: String,
    /// The documented password, which it must not have.
    documented: String,
}

impl Account {
    /// The accounts among rows.
    pub fn of_row(row: &SeedRow) -> impl Iterator<Item = Self> {
        row.values.iter().filter_map(|value| match value {
            SeedValue::Password(documented) => Some(Self {
                name: row.key.clone(),
                variable: row.password_variable(),
                documented: documented.clone(),
            }),
            _ => None,
        })
    }

    /// What is wrong with a password for it.
    pub fn problem(&self, password: &str) -> Option<String> {
        if password.chars().count() < MIN_CHARACTERS {
            Some(format!("it has fewer than {MIN_CHARACTERS} characters"))
        } else if password.len() > MAX_BYTES {
            Some(format!(
                "it has more than {MAX_BYTES} bytes, and bcrypt ignores those behind"
            ))
        } else if password.chars().any(char::is_control) {
            Some("it has a character that cannot be seen".to_owned())
        } else if password == self.documented {
            Some("it is the documented one, which everybody knows".to_owned())
        } else {
            None
        }
    }
}

/// How an account came by its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From its environment variable.
    Environment,
    /// Somebody typed it.
    Prompt,
    /// Made up.
    Generated,
}

/// What to tell about the password of an account that was made.
#[derive(Clone, serde::Serialize)]
pub struct Given {
    /// The account.
    pub account: String,
    /// The environment variable that it could have come from.
    pub variable: String,
    /// How it came by it.
    pub from: Origin,
    /// The password itself, where nobody else knows it. It is kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.account, self.from)
    }
}

/// A password that was found for an account.
struct Chosen {
    account: Account,
    plain: String,
    from: Origin,
    used: bool,
}

/// Passwords and hashes under way.
#[derive(Default)]
pub struct Hashing<'a> {
    /// Who gives passwords; nobody in dev and test.
    giver: Option<&'a dyn Giver>,
    /// By the name of the account.
    chosen: BTreeMap<String, Chosen>,
    threads: BTreeMap<String, JoinHandle<bcrypt::BcryptResult<String>>>,
    done: BTreeMap<String, String>,
}

impl<'a> Hashing<'a> {
    /// For dev and test: everybody gets the documented password.
    pub fn documented() -> Self {
        Self::default()
    }

    /// For other environments: nobody does.
    pub fn given_by(giver: &'a dyn Giver) -> Self {
        Self {
            giver: Some(giver),
            ..Self::default()
        }
    }

    /// Whether accounts need passwords of their own.
    pub fn needs_passwords(&self) -> bool {
        self.giver.is_some()
    }

    /// Finds a password for each account that has none yet, asking where somebody sits there, and
    /// starts hashing it.
    ///
    /// # Errors
    /// Exit code 2 where a given one is not good enough; when the user asks to stop.
    pub async fn choose(&mut self, accounts: &[Account]) -> Result<()> {
        let Some(giver) = self.giver else {
            return Ok(());
        };
        // What is wrong with one of the variables is said before anybody is asked for another.
        for account in accounts {
            self.take_given(account)?;
        }
        for account in accounts {
            if self.chosen.contains_key(&account.name) {
                continue;
            }
            match giver.ask(account).await? {
                Some(plain) => self.keep(account, plain, Origin::Prompt),
                None => self.generate(account)?,
            }
        }
        Ok(())
    }

    /// The same without asking: for accounts that nobody knew of when there was time to ask.
    pub(super) fn choose_at_once(&mut self, row: &SeedRow) -> Result<()> {
        if self.giver.is_none() {
            return Ok(());
        }
        for account in Account::of_row(row) {
            self.take_given(&account)?;
            if !self.chosen.contains_key(&account.name) {
                self.generate(&account)?;
            }
        }
        Ok(())
    }

    fn take_given(&mut self, account: &Account) -> Result<()> {
        let Some(giver) = self.giver else {
            return Ok(());
        };
        if self.chosen.contains_key(&account.name) {
            return Ok(());
        }
        let Some(plain) = giver.variable(&account.variable)? else {
            return Ok(());
        };
        if let Some(problem) = account.problem(&plain) {
            return Err(Error::usage(format!(
                "the password of {} in {} is not good enough",
                account.name, account.variable
            ))
            .because(problem)
            .hint(format!(
                "give it {MIN_CHARACTERS} characters or more, or unset the variable: then one is generated and shown once"
            )));
        }
        self.keep(account, plain, Origin::Environment);
        Ok(())
    }

    fn generate(&mut self, account: &Account) -> Result<()> {
        let plain = generated()?;
        self.keep(account, plain, Origin::Generated);
        Ok(())
    }

    fn keep(&mut self, account: &Account, plain: String, from: Origin) {
        self.hash(&plain);
        self.chosen.insert(
            account.name.clone(),
            Chosen {
                account: account.clone(),
                plain,
                from,
                used: false,
            },
        );
    }

    /// Starts hashing every distinct password of these rows that is not under way yet, where it is the
    /// documented ones that count.
    pub fn start<'b>(&mut self, tables: impl Iterator<Item = &'b SeedTable>) {
        if self.needs_passwords() {
            return;
        }
        for table in tables {
            for value in table.rows.iter().flat_map(|r| &r.values) {
                if let SeedValue::Password(plain) = value {
                    self.hash(plain);
                }
            }
        }
    }

    fn hash(&mut self, plain: &str) {
        if !self.done.contains_key(plain) && !self.threads.contains_key(plain) {
            let text = plain.to_owned();
            let thread = std::thread::spawn(move || bcrypt::hash(text, COST));
            self.threads.insert(plain.to_owned(), thread);
        }
    }

    /// The hash of the password of an account; waits for it, or makes it now if it was never started.
    ///
    /// # Errors
    /// When the system has no randomness for a salt.
    pub fn get(&mut self, account: &str, documented: &str) -> Result<String> {
        let plain = match (self.giver, self.chosen.get_mut(account)) {
            (None, _) => documented.to_owned(),
            (Some(_), Some(chosen)) => {
                chosen.used = true;
                chosen.plain.clone()
            }
            // Never the documented one by accident.
            (Some(_), None) => {
                return Err(Error::failed(format!(
                    "no password was chosen for {account}"
                )));
            }
        };
        if let Some(hash) = self.done.get(&plain) {
            return Ok(hash.clone());
        }
        let hash = match self.threads.remove(&plain) {
            Some(thread) => thread
                .join()
                .map_err(|_| Error::failed("hashing a password failed"))?,
            None => bcrypt::hash(&plain, COST),
        }
        .map_err(|e| Error::failed("hashing a password failed").because(e.to_string()))?;
        self.done.insert(plain, hash.clone());
        Ok(hash)
    }

    /// The passwords that went into the database, to be told once all is written.
    pub fn given(&self) -> Vec<Given> {
        self.chosen
            .values()
            .filter(|chosen| chosen.used)
            .map(|chosen| Given {
                account: chosen.account.name.clone(),
                variable: chosen.account.variable.clone(),
                from: chosen.from,
                password: (chosen.from == Origin::Generated).then(|| chosen.plain.clone()),
            })
            .collect()
    }
}

/// Letters and digits that nobody takes for each other.
const ALPHABET: &[u8; 56] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/// Characters of a generated password: 22 of 56 are more than 127 bits.
const GENERATED: usize = 22;

/// A password that nobody can guess.
fn generated() -> Result<String> {
    let mut password = String::with_capacity(GENERATED);
    let mut bytes = [0; 64];
    while password.len() < GENERATED {
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::failed("the system has no randomness").because(e.to_string()))?;
        let fair = bytes.iter().map(|byte| usize::from(*byte));
        // Every character as often as any other.
        let fair = fair.filter(|n| *n < 256 / ALPHABET.len() * ALPHABET.len());
        let room = GENERATED - password.len();
        password.extend(
            fair.take(room)
                .map(|n| char::from(ALPHABET[n % ALPHABET.len()])),
        );
    }
    Ok(password)
}

#[cfg(test)]
#[path = "passwords_tests.rs"]
mod tests;
