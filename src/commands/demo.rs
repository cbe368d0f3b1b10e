//! Whether demo data may be written unasked: its accounts have documented passwords, which is nothing
//! to put into a database that somebody already uses.

use super::App;
use crate::engine::guard::{self, Environment};
use crate::engine::{Database, Result, losses, seed};
use seeders::{SeedKind, Seeder};

/// Why demo seeders were left out, for the message about it.
pub const FILLED: &str = "this database holds rows of yours and has no recorded environment";

/// Whether demo data may be written to this database as it is now: the environment was named or
/// recorded, demo data is there already, or there is no row but those that seeding made. Otherwise
/// the user is asked, and without a terminal the answer is no.
///
/// # Errors
/// The database's.
pub async fn allowed(app: &App, db: &mut Database, seeders: &[Box<dyn Seeder>]) -> Result<bool> {
    let named = app.config.environment.or(guard::recorded(db));
    if named.is_some_and(Environment::is_disposable)
        || !seeders.iter().any(|s| s.kind() == SeedKind::Demo)
        || seed::ledger::has_demo(db).await?
    {
        return Ok(true);
    }
    let rows = losses::foreign_rows(db).await?;
    if rows == 0 {
        return Ok(true);
    }
    // `--yes` is in many a script, and means what the script was written for.
    if !app.consent.interactive || app.consent.yes {
        return Ok(false);
    }
    let accounts = "Its accounts have documented passwords.";
    app.ui.message(&format!("{FILLED}. {accounts}"));
    Ok(app.ui.ask_yes("Write demo data to it? Type yes: ").await)
}

/// Takes the demo seeders out, and returns their names.
pub fn leave_out(seeders: &mut Vec<Box<dyn Seeder>>) -> Vec<String> {
    let demo = seeders.iter().filter(|s| s.kind() == SeedKind::Demo);
    let names = demo.map(|s| s.name().to_owned()).collect();
    seeders.retain(|s| s.kind() != SeedKind::Demo);
    names
}

/// Says that they were left out, and how to have them.
pub fn say_left_out(app: &App, names: &[String]) {
    app.ui
        .message(&format!("left out {}: {FILLED}", names.join(", ")));
    app.ui
        .message("hint: `saasdb seed --env dev` records the environment and writes them");
}
