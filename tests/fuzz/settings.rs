//! Settings files, `.env` and the environment, in process: read or refused, and no password shown.

use std::path::Path;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use saasdb::catalog;
use saasdb::config::{Surroundings, load};

use super::{SECRET, always, hostile};

const KEYS: [&str; 15] = [
    "database_url",
    "set",
    "schema",
    "env",
    "format",
    "color",
    "transaction",
    "wait",
    "connect_timeout",
    "lock_timeout",
    "ddl_lock_timeout",
    "ddl_retry_for",
    "checks",
    "check",
    "password",
];

/// A URL with a password, as it should be or nearly.
fn url() -> impl Strategy<Value = String> {
    (
        proptest::sample::select(vec![
            "postgres://",
            "mysql://",
            "postgresql:/",
            "mariadb:",
            "mongodb://",
            "sqlite:",
            "//",
            "POSTGRES://",
        ]),
        "[a-z]{0,4}",
        "[a-z:/?#%@!&= ]{0,4}",
        proptest::sample::select(vec![
            "@host/shop",
            "@host:5432/shop?sslmode=no",
            "@[::1]/s",
            "@/shop",
            "@h",
            "@",
        ]),
    )
        .prop_map(|(scheme, user, odd, rest)| format!("{scheme}{user}:{odd}{SECRET}{odd}{rest}"))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => hostile(),
        3 => url(),
        2 => proptest::sample::select(vec![
            "core", "dev", "production", "json", "auto", "run", "1s", "500ms", "99999999999h", "-1s", "1e9s", "",
            "public", "pg_catalog",
        ]).prop_map(str::to_owned),
    ]
}

/// A value of any type.
fn value() -> impl Strategy<Value = toml::Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(toml::Value::String),
        1 => any::<i64>().prop_map(toml::Value::Integer),
        1 => any::<f64>().prop_map(toml::Value::Float),
        1 => any::<bool>().prop_map(toml::Value::Boolean),
        1 => Just(toml::Value::Datetime("1979-05-27T07:32:00Z".parse().expect("a time"))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(toml::Value::Array),
            btree_map("[a-z/_]{1,10}", inner, 0..4)
                .prop_map(|map| toml::Value::Table(map.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => proptest::sample::select(KEYS.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{1,8}".prop_map(|s: String| s),
    ]
}

/// Loads a folder's settings, and looks at what a user would see of it.
fn check(files: &[(&str, &[u8])], variables: &[(String, String)]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("file");
    }
    let variable = |name: &str| {
        let found = variables.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone())
    };
    let around = Surroundings {
        folder: folder.path(),
        variable: &variable,
    };
    let shown = match load(&around, None::<&Path>, &[]) {
        Ok(config) => {
            let set = catalog::find(&config.set, config.target.backend);
            let error = set.err().map(|error| error.to_string());
            format!("{:?} {} {error:?}", config.target, config.target)
        }
        Err(error) => {
            prop_assert_eq!(error.exit as u8, 2);
            let json = serde_json::to_string(&error).expect("JSON");
            format!("{error} {error:?} {json}")
        }
    };
    prop_assert!(!shown.contains(SECRET), "{}", shown);
    Ok(())
}

#[test]
fn settings_of_any_kind_are_read_or_refused() {
    always(1500, btree_map(key(), value(), 0..6), |map| {
        let table: toml::Table = map.into_iter().collect();
        let file = toml::to_string(&table).unwrap_or_default();
        check(&[("saasdb.toml", file.as_bytes())], &[])
    });
}

#[test]
fn settings_of_any_bytes_are_read_or_refused() {
    always(1500, vec(any::<u8>(), 0..200), |bytes| {
        check(&[("saasdb.toml", &bytes)], &[])?;
        check(&[(".env", &bytes)], &[])
    });
    // And those that were valid before somebody slipped.
    let slips = (url(), 0_usize..200, any::<char>(), key());
    always(1500, slips, |(url, at, c, key)| {
        // A name for a file may have that word in it.
        let url = url.replace("sqlite:", "mysql:");
        let mut file: Vec<char> =
            format!("set = \"core\"\n{key} = \"{url}\"\n[checks]\nknown = []\n")
                .chars()
                .collect();
        // Within the URL, what is no password any more would be taken for one.
        let start = "set = \"core\"\n = \"".len() + key.chars().count();
        if !(start..start + url.chars().count()).contains(&at) && at < file.len() {
            file[at] = c;
        }
        let file: String = file.into_iter().collect();
        check(&[("saasdb.toml", file.as_bytes())], &[])
    });
}

#[test]
fn lines_of_dotenv_and_variables_are_read_or_refused() {
    let line = || {
        let names = proptest::sample::select(vec![
            "DATABASE_URL",
            "SAASDB_SET",
            "SAASDB_ENV",
            "SAASDB_WAIT",
            "SAASDB_FORMAT",
            "SAASDB_SCHEMA",
            "SAASDB_PASSWORD_A",
            "SAASDB_PASSWORD_",
            "export DATABASE_URL",
            "PATH",
            "é",
            "",
        ]);
        (
            names,
            proptest::sample::select(vec!["=", " = ", "='", "=\"", ":", ""]),
            text(),
        )
    };
    always(1500, vec(line(), 0..5), |lines| {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(n, e, v)| format!("{n}{e}{v}"))
            .collect();
        check(&[(".env", lines.join("\n").as_bytes())], &[])
    });
    always(1500, vec(line(), 0..5), |lines| {
        let variables: Vec<(String, String)> = lines
            .into_iter()
            .map(|(n, _, v)| (n.to_owned(), v))
            .collect();
        check(&[], &variables)
    });
}
