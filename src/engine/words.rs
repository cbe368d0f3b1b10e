//! Words that people type.

/// The word that was probably meant: up to a third of its letters may be wrong.
pub fn closest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&typed, word), *word))
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_understood_and_other_words_are_not() {
        let known = ["core", "better-auth", "telecom"];
        for (typed, meant) in [
            ("telecmo", "telecom"),
            ("Telecom", "telecom"),
            ("betterauth", "better-auth"),
            ("cor", "core"),
        ] {
            assert_eq!(closest(typed, &known), Some(meant), "{typed}");
        }
        for typed in ["", "x", "cars", "television"] {
            assert_eq!(closest(typed, &known), None, "{typed}");
        }
    }
}
