//! However the tests end, nothing of theirs stays on the machine.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Db, Saasdb, TestDb, random_hex, scratch};

/// Set for the inner test process, which holds servers until it is killed.
const HOLD: &str = "SAASDB_TEST_HOLD";

/// The part of the process that gets killed. Does nothing by itself.
#[test]
#[ignore = "run by the tests below, in a process of their own"]
fn hold_everything() {
    if std::env::var_os(HOLD).is_none() {
        return;
    }
    let databases = Db::ALL.map(TestDb::new);
    let _background = Saasdb::program("/bin/sleep").args(["300"]).spawn();
    assert!(databases.iter().all(TestDb::exists));
    println!("\nholding {}", scratch().display());
    let _ = std::io::stdin().read(&mut [0]);
}

/// Everything of that process lies below a temporary folder of its own, so
/// whatever mentions or uses that folder belongs to it.
fn start_inner(tmp: &Path) -> Child {
    let mut inner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness::cleanup::hold_everything"])
        .args(["--ignored", "--nocapture"])
        .env(HOLD, "1")
        .env("TMPDIR", tmp)
        .env_remove("NEXTEST_RUN_ID")
        .env_remove("SAASDB_TEST_POSTGRES_URL")
        .env_remove("SAASDB_TEST_MYSQL_URL")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(inner.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let ready = lines.any(|line| line.starts_with("holding "));
    assert!(ready, "the inner test process failed: {:?}", inner.wait());
    std::thread::spawn(move || lines.count());
    inner
}

/// The names of the processes that work in `tmp` or were started with its name.
fn processes_of(tmp: &Path) -> Vec<String> {
    let tmp = tmp.to_str().unwrap();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let own = process.file_name().to_string_lossy() == std::process::id().to_string();
        let read = |name| fs::read(process.path().join(name)).unwrap_or_default();
        let folder = fs::read_link(process.path().join("cwd")).unwrap_or_default();
        let mentions = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains(tmp);
        if !own
            && (folder.starts_with(tmp) || mentions(read("cmdline")) || mentions(read("environ")))
        {
            found.push(String::from_utf8_lossy(&read("comm")).trim().to_owned());
        }
    }
    found
}

fn leaves_nothing_after(end: impl FnOnce(&mut Child)) {
    let tmp = scratch().join(format!("hold-{}", random_hex()));
    fs::create_dir(&tmp).unwrap();
    let mut inner = start_inner(&tmp);
    let running = processes_of(&tmp);
    for name in ["postgres", "mariadbd", "sleep"] {
        assert!(running.iter().any(|process| process == name), "{running:?}");
    }
    // Its scratch folder and those of two servers.
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 3);

    end(&mut inner);
    inner.wait().unwrap();

    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let processes = processes_of(&tmp);
        let folders = fs::read_dir(&tmp).unwrap().count();
        if processes.is_empty() && folders == 0 {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "left over: {processes:?} and {folders} folders in {}",
            tmp.display()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::remove_dir(&tmp).unwrap();
}

#[test]
fn a_killed_test_process_leaves_nothing() {
    leaves_nothing_after(|inner| inner.kill().unwrap());
}

#[test]
fn control_c_leaves_nothing() {
    leaves_nothing_after(|inner| {
        // A terminal sends it to the whole process group.
        let group = format!("-{}", inner.id());
        let kill = Command::new("kill")
            .args(["-s", "INT", "--", &group])
            .status();
        assert!(kill.unwrap().success());
    });
}
