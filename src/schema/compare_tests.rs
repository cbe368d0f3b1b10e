use super::super::{Column, ForeignKey, Index};
use super::*;

fn sample() -> Schema {
    let mut schema = Schema::default();
    let table = Table {
        columns: ["id", "email"]
            .map(|name| Column {
                name: name.into(),
                kind: "text".into(),
                nullable: false,
                ..Column::default()
            })
            .into(),
        indexes: [(
            "users_email_key".into(),
            Index {
                kind: "unique".into(),
                columns: "email".into(),
                ..Index::default()
            },
        )]
        .into(),
        foreign_keys: [(
            "fk".into(),
            ForeignKey {
                columns: "id".into(),
                table: "orgs".into(),
                parent_columns: "id".into(),
                on_delete: "CASCADE".into(),
                on_update: "NO ACTION".into(),
                ..ForeignKey::default()
            },
        )]
        .into(),
        checks: [("c".into(), "id > 0".into())].into(),
        ..Table::default()
    };
    schema.tables.insert("users".into(), table);
    schema
        .types
        .insert("mood".into(), vec!["a".into(), "b".into()]);
    schema
}

#[test]
fn equal_schemas_have_no_difference() {
    assert_eq!(compare(&sample(), &sample()), []);
    assert_eq!(sample().fingerprint(), sample().fingerprint());
}

#[test]
fn every_kind_of_change_is_named_and_changes_the_fingerprint() {
    type Edit = fn(&mut Schema);
    let edits: [(&str, Edit); 18] = [
        ("table extra", |s| {
            drop(s.tables.insert("extra".into(), Table::default()))
        }),
        ("table users", |s| drop(s.tables.remove("users"))),
        ("column users.email", |s| {
            s.tables.get_mut("users").unwrap().columns[1].nullable = true
        }),
        ("column users.id", |s| {
            drop(s.tables.get_mut("users").unwrap().columns.remove(0))
        }),
        ("column order of users", |s| {
            s.tables.get_mut("users").unwrap().columns.reverse()
        }),
        ("index users.users_email_key", |s| {
            s.tables
                .get_mut("users")
                .unwrap()
                .indexes
                .get_mut("users_email_key")
                .unwrap()
                .predicate = Some("x".into());
        }),
        ("foreign key users.fk", |s| {
            s.tables
                .get_mut("users")
                .unwrap()
                .foreign_keys
                .get_mut("fk")
                .unwrap()
                .on_delete = "SET NULL".into();
        }),
        ("check users.c", |s| {
            drop(s.tables.get_mut("users").unwrap().checks.remove("c"))
        }),
        ("value 'c' of type mood", |s| {
            s.types.get_mut("mood").unwrap().push("c".into())
        }),
        ("value order of type mood", |s| {
            s.types.get_mut("mood").unwrap().reverse()
        }),
        ("type mood", |s| drop(s.types.remove("mood"))),
        ("sequence numbers", |s| {
            drop(s.sequences.insert("numbers".into(), Sequence::default()))
        }),
        ("comment on table users", |s| {
            s.tables.get_mut("users").unwrap().comment = "people".into()
        }),
        ("comment on column users.id", |s| {
            s.tables.get_mut("users").unwrap().columns[0].comment = "key".into()
        }),
        ("grant on table users to anon", |s| {
            let table = s.tables.get_mut("users").unwrap();
            drop(table.grants.insert("anon".into(), "SELECT".into()))
        }),
        ("grant on column users.id to anon", |s| {
            let table = s.tables.get_mut("users").unwrap();
            drop(
                table.columns[0]
                    .grants
                    .insert("anon".into(), "SELECT".into()),
            )
        }),
        ("grant on schema to anon", |s| {
            let grants = Grants::from([("anon".into(), "USAGE".into())]);
            drop(s.grants.insert("schema".into(), grants))
        }),
        ("options of table users", |s| {
            s.tables.get_mut("users").unwrap().options = "RLS".into()
        }),
    ];
    for (object, edit) in edits {
        let mut changed = sample();
        edit(&mut changed);
        let found = compare(&sample(), &changed);
        assert_eq!(
            found.iter().map(|d| d.object.as_str()).collect::<Vec<_>>(),
            [object]
        );
        assert_ne!(sample().fingerprint(), changed.fingerprint(), "{object}");
    }
}

#[test]
fn references_from_outside_are_found() {
    assert_eq!(
        sample().references_into(&["orgs".into()], &[]),
        [("users".to_owned(), "orgs".to_owned())]
    );
    assert_eq!(
        sample().references_into(&["orgs".into()], &[("users".into(), "id".into())]),
        []
    );
}
