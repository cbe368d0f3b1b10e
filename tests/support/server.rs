//! The PostgreSQL and MariaDB servers that all tests share.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use url::Url;

use super::Db;
use super::scratch::{Keeper, Service, Supervised, temporary_name};
use super::sql::Session;

/// Password of every account the tests make. Recognisable, so that it is
/// noticed in any output, and in need of escaping in a URL.
pub const PASSWORD: &str = "s3cret-P@w";

/// [`PASSWORD`] as a URL writes it.
pub(super) const PASSWORD_IN_URL: &str = "s3cret-P%40w";

/// The superuser of the servers which the tests start.
pub(super) const ADMIN: &str = "saasdb_test";

/// How long a server may take from nothing to the first login.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running server.
pub(super) struct Server {
    /// URL of the superuser's own database.
    pub admin_url: Url,
    /// Stops the server with this process; none for borrowed servers.
    supervised: Option<Supervised>,
}

/// What a server is for.
#[derive(Clone, Copy, Default)]
pub(super) struct Purpose {
    /// It is killed and started again. What it acknowledged is then with the kernel at least.
    pub dies: bool,
    /// PostgreSQL: the size of a file system in its folder `disk`, as mount has it.
    pub disk: Option<&'static str>,
}

impl Server {
    /// The shared server of that kind; starts it when it's the first to ask.
    #[track_caller]
    pub fn of(db: Db) -> &'static Server {
        static POSTGRES: OnceLock<Result<Server, String>> = OnceLock::new();
        static MYSQL: OnceLock<Result<Server, String>> = OnceLock::new();
        let slot = match db {
            Db::Sqlite => panic!("SQLite has no server"),
            Db::Postgres => &POSTGRES,
            Db::Mysql => &MYSQL,
        };
        match slot.get_or_init(|| obtain(db)) {
            Ok(server) => server,
            Err(problem) => panic!("no {db:?} server for the tests: {problem}"),
        }
    }

    /// A server that nobody else uses.
    #[track_caller]
    pub fn own(db: Db, purpose: Purpose) -> Server {
        start(db, Keeper::ThisProcess, purpose)
            .unwrap_or_else(|problem| panic!("no {db:?} server for the test: {problem}"))
    }

    /// The folder of a server of our own.
    pub fn dir(&self) -> &Path {
        &self.supervised.as_ref().expect("a server of our own").dir
    }

    /// Kills it with all its processes.
    #[track_caller]
    pub fn kill(&self) {
        let note = ["data/postmaster.pid", "data/pid"]
            .iter()
            .find_map(|file| fs::read_to_string(self.dir().join(file)).ok())
            .expect("the server's note of its process id");
        let first = note.lines().next().unwrap_or_default().trim().to_owned();
        let mut all = vec![first.clone()];
        all.extend(children(&first));
        let killed = Command::new("kill")
            .args(["-s", "KILL"])
            .args(&all)
            .output();
        assert!(killed.is_ok(), "{killed:?}");
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.dir().join("ended").exists() {
            assert!(Instant::now() < deadline, "the server survives SIGKILL");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again on the same data, and does not wait for it.
    #[track_caller]
    pub fn start_again(&self) {
        fs::remove_file(self.dir().join("ended")).expect("it has ended");
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> Url {
        let mut url = self.admin_url.clone();
        url.set_path(database);
        url
    }

    /// A superuser's session outside the tests' databases.
    #[track_caller]
    pub fn admin(&self) -> Session {
        Session::open(self.admin_url.as_str()).expect("superuser connects to the test server")
    }
}

/// The variable that names a server to use instead of an own one.
pub(super) fn url_variable(db: Db) -> &'static str {
    match db {
        Db::Sqlite => "SAASDB_TEST_SQLITE_URL",
        Db::Postgres => "SAASDB_TEST_POSTGRES_URL",
        Db::Mysql => "SAASDB_TEST_MYSQL_URL",
    }
}

fn obtain(db: Db) -> Result<Server, String> {
    let variable = url_variable(db);
    if let Ok(url) = std::env::var(variable).map(|url| url.trim().to_owned())
        && !url.is_empty()
    {
        let url = url.replacen("mariadb://", "mysql://", 1);
        Session::open(&url).map_err(|error| format!("{variable}: {error}"))?;
        return Ok(Server {
            admin_url: Url::parse(&url).map_err(|error| format!("{variable}: {error}"))?,
            supervised: None,
        });
    }
    // Where a runner gives each test a process of its own, the first one starts
    // a server for the whole run, and it stops when the runner is gone.
    match std::env::var("NEXTEST_RUN_ID") {
        Ok(run) => start_for_run(db, &run),
        Err(_) => start(db, Keeper::ThisProcess, Purpose::default()),
    }
}

fn start_for_run(db: Db, run: &str) -> Result<Server, String> {
    let keeper = Keeper::Process(parent_id());
    let digits: String = run.chars().filter(char::is_ascii_hexdigit).collect();
    let tail = &digits[digits.len().saturating_sub(12)..];
    let shared = std::env::temp_dir().join(format!("saasdb-test-{tail}"));
    // Whether this call or another process made the folder is all the same.
    let _ = Supervised::make(shared.clone(), keeper, None);
    let note = shared.join(format!("{db:?}"));
    let lock = File::create(shared.join(format!("{db:?}.lock"))).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    match fs::read_to_string(&note) {
        Ok(url) => Ok(Server {
            admin_url: Url::parse(&url).map_err(|e| e.to_string())?,
            supervised: None,
        }),
        Err(_) => {
            let server = start(db, keeper, Purpose::default())?;
            fs::write(&note, server.admin_url.as_str()).map_err(|e| e.to_string())?;
            Ok(server)
        }
    }
}

/// Starts a server of one's own. Somebody else may take the port in the moment
/// between choosing it and using it, hence the attempts.
fn start(db: Db, keeper: Keeper, purpose: Purpose) -> Result<Server, String> {
    let mut problem = String::new();
    for _ in 0..3 {
        match attempt(db, keeper, purpose) {
            Ok(server) => return Ok(server),
            Err(Failure::Final(problem)) => return Err(problem),
            Err(Failure::Ended(log)) => problem = log,
        }
    }
    Err(problem)
}

enum Failure {
    /// The server ended; another port may do.
    Ended(String),
    /// Trying again is no use.
    Final(String),
}

fn attempt(db: Db, keeper: Keeper, purpose: Purpose) -> Result<Server, Failure> {
    let port = free_port();
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut env = vec![
        ("PORT", port.to_string()),
        ("ADMIN", ADMIN.to_owned()),
        ("PASSWORD", PASSWORD.to_owned()),
    ];
    if purpose.dies {
        env.push(("AGAIN", "yes".to_owned()));
        let commit = if db == Db::Postgres { "on" } else { "2" };
        env.push(("COMMIT", commit.to_owned()));
    }
    env.extend(purpose.disk.map(|size| ("DISK", size.to_owned())));
    let (user, stop, script, scheme, database) = if db == Db::Postgres {
        env.push(("BIN", text(&postgres_programs().map_err(Failure::Final)?)));
        let script = include_str!("postgres.sh");
        ("postgres", "TERM QUIT", script, "postgres", "postgres")
    } else {
        let find = |names: &[&str]| program(names).map_err(Failure::Final);
        env.push(("BIN", text(&find(&["mariadbd", "mysqld"])?)));
        let install = find(&["mariadb-install-db", "mysql_install_db"])?;
        env.push(("INSTALL", text(&install)));
        ("mysql", "KILL", include_str!("mariadb.sh"), "mysql", "")
    };
    let service = Service {
        user: root.then_some(user),
        stop,
        script,
        env,
    };
    let supervised =
        Supervised::make(temporary_name(), keeper, Some(service)).ok_or_else(|| {
            let folder = std::env::temp_dir();
            let who = if root { user } else { "this user" };
            Failure::Final(format!(
                "{who} can't work in {}; set TMPDIR to a folder that is open to all",
                folder.display()
            ))
        })?;
    let url = format!("{scheme}://{ADMIN}:{PASSWORD_IN_URL}@127.0.0.1:{port}/{database}");
    match wait_for_login(db, &url, &supervised.dir) {
        Ok(()) => Ok(Server {
            admin_url: Url::parse(&url).expect("own URL"),
            supervised: Some(supervised),
        }),
        Err(failure) => {
            supervised.end();
            Err(failure)
        }
    }
}

fn wait_for_login(db: Db, url: &str, dir: &Path) -> Result<(), Failure> {
    let deadline = Instant::now() + START_LIMIT;
    let log = || {
        let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    };
    let whose = match db {
        Db::Postgres => "SELECT current_setting('data_directory')",
        _ => "SELECT @@datadir",
    };
    loop {
        if dir.join("ended").exists() {
            return Err(Failure::Ended(format!(
                "it ended at once; its log:\n{}",
                log()
            )));
        }
        if let Ok(mut session) = Session::open(url) {
            // On a port that somebody else took, a stranger may let us in.
            let own = session.rows(whose)[0][0].starts_with(&text(dir));
            session.close();
            return if own {
                Ok(())
            } else {
                Err(Failure::Ended("another server took its port".to_owned()))
            };
        }
        if Instant::now() > deadline {
            let limit = START_LIMIT.as_secs();
            return Err(Failure::Final(format!(
                "no login after {limit} s; its log:\n{}",
                log()
            )));
        }
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// The processes that this one started.
fn children(of: &str) -> Vec<String> {
    let is_child = |process: &fs::DirEntry| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // The name in front may have anything in it.
        let rest = stat.rsplit_once(')').map(|(_, rest)| rest.to_owned());
        rest.is_some_and(|rest| rest.split_whitespace().nth(1) == Some(of))
    };
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    let found = all.filter(is_child).map(|p| p.file_name());
    found.filter_map(|name| name.into_string().ok()).collect()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("local address").port()
}

/// PostgreSQL's own client. Debian's on `PATH` is a wrapper.
pub fn psql() -> PathBuf {
    postgres_programs().map_or_else(|_| "psql".into(), |folder| folder.join("psql"))
}

/// The folder of PostgreSQL's server programs, which Debian keeps off `PATH`.
pub(super) fn postgres_programs() -> Result<PathBuf, String> {
    let told = Command::new("pg_config").arg("--bindir").output();
    let told = told
        .ok()
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_owned()));
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    versions.sort_by_key(|path| {
        let version = path.parent().and_then(Path::file_name);
        version.and_then(|name| name.to_str()?.parse::<u32>().ok())
    });
    told.into_iter()
        .chain(versions.into_iter().rev())
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .ok_or_else(|| missing("initdb and postgres", Db::Postgres))
}

fn program(names: &[&str]) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| missing(names[0], Db::Mysql))
}

fn missing(what: &str, db: Db) -> String {
    let variable = url_variable(db);
    format!("{what} not found; run scripts/test, which installs it, or set {variable}")
}

fn text(path: &Path) -> String {
    path.to_str().expect("paths are UTF-8").to_owned()
}
