//! One organization with all that belongs to it.

use serde::Serialize;

use super::list::{self, Overview};
use super::map::Map;
use super::sql::{Moment, Row, is, of, text, time};
use crate::engine::{Database, Result};

/// Somebody who belongs to an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The id of the user.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// The user's e-mail.
    pub email: String,
    /// What the user may do here.
    pub role: String,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Moment>,
}

/// An organization with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whole {
    /// Subscription and modules; only those that are on.
    #[serde(flatten)]
    pub overview: Overview,
    /// How many members the plan allows, where it is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_limit: Option<u32>,
    /// The members with their users, the first ones first.
    pub members: Vec<Member>,
}

/// Reads the organization with that slug.
///
/// # Errors
/// Exit code 1 where there is none; the database's.
pub async fn organization(db: &mut Database, map: &Map, slug: &str) -> Result<Whole> {
    let mut overview = list::overview(db, map, slug).await?;
    overview.modules.retain(list::Standing::is_enabled);
    let d = db.dialect();
    let (m, u) = (&map.members, &map.users);
    let sql = format!(
        "SELECT {}, {}, {}, {}, {} FROM {} JOIN {} ON {} = {} WHERE {} ORDER BY {}, {}",
        text(d, u.table, u.id),
        text(d, u.table, u.name),
        text(d, u.table, u.email),
        text(d, m.table, m.role),
        time(d, m.table, m.created_at),
        d.ident(m.table),
        d.ident(u.table),
        of(d, u.table, u.id),
        of(d, m.table, m.user),
        is(d, m.table, m.organization, &overview.organization.id),
        of(d, m.table, m.created_at),
        of(d, m.table, m.id),
    );
    let results = db.query("the members cannot be read", &sql).await?;
    let members = Row::all(results.first())
        .map(|row| Member {
            user: row.text(0),
            name: row.text(1),
            email: row.text(2),
            role: row.text(3),
            since: row.moment(4),
        })
        .collect();
    let subscription = overview.subscription.as_ref();
    Ok(Whole {
        member_limit: subscription
            .and_then(|s| map.plan(&s.plan))
            .map(|plan| plan.members),
        overview,
        members,
    })
}
