use crate::support::{AddColumns, Column, Dialect, execute};
use sea_orm_migration::prelude::*;

/// What Better Auth 1.7 wants beyond 1.4 to 1.6: how many members a team has, a key for each membership of
/// a team, and who vouches for an account.
///
/// `account.issuer` is read and written by 1.7.0 to 1.7.2 alone. Later ones never write it and refuse to
/// work where it must not be null; so it may be, and is no hindrance to them.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Who vouches, for the services that Better Auth knows as having one fixed issuer.
const ISSUERS: [(&str, &str); 7] = [
    ("credential", "local:credential"),
    ("siwe", "local:siwe"),
    ("google", "https://accounts.google.com"),
    ("apple", "https://appleid.apple.com"),
    ("facebook", "https://www.facebook.com"),
    ("line", "https://access.line.me"),
    ("slack", "https://slack.com"),
];

/// Services without an issuer of their own. For others (Microsoft, Cognito, what an application configured)
/// it depends on the tenant or the configuration, which no migration knows.
const WITHOUT: [&str; 27] = [
    "atlassian",
    "discord",
    "dropbox",
    "figma",
    "github",
    "gitlab",
    "huggingface",
    "kakao",
    "kick",
    "linear",
    "linkedin",
    "naver",
    "notion",
    "paypal",
    "polar",
    "railway",
    "reddit",
    "roblox",
    "salesforce",
    "spotify",
    "tiktok",
    "twitch",
    "twitter",
    "vercel",
    "vk",
    "wechat",
    "zoom",
];

fn columns() -> [AddColumns; 3] {
    [
        AddColumns::to("account").column(Column::key_text("issuer")),
        AddColumns::to("team").column(Column::integer("memberCount").not_null().default_integer(0)),
        AddColumns::to("teamMember").column(Column::key_text("membershipKey")),
    ]
}

const UNIQUE: [(&str, &str, &[&str]); 2] = [
    (
        "account",
        "account_issuer_accountId_key",
        &["issuer", "accountId"],
    ),
    (
        "teamMember",
        "teamMember_membershipKey_key",
        &["membershipKey"],
    ),
];

/// Fills what was added. Of rows that would share a unique value the first one gets it: Better Auth itself
/// finds the others without.
fn fill(d: Dialect) -> Vec<String> {
    let cases: String = ISSUERS
        .iter()
        .map(|(provider, issuer)| {
            format!(" WHEN {} THEN {}", d.literal(provider), d.literal(issuer))
        })
        .collect();
    let others = d.literals(&WITHOUT);
    let [account, team, member] = ["account", "team", "teamMember"].map(|t| d.ident(t));
    let [id, provider, account_id, issuer] =
        ["id", "providerId", "accountId", "issuer"].map(|c| d.ident(c));
    let [team_id, user_id, count, key] =
        ["teamId", "userId", "memberCount", "membershipKey"].map(|c| d.ident(c));
    let prefixed = match d {
        Dialect::MySql => format!("concat('local:oauth:', {provider})"),
        Dialect::Postgres | Dialect::Sqlite => format!("'local:oauth:' || {provider}"),
    };
    // MySQL reads the table that it updates only through a derived table.
    let first = |table: &str, by: &str| {
        format!(
            "{id} IN (SELECT {id} FROM (SELECT min({id}) AS {id} FROM {table} GROUP BY {by}) AS f)"
        )
    };
    let mut out = vec![
        format!(
            "UPDATE {account} SET {issuer} = CASE {provider}{cases} ELSE {prefixed} END \
             WHERE ({provider} IN ({}) OR {provider} IN ({others})) AND {}",
            d.literals(&ISSUERS.map(|(provider, _)| provider)),
            first(&account, &format!("{provider}, {account_id}")),
        ),
        format!(
            "UPDATE {team} SET {count} = (SELECT count(*) FROM {member} WHERE {member}.{team_id} = {team}.{id})"
        ),
    ];
    // The SHA-256 of both ids as a JSON array, in base64 for URLs. SQLite cannot compute it; there the key
    // stays null, which Better Auth takes for a membership of the time before and looks for by the pair.
    let digest = match d {
        Dialect::Postgres => Some(format!(
            "translate(encode(sha256(convert_to('[' || to_json({team_id}::text)::text || ',' || \
             to_json({user_id}::text)::text || ']', 'UTF8')), 'base64'), '+/=', '-_')"
        )),
        Dialect::MySql => Some(format!(
            "replace(replace(replace(to_base64(unhex(sha2(concat('[', json_quote({team_id}), ',', \
             json_quote({user_id}), ']'), 256))), '+', '-'), '/', '_'), '=', '')"
        )),
        Dialect::Sqlite => None,
    };
    out.extend(digest.map(|digest| {
        format!(
            "UPDATE {member} SET {key} = {digest} WHERE {}",
            first(&member, &format!("{team_id}, {user_id}"))
        )
    }));
    out
}

fn up_sql(dialect: Dialect) -> Vec<String> {
    let mut out: Vec<String> = columns().iter().flat_map(|c| c.add_sql(dialect)).collect();
    out.extend(fill(dialect));
    out.extend(UNIQUE.iter().map(|(table, name, columns)| {
        let (table, name) = (dialect.ident(table), dialect.ident(name));
        let columns = dialect.idents(columns);
        match dialect {
            Dialect::Sqlite => format!("CREATE UNIQUE INDEX {name} ON {table} ({columns})"),
            Dialect::Postgres | Dialect::MySql => {
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns})")
            }
        }
    }));
    out
}

fn down_sql(dialect: Dialect) -> Vec<String> {
    let mut out: Vec<String> = UNIQUE
        .iter()
        .rev()
        .map(|(table, name, _)| {
            let (table, name) = (dialect.ident(table), dialect.ident(name));
            match dialect {
                Dialect::Sqlite => format!("DROP INDEX {name}"),
                Dialect::Postgres => format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
                Dialect::MySql => format!("ALTER TABLE {table} DROP INDEX {name}"),
            }
        })
        .collect();
    out.extend(columns().iter().rev().flat_map(|c| c.remove_sql(dialect)));
    out
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
