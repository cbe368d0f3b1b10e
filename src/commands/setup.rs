//! `saasdb setup`: from nothing to a database that an application can use.

use std::time::Instant;

use super::{App, closing, demo, seed as seed_command, status};
use crate::engine::guard;
use crate::engine::plan::UpTarget;
use crate::engine::seed::Account;
use crate::engine::{Database, Exit, Open, Result, Source, database, operate, seed};
use crate::report;

/// Arguments of `setup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the seeders out
    #[arg(long)]
    pub no_seed: bool,
}

/// Creates the database if missing, migrates, seeds and shows the status.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let source = app.source().await?;
    let made = database::create(&app.config.target, &app.config.limits).await?;
    if made {
        let name = app.config.target.short();
        app.ui.message(&format!("created {name}"));
    }
    let mut db = app.open(Open::Create, "setup").await?;
    let outcome = work(args, app, &mut db, &source, made).await;
    let status = closing(db, outcome).await?;
    report::emit(&app.ui, &status);
    Ok(Exit::Done)
}

async fn work(
    args: &Args,
    app: &App,
    db: &mut Database,
    source: &Source,
    made: bool,
) -> Result<report::status::Status> {
    let environment = guard::environment(db, app.config.environment)?;
    let mut hashing = app.hashing(environment);
    let mut seeders = seed_command::for_environment(app.set()?.seeders(), environment).0;
    if !args.no_seed && !made && !demo::allowed(app, db, &seeders).await? {
        let names = demo::leave_out(&mut seeders);
        demo::say_left_out(app, &names);
    }
    if !args.no_seed && !seed::ledger::exists(db) {
        // Hashing takes longer than migrating: let it run beside.
        let prepared = seed::prepare(&seeders, seed::anchor(db).0);
        hashing.start(prepared.iter().flat_map(|p| &p.tables));
        // What is wrong with a password is said before anything is done.
        let rows = prepared
            .iter()
            .flat_map(|p| &p.tables)
            .flat_map(|t| &t.rows);
        let accounts: Vec<Account> = rows.flat_map(Account::of_row).collect();
        hashing.choose(&accounts).await?;
    }
    let start = Instant::now();
    let cx = app.context(source, app.config.transaction);
    let done = operate::up(db, &cx, &UpTarget::All, false).await?;
    if !done.is_empty() {
        let took = report::duration(start.elapsed());
        app.ui.message(&format!(
            "applied {} in {took}",
            report::plural(done.len(), "migration")
        ));
        db.look().await?;
    }
    if !args.no_seed {
        let start = Instant::now();
        let outcomes =
            seed_command::write(app, db, source, &seeders, environment, &mut hashing).await?;
        let rows: usize = outcomes.iter().map(|o| o.inserted + o.updated).sum();
        if rows > 0 {
            let took = report::duration(start.elapsed());
            app.ui
                .message(&format!("seeded {} in {took}", report::plural(rows, "row")));
        }
    }
    let passwords = hashing.given();
    let status = async {
        db.look().await?;
        status::gather("setup", app, db, source).await
    };
    match status.await {
        Ok(status) => Ok(report::status::Status {
            passwords,
            ..status
        }),
        Err(error) => {
            // They are in the database, and nobody else knows them.
            if !passwords.is_empty() {
                app.ui.out(&report::seeds::passwords(&app.ui, &passwords));
            }
            Err(error)
        }
    }
}
