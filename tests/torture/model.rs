//! What is the users', and what a command may do with it.

use crate::support::{Db, Output, TestDb};

/// Something that a user made.
pub struct Fact {
    /// The table that it is in, as a command counts it.
    pub table: String,
    /// A query that answers `1` as long as it is there unchanged.
    pub query: String,
}

/// Everything that users made, and how it came to be.
pub struct Model {
    pub kind: Db,
    seed: u64,
    pub facts: Vec<Fact>,
    /// SQL and command lines, in order.
    pub log: Vec<String>,
    /// A number for the next name.
    pub next: usize,
}

impl Model {
    pub fn new(kind: Db, seed: u64) -> Model {
        let (facts, log, next) = (Vec::new(), Vec::new(), 0);
        Model {
            kind,
            seed,
            facts,
            log,
            next,
        }
    }

    pub fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    #[track_caller]
    fn fail(&self, why: &str, output: &Output) -> ! {
        let log = self.log.join("\n");
        panic!(
            "{:?}, seed {}: {why}\n{output:?}\nactions:\n{log}",
            self.kind, self.seed
        )
    }

    /// Everything is there, or was counted and agreed to.
    #[track_caller]
    pub fn check(&mut self, db: &TestDb, output: &Output, yes: bool) {
        if ![0, 1, 3, 4, 5, 6].contains(&output.code) {
            self.fail("an exit code that is not documented", output);
        }
        let mut session = db.session();
        let holds = |fact: &Fact, session: &mut crate::support::Session| {
            let rows = session.try_rows(&fact.query);
            rows.is_ok_and(|rows| rows == [["1".to_owned()]])
        };
        let (kept, lost): (Vec<_>, Vec<_>) = std::mem::take(&mut self.facts)
            .into_iter()
            .partition(|fact| holds(fact, &mut session));
        session.close();
        self.facts = kept;
        for fact in &lost {
            let table = &fact.table;
            let in_it = lost.iter().filter(|other| other.table == *table);
            // Each of these is a row of its own; a changed row may have a value in an own column too.
            let rows = in_it
                .filter(|other| other.query.contains("username"))
                .count();
            let said = counted(&output.stderr, table) + counted(&output.stdout, table);
            if !yes || said < rows.max(1) {
                let query = &fact.query;
                let why = format!("lost: {query}; of {table} it counted {said}, agreed: {yes}");
                self.fail(&why, output);
            }
        }
    }
}

/// How many rows and values of a table that are not the seeders' a command counted as lost.
fn counted(text: &str, table: &str) -> usize {
    let lines = text.lines().filter_map(|line| {
        let line = line.trim();
        let rest = line
            .strip_prefix("table ")
            .or_else(|| line.strip_prefix("column "))?;
        let (name, rest) = rest.split_once([' ', ':'])?;
        let of_it = name == table || name.starts_with(&format!("{table}."));
        if !of_it || rest.contains("all from seeders") {
            return None;
        }
        rest.split(|c: char| !c.is_ascii_digit())
            .rfind(|n| !n.is_empty())?
            .parse::<usize>()
            .ok()
    });
    lines.sum()
}
