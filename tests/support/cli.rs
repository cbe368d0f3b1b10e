//! Runs the program under test away from the machine's settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::TestDb;
use super::printed;
use super::redact::bind_redactions;
use super::scratch::{Folder, random_hex};

/// How long a run may take unless its test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A call of `saasdb`: folder, environment, arguments, input.
///
/// It sees nothing of the machine but `PATH`: its current folder is a new empty
/// one, which is its `HOME` too. Clones share the folder and can be run side by
/// side.
#[derive(Clone)]
pub struct Saasdb {
    program: PathBuf,
    folder: Arc<Folder>,
    args: Vec<OsString>,
    env: BTreeMap<String, OsString>,
    input: Input,
    timeout: Duration,
}

#[derive(Clone)]
enum Input {
    Nothing,
    Text(String),
    Terminal(String),
    Typing,
}

impl Saasdb {
    /// The program in a new, empty folder.
    pub fn new() -> Saasdb {
        Saasdb::program(env!("CARGO_BIN_EXE_saasdb"))
    }

    /// Another program under the same conditions.
    pub fn program(path: impl Into<PathBuf>) -> Saasdb {
        let folder = Folder::new("run");
        for part in ["work", "tmp"] {
            fs::create_dir(folder.path().join(part)).expect("folder is made");
        }
        let mut env = BTreeMap::new();
        for kept in ["PATH", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                env.insert(kept.to_owned(), value);
            }
        }
        for (name, value) in [
            ("LANG", "C.UTF-8"),
            ("COLUMNS", "80"),
            ("USER", "tester"),
            ("LOGNAME", "tester"),
        ] {
            env.insert(name.to_owned(), value.into());
        }
        env.insert("HOME".to_owned(), folder.path().join("work").into());
        env.insert("TMPDIR".to_owned(), folder.path().join("tmp").into());
        Saasdb {
            program: path.into(),
            folder: Arc::new(folder),
            args: Vec::new(),
            env,
            input: Input::Nothing,
            timeout: TIMEOUT,
        }
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Saasdb {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Saasdb {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// Puts `DATABASE_URL` to that database.
    pub fn db(self, db: &TestDb) -> Saasdb {
        self.env("DATABASE_URL", db.url())
    }

    /// Writes a file in the current folder of the run.
    pub fn file(self, path: &str, content: &str) -> Saasdb {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder is made");
        fs::write(path, content).expect("file is written");
        self
    }

    /// Gives it text to read; without, its input is empty.
    pub fn stdin(mut self, text: &str) -> Saasdb {
        self.input = Input::Text(text.to_owned());
        self
    }

    /// Runs it on a terminal where somebody types `keys`. All output, and what
    /// was typed, is in `stdout` then.
    pub fn terminal(mut self, keys: &str) -> Saasdb {
        self.input = Input::Terminal(keys.to_owned());
        self.env("TERM", "xterm")
    }

    /// Runs it on a terminal where [`Running::keys`] types.
    pub fn typing(mut self) -> Saasdb {
        self.input = Input::Typing;
        self.env("TERM", "xterm")
    }

    /// Kills it after that time and fails the test.
    pub fn timeout(mut self, limit: Duration) -> Saasdb {
        self.timeout = limit;
        self
    }

    /// Whether it is the program under test, by itself or within another one.
    fn is_ours(&self) -> bool {
        let program = Path::new(env!("CARGO_BIN_EXE_saasdb"));
        let words = self.args.iter().map(Path::new);
        words
            .chain([self.program.as_path()])
            .any(|word| word == program)
    }

    /// The current folder of its runs.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A file in that folder; fails the test if it isn't there.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs it to its end with `args` added to the ones it has.
    #[track_caller]
    pub fn call<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.clone().args(args).run()
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(&self) -> Output {
        self.spawn().wait()
    }

    /// Starts it and goes on.
    pub fn spawn(&self) -> Running {
        let files = self.folder.path().join(random_hex());
        let before = self.is_ours().then(|| printed::files(&self.dir()));
        let stream = |name: &str| File::create(files.with_extension(name)).expect("file is made");
        let mut command = match self.input {
            Input::Terminal(_) | Input::Typing => {
                let words: Vec<String> = [self.program.as_os_str()]
                    .into_iter()
                    .chain(self.args.iter().map(OsString::as_os_str))
                    .map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")))
                    .collect();
                let mut script = Command::new("script");
                script.args(["-q", "-e", "-c", &words.join(" "), "/dev/null"]);
                script
            }
            _ => {
                let mut command = Command::new(&self.program);
                command.args(&self.args);
                command
            }
        };
        let mut child = command
            .env_clear()
            .envs(&self.env)
            .current_dir(self.dir())
            .stdin(match &self.input {
                Input::Nothing => Stdio::null(),
                Input::Text(_) | Input::Terminal(_) | Input::Typing => Stdio::piped(),
            })
            .stdout(stream("stdout"))
            .stderr(stream("stderr"))
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let mut keyboard = child.stdin.take();
        if let Input::Text(text) | Input::Terminal(text) = self.input.clone()
            && let Some(mut pipe) = keyboard.take()
        {
            // It may end without having read all of it.
            std::thread::spawn(move || {
                let _ = pipe.write_all(text.as_bytes());
            });
        }
        Running {
            call: self.clone(),
            child,
            keyboard,
            files,
            before,
            deadline: Instant::now() + self.timeout,
        }
    }
}

/// A run that goes on while its test does something else; killed when dropped.
pub struct Running {
    call: Saasdb,
    child: Child,
    keyboard: Option<ChildStdin>,
    files: PathBuf,
    /// The files in its folder before it ran, where it is the program under test.
    before: Option<printed::Files>,
    deadline: Instant,
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it hasn't ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("child").is_none()
    }

    /// Types on its terminal, which it must be on by [`Saasdb::typing`].
    #[track_caller]
    pub fn keys(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().expect("a terminal to type on");
        keyboard.write_all(keys.as_bytes()).expect("it reads");
        keyboard.flush().expect("it reads");
    }

    /// Sends it a signal, such as `INT`.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.expect("kill runs").success(), "kill -s {name} {pid}");
    }

    /// What it has written to stdout so far.
    pub fn stdout(&self) -> String {
        self.stream("stdout")
    }

    /// What it has written to stderr so far.
    pub fn stderr(&self) -> String {
        self.stream("stderr")
    }

    /// Goes on as soon as `text` is in one of its outputs. Fails the test if the
    /// run ends without it.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        loop {
            let ended = !self.is_running();
            if self.stdout().contains(text) || self.stderr().contains(text) {
                return;
            }
            if ended || Instant::now() > self.deadline {
                let output = self.finish();
                panic!("{text:?} never appeared:\n{}", output.text());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end; kills it and fails the test when the time is over.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        let mut pause = Duration::from_millis(1);
        while self.is_running() {
            if Instant::now() > self.deadline {
                let output = self.finish();
                let limit = self.call.timeout;
                panic!("killed after {limit:?}:\n{}", output.text());
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        self.finish()
    }

    #[track_caller]
    fn finish(&mut self) -> Output {
        let _ = self.child.kill();
        let status = self.child.wait().expect("child");
        let output = Output::new(&self.call.args, status, self.stdout(), self.stderr());
        output.check(self.before.is_some());
        if let Some(before) = &self.before {
            printed::check_files(&output.command, &self.call.dir(), before);
        }
        output
    }

    fn stream(&self, name: &str) -> String {
        let bytes = fs::read(self.files.with_extension(name)).expect("output file");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match self.call.input {
            Input::Terminal(_) | Input::Typing => text.replace("\r\n", "\n"),
            _ => text,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; 128 and the number of the signal for a run that was killed.
    pub code: i32,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
    command: String,
}

impl Output {
    fn new(args: &[OsString], status: ExitStatus, stdout: String, stderr: String) -> Output {
        let words: Vec<_> = args.iter().map(|word| word.to_string_lossy()).collect();
        Output {
            code: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or_default()),
            stdout,
            stderr,
            command: format!("saasdb {}", words.join(" ")).trim_end().to_owned(),
        }
    }

    /// Notes the run in the transcript and looks for passwords; `ours` for the program under test.
    #[track_caller]
    fn check(&self, ours: bool) {
        printed::append("SAASDB_TEST_TRANSCRIPT", || {
            format!("$ {}\n{}\n", self.command, self.text())
        });
        if ours {
            printed::append("SAASDB_TEST_OUTPUT", || {
                format!("{}\n{}\n", self.stdout, self.stderr)
            });
            let panicked = self.code == 101 || self.stderr.contains("panicked at");
            assert!(!panicked, "{} panicked:\n{}", self.command, self.text());
        }
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            printed::check(&self.command, name, stream);
        }
    }

    /// Fails the test unless the run succeeded.
    #[track_caller]
    pub fn success(self) -> Output {
        self.code(0)
    }

    /// Fails the test unless the run ended with that exit code.
    #[track_caller]
    pub fn code(self, expected: i32) -> Output {
        let (command, code) = (&self.command, self.code);
        let text = self.text();
        assert!(
            code == expected,
            "{command}: code {code}, not {expected}\n{text}"
        );
        self
    }

    /// Stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.command, self.text()))
    }

    /// Exit code and both streams for a snapshot; from here on the test's
    /// snapshots are redacted.
    pub fn snapshot_text(&self) -> String {
        bind_redactions();
        self.text()
    }

    fn text(&self) -> String {
        let mut text = format!("exit code: {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                let end = if stream.ends_with('\n') { "" } else { "\n" };
                text.push_str(&format!("--- {name} ---\n{stream}{end}"));
            }
        }
        text
    }
}
