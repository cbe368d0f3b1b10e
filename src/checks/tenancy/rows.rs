//! Asking the rows.

use super::Scene;
use super::questions::{Question, ROW, all};
use super::rules::{HIDDEN, NOT_CHECKED};
use crate::checks::{Finding, Look};
use crate::dialect::{Cause, ResultSet};
use crate::engine::sight::{Batch, Need, Refusal, Sight};
use crate::engine::{Database, Result};

/// How long one question may take, in milliseconds: a check is no reason to slow others down.
const LIMIT: u32 = 20_000;

/// Questions in one message.
const PORTION: usize = 50;

/// Rows that are named.
const EXAMPLES: usize = 3;

pub(super) async fn look(
    look: &mut Look<'_>,
    scene: &Scene<'_>,
    found: &mut Vec<Finding>,
) -> Result<()> {
    let mut questions = all(scene);
    let tables = questions.iter().flat_map(|q| &q.tables);
    let sight = Sight::over(
        look.db,
        &scene.schema,
        tables.map(String::as_str),
        Need::Read,
    )
    .await?;
    if let Some(finding) = hidden(look.db, &sight) {
        found.push(finding);
    }
    questions.retain(|q| !q.tables.iter().any(|t| sight.hides(t)));
    for portion in questions.chunks(PORTION) {
        look.db.interrupt.check()?;
        let counts = match ask(look.db, scene, &sight, portion, count).await {
            Ok(results) => results.into_iter().map(Ok).collect(),
            // One that cannot be answered keeps the others from being.
            Err(_) => one_by_one(look.db, scene, &sight, portion).await?,
        };
        for (question, counted) in portion.iter().zip(counts) {
            match counted {
                Err(why) => found.push(unanswered(question, why)),
                Ok(result) => {
                    let rows: u64 = result.single().and_then(|n| n.parse().ok()).unwrap_or(0);
                    if rows > 0 {
                        let named = ask(look.db, scene, &sight, &[question], examples).await;
                        let named = named.ok().and_then(|r| r.into_iter().next());
                        found.push(answered(question, rows, named));
                    }
                }
            }
        }
    }
    Ok(())
}

fn hidden(db: &Database, sight: &Sight) -> Option<Finding> {
    let tables = sight.hidden();
    if tables.is_empty() {
        return None;
    }
    Some(
        Finding::new(
            &HIDDEN,
            format!("row level security hides rows of {}", tables.join(", ")),
        )
        .sql(sight.grant(db)),
    )
}

async fn ask<Q: std::borrow::Borrow<Question>>(
    db: &mut Database,
    scene: &Scene<'_>,
    sight: &Sight,
    questions: &[Q],
    sql: fn(&Scene<'_>, &Question) -> String,
) -> Result<Vec<ResultSet>, Refusal> {
    let mut batch = Batch::new(db, sight);
    if let Some(limit) = scene.d.tenancy().limit(LIMIT) {
        batch.own(limit);
    }
    for question in questions {
        let question = question.borrow();
        let sql = scene.d.tenancy().limited(&sql(scene, question), LIMIT);
        batch.ask(&question.table, sql);
    }
    batch.send(db).await
}

async fn one_by_one(
    db: &mut Database,
    scene: &Scene<'_>,
    sight: &Sight,
    questions: &[Question],
) -> Result<Vec<Result<ResultSet, String>>> {
    let mut out = Vec::new();
    for question in questions {
        db.interrupt.check()?;
        match ask(db, scene, sight, &[question], count).await {
            Ok(results) => out.push(Ok(results.into_iter().next().unwrap_or_default())),
            Err(refusal) if refusal.error.cause == Cause::Unreachable => {
                return Err(refusal.explain(db, "the rows cannot be looked at"));
            }
            Err(refusal) => out.push(Err(refusal.error.to_string())),
        }
    }
    Ok(out)
}

fn count(scene: &Scene, question: &Question) -> String {
    format!("SELECT {} {}", scene.d.as_text("count(*)"), question.from)
}

fn examples(scene: &Scene, question: &Question) -> String {
    let names: Vec<String> = question
        .key
        .iter()
        .map(|column| format!("{ROW}.{}", scene.d.ident(column)))
        .collect();
    if names.is_empty() {
        return "SELECT NULL".to_owned();
    }
    let texts: Vec<String> = names.iter().map(|name| scene.d.as_text(name)).collect();
    format!(
        "SELECT {} {} ORDER BY {} LIMIT {EXAMPLES}",
        texts.join(", "),
        question.from,
        names.join(", ")
    )
}

/// The query by which somebody sees the rows.
fn listing(question: &Question) -> String {
    format!("SELECT {ROW}.* {}", question.from)
}

fn answered(question: &Question, rows: u64, named: Option<ResultSet>) -> Finding {
    let (noun, have) = if rows == 1 {
        ("row", "has")
    } else {
        ("rows", "have")
    };
    let mut finding = Finding::new(
        question.rule,
        format!(
            "{rows} {noun} of {} {have} {}",
            question.table, question.what
        ),
    )
    .on(question.object.clone());
    let keys: Vec<String> = named
        .into_iter()
        .flat_map(|result| result.rows)
        .filter_map(|row| {
            let values: Option<Vec<String>> = row.into_iter().collect();
            values.map(|values| values.join(", "))
        })
        .collect();
    if !keys.is_empty() {
        let more = if rows > keys.len() as u64 {
            ", …"
        } else {
            ""
        };
        finding = finding.detail(format!(
            "{}: {}{more}",
            question.key.join(", "),
            keys.join("; ")
        ));
    }
    finding.detail(format!("all: {}", listing(question)))
}

fn unanswered(question: &Question, why: String) -> Finding {
    let finding = Finding::new(
        &NOT_CHECKED,
        format!(
            "rows of {} with {} could not be looked for",
            question.table, question.what
        ),
    );
    finding
        .on(question.object.clone())
        .detail(why)
        .detail(format!("by hand: {}", listing(question)))
}
