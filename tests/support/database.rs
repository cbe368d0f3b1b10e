//! A database of its own for every test.

use std::path::Path;
use std::sync::{Arc, Mutex};

use sea_orm::sqlx::Error;

use super::scratch::{Folder, random_hex};
use super::server::{PASSWORD, Purpose, Server};
use super::sql::Session;

/// The databases saasdb works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Db {
    /// A file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mysql,
}

impl Db {
    /// All of them, for tests that hold everywhere.
    pub const ALL: [Db; 3] = [Db::Sqlite, Db::Postgres, Db::Mysql];
}

/// A database nobody else uses; gone when the value is dropped.
pub struct TestDb {
    kind: Db,
    name: String,
    url: String,
    folder: Option<Folder>,
    roles: Mutex<Vec<String>>,
    /// The server of an [`OwnServer`]; all others share one.
    own: Option<Arc<Server>>,
}

/// A server for tests of what belongs to a whole server, such as roles, or its death.
pub struct OwnServer {
    kind: Db,
    server: Arc<Server>,
}

impl OwnServer {
    /// Starts a PostgreSQL server. It stops when the value and its databases are dropped.
    #[track_caller]
    pub fn new() -> OwnServer {
        OwnServer::of(Db::Postgres, Purpose::default())
    }

    /// One that can be killed.
    #[track_caller]
    pub fn mortal(kind: Db) -> OwnServer {
        let dies = true;
        OwnServer::of(
            kind,
            Purpose {
                dies,
                ..Purpose::default()
            },
        )
    }

    /// A PostgreSQL server with a file system of that size in its folder `disk`.
    #[track_caller]
    pub fn with_disk(size: &'static str) -> OwnServer {
        let disk = Some(size);
        OwnServer::of(
            Db::Postgres,
            Purpose {
                disk,
                ..Purpose::default()
            },
        )
    }

    #[track_caller]
    fn of(kind: Db, purpose: Purpose) -> OwnServer {
        OwnServer {
            kind,
            server: Arc::new(Server::own(kind, purpose)),
        }
    }

    /// A fresh, empty database on it.
    #[track_caller]
    pub fn database(&self) -> TestDb {
        let db = self.missing();
        db.make();
        db
    }

    /// A database on it that doesn't exist yet.
    #[track_caller]
    pub fn missing(&self) -> TestDb {
        TestDb::missing_on(self.kind, Some(Arc::clone(&self.server)))
    }

    /// A superuser's session outside of these databases.
    #[track_caller]
    pub fn admin(&self) -> Session {
        self.server.admin()
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.server.dir()
    }

    /// Kills a mortal one with all its processes.
    #[track_caller]
    pub fn kill(&self) {
        self.server.kill();
    }

    /// Starts a killed one again on the same data, and does not wait for it.
    #[track_caller]
    pub fn start_again(&self) {
        self.server.start_again();
    }
}

impl TestDb {
    /// A fresh, empty database.
    #[track_caller]
    pub fn new(kind: Db) -> TestDb {
        let db = TestDb::missing(kind);
        db.make();
        db
    }

    #[track_caller]
    fn make(&self) {
        match self.kind {
            Db::Sqlite => Session::open(&format!("{}?mode=rwc", self.url))
                .expect("SQLite file is made")
                .close(),
            Db::Postgres => {
                let mut admin = self.server().admin();
                let plain = format!("CREATE DATABASE {} TEMPLATE template0", self.name);
                // Twice as fast, but only PostgreSQL 15 and later know it.
                if admin
                    .try_sql(&format!("{plain} STRATEGY file_copy"))
                    .is_err()
                {
                    admin.sql(&plain);
                }
                admin.close();
            }
            Db::Mysql => {
                let mut admin = self.server().admin();
                admin.sql(&format!("CREATE DATABASE {}", self.name));
                admin.close();
            }
        }
    }

    /// The server that it is on.
    #[track_caller]
    pub(super) fn server(&self) -> &Server {
        match &self.own {
            Some(server) => server,
            None => Server::of(self.kind),
        }
    }

    /// Runs a test's body on a fresh database of each kind and says which one
    /// failed.
    #[track_caller]
    pub fn on_all(body: impl Fn(&TestDb)) {
        for kind in Db::ALL {
            let db = TestDb::new(kind);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(&db)));
            if let Err(panic) = result {
                eprintln!("failed on {kind:?}");
                std::panic::resume_unwind(panic);
            }
        }
    }

    /// The URL of a database that doesn't exist yet. When the test makes it, it
    /// is dropped like any other.
    #[track_caller]
    pub fn missing(kind: Db) -> TestDb {
        TestDb::missing_on(kind, None)
    }

    #[track_caller]
    fn missing_on(kind: Db, own: Option<Arc<Server>>) -> TestDb {
        let mut name = format!("saasdb_test_{}", random_hex());
        let folder = (kind == Db::Sqlite).then(|| Folder::new("db"));
        let url = match &folder {
            Some(folder) => {
                name.push_str(".db");
                format!("sqlite://{}", folder.path().join(&name).display())
            }
            None => match &own {
                Some(server) => server.url(&name).into(),
                None => Server::of(kind).url(&name).into(),
            },
        };
        TestDb {
            kind,
            name,
            url,
            folder,
            roles: Mutex::default(),
            own,
        }
    }

    /// Which database it is on.
    pub fn kind(&self) -> Db {
        self.kind
    }

    /// Its name; for SQLite the name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, with the superuser's password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the database exists on the server or the disk.
    #[track_caller]
    pub fn exists(&self) -> bool {
        let catalogue = match self.kind {
            Db::Sqlite => {
                let folder = self.folder.as_ref().expect("SQLite has a folder");
                return folder.path().join(&self.name).exists();
            }
            Db::Postgres => "SELECT 1 FROM pg_database WHERE datname",
            Db::Mysql => "SELECT 1 FROM information_schema.schemata WHERE schema_name",
        };
        let mut admin = self.server().admin();
        let found = admin.rows(&format!("{catalogue} = '{}'", self.name));
        admin.close();
        !found.is_empty()
    }

    /// Opens a session that lives as long as the test keeps it.
    #[track_caller]
    pub fn session(&self) -> Session {
        Session::open(&self.url).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Executes statements in a session of their own and passes errors on.
    #[track_caller]
    pub fn try_sql(&self, sql: &str) -> Result<(), Error> {
        let mut session = self.session();
        let result = session.try_sql(sql);
        session.close();
        result
    }

    /// Executes statements in a session of their own.
    #[track_caller]
    pub fn sql(&self, sql: &str) {
        if let Err(error) = self.try_sql(sql) {
            panic!("{:?}: {error}\nin: {sql}", self.kind);
        }
    }

    /// The rows of a query, every column as text, NULL as `NULL`.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let mut session = self.session();
        let rows = session.rows(sql);
        session.close();
        rows
    }

    /// The URL of an account that may read everything, now and later, and
    /// change nothing.
    #[track_caller]
    pub fn read_only_url(&self) -> String {
        if self.kind == Db::Sqlite {
            return format!("{}?mode=ro", self.url);
        }
        let role = format!("saasdb_test_{}", random_hex());
        let database = &self.name;
        self.roles.lock().expect("roles").push(role.clone());
        self.sql(&match self.kind {
            Db::Mysql => format!(
                "CREATE USER '{role}'@'%' IDENTIFIED BY '{PASSWORD}';
                 GRANT SELECT, SHOW VIEW ON `{}`.* TO '{role}'@'%';",
                database.replace('_', "\\_"),
            ),
            _ => format!(
                "CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
                 REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
                 REVOKE CREATE ON SCHEMA public FROM PUBLIC;
                 GRANT CONNECT ON DATABASE {database} TO {role};
                 ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {role};
                 ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role};
                 ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO {role};
                 DO $$ DECLARE name text; BEGIN
                   FOR name IN SELECT nspname FROM pg_namespace
                     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                   LOOP
                     EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', name);
                     EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO {role}', name);
                     EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO {role}', name);
                   END LOOP;
                 END $$;"
            ),
        });
        self.url_of(&role)
    }

    /// PostgreSQL: a new account that may log in and nothing else. Its name and URL.
    #[track_caller]
    pub fn account(&self) -> (String, String) {
        let role = format!("saasdb_test_{}", random_hex());
        self.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"));
        self.roles.lock().expect("roles").push(role.clone());
        let url = self.url_of(&role);
        (role, url)
    }

    /// An account that the test makes itself: its name, and it is dropped with the database.
    pub fn name_for_account(&self, suffix: &str) -> String {
        let role = format!("saasdb_test_{}_{suffix}", random_hex());
        self.roles.lock().expect("roles").push(role.clone());
        role
    }

    /// The URL of this database for an account that the tests made.
    pub fn url_of(&self, role: &str) -> String {
        let mut url = self.server().url(&self.name);
        url.set_username(role).expect("user name");
        url.set_password(Some(PASSWORD)).expect("password");
        url.into()
    }

    fn remove(&self) -> Result<(), Error> {
        let mut admin = Session::open(self.server().admin_url.as_str())?;
        if self.kind == Db::Postgres {
            let database = &self.name;
            admin.try_sql(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))?;
        } else {
            // DROP DATABASE would wait for ever for a transaction left open.
            let open = "SELECT id FROM information_schema.processlist WHERE db =";
            for session in admin.try_rows(&format!("{open} '{}'", self.name))? {
                let _ = admin.try_sql(&format!("KILL {}", session[0]));
            }
            admin.try_sql(&format!("DROP DATABASE IF EXISTS {}", self.name))?;
        }
        for role in self.roles.lock().expect("roles").iter() {
            admin.try_sql(&match self.kind {
                Db::Mysql => format!("DROP USER IF EXISTS '{role}'@'%'"),
                _ => format!("DROP ROLE IF EXISTS {role}"),
            })?;
        }
        admin.close();
        Ok(())
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if self.kind != Db::Sqlite
            && let Err(error) = self.remove()
        {
            eprintln!("{} could not be dropped: {error}", self.name);
        }
    }
}
