//! Database URLs, in process and with the program.

use proptest::prelude::*;
use saasdb::dialect::Target;
use saasdb::dialect::url::{redact, redact_all};

use super::{SECRET, always, sane, some};
use crate::support::Saasdb;

const SCHEMES: [&str; 14] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "sqlite",
    "POSTGRES",
    "PostgreSQL",
    "mongodb",
    "http",
    "",
    "postgres ",
    "pöstgres",
    "file",
    "jdbc:postgresql",
];

/// A URL of any form. The password has the word in it, and stands where passwords stand.
fn url() -> impl Strategy<Value = String> {
    let odd = || {
        prop_oneof![
            3 => Just(String::new()),
            2 => "[a-z0-9]{1,5}".prop_map(|s: String| s),
            1 => "\\PC{1,4}".prop_map(|s: String| s.replace('@', "")),
            1 => proptest::sample::select(vec!["%00", "%", "%zz", "%2F", "%40", ":", "/", "?", "#", "\u{0}", "[", "]", "\\", " ", "é", "&", "="])
                .prop_map(str::to_owned),
        ]
    };
    let host = prop_oneof![
        3 => proptest::sample::select(vec![
            "localhost", "127.0.0.1", "[::1]", "[::1", "::1", "", "host:5432", "host:99999", "host:", "host:x",
            "a,b", "xn--", "%2Frun%2Fpg", "256.1.1.1",
        ]).prop_map(str::to_owned),
        1 => odd(),
    ];
    let query = proptest::sample::select(vec![
        "",
        "?",
        "?sslmode=require",
        "?sslmode=x&&",
        "?options=-c%20x%3Dy",
        "?dbname=other",
        "?mode=ro",
        "?host=/run",
        "?port=no",
        "?statement-cache-capacity=-1",
        "?application_name=%00",
        "?user=x",
        "?=",
        "?password=s3cret",
        "?sslpassword=as3cret&a=b",
        "?PASSWORD=s3cret",
        "?pass%77ord=s3cret",
    ]);
    (
        proptest::sample::select(SCHEMES.to_vec()),
        proptest::sample::select(vec!["://", ":/", ":", ":///", "//"]),
        odd(),
        proptest::option::of((odd(), odd())),
        host,
        odd(),
        query,
    )
        .prop_map(|(scheme, colon, user, password, host, path, query)| {
            let password = password
                .map(|(a, b)| format!(":{a}{SECRET}{b}"))
                .unwrap_or_default();
            format!("{scheme}{colon}{user}{password}@{host}/{path}{query}")
        })
}

#[test]
fn no_url_panics_or_shows_its_password() {
    always(6000, url(), |url| {
        let shown = match Target::parse(&url) {
            Ok(target) => {
                let beside = target
                    .beside("it's \"beside\"")
                    .map(|t| format!("{t} {t:?}"));
                let within = target.clone().in_schema("a\"b").map(|t| t.to_string());
                format!("{target} {target:?} {beside:?} {within:?}")
            }
            Err(error) => format!("{error} {error:?}"),
        };
        // In the middle of a text nothing says where a URL with white space in it ends.
        let within = match url.contains(|c: char| c.is_whitespace() || c == '`') {
            true => String::new(),
            false => redact_all(&format!("cannot use '{url}' here")),
        };
        for text in [shown, redact(&url), within] {
            prop_assert!(!text.contains(SECRET), "{:?} shows as {}", url, text);
        }
        Ok(())
    });
    always(6000, "\\PC{0,80}", |text| {
        let _ = Target::parse(&text).map(|t| t.to_string());
        let _ = redact_all(&text);
        Ok(())
    });
}

#[test]
fn a_database_that_is_named_beside_another_is_that_one() {
    always(3000, (url(), super::hostile()), |(url, name)| {
        let Ok(Ok(beside)) = Target::parse(&url).map(|target| target.beside(&name)) else {
            return Ok(());
        };
        prop_assert_eq!(&beside.name, &name);
        let again = Target::parse(&beside.to_string().replace("***", "x"));
        let no_name = ["", ".", ".."].contains(&name.as_str()) || name.contains('/');
        if let (Ok(again), false) = (again, no_name) {
            prop_assert_eq!(again.name, name, "{}", beside);
        }
        Ok(())
    });
}

#[test]
fn the_program_refuses_what_is_no_url() {
    // A host that answers must not be among them: nothing listens on port 1.
    for (i, url) in some(60, url()).into_iter().enumerate() {
        let url = url.replace('\0', "").replace("localhost", "127.0.0.1:1");
        let url = url.replacen("127.0.0.1/", "127.0.0.1:1/", 1);
        if url.to_lowercase().starts_with("sqlite") {
            // There the password is the name of a file, which is shown.
            continue;
        }
        let call = Saasdb::new().env("SAASDB_CONNECT_TIMEOUT", "300ms");
        let command = ["status", "migrate plan", "migrate status", "schema dump"][i % 4];
        // As a variable, as a flag, and where it does not belong.
        let output = match i % 3 {
            0 => call.env("DATABASE_URL", &url).call(command.split(' ')),
            1 => call.call(command.split(' ').chain(["--database-url", &url])),
            _ => call.call(command.split(' ').chain(["--set", &url])),
        };
        sane(output);
    }
}
