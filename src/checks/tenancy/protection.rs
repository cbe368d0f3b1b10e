//! Row level security, and what leads around it.

use super::Scene;
use super::rules::{
    CREATE, DEFINER_PATH, DEFINER_TEMP, MATERIALIZED, NO_POLICY, OPEN_POLICY, RLS_NOT_FORCED,
    RLS_OFF, ROLE_OWNS, ROLE_UNBOUND, ROLE_UNKNOWN, TRUNCATE, VIEW,
};
use crate::checks::Finding;
use crate::dialect::{AppRole, Definer, Guard, GuardedTable, Guards, Policy, View};

/// How the catalogue calls a command, and how people do.
const COMMANDS: [(char, &str); 4] = [
    ('r', "SELECT"),
    ('a', "INSERT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
];

pub(super) fn look(scene: &Scene, guard: &Guard, found: &mut Vec<Finding>) {
    definers(scene, guard, found);
    if !scene.is_protected() {
        return;
    }
    role(scene, guard, found);
    for creator in &guard.creators {
        found.push(
            Finding::new(
                &CREATE,
                format!(
                    "{} may create objects in the schema {}",
                    creator.role, creator.schema
                ),
            )
            .on(format!("schema {}", creator.schema))
            .sql([creator.revoke(scene.d)]),
        );
    }
    let tables = scene.tenants_tables();
    for name in &tables {
        if let (Some(table), Some(guards)) = (guard.tables.get(*name), scene.d.tenancy().guards()) {
            one(scene, guard, guards, name, table, found);
        }
    }
    for view in &guard.views {
        let shows = view.tables.iter().any(|t| tables.contains(t.as_str()));
        let known = view.here.as_ref().is_some_and(|n| scene.settings.knows(n));
        if shows && view.readable && !known {
            found.extend(over(scene, guard, view));
        }
    }
}

fn role(scene: &Scene, guard: &Guard, found: &mut Vec<Finding>) {
    let Some(role) = &guard.role else {
        let message = match &scene.role {
            Some(name) => format!("the application's role {name} is not there"),
            None => "the application's role is not known".to_owned(),
        };
        found.push(Finding::new(&ROLE_UNKNOWN, message));
        return;
    };
    let what = if role.superuser {
        "is a superuser".to_owned()
    } else if role.bypasses {
        "has BYPASSRLS".to_owned()
    } else if let [first, ..] = role.becomes.as_slice() {
        format!("may act as {first}, which row level security does not bind")
    } else {
        return;
    };
    let name = scene.d.ident(&role.name);
    let sql = match role {
        AppRole {
            superuser,
            bypasses,
            ..
        } if *superuser || *bypasses => {
            vec![format!("ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS")]
        }
        _ => {
            let others = role.becomes.iter();
            others
                .map(|other| format!("REVOKE {} FROM {name}", scene.d.ident(other)))
                .collect()
        }
    };
    found.push(
        Finding::new(
            &ROLE_UNBOUND,
            format!("the application's role {} {what}", role.name),
        )
        .on(format!("role {}", role.name))
        .sql(sql),
    );
}

fn one(
    scene: &Scene,
    guard: &Guard,
    guards: &dyn Guards,
    name: &str,
    table: &GuardedTable,
    found: &mut Vec<Finding>,
) {
    let object = format!("table {name}");
    let d = scene.d;
    if !table.enabled {
        found.push(
            Finding::new(&RLS_OFF, format!("row level security is off on {name}"))
                .on(object.clone())
                .sql([guards.enable(name), guards.force(name)]),
        );
    } else if !table.forced {
        found.push(
            Finding::new(
                &RLS_NOT_FORCED,
                format!(
                    "row level security does not bind {}, who owns {name}",
                    table.owner
                ),
            )
            .on(object.clone())
            .sql([guards.force(name)]),
        );
    }
    if let Some(role) = &guard.role {
        // A superuser may act as anybody; that is said once.
        if table.owned && !role.superuser {
            found.push(
                Finding::new(
                    &ROLE_OWNS,
                    format!("the application's role {} owns {name}", role.name),
                )
                .on(object.clone()),
            );
        }
        let may_truncate = table.rights.iter().any(|right| right == "TRUNCATE");
        if may_truncate && !role.superuser && !table.owned {
            found.push(
                Finding::new(&TRUNCATE, format!("{} may TRUNCATE {name}", role.name))
                    .on(object.clone())
                    .sql([format!(
                        "REVOKE TRUNCATE ON {} FROM {}",
                        d.ident(name),
                        d.ident(&role.name)
                    )]),
            );
        }
    }
    for policy in &table.policies {
        if let Some(sides) = is_open(policy) {
            found.push(
                Finding::new(
                    &OPEN_POLICY,
                    format!(
                        "the policy {} on {name} lets every row through",
                        policy.name
                    ),
                )
                .on(format!("policy {name}.{}", policy.name))
                .detail(sides)
                .sql([format!(
                    "DROP POLICY {} ON {}",
                    d.ident(&policy.name),
                    d.ident(name)
                )]),
            );
        }
    }
    let lacking: Vec<&str> = COMMANDS
        .iter()
        .filter(|(command, _)| {
            let mut policies = table.policies.iter();
            !policies.any(|p| p.permissive && p.covers(*command))
        })
        .map(|(_, word)| *word)
        .collect();
    if table.enabled && !lacking.is_empty() {
        found.push(
            Finding::new(
                &NO_POLICY,
                format!("no policy on {name} covers {}", lacking.join(", ")),
            )
            .on(object),
        );
    }
}

/// Which side of a policy lets every row through, if one does.
fn is_open(policy: &Policy) -> Option<String> {
    if !policy.permissive || !policy.applies {
        return None;
    }
    let is_true = |side: &Option<String>| side.as_deref() == Some("true");
    match (is_true(&policy.using), is_true(&policy.check)) {
        (true, _) => Some("USING (true)".to_owned()),
        (false, true) => Some("WITH CHECK (true)".to_owned()),
        (false, false) => None,
    }
}

fn over(scene: &Scene, guard: &Guard, view: &View) -> Option<Finding> {
    let object = format!("view {}", view.name);
    if view.materialized {
        let revoke = guard.role.as_ref().map(|role| {
            format!(
                "REVOKE SELECT ON {} FROM {}",
                view.name,
                scene.d.ident(&role.name)
            )
        });
        return Some(
            Finding::new(
                &MATERIALIZED,
                format!(
                    "the materialized view {} keeps a copy of tenants' rows",
                    view.name
                ),
            )
            .on(object)
            .detail(format!("of {}", view.tables.join(", ")))
            .sql(revoke),
        );
    }
    // Before views could ask, one whose owner is bound was the best there was.
    if view.asks || (!guard.views_can_ask && view.unbound.is_empty()) {
        return None;
    }
    let who = match view.unbound.as_slice() {
        [] => format!("its policies look at {}, who owns it", view.owner),
        all => format!(
            "{}, who owns it, is not bound on {}",
            view.owner,
            all.join(", ")
        ),
    };
    let mend = match guard.views_can_ask {
        true => Some(format!(
            "ALTER VIEW {} SET (security_invoker = true)",
            view.name
        )),
        false => None,
    };
    Some(
        Finding::new(
            &VIEW,
            format!(
                "the view {} shows tenants' rows with its owner's rights",
                view.name
            ),
        )
        .on(object)
        .detail(who)
        .sql(mend),
    )
}

fn definers(scene: &Scene, guard: &Guard, found: &mut Vec<Finding>) {
    for function in &guard.definers {
        let Definer { signature, path } = function;
        let bare = signature.split('(').next().unwrap_or(signature);
        if scene.settings.knows(signature) || scene.settings.knows(bare) {
            continue;
        }
        let pin =
            |path: &str| format!("ALTER FUNCTION {signature} SET search_path = {path}, pg_temp");
        let finding = match path {
            None => Finding::new(
                &DEFINER_PATH,
                format!("{signature} is SECURITY DEFINER and has no search path of its own"),
            )
            .sql([pin("pg_catalog")])
            .help("Write the schema before every name in it, then pin the path as the SQL does."),
            Some(path) if function.lets_temporary_in_first() => Finding::new(
                &DEFINER_TEMP,
                format!("temporary tables come first in {signature}"),
            )
            .detail(format!("search_path = {path}"))
            .sql([pin(&without_temp(path))]),
            Some(_) => continue,
        };
        found.push(finding.on(format!("function {signature}")));
    }
}

fn without_temp(path: &str) -> String {
    let parts: Vec<&str> = path.split(',').map(str::trim).collect();
    let kept: Vec<&str> = parts.into_iter().filter(|p| *p != "pg_temp").collect();
    kept.join(", ")
}
