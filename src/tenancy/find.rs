//! Finding organizations and users by what people call them.

use serde::Serialize;

use super::map::Map;
use super::sql::{Moment, Row, is, literals, of, text, time};
use crate::dialect::{Dialect, ResultSet};
use crate::engine::words::closest;
use crate::engine::{Database, Error, Result};

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Its key.
    pub id: String,
    /// What the command line takes.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Moment>,
}

/// Somebody who did something. The application may have written any id, so there need not be a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Who {
    /// The id.
    pub id: String,
    /// The e-mail of the user with that id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Who {
    /// The e-mail, or else the id.
    pub fn label(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.id)
    }
}

/// The query for an organization.
pub(super) fn query(d: &dyn Dialect, map: &Map, slug: &str) -> String {
    let t = &map.organizations;
    format!(
        "SELECT {}, {}, {}, {} FROM {} WHERE {}",
        text(d, t.table, t.id),
        text(d, t.table, t.slug),
        text(d, t.table, t.name),
        time(d, t.table, t.created_at),
        d.ident(t.table),
        is(d, t.table, t.slug, slug),
    )
}

/// What [`query`] found.
pub(super) fn read(result: Option<&ResultSet>) -> Option<Organization> {
    Row::all(result).next().map(|row| Organization {
        id: row.text(0),
        slug: row.text(1),
        name: row.text(2),
        created_at: row.moment(3),
    })
}

/// The organization with that slug.
///
/// # Errors
/// Exit code 1, with the slug that was probably meant.
pub async fn organization(db: &mut Database, map: &Map, slug: &str) -> Result<Organization> {
    let sql = query(db.dialect(), map, slug);
    let results = db.query("the organization cannot be read", &sql).await?;
    match read(results.first()) {
        Some(found) => Ok(found),
        None => Err(unknown(db, map, slug).await),
    }
}

/// How many organizations are looked through for the one that was meant.
const CANDIDATES: usize = 10_000;

/// The error about a slug that there is not.
pub(super) async fn unknown(db: &mut Database, map: &Map, given: &str) -> Error {
    let d = db.dialect();
    let t = &map.organizations;
    let sql = format!(
        "SELECT {}, {}, {} FROM {} ORDER BY {} LIMIT {CANDIDATES}",
        text(d, t.table, t.slug),
        text(d, t.table, t.id),
        text(d, t.table, t.name),
        d.ident(t.table),
        of(d, t.table, t.slug),
    );
    let all: Vec<[String; 3]> = match db.run(&sql).await {
        Ok(results) => Row::all(results.first())
            .map(|row| [row.text(0), row.text(1), row.text(2)])
            .collect(),
        Err(_) => Vec::new(),
    };
    Error::failed(format!("no organization has the slug `{given}`"))
        .on(&db.target)
        .hint(guess(given, &all))
}

/// What was probably meant: `all` are slugs, ids and names.
fn guess(given: &str, all: &[[String; 3]]) -> String {
    let lower = given.to_lowercase();
    if let Some([slug, id, name]) = all
        .iter()
        .find(|o| o.iter().any(|word| word.to_lowercase() == lower))
    {
        return match () {
            () if id == given => format!("that is the id of `{slug}`"),
            () if name.to_lowercase() == lower => format!("that is the name of `{slug}`"),
            () => format!("did you mean `{slug}`?"),
        };
    }
    let slugs: Vec<&str> = all.iter().map(|[slug, ..]| slug.as_str()).collect();
    if let Some(slug) = closest(given, &slugs) {
        return format!("did you mean `{slug}`?");
    }
    match slugs.as_slice() {
        [] => "there are no organizations yet".to_owned(),
        all if all.len() <= 8 => format!("there are: {}", all.join(", ")),
        [first @ .., _] => format!("there are: {}, …", first[..7].join(", ")),
    }
}

/// The query for a user by id or e-mail.
pub(super) fn user_query(d: &dyn Dialect, map: &Map, given: &str) -> String {
    let t = &map.users;
    let lower = given.to_lowercase();
    format!(
        "SELECT {}, {} FROM {} WHERE {} OR {} IN ({})",
        text(d, t.table, t.id),
        text(d, t.table, t.email),
        d.ident(t.table),
        is(d, t.table, t.id, given),
        of(d, t.table, t.email),
        literals(d, [given, lower.as_str()].into_iter()),
    )
}

/// What [`user_query`] found; an id goes before an e-mail.
///
/// # Errors
/// Exit code 1 where it found nobody.
pub(super) fn read_user(result: Option<&ResultSet>, given: &str) -> Result<Who> {
    let mut found: Vec<Who> = Row::all(result)
        .map(|row| Who {
            id: row.text(0),
            email: row.optional(1),
        })
        .collect();
    found.sort_by_key(|who| who.id != given);
    found.into_iter().next().ok_or_else(|| {
        Error::failed(format!("no user has the id or e-mail `{given}`"))
            .hint("`--by` takes the id or the e-mail of a user of this database")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let row =
            |slug: &str, name: &str| [slug.to_owned(), format!("org_{slug}"), name.to_owned()];
        let all = vec![row("nike", "Nike, Inc."), row("acme-shop", "Acme")];
        assert_eq!(guess("Nike", &all), "did you mean `nike`?");
        assert_eq!(guess("nkie", &all), "did you mean `nike`?");
        assert_eq!(guess("acme-shops", &all), "did you mean `acme-shop`?");
        assert_eq!(guess("nike, inc.", &all), "that is the name of `nike`");
        assert_eq!(guess("org_nike", &all), "that is the id of `nike`");
        assert_eq!(guess("zzz", &all), "there are: nike, acme-shop");
        assert_eq!(guess("zzz", &[]), "there are no organizations yet");
        let many: Vec<_> = (0..20).map(|i| row(&format!("o{i}"), "x")).collect();
        assert_eq!(
            guess("zzz", &many),
            "there are: o0, o1, o2, o3, o4, o5, o6, …"
        );
    }
}
