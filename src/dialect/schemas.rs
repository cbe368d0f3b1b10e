//! Schemas within a database: places in which a set can be by itself.

use super::{Atomicity, Dialect, postgres::Postgres};

/// The longest name that PostgreSQL keeps whole, in bytes.
pub(super) const LONGEST: usize = 63;

/// What a database with schemas knows of them.
pub trait Schemas: Send + Sync {
    /// Why a schema of that name cannot be used, if so.
    fn problem(&self, name: &str) -> Option<String>;

    /// The statement that makes it.
    fn create(&self, name: &str) -> String;

    /// A query with one row if it is there and this role may not use it: the server passes over it
    /// as if it were not there.
    fn withheld(&self, name: &str) -> String;

    /// The list of schemas, of this one alone, in which the server looks for names.
    fn search_path(&self, name: &str) -> String;

    /// The statement by which a script looks for names in this schema only: to the end of its
    /// transaction where it is one.
    fn enter(&self, name: &str, how: Atomicity) -> String;
}

impl Schemas for Postgres {
    fn problem(&self, name: &str) -> Option<String> {
        if name.len() > LONGEST {
            return Some(format!(
                "it has {} bytes, and PostgreSQL keeps {LONGEST}",
                name.len()
            ));
        }
        if name.starts_with("pg_") || name == "information_schema" {
            return Some("it is the server's own".to_owned());
        }
        if name == "$user" {
            return Some("in a search path that stands for the role's name".to_owned());
        }
        // White space other than the blank would end the start-up option that says the name.
        name.chars()
            .any(char::is_control)
            .then(|| "it has control characters".to_owned())
    }

    fn create(&self, name: &str) -> String {
        format!("CREATE SCHEMA {}", self.ident(name))
    }

    fn withheld(&self, name: &str) -> String {
        format!(
            "SELECT nspname FROM pg_namespace WHERE nspname = {} AND NOT has_schema_privilege(oid, 'USAGE')",
            self.literal(name)
        )
    }

    fn search_path(&self, name: &str) -> String {
        self.ident(name)
    }

    fn enter(&self, name: &str, how: Atomicity) -> String {
        let set = match how {
            Atomicity::Whole => "SET LOCAL",
            Atomicity::Stepwise => "SET",
        };
        format!("{set} search_path TO {}", self.search_path(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_schema_can_have_are_refused() {
        let problem = |name: &str| Postgres.problem(name);
        let longest = "ä".repeat(31) + "x";
        for name in [
            "a", " ", "A b", "it's", "pg", "PG_x", "public", "user", &longest,
        ] {
            assert_eq!(problem(name), None, "{name}");
        }
        let (long, wide) = ("x".repeat(64), "ä".repeat(32));
        for name in [
            &long,
            &wide,
            "pg_",
            "pg_temp",
            "pg_catalog",
            "information_schema",
            "$user",
            "a\tb",
            "a\nb",
            "a\0",
        ] {
            assert!(problem(name).is_some(), "{name:?}");
        }
        assert!(problem(&wide).is_some_and(|why| why.contains("64 bytes")));
    }
}
