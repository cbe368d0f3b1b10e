//! Row level security: which rows each role of an organization may read and write.

use super::members::at_least;

/// Who may do something with a row.
#[derive(Clone, Copy)]
enum Who {
    /// Nobody but those whom row level security does not bind.
    Nobody,
    /// Members of the row's organization with at least this role.
    AtLeast(&'static str),
    /// Admins; but what is about an owner only owners.
    Managers,
}

use Who::{AtLeast, Managers, Nobody};

/// A table, the column with the organization, and who may select, insert, update and delete.
const TABLES: [(&str, &str, [Who; 4]); 10] = [
    (
        "organizations",
        "id",
        [
            AtLeast("viewer"),
            Nobody,
            AtLeast("owner"),
            AtLeast("owner"),
        ],
    ),
    (
        "organization_members",
        "organization_id",
        [AtLeast("viewer"), Managers, Managers, Managers],
    ),
    ("organization_usage", "organization_id", RECORDS),
    ("billing_events", "organization_id", RECORDS),
    ("audit_logs", "organization_id", RECORDS),
    // Whoever reads the token of an invitation can accept it.
    (
        "organization_invitations",
        "organization_id",
        [AtLeast("admin"); 4],
    ),
    ("messages", "organization_id", WORK),
    ("contacts", "organization_id", WORK),
    ("auto_replies", "organization_id", WORK),
    ("campaigns", "organization_id", WORK),
];

/// What the backend writes about an organization.
const RECORDS: [Who; 4] = [AtLeast("admin"), Nobody, Nobody, Nobody];

/// What an organization works with.
const WORK: [Who; 4] = [
    AtLeast("viewer"),
    AtLeast("member"),
    AtLeast("member"),
    AtLeast("member"),
];

const COMMANDS: [&str; 4] = ["select", "insert", "update", "delete"];

/// The tables whose rows belong to an organization.
pub(super) fn tables() -> String {
    TABLES.map(|(table, _, _)| table).join(", ")
}

/// Switches row level security on, for the tables' owner too, and creates the policies.
pub(super) fn create() -> Vec<String> {
    let mut statements = Vec::new();
    for (table, column, rules) in TABLES {
        statements.push(format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        ));
        for (command, who) in COMMANDS.iter().zip(rules) {
            let condition = who.condition(column);
            let clauses = match *command {
                "insert" => format!("WITH CHECK ({condition})"),
                "update" => format!("USING ({condition}) WITH CHECK ({condition})"),
                _ => format!("USING ({condition})"),
            };
            statements.push(format!(
                "CREATE POLICY {table}_{command} ON {table} FOR {} TO authenticated\n{clauses}",
                command.to_uppercase()
            ));
        }
    }
    statements
}

/// Lets new rows be nobody's or their author's own. A policy keeps what it calls as it was when it was made,
/// whatever else has the same name later.
pub(super) fn for_authors(authors: [(&str, &str); 6]) -> Vec<String> {
    let own = |column: &str| format!("({column} IS NULL OR {column} = (SELECT current_user_id()))");
    alter_insert(authors, |condition, column| {
        format!("({condition})\n  AND {}", own(column))
    })
}

/// Lets new rows have any author, for a trigger to look at.
pub(super) fn for_anybody(authors: [(&str, &str); 6]) -> Vec<String> {
    alter_insert(authors, |condition, _| condition.to_owned())
}

fn alter_insert(
    authors: [(&str, &str); 6],
    condition: impl Fn(&str, &str) -> String,
) -> Vec<String> {
    let tables = TABLES.iter().filter_map(|(table, column, rules)| {
        let (_, author) = authors.iter().find(|(t, _)| t == table)?;
        let check = condition(&rules[1].condition(column), author);
        Some(format!(
            "ALTER POLICY {table}_insert ON {table} WITH CHECK ({check})"
        ))
    });
    tables.collect()
}

/// Drops the policies and switches row level security off.
pub(super) fn drop() -> Vec<String> {
    let mut statements = Vec::new();
    for (table, _, _) in TABLES.iter().rev() {
        for command in COMMANDS.iter().rev() {
            statements.push(format!("DROP POLICY {table}_{command} ON {table}"));
        }
        statements.push(format!(
            "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
        ));
    }
    statements
}

impl Who {
    fn condition(self, column: &str) -> String {
        match self {
            Nobody => "false".to_owned(),
            AtLeast(role) => at_least(role, column),
            Managers => format!(
                "{}\n  OR role IS DISTINCT FROM 'owner' AND {}",
                at_least("owner", column),
                at_least("admin", column)
            ),
        }
    }
}
