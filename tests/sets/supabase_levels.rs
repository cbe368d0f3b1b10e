//! The guards of `supabase` between two sessions, in every pair of isolation levels.

use std::thread;
use std::time::{Duration, Instant};

use super::supabase_world::{A, B, Who, World, code, user};
use super::tools::one;
use crate::support::Session;

const LEVELS: [&str; 3] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// Who does what in one of the two transactions.
struct Side<'a> {
    level: &'a str,
    who: Who,
    sql: String,
}

/// Begins both transactions and lets both see the world as it is. The second one is at it while the first
/// one has done its part and not committed yet; what it waits for, it gets when the first one commits.
fn race(world: &World, first: &Side, second: &Side) -> [Result<(), String>; 2] {
    let begin = |side: &Side| {
        let mut session = world.session(&side.who);
        session.sql(&format!("BEGIN ISOLATION LEVEL {}", side.level));
        session.rows("SELECT count(*) FROM organizations");
        session
    };
    let (mut one, mut two) = (begin(first), begin(second));
    let done = one.try_sql(&first.sql);
    let pid = two.rows("SELECT pg_backend_pid()")[0][0].clone();
    let late = thread::scope(|scope| {
        let at_work = scope.spawn(|| two.try_sql(&second.sql));
        let waits = format!("SELECT 1 FROM pg_locks WHERE pid = {pid} AND NOT granted");
        let start = Instant::now();
        while !at_work.is_finished() && world.db.rows(&waits).is_empty() {
            assert!(start.elapsed() < Duration::from_secs(20), "it hangs");
            thread::sleep(Duration::from_millis(5));
        }
        let done = finish(&mut one, done);
        (done, at_work.join().expect("thread"))
    });
    let outcomes = [late.0, finish(&mut two, late.1)];
    one.close();
    two.close();
    outcomes
}

fn finish(session: &mut Session, outcome: Result<(), sea_orm::sqlx::Error>) -> Result<(), String> {
    let end = |session: &mut Session| session.try_sql("COMMIT");
    match outcome.and_then(|()| end(session)) {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = session.try_sql("ROLLBACK");
            Err(code(&error))
        }
    }
}

/// Every pair of levels, whoever comes first.
fn each_pair(mut body: impl FnMut(&str, &str)) {
    for first in LEVELS {
        for second in LEVELS {
            body(first, second);
        }
    }
}

/// Ways in which an owner is one no more.
const WAYS: [&str; 4] = [
    "DELETE FROM organization_members",
    "UPDATE organization_members SET role = 'admin'",
    "UPDATE organization_members SET is_active = false",
    "UPDATE organization_members SET role = NULL",
];

#[test]
fn of_two_owners_one_stays_in_every_pair_of_levels() {
    let world = World::new();
    let owners = [user(A, "owner"), user(A, "admin")];
    let (mut round, mut gone) = (0, 0);
    each_pair(|first, second| {
        // Both leave, or each puts the other one out.
        for leave in [true, false] {
            let way = WAYS[round % WAYS.len()];
            round += 1;
            world.db.sql(&format!(
                "DELETE FROM organization_members WHERE organization_id = '{A}' AND user_id IN ('{0}', '{1}');
                 INSERT INTO organization_members (organization_id, user_id, role)
                 VALUES ('{A}', '{0}', 'owner'), ('{A}', '{1}', 'owner')",
                owners[0], owners[1]
            ));
            let side = |level, me: usize| Side {
                level,
                who: Who::user(&owners[me]),
                sql: format!(
                    "{way} WHERE user_id = '{}'",
                    owners[if leave { me } else { 1 - me }]
                ),
            };
            let outcomes = race(&world, &side(first, 0), &side(second, 1));
            let what = format!("{way}: {first}, {second}: {outcomes:?}");
            let left = one(
                &world.db,
                &format!(
                    "SELECT count(*) FROM organization_members
                     WHERE organization_id = '{A}' AND role = 'owner' AND is_active"
                ),
            );
            assert!(left == "1" || left == "2", "{left} owners left: {what}");
            gone += usize::from(left == "1");
            for error in outcomes.into_iter().filter_map(Result::err) {
                // The last owner, a row that changed, or two who wait for each other.
                assert!(
                    ["23001", "40001", "40P01"].contains(&error.as_str()),
                    "{what}"
                );
            }
        }
    });
    // Somebody may always go.
    assert_eq!(gone, round);
}

/// Where a third one stays, two may go at once, or be told to try again.
#[test]
fn two_of_three_owners_may_go_at_once() {
    let world = World::new();
    let going = [user(A, "owner"), user(A, "admin")];
    each_pair(|first, second| {
        world.db.sql(&format!(
            "DELETE FROM organization_members WHERE organization_id = '{A}' AND user_id IN ('{0}', '{1}', '{2}');
             INSERT INTO organization_members (organization_id, user_id, role)
             VALUES ('{A}', '{0}', 'owner'), ('{A}', '{1}', 'owner'), ('{A}', '{2}', 'owner')",
            going[0], going[1], user(A, "member")
        ));
        let side = |level, me: usize| Side {
            level,
            who: Who::user(&going[me]),
            sql: format!(
                "DELETE FROM organization_members WHERE user_id = '{}'",
                going[me]
            ),
        };
        let outcomes = race(&world, &side(first, 0), &side(second, 1));
        assert_eq!(outcomes[0], Ok(()), "{first}, {second}");
        if second == "READ COMMITTED" {
            assert_eq!(outcomes[1], Ok(()), "{first}, {second}");
        }
        let left = one(
            &world.db,
            &format!(
                "SELECT count(*) FROM organization_members WHERE organization_id = '{A}' AND role = 'owner'"
            ),
        );
        assert_ne!(left, "0");
    });
}

/// Neither the limit nor an event is passed by who began before somebody else had counted.
#[test]
fn usage_is_counted_exactly_in_every_pair_of_levels() {
    let world = World::new();
    let calls = [
        // 600 and 600 do not fit into 1000.
        ("consume_usage('{A}', 'monthly_messages', 600)", "600"),
        ("consume_usage('{A}', 'monthly_messages', 600, 'e')", "600"),
        ("track_usage('{A}', 'monthly_messages', 5, 'e')", "5"),
        // With a row of the month, or without.
        ("track_usage('{A}', 'monthly_messages', 5)", "10"),
    ];
    each_pair(|first, second| {
        for (call, expected) in calls {
            for begun in [false, true] {
                world
                    .db
                    .sql("DELETE FROM organization_usage; DELETE FROM saasdb_usage_events");
                if begun {
                    world.db.sql(&format!(
                        "SELECT track_usage('{A}', 'monthly_messages', 1);
                         UPDATE organization_usage SET metric_value = 0"
                    ));
                }
                let side = |level, role| Side {
                    level,
                    who: Who::user(&user(A, role)),
                    sql: format!("SELECT {}", call.replace("{A}", A)),
                };
                let outcomes = race(&world, &side(first, "member"), &side(second, "admin"));
                let what = format!("{call}: {first}, {second}, {begun}: {outcomes:?}");
                assert_eq!(outcomes[0], Ok(()), "{what}");
                let used = one(
                    &world.db,
                    "SELECT coalesce(sum(metric_value), 0) FROM organization_usage",
                );
                match &outcomes[1] {
                    Ok(()) => assert_eq!(used, expected, "{what}"),
                    // It is told to try again.
                    Err(error) => {
                        assert!(["40001", "40P01"].contains(&error.as_str()), "{what}");
                        assert_ne!(second, "READ COMMITTED", "{what}");
                        let once = if expected == "10" { "5" } else { expected };
                        assert_eq!(used, once, "{what}");
                    }
                }
            }
        }
    });
}

/// Whoever loses a role while their own statement waits does not give it back to themselves, or to a friend.
#[test]
fn a_role_that_was_lost_meanwhile_is_not_given_back() {
    let world = World::new();
    let (me, owner, friend) = (user(A, "admin"), user(A, "owner"), user(A, "member"));
    let set = |what: &str, id: &str| {
        format!(
            "UPDATE organization_members SET {what} WHERE organization_id = '{A}' AND user_id = '{id}'"
        )
    };
    let cases = [
        ("role = 'admin'", "role = 'viewer'", "role = 'admin'"),
        ("role = 'owner'", "role = 'admin'", "role = 'owner'"),
        ("role = 'owner'", "role = 'viewer'", "role = 'owner'"),
        ("role = 'admin'", "is_active = false", "is_active = true"),
        (
            "role = 'owner'",
            "role = NULL",
            "role = 'owner', is_active = true",
        ),
    ];
    each_pair(|first, second| {
        for (had, lost, back) in cases {
            world.db.sql(&set("role = 'admin', is_active = true", &me));
            world.db.sql(&set(had, &me));
            let take = Side {
                level: first,
                who: Who::user(&owner),
                sql: set(lost, &me),
            };
            let give = Side {
                level: second,
                who: Who::user(&me),
                sql: set(back, &me),
            };
            let state = format!(
                "SELECT role, is_active FROM organization_members WHERE organization_id = '{A}' AND user_id = '{me}'"
            );
            let outcomes = race(&world, &take, &give);
            let found = world.db.rows(&state);
            world.db.sql(&set(had, &me));
            world.db.sql(&set("is_active = true", &me));
            world.db.sql(&set(lost, &me));
            assert_eq!(
                found,
                world.db.rows(&state),
                "{back}: {first}, {second}: {outcomes:?}"
            );
        }
        // A friend whose row somebody else is at.
        world.db.sql(&set("role = 'admin', is_active = true", &me));
        world.db.sql(&set("role = 'viewer'", &friend));
        let take = Side {
            level: first,
            who: Who::user(&owner),
            sql: format!(
                "{}; {}",
                set("role = 'viewer'", &me),
                set("role = 'viewer'", &friend)
            ),
        };
        let give = Side {
            level: second,
            who: Who::user(&me),
            sql: set("role = 'admin'", &friend),
        };
        let outcomes = race(&world, &take, &give);
        assert!(outcomes[1].is_err(), "{first}, {second}: {outcomes:?}");
    });
}

/// Nobody of another organization holds what those who count wait for.
#[test]
fn a_stranger_does_not_stop_others_from_counting() {
    let world = World::new();
    let mut stranger = world.session(&Who::user(&user(B, "owner")));
    stranger.sql("BEGIN");
    for sql in [
        format!("SELECT pg_advisory_xact_lock(hashtextextended('{A} monthly_messages', 0))"),
        format!("SELECT pg_advisory_xact_lock(hashtextextended('{A}', 0))"),
        "SELECT FROM organizations FOR UPDATE".to_owned(),
        "SELECT FROM organization_members FOR UPDATE".to_owned(),
        format!("SELECT track_usage('{B}', 'monthly_messages', 1, 'e')"),
    ] {
        stranger.sql(&sql);
    }
    let refused = [
        format!("SELECT FROM organizations WHERE id = '{A}' FOR KEY SHARE"),
        format!("UPDATE organizations SET name = 'x' WHERE id = '{A}'"),
    ];
    for sql in refused {
        stranger.sql(&sql);
    }
    let mut member = world.session(&Who::user(&user(A, "member")));
    member.sql("SET lock_timeout = '5s'");
    member.sql(&format!(
        "SELECT track_usage('{A}', 'monthly_messages', 1, 'e')"
    ));
    member.sql(&format!(
        "SELECT consume_usage('{A}', 'monthly_messages', 1, 'f')"
    ));
    stranger.sql("ROLLBACK");
    stranger.close();
    member.close();
}
