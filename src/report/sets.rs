//! Reports of `set list` and `set show`.

use serde::Serialize;

use super::{Report, plural, wrap};
use crate::engine::makes::Makes;
use crate::ui::{Tone, Ui};

/// All schema sets.
#[derive(Debug, Serialize)]
pub struct SetList {
    /// In the catalogue's order.
    pub sets: Vec<SetOverview>,
}

/// What a schema set is.
#[derive(Debug, Serialize)]
pub struct SetOverview {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// The databases that it runs on.
    pub databases: Vec<&'static str>,
    /// The table with a row for each tenant.
    pub tenant_table: &'static str,
    /// The column that says to which tenant a row belongs.
    pub tenant_column: &'static str,
    /// Its tables, in the order in which they are made.
    pub tables: Vec<String>,
}

/// A schema set with its migrations and seeders.
#[derive(Debug, Serialize)]
pub struct SetDetails {
    /// What it is.
    #[serde(flatten)]
    pub overview: SetOverview,
    /// Oldest first.
    pub migrations: Vec<SetMigration>,
    /// In the order in which they run.
    pub seeders: Vec<SetSeeder>,
}

/// A migration of a set.
#[derive(Debug, Serialize)]
pub struct SetMigration {
    /// sea-orm's name.
    pub name: String,
    /// Its timestamp in digits.
    pub version: String,
    /// What it makes.
    pub makes: Makes,
}

/// A seeder of a set.
#[derive(Debug, Serialize)]
pub struct SetSeeder {
    /// What `seed --only` takes.
    pub name: &'static str,
    /// `reference` or `demo`.
    pub kind: &'static str,
    /// One line about it.
    pub description: &'static str,
}

/// How far the values of fields stand to the right.
const FIELD: usize = 13;

/// A name and its value, which goes on below itself where it is long.
fn field(name: &str, value: &str) -> String {
    let text = wrap(value, &" ".repeat(FIELD));
    format!("  {name:<width$}{}", text.trim_start(), width = FIELD - 2)
}

impl SetOverview {
    fn text(&self, ui: &Ui) -> String {
        let tenant = format!("table {}, column {}", self.tenant_table, self.tenant_column);
        let tables = format!("{}: {}", self.tables.len(), self.tables.join(", "));
        [
            ui.tone(Tone::Bold, self.name),
            wrap(self.about, "  "),
            field("databases", &self.databases.join(", ")),
            field("tenant", &tenant),
            field("tables", &tables),
        ]
        .join("\n")
    }
}

impl Report for SetList {
    fn command(&self) -> &'static str {
        "set list"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let blocks: Vec<String> = self.sets.iter().map(|s| s.text(ui)).collect();
        blocks.join("\n\n")
    }
}

impl Report for SetDetails {
    fn command(&self) -> &'static str {
        "set show"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let mut out = vec![self.overview.text(ui), String::new()];
        let title = format!("Migrations ({})", self.migrations.len());
        out.push(ui.tone(Tone::Bold, &title));
        for migration in &self.migrations {
            out.push(format!("  {}", migration.name));
            out.push(wrap(&describe(&migration.makes), "      "));
        }
        out.push(String::new());
        let title = format!("Seeders ({})", self.seeders.len());
        out.push(ui.tone(Tone::Bold, &title));
        for seeder in &self.seeders {
            out.push(format!("  {} ({})", seeder.name, seeder.kind));
            out.push(wrap(seeder.description, "      "));
        }
        out.join("\n")
    }
}

/// What a migration makes, as a phrase.
fn describe(makes: &Makes) -> String {
    let mut parts = Vec::new();
    for (names, noun) in [
        (&makes.types, "type"),
        (&makes.tables, "table"),
        (&makes.columns, "column"),
        (&makes.views, "view"),
        (&makes.functions, "function"),
    ] {
        if !names.is_empty() {
            let s = if names.len() == 1 { "" } else { "s" };
            parts.push(format!("{noun}{s} {}", names.join(", ")));
        }
    }
    for (count, one, many) in [
        (makes.indexes, "index", "indexes"),
        (makes.triggers, "trigger", "triggers"),
        (makes.policies, "policy", "policies"),
    ] {
        match count {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    if !makes.rebuilt.is_empty() {
        let what = plural(makes.rebuilt.len(), "table");
        parts.push(format!("{what} made anew: {}", makes.rebuilt.join(", ")));
    }
    if parts.is_empty() {
        parts.push("no object of its own".to_owned());
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_migration_makes_reads_well() {
        let names = |list: &[&str]| -> Vec<String> { list.iter().map(|s| (*s).into()).collect() };
        let makes = Makes {
            tables: names(&["a", "b"]),
            columns: names(&["c.d"]),
            indexes: 2,
            policies: 1,
            rebuilt: names(&["e"]),
            ..Makes::default()
        };
        assert_eq!(
            describe(&makes),
            "tables a, b; column c.d; 2 indexes; 1 policy; 1 table made anew: e"
        );
        assert_eq!(describe(&Makes::default()), "no object of its own");
    }

    #[test]
    fn long_values_go_on_below_themselves() {
        let text = field("tables", &"organizations ".repeat(9));
        assert!(text.starts_with("  tables     organizations organizations"));
        for line in text.lines().skip(1) {
            assert!(line.starts_with("             organizations"), "{text}");
        }
        assert!(text.lines().count() > 1 && text.lines().all(|l| l.len() <= 80));
    }
}
