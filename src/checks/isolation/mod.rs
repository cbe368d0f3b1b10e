//! `isolation`: attacks on row level security. As a member of one tenant, and as the application's role,
//! it tries to read, change, delete, insert and move the rows of another tenant, on every table.
//!
//! Each attack is one message and one transaction that ends with ROLLBACK, so nothing stays whatever
//! happens to the connection. It takes the row locks of what succeeds, for a moment; on a production
//! database it runs only when it is named.

mod attacks;
mod cast;
mod rules;
mod target;
mod trial;

use sea_orm_migration::async_trait::async_trait;

use super::tenancy::Scene;
use super::{Check, Finding, Look, Rule};
use crate::catalog::Claims;
use crate::engine::Result;
use crate::engine::guard::{Environment, recorded};
use crate::engine::sight::{Need, Sight};

/// The check.
pub struct Isolation;

#[async_trait(?Send)]
impl Check for Isolation {
    fn name(&self) -> &'static str {
        "isolation"
    }

    fn about(&self) -> &'static str {
        "attacks on row level security, rolled back; in production only if named"
    }

    fn rules(&self) -> &'static [Rule] {
        rules::ALL
    }

    async fn not_for(&self, look: &mut Look<'_>) -> Result<Option<String>> {
        if look.db.dialect().tenancy().trials().is_none() {
            return Ok(Some("there is no row level security".to_owned()));
        }
        if !look.is_migrated() {
            return Ok(Some("nothing is applied yet".to_owned()));
        }
        let production = Some(Environment::Production);
        let is_production = recorded(look.db) == production || look.environment == production;
        if is_production && !look.named {
            let how = "it writes and rolls back; in production say `saasdb check isolation`";
            return Ok(Some(how.to_owned()));
        }
        if let Some(why) = &look.db.facts.read_only {
            return Ok(Some(format!("nothing can be tried: {why}")));
        }
        let scene = Scene::read(look).await?;
        if !scene.is_protected() {
            let why = "no tenant's table has row level security";
            return Ok(Some(why.to_owned()));
        }
        let Some(claims) = claims(look) else {
            let why = "`role` and `claims` in [checks] of saasdb.toml have to say how a session of the application says who it is";
            return Ok(Some(why.to_owned()));
        };
        let guard = scene.guard.as_ref();
        let Some(role) = guard.and_then(|guard| guard.role.as_ref()) else {
            return Ok(Some(format!("there is no role {}", claims.role)));
        };
        let d = scene.d;
        if !role.lent {
            let (role, me) = (d.ident(&role.name), d.ident(&role.session_user));
            return Ok(Some(format!(
                "this session may not act as {role}: GRANT {role} TO {me}"
            )));
        }
        let sight = sight(look, &scene).await?;
        let hidden = sight.hidden();
        Ok(match (hidden.is_empty(), sight.grant(look.db)) {
            (true, _) => None,
            (false, Some(grant)) => Some(format!("rows are hidden from this session: {grant}")),
            (false, None) => Some(
                "rows are hidden from this session, and no role that sees them can be granted"
                    .to_owned(),
            ),
        })
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let scene = Scene::read(look).await?;
        let (Some(claims), Some(trials)) = (claims(look), scene.d.tenancy().trials()) else {
            return Ok(Vec::new());
        };
        let sight = sight(look, &scene).await?;
        let stage = trial::Stage {
            scene: &scene,
            trials,
            sight: &sight,
            claims: &claims,
        };
        match cast::choose(look.db, &stage).await? {
            Err(why) => Ok(vec![Finding::new(&rules::VACUOUS, why)]),
            Ok(casts) => attacks::run(look.db, &stage, &casts).await,
        }
    }
}

async fn sight(look: &mut Look<'_>, scene: &Scene<'_>) -> Result<Sight> {
    let tables = scene.tenants_tables();
    Sight::over(look.db, &scene.schema, tables, Need::Read).await
}

/// How a session of the application says who it is: by the settings, else as the set has it.
fn claims(look: &Look<'_>) -> Option<Claims> {
    let (settings, set) = (look.settings, look.set.claims());
    let role = settings.role.clone();
    let role = role.or_else(|| set.as_ref().map(|claims| claims.role.clone()))?;
    match (&settings.claims, set) {
        (Some(say), _) => Some(Claims {
            role,
            say: say.clone(),
            members: settings.members.clone(),
            people: None,
        }),
        (None, Some(set)) => Some(Claims { role, ..set }),
        (None, None) => None,
    }
}
