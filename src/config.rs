//! Settings in layers: built-in < saasdb.toml < .env < environment < flags.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::dialect::url::redact;
use crate::dialect::{Target, url::UrlError};
use crate::engine::Limits;
use crate::engine::apply::Span;
use crate::engine::error::{Error, Result};
use crate::engine::guard::Environment;

/// The defaults; the file that documents them is the one that is compiled in.
const BUILT_IN: &str = include_str!("../config/saasdb.toml");

/// The name of the project's own settings.
pub const FILE: &str = "saasdb.toml";

/// Text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled in.
    BuiltIn,
    /// A settings file.
    File(PathBuf),
    /// The file `.env`.
    DotEnv,
    /// An environment variable.
    Variable(String),
    /// The command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::DotEnv => f.write_str(".env"),
            Self::Variable(name) => write!(f, "{name} in the environment"),
            Self::Flag(name) => write!(f, "{name}"),
        }
    }
}

/// The settings of a run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database.
    pub target: Target,
    /// The schema set's name.
    pub set: String,
    /// The environment, where somebody named one.
    pub environment: Option<Environment>,
    /// Text or JSON.
    pub format: Format,
    /// When to colour.
    pub color: Color,
    /// What a transaction spans.
    pub transaction: Span,
    /// Time limits.
    pub limits: Limits,
    /// Where the URL came from.
    pub url_origin: Origin,
    /// Passwords for accounts that seeding makes.
    pub passwords: Passwords,
    /// What `check` looks for.
    pub checks: CheckSettings,
}

/// The section `[checks]`, as it was written.
#[derive(Debug, Clone, Default)]
pub struct CheckSettings {
    /// Severities by the name of a check or rule.
    pub levels: BTreeMap<String, String>,
    /// Objects outside of the set that are known, with `*` for any text.
    pub known: Vec<String>,
    /// The database's role as which the application works.
    pub role: Option<String>,
    /// The statement by which a session of the application says who it is.
    pub claims: Option<String>,
    /// The query for the members of a tenant.
    pub members: Option<String>,
    /// The file that says so.
    pub origin: String,
}

/// What the names of variables that hold an account's password begin with.
const PASSWORD: &str = "SAASDB_PASSWORD_";

/// Passwords from `.env`, by variable.
#[derive(Clone, Default)]
pub struct Passwords(BTreeMap<String, String>);

impl Passwords {
    /// The one under that name.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(String::as_str)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// Each key with its environment variable.
const KEYS: [(&str, &str); 13] = [
    ("database_url", "DATABASE_URL"),
    ("set", "SAASDB_SET"),
    ("schema", "SAASDB_SCHEMA"),
    ("env", "SAASDB_ENV"),
    ("format", "SAASDB_FORMAT"),
    ("color", "SAASDB_COLOR"),
    ("transaction", "SAASDB_TRANSACTION"),
    ("wait", "SAASDB_WAIT"),
    ("connect_timeout", "SAASDB_CONNECT_TIMEOUT"),
    ("network_timeout", "SAASDB_NETWORK_TIMEOUT"),
    ("lock_timeout", "SAASDB_LOCK_TIMEOUT"),
    ("ddl_lock_timeout", "SAASDB_DDL_LOCK_TIMEOUT"),
    ("ddl_retry_for", "SAASDB_DDL_RETRY_FOR"),
];

/// What the layers say, by key.
type Values = BTreeMap<&'static str, (String, Origin)>;

/// What all layers say.
#[derive(Default)]
struct Layers {
    values: Values,
    passwords: Passwords,
    checks: CheckSettings,
}

/// Where the layers are read from; tests put their own here.
pub struct Surroundings<'a> {
    /// The current folder.
    pub folder: &'a Path,
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads all layers. `flags` holds what the command line gave, by key; `file` is `--config`.
///
/// # Errors
/// Exit code 2: unreadable or broken files, unknown keys, values that do not fit.
pub fn load(
    around: &Surroundings<'_>,
    file: Option<&Path>,
    flags: &[(&'static str, String)],
) -> Result<Config> {
    build(layers(around, file, flags)?)
}

/// The same for a verb that touches no database: which one it is, and what it is for, is not
/// looked at and so cannot be wrong.
///
/// # Errors
/// As [`load`].
pub fn load_without_database(
    around: &Surroundings<'_>,
    file: Option<&Path>,
    flags: &[(&'static str, String)],
) -> Result<Config> {
    let mut layers = layers(around, file, flags)?;
    let built_in = defaults()?.values;
    for key in ["database_url", "schema", "env"] {
        let value = built_in.get(key).map(|value| (key, value.clone()));
        layers.values.extend(value);
    }
    build(layers)
}

fn defaults() -> Result<Layers> {
    let mut layers = Layers::default();
    merge_toml(&mut layers, BUILT_IN, &Origin::BuiltIn)?;
    Ok(layers)
}

fn layers(
    around: &Surroundings<'_>,
    file: Option<&Path>,
    flags: &[(&'static str, String)],
) -> Result<Layers> {
    let mut layers = defaults()?;
    let own = around.folder.join(FILE);
    let chosen = file
        .map(Path::to_owned)
        .or_else(|| (around.variable)("SAASDB_CONFIG").map(PathBuf::from));
    match chosen {
        Some(path) => {
            let text = read(&around.folder.join(&path), &path)?;
            merge_toml(&mut layers, &text, &Origin::File(path))?;
        }
        None if own.exists() => {
            let text = read(&own, Path::new(FILE))?;
            merge_toml(&mut layers, &text, &Origin::File(PathBuf::from(FILE)))?;
        }
        None => {}
    }
    layers.passwords = merge_dotenv(&mut layers.values, &around.folder.join(".env"))?;
    let values = &mut layers.values;
    for (key, name) in KEYS {
        let value = (around.variable)(name);
        if key == "schema" && value.as_ref().is_some_and(|v| v.is_empty()) {
            return Err(no_schema(name));
        }
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            values.insert(key, (value, Origin::Variable(name.to_owned())));
        }
    }
    for (key, value) in flags {
        let flag = format!("--{}", key.replace('_', "-"));
        if *key == "schema" && value.is_empty() {
            return Err(no_schema(&flag));
        }
        values.insert(key, (value.clone(), Origin::Flag(flag)));
    }
    Ok(layers)
}

/// A variable of a script that is not set: without a name the schema would be `public`.
fn no_schema(what: &str) -> Error {
    Error::usage(format!("`{what}` is empty"))
        .because("it names the PostgreSQL schema to work in")
        .hint(format!(
            "give its name, or omit `{what}` to work where the server looks first"
        ))
}

fn read(path: &Path, shown: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        Error::usage(format!("cannot read the settings file {}", shown.display()))
            .because(e.to_string())
    })
}

fn merge_toml(layers: &mut Layers, text: &str, origin: &Origin) -> Result<()> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        // The parser quotes the line, which may hold a password: only place and reason are shown.
        let line = e.span().map_or(0, |s| {
            text[..s.start.min(text.len())].matches('\n').count() + 1
        });
        Error::usage(format!("{origin} is not valid TOML"))
            .because(format!("line {line}: {}", e.message()))
            .hint("config/saasdb.toml in saasdb's sources shows every key")
    })?;
    for (name, value) in table {
        if let (CHECKS, toml::Value::Table(section)) = (name.as_str(), &value) {
            merge_checks(&mut layers.checks, section, origin)?;
            continue;
        }
        let Some((key, _)) = KEYS.iter().find(|(k, _)| *k == name) else {
            let known = KEYS.iter().map(|(k, _)| *k).chain(["[checks]"]);
            let known: Vec<&str> = known.collect();
            return Err(
                Error::usage(format!("{origin} has the unknown key `{name}`"))
                    .hint(format!("known keys: {}", known.join(", "))),
            );
        };
        let toml::Value::String(value) = value else {
            return Err(Error::usage(format!(
                "{origin}: `{name}` must be text in quotes"
            )));
        };
        layers.values.insert(key, (value, origin.clone()));
    }
    Ok(())
}

/// The section of the checks.
const CHECKS: &str = "checks";

fn merge_checks(checks: &mut CheckSettings, section: &toml::Table, origin: &Origin) -> Result<()> {
    checks.origin = origin.to_string();
    for (name, value) in section {
        match (name.as_str(), value) {
            ("known", toml::Value::Array(list)) if list.iter().all(toml::Value::is_str) => {
                let names = list.iter().filter_map(|v| v.as_str());
                checks.known = names.map(str::to_owned).collect();
            }
            ("known", _) => {
                return Err(Error::usage(format!(
                    "{origin}: `known` in [checks] must be a list of texts"
                )));
            }
            ("role", toml::Value::String(role)) => {
                checks.role = (!role.is_empty()).then(|| role.clone());
            }
            ("claims", toml::Value::String(say)) => {
                checks.claims = (!say.is_empty()).then(|| say.clone());
            }
            ("members", toml::Value::String(query)) => {
                checks.members = (!query.is_empty()).then(|| query.clone());
            }
            (_, toml::Value::String(level)) => {
                checks.levels.insert(name.clone(), level.clone());
            }
            _ => {
                return Err(Error::usage(format!(
                    "{origin}: `{name}` in [checks] must be text in quotes"
                )));
            }
        }
    }
    Ok(())
}

/// Takes settings from `.env`, and returns the passwords in it.
fn merge_dotenv(values: &mut Values, path: &Path) -> Result<Passwords> {
    let mut passwords = Passwords::default();
    if !path.exists() {
        return Ok(passwords);
    }
    let lines =
        dotenvy::from_path_iter(path).map_err(|_| Error::usage("cannot read the file .env"))?;
    for line in lines {
        // dotenvy's error quotes the line, password and all.
        let (name, value) = line.map_err(|_| {
            Error::usage("the file .env has a line that is not NAME=value")
                .hint("put values with spaces or `$` into single quotes")
        })?;
        if name == "SAASDB_SCHEMA" && value.is_empty() {
            return Err(no_schema("SAASDB_SCHEMA in .env"));
        }
        if let Some((key, _)) = KEYS.iter().find(|(_, variable)| *variable == name)
            && !value.is_empty()
        {
            values.insert(key, (value, Origin::DotEnv));
        } else if name.starts_with(PASSWORD) {
            passwords.0.insert(name, value);
        }
    }
    Ok(passwords)
}

fn build(layers: Layers) -> Result<Config> {
    let values = &layers.values;
    let get = |key: &str| -> (&str, &Origin) {
        values
            .get(key)
            .map_or(("", &Origin::BuiltIn), |(v, o)| (v.as_str(), o))
    };
    let duration = |key: &str| -> Result<Duration> {
        let (text, origin) = get(key);
        parse_duration(text).ok_or_else(|| {
            let text = redact(text);
            Error::usage(format!("`{text}` is no duration ({key}, from {origin})"))
                .hint("a number and a unit: 500ms, 30s, 5m")
        })
    };
    let choice = |key: &str, known: &[&str]| -> Result<usize> {
        let (text, origin) = get(key);
        known.iter().position(|k| *k == text).ok_or_else(|| {
            let text = redact(text);
            Error::usage(format!("`{text}` is no {key} (from {origin})"))
                .hint(format!("known: {}", known.join(", ")))
        })
    };
    let (url, url_origin) = get("database_url");
    let (env, env_origin) = get("env");
    // Whatever is repeated may be a URL in the wrong place.
    let environment: Environment = env.parse().map_err(|_: String| {
        let e = redact(env).parse::<Environment>().err().unwrap_or_default();
        Error::usage(format!("{e} (from {env_origin})"))
            .hint("name one of these with `--env` or SAASDB_ENV")
    })?;
    let named = *env_origin != Origin::BuiltIn;
    if named && environment == Environment::Production && *url_origin == Origin::BuiltIn {
        return Err(Error::usage("production needs an explicit database")
            .because("the default is a SQLite file in the current folder")
            .hint("set DATABASE_URL or `--database-url`"));
    }
    let target = Target::parse(url).map_err(|e| {
        let hint = match &e {
            UrlError::Scheme { .. } => "supported: sqlite:FILE, postgres://…, mysql://… (also postgresql, mariadb)",
            _ => {
                "for example sqlite:app.db or postgres://user:password@localhost/app; a password's special characters are written as %40, %2F, …"
            }
        };
        Error::usage(e.to_string()).because(format!("from {url_origin}")).hint(hint)
    })?;
    let target = in_schema(target, get("schema"), url_origin)?;
    Ok(Config {
        target,
        set: get("set").0.to_owned(),
        environment: named.then_some(environment),
        format: [Format::Text, Format::Json][choice("format", &["text", "json"])?],
        color: [Color::Auto, Color::Always, Color::Never]
            [choice("color", &["auto", "always", "never"])?],
        transaction: [Span::Migration, Span::Run][choice("transaction", &["migration", "run"])?],
        limits: Limits {
            wait: duration("wait")?,
            connect_timeout: duration("connect_timeout")?,
            network_timeout: duration("network_timeout")?,
            lock_timeout: duration("lock_timeout")?,
            ddl_lock_timeout: duration("ddl_lock_timeout")?,
            ddl_retry_for: duration("ddl_retry_for")?,
        },
        url_origin: url_origin.clone(),
        passwords: layers.passwords,
        checks: layers.checks,
    })
}

/// The target with the schema that was chosen, if one was.
fn in_schema(
    target: Target,
    (name, origin): (&str, &Origin),
    url_origin: &Origin,
) -> Result<Target> {
    if name.is_empty() {
        return Ok(target);
    }
    target.clone().in_schema(name).map_err(|mut e| {
        if let UrlError::Schema { name, .. } = &mut e {
            *name = redact(name);
        }
        let hint = match &e {
            UrlError::NoSchemas { .. } => {
                "`--schema` is for PostgreSQL: leave it away, and give each set a database of its own"
            }
            _ => "a name has up to 63 bytes and no control characters, and is not pg_…, information_schema or $user",
        };
        Error::usage(e.to_string())
            .on(&target)
            .because(format!("the schema is from {origin}"))
            .because(format!("the database is from {url_origin}"))
            .hint(hint)
    })
}

/// Parses `500ms`, `30s`, `5m`, `1h`; nothing longer than a day.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..split].parse().ok()?;
    let unit = match text[split..].trim() {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let all = number.checked_mul(unit)?;
    (all <= 86_400_000).then(|| Duration::from_millis(all))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
