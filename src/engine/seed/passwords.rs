//! Hashing passwords beside the database work: bcrypt at cost 12 takes longer than everything else
//! that seeding does, so each distinct password is hashed once, on a thread of its own.

use std::collections::BTreeMap;
use std::thread::JoinHandle;

use seeders::{SeedTable, SeedValue};

use crate::engine::error::{Error, Result};

/// bcrypt's cost, as the specification has it.
pub const COST: u32 = 12;

/// Hashes under way.
#[derive(Default)]
pub struct Hashing {
    threads: BTreeMap<String, JoinHandle<bcrypt::BcryptResult<String>>>,
    done: BTreeMap<String, String>,
}

impl Hashing {
    /// Starts hashing every distinct password of these rows that is not under way yet.
    pub fn start<'a>(&mut self, tables: impl Iterator<Item = &'a SeedTable>) {
        for table in tables {
            for value in table.rows.iter().flat_map(|r| &r.values) {
                if let SeedValue::Password(plain) = value
                    && !self.done.contains_key(plain)
                    && !self.threads.contains_key(plain)
                {
                    let text = plain.clone();
                    let thread = std::thread::spawn(move || bcrypt::hash(text, COST));
                    self.threads.insert(plain.clone(), thread);
                }
            }
        }
    }

    /// The hash of a password; waits for it, or makes it now if it was never started.
    ///
    /// # Errors
    /// When the system has no randomness for a salt.
    pub fn get(&mut self, plain: &str) -> Result<String> {
        if let Some(hash) = self.done.get(plain) {
            return Ok(hash.clone());
        }
        let hash = match self.threads.remove(plain) {
            Some(thread) => thread
                .join()
                .map_err(|_| Error::failed("hashing a password failed"))?,
            None => bcrypt::hash(plain, COST),
        }
        .map_err(|e| Error::failed("hashing a password failed").because(e.to_string()))?;
        self.done.insert(plain.to_owned(), hash.clone());
        Ok(hash)
    }
}
