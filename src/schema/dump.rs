//! Schemas as files, to be committed and reviewed: SQL for people and clients, JSON for programs.

use super::{Ddl, FORMAT, Schema};

/// How a dump of SQL begins; the product follows.
const HEADER: &str = "-- saasdb schema dump: ";

/// What a file holds.
#[derive(Debug)]
pub enum Dump {
    /// Statements for this product.
    Sql(String),
    /// The schema.
    Json(Box<Schema>),
}

/// The schema as a script for the database's own client.
pub fn sql(schema: &Schema, ddl: &dyn Ddl) -> String {
    let statements = ddl.create(schema);
    let script = ddl.script(&statements);
    match statements.is_empty() {
        true => format!("{HEADER}{}\n", schema.product),
        false => format!("{HEADER}{}\n\n{script}", schema.product),
    }
}

/// The schema as JSON that [`read`] takes.
pub fn json(schema: &Schema) -> String {
    let text = serde_json::to_string_pretty(schema).unwrap_or_default();
    format!("{text}\n")
}

/// Reads a dump.
///
/// # Errors
/// Says why it is none.
pub fn read(text: &str) -> Result<Dump, String> {
    if let Some(rest) = text.strip_prefix(HEADER) {
        let product = rest.lines().next().unwrap_or_default().trim();
        return Ok(Dump::Sql(product.to_owned()));
    }
    if !text.trim_start().starts_with('{') {
        return Err("it is neither JSON nor SQL that `saasdb schema dump` wrote".to_owned());
    }
    let schema: Schema = serde_json::from_str(text).map_err(|e| e.to_string())?;
    match schema.format {
        0 => Err("it is JSON, but no dump of a schema".to_owned()),
        n if n > FORMAT => Err(format!(
            "its format is {n}, and this saasdb knows {FORMAT} at most"
        )),
        _ => Ok(Dump::Json(Box::new(schema))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_dump_is_told_so() {
        for (text, why) in [
            ("CREATE TABLE t (id int);", "neither JSON nor SQL"),
            ("{\"tables\": {}}", "no dump"),
            ("{\"tables\": {}, \"format\": 99}", "its format is 99"),
            ("{\"tables\": 1}", "invalid type"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
        let schema = Schema {
            format: FORMAT,
            product: "sqlite".into(),
            ..Schema::default()
        };
        assert!(matches!(read(&json(&schema)), Ok(Dump::Json(s)) if *s == schema));
        assert!(matches!(read("-- saasdb schema dump: mysql\n"), Ok(Dump::Sql(p)) if p == "mysql"));
    }
}
