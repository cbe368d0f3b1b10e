use super::*;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Answers from lists, and remembers what it was asked.
#[derive(Default)]
struct Lists {
    variables: BTreeMap<&'static str, &'static str>,
    answers: BTreeMap<&'static str, &'static str>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Giver for Lists {
    fn variable(&self, name: &str) -> Result<Option<String>> {
        Ok(self.variables.get(name).map(|v| (*v).to_owned()))
    }

    async fn ask(&self, account: &Account) -> Result<Option<String>> {
        self.asked.lock().unwrap().push(account.name.clone());
        let answer = self.answers.get(account.name.as_str());
        Ok(answer.map(|answer| (*answer).to_owned()))
    }
}

fn account(name: &str) -> Account {
    let row = SeedRow {
        key: name.to_owned(),
        values: vec![SeedValue::Password("Documented@123".into())],
    };
    Account::of_row(&row).next().expect("an account")
}

const GOOD: &str = "correct horse";

#[tokio::test]
async fn a_variable_comes_before_an_answer_and_that_before_a_generated_one() {
    let lists = Lists {
        variables: [("SAASDB_PASSWORD_A", GOOD)].into(),
        answers: [("a", "never asked for"), ("b", "typed by hand")].into(),
        ..Lists::default()
    };
    let mut hashing = Hashing::given_by(&lists);
    let accounts = ["a", "b", "c"].map(account);
    hashing.choose(&accounts).await.unwrap();
    assert!(hashing.given().is_empty(), "nothing is written yet");
    let mut hashes = Vec::new();
    for account in &accounts {
        hashes.push(hashing.get(&account.name, "Documented@123").unwrap());
    }
    assert_eq!(*lists.asked.lock().unwrap(), ["b", "c"]);
    let given = hashing.given();
    let origins: Vec<Origin> = given.iter().map(|g| g.from).collect();
    assert_eq!(
        origins,
        [Origin::Environment, Origin::Prompt, Origin::Generated]
    );
    assert!(given[0].password.is_none() && given[1].password.is_none());
    let made_up = given[2].password.as_deref().unwrap();
    for (plain, hash) in [GOOD, "typed by hand", made_up].iter().zip(&hashes) {
        assert!(bcrypt::verify(plain, hash).unwrap());
        assert_eq!(&hash[4..6], "12");
    }
}

#[tokio::test]
async fn the_documented_password_is_for_dev_and_test() {
    let mut dev = Hashing::documented();
    dev.choose(&[account("a")]).await.unwrap();
    let hash = dev.get("a", "Documented@123").unwrap();
    assert!(bcrypt::verify("Documented@123", &hash).unwrap());
    assert!(dev.given().is_empty());

    let lists = Lists::default();
    let mut production = Hashing::given_by(&lists);
    assert!(production.get("a", "Documented@123").is_err());
    assert!(production.given().is_empty());
}

#[tokio::test]
async fn a_poor_password_is_refused_whoever_gives_it() {
    for (poor, why) in [
        ("", "fewer than 12"),
        ("elevenchars", "fewer than 12"),
        ("Documented@123", "documented"),
        ("line one\nline two", "cannot be seen"),
    ] {
        let found = account("a").problem(poor).unwrap_or_default();
        assert!(found.contains(why), "{poor:?}: {found}");
        let lists = Lists {
            variables: [("SAASDB_PASSWORD_A", poor)].into(),
            ..Lists::default()
        };
        let mut hashing = Hashing::given_by(&lists);
        let error = hashing.choose(&[account("a")]).await.unwrap_err();
        assert_eq!(error.exit, crate::engine::Exit::Usage);
        assert!(error.message.contains("SAASDB_PASSWORD_A"), "{error}");
        assert!(poor.is_empty() || !error.to_string().contains(poor));
    }
    // In characters at the lower end, in bytes at the upper.
    assert_eq!(account("a").problem("äöüäöüäöüäöü"), None);
    assert_eq!(account("a").problem(&"x".repeat(72)), None);
    assert!(account("a").problem(&"ä".repeat(37)).is_some());
}

#[test]
fn generated_passwords_are_long_and_never_alike() {
    let mut seen = BTreeSet::new();
    let mut characters = BTreeSet::new();
    for _ in 0..200 {
        let password = generated().unwrap();
        assert_eq!(password.len(), GENERATED);
        assert_eq!(account("a").problem(&password), None);
        characters.extend(password.bytes());
        assert!(seen.insert(password));
    }
    assert!(characters.iter().all(|c| ALPHABET.contains(c)));
    assert_eq!(characters.len(), ALPHABET.len(), "every one is used");
}
