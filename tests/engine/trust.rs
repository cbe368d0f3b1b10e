//! History tables that somebody else made or put code on, and who may read them.

use crate::sets::tools::{CORE, column, one, run, saasdb};
use crate::support::{Db, OwnServer, Saasdb, TestDb};

/// The tables of saasdb's own that every database has after `up` and `seed`.
const TABLES: [&str; 4] = [
    "seaql_migrations",
    "saasdb_migrations",
    "saasdb_meta",
    "saasdb_seeds",
];

/// What writes, on a database with everything in it.
const WRITES: [&str; 4] = [
    "seed",
    "seed undo --yes",
    "migrate down --steps 1 --yes",
    "migrate fresh --yes",
];

#[track_caller]
fn refused(call: &Saasdb, command: &str, texts: &[&str]) {
    let out = call.call(command.split_whitespace()).code(6);
    for text in texts {
        assert!(
            out.stderr.contains(text),
            "{command}: {text}: {}",
            out.stderr
        );
    }
    assert!(out.stderr.contains("hint: "), "{}", out.stderr);
}

/// A function on PostgreSQL whose trigger says as whom it ran.
const EVIL: &str = "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN CREATE TABLE pwned AS SELECT current_user::text AS who; RETURN NEW; END $$";

fn trigger(kind: Db, table: &str) -> String {
    match kind {
        Db::Sqlite => {
            format!("CREATE TRIGGER evil AFTER INSERT ON {table} BEGIN DELETE FROM modules; END")
        }
        Db::Mysql => {
            format!("CREATE TRIGGER evil AFTER INSERT ON {table} FOR EACH ROW DELETE FROM modules")
        }
        Db::Postgres => format!(
            "CREATE TRIGGER evil BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION evil()"
        ),
    }
}

#[test]
fn a_trigger_on_a_history_table_is_never_run() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "setup");
        if kind == Db::Postgres {
            db.sql(EVIL);
        }
        for table in TABLES {
            db.sql(&trigger(kind, table));
            for command in WRITES {
                refused(&saasdb(&db), command, &["evil", table, "DROP TRIGGER"]);
            }
            let status = saasdb(&db).call(["status"]).success();
            assert!(
                status.stdout.contains("the trigger evil runs when"),
                "{}",
                status.stdout
            );
            let check = saasdb(&db).call(["check", "history"]).code(4);
            assert!(check.stdout.contains("history/unsafe"), "{}", check.stdout);
            db.sql(&match kind {
                Db::Postgres => format!("DROP TRIGGER evil ON {table}"),
                _ => "DROP TRIGGER evil".to_owned(),
            });
        }
        run(&db, "seed");
        run(&db, "check history");
    }
}

/// A view runs what is in it as soon as it is read.
#[test]
fn a_view_in_place_of_a_history_table_is_not_read() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "setup");
        for table in TABLES {
            db.sql(&format!(
                "ALTER TABLE {table} RENAME TO hidden; CREATE VIEW {table} AS SELECT * FROM hidden"
            ));
            for command in ["status", "migrate status", "check", "seed", "migrate up"] {
                refused(&saasdb(&db), command, &[table, "is a view", "DROP VIEW"]);
            }
            db.sql(&format!(
                "DROP VIEW {table}; ALTER TABLE hidden RENAME TO {table}"
            ));
        }
        run(&db, "status");
    }
}

/// Whoever may create objects in the schema makes the table first, and keeps it.
#[test]
fn a_history_table_of_another_role_is_refused() {
    let db = TestDb::new(Db::Postgres);
    let (mallory, _) = db.account();
    db.sql(&format!(
        "GRANT USAGE, CREATE ON SCHEMA public TO {mallory}"
    ));
    let mine = |create: &str| {
        db.sql(&format!(
            "SET ROLE {mallory}; CREATE TABLE {create}; {EVIL};
             CREATE TRIGGER evil BEFORE INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION evil(); GRANT ALL ON {0} TO PUBLIC",
            create.split('(').next().unwrap_or_default()
        ));
    };
    let away = |table: &str| db.sql(&format!("DROP TABLE {table}; DROP FUNCTION evil()"));
    // Before anything is there, and beside what is.
    mine("seaql_migrations (version varchar PRIMARY KEY, applied_at bigint NOT NULL)");
    let baseline = format!("migrate baseline --to {}", CORE[0]);
    for command in ["migrate up", "setup", baseline.as_str()] {
        refused(
            &saasdb(&db),
            command,
            &["seaql_migrations belongs to", &mallory, "DROP TABLE"],
        );
    }
    away("seaql_migrations");
    run(&db, "migrate up --env dev");
    mine(
        "saasdb_seeds (seeder varchar(64), kind varchar(16), table_name varchar(64), row_key varchar(150),
         primary_key varchar(64), row_id varchar(150), definition text, written text, seeded_at varchar(32),
         PRIMARY KEY (seeder, table_name, row_key))",
    );
    refused(
        &saasdb(&db),
        "seed",
        &["saasdb_seeds belongs to", &mallory, "OWNER TO"],
    );
    let status = saasdb(&db).call(["status"]).success();
    assert!(
        status.stdout.contains("saasdb_seeds belongs to"),
        "{}",
        status.stdout
    );
    // A table without a trigger can get one at any time; and an owner who is gone leaves the trigger.
    db.sql("DROP TRIGGER evil ON saasdb_seeds");
    refused(&saasdb(&db), "seed", &["saasdb_seeds belongs to"]);
    db.sql(
        "CREATE TRIGGER evil BEFORE INSERT ON saasdb_seeds FOR EACH ROW EXECUTE FUNCTION evil(); ALTER TABLE saasdb_seeds OWNER TO CURRENT_USER",
    );
    refused(&saasdb(&db), "seed", &["the trigger evil"]);
    db.sql("DROP TRIGGER evil ON saasdb_seeds; CREATE RULE evil AS ON INSERT TO saasdb_seeds DO ALSO NOTIFY x");
    refused(&saasdb(&db), "seed", &["the rule evil"]);
    db.sql("DROP RULE evil ON saasdb_seeds; ALTER TABLE saasdb_seeds ENABLE ROW LEVEL SECURITY; CREATE POLICY evil ON saasdb_seeds USING (true)");
    refused(&saasdb(&db), "seed", &["the policy evil"]);
    // Row level security alone is what the linter of Supabase asks for.
    db.sql("DROP POLICY evil ON saasdb_seeds");
    run(&db, "seed");
    assert_eq!(one(&db, "SELECT to_regclass('pwned') IS NULL"), "t");
}

/// A member of the role that owns the tables, the owner of the database, and a superuser beside them.
#[test]
fn who_rightly_migrates_is_not_locked_out() {
    let db = TestDb::new(Db::Postgres);
    let (team, _) = db.account();
    let (member, url) = db.account();
    db.sql(&format!(
        "GRANT {team} TO {member}; GRANT USAGE, CREATE ON SCHEMA public TO {team}"
    ));
    let call = Saasdb::new().env("DATABASE_URL", &url);
    call.call(["setup", "--env", "dev"]).success();
    db.sql(&format!("REASSIGN OWNED BY {member} TO {team}"));
    for command in [
        "seed undo --yes",
        "migrate down --all --yes",
        "migrate up",
        "seed",
        "check history",
    ] {
        call.call(command.split_whitespace()).success();
    }
    // A superuser is everybody's member only where somebody made it one, or the database is theirs.
    db.sql(&format!("REASSIGN OWNED BY {member} TO {team}"));
    refused(&saasdb(&db), "seed undo --yes", &["belongs to", &team]);
    run(&db, "status");
    db.sql(&format!("ALTER DATABASE {} OWNER TO {team}", db.name()));
    run(&db, "seed undo --yes");
    db.sql(&format!(
        "ALTER DATABASE {} OWNER TO CURRENT_USER",
        db.name()
    ));
}

/// What the program itself calls could be theirs.
#[test]
fn functions_and_operators_in_front_of_the_servers_own_are_refused() {
    let db = TestDb::new(Db::Postgres);
    let (mallory, theirs) = db.account();
    db.sql(&format!(
        "GRANT USAGE, CREATE ON SCHEMA public TO {mallory}"
    ));
    run(&db, "migrate up --env dev");
    let body = "RETURNS text LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE IF NOT EXISTS public.pwned (); RETURN ''; END $$";
    db.sql(&format!(
        "SET ROLE {mallory}; CREATE FUNCTION public.format(text, regclass, text) {body}"
    ));
    for command in ["seed", "status", "check", "migrate down --steps 1 --yes"] {
        refused(
            &saasdb(&db),
            command,
            &[
                "format(text,regclass,text)",
                &mallory,
                "DROP FUNCTION format(text,regclass,text)",
            ],
        );
    }
    // Whoever is less than that has nothing to lose by it, and an own function is one's own affair.
    let _ = theirs;
    db.sql("ALTER FUNCTION public.format(text, regclass, text) OWNER TO CURRENT_USER");
    run(&db, "seed");
    db.sql(&format!(
        "DROP FUNCTION public.format(text, regclass, text); SET ROLE {mallory};
         CREATE FUNCTION public.eq(integer, oid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR public.= (LEFTARG = integer, RIGHTARG = oid, FUNCTION = public.eq)"
    ));
    refused(&saasdb(&db), "seed", &["=(integer,oid)", "DROP OPERATOR"]);
    db.sql("DROP OPERATOR public.= (integer, oid)");
    // A function of another name is no concern of ours.
    run(&db, "seed");
    assert_eq!(one(&db, "SELECT to_regclass('pwned') IS NULL"), "t");
}

/// Who may read which table: roles that are not its owner.
fn readers(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT DISTINCT c.relname || ' ' || coalesce(r.rolname, 'PUBLIC') FROM pg_class c, aclexplode(c.relacl) a
         LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE c.relname ~ '^(saasdb|seaql)_' AND c.relkind = 'r' AND a.grantee <> c.relowner ORDER BY 1",
    )
}

const DEFAULTS: &str =
    "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
    CREATE ROLE web_anon; CREATE ROLE app; CREATE ROLE reader;
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, web_anon, app, reader";

/// Supabase's default privileges, the ones of docs/privileges.md, and those of a careless administrator.
const GIVE: &str = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role, web_anon;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC, reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app";

/// The application commands of docs/privileges.md read the history; the ledger is nobody's but a reader's.
const HIDDEN: [&str; 7] = [
    "saasdb_meta app",
    "saasdb_meta reader",
    "saasdb_migrations app",
    "saasdb_migrations reader",
    "saasdb_seeds reader",
    "seaql_migrations app",
    "seaql_migrations reader",
];

#[test]
fn history_tables_are_hidden_on_every_path() {
    let server = OwnServer::new();
    server.database().sql(DEFAULTS);
    let begin = |sql: &str| {
        let db = server.database();
        db.sql(GIVE);
        db.sql(sql);
        db
    };
    let sea_orm = "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)";
    for (sql, commands) in [
        ("", &["setup"][..]),
        ("", &["migrate up --env dev", "seed"]),
        (
            "",
            &["migrate up --env dev --steps 1", "migrate up", "seed"],
        ),
        (sea_orm, &["migrate up --env dev", "seed"]),
        ("", &["setup", "migrate fresh --yes", "seed"]),
        (
            "",
            &[
                "setup",
                "migrate reset --yes",
                "migrate up --env dev",
                "seed",
            ],
        ),
    ] {
        let db = begin(sql);
        for command in commands {
            run(&db, command);
        }
        assert_eq!(readers(&db), HIDDEN, "{commands:?}");
    }
    // An application's own tables, adopted.
    let db = begin("");
    run(&db, "migrate up --env dev");
    db.sql("DROP TABLE seaql_migrations, saasdb_migrations, saasdb_meta");
    run(
        &db,
        &format!("migrate baseline --env dev --to {}", CORE[CORE.len() - 1]),
    );
    run(&db, "seed");
    assert_eq!(readers(&db), HIDDEN, "baseline");
    // The versions before this one left them open: a check says so, and what writes closes them.
    let db = begin("");
    run(&db, "setup --env dev");
    db.sql("GRANT ALL ON seaql_migrations, saasdb_migrations, saasdb_meta, saasdb_seeds TO anon, PUBLIC");
    let check = saasdb(&db).call(["check", "history"]);
    assert!(
        check.stdout.contains("anon has privileges on saasdb_seeds"),
        "{}",
        check.stdout
    );
    assert!(check.stdout.contains("history/open"), "{}", check.stdout);
    run(&db, "status");
    assert!(readers(&db).contains(&"saasdb_seeds anon".to_owned()));
    run(&db, "seed");
    assert_eq!(readers(&db), HIDDEN, "an older one");
    let check = saasdb(&db).call(["check", "history"]).success();
    assert!(!check.stdout.contains("history/open"), "{}", check.stdout);
}
