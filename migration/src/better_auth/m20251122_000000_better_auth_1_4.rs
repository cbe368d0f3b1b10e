use super::times::{NOW, redefine};
use crate::support::{Dialect, execute};
use sea_orm_migration::prelude::*;

/// What Better Auth 1.4 wants beyond 1.3: when an invitation was made, and indexes over what it looks up.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// When an invitation that is there was made: Better Auth gives it two days.
fn made(dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => r#"UPDATE "invitation" SET "createdAt" = least("expiresAt" - interval '48 hours', CURRENT_TIMESTAMP)"#.to_owned(),
        Dialect::MySql => "UPDATE `invitation` SET `createdAt` = least(`expiresAt` - INTERVAL 48 HOUR, UTC_TIMESTAMP(3))".to_owned(),
        // Prisma keeps times as milliseconds. What is no time at all gets the current one.
        Dialect::Sqlite => format!(
            r#"UPDATE "invitation" SET "createdAt" = CASE typeof("expiresAt") WHEN 'integer' THEN min("expiresAt" - 172800000, CAST(strftime('%s', 'now') AS INTEGER) * 1000) ELSE coalesce(min(strftime('%Y-%m-%dT%H:%M:%fZ', "expiresAt", '-48 hours'), {NOW}), {NOW}) END"#
        ),
    }
}

fn up_sql(dialect: Dialect) -> Vec<String> {
    let mut out = match dialect {
        Dialect::Postgres => vec![
            r#"ALTER TABLE "invitation" ADD COLUMN "createdAt" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP"#.to_owned(),
            made(dialect),
        ],
        Dialect::MySql => vec![
            "ALTER TABLE `invitation` ADD COLUMN `createdAt` datetime(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3))".to_owned(),
            made(dialect),
        ],
        // SQLite adds no column with such a default to a table that has rows.
        Dialect::Sqlite => {
            let mut out = vec![
                r#"ALTER TABLE "invitation" ADD COLUMN "createdAt" datetime"#.to_owned(),
                made(dialect),
            ];
            out.extend(redefine(&[(
                "invitation",
                r#""createdAt" datetime"#.to_owned(),
                format!(r#""createdAt" datetime NOT NULL DEFAULT {NOW}"#),
            )]));
            out
        }
    };
    out.extend(match dialect {
        // CREATE INDEX would need a privilege of its own there. Text of any length is indexed by its
        // beginning.
        Dialect::MySql => [
            "ALTER TABLE `invitation` ADD INDEX `invitation_email_idx` (`email`)",
            "ALTER TABLE `verification` ADD INDEX `verification_identifier_idx` (`identifier`(191))",
        ],
        Dialect::Postgres | Dialect::Sqlite => [
            r#"CREATE INDEX "invitation_email_idx" ON "invitation" ("email")"#,
            r#"CREATE INDEX "verification_identifier_idx" ON "verification" ("identifier")"#,
        ],
    }.map(str::to_owned));
    out
}

fn down_sql(dialect: Dialect) -> Vec<String> {
    let drop = |table: &str, index: &str| match dialect {
        Dialect::MySql => format!("ALTER TABLE `{table}` DROP INDEX `{index}`"),
        Dialect::Postgres | Dialect::Sqlite => format!("DROP INDEX \"{index}\""),
    };
    vec![
        drop("verification", "verification_identifier_idx"),
        drop("invitation", "invitation_email_idx"),
        format!(
            "ALTER TABLE {} DROP COLUMN {}",
            dialect.ident("invitation"),
            dialect.ident("createdAt")
        ),
    ]
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
