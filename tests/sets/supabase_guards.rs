//! What members of `supabase` could try to get more than their role gives them.

use std::thread;
use std::time::Duration;

use super::supabase_world::{A, B, OUTSIDER, TABLES, Who, World, code, user};
use super::tools::{column, eventually, one};

#[track_caller]
fn refused(world: &World, who: &Who, sql: &str, expected: &str) {
    assert_eq!(world.failure(who, sql).as_deref(), Some(expected), "{sql}");
}

/// The role of A's member after that statement.
#[track_caller]
fn role_after(world: &World, who: &Who, sql: &str, member: &str) -> Result<String, String> {
    let question = format!(
        "SELECT role FROM organization_members WHERE organization_id = '{A}' AND user_id = '{}'",
        user(A, member)
    );
    world.trial(who, sql, &question)
}

#[test]
fn nobody_raises_themselves() {
    let world = World::new();
    let raise = |id: &str, role: &str| {
        format!("UPDATE organization_members SET role = '{role}' WHERE user_id = '{id}'")
    };
    for member in ["viewer", "member"] {
        let id = user(A, member);
        let after = role_after(&world, &Who::user(&id), &raise(&id, "admin"), member);
        assert_eq!(after, Ok(member.to_owned()));
    }
    let admin = user(A, "admin");
    refused(&world, &Who::user(&admin), &raise(&admin, "owner"), "42501");
    let join = format!(
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{A}', '{OUTSIDER}', "
    );
    refused(
        &world,
        &Who::user(OUTSIDER),
        &format!("{join}'viewer')"),
        "42501",
    );
    refused(
        &world,
        &Who::user(&admin),
        &format!("{join}'owner')"),
        "42501",
    );
    let upsert = format!(
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{A}', '{admin}', 'admin')
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = 'owner'"
    );
    refused(&world, &Who::user(&admin), &upsert, "42501");
    let invite = format!(
        "INSERT INTO organization_invitations (organization_id, email, role, invited_by, token, expires_at)
         VALUES ('{A}', 'x@example.com', 'owner', '{admin}', 'x', '2099-01-01Z')"
    );
    refused(&world, &Who::user(&admin), &invite, "23514");
}

#[test]
fn admins_manage_members_but_not_owners() {
    let world = World::new();
    let admin = Who::user(&user(A, "admin"));
    let set = |role: &str, whose: &str| {
        format!(
            "UPDATE organization_members SET role = '{role}' WHERE user_id = '{}'",
            user(A, whose)
        )
    };
    let after = role_after(&world, &admin, &set("admin", "viewer"), "viewer");
    assert_eq!(after, Ok("admin".to_owned()));
    let after = role_after(&world, &admin, &set("viewer", "owner"), "owner");
    assert_eq!(after, Ok("owner".to_owned()));
    let delete = format!(
        "DELETE FROM organization_members WHERE user_id = '{}'",
        user(A, "owner")
    );
    assert_eq!(
        role_after(&world, &admin, &delete, "owner"),
        Ok("owner".to_owned())
    );
    // Neither by taking the row over, nor by taking it out of use.
    let take = format!(
        "UPDATE organization_members SET user_id = '{OUTSIDER}', is_active = false WHERE role = 'owner'"
    );
    assert_eq!(
        role_after(&world, &admin, &take, "owner"),
        Ok("owner".to_owned())
    );
    let owner = Who::user(&user(A, "owner"));
    let after = role_after(&world, &owner, &set("owner", "admin"), "admin");
    assert_eq!(after, Ok("owner".to_owned()));
}

#[test]
fn the_last_owner_stays() {
    let world = World::new();
    let owner = Who::user(&user(A, "owner"));
    for sql in [
        "DELETE FROM organization_members WHERE role = 'owner'",
        "UPDATE organization_members SET role = 'admin' WHERE role = 'owner'",
        "UPDATE organization_members SET role = NULL WHERE role = 'owner'",
        "UPDATE organization_members SET is_active = false WHERE role = 'owner'",
        "UPDATE organization_members SET is_active = NULL WHERE role = 'owner'",
    ] {
        refused(&world, &owner, sql, "23001");
    }
    world.db.sql(&format!(
        "UPDATE organization_members SET role = 'owner' WHERE user_id = '{}'",
        user(A, "admin")
    ));
    let leave = format!(
        "DELETE FROM organization_members WHERE user_id = '{}'",
        user(A, "owner")
    );
    assert_eq!(world.failure(&owner, &leave), None);
    // Both at once are still all of them.
    refused(
        &world,
        &owner,
        "DELETE FROM organization_members WHERE role = 'owner'",
        "23001",
    );
    // Nothing stands in the way of deleting the organization, or of what deletes the user.
    assert_eq!(world.failure(&owner, "DELETE FROM organizations"), None);
    world.db.sql(&format!(
        "DELETE FROM auth.users WHERE id = '{}'",
        user(B, "owner")
    ));
    let left = one(
        &world.db,
        &format!(
            "SELECT count(*) FROM organization_members WHERE organization_id = '{B}' AND role = 'owner'"
        ),
    );
    assert_eq!(left, "0");
}

/// The same, with the moment chosen: the second one comes while the first one is not through yet.
#[test]
fn an_owner_who_waits_for_another_finds_themselves_the_last() {
    let world = World::new();
    let (first, second) = (user(A, "owner"), user(A, "admin"));
    let remove = |id: &str| format!("DELETE FROM organization_members WHERE user_id = '{id}'");
    world.db.sql(&format!(
        "UPDATE organization_members SET role = 'owner' WHERE user_id = '{second}'"
    ));
    let mut one = world.session(&Who::user(&first));
    one.sql(&format!("BEGIN; {}", remove(&second)));
    let mut two = world.session(&Who::user(&second));
    thread::scope(|scope| {
        let late = scope.spawn(|| two.try_sql(&remove(&first)));
        let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        eventually(Duration::from_secs(20), "the second one waits", || {
            !world.db.rows(waits).is_empty()
        });
        one.sql("COMMIT");
        let error = late
            .join()
            .expect("thread")
            .expect_err("the last owner stays");
        assert_eq!(code(&error), "23001");
    });
    one.close();
    two.close();
}

/// Two owners, each of whom puts out the other one at the same moment.
#[test]
fn of_two_owners_who_remove_each_other_one_remains() {
    let world = World::new();
    let (first, second) = (user(A, "owner"), user(A, "admin"));
    for round in 0..10 {
        world.db.sql(&format!(
            "DELETE FROM organization_members WHERE user_id IN ('{first}', '{second}');
             INSERT INTO organization_members (organization_id, user_id, role)
             VALUES ('{A}', '{first}', 'owner'), ('{A}', '{second}', 'owner')"
        ));
        let remove = |who: &str, other: &str| {
            let mut session = world.session(&Who::user(who));
            let sql = format!("DELETE FROM organization_members WHERE user_id = '{other}'");
            let outcome = session.try_sql(&sql);
            session.close();
            outcome
        };
        let outcomes = thread::scope(|scope| {
            let one = scope.spawn(|| remove(&first, &second));
            let two = scope.spawn(|| remove(&second, &first));
            [one.join().expect("thread"), two.join().expect("thread")]
        });
        // Who comes much too late is no member any more, and deletes nothing.
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(code(&error), "23001", "round {round}");
        }
        let owners = one(
            &world.db,
            &format!(
                "SELECT count(*) FROM organization_members WHERE organization_id = '{A}' AND role = 'owner'"
            ),
        );
        assert_eq!(owners, "1", "round {round}");
    }
}

#[test]
fn nobody_writes_in_anothers_name() {
    let world = World::new();
    let (me, colleague) = (user(A, "admin"), user(A, "owner"));
    let who = Who::user(&me);
    for (table, author) in [
        ("messages", "user_id"),
        ("contacts", "user_id"),
        ("auto_replies", "created_by"),
        ("campaigns", "created_by"),
        ("organization_invitations", "invited_by"),
        ("organization_members", "invited_by"),
    ] {
        let forged = world.insert(table, A, &colleague);
        refused(&world, &who, &forged, "42501");
        assert_eq!(
            world.failure(&who, &world.insert(table, A, &me)),
            None,
            "{table}"
        );
        // A colleague's row can be worked on, but not given to a third, or taken without a trace.
        let some = format!("{table} SET created_at = now()");
        assert_eq!(
            world.failure(&who, &format!("UPDATE {some}")),
            None,
            "{table}"
        );
        let third = user(A, "viewer");
        let give = format!("UPDATE {some}, {author} = '{third}'");
        refused(&world, &who, &give, "42501");
        // Nor is it theirs from then on, or nobody's, and what is nobody's stays so.
        let take = format!("UPDATE {some}, {author} = '{me}'");
        world.db.sql(&format!(
            "UPDATE {table} SET {author} = '{colleague}' WHERE organization_id = '{A}'"
        ));
        refused(&world, &who, &take, "42501");
        refused(
            &world,
            &who,
            &format!("UPDATE {some}, {author} = NULL"),
            "42501",
        );
        world.db.sql(&format!(
            "UPDATE {table} SET {author} = NULL WHERE organization_id = '{A}'"
        ));
        refused(&world, &who, &take, "42501");
        let backend = Who::role("service_role");
        assert_eq!(world.failure(&backend, &take), None, "{table}");
    }
}

/// A clash would tell whom somebody else has among their contacts, and so would one over all organizations.
#[test]
fn a_clash_tells_nothing_about_another_users_contacts() {
    let world = World::new();
    let insert = |organization: &str, whose: &str| {
        format!(
            "INSERT INTO contacts (organization_id, user_id, phone_number) VALUES ('{organization}', '{whose}', '+49 1')"
        )
    };
    let member = Who::user(&user(A, "member"));
    for whose in [user(A, "owner"), user(B, "owner")] {
        for more in ["", " ON CONFLICT DO NOTHING", " RETURNING id"] {
            let probe = insert(A, &whose) + more;
            refused(&world, &member, &probe, "42501");
        }
    }
    let me = user(A, "member");
    world.db.sql(&format!(
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{B}', '{me}', 'member')"
    ));
    // The same number in each of two organizations, and once in each.
    let both = format!("{}; {}", insert(A, &me), insert(B, &me));
    assert_eq!(world.failure(&member, &both), None);
    refused(
        &world,
        &member,
        &format!("{both}; {}", insert(A, &me)),
        "23505",
    );
}

#[test]
fn an_owner_does_not_give_themselves_a_better_plan() {
    let world = World::new();
    let owner = Who::user(&user(A, "owner"));
    for change in [
        "subscription_plan = 'enterprise'",
        "subscription_status = 'trialing'",
        "stripe_customer_id = 'cus_1'",
        "stripe_subscription_id = 'sub_1'",
        "trial_ends_at = '2099-01-01Z'",
    ] {
        refused(
            &world,
            &owner,
            &format!("UPDATE organizations SET {change}"),
            "42501",
        );
        let backend = Who::role("service_role");
        let only = format!("UPDATE organizations SET {change} WHERE id = '{A}'");
        assert_eq!(world.failure(&backend, &only), None, "{change}");
    }
    let rename = "UPDATE organizations SET name = 'New', slug = 'new', billing_email = 'x@a.example', settings = '{}'";
    assert_eq!(world.failure(&owner, rename), None);
}

/// FORCE: whoever owns the tables, but may not bypass row level security, is bound as well.
#[test]
fn the_owner_of_the_tables_is_bound_too() {
    let world = World::new();
    let (owner, _) = world.db.account();
    let mut session = world.db.session();
    session.sql(&format!("GRANT USAGE, CREATE ON SCHEMA public TO {owner}"));
    for table in TABLES {
        session.sql(&format!("ALTER TABLE {table} OWNER TO {owner}"));
    }
    session.sql(&format!("SET ROLE {owner}"));
    for table in TABLES {
        assert_eq!(
            session.rows(&format!("SELECT count(*) FROM {table}"))[0][0],
            "0",
            "{table}"
        );
        session.sql(&format!("DELETE FROM {table}"));
        let row = world.insert(table, A, &user(A, "owner"));
        let error = session.try_sql(&row).expect_err("the row is refused");
        assert_eq!(code(&error), "42501", "{table}");
    }
    session.sql(&format!(
        "RESET ROLE; GRANT authenticated TO {owner}; SET ROLE {owner}"
    ));
    let claims = Who::user(&user(A, "viewer")).claims;
    session.sql(&format!(
        "SELECT set_config('request.jwt.claims', '{claims}', false)"
    ));
    assert_eq!(session.rows("SELECT count(*) FROM messages")[0][0], "1");
    session.close();
    assert_eq!(column(&world.db, "SELECT count(*) FROM messages"), ["2"]);
}
