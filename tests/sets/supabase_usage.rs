//! The usage counters of `supabase`, with real concurrency.

use std::thread;

use super::supabase_world::{A, B, OUTSIDER, Who, World, code, user};
use super::tools::{column, one};

/// What A used in the current month.
fn used(world: &World, metric: &str) -> String {
    let rows = column(
        &world.db,
        &format!(
            "SELECT metric_value FROM organization_usage WHERE organization_id = '{A}'
             AND metric_name = '{metric}' AND period_start = date_trunc('month', now(), 'UTC')"
        ),
    );
    assert!(rows.len() <= 1, "{rows:?}");
    rows.first().cloned().unwrap_or_else(|| "none".to_owned())
}

fn member() -> Who {
    Who::user(&user(A, "member"))
}

/// Runs the body on eight connections of members at once, each with its number.
fn eight(world: &World, body: impl Fn(usize, &mut crate::support::Session) + Sync) {
    thread::scope(|scope| {
        for n in 0..8 {
            let body = &body;
            scope.spawn(move || {
                let mut session = world.session(&member());
                body(n, &mut session);
                session.close();
            });
        }
    });
}

#[test]
fn eight_connections_with_500_calls_count_4000() {
    let world = World::new();
    eight(&world, |n, session| {
        for call in 0..500 {
            // With and without an event, which take different ways to the same counter.
            let event = if n % 2 == 0 {
                format!("'{n} {call}'")
            } else {
                "NULL".to_owned()
            };
            session.sql(&format!(
                "SELECT track_usage('{A}', 'monthly_messages', 1, {event})"
            ));
        }
    });
    assert_eq!(used(&world, "monthly_messages"), "4000");
    let events = one(&world.db, "SELECT count(*) FROM saasdb_usage_events");
    assert_eq!(events, "2000");
}

#[test]
fn eight_connections_are_granted_exactly_the_limit() {
    let world = World::new();
    let granted = std::sync::atomic::AtomicUsize::new(0);
    eight(&world, |n, session| {
        for call in 0..200 {
            let event = if n % 2 == 0 {
                format!("'{n} {call}'")
            } else {
                "NULL".to_owned()
            };
            let answer = session.rows(&format!(
                "SELECT consume_usage('{A}', 'monthly_messages', 1, {event})"
            ));
            if answer[0][0] == "t" {
                granted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    });
    assert_eq!(granted.into_inner(), 1000);
    assert_eq!(used(&world, "monthly_messages"), "1000");
}

#[test]
fn an_event_counts_once_also_when_it_comes_eight_times_at_once() {
    let world = World::new();
    eight(&world, |_, session| {
        for event in 0..50 {
            session.sql(&format!(
                "SELECT track_usage('{A}', 'monthly_messages', 3, 'tracked {event}');
                 SELECT consume_usage('{A}', 'monthly_messages', 2, 'consumed {event}')"
            ));
        }
    });
    assert_eq!(used(&world, "monthly_messages"), "250");
}

#[test]
fn the_same_event_again_adds_nothing() {
    let world = World::new();
    let mut session = world.session(&member());
    let track = |metric: &str, event: &str| {
        format!("SELECT track_usage('{A}', '{metric}', event_id => '{event}')")
    };
    session.sql(&track("monthly_messages", "e"));
    session.sql(&track("monthly_messages", "e"));
    assert_eq!(used(&world, "monthly_messages"), "1");
    session.sql(&track("monthly_messages", "f"));
    assert_eq!(used(&world, "monthly_messages"), "2");
    // One event may use up two things.
    session.sql(&track("campaigns", "e"));
    assert_eq!(used(&world, "campaigns"), "1");
    // What was rolled back did not happen.
    session.sql(&format!(
        "BEGIN; {}; ROLLBACK",
        track("monthly_messages", "g")
    ));
    session.sql(&track("monthly_messages", "g"));
    assert_eq!(used(&world, "monthly_messages"), "3");
    session.close();
    // The same id in another organization is another event.
    let who = Who::user(&user(B, "member"));
    let mut session = world.session(&who);
    session.sql(&format!(
        "SELECT track_usage('{B}', 'monthly_messages', 1, 'e')"
    ));
    session.close();
    let both =
        "SELECT count(DISTINCT organization_id) FROM saasdb_usage_events WHERE event_id = 'e'";
    assert_eq!(one(&world.db, both), "2");
}

/// Whoever counts several things in one transaction, in whatever order, waits for nobody who waits for
/// them.
#[test]
fn counting_in_transactions_does_not_end_in_a_deadlock() {
    let world = World::new();
    eight(&world, |n, session| {
        for round in 0..25 {
            session.sql("BEGIN");
            let mut events = [Some(format!("r{round}")), None, Some(format!("s{round}"))];
            if n % 2 == 0 {
                events.reverse();
            }
            for event in events {
                let event = event.map_or("NULL".to_owned(), |id| format!("'{id}'"));
                session.sql(&format!(
                    "SELECT track_usage('{A}', 'monthly_messages', 1, {event})"
                ));
            }
            session.sql("COMMIT");
        }
    });
    assert_eq!(used(&world, "monthly_messages"), (25 * (2 + 8)).to_string());
}

#[test]
fn a_limit_is_checked_against_the_month() {
    let world = World::new();
    let check = |amount: &str| {
        let query = format!("SELECT check_usage_limit('{A}', 'monthly_messages'{amount})");
        world.ask(&member(), &query).map(|rows| rows[0] == "t")
    };
    // January's seven are long over, and there is no row yet.
    assert_eq!(used(&world, "monthly_messages"), "none");
    assert_eq!(check(""), Ok(true));
    assert_eq!(check(", 1000"), Ok(true));
    assert_eq!(check(", 1001"), Ok(false));
    world.db.sql(&format!(
        "SELECT track_usage('{A}', 'monthly_messages', 998)"
    ));
    assert_eq!(check(", 2"), Ok(true));
    assert_eq!(check(", 3"), Ok(false));
    world
        .db
        .sql(&format!("SELECT track_usage('{A}', 'monthly_messages', 2)"));
    assert_eq!(check(""), Ok(false));
    // Asking changes nothing.
    assert_eq!(used(&world, "monthly_messages"), "1000");
    // None at all are a limit too, and -1 is none.
    let none = format!("SELECT check_usage_limit('{A}', 'campaigns')");
    assert_eq!(world.ask(&member(), &none), Ok(vec!["f".to_owned()]));
    world
        .db
        .sql("UPDATE organizations SET subscription_plan = 'enterprise'");
    assert_eq!(check(""), Ok(true));
    assert_eq!(check(", 2147483647"), Ok(true));
    assert_eq!(world.ask(&member(), &none), Ok(vec!["t".to_owned()]));
}

#[test]
fn what_is_refused_leaves_nothing() {
    let world = World::new();
    let consume = |amount: u32, event: &str| {
        let sql = format!("SELECT consume_usage('{A}', 'monthly_messages', {amount}, {event})");
        let mut session = world.session(&member());
        let answer = session.rows(&sql)[0][0] == "t";
        session.close();
        answer
    };
    let before = column(
        &world.db,
        "SELECT to_jsonb(u) FROM organization_usage u ORDER BY id",
    );
    assert!(!consume(1001, "'big'"));
    let after = column(
        &world.db,
        "SELECT to_jsonb(u) FROM organization_usage u ORDER BY id",
    );
    assert_eq!(before, after);
    assert_eq!(
        one(&world.db, "SELECT count(*) FROM saasdb_usage_events"),
        "0"
    );
    assert!(consume(999, "'most'"));
    assert!(!consume(2, "NULL"));
    assert!(consume(1, "NULL"));
    assert!(!consume(1, "'one more'"));
    // That one was granted already.
    assert!(consume(999, "'most'"));
    assert_eq!(used(&world, "monthly_messages"), "1000");
    world
        .db
        .sql("UPDATE organizations SET subscription_plan = 'enterprise'");
    assert!(consume(1_000_000, "NULL"));
    assert_eq!(used(&world, "monthly_messages"), "1001000");
}

#[test]
fn what_makes_no_sense_is_an_error_that_says_so() {
    let world = World::new();
    let message = |sql: &str| {
        let error = world.db.try_sql(&format!("SELECT {sql}")).expect_err(sql);
        (code(&error), error.to_string())
    };
    for function in ["track_usage", "check_usage_limit", "consume_usage"] {
        for amount in ["0", "-1", "NULL"] {
            let (code, text) = message(&format!("{function}('{A}', 'monthly_messages', {amount})"));
            assert_eq!(code, "22023", "{function} {amount}");
            assert!(text.contains("must be positive"), "{text}");
        }
        let (code, text) = message(&format!("{function}('{A}', 'smoke_signals')"));
        assert_eq!(code, "22023");
        assert!(
            text.contains("the plan starter has no limit for the metric smoke_signals"),
            "{text}"
        );
        let (code, text) = message(&format!("{function}('{OUTSIDER}', 'monthly_messages')"));
        assert_eq!(code, "P0002");
        assert!(text.contains("there is no organization"), "{text}");
        assert_eq!(
            message(&format!("{function}(NULL, 'monthly_messages')")).0,
            "22004"
        );
        assert_eq!(message(&format!("{function}('{A}', NULL)")).0, "22004");
    }
    for event in ["''".to_owned(), format!("'{}'", "x".repeat(256))] {
        let call = format!("track_usage('{A}', 'monthly_messages', 1, {event})");
        assert_eq!(message(&call).0, "22023");
    }
    world.db.sql(&format!(
        "SELECT track_usage('{A}', 'monthly_messages', 2147483647)"
    ));
    assert_eq!(
        message(&format!(
            "track_usage('{A}', 'monthly_messages', 1, 'over')"
        ))
        .0,
        "22003"
    );
    assert_eq!(used(&world, "monthly_messages"), "2147483647");
    let check = format!("SELECT check_usage_limit('{A}', 'monthly_messages', 2147483647)");
    assert_eq!(one(&world.db, &check), "f");
    world
        .db
        .sql("DELETE FROM subscription_plans WHERE id = 'starter'");
    let (code, text) = message(&format!("check_usage_limit('{A}', 'monthly_messages')"));
    assert_eq!(code, "P0002");
    assert!(
        text.contains("has the plan starter, which subscription_plans lacks"),
        "{text}"
    );
    world
        .db
        .sql("UPDATE organizations SET subscription_plan = NULL");
    let (_, text) = message(&format!("check_usage_limit('{A}', 'monthly_messages')"));
    assert!(text.contains("has the plan null"), "{text}");
}

/// Whatever time zone a caller lives in.
#[test]
fn a_period_is_a_month_in_utc() {
    let world = World::new();
    for zone in ["Pacific/Kiritimati", "Pacific/Niue", "America/New_York"] {
        let mut session = world.session(&member());
        session.sql(&format!(
            "SET timezone = '{zone}'; SELECT track_usage('{A}', 'monthly_messages')"
        ));
        session.close();
    }
    let rows = world.db.rows(&format!(
        "SELECT metric_value, period_start = date_trunc('month', now(), 'UTC'),
           to_char(period_start AT TIME ZONE 'UTC', 'DD HH24:MI'), to_char(period_end AT TIME ZONE 'UTC', 'DD HH24:MI'),
           (period_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC' = period_end
         FROM organization_usage WHERE organization_id = '{A}' AND period_start > '2025-01-01Z'"
    ));
    assert_eq!(rows, [["3", "t", "01 00:00", "01 00:00", "t"]]);
}

#[test]
fn members_count_for_their_organization_and_the_backend_for_all() {
    let world = World::new();
    let calls = |organization: &str| {
        ["track_usage", "check_usage_limit", "consume_usage"]
            .map(|f| format!("SELECT {f}('{organization}', 'monthly_messages')"))
    };
    for role in ["member", "admin", "owner"] {
        for call in calls(A) {
            assert_eq!(
                world.failure(&Who::user(&user(A, role)), &call),
                None,
                "{role}: {call}"
            );
        }
    }
    for call in calls(A).into_iter().chain(calls(B)) {
        assert_eq!(
            world.failure(&Who::role("service_role"), &call),
            None,
            "{call}"
        );
    }
    let strangers = [
        Who::user(&user(A, "viewer")),
        Who::user(&user(B, "owner")),
        Who::user(OUTSIDER),
        Who::claiming(""),
        // A claim is not a role of the server.
        Who::claiming(r#"{"role": "service_role"}"#),
        Who::role("anon"),
    ];
    for who in strangers {
        for call in calls(A) {
            assert_eq!(
                world.failure(&who, &call).as_deref(),
                Some("42501"),
                "{who:?}: {call}"
            );
        }
    }
}
