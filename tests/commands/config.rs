//! The layers of settings, each overriding the one below: flags, environment, `.env`,
//! `saasdb.toml`, defaults.

use super::{json_of, shown};
use crate::support::{Db, Saasdb, TestDb};

/// The name of the database that a run with these settings works on.
fn name(call: &Saasdb) -> String {
    let status = call.call(["status", "--format", "json"]).success();
    json_of(&status, "status")["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn each_layer_overrides_the_one_below() {
    let call = Saasdb::new();
    assert_eq!(name(&call), "saasdb.db");
    let call = call.file("saasdb.toml", "database_url = \"sqlite:toml.db\"\n");
    assert_eq!(name(&call), "toml.db");
    let call = call.file(".env", "DATABASE_URL=sqlite:dotenv.db\n");
    assert_eq!(name(&call), "dotenv.db");
    let call = call.env("DATABASE_URL", "sqlite:variable.db");
    assert_eq!(name(&call), "variable.db");
    let call = call.args(["--database-url", "sqlite:flag.db"]);
    assert_eq!(name(&call), "flag.db");
}

#[test]
fn the_environment_s_layers_do_the_same() {
    let environment = |call: &Saasdb| {
        let status = call.call(["status", "--format", "json"]).success();
        json_of(&status, "status")["environment"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let call = Saasdb::new();
    assert_eq!(environment(&call), "dev");
    let call = call.file("saasdb.toml", "env = \"test\"\n");
    assert_eq!(environment(&call), "test");
    let call = call.file(".env", "SAASDB_ENV=staging\n");
    assert_eq!(environment(&call), "staging");
    let call = call.env("SAASDB_ENV", "development");
    assert_eq!(environment(&call), "dev");
    let call = call.args(["--env", "testing"]);
    assert_eq!(environment(&call), "test");
}

#[test]
fn the_schema_s_layers_do_the_same_and_an_empty_flag_is_refused() {
    let db = TestDb::new(Db::Postgres);
    let schema = |call: &Saasdb| {
        let status = call.call(["status", "--format", "json"]).success();
        json_of(&status, "status")["schema"].clone()
    };
    let call = Saasdb::new().db(&db);
    assert_eq!(schema(&call), serde_json::Value::Null);
    let call = call.file("saasdb.toml", "schema = \"toml\"\n");
    assert_eq!(schema(&call), "toml");
    let call = call.file(".env", "SAASDB_SCHEMA=\"dot env\"\n");
    assert_eq!(schema(&call), "dot env");
    let call = call.env("SAASDB_SCHEMA", "Variable");
    assert_eq!(schema(&call), "Variable");
    assert_eq!(schema(&call.clone().args(["--schema", "flag"])), "flag");
    // A variable of a script that is not set must not lead to `public`.
    for (empty, what) in [
        (call.clone().args(["--schema", ""]), "`--schema` is empty"),
        (call.env("SAASDB_SCHEMA", ""), "`SAASDB_SCHEMA` is empty"),
    ] {
        let refused = empty.call(["status"]).code(2);
        assert!(refused.stderr.contains(what), "{refused:?}");
    }
}

#[test]
fn layers_are_mixed_key_by_key() {
    let call = Saasdb::new()
        .file(
            "saasdb.toml",
            "env = \"test\"\ndatabase_url = \"sqlite:toml.db\"\n",
        )
        .env("DATABASE_URL", "sqlite:variable.db");
    let status = call.call(["status", "--format", "json"]).success();
    let json = json_of(&status, "status");
    assert_eq!(json["name"], "variable.db");
    assert_eq!(json["environment"], "test");
}

#[test]
fn an_empty_variable_counts_as_none() {
    let call = Saasdb::new()
        .file("saasdb.toml", "database_url = \"sqlite:toml.db\"\n")
        .env("DATABASE_URL", "")
        .env("SAASDB_ENV", "");
    assert_eq!(name(&call), "toml.db");
}

#[test]
fn another_settings_file() {
    let call = Saasdb::new()
        .file("saasdb.toml", "database_url = \"sqlite:usual.db\"\n")
        .file("sub/other.toml", "database_url = \"sqlite:other.db\"\n");
    assert_eq!(
        name(&call.clone().args(["--config", "sub/other.toml"])),
        "other.db"
    );
    assert_eq!(
        name(&call.env("SAASDB_CONFIG", "sub/other.toml")),
        "other.db"
    );
}

#[test]
fn every_key_of_the_documented_file_can_be_set() {
    let documented = include_str!("../../config/saasdb.toml");
    let call = Saasdb::new().file("saasdb.toml", documented);
    assert_eq!(name(&call), "saasdb.db");
}

#[test]
fn production_wants_a_database_that_was_named() {
    let call = Saasdb::new();
    for command in ["setup", "migrate up", "status"] {
        let words = command.split_whitespace().chain(["--env", "production"]);
        call.call(words).code(2);
    }
    let refused = call.call(["migrate", "up", "--env", "prod"]).code(2);
    insta::assert_snapshot!(shown(&refused));
    assert!(!call.dir().join("saasdb.db").exists());
    call.args(["--database-url", "sqlite:live.db", "--env", "production"])
        .call(["setup"])
        .success();
}

#[test]
fn passwords_appear_nowhere() {
    // The harness looks at every output for them; here is what would show one if anything did.
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        for command in [
            "setup --no-seed -v",
            "status",
            "status --format json",
            "migrate status --format json",
            "migrate plan --format json",
            "migrate up --to 2099",
            "migrate up --to 2099 --format json",
            "migrate down --all -v",
        ] {
            let flag = Saasdb::new().args(["--database-url", db.url()]);
            flag.call(command.split_whitespace());
        }
        let query =
            Saasdb::new().args(["--database-url", &format!("{}?password=s3cret", db.url())]);
        query.call(["status"]);
    }
    for url in [
        "postgres://app:s3cret@127.0.0.1:1/shop",
        "postgres://app:s3cret@/shop",
        "postgres//app:s3cret@host/shop",
        "app:s3cret@host/shop",
        "oracle://app:s3cret@host/shop",
        "mysql://app:s3cret?x@127.0.0.1:1/shop",
    ] {
        let output = Saasdb::new().args(["--database-url", url]).call(["status"]);
        assert_ne!(output.code, 0);
        Saasdb::new()
            .env("DATABASE_URL", url)
            .call(["migrate", "up", "-v"]);
        let toml = format!("database_url = \"{url}\"\n");
        Saasdb::new().file("saasdb.toml", &toml).call(["status"]);
        Saasdb::new()
            .file("saasdb.toml", &toml[..toml.len() - 2])
            .call(["status"]);
        Saasdb::new()
            .file(".env", &format!("DATABASE_URL={url}\n"))
            .call(["status"]);
    }
}

#[test]
fn quiet_means_errors_only() {
    let call = Saasdb::new();
    let quiet = call.call(["setup", "-q", "--no-seed"]).success();
    assert_eq!(quiet.stderr, "");
    let quiet = call.call(["migrate", "up", "-q"]).success();
    assert_eq!(
        (quiet.stdout.as_str(), quiet.stderr.as_str()),
        ("", ""),
        "the help says `Errors only`"
    );
    let wrong = call
        .call(["migrate", "down", "--steps", "99", "-q"])
        .code(2);
    assert!(wrong.stderr.contains("error:"), "{}", wrong.stderr);
}
