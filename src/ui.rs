//! What the user sees: results on stdout, progress and messages on stderr.

mod hidden;

use std::io::{BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm_migration::async_trait::async_trait;

use crate::config::{Color, Format};
use crate::engine::apply::Observer;
use crate::engine::guard::Verdict;
use crate::engine::losses::Loss;
use crate::engine::operate::Asker;
use crate::engine::seed::Account;
use crate::engine::{Direction, Error};
use crate::report::printable;

/// How chatty to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What matters.
    Normal,
    /// Each migration as it happens.
    Verbose,
}

/// The terminal, or what stands in for it.
pub struct Ui {
    /// Text or JSON.
    pub format: Format,
    /// How chatty to be.
    pub verbosity: Verbosity,
    colour_out: bool,
    colour_err: bool,
    progress: Arc<Mutex<Progress>>,
    unwritten: AtomicBool,
}

/// What takes so long, and whether a line about it stands on the terminal.
#[derive(Default)]
struct Progress {
    work: Option<(String, Instant)>,
    shown: bool,
}

/// How long work may take before a line says so.
const PATIENCE: Duration = Duration::from_secs(1);

/// Colours, by meaning.
#[derive(Debug, Clone, Copy)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// Less important.
    Dim,
    /// A heading.
    Bold,
}

impl Ui {
    /// Decides on colours once.
    pub fn new(format: Format, color: Color, verbosity: Verbosity) -> Self {
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: any value that is not empty.
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        Self {
            format,
            verbosity,
            colour_out: wanted(std::io::stdout().is_terminal()),
            colour_err: wanted(std::io::stderr().is_terminal()),
            progress: Arc::default(),
            unwritten: AtomicBool::new(false),
        }
    }

    /// Prints to stdout. A reader that went away (`| head`) is no error.
    pub fn out(&self, text: &str) {
        self.clear_progress();
        let mut stdout = std::io::stdout().lock();
        let written = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
        match written {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                self.unwritten.store(true, Ordering::Relaxed);
                self.err(&format!("error: the result could not be written: {e}"));
            }
            _ => {}
        }
    }

    /// Whether a result was lost on its way out.
    pub fn lost_output(&self) -> bool {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// Prints a message to stderr.
    pub fn message(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.err(text);
        }
    }

    fn err(&self, text: &str) {
        self.clear_progress();
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Colours text for stdout.
    pub fn tone(&self, tone: Tone, text: &str) -> String {
        paint(self.colour_out && self.format == Format::Text, tone, text)
    }

    /// Prints an error, and as JSON too where that is the format.
    pub fn error(&self, error: &Error) {
        if self.format == Format::Json {
            let body = serde_json::json!({
                "version": crate::report::VERSION,
                "error": error,
                "exit_code": error.exit as u8,
            });
            self.out(&serde_json::to_string_pretty(&body).unwrap_or_default());
        }
        let label = |tone, text: &str| paint(self.colour_err, tone, text);
        // Servers quote what users of an application wrote.
        let clean = |text: &str| {
            let lines: Vec<String> = text.replace('\t', " ").split('\n').map(printable).collect();
            lines.join("\n")
        };
        let message = clean(&error.message);
        let mut lines = vec![format!("{} {message}", label(Tone::Bad, "error:"))];
        let mut field = |name: &str, value: &str| {
            lines.push(format!(
                "  {} {}",
                label(Tone::Dim, &format!("{name}:")),
                clean(value)
            ));
        };
        if let Some(migration) = &error.migration {
            field("migration", migration);
        }
        if let Some(statement) = &error.statement {
            field("statement", statement);
        }
        if let Some(database) = &error.database {
            field("database", database);
        }
        if let Some(schema) = &error.schema {
            field("schema", schema);
        }
        for why in &error.why {
            field("why", why);
        }
        if let Some(hint) = &error.hint {
            lines.push(format!("{} {}", label(Tone::Warn, "hint:"), clean(hint)));
        }
        self.err(&lines.join("\n"));
    }

    /// Whether somebody sits there to be asked.
    pub fn interactive(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks for the password of an account until nothing is wrong with it and it was typed twice.
    /// `None` where nobody sits there or nothing was entered.
    pub async fn ask_password(&self, account: &Account) -> Option<String> {
        loop {
            let question = format!("Password for {} (empty: generate one): ", account.name);
            let password = self
                .read_hidden(&question)
                .await
                .filter(|p| !p.is_empty())?;
            if let Some(problem) = account.problem(&password) {
                self.err(&format!("That cannot be it: {problem}."));
                continue;
            }
            if self.read_hidden("The same again: ").await? == password {
                return Some(password);
            }
            self.err("That was not the same.");
        }
    }

    /// Asks a question that only the word `yes` answers with yes.
    pub async fn ask_yes(&self, question: &str) -> bool {
        let answer = self.read_line(question).await;
        answer.is_some_and(|answer| answer.trim() == "yes")
    }

    /// Reads a line that nobody is to see.
    async fn read_hidden(&self, question: &str) -> Option<String> {
        // Before the question: who types ahead of it is not to be seen either.
        let hidden = hidden::Hidden::new()?;
        let line = self.read_line(question).await;
        drop(hidden);
        line
    }

    /// Asks a question and reads a line; `None` at the end of the input.
    async fn read_line(&self, question: &str) -> Option<String> {
        self.clear_progress();
        let _ = write!(std::io::stderr().lock(), "{question}");
        let _ = std::io::stderr().flush();
        // On a thread of its own, so that Ctrl-C is heard while the question stands.
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            read.ok().filter(|n| *n > 0).map(|_| line)
        });
        let line = line.await.ok().flatten()?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Watches over slow work: from a second on, a line on stderr says what it is. On a terminal
    /// it counts the seconds; elsewhere it is printed once.
    pub fn watch(&self) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let progress = Arc::clone(&self.progress);
        let terminal = std::io::stderr().is_terminal();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PATIENCE).await;
                let mut progress = lock(&progress);
                let Some((text, since)) = &progress.work else {
                    continue;
                };
                if since.elapsed() < PATIENCE {
                    continue;
                }
                let line = format!("{text} ({} s)", since.elapsed().as_secs());
                if terminal {
                    let short: String = line.chars().take(78).collect();
                    let _ = write!(std::io::stderr().lock(), "\r\x1b[2K{short}");
                } else if !progress.shown {
                    let _ = writeln!(std::io::stderr().lock(), "{text}");
                }
                progress.shown = true;
            }
        });
    }

    fn clear_progress(&self) {
        let mut progress = lock(&self.progress);
        if std::mem::take(&mut progress.shown) && std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

fn paint(on: bool, tone: Tone, text: &str) -> String {
    if !on {
        return text.to_owned();
    }
    let code = match tone {
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "31;1",
        Tone::Dim => "2",
        Tone::Bold => "1",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

impl Observer for Ui {
    fn working(&self, text: Option<String>) {
        self.clear_progress();
        lock(&self.progress).work = text.map(|t| (t, Instant::now()));
    }

    fn started(&self, name: &str, direction: Direction, position: usize, total: usize) {
        let verb = match direction {
            Direction::Up => "applying",
            Direction::Down => "reverting",
        };
        let text = format!("{verb} {position} of {total}: {name}");
        if self.verbosity == Verbosity::Verbose {
            self.err(&text);
        } else {
            self.working(Some(text));
        }
    }

    fn finished(&self, name: &str, _direction: Direction, took: Duration) {
        self.working(None);
        if self.verbosity == Verbosity::Verbose {
            self.err(&format!(
                "  done in {}: {name}",
                crate::report::duration(took)
            ));
        }
    }

    fn note(&self, text: &str) {
        self.message(text);
    }
}

#[async_trait]
impl Asker for Ui {
    fn show(&self, what: &str, losses: &[Loss], needed: bool) {
        if losses.is_empty() {
            return;
        }
        let mut lines = vec![format!("{what} destroys:")];
        for loss in losses {
            let (number, rest) = match loss.amount().split_once(' ') {
                Some((n, rest)) if !loss.unknown => (n.to_owned(), rest.to_owned()),
                _ => (String::new(), loss.amount()),
            };
            lines.push(format!("  {:<38} {number:>8} {rest}", loss.object()));
        }
        if needed {
            self.err(&lines.join("\n"));
        } else {
            self.message(&lines.join("\n"));
        }
    }

    async fn ask(&self, verdict: &Verdict, name: &str) -> bool {
        if *verdict != Verdict::AskName {
            return self.ask_yes("Go ahead? Type yes: ").await;
        }
        let question = format!("Type the database's name ({name}) to go ahead: ");
        let answer = self.read_line(&question).await;
        answer.is_some_and(|answer| answer.trim() == name)
    }
}
