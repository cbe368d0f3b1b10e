//! The recipes of docs/ci.md, as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Db, Output, Saasdb, TestDb};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ci");

/// Runs the script on a database, in a folder of its own.
fn script(db: &TestDb) -> Saasdb {
    Saasdb::program("/bin/sh")
        .args([format!("{FOLDER}/saasdb-check")])
        .env("SAASDB", env!("CARGO_BIN_EXE_saasdb"))
        .env("DATABASE_URL", db.url())
}

/// A program on a shell's search path, in the folder of the run.
fn shell(program: Saasdb, script: &str) -> Output {
    program.call(["-euc", script])
}

fn stage(program: &Saasdb, name: &str, code: i32) -> Output {
    let out = program.call([name]).code(code);
    for file in ["saasdb.sarif", "saasdb.xml", "saasdb.json"] {
        assert!(!program.read(&format!("saasdb-reports/{file}")).is_empty());
    }
    out
}

#[test]
fn the_script_tells_the_stages_of_a_deployment_apart() {
    TestDb::on_all(|db| {
        let saasdb = Saasdb::new().db(db);
        saasdb.call(["migrate", "up", "--steps", "12"]).success();
        let check = script(db).env("DATABASE_URL", db.read_only_url());
        let before = stage(&check, "before", 0);
        assert!(
            before.stdout.contains("pending/not-applied"),
            "{}",
            before.stdout
        );
        stage(&check, "after", 3);
        saasdb.call(["migrate", "up"]).success();
        stage(&check, "after", 0);
        db.sql("CREATE TABLE mine (id int)");
        stage(&check, "before", 4);
        let json: serde_json::Value =
            serde_json::from_str(&check.read("saasdb-reports/saasdb.json")).expect("JSON");
        assert_eq!(json["exit_code"], 4);
        let github = check.env("GITHUB_ACTIONS", "true").call(["after"]).code(4);
        assert!(
            github
                .stdout
                .starts_with("::error title=drift/added::table mine"),
            "{}",
            github.stdout
        );
    });
}

#[test]
fn the_script_checks_the_migrations_of_a_branch() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let db = TestDb::new(kind);
        let check = script(&db);
        stage(&check, "pull-request", 0);
        // With a committed dump: the same again, then one that is out of date.
        let dump = Saasdb::new()
            .db(&db)
            .call(["schema", "dump", "--format", "sql"])
            .success()
            .stdout;
        Saasdb::new()
            .db(&db)
            .call(["migrate", "down", "--all", "--yes"])
            .success();
        let check = check.file("schema.sql", &dump);
        stage(&check, "pull-request", 0);
        Saasdb::new()
            .db(&db)
            .call(["migrate", "down", "--all", "--yes"])
            .success();
        let check = check.file("schema.sql", &dump.replacen("(255)", "(254)", 1));
        let out = stage(&check, "pull-request", 4);
        assert!(
            out.stdout.contains("+") && out.stderr.contains("schema.sql is not what"),
            "{}",
            out.stdout
        );
    }
}

#[test]
fn the_script_says_how_it_is_used() {
    let db = TestDb::new(Db::Sqlite);
    let out = script(&db).call(["befroe"]).code(2);
    assert!(
        out.stderr.contains("saasdb-check pull-request") && out.stderr.contains("exit code"),
        "{}",
        out.stderr
    );
    assert!(!out.stderr.contains("set -eu"), "{}", out.stderr);
}

/// The steps of a job in the workflow: what stands behind each `run: |`.
fn steps(job: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("{FOLDER}/github-actions.yml")).expect("workflow");
    let (_, rest) = text.split_once(&format!("\n  {job}:\n")).expect("the job");
    let end = rest
        .lines()
        .position(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'));
    let lines: Vec<&str> = rest.lines().take(end.unwrap_or(usize::MAX)).collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if line.trim() == "run: |" {
            let indent = line.len() - line.trim_start().len() + 2;
            let body = lines[i + 1..]
                .iter()
                .take_while(|l| l.len() - l.trim_start().len() >= indent);
            out.push(body.map(|l| &l[indent..]).collect::<Vec<_>>().join("\n"));
        }
    }
    out
}

/// What a runner does with the workflow: each step in a shell, with what the ones before it left in
/// GITHUB_ENV. Only cargo is another one, since the program is built already.
#[test]
fn the_workflow_runs() {
    let db = TestDb::new(Db::Postgres);
    for (job, code) in [("pull-request", 0), ("live", 0)] {
        let steps = steps(job);
        assert_eq!(steps.len(), 2, "{steps:?}");
        let program = Saasdb::program("/bin/bash")
            .env("DATABASE_URL", db.url())
            .env("GITHUB_ACTIONS", "true")
            .file(
                "ci/saasdb-check",
                &fs::read_to_string(format!("{FOLDER}/saasdb-check")).expect("script"),
            )
            .file(
                "bin/cargo",
                "#!/bin/sh\nmkdir -p target/release\ncp \"$BUILT\" target/release/saasdb\n",
            );
        let cargo = program.dir().join("bin/cargo");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("executable");
        let path = std::env::var("PATH").expect("PATH");
        let bin = program.dir().join("bin");
        let program = program
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("BUILT", env!("CARGO_BIN_EXE_saasdb"));
        let script = format!(
            "export GITHUB_ENV=$PWD/env; touch env; {}\nset -a; . ./env; set +a\n{}",
            steps[0], steps[1]
        );
        let out = shell(program, &script).code(code);
        assert!(!out.stdout.contains("::error"), "{}", out.stdout);
    }
}

fn git(folder: &Path, words: &str) -> std::process::Output {
    std::process::Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("git runs")
}

#[test]
fn the_hook_stops_the_commit_of_an_edited_migration() {
    let db = TestDb::new(Db::Sqlite);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    let home = Saasdb::new()
        .file("migration/a.rs", "1")
        .file("README", "1")
        .file(".git/hooks/pre-commit", "");
    let folder = home.dir();
    assert!(git(&folder, "init -q").status.success());
    let hook = folder.join(".git/hooks/pre-commit");
    fs::copy(format!("{FOLDER}/pre-commit"), &hook).expect("copied");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("executable");
    let commit = |file: &str, url: &str| {
        fs::write(folder.join(file), file.len().to_string() + url).expect("written");
        assert!(git(&folder, &format!("add {file}")).status.success());
        let out = std::process::Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "commit",
                "-qm",
                "x",
            ])
            .env("SAASDB", env!("CARGO_BIN_EXE_saasdb"))
            .env("DATABASE_URL", url)
            .current_dir(&folder)
            .output()
            .expect("git runs");
        (
            out.status.success(),
            String::from_utf8_lossy(&out.stderr).into_owned()
                + &String::from_utf8_lossy(&out.stdout),
        )
    };
    let (done, said) = commit("migration/a.rs", db.url());
    assert!(done, "{said}");
    db.sql("UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE '%templates'");
    let (done, said) = commit("migration/b.rs", db.url());
    assert!(!done && said.contains("checksum/edited"), "{said}");
    assert!(git(&folder, "reset -q").status.success());
    // What is no migration goes through, and so does one where there is no database to look at.
    let (done, said) = commit("README", db.url());
    assert!(done && !said.contains("checksum"), "{said}");
    let (done, said) = commit("migration/b.rs", "sqlite:nowhere.db");
    assert!(done && said.contains("could not check"), "{said}");
}
