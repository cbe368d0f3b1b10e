//! `better-auth` in an application that has Better Auth's tables already, and `user` as a name that SQL
//! has a meaning for.

use super::better_auth_seeds::run;
use super::tools::{applied, column, content, one, refused, rows, saasdb, sql};
use crate::support::{Db, Output, TestDb};

/// Better Auth's tables, each with its columns as Prisma's schema has them: `name` and `?` where it may
/// be missing, then the type where it is not text, then what is unique or refers.
const TABLES: [(&str, &str); 9] = [
    (
        "user",
        "id, name, email unique, emailVerified boolean, image?, createdAt time, updatedAt time, role?, \
         banned? boolean, banReason?, banExpires? time",
    ),
    (
        "session",
        "id, expiresAt time, token unique, createdAt time, updatedAt time, ipAddress?, userAgent?, \
         userId user, impersonatedBy?, activeOrganizationId?, activeTeamId?",
    ),
    (
        "account",
        "id, accountId, providerId, userId user, accessToken?, refreshToken?, idToken?, \
         accessTokenExpiresAt? time, refreshTokenExpiresAt? time, scope?, password?, createdAt time, updatedAt time",
    ),
    (
        "verification",
        "id, identifier, value, expiresAt time, createdAt time, updatedAt time",
    ),
    (
        "organization",
        "id, name, slug unique, logo?, createdAt time, metadata?",
    ),
    (
        "member",
        "id, organizationId organization, userId user, role, createdAt time",
    ),
    (
        "team",
        "id, name, organizationId organization, createdAt time, updatedAt? time",
    ),
    (
        "teamMember",
        "id, teamId team, userId user, createdAt? time",
    ),
    (
        "invitation",
        "id, organizationId organization, email, role?, status, expiresAt time, inviterId user, teamId?",
    ),
];

/// The statements that Prisma would make these tables with: times without a zone, no defaults, unique
/// indexes that are no constraints, and texts in the collation that it takes for each database.
fn prisma(kind: Db) -> Vec<String> {
    let (text, time) = match kind {
        Db::Sqlite => ("TEXT", "DATETIME"),
        Db::Postgres => ("TEXT", "TIMESTAMP(3)"),
        Db::Mysql => ("VARCHAR(191)", "DATETIME(3)"),
    };
    let mut statements = Vec::new();
    for (table, columns) in TABLES {
        let mut parts = Vec::new();
        let mut indexes = Vec::new();
        for line in columns.split(',') {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap();
            let (name, null) = match name.strip_suffix('?') {
                Some(name) => (name, ""),
                None => (name, " NOT NULL"),
            };
            let word = words.next().unwrap_or_default();
            let kind = match word {
                "boolean" => "BOOLEAN",
                "time" => time,
                _ => text,
            };
            parts.push(format!("\"{name}\" {kind}{null}"));
            match word {
                "unique" => indexes.push(format!(
                    "CREATE UNIQUE INDEX \"{table}_{name}_key\" ON \"{table}\" (\"{name}\")"
                )),
                "user" | "organization" | "team" => parts.push(format!(
                    "CONSTRAINT \"{table}_{name}_fkey\" FOREIGN KEY (\"{name}\") \
                     REFERENCES \"{word}\" (\"id\") ON DELETE CASCADE ON UPDATE CASCADE"
                )),
                _ => {}
            }
        }
        parts.sort_by_key(|part| part.starts_with("CONSTRAINT"));
        let options = match kind {
            Db::Mysql => " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
            _ => "",
        };
        statements.push(format!(
            "CREATE TABLE \"{table}\" ({}, PRIMARY KEY (\"id\")){options}",
            parts.join(", ")
        ));
        statements.extend(indexes);
    }
    statements
}

/// A database with these tables and a row in some of them.
fn application(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    for statement in prisma(kind) {
        sql(&db, &statement);
    }
    sql(
        &db,
        r#"INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
             VALUES ('u', 'U', 'u@u.example', true, '2025-01-01', '2025-01-01');
           INSERT INTO "organization" ("id", "name", "slug", "createdAt")
             VALUES ('o', 'O', 'o', '2025-01-01');
           INSERT INTO "member" ("id", "organizationId", "userId", "role", "createdAt")
             VALUES ('m', 'o', 'u', 'owner', '2025-01-01');"#,
    );
    db
}

#[track_caller]
fn fails(db: &TestDb, command: &str, code: i32) -> Output {
    let program = saasdb(db).env("SAASDB_SET", "better-auth");
    program.call(command.split_whitespace()).code(code)
}

/// Gives MySQL's key of organizations the collation that a reference needs, as docs/sets/better-auth.md
/// says.
fn convert(db: &TestDb) {
    let kind = "varchar(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL";
    let children = ["member", "invitation", "team"];
    for child in children {
        db.sql(&format!(
            "ALTER TABLE `{child}` DROP FOREIGN KEY `{child}_organizationId_fkey`"
        ));
    }
    db.sql(&format!("ALTER TABLE `organization` MODIFY `id` {kind}"));
    for child in children {
        db.sql(&format!(
            "ALTER TABLE `{child}` MODIFY `organizationId` {kind}, \
             ADD CONSTRAINT `{child}_organizationId_fkey` FOREIGN KEY (`organizationId`) \
             REFERENCES `organization` (`id`) ON DELETE CASCADE ON UPDATE CASCADE"
        ));
    }
}

const FIRST: &str = "m20251013_145558_create_better_auth_tables";
const BASELINE: &str = "migrate baseline --to 20251013145558";

#[test]
fn an_application_keeps_its_tables_and_gets_two() {
    for kind in Db::ALL {
        let db = application(kind);
        if kind == Db::Mysql {
            convert(&db);
        }
        let theirs = db.schema_dump();
        let refused = fails(&db, "migrate up", 6);
        assert!(
            refused.stderr.contains("migrate baseline"),
            "{}",
            refused.stderr
        );
        assert_eq!(db.schema_dump(), theirs);

        run(&db, BASELINE);
        assert_eq!(db.schema_dump(), theirs, "{kind:?}: no table was touched");
        run(&db, "migrate up --env production");
        let done = run(&db, "seed --format json").json();
        assert_eq!(done["seeders"][0]["inserted"], 2, "{done}");
        assert_eq!(
            rows(
                &db,
                r#"SELECT s."plan", m."moduleKey" FROM "organization" o
                   JOIN "organizationSubscription" s ON s."organizationId" = o."id"
                   JOIN "organizationModule" m ON m."organizationId" = o."id""#
            ),
            [["free", "visitor_management"]]
        );
        run(&db, "migrate status --exit-code");

        let name = db.name();
        run(&db, &format!("migrate down --all --yes --confirm {name}"));
        assert_eq!(db.schema_dump(), theirs, "{kind:?}: what was adopted stays");
        assert_eq!(applied(&db), [FIRST]);
        assert_eq!(
            column(&db, r#"SELECT "email" FROM "user""#),
            ["u@u.example"]
        );
        run(&db, "migrate up");
        let more = format!("migrate reset --yes --confirm {name}");
        run(&db, &more);
        assert_eq!(column(&db, r#"SELECT "role" FROM "member""#), ["owner"]);
        let stays = fails(&db, "migrate down --steps 1", 2);
        assert!(
            stays.stderr.contains("was adopted (baseline) and stays"),
            "{}",
            stays.stderr
        );
    }
}

#[test]
fn a_table_or_key_that_is_missing_is_named() {
    for kind in Db::ALL {
        let db = application(kind);
        if kind == Db::Mysql {
            convert(&db);
        }
        sql(&db, r#"DROP TABLE "teamMember""#);
        sql(
            &db,
            r#"ALTER TABLE "verification" RENAME COLUMN "id" TO "key""#,
        );
        let theirs = db.schema_dump();
        let refused = fails(&db, BASELINE, 6);
        for lacking in [
            "table teamMember is missing",
            "column verification.id is missing",
        ] {
            assert!(refused.stderr.contains(lacking), "{}", refused.stderr);
        }
        assert!(!refused.stderr.contains("user"), "{}", refused.stderr);
        assert_eq!(db.schema_dump(), theirs);
    }
    let db = TestDb::new(Db::Sqlite);
    let refused = fails(&db, BASELINE, 6);
    for (table, _) in TABLES {
        let line = format!("table {table} is missing");
        assert!(refused.stderr.contains(&line), "{}", refused.stderr);
    }
}

#[test]
fn a_key_that_the_new_tables_cannot_refer_to_is_found_before_it_hurts() {
    let db = application(Db::Mysql);
    let refused = fails(&db, BASELINE, 6);
    insta::assert_snapshot!(refused.snapshot_text());
    // Only the key of what the new tables refer to counts.
    assert!(!refused.stderr.contains("user.id"), "{}", refused.stderr);

    // Better Auth can be told to use uuids.
    let db = TestDb::new(Db::Postgres);
    for statement in prisma(Db::Postgres) {
        db.sql(
            &statement
                .replace("\"id\" TEXT", "\"id\" UUID")
                .replace("Id\" TEXT", "Id\" UUID"),
        );
    }
    let refused = fails(&db, BASELINE, 6);
    let line = "column organization.id is uuid, but it must be text";
    assert!(refused.stderr.contains(line), "{}", refused.stderr);
    assert!(!refused.stderr.contains("user.id"), "{}", refused.stderr);
    // A limited length is no obstacle there.
    let db = application(Db::Postgres);
    db.sql(r#"ALTER TABLE "organization" ALTER COLUMN "id" TYPE varchar(36)"#);
    run(&db, BASELINE);
    run(&db, "migrate up");
}

#[test]
fn a_table_called_user_is_counted_watched_and_dropped_like_others() {
    TestDb::on_all(|db| {
        run(db, "migrate up --env dev");
        sql(
            db,
            r#"INSERT INTO "user" ("id", "name", "email") VALUES ('u', 'U', 'u@u.example')"#,
        );
        let plan = run(db, "migrate down --all --dry-run --format json").json();
        assert_eq!(plan["losses"][0]["table"], "user", "{plan}");
        assert_eq!(plan["losses"][0]["rows"], 1, "{plan}");
        let kept = fails(db, "migrate down --all", 6);
        assert!(kept.stderr.contains("table user"), "{}", kept.stderr);

        sql(db, r#"ALTER TABLE "user" ADD COLUMN "nick" varchar(20)"#);
        let status = run(db, "status --format json").json();
        assert_eq!(status["drift"]["state"], "found", "{status}");
        assert!(
            status["drift"].to_string().contains("user.nick"),
            "{status}"
        );
        sql(db, r#"ALTER TABLE "user" DROP COLUMN "nick""#);
        let status = run(db, "status --format json").json();
        assert_eq!(status["drift"]["state"], "none", "{status}");

        run(db, "migrate fresh --yes");
        assert_eq!(one(db, r#"SELECT count(*) FROM "user""#), "0");
        run(db, "setup");
        assert_ne!(one(db, r#"SELECT count(*) FROM "user""#), "0");
        run(db, "migrate refresh");
        run(db, "migrate down --all");
        refused(db, r#"SELECT count(*) FROM "user""#);
    });
}

/// On MySQL each table commits by itself: what was made before a failure is known, and gone on from.
#[test]
fn mysql_goes_on_after_a_failure_between_these_tables() {
    let db = TestDb::new(Db::Mysql);
    db.sql("CREATE TABLE mine (id int PRIMARY KEY, parent int, CONSTRAINT `team_organizationId_fkey` FOREIGN KEY (parent) REFERENCES mine (id))");
    let failure = fails(&db, "migrate up", 1);
    assert!(
        failure.stderr.contains("statement 8 of 9"),
        "{}",
        failure.stderr
    );
    assert_eq!(db.rows("SELECT count(*) FROM `user`"), [["0"]]);
    db.sql("DROP TABLE mine");
    run(&db, "migrate up");
    let clean = TestDb::new(Db::Mysql);
    run(&clean, "migrate up");
    assert_eq!(db.schema_dump(), clean.schema_dump());
}

/// Stops where Better Auth 1.3 does, with rows as an earlier saasdb and applications wrote them.
fn with_rows_of_1_3(db: &TestDb) {
    run(db, "migrate up --to 20251017000000");
    sql(
        db,
        r#"INSERT INTO "user" ("id", "name", "email", "createdAt", "banExpires")
             VALUES ('u', 'U', 'u@u.example', '2026-01-02 03:04:05', NULL),
                    ('v', 'V', 'v@u.example', '2026-01-02 03:04:05.678', '2026-01-02 03:04:05');
           INSERT INTO "account" ("id", "accountId", "providerId", "userId")
             VALUES ('a', 'u', 'credential', 'u'), ('b', 'u', 'credential', 'u'), ('c', '7', 'github', 'u'),
                    ('d', '7', 'google', 'v'), ('e', '7', 'our-own', 'v');
           INSERT INTO "organization" ("id", "name", "slug") VALUES ('o', 'O', 'o');
           INSERT INTO "team" ("id", "name", "organizationId") VALUES ('team-1', 'T', 'o'), ('t', 'T', 'o');
           INSERT INTO "teamMember" ("id", "teamId", "userId") VALUES ('x', 'team-1', 'u'), ('y', 'team-1', 'v'),
                    ('z', 'team-1', 'v');
           INSERT INTO "invitation" ("id", "organizationId", "email", "status", "expiresAt", "inviterId")
             VALUES ('i', 'o', 'x@u.example', 'pending', '2026-01-05 00:00:00', 'u')"#,
    );
}

#[test]
fn rows_of_earlier_releases_get_what_later_ones_want() {
    TestDb::on_all(|db| {
        with_rows_of_1_3(db);
        let before = content(db);
        run(db, "migrate up");
        assert_eq!(
            rows(
                db,
                r#"SELECT "id", coalesce("issuer", '-') FROM "account" ORDER BY 1"#
            ),
            [
                ["a", "local:credential"],
                ["b", "-"],
                ["c", "local:oauth:github"],
                ["d", "https://accounts.google.com"],
                ["e", "-"],
            ]
        );
        assert_eq!(
            rows(db, r#"SELECT "id", "memberCount" FROM "team" ORDER BY 1"#),
            [["t", "0"], ["team-1", "3"]]
        );
        let keys = column(
            db,
            r#"SELECT coalesce("membershipKey", '-') FROM "teamMember" ORDER BY "id""#,
        );
        match db.kind() {
            Db::Sqlite => assert_eq!(keys, ["-", "-", "-"]),
            // What Better Auth computes for `team-1` and `u`.
            _ => assert_eq!(
                keys,
                [
                    "9jJlY-xU4LBBpxuHFQifPy7wvETtFVkhzoS1nOhGf_E",
                    "16BWXswL6r8Ik52_G6tOCgAbyjtfP7fa3PAmhiwZxvk",
                    "-"
                ]
            ),
        }
        let made = one(db, r#"SELECT "createdAt" FROM "invitation""#);
        assert!(
            made.replace('T', " ").starts_with("2026-01-03 00:00:00"),
            "{made}"
        );
        refused(
            db,
            r#"INSERT INTO "account" ("id", "accountId", "providerId", "issuer", "userId")
               VALUES ('f', 'u', 'credential', 'local:credential', 'u')"#,
        );
        run(db, "migrate down --steps 3 --yes");
        if db.kind() != Db::Sqlite {
            assert_eq!(content(db), before);
        }
    });
}

#[test]
fn times_on_sqlite_say_their_zone() {
    let db = TestDb::new(Db::Sqlite);
    with_rows_of_1_3(&db);
    sql(
        &db,
        r#"UPDATE "account" SET "createdAt" = 1767322445000 WHERE "id" = 'a';
           UPDATE "account" SET "createdAt" = '2026-01-02 03:04:05+05:30' WHERE "id" = 'b';
           UPDATE "account" SET "createdAt" = 'some day' WHERE "id" = 'c';
           UPDATE "account" SET "createdAt" = '2026-01-02T03:04' WHERE "id" = 'd'"#,
    );
    run(&db, "migrate up");
    assert_eq!(
        rows(
            &db,
            r#"SELECT "createdAt", coalesce("banExpires", '-') FROM "user" ORDER BY "id""#
        ),
        [
            ["2026-01-02T03:04:05.000Z", "-"],
            ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.000Z"],
        ]
    );
    assert_eq!(
        column(
            &db,
            r#"SELECT "createdAt" FROM "account" WHERE "id" <> 'e' ORDER BY "id""#
        ),
        [
            "1767322445000",
            "2026-01-02 03:04:05+05:30",
            "some day",
            "2026-01-02T03:04:00.000Z",
        ]
    );
    // What a default fills in and what seeds write, in every table.
    run(&db, "seed");
    sql(
        &db,
        r#"INSERT INTO "team" ("id", "name", "organizationId") VALUES ('plain', 'P', 'o')"#,
    );
    assert_eq!(
        column(
            &db,
            r#"SELECT coalesce("updatedAt", '-') FROM "team" WHERE "id" = 'plain'"#
        ),
        ["-"]
    );
    let times = rows(
        &db,
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c \
         WHERE m.type = 'table' AND c.type = 'datetime' AND m.name <> 'account' \
         AND m.name NOT LIKE 'saasdb%' AND m.name NOT LIKE 'seaql%'",
    );
    assert!(times.len() > 20, "{times:?}");
    for pair in times {
        let [table, name] = pair.as_slice() else {
            panic!("{pair:?}")
        };
        let bare = format!(
            "SELECT count(*) FROM \"{table}\" WHERE typeof(\"{name}\") <> 'null' \
             AND \"{name}\" NOT GLOB '????-??-??T??:??:??.???Z'"
        );
        assert_eq!(one(&db, &bare), "0", "{table}.{name}");
    }
    assert_eq!(one(&db, "PRAGMA integrity_check"), "ok");
}
