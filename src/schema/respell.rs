//! Names of tables as the schema set writes them, on servers that keep them in lower case
//! (`lower_case_table_names`, the default on Windows).

use super::Schema;

/// The spelling of a name among those that are known; any other name stays as it is.
pub fn respelled<'a>(name: &'a str, known: &'a [String]) -> &'a str {
    let same = |k: &&String| k.to_lowercase() == name.to_lowercase();
    known.iter().find(same).map_or(name, String::as_str)
}

impl Schema {
    /// Gives all tables, and what refers to them, the known spelling of their names.
    pub fn respell(&mut self, known: &[String]) {
        let tables = std::mem::take(&mut self.tables);
        self.tables = tables
            .into_iter()
            .map(|(name, mut table)| {
                for key in table.foreign_keys.values_mut() {
                    key.table = respelled(&key.table, known).to_owned();
                }
                (respelled(&name, known).to_owned(), table)
            })
            .collect();
        for inbound in &mut self.inbound {
            inbound.table = respelled(&inbound.table, known).to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ForeignKey, Table};

    #[test]
    fn tables_and_references_get_the_known_spelling() {
        let mut schema = Schema::default();
        let mut child = Table::default();
        let key = ForeignKey {
            table: "teammember".into(),
            ..ForeignKey::default()
        };
        child.foreign_keys.insert("k".into(), key);
        schema.tables.insert("mine".into(), child);
        schema.tables.insert("teammember".into(), Table::default());
        schema.respell(&["teamMember".to_owned()]);
        assert!(schema.tables.contains_key("teamMember"));
        assert_eq!(schema.tables["mine"].foreign_keys["k"].table, "teamMember");
    }
}
