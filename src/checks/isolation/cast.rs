//! Who attacks whom: two tenants with rows in as many tables as can be had.

use std::collections::{BTreeMap, BTreeSet};

use super::trial::Stage;
use crate::engine::{Database, Result};

/// Tenants that are looked at.
const TENANTS: usize = 60;

/// Rows of a table among which tenants are looked for.
const ROWS: usize = 2_000;

/// Pairs of tenants that are tried, before it is said that no user belongs to one alone.
const PAIRS: usize = 20;

/// Both ways round, as far as there is somebody for it.
pub(super) struct Casts {
    pub(super) first: Cast,
    /// For tables in which only the first attacker has rows.
    pub(super) turned: Option<Cast>,
}

/// The attacker and the other.
pub(super) struct Cast {
    /// The key of the attacker's tenant.
    pub(super) own: String,
    /// The key of the tenant that is attacked.
    pub(super) other: String,
    /// A member of the first and not of the second, where sessions speak of users.
    pub(super) user: Option<String>,
}

impl Cast {
    /// The attacker in words.
    pub(super) fn attacker(&self) -> String {
        match &self.user {
            Some(user) => format!("{user} of {}", self.own),
            None => self.own.clone(),
        }
    }
}

/// Chooses, or says why nobody can be chosen.
///
/// # Errors
/// The database's.
pub(super) async fn choose(
    db: &mut Database,
    stage: &Stage<'_>,
) -> Result<std::result::Result<Casts, String>> {
    let tenants = candidates(db, stage).await?;
    let rows = rows_of(db, stage, &tenants).await?;
    let mut pairs: Vec<(usize, usize, &str, &str)> = Vec::new();
    let none = BTreeSet::new();
    for own in &tenants {
        for other in tenants.iter().filter(|other| *other != own) {
            let of = |tenant: &String| rows.get(tenant).unwrap_or(&none);
            let both = of(own).intersection(of(other)).count();
            pairs.push((both, of(own).len(), own, other));
        }
    }
    if pairs.is_empty() {
        return Ok(Err(
            "there are no two tenants of which one could attack the other".to_owned(),
        ));
    }
    // Those with most come first, then the order of the keys: the same database, the same attack.
    pairs.sort_by(|a, b| (b.0, b.1, a.2, a.3).cmp(&(a.0, a.1, b.2, b.3)));
    for (_, _, own, other) in pairs.into_iter().take(PAIRS) {
        if let Some(first) = between(db, stage, own, other).await? {
            let turned = between(db, stage, other, own).await?;
            return Ok(Ok(Casts { first, turned }));
        }
    }
    Ok(Err(
        "nobody is a member of one tenant and not of the other".to_owned()
    ))
}

/// With a member of the one who is none of the other, if there is one.
async fn between(
    db: &mut Database,
    stage: &Stage<'_>,
    own: &str,
    other: &str,
) -> Result<Option<Cast>> {
    let user = match &stage.claims.members {
        None => None,
        Some(query) => {
            let query = stage.fill(query, own, other, None);
            let table = stage.scene.set.tenant_table;
            let found = stage.read(db, vec![(table, query)]).await?;
            match found.first().and_then(|r| r.single()) {
                Some(user) => Some(user.to_owned()),
                None => return Ok(None),
            }
        }
    };
    Ok(Some(Cast {
        own: own.to_owned(),
        other: other.to_owned(),
        user,
    }))
}

/// Tenants that have rows somewhere, and are there.
async fn candidates(db: &mut Database, stage: &Stage<'_>) -> Result<BTreeSet<String>> {
    let ways = stage.scene.ways();
    let mut queries = Vec::new();
    for table in stage.scene.tenants_tables() {
        let Some(way) = ways.from(table, "t") else {
            continue;
        };
        let tenant = stage.d().as_text("q.tenant");
        queries.push((
            table,
            format!(
                "SELECT DISTINCT {tenant} FROM (SELECT {} AS tenant FROM {} t{} WHERE {} IS NOT NULL LIMIT {ROWS}) q \
                 ORDER BY 1 LIMIT {TENANTS}",
                way.tenant,
                stage.d().ident(table),
                way.joins,
                way.tenant
            ),
        ));
    }
    let results = stage.read(db, queries).await?;
    let mut often: BTreeMap<String, usize> = BTreeMap::new();
    for row in results.into_iter().flat_map(|r| r.rows) {
        if let Some(Some(tenant)) = row.into_iter().next() {
            *often.entry(tenant).or_default() += 1;
        }
    }
    let mut all: Vec<(String, usize)> = often.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(all.into_iter().take(TENANTS).map(|(t, _)| t).collect())
}

/// The tables in which each of the tenants has rows.
async fn rows_of(
    db: &mut Database,
    stage: &Stage<'_>,
    tenants: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if tenants.is_empty() {
        return Ok(out);
    }
    let (ways, d) = (stage.scene.ways(), stage.d());
    let key = format!("x.{}", d.ident(&ways.tenant_key));
    let listed: Vec<String> = tenants.iter().map(|t| d.literal(t)).collect();
    let mut queries = Vec::new();
    for table in stage.scene.tenants_tables() {
        if let Some(way) = ways.from(table, "t") {
            queries.push((
                table,
                format!(
                    "SELECT {} FROM {} x WHERE {key} IN ({}) AND EXISTS (SELECT 1 FROM {} t{} WHERE {} = {key})",
                    d.as_text(&key),
                    d.ident(ways.tenant_table),
                    listed.join(", "),
                    d.ident(table),
                    way.joins,
                    way.tenant
                ),
            ));
        }
    }
    let tables: Vec<String> = queries.iter().map(|(t, _)| (*t).to_owned()).collect();
    let results = stage.read(db, queries).await?;
    for (table, result) in tables.into_iter().zip(results) {
        for row in result.rows {
            if let Some(Some(tenant)) = row.into_iter().next() {
                out.entry(tenant).or_default().insert(table.clone());
            }
        }
    }
    Ok(out)
}
