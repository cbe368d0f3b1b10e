//! In which order things that need each other can be made.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Schema, sql};

/// Sorts names so that what each one needs comes before it, and otherwise as they came. Where they
/// need each other in a circle, the first of them comes first.
pub fn sorted(names: &[String], needs: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    fn visit(
        name: &String,
        names: &BTreeSet<&String>,
        needs: &BTreeMap<String, BTreeSet<String>>,
        seen: &mut BTreeSet<String>,
        out: &mut Vec<String>,
    ) {
        if !names.contains(name) || !seen.insert(name.clone()) {
            return;
        }
        for need in needs.get(name).into_iter().flatten() {
            visit(need, names, needs, seen, out);
        }
        out.push(name.clone());
    }
    let all: BTreeSet<&String> = names.iter().collect();
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for name in names {
        visit(name, &all, needs, &mut seen, &mut out);
    }
    out
}

/// These tables of the schema, parents before children.
pub fn tables(schema: &Schema, names: &[String]) -> Vec<String> {
    let needs = schema.tables.iter().map(|(name, table)| {
        let parents = table.foreign_keys.values().map(|fk| fk.table.clone());
        (name.clone(), parents.collect())
    });
    sorted(names, &needs.collect())
}

/// Things with their text, those that others mention before the others.
pub fn by_mention(things: &BTreeMap<String, String>, names: &[String]) -> Vec<String> {
    let needs = names.iter().filter_map(|name| {
        let text = things.get(name)?;
        let needed = names
            .iter()
            .filter(|n| *n != name && sql::mentions(text, bare(n)));
        Some((name.clone(), needed.cloned().collect()))
    });
    sorted(names, &needs.collect())
}

/// The name of a routine without the types of its arguments, unquoted.
pub fn bare(signature: &str) -> &str {
    match signature
        .strip_prefix('"')
        .and_then(|s| s.split_once("\"("))
    {
        Some((name, _)) => name,
        None => signature.split('(').next().unwrap_or(signature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_circles_end() {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let needs = [("a", "c"), ("c", "b"), ("b", "c"), ("d", "elsewhere")]
            .map(|(x, y)| (x.to_owned(), BTreeSet::from([y.to_owned()])));
        assert_eq!(sorted(&names, &needs.into()), ["b", "c", "a", "d"]);
    }

    #[test]
    fn routines_are_found_by_their_bare_name() {
        assert_eq!(bare("f(uuid)"), "f");
        assert_eq!(bare("\"My f\"(uuid)"), "My f");
        assert_eq!(bare("users"), "users");
    }
}
