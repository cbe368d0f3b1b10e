//! Taking versions out of the history whose release is gone for good.

use super::database::Database;
use super::effects::Effect;
use super::error::{Error, Result};
use super::guard::{self, Environment, Verdict};
use super::migration::{Direction, Migration};
use super::operate::Context;
use super::plan::{State, Survey};
use super::version::resolve;

/// The versions that `wanted` stands for, after making sure that they may be forgotten: those that this
/// program does not know, and those of which nothing is there. Asks, because nobody can look for what an
/// unknown release made.
///
/// # Errors
/// Exit code 2 for a version that is not in the history; 6 where something of it is there, or without
/// consent.
pub(super) async fn versions(
    db: &mut Database,
    cx: &Context<'_>,
    wanted: &[String],
) -> Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let survey = Survey::new(cx.source, &db.history);
    let listed = survey
        .entries
        .iter()
        .filter(|e| matches!(e.state, State::Missing | State::Applied | State::Baseline));
    let names: Vec<&str> = listed.map(|e| e.name.as_str()).collect();
    let mut out = Vec::new();
    for text in wanted {
        let name = resolve(names.iter().copied(), text).map_err(|e| e.on(&db.target))?;
        if let Some(migration) = cx.source.get(name) {
            check_gone(db, migration).await?;
        }
        out.push(name.to_owned());
    }
    consent(db, cx, &out).await?;
    Ok(out)
}

/// Refuses to forget a migration of this program of which something is there, or may be.
async fn check_gone(db: &mut Database, migration: &Migration) -> Result<()> {
    let schema = db.schema().await?;
    let mut there = Vec::new();
    let mut looked = false;
    for effect in migration.effects(Direction::Up) {
        let found = match effect {
            Effect::CreateTable(t) => schema.tables.contains_key(t).then(|| format!("table {t}")),
            Effect::AddColumn(t, c) => {
                let table = schema.tables.get(t);
                let column = table.and_then(|t| t.column(c));
                column.map(|_| format!("column {t}.{c}"))
            }
            Effect::CreateType(t) => schema.types.contains_key(t).then(|| format!("type {t}")),
            _ => continue,
        };
        looked = true;
        there.extend(found);
    }
    if looked && there.is_empty() {
        return Ok(());
    }
    let error = Error::refused("this version cannot be forgotten")
        .on(&db.target)
        .migration(&migration.name);
    let error = match there.is_empty() {
        true => error.because("nothing in the catalogue tells whether it is there"),
        false => error.because(format!("it is there: {}", there.join(", "))),
    };
    Err(error.hint("`saasdb migrate down` reverts it; nothing was changed"))
}

async fn consent(db: &Database, cx: &Context<'_>, names: &[String]) -> Result<()> {
    let production = guard::recorded(db) == Some(Environment::Production)
        || cx.environment == Some(Environment::Production);
    let (agreed, verdict, hint) = match production {
        true => (
            cx.consent.confirm.as_deref() == Some(db.target.name.as_str()),
            Verdict::AskName,
            format!("if you mean it: `--confirm {}`", db.target.name),
        ),
        false => (
            cx.consent.yes,
            Verdict::Ask,
            "`--yes` goes ahead".to_owned(),
        ),
    };
    if agreed {
        return Ok(());
    }
    let why = "what these versions made stays, and nobody reverts it any more";
    if cx.consent.interactive {
        cx.observer
            .note(&format!("to be forgotten: {}; {why}", names.join(", ")));
        if cx.asker.ask(&verdict, &db.target.name).await {
            return Ok(());
        }
    }
    Err(Error::refused("forgetting versions needs your consent")
        .on(&db.target)
        .because(names.join(", "))
        .because(why)
        .hint(hint))
}
