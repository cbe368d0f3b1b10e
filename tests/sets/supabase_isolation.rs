//! Row level security of `supabase`: who reads and writes what, for every table, role and command.

use super::supabase_world::{A, B, OUTSIDER, ROLES, TABLES, Who, World, owner_column, user};

const COMMANDS: [&str; 4] = ["select", "insert", "update", "delete"];

/// The role that a member needs, as the specification has it; `None` is nobody.
fn needed(table: &str, command: &str) -> Option<&'static str> {
    match (table, command) {
        ("organizations" | "organization_members", "select") => Some("viewer"),
        ("organizations", "insert") => None,
        ("organizations", _) => Some("owner"),
        ("organization_members" | "organization_invitations", _) => Some("admin"),
        ("organization_usage" | "billing_events" | "audit_logs", "select") => Some("admin"),
        ("organization_usage" | "billing_events" | "audit_logs", _) => None,
        (_, "select") => Some("viewer"),
        _ => Some("member"),
    }
}

fn rank(role: &str) -> usize {
    ROLES.iter().position(|r| *r == role).expect("a role")
}

/// The rows of an organization that a command may be tried on. What members do to owners has tests of
/// its own.
fn rows_of(table: &str, organization: &str) -> String {
    let column = owner_column(table);
    let more = match table {
        "organization_members" => " AND role = 'viewer'",
        _ => "",
    };
    format!("{column} = '{organization}'{more}")
}

/// How many rows of the organization a command reads or changes, or its SQLSTATE.
#[track_caller]
fn attempt(
    world: &World,
    who: &Who,
    table: &str,
    organization: &str,
    command: &str,
) -> Result<u32, String> {
    let rows = rows_of(table, organization);
    let count = format!("SELECT count(*) FROM {table} WHERE {rows}");
    // Without a WHERE, so that nothing but the policy stands between the statement and all rows; the
    // transaction's time marks those that it reached.
    let only = match (table, command) {
        ("organization_members", "update" | "delete") => " WHERE role = 'viewer'",
        _ => "",
    };
    let (sql, question) = match command {
        "select" => (
            format!("CREATE TEMPORARY TABLE seen AS SELECT * FROM {table}"),
            format!("SELECT count(*) FROM seen WHERE {rows}"),
        ),
        "insert" => {
            let claimed = who.claims.split('"').nth(3).filter(|id| id.len() == 36);
            (
                world.insert(table, organization, claimed.unwrap_or(OUTSIDER)),
                format!(
                    "SELECT count(*) - {} FROM {table}",
                    world.one(&format!("SELECT count(*) FROM {table}"))
                ),
            )
        }
        "update" => (
            format!("UPDATE {table} SET created_at = now(){only}"),
            format!("{count} AND created_at = now()"),
        ),
        _ => (
            format!("DELETE FROM {table}{only}"),
            format!("SELECT 1 - count(*) FROM {table} WHERE {rows}"),
        ),
    };
    let found = world.trial(who, &sql, &question)?;
    Ok(found.parse().expect("a count"))
}

/// What comes of a command on rows that are not for whoever tries it. Where no user may write, the privilege
/// is not there either.
fn nothing(table: &str, command: &str) -> Result<u32, String> {
    match command {
        "insert" => Err("42501".to_owned()),
        _ if needed(table, command).is_none() => Err("42501".to_owned()),
        _ => Ok(0),
    }
}

/// What every member may do in their own organization and in another one.
#[test]
fn each_role_does_what_the_matrix_says_and_nothing_in_another_organization() {
    let world = World::new();
    for role in ROLES {
        let who = Who::user(&user(A, role));
        for table in TABLES {
            for command in COMMANDS {
                let may = needed(table, command).is_some_and(|least| rank(role) >= rank(least));
                let expected = if may { Ok(1) } else { nothing(table, command) };
                let what = format!("{role}: {command} {table}");
                assert_eq!(
                    attempt(&world, &who, table, A, command),
                    expected,
                    "own: {what}"
                );
                assert_eq!(
                    attempt(&world, &who, table, B, command),
                    nothing(table, command),
                    "other: {what}"
                );
            }
        }
    }
}

/// Who has no membership, or whose claims make no sense, is nobody, and no error either.
#[test]
fn whoever_is_nobody_sees_nothing_and_writes_nothing() {
    let world = World::new();
    world.db.sql(&format!(
        "SET saasdb.seeding = 'on';
         INSERT INTO auth.users (id, email) VALUES ('dddddddd-0000-4000-8000-000000000000', 'gone@a.example');
         INSERT INTO organization_members (organization_id, user_id, role, is_active) VALUES
           ('{A}', 'dddddddd-0000-4000-8000-000000000000', 'owner', false)"
    ));
    let people = [
        Who::claiming(""),
        Who::claiming("{}"),
        Who::claiming("[]"),
        Who::claiming("17"),
        Who::claiming("no json"),
        Who::claiming(r#"{"sub": ""}"#),
        Who::claiming(r#"{"sub": "not a uuid"}"#),
        Who::claiming(r#"{"sub": null}"#),
        Who::claiming(r#"{"sub": 5}"#),
        Who::claiming(r#"{"sub": "\u0000"}"#),
        Who::user("12345678-0000-4000-8000-000000000000"),
        Who::user(OUTSIDER),
        Who::user("dddddddd-0000-4000-8000-000000000000"),
    ];
    for who in people {
        for table in TABLES {
            for command in COMMANDS {
                let found = attempt(&world, &who, table, A, command);
                let expected = nothing(table, command);
                assert_eq!(found, expected, "{}: {command} {table}", who.claims);
            }
        }
    }
}

/// The older of the two settings in which PostgREST puts the user.
#[test]
fn a_user_is_also_known_by_a_single_claim() {
    let world = World::new();
    let mut session = world.session(&Who::claiming(""));
    session.sql(&format!(
        "SELECT set_config('request.jwt.claim.sub', '{}', false)",
        user(A, "viewer")
    ));
    assert_eq!(session.rows("SELECT auth.uid()")[0][0], user(A, "viewer"));
    assert_eq!(
        session.rows("SELECT content FROM messages"),
        [["hello from a"]]
    );
    session.close();
}

#[test]
fn a_row_does_not_move_to_another_organization() {
    let world = World::new();
    for role in ROLES {
        let who = Who::user(&user(A, role));
        for table in &TABLES[1..] {
            let victim = rows_of(table, A);
            let may = needed(table, "update").is_some_and(|least| rank(role) >= rank(least));
            let found = world.trial(
                &who,
                &format!("UPDATE {table} SET organization_id = '{B}' WHERE {victim}"),
                &format!("SELECT count(*) FROM {table} WHERE {victim}"),
            );
            let expected = if may || needed(table, "update").is_none() {
                Err("42501".to_owned())
            } else {
                Ok("1".to_owned())
            };
            assert_eq!(found, expected, "{role}: {table}");
        }
    }
    // Somebody who may write in both is free to.
    world.db.sql(&format!(
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{B}', '{}', 'member')",
        user(A, "member")
    ));
    let moved = world.trial(
        &Who::user(&user(A, "member")),
        &format!("UPDATE messages SET organization_id = '{B}'"),
        &format!("SELECT count(*) FROM messages WHERE organization_id = '{B}'"),
    );
    assert_eq!(moved, Ok("2".to_owned()));
}

/// INSERT … ON CONFLICT finds the other organization's row, and neither changes nor shows it.
#[test]
fn an_upsert_does_not_reach_another_organizations_row() {
    let world = World::new();
    let who = Who::user(&user(A, "owner"));
    for table in [
        "messages",
        "contacts",
        "auto_replies",
        "campaigns",
        "organization_members",
    ] {
        let theirs = &world.db.rows(&format!(
            "SELECT id FROM {table} WHERE organization_id = '{B}' LIMIT 1"
        ))[0][0];
        let clash = world.insert_with(table, A, &user(A, "owner"), Some(theirs));
        let update = format!("{clash} ON CONFLICT (id) DO UPDATE SET created_at = now()");
        assert_eq!(
            world.failure(&who, &update).as_deref(),
            Some("42501"),
            "{table}"
        );
        let nothing = world.trial(
            &who,
            &format!("{clash} ON CONFLICT (id) DO NOTHING"),
            &format!(
                "SELECT count(*) FROM {table} WHERE id = '{theirs}' AND organization_id = '{B}'"
            ),
        );
        assert_eq!(nothing, Ok("1".to_owned()), "{table}");
    }
}

#[test]
fn the_backend_reads_and_writes_everything() {
    let world = World::new();
    let who = Who::role("service_role");
    for table in TABLES {
        for command in COMMANDS {
            for organization in [A, B] {
                let found = attempt(&world, &who, table, organization, command);
                assert_eq!(found, Ok(1), "{command} {table}");
            }
        }
    }
    for command in [
        "INSERT INTO subscription_plans (id, name, price_monthly) VALUES ('x', 'x', 1)",
        "UPDATE subscription_plans SET name = 'x'",
        "DELETE FROM subscription_plans",
    ] {
        assert_eq!(world.failure(&who, command), None, "{command}");
    }
}

#[test]
fn everybody_reads_the_plans_and_only_the_backend_writes_them() {
    let world = World::new();
    for who in [
        Who::role("anon"),
        Who::claiming(""),
        Who::user(&user(A, "owner")),
    ] {
        let seen = world.ask(&who, "SELECT id FROM subscription_plans ORDER BY id");
        assert_eq!(
            seen,
            Ok(vec!["enterprise".to_owned(), "starter".to_owned()])
        );
        for command in [
            "INSERT INTO subscription_plans (id, name, price_monthly) VALUES ('x', 'x', 1)",
            "UPDATE subscription_plans SET price_monthly = 0",
            "DELETE FROM subscription_plans",
        ] {
            assert_eq!(
                world.failure(&who, command).as_deref(),
                Some("42501"),
                "{command}"
            );
        }
    }
}

/// Neither the tables of the document nor ours are open to somebody who did not sign in; nor may anybody
/// empty one with TRUNCATE, which policies do not stop.
#[test]
fn nothing_is_open_that_need_not_be() {
    let world = World::new();
    let ours = "saasdb_usage_events";
    for table in TABLES.iter().copied().chain([ours]) {
        let seen = world.ask(&Who::role("anon"), &format!("SELECT * FROM {table}"));
        assert_eq!(seen, Err("42501".to_owned()), "{table}");
        for who in [Who::role("anon"), Who::user(&user(A, "owner"))] {
            let found = world.failure(&who, &format!("TRUNCATE {table} CASCADE"));
            assert_eq!(found.as_deref(), Some("42501"), "{table}");
        }
    }
    let owner = Who::user(&user(A, "owner"));
    assert_eq!(
        world.ask(&owner, &format!("SELECT * FROM {ours}")),
        Err("42501".to_owned())
    );
    assert_eq!(
        world.ask(&owner, "SELECT * FROM auth.users"),
        Err("42501".to_owned())
    );
}
