use proptest::prelude::*;

use super::*;

fn column(name: &str, kind: &str, nullable: bool) -> Column {
    Column {
        name: name.to_owned(),
        kind: kind.to_owned(),
        nullable,
        ..Column::default()
    }
}

fn index(kind: &str, columns: &str) -> Index {
    Index {
        kind: kind.to_owned(),
        columns: columns.to_owned(),
        ..Index::default()
    }
}

fn key(columns: &str, table: &str) -> ForeignKey {
    ForeignKey {
        columns: columns.to_owned(),
        table: table.to_owned(),
        parent_columns: "id".to_owned(),
        on_delete: "CASCADE".to_owned(),
        on_update: "NO ACTION".to_owned(),
        ..ForeignKey::default()
    }
}

fn table(columns: &[Column], indexes: &[Index], keys: &[ForeignKey]) -> Table {
    let numbered = |i: usize| format!("n{i}");
    Table {
        columns: columns.to_vec(),
        indexes: indexes
            .iter()
            .enumerate()
            .map(|(i, x)| (numbered(i), x.clone()))
            .collect(),
        foreign_keys: keys
            .iter()
            .enumerate()
            .map(|(i, x)| (numbered(i), x.clone()))
            .collect(),
        ..Table::default()
    }
}

fn drawn(tables: &[(&str, Table)]) -> String {
    let tables = tables.iter().map(|(n, t)| ((*n).to_owned(), t.clone()));
    mermaid(&Schema {
        tables: tables.collect(),
        ..Schema::default()
    })
}

#[test]
fn tables_keys_and_references_are_drawn() {
    let users = table(
        &[
            column("id", "uuid", false),
            column("email", "character varying(255)", false),
            column("organizationId", "uuid", true),
            column("balance", "numeric(10,2)", false),
            column("mood", "\"users_mood_enum\"", false),
            column("tags", "text[]", false),
        ],
        &[
            index("primary", "btree (id)"),
            index("unique", "btree (email)"),
        ],
        &[
            key("organizationId", "organizations"),
            key("id", "auth.users"),
        ],
    );
    let organizations = table(
        &[
            column("id", "char(36)", false),
            column("kind", "enum('a','b')", false),
            column("at", "timestamp with time zone", false),
            column("n", "", false),
        ],
        &[index("primary", "id")],
        &[],
    );
    assert_eq!(
        drawn(&[("users", users), ("organizations", organizations)]),
        r#"erDiagram
    organizations {
        char(36) id PK
        enum kind
        timestamptz at
        any n
    }
    users {
        uuid id PK, FK
        varchar(255) email UK
        uuid organizationId FK
        numeric(10_2) balance
        users_mood_enum mood
        text[] tags
    }
    "auth.users" ||--o| users : "id"
    organizations |o--o{ users : "organizationId"
"#
    );
}

/// The two ends of the only reference.
fn ends(columns: &[Column], indexes: &[Index], fk: &str) -> String {
    let child = table(columns, indexes, &[key(fk, "p")]);
    let text = drawn(&[("c", child), ("p", Table::default())]);
    let line = text.lines().last().unwrap_or_default().trim().to_owned();
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn cardinality_follows_from_null_and_unique() {
    let must = [column("a", "int", false), column("b", "int", false)];
    let may = [column("a", "int", true), column("b", "int", false)];
    assert_eq!(ends(&must, &[], "a"), "||--o{");
    assert_eq!(ends(&may, &[], "a"), "|o--o{");
    for unique in [
        index("primary", "a"),
        index("unique", "a"),
        index("unique index", "a DESC"),
        index("unique index", "btree (a DESC NULLS LAST) INCLUDE (b)"),
        index("unique", "btree (\"a\") NULLS NOT DISTINCT"),
    ] {
        let one = std::slice::from_ref(&unique);
        assert_eq!(ends(&must, one, "a"), "||--o|", "{unique:?}");
        assert_eq!(ends(&may, one, "a"), "|o--o|", "{unique:?}");
        // A part that is unique makes the whole unique.
        assert_eq!(ends(&may, one, "a,b"), "|o--o|", "{unique:?}");
        assert_eq!(ends(&must, one, "b"), "||--o{", "{unique:?}");
    }
    let mut partial = index("unique index", "a");
    partial.predicate = Some("b > 0".to_owned());
    for other in [
        partial,
        index("index", "a"),
        index("unique", "a,b"),
        index("unique index", "lower(a)"),
        index("unique index", "btree (lower(a))"),
        index("unique index (invalid)", "btree (a)"),
    ] {
        assert_eq!(ends(&must, &[other], "a"), "||--o{");
    }
    let both = [index("unique", "btree (b, a)")];
    assert_eq!(ends(&must, &both, "a,b"), "||--o|");
}

#[test]
fn what_mermaid_cannot_say_is_replaced_and_noted() {
    let odd = table(
        &[
            column("my col", "double precision", false),
            column("pk", "pk", false),
            column("1st", "2d \"point\"", false),
            column("say \"~hi~\"", "größe", false),
        ],
        &[],
        &[key("my col", "say \"hi\"")],
    );
    let text = drawn(&[
        ("a\"b", odd.clone()),
        ("a%b", odd),
        ("end", Table::default()),
    ]);
    for line in [
        "    a_b {",
        "    a_b_ {",
        "    \"end\"",
        "        double_precision my_col FK \"my col\"",
        "        _pk _pk \"pk\"",
        "        _2d_point _1st \"1st\"",
        "        gr_e say_hi_ \"say __hi__\"",
        "    \"say _hi_\" ||--o{ a_b_ : \"my col\"",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains('~'));
    // A table that is really called so keeps its name.
    let text = drawn(&[("a b%", Table::default()), ("a b_", Table::default())]);
    assert_eq!(text, "erDiagram\n    \"a b__\"\n    \"a b_\"\n");
}

/// Whether a text is a diagram of the part of Mermaid that this module writes.
fn is_diagram(text: &str) -> bool {
    let mut lines = text.lines();
    lines.next() == Some("erDiagram") && lines.all(is_line)
}

fn is_line(line: &str) -> bool {
    if let Some(attribute) = line.strip_prefix("        ") {
        let (words, comment) = attribute.split_once(" \"").unwrap_or((attribute, "\""));
        let (words, keys) = match words.split_once(" PK").or(words.split_once(" FK")) {
            Some((before, after)) => (before, after),
            None => (words.strip_suffix(" UK").unwrap_or(words), ""),
        };
        let is_word = |w: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "_-()[]".contains(c);
            w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && w.chars().all(fits)
        };
        let words: Vec<&str> = words.split(' ').collect();
        return words.len() == 2
            && words.iter().all(|w| is_word(w))
            && ["", ", FK", ", UK", ", FK, UK"].contains(&keys)
            && is_quoted(&format!("\"{comment}"))
            && !comment.contains('~');
    }
    let Some(line) = line.strip_prefix("    ") else {
        return false;
    };
    if line == "}" {
        return true;
    }
    let Some((rest, label)) = line.rsplit_once(" : ") else {
        return is_entity(line.strip_suffix(" {").unwrap_or(line));
    };
    let ends = [" ||--o{ ", " ||--o| ", " |o--o{ ", " |o--o| "];
    is_quoted(label)
        && ends.iter().any(|mark| {
            // The mark may be in a name, too.
            rest.match_indices(mark)
                .any(|(i, _)| is_entity(&rest[..i]) && is_entity(&rest[i + mark.len()..]))
        })
}

fn is_entity(text: &str) -> bool {
    is_plain(text) || (text.len() > 2 && is_quoted(text))
}

fn is_quoted(text: &str) -> bool {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inner.is_some_and(|t| !t.contains(|c: char| c.is_control() || "\"%\\".contains(c)))
}

proptest! {
    #[test]
    fn any_names_and_types_give_a_diagram(
        names in prop::collection::vec("\\PC{1,12}|[a-z]{1,3}|[pfu]k|one|end", 1..6),
        kinds in prop::collection::vec("\\PC{0,12}|enum\\('a'\\)", 6),
    ) {
        let tables: Vec<(&str, Table)> = names
            .iter()
            .map(|name| {
                let columns: Vec<Column> =
                    names.iter().zip(&kinds).map(|(n, k)| column(n, k, n == name)).collect();
                let keys: Vec<ForeignKey> = names.iter().map(|n| key(n, n)).collect();
                (name.as_str(), table(&columns, &[index("primary", name)], &keys))
            })
            .collect();
        let text = drawn(&tables);
        prop_assert!(is_diagram(&text), "{}", text);
        prop_assert_eq!(&text, &drawn(&tables));
    }
}
