//! Columns, keys and indexes.

use super::Scene;
use super::rules::{
    CROSSING_KEY, NO_COLUMN, NO_INDEX, NO_KEY, NO_TENANT_TABLE, NULLABLE, NULLABLE_MEANT, TYPE,
    UNKNOWN,
};
use crate::checks::Finding;
use crate::dialect::Reference;
use crate::schema::{Column, ForeignKey, Table};
use crate::tenancy::classify::{Link, Tenancy};
use crate::tenancy::way::{Ways, index_columns, key_of};

pub(super) fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let ways = scene.ways();
    if !scene.schema.tables.contains_key(scene.set.tenant_table)
        && !scene.unfinished.contains(scene.set.tenant_table)
    {
        let name = scene.set.tenant_table;
        found.push(
            Finding::new(
                &NO_TENANT_TABLE,
                format!("the tenant table {name} is not there"),
            )
            .on(format!("table {name}")),
        );
    }
    expected(scene, &ways, found);
    for (name, tenancy) in &scene.known {
        if scene.is_left_alone(name) {
            continue;
        }
        let table = &scene.schema.tables[name];
        match tenancy {
            Tenancy::Owned { foreign_key } => {
                owned(scene, &ways, name, table, foreign_key.as_deref(), found);
            }
            Tenancy::Derived { path } => derived(scene, name, table, path, found),
            Tenancy::Global if !scene.set.tables.holds(name) => found.push(
                Finding::new(
                    &UNKNOWN,
                    format!("nothing tells whose the rows of {name} are"),
                )
                .on(format!("table {name}")),
            ),
            Tenancy::Tenant | Tenancy::Global => {}
        }
        for (_, key) in crossing(scene, table, tenancy) {
            found.push(crossing_key(scene, &ways, name, tenancy, key));
        }
    }
}

/// The columns that somebody took away from tables of the set.
fn expected(scene: &Scene, ways: &Ways, found: &mut Vec<Finding>) {
    let column_of_key = |table: &str, key: &str| -> Option<&Column> {
        column(scene.schema.tables.get(table)?, key)
    };
    let missing = |table: &str, name: &str, parent: &str, key: &str| {
        let kind = column_of_key(parent, key).map_or("text", |c| c.kind.as_str());
        let mut sql = vec![format!(
            "ALTER TABLE {} ADD COLUMN {} {kind}",
            scene.d.ident(table),
            scene.d.ident(name)
        )];
        sql.extend(scene.d.tenancy().add_reference(&Reference {
            table,
            columns: &[name],
            parent,
            parent_columns: &[key],
        }));
        sql.push(scene.d.tenancy().add_index(table, &[name]));
        Finding::new(
            &NO_COLUMN,
            format!("{table} has no column {name}: nothing tells whose its rows are"),
        )
        .on(format!("column {table}.{name}"))
        .sql(sql)
    };
    for table in scene.set.tables.owned {
        let is_owned = matches!(scene.known.get(*table), Some(Tenancy::Owned { .. }));
        if scene.is_finished(table) && !is_owned {
            let (parent, name) = (scene.set.tenant_table, scene.set.tenant_column);
            found.push(missing(table, name, parent, &ways.tenant_key));
        }
    }
    for (table, name, parent) in scene.set.tables.derived {
        // A table that was given the tenant column is better off than the documents have it.
        let is_owned = matches!(scene.known.get(*table), Some(Tenancy::Owned { .. }));
        if !scene.is_finished(table) || is_owned {
            continue;
        }
        let live = &scene.schema.tables[*table];
        let key = scene.schema.tables.get(*parent).map(key_of);
        let key = key.and_then(|k| k.into_iter().next());
        let key = key.unwrap_or_else(|| "id".to_owned());
        if column(live, name).is_none() {
            found.push(missing(table, name, parent, &key));
        } else if !refers(live, name, parent) {
            found.push(no_key(scene, table, name, parent, &key));
        }
    }
}

fn column<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.columns.iter().find(|c| c.name == name)
}

fn refers(table: &Table, column: &str, parent: &str) -> bool {
    let mut keys = table.foreign_keys.values();
    keys.any(|k| k.columns.split(',').any(|c| c == column) && k.table.eq_ignore_ascii_case(parent))
}

fn no_key(scene: &Scene, table: &str, column: &str, parent: &str, key: &str) -> Finding {
    Finding::new(
        &NO_KEY,
        format!("{table}.{column} has no foreign key to {parent}"),
    )
    .on(format!("column {table}.{column}"))
    .sql(scene.d.tenancy().add_reference(&Reference {
        table,
        columns: &[column],
        parent,
        parent_columns: &[key],
    }))
}

fn owned(
    scene: &Scene,
    ways: &Ways,
    name: &str,
    table: &Table,
    foreign_key: Option<&str>,
    found: &mut Vec<Finding>,
) {
    let tenant_column = scene.set.tenant_column;
    let object = format!("column {name}.{tenant_column}");
    let Some(live) = column(table, tenant_column) else {
        return;
    };
    if foreign_key.is_none() && !scene.unfinished.contains(name) {
        let (parent, key) = (scene.set.tenant_table, ways.tenant_key.as_str());
        found.push(no_key(scene, name, tenant_column, parent, key));
    }
    let tenants = scene.schema.tables.get(scene.set.tenant_table);
    if let Some(key) = tenants.and_then(|t| column(t, &ways.tenant_key)) {
        let (found_as, wanted) = (described(scene, live), described(scene, key));
        if !found_as.eq_ignore_ascii_case(&wanted) {
            let message = format!(
                "{name}.{tenant_column} is {found_as}, and {}.{} is {wanted}",
                scene.set.tenant_table, key.name
            );
            found.push(Finding::new(&TYPE, message).on(object.clone()));
        }
    }
    if !is_led(table, tenant_column) {
        let message = format!("no index of {name} begins with {tenant_column}");
        found.push(
            Finding::new(&NO_INDEX, message)
                .on(object.clone())
                .sql([scene.d.tenancy().add_index(name, &[tenant_column])]),
        );
    }
    if live.nullable {
        let message = format!("{name}.{tenant_column} takes NULL");
        // What is meant so needs no mending.
        found.push(match scene.set.tables.nullable.contains(&name) {
            true => Finding::new(&NULLABLE_MEANT, message).on(object),
            false => {
                let mend = scene.d.tenancy();
                let sql = mend.refuse_null(name, tenant_column, &live.kind);
                Finding::new(&NULLABLE, message).on(object).sql(sql)
            }
        });
    }
}

/// A column's type, with what else has to be equal for a foreign key.
fn described(scene: &Scene, column: &Column) -> String {
    match scene.d.tenancy().collation(&column.extra) {
        Some(collation) => format!("{} {collation}", column.kind),
        None => column.kind.clone(),
    }
}

/// Whether a whole, usable index begins with that column.
fn is_led(table: &Table, column: &str) -> bool {
    table.indexes.values().any(|index| {
        let whole = index.predicate.is_none() && !index.kind.ends_with("(invalid)");
        let searches = !index.columns.contains(" (") || index.columns.starts_with("btree (");
        whole
            && searches
            && index_columns(table, &index.columns)
                .first()
                .is_some_and(|c| c == column)
    })
}

fn derived(scene: &Scene, name: &str, table: &Table, path: &[Link], found: &mut Vec<Finding>) {
    let Some(first) = path.first() else { return };
    let Some(key) = table.foreign_keys.get(&first.foreign_key) else {
        return;
    };
    // Another tenant's column that cannot be NULL leads there too; that is for the rows to show.
    let nullable = key
        .columns
        .split(',')
        .any(|c| column(table, c).is_some_and(|c| c.nullable));
    if nullable && scene.set.tables.holds(name) {
        found.push(
            Finding::new(
                &NULLABLE_MEANT,
                format!("{name}.{} takes NULL, and leads to the tenant", key.columns),
            )
            .on(format!("column {name}.{}", key.columns)),
        );
    }
}

/// The foreign keys of a table with tenants' rows to another one, over which two tenants could meet.
pub(super) fn crossing<'t>(
    scene: &Scene,
    table: &'t Table,
    tenancy: &Tenancy,
) -> Vec<(&'t str, &'t ForeignKey)> {
    let way = match tenancy {
        Tenancy::Global => return Vec::new(),
        Tenancy::Derived { path } => path.first().map(|link| link.foreign_key.as_str()),
        Tenancy::Tenant | Tenancy::Owned { .. } => None,
    };
    let keys = table.foreign_keys.iter().filter(|(key_name, key)| {
        let parent = scene.known.get(&key.table);
        // A key to the tenant table names a tenant; it is no row of one.
        let to_rows = matches!(
            parent,
            Some(Tenancy::Owned { .. } | Tenancy::Derived { .. })
        );
        let mut columns = key.columns.split(',');
        let says_tenant = match tenancy {
            Tenancy::Owned { .. } => columns.any(|c| c == scene.set.tenant_column),
            _ => false,
        };
        to_rows && !says_tenant && way != Some(key_name.as_str())
    });
    keys.map(|(name, key)| (name.as_str(), key)).collect()
}

fn crossing_key(
    scene: &Scene,
    ways: &Ways,
    name: &str,
    tenancy: &Tenancy,
    key: &ForeignKey,
) -> Finding {
    let parent = key.table.as_str();
    let finding = Finding::new(
        &CROSSING_KEY,
        format!(
            "{name}.{} could point to another tenant's {parent}",
            key.columns
        ),
    )
    .on(format!("column {name}.{}", key.columns));
    let both_say = matches!(tenancy, Tenancy::Owned { .. })
        && matches!(scene.known.get(parent), Some(Tenancy::Owned { .. }));
    if !both_say {
        return finding;
    }
    let tenant = scene.set.tenant_column;
    let referred = ways.referred(key, parent);
    let mut parent_columns = vec![tenant];
    parent_columns.extend(referred.iter().map(String::as_str));
    let mut columns = vec![tenant];
    columns.extend(key.columns.split(','));
    let mend = scene.d.tenancy();
    let mut sql = mend.add_unique(parent, &parent_columns);
    sql.extend(mend.add_reference(&Reference {
        table: name,
        columns: &columns,
        parent,
        parent_columns: &parent_columns,
    }));
    finding.sql(sql)
}
