//! Temporary folders, and the supervisor that removes them.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Who has to be gone before a supervised folder is removed.
#[derive(Clone, Copy)]
pub(super) enum Keeper {
    /// This test process.
    ThisProcess,
    /// The process with this id: the runner, where each test is a process.
    Process(u32),
}

/// The server a supervisor runs in its folder.
pub(super) struct Service<'a> {
    /// User to run as, where this process is root.
    pub user: Option<&'a str>,
    /// Signals that stop it.
    pub stop: &'a str,
    /// Shell text that becomes the server.
    pub script: &'a str,
    /// Environment of that text.
    pub env: Vec<(&'a str, String)>,
}

/// A folder that is removed once its keeper is gone.
pub(super) struct Supervised {
    pub dir: PathBuf,
    /// The supervisor takes the end of this pipe for the end of this process.
    _lifeline: Option<ChildStdin>,
    supervisor: Child,
}

impl Supervised {
    /// Makes `dir`, with a server in it if one is given. `None` when it can't be
    /// made, possibly because it's there already.
    pub fn make(dir: PathBuf, keeper: Keeper, service: Option<Service>) -> Option<Supervised> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                include_str!("supervisor.sh"),
                "saasdb-test-supervisor",
            ])
            .env_clear()
            .env("PATH", path)
            .env("LANG", "C.UTF-8")
            .env("DIR", &dir)
            .envs([("RUN_AS", ""), ("STOP", ""), ("SERVE", "")])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the tests, not to the one who tidies up after them.
            .process_group(0);
        match keeper {
            Keeper::ThisProcess => command.env("KEEPER", "stdin").stdin(Stdio::piped()),
            Keeper::Process(id) => command.env("KEEPER", id.to_string()).stdin(Stdio::null()),
        };
        if let Some(service) = service {
            command
                .env("RUN_AS", service.user.unwrap_or_default())
                .env("STOP", service.stop)
                .env("SERVE", service.script)
                .envs(service.env);
        }
        let mut supervisor = command.spawn().expect("sh starts");
        let lifeline = supervisor.stdin.take();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !dir.join("owned").exists() {
            if supervisor.try_wait().expect("supervisor").is_some() {
                return None;
            }
            assert!(Instant::now() < deadline, "no folder at {}", dir.display());
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(Supervised {
            dir,
            _lifeline: lifeline,
            supervisor,
        })
    }

    /// Stops the server and removes the folder now.
    pub fn end(mut self) {
        drop(self._lifeline.take());
        let _ = self.supervisor.wait();
    }
}

/// The folder under which everything this test process needs is made.
pub fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<Supervised> = OnceLock::new();
    &SCRATCH
        .get_or_init(|| {
            Supervised::make(temporary_name(), Keeper::ThisProcess, None)
                .expect("the temporary folder can be written")
        })
        .dir
}

/// A path for a supervised folder which doesn't exist yet.
pub(super) fn temporary_name() -> PathBuf {
    std::env::temp_dir().join(format!("saasdb-test-{}", random_hex()))
}

/// Twelve random hexadecimal digits.
pub fn random_hex() -> String {
    let bits = RandomState::new().build_hasher().finish();
    format!("{:012x}", bits & 0xffff_ffff_ffff)
}

/// A folder below [`scratch`], removed on drop.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes `<scratch>/<prefix>-<random>`.
    pub fn new(prefix: &str) -> Folder {
        let path = scratch().join(format!("{prefix}-{}", random_hex()));
        fs::create_dir(&path).expect("folder is made");
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
