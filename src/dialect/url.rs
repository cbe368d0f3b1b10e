//! Database URLs: parsed once, and never printed with their password.

mod hide;

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::Backend;
use super::schemas::LONGEST;
pub use hide::{redact, redact_all};

/// Where a database is. Its `Debug` and `Display` forms show no password.
#[derive(Clone)]
pub struct Target {
    /// Which kind of database it is.
    pub backend: Backend,
    /// The database's name; for SQLite the file's name. `--confirm` asks for it.
    pub name: String,
    /// SQLite: the file, or `None` for a database in memory.
    pub file: Option<PathBuf>,
    /// SQLite: the URL itself says that nothing may be written (`?mode=ro`, `?immutable=1`).
    pub read_only: bool,
    /// PostgreSQL: the schema that was chosen, and nothing but it; without one the server's search
    /// path says where tables are.
    pub schema: Option<String>,
    /// The tables that are expected there, as they are spelled where names are compared.
    pub tables: std::sync::Arc<[String]>,
    secret: String,
    redacted: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.redacted).finish()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

/// Why a database URL cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is no URL at all.
    #[error("`{url}` is not a database URL: {why}")]
    Malformed {
        /// The text, without its password.
        url: String,
        /// What the parser says.
        why: String,
    },
    /// A database that saasdb does not serve.
    #[error("`{scheme}` databases are not supported")]
    Scheme {
        /// The URL's scheme.
        scheme: String,
    },
    /// The URL names a server but no database.
    #[error("`{url}` names no database")]
    NoDatabase {
        /// The URL, without its password.
        url: String,
    },
    /// A schema was named for a database that has none.
    #[error("{backend} has no schemas within a database")]
    NoSchemas {
        /// The kind of database.
        backend: &'static str,
    },
    /// No schema can have that name.
    #[error("`{name}` cannot be the schema: {why}")]
    Schema {
        /// Its name.
        name: String,
        /// What stands against it.
        why: String,
    },
}

impl Target {
    /// Parses a database URL.
    ///
    /// SQLite takes `sqlite:FILE`, `sqlite://FILE`, `sqlite:file:FILE` and `sqlite::memory:`, with sqlx's
    /// `?mode=ro|rw|rwc`. `postgres`, `postgresql`, `mysql` and `mariadb` are followed by
    /// `//user:password@host:port/database`.
    ///
    /// # Errors
    /// When the text is no URL, names an unknown kind of database, or none.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let malformed = |why: &str| UrlError::Malformed {
            url: redact(text),
            why: why.to_owned(),
        };
        if hide::is_keyword_form(text) {
            return Err(malformed(
                "it is a list of keywords and values; saasdb takes a URL",
            ));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(malformed(
                "it has no scheme such as sqlite:, postgres:// or mysql://",
            ));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => Self::sqlite(text, rest),
            "postgres" | "postgresql" => Self::server(text, Backend::Postgres, "postgres", rest),
            "mysql" | "mariadb" => Self::server(text, Backend::Mysql, "mysql", rest),
            other
                if other.is_empty()
                    || !other
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
            {
                Err(malformed("its scheme is not a word"))
            }
            other => Err(UrlError::Scheme {
                scheme: other.to_owned(),
            }),
        }
    }

    fn sqlite(text: &str, rest: &str) -> Result<Self, UrlError> {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        // SQLite's own form of a URI, `file:NAME`, `file:///NAME`, `file://localhost/NAME`.
        let rest = match rest.strip_prefix("file:") {
            Some(file) => match file.strip_prefix("//") {
                Some(path) => path.strip_prefix("localhost").unwrap_or(path),
                None => file,
            },
            None => rest,
        };
        let (encoded, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = percent_decode(encoded);
        let asks = |what: &str| query.split('&').any(|q| q == what);
        if path.is_empty() {
            return Err(UrlError::NoDatabase { url: redact(text) });
        }
        if hide::has_password(&path) {
            return Err(UrlError::Malformed {
                url: redact(text),
                why: "the file's name has a password in it, and SQLite takes none".to_owned(),
            });
        }
        let memory = path == ":memory:" || asks("mode=memory");
        let file = (!memory).then(|| PathBuf::from(&path));
        let name = file.as_deref().and_then(Path::file_name).map_or_else(
            || ":memory:".to_owned(),
            |n| n.to_string_lossy().into_owned(),
        );
        Ok(Self {
            backend: Backend::Sqlite,
            name,
            file,
            read_only: asks("mode=ro") || asks("immutable=1") || asks("immutable=true"),
            schema: None,
            tables: std::sync::Arc::default(),
            secret: format!("sqlite:{rest}"),
            // The URL of a server may have got the wrong scheme.
            redacted: redact(&format!("//{path}")).replacen("//", "sqlite:", 1),
        })
    }

    fn server(text: &str, backend: Backend, scheme: &str, rest: &str) -> Result<Self, UrlError> {
        // libpq takes an empty host together with ?host=; the URL standard does not.
        let rest = match rest.split_once("@/") {
            Some((user, path)) if !path.contains('@') => format!("{user}@localhost/{path}"),
            _ => rest.to_owned(),
        };
        let secret = format!("{scheme}:{rest}");
        let url = Url::parse(&secret).map_err(|error| UrlError::Malformed {
            url: redact(text),
            why: error.to_string(),
        })?;
        if !url.has_authority() {
            return Err(UrlError::Malformed {
                url: redact(text),
                why: format!("expected {scheme}://user:password@host/database"),
            });
        }
        let name = percent_decode(url.path().trim_start_matches('/'));
        if name.is_empty() || name.contains('/') {
            return Err(UrlError::NoDatabase { url: redact(text) });
        }
        // Options of another program's form got into the name, which is printed everywhere.
        if hide::has_password(&name) {
            return Err(UrlError::Malformed {
                url: redact(text),
                why: "the database's name has a password in it; options come after a `?`"
                    .to_owned(),
            });
        }
        // PostgreSQL would cut it off and be silent about it.
        if backend == Backend::Postgres && name.len() > LONGEST {
            return Err(UrlError::Malformed {
                url: redact(text),
                why: format!(
                    "the database's name has {} bytes, and PostgreSQL keeps {LONGEST}",
                    name.len()
                ),
            });
        }
        Ok(Self {
            backend,
            name,
            file: None,
            read_only: false,
            schema: None,
            tables: std::sync::Arc::default(),
            secret,
            redacted: redact(text),
        })
    }

    /// The URL with its password, for the driver, and for the drill to hand on to its runs.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// The same database, with everything in that schema.
    ///
    /// # Errors
    /// When the database has no schemas, or none can have that name.
    pub fn in_schema(mut self, name: &str) -> Result<Self, UrlError> {
        let Some(schemas) = self.backend.dialect().schemas() else {
            return Err(UrlError::NoSchemas {
                backend: self.backend.label(),
            });
        };
        if let Some(why) = schemas.problem(name) {
            return Err(UrlError::Schema {
                name: name.to_owned(),
                why,
            });
        }
        self.schema = Some(name.to_owned());
        Ok(self)
    }

    /// Another database on the same server, reached in the same way; `name` needs no escaping.
    ///
    /// # Errors
    /// When the database is no server's.
    pub fn beside(&self, name: &str) -> Result<Self, UrlError> {
        let malformed = |why: String| UrlError::Malformed {
            url: self.redacted.clone(),
            why,
        };
        let mut url = Url::parse(&self.secret).map_err(|e| malformed(e.to_string()))?;
        if !url.has_authority() {
            return Err(malformed("it names no server".to_owned()));
        }
        // As it is, `%41` would stand for another name.
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        url.set_path(
            match name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                true => name,
                false => &encoded,
            },
        );
        // Behind a `#` that was not escaped comes the rest of a password.
        url.set_fragment(None);
        // What would name another database once more has to go.
        let query = url.query().map(|query| {
            let kept = query.split('&').filter(|pair| !names_database(pair));
            kept.collect::<Vec<_>>().join("&")
        });
        url.set_query(query.as_deref().filter(|query| !query.is_empty()));
        let secret = url.to_string();
        // A query may be the rest of a password, behind a `?` that was not escaped.
        url.set_query(None);
        Ok(Self {
            name: name.to_owned(),
            redacted: redact(url.as_str()),
            secret,
            ..self.clone()
        })
    }

    /// Whether the database may turn out to have that name: the URL's own is not the last word where
    /// its query names another database, or where the server folds case.
    pub fn may_be_called(&self, name: &str) -> bool {
        let server = self.backend != Backend::Sqlite;
        let query = self.secret.split_once('?').map_or("", |(_, query)| query);
        self.name == name
            || (server && self.name.to_lowercase() == name.to_lowercase())
            || (server && query.split('&').any(names_database))
    }

    /// A SQLite file, whatever characters are in its path.
    pub fn file(path: &Path) -> Self {
        let mut encoded = String::new();
        for c in path.to_string_lossy().chars() {
            match c {
                '%' | '?' | '#' => encoded.push_str(&format!("%{:02X}", c as u32)),
                other => encoded.push(other),
            }
        }
        Self {
            backend: Backend::Sqlite,
            name: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            file: Some(path.to_owned()),
            read_only: false,
            schema: None,
            tables: std::sync::Arc::default(),
            redacted: format!("sqlite:{encoded}"),
            secret: format!("sqlite:{encoded}"),
        }
    }

    /// A name for one-line messages: the database and its kind.
    pub fn short(&self) -> String {
        format!("{} ({})", self.name, self.backend.label())
    }
}

/// Whether a pair of a URL's query names a database.
fn names_database(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    ["dbname", "database"].contains(&percent_decode(name).to_ascii_lowercase().as_str())
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_every_documented_form() {
        for (text, backend, name) in [
            ("sqlite:app.db", Backend::Sqlite, "app.db"),
            ("sqlite://data/app.db?mode=rwc", Backend::Sqlite, "app.db"),
            ("sqlite:my%20app.db", Backend::Sqlite, "my app.db"),
            ("sqlite::memory:", Backend::Sqlite, ":memory:"),
            (
                "postgres://u:p@/shop?host=/run/pg",
                Backend::Postgres,
                "shop",
            ),
            ("postgres://u:p@h/shop", Backend::Postgres, "shop"),
            (
                "postgresql://h:5433/shop%20two",
                Backend::Postgres,
                "shop two",
            ),
            ("mysql://u@h/shop", Backend::Mysql, "shop"),
            ("mariadb://u:p@h:3307/shop", Backend::Mysql, "shop"),
        ] {
            let target = Target::parse(text).expect(text);
            assert_eq!(
                (target.backend, target.name.as_str()),
                (backend, name),
                "{text}"
            );
        }
        let maria = Target::parse("mariadb://u:p@h/shop").expect("mariadb");
        assert!(
            maria.secret().starts_with("mysql://"),
            "sqlx refuses mariadb://"
        );
    }

    #[test]
    fn refuses_what_it_cannot_serve() {
        assert!(matches!(
            Target::parse("saas.db"),
            Err(UrlError::Malformed { .. })
        ));
        assert!(matches!(
            Target::parse("oracle://h/x"),
            Err(UrlError::Scheme { .. })
        ));
        assert!(matches!(
            Target::parse("postgres://h"),
            Err(UrlError::NoDatabase { .. })
        ));
        assert!(matches!(
            Target::parse("postgres:shop"),
            Err(UrlError::Malformed { .. })
        ));
        assert!(matches!(
            Target::parse("postgres://u:p@h:port/x"),
            Err(UrlError::Malformed { .. })
        ));
        assert!(matches!(
            Target::parse("sqlite:"),
            Err(UrlError::NoDatabase { .. })
        ));
    }

    #[test]
    fn passwords_are_redacted_even_in_broken_urls() {
        assert_eq!(redact("postgres://u:hunter2@h/x"), "postgres://u:***@h/x");
        assert_eq!(
            redact("postgres://u:hun:t@er2@h:x/y"),
            "postgres://u:***@h:x/y"
        );
        assert_eq!(redact("postgres://u:hun?ter2@h/x"), "postgres://u:***@h/x");
        assert_eq!(
            redact("mysql://h/x?password=hunter2&a=b"),
            "mysql://h/x?password=***&a=b"
        );
        let target = Target::parse("postgres://u:hunter2@h/x").expect("valid");
        assert!(!format!("{target:?} {target}").contains("hunter2"));
    }

    #[test]
    fn passwords_are_found_in_texts_and_in_the_wrong_places() {
        for (text, shown) in [
            (
                "no `postgres://u:a\"b@h/d` here",
                "no `postgres://u:***@h/d` here",
            ),
            (
                "no `postgres://u:a b`c@h/d` here",
                "no `postgres://u:***@h/d` here",
            ),
            ("postgres://h:5432/d of a@b", "postgres://h:5432/d of a@b"),
            ("at postgres://h:5432 of a@b", "at postgres://h:5432 of a@b"),
            ("x?pass%77ord=y@z", "x?pass%77ord=***"),
        ] {
            assert_eq!(redact_all(text), shown);
        }
        assert_eq!(redact("mysql:u:hunter2@h//x"), "mysql:***@h//x");
        assert_eq!(redact("mysql:/://hunter2//@h/x"), "mysql:***@h/x");
        let shown = redact("mysql://h/x?pass%77ord=hunter2");
        assert_eq!(shown, "mysql://h/x?pass%77ord=***");
        let file = Target::parse("sqlite://u:hunter2@h/x.db").expect("a file");
        assert_eq!(file.to_string(), "sqlite:u:***@h/x.db");
    }

    #[test]
    fn names_that_postgresql_would_cut_off_are_refused() {
        let url = |length: usize| format!("postgres://h/{}", "x".repeat(length));
        assert!(Target::parse(&url(63)).is_ok());
        let error = Target::parse(&url(64)).expect_err("too long").to_string();
        assert!(error.contains("64 bytes"), "{error}");
    }

    #[test]
    fn a_name_with_a_percent_sign_stands_for_itself() {
        let there = Target::parse("postgres://h/shop").expect("valid");
        for name in ["%41", "a%", "a/b?c#d", "ä"] {
            let beside = there.beside(name).expect("a server");
            let again = Url::parse(beside.secret()).expect("valid");
            assert_eq!(percent_decode(&again.path()[1..]), name);
        }
    }

    #[test]
    fn a_database_beside_another_is_never_the_other() {
        let there = Target::parse("postgres://u:hunter2@h:5433/shop?dbname=live&sslmode=disable")
            .expect("valid");
        let beside = there.beside("scratch").expect("a server");
        assert_eq!(beside.name, "scratch");
        assert_eq!(
            beside.secret(),
            "postgres://u:hunter2@h:5433/scratch?sslmode=disable"
        );
        assert!(!beside.to_string().contains("hunter2"));
        let socket = Target::parse("postgres://u:p@/shop?host=/run/pg&DBNAME=x").expect("valid");
        assert!(
            socket
                .beside("s")
                .is_ok_and(|t| t.secret().ends_with("/s?host=/run/pg"))
        );
        assert!(
            Target::parse("sqlite:a.db")
                .expect("valid")
                .beside("s")
                .is_err()
        );
        let file = Target::file(Path::new("/a b/50%?#.db"));
        let again = Target::parse(file.secret()).expect("valid");
        assert_eq!((again.file, again.name), (file.file, file.name));
    }

    proptest! {
        #[test]
        fn no_password_survives(password in "[a-zA-Z0-9:/#%@!?=&]{6,20}") {
            let shown = redact(&format!("postgres://user:{password}@host/db"));
            prop_assert_eq!(&shown, "postgres://user:***@host/db");
        }

        #[test]
        fn parsing_never_panics(text in ".{0,60}") {
            let _ = Target::parse(&text);
            let _ = redact(&text);
        }
    }
}
