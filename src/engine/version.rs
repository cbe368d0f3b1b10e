//! How people name a migration: in full, by its timestamp, or by a unique prefix of either.

use super::error::{Error, Result};

/// The timestamp of a migration's name in digits: `m20251010_100000_create_x` is 20251010100000.
pub fn digits(name: &str) -> String {
    let mut parts = name.trim_start_matches('m').splitn(3, '_');
    format!(
        "{}{}",
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default()
    )
}

/// A migration's name without its timestamp.
pub fn title(name: &str) -> &str {
    name.splitn(3, '_').nth(2).unwrap_or(name)
}

/// Finds the one name that `input` stands for.
///
/// # Errors
/// When no name or more than one begins with it; the message lists what would fit.
pub fn resolve<'a>(names: impl Iterator<Item = &'a str> + Clone, input: &str) -> Result<&'a str> {
    let wanted = input.trim();
    let forms = |name: &str| {
        [
            name.to_owned(),
            digits(name),
            format!("{}_{}", digits(name), title(name)),
        ]
    };
    if let Some(exact) = names.clone().find(|n| forms(n).iter().any(|f| f == wanted)) {
        return Ok(exact);
    }
    let found: Vec<&str> = names
        .clone()
        .filter(|n| !wanted.is_empty() && forms(n).iter().any(|f| f.starts_with(wanted)))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let known: Vec<&str> = names.collect();
            let error = Error::usage(format!("no migration is called `{input}`"));
            Err(match (known.first(), known.last()) {
                (Some(first), Some(last)) => error
                    .because(format!("the set goes from {first} to {last}"))
                    .hint("`saasdb migrate status` lists them; give a name, its timestamp or a unique prefix"),
                _ => error,
            })
        }
        many => Err(
            Error::usage(format!("`{input}` fits {} migrations", many.len()))
                .because(many.join(", "))
                .hint("give more of the version"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: [&str; 3] = [
        "m20251010_095900_create_app_tables",
        "m20251010_100000_create_organizations",
        "m20251010_100001_create_subscription_plans",
    ];

    fn find(input: &str) -> Result<&'static str> {
        resolve(NAMES.into_iter(), input)
    }

    #[test]
    fn full_names_timestamps_and_prefixes_are_accepted() {
        for input in [
            "m20251010_100000_create_organizations",
            "20251010100000",
            "20251010100000_create_organizations",
            "m20251010_100000",
        ] {
            assert_eq!(find(input).expect(input), NAMES[1]);
        }
        assert_eq!(find("2025101009").expect("prefix"), NAMES[0]);
    }

    #[test]
    fn unknown_and_ambiguous_are_usage_errors() {
        assert!(
            find("2024")
                .expect_err("unknown")
                .message
                .contains("no migration")
        );
        let many = find("2025101010").expect_err("two");
        assert!(many.message.contains("fits 2 migrations"));
        assert!(many.why[0].contains(NAMES[2]));
        assert!(find("").is_err());
    }

    proptest! {
        #[test]
        fn any_prefix_is_found_or_refused_but_never_another(cut in 0usize..40, pick in 0usize..3) {
            let name = NAMES[pick];
            let prefix = &name[..cut.min(name.len())];
            if let Ok(found) = find(prefix) {
                prop_assert_eq!(found, name);
            }
        }
    }
}
