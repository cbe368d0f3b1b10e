//! Two organizations with their people and a row in every table, and statements as one of the people.

use std::sync::Mutex;

use crate::sets::tools::saasdb;
use crate::support::{Db, Saasdb, Session, TestDb};

/// The tables whose rows belong to an organization.
pub const TABLES: [&str; 10] = [
    "organizations",
    "organization_members",
    "organization_usage",
    "billing_events",
    "audit_logs",
    "organization_invitations",
    "messages",
    "contacts",
    "auto_replies",
    "campaigns",
];

/// The roles that a member has, each with what the ones before it may do.
pub const ROLES: [&str; 4] = ["viewer", "member", "admin", "owner"];

/// The organizations.
pub const A: &str = "aaaaaaaa-0000-4000-8000-000000000000";
pub const B: &str = "bbbbbbbb-0000-4000-8000-000000000000";

/// A user who belongs to no organization.
pub const OUTSIDER: &str = "cccccccc-0000-4000-8000-000000000009";

/// The id of the user who has that role in A or B.
pub fn user(organization: &str, role: &str) -> String {
    let rank = ROLES.iter().position(|r| *r == role).expect("a role");
    format!("{}-0000-4000-8000-00000000000{rank}", &organization[..8])
}

/// The column of a table that says whose row it is.
pub fn owner_column(table: &str) -> &'static str {
    if table == "organizations" {
        "id"
    } else {
        "organization_id"
    }
}

/// Who executes something.
#[derive(Debug, Clone)]
pub struct Who {
    /// The role that is set.
    pub role: &'static str,
    /// The claims of the request.
    pub claims: String,
}

impl Who {
    /// A user who signed in.
    pub fn user(id: &str) -> Who {
        Who::claiming(&format!(
            "{{\"sub\": \"{id}\", \"role\": \"authenticated\"}}"
        ))
    }

    /// Somebody who signed in with these claims, whatever they are.
    pub fn claiming(claims: &str) -> Who {
        Who {
            role: "authenticated",
            claims: claims.to_owned(),
        }
    }

    /// One of the other roles, without claims.
    pub fn role(role: &'static str) -> Who {
        Who {
            role,
            claims: String::new(),
        }
    }

    /// The statements with which a request begins.
    pub fn become_sql(&self) -> String {
        format!(
            "SET ROLE {}; SELECT set_config('request.jwt.claims', '{}', false)",
            self.role,
            self.claims.replace('\'', "''")
        )
    }
}

/// The program with the set.
pub fn supabase(db: &TestDb) -> Saasdb {
    saasdb(db).env("SAASDB_SET", "supabase")
}

/// Runs `saasdb` with the words of `command`, which has to succeed.
#[track_caller]
pub fn run(db: &TestDb, command: &str) {
    supabase(db).call(command.split_whitespace()).success();
}

/// The two organizations in a database of their own.
pub struct World {
    pub db: TestDb,
    /// A superuser's, for what is undone at once. Connecting takes longer than most questions.
    session: Mutex<Session>,
}

impl World {
    #[track_caller]
    pub fn new() -> World {
        let db = TestDb::new(Db::Postgres);
        run(&db, "migrate up");
        let mut session = db.session();
        settle(&mut session);
        World {
            db,
            session: Mutex::new(session),
        }
    }

    /// A session as somebody, which stays.
    #[track_caller]
    pub fn session(&self, who: &Who) -> Session {
        let mut session = self.db.session();
        session.sql(&who.become_sql());
        session
    }

    /// Executes something as somebody and then asks as superuser; everything is undone.
    #[track_caller]
    pub fn trial(&self, who: &Who, sql: &str, question: &str) -> Result<String, String> {
        self.as_somebody(who, |session| {
            session.try_sql(sql)?;
            session.sql("RESET ROLE");
            Ok(session.rows(question)[0][0].clone())
        })
    }

    fn as_somebody<T>(
        &self,
        who: &Who,
        body: impl FnOnce(&mut Session) -> Result<T, sea_orm::sqlx::Error>,
    ) -> Result<T, String> {
        let mut session = self.session.lock().expect("session");
        session.sql(&format!("BEGIN; {}", who.become_sql()));
        let outcome = body(&mut session).map_err(|error| code(&error));
        session.sql("ROLLBACK");
        outcome
    }

    /// The answer to a query as somebody; every row is its first column.
    #[track_caller]
    pub fn ask(&self, who: &Who, query: &str) -> Result<Vec<String>, String> {
        let rows = self.as_somebody(who, |session| session.try_rows(query))?;
        Ok(rows.into_iter().map(|row| row[0].clone()).collect())
    }

    /// The single value of a query as superuser.
    #[track_caller]
    pub fn one(&self, query: &str) -> String {
        self.session.lock().expect("session").rows(query)[0][0].clone()
    }

    /// The SQLSTATE with which a statement as somebody fails; it is undone where it does not.
    #[track_caller]
    pub fn failure(&self, who: &Who, sql: &str) -> Option<String> {
        self.trial(who, sql, "SELECT 1").err()
    }

    /// An INSERT of a row like the one of that organization, written by a user.
    #[track_caller]
    pub fn insert(&self, table: &str, organization: &str, author: &str) -> String {
        self.insert_with(table, organization, author, None)
    }

    /// The same, with an id that may be taken.
    #[track_caller]
    pub fn insert_with(
        &self,
        table: &str,
        organization: &str,
        author: &str,
        id: Option<&str>,
    ) -> String {
        let column = owner_column(table);
        let row = self.one(&format!(
            "SELECT to_jsonb(t) || jsonb_build_object('id', gen_random_uuid()) FROM {table} t
             WHERE {column} = '{organization}' ORDER BY created_at LIMIT 1"
        ));
        let mut row: serde_json::Value = serde_json::from_str(&row).expect("a row");
        let unique = row["id"].as_str().expect("an id").to_owned();
        if let Some(id) = id {
            row["id"] = id.into();
        }
        let object = row.as_object_mut().expect("an object");
        for name in ["slug", "token", "phone_number", "period_start"] {
            if object.contains_key(name) {
                let value = if name == "period_start" {
                    "1999-01-01"
                } else {
                    &unique
                };
                object.insert(name.to_owned(), value.into());
            }
        }
        for name in ["user_id", "created_by", "invited_by"] {
            if object.contains_key(name) {
                object.insert(name.to_owned(), author.into());
            }
        }
        if table == "organization_members" {
            object.insert("user_id".to_owned(), OUTSIDER.into());
            object.insert("role".to_owned(), "viewer".into());
        }
        format!(
            "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{}')",
            row.to_string().replace('\'', "''")
        )
    }
}

/// The SQLSTATE of an error.
pub fn code(error: &sea_orm::sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map_or_else(|| error.to_string(), |code| code.into_owned())
}

/// Makes the plans, the people and their rows.
pub fn settle(session: &mut Session) {
    // Nobody here signs up.
    session.sql("SET saasdb.seeding = 'on'");
    session.sql(
        r#"INSERT INTO subscription_plans (id, name, price_monthly, limits) VALUES
           ('starter', 'Starter', 2900, '{"monthly_messages": 1000, "campaigns": 0}'),
           ('enterprise', 'Enterprise', 99900, '{"monthly_messages": -1, "campaigns": -1}')"#,
    );
    session.sql(&format!(
        "INSERT INTO auth.users (id, email) VALUES ('{OUTSIDER}', 'outsider@example.com')"
    ));
    for (organization, name) in [(A, "a"), (B, "b")] {
        let owner = user(organization, "owner");
        session.sql(&format!(
            "INSERT INTO organizations (id, name, slug) VALUES ('{organization}', 'Organization {name}', '{name}')"
        ));
        for role in ROLES {
            let id = user(organization, role);
            session.sql(&format!(
                "INSERT INTO auth.users (id, email) VALUES ('{id}', '{role}@{name}.example');
                 INSERT INTO organization_members (organization_id, user_id, role)
                 VALUES ('{organization}', '{id}', '{role}')"
            ));
        }
        session.sql(&format!(
            "INSERT INTO organization_usage (organization_id, metric_name, metric_value, period_start, period_end)
             VALUES ('{organization}', 'monthly_messages', 7, '2024-01-01Z', '2024-02-01Z');
             INSERT INTO billing_events (organization_id, event_type) VALUES ('{organization}', 'invoice.paid');
             INSERT INTO audit_logs (organization_id, user_id, action) VALUES ('{organization}', '{owner}', 'login');
             INSERT INTO organization_invitations (organization_id, email, role, invited_by, token, expires_at)
             VALUES ('{organization}', 'new@example.com', 'member', '{owner}', 'token of {name}', '2099-01-01Z');
             INSERT INTO messages (organization_id, user_id, phone_number, content, direction)
             VALUES ('{organization}', '{owner}', '+49 1', 'hello from {name}', 'outbound');
             INSERT INTO contacts (organization_id, user_id, phone_number, name)
             VALUES ('{organization}', '{owner}', '+49 1', 'contact of {name}');
             INSERT INTO auto_replies (organization_id, name, response_message, created_by)
             VALUES ('{organization}', 'away', 'back soon', '{owner}');
             INSERT INTO campaigns (organization_id, name, message_template, created_by)
             VALUES ('{organization}', 'spring', 'hi', '{owner}')"
        ));
    }
    session.sql("RESET saasdb.seeding");
}
