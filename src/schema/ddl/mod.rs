//! Writing schemas as SQL: whole, as what leads from one to another, and object by object as what
//! takes a change back. How a statement reads is each database's own; the order is decided here.

pub mod order;
mod revert;

use super::{Change, Difference, Object, Schema, Table, compare};

/// A database's way to write its schema.
pub trait Ddl: Send + Sync {
    /// The statements that lead from one schema to the other. They need no semicolons between
    /// them, and those that must be outside of a transaction say BEGIN and COMMIT themselves.
    fn statements(&self, before: &Schema, after: &Schema) -> Vec<String>;

    /// The statements that make an empty schema into this one.
    fn create(&self, schema: &Schema) -> Vec<String> {
        let empty = Schema {
            format: schema.format,
            product: schema.product.clone(),
            ..Schema::default()
        };
        self.statements(&empty, schema)
    }

    /// The statements as a script for the database's own client.
    fn script(&self, statements: &[String]) -> String {
        let statements: Vec<String> = statements.iter().map(|s| format!("{s};\n")).collect();
        statements.join("\n")
    }

    /// What was changed since `before`, each with the statements that change it back, in an order
    /// in which they can run. Each one takes those before it as done.
    fn mend(&self, before: &Schema, after: &Schema) -> Vec<(Difference, Vec<String>)> {
        let mut found = compare(before, after);
        found.sort_by_key(|d| revert::rank(d, before));
        let mut now = after.clone();
        found
            .into_iter()
            .map(|difference| {
                let mut next = now.clone();
                revert::revert(&mut next, before, after, &difference.at);
                let statements = self.statements(&now, &next);
                now = next;
                (difference, statements)
            })
            .collect()
    }
}

/// What differs, for writers: questions about the list that [`compare`] made.
pub struct Differences(Vec<Difference>);

impl Differences {
    /// Compares.
    pub fn of(before: &Schema, after: &Schema) -> Self {
        Self(compare(before, after))
    }

    /// The objects that are gone or not the same any more.
    pub fn dropped(&self) -> impl Iterator<Item = &Object> {
        let gone = self.0.iter().filter(|d| d.change != Change::Added);
        gone.map(|d| &d.at)
    }

    /// The objects that are new or not the same any more.
    pub fn made(&self) -> impl Iterator<Item = &Object> {
        let new = self.0.iter().filter(|d| d.change != Change::Removed);
        new.map(|d| &d.at)
    }

    /// All, with how they differ.
    pub fn all(&self) -> impl Iterator<Item = (Change, &Object)> {
        self.0.iter().map(|d| (d.change, &d.at))
    }
}

/// The names in a list that was joined with commas. A name may have a comma itself, so the list is
/// read by the names that the table has.
pub fn names(joined: &str, table: Option<&Table>) -> Vec<String> {
    let known = |name: &str| table.is_some_and(|t| t.columns.iter().any(|c| c.name == name));
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for part in joined.split(',') {
        let name = match open.take() {
            Some(begun) => format!("{begun},{part}"),
            None => part.to_owned(),
        };
        match known(&name) {
            true => out.push(name),
            false => open = Some(name),
        }
    }
    if let Some(rest) = open {
        // Not columns of the table: the list is what it seems.
        out.extend(rest.split(',').map(str::to_owned));
    }
    out
}

/// CREATE TABLE with one part on each line.
pub fn create_table(name: &str, parts: &[String], tail: &str) -> String {
    match parts.is_empty() {
        true => format!("CREATE TABLE {name} (){tail}"),
        false => format!("CREATE TABLE {name} (\n  {}\n){tail}", parts.join(",\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    #[test]
    fn names_with_commas_are_told_from_two_names() {
        let table = Table {
            columns: ["a", "b,c", "d"]
                .map(|name| Column {
                    name: name.into(),
                    ..Column::default()
                })
                .into(),
            ..Table::default()
        };
        assert_eq!(names("a,b,c,d", Some(&table)), ["a", "b,c", "d"]);
        assert_eq!(names("x,y", Some(&table)), ["x", "y"]);
        assert_eq!(names("x,y", None), ["x", "y"]);
    }
}
