//! docs/privileges.md: each command runs under exactly the privileges that stand there, and with one
//! less it says what is missing and changes nothing.

mod mysql;
mod postgres;
mod sqlite;
mod supabase;

use crate::support::{Output, PASSWORD, Saasdb, TestDb};

const PAGE: &str = include_str!("../../docs/privileges.md");

/// What only looks, on a database of any set.
const LOOKS: [&str; 13] = [
    "status",
    "check",
    "migrate status",
    "migrate plan",
    "migrate up --dry-run",
    "migrate down --steps 1 --dry-run",
    "migrate fresh --dry-run",
    "seed status",
    "seed undo --dry-run",
    "schema dump",
    "schema diff snapshot snapshot",
    "schema docs --out docs --force",
    "migrate status --format json",
];

/// What the migrator does, in an order in which each one has something to do.
const WORKS: [&str; 9] = [
    "setup",
    "seed undo",
    "migrate down --steps 1",
    "migrate up",
    "seed",
    "migrate redo",
    "migrate refresh",
    "migrate fresh",
    "migrate down --all",
];

/// The lines of the block of the page that stands behind that mark.
#[track_caller]
fn block(mark: &str) -> Vec<&'static str> {
    let mark = format!("<!-- privileges: {mark} -->\n");
    let (_, rest) = PAGE.split_once(&mark).unwrap_or_else(|| panic!("{mark}"));
    let mut lines = rest.lines();
    assert!(lines.next().is_some_and(|l| l.starts_with("```")), "{mark}");
    lines.take_while(|line| *line != "```").collect()
}

/// The roles of the page, as they are called in one test.
struct Cast {
    db: TestDb,
    names: Vec<(&'static str, String)>,
}

impl Cast {
    fn of(db: TestDb) -> Cast {
        let roles = ["shop_migrator", "shop_reader", "shop_app"];
        let mut names: Vec<(&str, String)> = roles
            .into_iter()
            .map(|role| (role, db.name_for_account(&role[5..])))
            .collect();
        names.push(("'…'", format!("'{PASSWORD}'")));
        names.push(("shop", db.name().to_owned()));
        Cast { db, names }
    }

    /// The statements behind a mark, for this database and these roles.
    #[track_caller]
    fn statements(&self, mark: &str) -> Vec<String> {
        let mut text = block(mark).join("\n");
        for (name, ours) in &self.names {
            text = text.replace(name, ours);
        }
        let statements: Vec<String> = text
            .split(";\n")
            .map(|statement| statement.trim().trim_end_matches(';').to_owned())
            .collect();
        assert!(!statements.is_empty(), "{mark}");
        statements
    }

    /// Runs them as the administrator.
    #[track_caller]
    fn grant(&self, mark: &str) {
        for statement in self.statements(mark) {
            self.db.sql(&statement);
        }
    }

    /// Runs the statements behind these marks, and all that the migrator does, with a set.
    #[track_caller]
    fn work(&self, page: &str, marks: &[&str], set: &str) {
        for mark in marks {
            self.grant(&format!("{page} {mark}"));
        }
        for line in WORKS {
            self.call("shop_migrator", set, line).success();
        }
        self.call("shop_migrator", set, "setup").success();
    }

    /// What one of the roles is called here.
    fn name(&self, role: &str) -> &str {
        let found = self.names.iter().find(|(name, _)| *name == role);
        &found.expect("a role of the page").1
    }

    /// The program as one of the roles, on a schema set.
    fn program(&self, role: &str, set: &str) -> Saasdb {
        Saasdb::new()
            .env("DATABASE_URL", self.db.url_of(self.name(role)))
            .env("SAASDB_SET", set)
    }

    /// Runs a command as one of the roles.
    #[track_caller]
    fn call(&self, role: &str, set: &str, line: &str) -> Output {
        self.program(role, set).call(line.split_whitespace())
    }
}

/// A privilege of a GRANT statement: what takes it away, what gives it back, and its name.
struct Privilege {
    revoke: String,
    grant: String,
    name: String,
}

/// Each privilege that these statements grant.
fn privileges(statements: &[String]) -> Vec<Privilege> {
    let mut out = Vec::new();
    for statement in statements {
        let Some(rest) = statement.strip_prefix("GRANT ") else {
            continue;
        };
        let (list, to) = rest.rsplit_once(" TO ").expect("to whom");
        // What is taken away then is to pass it on.
        let (to, passing) = match to.strip_suffix(" WITH GRANT OPTION") {
            Some(to) => (to, true),
            None => (to, false),
        };
        let (list, on) = list
            .split_once(" ON ")
            .map_or((list, String::new()), |(list, on)| {
                (list, format!(" ON {on}"))
            });
        // Of several that may be passed on, passing on some succeeds with a warning: they are one.
        let list: Vec<&str> = match passing {
            true => vec![list],
            false => list.split(", ").collect(),
        };
        for name in list {
            out.push(Privilege {
                revoke: match passing {
                    true => format!("REVOKE GRANT OPTION FOR {name}{on} FROM {to} CASCADE"),
                    false => format!("REVOKE {name}{on} FROM {to}"),
                },
                grant: match passing {
                    true => format!("GRANT {name}{on} TO {to} WITH GRANT OPTION"),
                    false => format!("GRANT {name}{on} TO {to}"),
                },
                name: name.to_owned(),
            });
        }
    }
    out
}

/// Fails the test unless a refusal is as a user needs it: exit code 1, what is missing in the server's
/// words, and what to do.
#[track_caller]
fn assert_clear(refused: &Output, what: &str) {
    assert_eq!(refused.code, 1, "{what}: {refused:?}");
    // `check` says it in its report, for each check.
    let text = format!("{}{}", refused.stdout, refused.stderr).to_lowercase();
    let says = ["denied", "lacks", "may not be opened", "must be owner"];
    assert!(says.iter().any(|s| text.contains(s)), "{what}: {refused:?}");
    assert!(text.contains("hint: "), "{what}: {refused:?}");
    assert!(!text.contains("panicked"), "{what}: {refused:?}");
}
