use super::*;
use proptest::prelude::*;

fn load_with(
    files: &[(&str, &str)],
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config> {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("file");
    }
    let flags: Vec<(&'static str, String)> =
        flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    let variable = |name: &str| {
        variables
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| (*v).to_owned())
    };
    load(
        &Surroundings {
            folder: folder.path(),
            variable: &variable,
        },
        None,
        &flags,
    )
}

#[test]
fn every_documented_key_has_a_default_that_is_valid() {
    let config = load_with(&[], &[], &[]).expect("defaults");
    assert_eq!(
        (config.set.as_str(), config.target.name.as_str()),
        ("core", "saasdb.db")
    );
    assert_eq!(config.environment, None, "a default is not a choice");
    let table: toml::Table = BUILT_IN.parse().expect("TOML");
    assert!(table.contains_key(CHECKS));
    assert_eq!(table.len(), KEYS.len() + 1, "keys and the section");
    for (_, variable) in KEYS {
        assert!(BUILT_IN.contains(variable), "{variable} is documented");
    }
}

#[test]
fn passwords_are_taken_from_dotenv_and_do_not_show() {
    let files = [(".env", "SAASDB_PASSWORD_A_B='x y hunter2'\nPASSWORD=z")];
    let config = load_with(&files, &[], &[]).unwrap();
    assert_eq!(
        config.passwords.get("SAASDB_PASSWORD_A_B"),
        Some("x y hunter2")
    );
    assert_eq!(config.passwords.get("PASSWORD"), None);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn each_layer_overrides_the_one_before() {
    let files = [
        (FILE, "set = \"one\"\nwait = \"1s\""),
        (".env", "SAASDB_SET=two\nOTHER=x"),
    ];
    assert_eq!(load_with(&files[..1], &[], &[]).unwrap().set, "one");
    assert_eq!(load_with(&files, &[], &[]).unwrap().set, "two");
    assert_eq!(
        load_with(&files, &[("SAASDB_SET", "three")], &[])
            .unwrap()
            .set,
        "three"
    );
    let config = load_with(&files, &[("SAASDB_SET", "three")], &[("set", "four")]).unwrap();
    assert_eq!(config.set, "four");
    assert_eq!(
        config.limits.wait,
        Duration::from_secs(1),
        "other keys keep their layer"
    );
}

#[test]
fn unknown_keys_and_values_list_the_known_ones() {
    let error = load_with(&[(FILE, "databse_url = \"x\"")], &[], &[]).expect_err("key");
    assert!(
        error.message.contains("databse_url")
            && error.hint.as_ref().unwrap().contains("database_url")
    );
    let error = load_with(&[], &[("SAASDB_ENV", "live")], &[]).expect_err("environment");
    assert!(error.message.contains("dev, test, staging, production"));
    assert!(error.message.contains("SAASDB_ENV"));
    for (key, value) in [
        ("format", "xml"),
        ("color", "red"),
        ("transaction", "all"),
        ("wait", "5"),
        ("lock_timeout", "-1s"),
    ] {
        assert!(
            load_with(&[], &[], &[(key, value)]).is_err(),
            "{key} = {value}"
        );
    }
}

#[test]
fn broken_files_are_named_and_their_secrets_are_not_shown() {
    let broken = [(
        FILE,
        "set = \"core\"\ndatabase_url = \"postgres://u:hunter2@h/x",
    )];
    let error = load_with(&broken, &[], &[]).expect_err("TOML");
    let all = format!("{error:?}");
    assert!(all.contains("line 2") && !all.contains("hunter2"), "{all}");
    let error = load_with(
        &[(".env", "DATABASE_URL=postgres://u:hunter2@h/x y z")],
        &[],
        &[],
    )
    .expect_err(".env");
    assert!(!format!("{error:?}").contains("hunter2"));
    let error =
        load_with(&[], &[("DATABASE_URL", "postgres//u:hunter2@h/x")], &[]).expect_err("URL");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn production_needs_a_url() {
    assert!(load_with(&[], &[], &[("env", "prod")]).is_err());
    let ok = load_with(&[], &[("DATABASE_URL", "sqlite:x.db")], &[("env", "prod")]).unwrap();
    assert_eq!(ok.environment, Some(Environment::Production));
}

#[test]
fn durations() {
    assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
    assert_eq!(parse_duration(" 5m "), Some(Duration::from_secs(300)));
    for bad in [
        "",
        "5",
        "s",
        "5 days",
        "-1s",
        "1.5s",
        "99999999999999999999s",
        "25h",
    ] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn any_settings_file_is_read_or_refused(text in ".{0,200}") {
        let _ = load_with(&[(FILE, &text)], &[], &[]);
    }
}
