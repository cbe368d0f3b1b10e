//! The schema as the databases themselves describe it, for comparing one with
//! another. None of saasdb's own catalogue reading takes part.

use std::process::Command;

use url::Url;

use super::server;
use super::sql::Session;
use super::{Db, TestDb};

impl TestDb {
    /// The schema without the tables in which saasdb and sea-orm keep books
    /// (`seaql_migrations`, `saasdb_*`).
    #[track_caller]
    pub fn schema_dump(&self) -> String {
        self.dump(false)
    }

    /// The schema with everything in it.
    #[track_caller]
    pub fn full_schema_dump(&self) -> String {
        self.dump(true)
    }

    #[track_caller]
    fn dump(&self, books: bool) -> String {
        let dump = match self.kind() {
            Db::Sqlite => sqlite(&mut self.session(), books),
            Db::Postgres => postgres(self, books),
            Db::Mysql => mysql(&mut self.session(), books),
        };
        dump.replace(self.name(), "[db]")
    }
}

fn is_book(table: &str) -> bool {
    table == "seaql_migrations" || table.starts_with("saasdb_")
}

fn sqlite(session: &mut Session, books: bool) -> String {
    session
        .rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        .into_iter()
        // sqlite_sequence and sqlite_stat come with use, not with a schema.
        .filter(|row| row[0] != "table" || !row[1].starts_with("sqlite_"))
        .filter(|row| books || !(is_book(&row[1]) || is_book(&row[2])))
        .map(|row| format!("{} {} on {}\n{}\n", row[0], row[1], row[2], row[3]))
        .collect()
}

fn postgres(db: &TestDb, books: bool) -> String {
    let folder = server::postgres_programs().unwrap_or_else(|problem| panic!("{problem}"));
    let mut url: Url = db.server().url(db.name());
    let password = Url::parse(db.url()).expect("own URL");
    let password = password.password().unwrap_or_default().to_owned();
    url.set_password(None).expect("URL with a host");
    let mut command = Command::new(folder.join("pg_dump"));
    command.args(["--schema-only", "--no-owner"]);
    if !books {
        command.args(["-T", "*.seaql_migrations", "-T", "*.saasdb_*"]);
    }
    let output = command
        .arg(format!("--dbname={url}"))
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("PGPASSWORD", decode(&password))
        .output()
        .expect("pg_dump runs");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pg_dump: {problems}");
    // Comments carry version numbers, \restrict a random token, SET the mood of
    // the session.
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
        .filter(|line| !line.starts_with('\\') && !line.starts_with("SET "))
        .filter(|line| !line.starts_with("SELECT pg_catalog.set_config("))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// What a URL says with `%40` and the like.
fn decode(text: &str) -> String {
    let query = format!("x={}", text.replace('+', "%2B"));
    let pair = url::form_urlencoded::parse(query.as_bytes()).next();
    pair.map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// How MariaDB lists and shows one kind of object: the query for the names, the
/// words after SHOW CREATE, and the column of the answer with the definition.
const MYSQL_OBJECTS: [(&str, &str, usize); 6] = [
    (
        "SELECT table_name FROM information_schema.tables
         WHERE table_schema = database() AND table_type = 'BASE TABLE'",
        "TABLE",
        1,
    ),
    (
        "SELECT table_name FROM information_schema.views WHERE table_schema = database()",
        "VIEW",
        1,
    ),
    (
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database()",
        "TRIGGER",
        2,
    ),
    (
        "SELECT routine_name FROM information_schema.routines
         WHERE routine_schema = database() AND routine_type = 'FUNCTION'",
        "FUNCTION",
        2,
    ),
    (
        "SELECT routine_name FROM information_schema.routines
         WHERE routine_schema = database() AND routine_type = 'PROCEDURE'",
        "PROCEDURE",
        2,
    ),
    (
        "SELECT event_name FROM information_schema.events WHERE event_schema = database()",
        "EVENT",
        3,
    ),
];

fn mysql(session: &mut Session, books: bool) -> String {
    let mut dump = String::new();
    for (list, what, column) in MYSQL_OBJECTS {
        let mut names: Vec<String> = session
            .rows(list)
            .into_iter()
            .map(|row| row[0].clone())
            .filter(|name| books || !is_book(name))
            .collect();
        names.sort();
        for name in names {
            let quoted = name.replace('`', "``");
            let shown = session.rows(&format!("SHOW CREATE {what} `{quoted}`"));
            dump.push_str(&without_counter(&shown[0][column]));
            dump.push('\n');
        }
    }
    dump
}

/// Leaves out ` AUTO_INCREMENT=7`, which depends on the rows.
fn without_counter(definition: &str) -> String {
    let Some((before, after)) = definition.rsplit_once(" AUTO_INCREMENT=") else {
        return definition.to_owned();
    };
    format!(
        "{before}{}",
        after.trim_start_matches(|c: char| c.is_ascii_digit())
    )
}
