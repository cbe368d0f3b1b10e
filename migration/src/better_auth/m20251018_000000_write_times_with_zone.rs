use super::times::{NOW, redefine, with_zone};
use crate::support::{Dialect, execute};
use sea_orm_migration::prelude::*;

/// Writes times on SQLite with their zone, in defaults and in the rows that are there; and leaves
/// `team.updatedAt` to Better Auth, whose own table has no default for it. The servers keep that default,
/// which does no harm there: no plain statement could give it back to the tables that had it, and to no
/// others.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Every column with a time; those that are the current time by default first.
const TIMES: [(&str, &[&str], &[&str]); 11] = [
    ("user", &["createdAt", "updatedAt"], &["banExpires"]),
    ("session", &["createdAt", "updatedAt"], &["expiresAt"]),
    (
        "account",
        &["createdAt", "updatedAt"],
        &["accessTokenExpiresAt", "refreshTokenExpiresAt"],
    ),
    ("verification", &["createdAt", "updatedAt"], &["expiresAt"]),
    ("organization", &["createdAt"], &[]),
    ("member", &["createdAt"], &[]),
    ("invitation", &[], &["expiresAt"]),
    ("team", &["createdAt"], &["updatedAt"]),
    ("teamMember", &["createdAt"], &[]),
    (
        "organizationSubscription",
        &["createdAt", "updatedAt"],
        &[
            "currentPeriodStart",
            "currentPeriodEnd",
            "trialEndsAt",
            "canceledAt",
        ],
    ),
    ("organizationModule", &["enabledAt"], &["disabledAt"]),
];

const TEAM_UPDATED: &str = "\"updatedAt\" datetime";

/// The definitions on SQLite: table, before, after.
fn edits() -> Vec<(&'static str, String, String)> {
    let mut out = Vec::new();
    for (table, defaulted, _) in TIMES {
        for column in defaulted {
            let null = if table == "teamMember" {
                ""
            } else {
                " NOT NULL"
            };
            let before = format!("\"{column}\" datetime{null} DEFAULT ");
            out.push((
                table,
                format!("{before}CURRENT_TIMESTAMP"),
                format!("{before}{NOW}"),
            ));
        }
    }
    out.push((
        "team",
        format!("{TEAM_UPDATED} DEFAULT CURRENT_TIMESTAMP"),
        TEAM_UPDATED.to_owned(),
    ));
    out
}

fn up_sql(dialect: Dialect) -> Vec<String> {
    match dialect {
        // What a default writes there is read as what it is.
        Dialect::Postgres | Dialect::MySql => Vec::new(),
        Dialect::Sqlite => {
            let mut out = redefine(&edits());
            for (table, defaulted, others) in TIMES {
                let columns = defaulted.iter().chain(others);
                out.extend(columns.map(|column| with_zone(table, column)));
            }
            out
        }
    }
}

/// Rows keep the times with their zone: every client reads them, and nobody can tell which of them the
/// application wrote so.
fn down_sql(dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Postgres | Dialect::MySql => Vec::new(),
        Dialect::Sqlite => {
            let mut back: Vec<_> = edits()
                .into_iter()
                .map(|(table, before, after)| (table, after, before))
                .collect();
            // Without a default the definition is the beginning of one that has it: what comes behind it
            // belongs to what is replaced.
            if let Some((table, from, to)) = back.pop() {
                for end in [",", "\n", ")"] {
                    back.push((table, format!("{from}{end}"), format!("{to}{end}")));
                }
            }
            redefine(&back)
        }
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &up_sql(Dialect::of(manager)?)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &down_sql(Dialect::of(manager)?)).await
    }
}
