//! Digests: what the ledger keeps of values, which it only has to recognize.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::engine::database::Database;
use crate::engine::error::{Error, Result};
use crate::engine::history::meta;
use crate::schema::hex;

/// Digests by column.
pub type Digests = BTreeMap<String, String>;

/// Values by column, as text.
pub type Texts = BTreeMap<String, Option<String>>;

/// What a keyed digest begins with; one from before there were keys is hexadecimal.
const KEYED: char = 'k';

/// Makes and compares digests of one database. They are keyed with a salt of that database, so that
/// whoever reads the ledger cannot try values (addresses, names) against it.
#[derive(Debug, Clone, Default)]
pub struct Digester {
    salt: Option<String>,
}

impl Digester {
    /// The one of this database, as far as it has a salt.
    pub fn of(db: &Database) -> Self {
        Self {
            salt: db.history.meta.get(meta::SEED_SALT).cloned(),
        }
    }

    /// With a new salt where there is none yet: then `true`, and it has to be stored.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn salted(mut self) -> Result<(Self, bool)> {
        if self.salt.is_some() {
            return Ok((self, false));
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| {
            Error::failed("no salt for the seed ledger can be made").because(e.to_string())
        })?;
        self.salt = Some(hex(&bytes));
        Ok((self, true))
    }

    /// The salt, to be stored.
    pub fn salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }

    /// The digest of a value; NULL has one of its own. 64 bits are enough to notice a change.
    pub fn digest(&self, value: Option<&str>) -> String {
        let Some(text) = value else {
            return "null".to_owned();
        };
        let sum = |all: Sha256| hex(&all.finalize()[..8]);
        match &self.salt {
            Some(salt) => {
                let keyed = Sha256::new().chain_update(salt).chain_update(text);
                format!("{KEYED}{}", sum(keyed))
            }
            None => sum(Sha256::new().chain_update(text)),
        }
    }

    /// Whether a stored digest is that of a value. A keyed one whose salt is gone is that of nothing.
    pub fn is(&self, stored: &str, value: Option<&str>) -> bool {
        match (value, stored.starts_with(KEYED)) {
            (None, _) => stored == "null",
            (Some(_), true) => self.salt.is_some() && self.digest(value) == stored,
            (Some(_), false) => Self::default().digest(value) == stored,
        }
    }

    /// Digests of values.
    pub fn digests(&self, texts: &Texts) -> Digests {
        texts
            .iter()
            .map(|(column, text)| (column.clone(), self.digest(text.as_deref())))
            .collect()
    }

    /// Whether stored digests are those of exactly these values.
    pub fn are(&self, stored: &Digests, texts: &Texts) -> bool {
        stored.len() == texts.len()
            && texts.iter().all(|(column, text)| {
                let digest = stored.get(column);
                digest.is_some_and(|digest| self.is(digest, text.as_deref()))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_keyed_and_older_ones_are_still_read() {
        let old = Digester::default();
        let (new, made) = Digester::default().salted().expect("randomness");
        let (other, _) = Digester::default().salted().expect("randomness");
        assert!(made);
        let value = Some("maya@nike.example");
        assert_ne!(new.digest(value), other.digest(value));
        assert_ne!(new.digest(value), old.digest(value));
        assert!(new.is(&new.digest(value), value));
        assert!(new.is(&old.digest(value), value), "written before keys");
        assert!(!other.is(&new.digest(value), value));
        assert!(!old.is(&new.digest(value), value), "the salt is gone");
        assert!(new.is("null", None) && !new.is("null", Some("null")));
        assert!(
            !new.is(&new.digest(Some("")), None),
            "empty text is not NULL"
        );
    }
}
