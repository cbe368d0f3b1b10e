//! The runner isolates, watches and reports. A shell plays the program, so that
//! none of this depends on what `saasdb` does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::support::{Db, Output, Running, Saasdb, TestDb, bind_redactions, secret_in};

fn shell(script: &str) -> Saasdb {
    Saasdb::program("/bin/sh").args(["-c", script])
}

/// The message with which `body` fails.
fn failure<T>(body: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(body)) else {
        panic!("it should have failed");
    };
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn the_program_is_found_and_runs() {
    let version: Output = Saasdb::new().call(["--version"]);
    assert!(version.code < 128, "{version:?}");
}

#[test]
fn it_sees_nothing_of_the_machine() {
    let output = shell("env | sort; pwd; ls -A").run().success();
    for line in output.stdout.lines() {
        let name = line.split('=').next().unwrap();
        let known = [
            "COLUMNS",
            "HOME",
            "LANG",
            "LLVM_PROFILE_FILE",
            "LOGNAME",
            "OLDPWD",
            "PATH",
            "PWD",
            "SHLVL",
            "TMPDIR",
            "USER",
            "_",
        ];
        assert!(known.contains(&name) || line.starts_with('/'), "{line}");
    }
    let call = shell("pwd; echo $HOME; cat");
    let dir = call.dir().canonicalize().unwrap();
    assert_eq!(
        call.run().stdout,
        format!("{}\n{}\n", dir.display(), call.dir().display()),
    );
}

#[test]
fn files_environment_and_input_reach_it() {
    let db = TestDb::new(Db::Sqlite);
    let call =
        shell("cat sub/a.txt; echo $GREETING; test $DATABASE_URL = $WANTED; cat; echo x >made")
            .file("sub/a.txt", "from a file\n")
            .env("GREETING", "from the environment")
            .env("WANTED", db.url())
            .db(&db)
            .stdin("from the input\n");
    let output = call.run().success();
    assert_eq!(
        output.stdout,
        "from a file\nfrom the environment\nfrom the input\n"
    );
    assert_eq!(call.read("made"), "x\n");
    assert_eq!(call.call(["again"]).success().stdout, output.stdout);
}

#[test]
fn input_that_is_never_read_does_no_harm() {
    let much = "line\n".repeat(100_000);
    shell("true").stdin(&much).run().success();
    let output = shell("cat; cat >&2 /etc/passwd").stdin(&much).run();
    assert_eq!(output.stdout.len(), much.len());
}

#[test]
fn a_terminal_is_one_for_the_program() {
    let script =
        "test -t 0 && test -t 1 && test -t 2; echo tty $?; read word; echo got $word; exit 6";
    let output = shell(script).terminal("yes\n").run().code(6);
    assert!(output.stdout.contains("tty 0\n"), "{output:?}");
    assert!(output.stdout.contains("got yes\n"), "{output:?}");
    let output = shell(script).run().code(6);
    assert!(output.stdout.contains("tty 1\n"), "{output:?}");
}

#[test]
fn exit_codes_are_checked_and_both_streams_shown() {
    let call = shell("echo result; echo problem >&2; exit 4");
    assert_eq!(call.run().code(4).code, 4);
    for message in [
        failure(|| call.run().success()),
        failure(|| call.run().code(1)),
        failure(|| call.run().json()),
    ] {
        assert!(
            message.contains("result") && message.contains("problem"),
            "{message}"
        );
    }
    assert_eq!(shell("kill -s KILL $$").run().code, 137);
    assert_eq!(shell("echo '{\"a\": [1]}'").run().json()["a"][0], 1);
}

#[test]
fn a_hang_is_killed_and_fails_with_its_output() {
    let started = Instant::now();
    let call = shell("echo so far; exec sleep 50").timeout(Duration::from_millis(200));
    let message = failure(|| call.run());
    assert!(
        message.contains("killed after 200ms") && message.contains("so far"),
        "{message}"
    );
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_signal_reaches_a_running_program() {
    let script = "trap 'echo caught; exit 130' INT; echo ready; while :; do sleep 0.05; done";
    let mut running: Running = shell(script).spawn();
    running.wait_for("ready");
    assert!(running.is_running());
    running.signal("INT");
    assert_eq!(running.wait().code(130).stdout, "ready\ncaught\n");
}

#[test]
fn waiting_for_what_never_comes_fails() {
    let message = failure(|| shell("echo something else").spawn().wait_for("ready"));
    assert!(message.contains("never appeared") && message.contains("something else"));
}

#[test]
fn a_dropped_run_is_killed() {
    let running = shell("exec sleep 50").spawn();
    let process = format!("/proc/{}", running.pid());
    assert!(std::path::Path::new(&process).exists());
    drop(running);
    assert!(!std::path::Path::new(&process).exists());
}

#[test]
fn a_password_in_any_output_fails_the_test() {
    for leak in [
        "echo postgres://u:s3cret-P%40w@h/d",
        "echo 'password is s3cret-P@w' >&2",
        "printf '%s' S3CRET-p",
        "echo s3cret; exit 1",
        "echo postgres://u:%73%33cre%74@h/d",
        "echo 733363726574",
        "printf 's3cret-P@w' | base64",
        "printf 'us3cret-P@w' | base64",
        "printf 'u:s3cret-P@w' | base64",
    ] {
        let message = failure(|| shell(leak).run());
        assert!(message.contains("shows a password"), "{message}");
        let shown = message.split_once(":\n").unwrap().1;
        assert_eq!(secret_in(shown), None, "{message}");
    }
    let url = TestDb::missing(Db::Postgres);
    assert!(failure(|| shell("echo $DATABASE_URL").db(&url).run()).contains("on stdout"));
    shell("echo postgres://u:***@h/d").run().success();
}

#[test]
fn a_password_in_a_file_that_the_program_writes_fails_the_test() {
    let program = env!("CARGO_BIN_EXE_saasdb");
    let writes = |script: &str| {
        let call = Saasdb::program("/bin/sh").file("mine.env", "s3cret");
        call.args(["-c", script, program])
    };
    // What the test put there itself is not the program's.
    writes("mkdir -p out; echo ok >out/page.html")
        .run()
        .success();
    let leak = writes("mkdir -p out; echo 'app:s3cret-P@w' >out/report.xml");
    let message = failure(|| leak.run());
    assert!(
        message.contains("work/out/report.xml:\napp:[THE PASSWORD]"),
        "{message}"
    );
    let message = failure(|| writes("echo \"thread 'main' panicked at x\" >&2").run());
    assert!(message.contains("panicked"), "{message}");
}

#[test]
fn the_last_look_at_all_that_was_printed_finds_a_password() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/leaks");
    let look = |text: &str| {
        Saasdb::program(script)
            .file("printed", text)
            .call(["printed"])
    };
    look("postgres://u:***@h/d\nseeded 4 rows\n").success();
    for leak in [
        "ok\nat postgres://u:s3cret-P%40w@h/d\nok\n",
        "S3CRET",
        "%73%33cr%65t",
        "733363726574",
        "czNjcmV0LVBAdw==",
        "dXMzY3JldC1QQHc=",
        "dTpzM2NyZXQtUEB3",
    ] {
        let found = look(leak).code(1);
        assert!(found.stderr.contains("printed a password"), "{found:?}");
    }
    look("").code(2);
}

#[test]
fn snapshots_are_redacted() {
    let db = TestDb::new(Db::Sqlite);
    let text = "
        pwd; echo $DATABASE_URL; echo in $PWD/config/saasdb.toml
        echo applied m20260101_000001_init in 12 ms, 1.2 s, 2 min 3 s, limit 30s
        echo at 2026-11-21 10:33:00, 2026-11-21T10:33:00.123456Z, 2026-11-21 10:33:00+00:00 or 2026-11-21
        echo connected to 127.0.0.1:54321, port 5432, pid 1234, held by process 99
        echo '{\"duration_ms\": 17, \"pid\": 12, \"tables\": 12}'
        echo 7d444840-9dc0-11d1-b245-5ffdce74fad2
        echo problem >&2; exit 4";
    insta::assert_snapshot!(shell(text).db(&db).run().snapshot_text(), @r#"
    exit code: 4
    --- stdout ---
    [dir]
    sqlite://[dir]/[db]
    in [dir]/config/saasdb.toml
    applied m20260101_000001_init in [time], [time], [time], limit 30s
    at [timestamp], [timestamp], [timestamp] or 2026-11-21
    connected to 127.0.0.1:[port], port [port], pid [pid], held by process [pid]
    {"duration_ms": [time], "pid": [pid], "tables": 12}
    7d444840-9dc0-11d1-b245-5ffdce74fad2
    --- stderr ---
    problem
    "#);
    insta::assert_snapshot!(format!("{}?mode=ro", db.url()), @"sqlite://[dir]/[db]?mode=ro");
}

#[test]
fn snapshots_of_servers_are_redacted() {
    bind_redactions();
    let show = |kind| {
        let db = TestDb::new(kind);
        let url = db.url().replace("s3cret-P%40w", "***");
        format!("{url} {} on {}", db.name(), host())
    };
    if std::env::var("SAASDB_TEST_POSTGRES_URL").is_err() {
        insta::assert_snapshot!(show(Db::Postgres), @"postgres://saasdb_test:***@127.0.0.1:[port]/[db] [db] on [host]");
    }
    if std::env::var("SAASDB_TEST_MYSQL_URL").is_err() {
        insta::assert_snapshot!(show(Db::Mysql), @"mysql://saasdb_test:***@127.0.0.1:[port]/[db] [db] on [host]");
    }
}

fn host() -> String {
    let name = shell("uname -n").run().stdout.trim().to_owned();
    if name.len() > 3 {
        name
    } else {
        "[host]".to_owned()
    }
}
