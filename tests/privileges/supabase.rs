//! The set `supabase` under a migrator that is no superuser, on a server with the roles of the page.

use super::{Cast, LOOKS, WORKS, block, privileges};
use crate::commands::unchanged;
use crate::support::OwnServer;

/// The statement by which the roles are made, for the whole server.
fn prepared(server: &OwnServer) -> Cast {
    let cast = Cast::of(server.database());
    for mark in ["closed", "migrator", "supabase"] {
        cast.grant(&format!("postgres {mark}"));
    }
    cast
}

#[test]
fn it_is_migrated_seeded_and_taken_back_by_who_is_no_superuser() {
    let server = OwnServer::new();
    server
        .database()
        .sql(&block("postgres supabase server").join("\n"));
    let cast = prepared(&server);
    for line in WORKS {
        cast.call("shop_migrator", "supabase", line).success();
    }
    cast.call("shop_migrator", "supabase", "setup").success();
    cast.grant("postgres reader");
    cast.grant("postgres supabase reader");
    unchanged(&cast.db, || {
        for line in LOOKS {
            // Without sight of all rows it does not say what would be lost.
            let counts = ["migrate down", "migrate fresh", "seed undo"];
            if counts.iter().any(|word| line.starts_with(word)) {
                continue;
            }
            cast.call("shop_reader", "supabase", line).success();
        }
    });

    // Each of the further privileges is needed by something, and what needs it says so.
    for privilege in privileges(&cast.statements("postgres supabase")) {
        let cast = prepared(&server);
        let mine = privileges(&cast.statements("postgres supabase"));
        let without = mine
            .iter()
            .find(|p| p.name == privilege.name)
            .expect("the same privilege");
        cast.db.sql(&without.revoke);
        let refused = ["migrate up", "seed"]
            .into_iter()
            .map(|line| cast.call("shop_migrator", "supabase", line))
            .find(|output| output.code != 0)
            .unwrap_or_else(|| panic!("nobody needs {}", privilege.name));
        let clear = [1, 6].contains(&refused.code)
            && refused.stderr.contains("hint: ")
            && (refused.stderr.contains("permission denied")
                || refused.stderr.contains("GRANT")
                || refused.stderr.contains("must be"));
        assert!(clear, "without {}: {refused:?}", without.revoke);
        // Granted after all, it goes on.
        cast.db.sql(&without.grant);
        for line in ["migrate up", "seed"] {
            cast.call("shop_migrator", "supabase", line).success();
        }
    }
}
