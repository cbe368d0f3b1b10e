//! Passwords of system users: the documented ones in dev and test, and nowhere else.

use super::json_schema::assert_published;
use super::{contents, count, fits, hint, json_of, named, on, run, shown, unchanged};
use crate::support::{Db, Output, Saasdb, TestDb};

/// The variables of the set's two system users.
const ADMIN: &str = "SAASDB_PASSWORD_ADMIN_BALATRIX_COM";
const SUPPORT: &str = "SAASDB_PASSWORD_SUPPORT_BALATRIX_COM";

/// Never to be seen in any output: the harness fails a run that shows it.
const SECRET: &str = "s3cret of the admin";

/// A database of the set for that environment, without rows.
#[track_caller]
fn migrated(kind: Db, environment: &str) -> TestDb {
    let db = TestDb::new(kind);
    let line = format!("migrate up --set telecom --env {environment}");
    run(&db, &line).success();
    db
}

fn program(db: &TestDb) -> Saasdb {
    on(db).env("SAASDB_SET", "telecom")
}

#[track_caller]
fn hash(db: &TestDb, email: &str) -> String {
    let rows = db.rows(&format!(
        "SELECT password FROM users WHERE email = '{email}'"
    ));
    rows[0][0].clone()
}

/// Fails the test unless that is the password, hashed at cost 12.
#[track_caller]
fn assert_password(db: &TestDb, email: &str, password: &str) {
    let hash = hash(db, email);
    assert_eq!(&hash[4..7], "12$", "{hash}");
    assert!(bcrypt::verify(password, &hash).unwrap(), "{email}");
    let documented = bcrypt::verify("Admin@123", &hash).unwrap();
    assert_eq!(documented, password == "Admin@123", "{email}");
}

/// The password that the text shows for an account.
#[track_caller]
fn shown_for<'a>(output: &'a Output, email: &str) -> &'a str {
    let line = output.stdout.lines().find(|line| line.contains(email));
    let words: Vec<&str> = line.expect("a line").split_whitespace().collect();
    assert_eq!(words[..3], ["password", email, "generated"]);
    words[3]
}

/// For a snapshot: generated passwords replaced, and without the line that says what takes long.
fn masked(output: &Output, emails: &[&str]) -> String {
    // Without that line there may be nothing on stderr.
    let text = shown(output);
    let text = text.strip_suffix("--- stderr ---\n").unwrap_or(&text);
    emails.iter().fold(text.to_owned(), |text, email| {
        text.replace(shown_for(output, email), "[generated]")
    })
}

const EMAILS: [&str; 2] = ["admin@balatrix.com", "support@balatrix.com"];

#[test]
fn without_any_they_are_generated_and_shown_once() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set telecom --env production").success();
        let seeded = program(db).call(["seed"]).success();
        fits(&seeded);
        insta::assert_snapshot!(named("passwords_generated", db), masked(&seeded, &EMAILS));
        let passwords = EMAILS.map(|email| shown_for(&seeded, email).to_owned());
        assert_ne!(passwords[0], passwords[1]);
        for (email, password) in EMAILS.iter().zip(&passwords) {
            assert!(password.len() >= 20, "{password}");
            assert_password(db, email, password);
            assert!(!contents(db).contains(password.as_str()), "stored in plain");
        }
        let again = unchanged(db, || program(db).call(["seed"]).success());
        assert!(!again.stdout.contains("password"), "{}", again.stdout);
        assert!(!again.stdout.contains("generated"), "{}", again.stdout);
        // Demo customers were left out, with their documented passwords.
        assert_eq!(count(db, "users"), 2);
        assert_eq!(count(db, "rate_plans"), 3);
        assert_eq!(count(db, "customers"), 0);
    });
}

#[test]
fn a_variable_gives_it_and_it_is_never_shown() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set telecom --env staging").success();
        let seeded = program(db)
            .env(ADMIN, SECRET)
            .call(["seed", "-v"])
            .success();
        fits(&seeded);
        insta::assert_snapshot!(named("passwords_given", db), masked(&seeded, &EMAILS[1..]));
        assert_password(db, EMAILS[0], SECRET);
        assert_password(db, EMAILS[1], shown_for(&seeded, EMAILS[1]));
        assert!(!contents(db).contains(SECRET));
    });
}

#[test]
fn dotenv_gives_it_and_the_environment_overrides_it() {
    let db = migrated(Db::Sqlite, "production");
    let lines = format!("{ADMIN}='{SECRET}'\n{SUPPORT}='{SECRET} 2'\n");
    let call = program(&db).file(".env", &lines);
    let seeded = call.env(SUPPORT, "another s3cret").call(["seed"]).success();
    assert!(!seeded.stdout.contains("shown this once"));
    assert_password(&db, EMAILS[0], SECRET);
    assert_password(&db, EMAILS[1], "another s3cret");
}

#[test]
fn a_poor_one_is_refused_before_anything_is_written() {
    for poor in ["", "s3cret", "Admin@123"] {
        let db = migrated(Db::Sqlite, "production");
        let call = program(&db).env(SUPPORT, poor);
        let refused = unchanged(&db, || call.call(["seed"]).code(2));
        assert!(refused.stderr.contains(SUPPORT), "{}", refused.stderr);
        assert!(hint(&refused).contains("unset the variable"));
        if poor.is_empty() {
            insta::assert_snapshot!("passwords_poor", shown(&refused));
        }
    }
    // `setup` says so before it makes anything at all.
    let db = TestDb::missing(Db::Sqlite);
    let setup = ["setup", "--env", "production"];
    program(&db).env(ADMIN, "too short").call(setup).code(2);
    let tables = db.rows("SELECT name FROM sqlite_master WHERE name = 'users'");
    assert!(tables.is_empty());
}

#[test]
fn the_documented_one_is_for_dev_and_test() {
    for environment in ["dev", "test"] {
        let db = migrated(Db::Sqlite, environment);
        // A password for production that happens to be set does not matter here.
        let seeded = program(&db).env(ADMIN, SECRET).call(["seed"]).success();
        assert!(!seeded.stdout.contains("password"), "{}", seeded.stdout);
        for email in EMAILS {
            assert_password(&db, email, "Admin@123");
        }
    }
}

#[test]
fn only_accounts_that_are_made_get_one() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set telecom --env production").success();
        db.sql(
            "INSERT INTO users (username, email, password, role)
             VALUES ('root', 'admin@balatrix.com', 'own hash', 'admin')",
        );
        // What is set for an account that is there already is not even looked at.
        let seeded = program(db).env(ADMIN, "poor").call(["seed"]).success();
        assert!(!seeded.stdout.contains(EMAILS[0]), "{}", seeded.stdout);
        assert_password(db, EMAILS[1], shown_for(&seeded, EMAILS[1]));
        assert_eq!(hash(db, EMAILS[0]), "own hash");
        // Nor are those that were made before and went, when their turn comes again.
        db.sql("DELETE FROM users WHERE email = 'support@balatrix.com'");
        let again = program(db).call(["seed"]).success();
        let password = shown_for(&again, EMAILS[1]);
        assert_ne!(password, shown_for(&seeded, EMAILS[1]));
        assert_password(db, EMAILS[1], password);
    });
}

#[test]
fn as_json_and_under_quiet_too() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set telecom --env production").success();
        let call = program(db).env(ADMIN, SECRET);
        let seeded = call.call(["seed", "--format", "json"]).success();
        let json = json_of(&seeded, "seed");
        assert_published(&json);
        let [admin, support] = json["passwords"].as_array().unwrap().as_slice() else {
            panic!("{json:#}");
        };
        assert_eq!(admin["account"], EMAILS[0]);
        assert_eq!(
            (&admin["from"], &admin["variable"]),
            (&"environment".into(), &ADMIN.into())
        );
        assert!(admin.get("password").is_none(), "{json:#}");
        assert_eq!(support["from"], "generated");
        assert_password(db, EMAILS[1], support["password"].as_str().unwrap());
        let json = json_of(&call.call(["seed", "--format", "json"]), "seed");
        assert!(json.get("passwords").is_none(), "{json:#}");
    });
    let db = migrated(Db::Sqlite, "production");
    let quiet = program(&db).call(["seed", "-q"]).success();
    assert_eq!(quiet.stdout.lines().count(), 3, "{}", quiet.stdout);
    assert_password(&db, EMAILS[0], shown_for(&quiet, EMAILS[0]));
    let quiet = program(&db).call(["seed", "-q"]).success();
    assert_eq!(quiet.stdout, "");
}

#[test]
fn setup_shows_them_with_the_status() {
    for format in ["text", "json"] {
        let db = TestDb::new(Db::Sqlite);
        let arguments = ["setup", "--env", "production", "--format", format];
        let setup = program(&db).env(SUPPORT, SECRET).call(arguments).success();
        if format == "json" {
            let json = json_of(&setup, "setup");
            assert_published(&json);
            let admin = &json["passwords"][0];
            assert_password(&db, EMAILS[0], admin["password"].as_str().unwrap());
            let json = json_of(&program(&db).call(arguments).success(), "setup");
            assert!(json.get("passwords").is_none(), "{json:#}");
        } else {
            fits(&setup);
            insta::assert_snapshot!("passwords_setup", masked(&setup, &EMAILS[..1]));
            assert_password(&db, EMAILS[0], shown_for(&setup, EMAILS[0]));
        }
        assert_password(&db, EMAILS[1], SECRET);
    }
}

#[test]
fn a_terminal_is_asked_without_showing_what_is_typed() {
    let db = migrated(Db::Sqlite, "production");
    let call = program(&db).typing().args(["seed"]);
    let mut seeding = call.spawn();
    // Too short, mistyped, and then as it should be; nothing of it appears.
    seeding.wait_for("Password for admin@balatrix.com");
    seeding.keys("s3cret\n");
    seeding.wait_for("That cannot be it: it has fewer than 12 characters.");
    seeding.keys(&format!("{SECRET}\n"));
    seeding.wait_for("The same again:");
    seeding.keys("s3cret in another spelling\n");
    seeding.wait_for("That was not the same.");
    seeding.keys(&format!("{SECRET}\n"));
    wait_for_times(&mut seeding, "The same again:", 2);
    seeding.keys(&format!("{SECRET}\n"));
    seeding.wait_for("Password for support@balatrix.com");
    // Nobody cares.
    seeding.keys("\n");
    let seeded = seeding.wait().success();
    assert!(seeded.stdout.contains("as typed"), "{}", seeded.stdout);
    assert_password(&db, EMAILS[0], SECRET);
    let line = seeded.stdout.lines().find(|l| l.contains("generated "));
    let password = line.unwrap().split_whitespace().last().unwrap();
    assert_password(&db, EMAILS[1], password);
}

/// Goes on when the text is there that often.
#[track_caller]
fn wait_for_times(run: &mut crate::support::Running, text: &str, times: usize) {
    crate::sets::tools::eventually(std::time::Duration::from_secs(30), text, || {
        run.stdout().matches(text).count() >= times
    });
}

#[test]
fn whoever_says_yes_beforehand_is_not_asked() {
    let db = migrated(Db::Sqlite, "production");
    let seeded = program(&db).terminal("").call(["seed", "--yes"]).success();
    assert!(!seeded.stdout.contains("Password for"), "{}", seeded.stdout);
    assert_eq!(seeded.stdout.matches("generated ").count(), 2);
}

#[test]
fn ctrl_c_at_the_question_leaves_nothing_and_the_terminal_as_it_was() {
    let db = migrated(Db::Sqlite, "production");
    // A shell around it, to look at the terminal afterwards.
    let script =
        r#"trap : INT; "$0" seed; echo "code $?"; stty -a | grep -o -- ' -\?echo ' | tr ' ' '|'"#;
    let shell = Saasdb::program("/bin/sh")
        .env("DATABASE_URL", db.url())
        .env("SAASDB_SET", "telecom")
        .typing()
        .args(["-c", script, env!("CARGO_BIN_EXE_saasdb")]);
    let before = contents(&db);
    let mut seeding = shell.spawn();
    seeding.wait_for("Password for admin@balatrix.com");
    seeding.keys("\u{3}");
    let ended = seeding.wait();
    assert!(ended.stdout.contains("code 130"), "{}", ended.stdout);
    assert!(ended.stdout.contains("|echo|"), "{}", ended.stdout);
    assert_eq!(contents(&db), before);
    // Nobody holds the lock any more.
    program(&db)
        .call(["seed", "--lock-timeout", "1s"])
        .success();
}

#[test]
fn setup_is_interrupted_at_the_question_as_well() {
    let db = TestDb::new(Db::Sqlite);
    let call = program(&db).typing().args(["setup", "--env", "production"]);
    let mut setup = call.spawn();
    setup.wait_for("Password for admin@balatrix.com");
    setup.keys("\u{3}");
    setup.wait().code(130);
    let tables = db.rows("SELECT name FROM sqlite_master WHERE name = 'users'");
    assert!(tables.is_empty(), "asked before anything is made");
}
