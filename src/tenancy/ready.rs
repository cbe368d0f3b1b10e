//! Whether a database is ready for work on organizations.

use super::map::Map;
use crate::engine::effects::Effect;
use crate::engine::guard::{self, Environment};
use crate::engine::migration::Migration;
use crate::engine::operate::check_set;
use crate::engine::plan::{State, Survey};
use crate::engine::{Database, Direction, Error, Result, Source};

/// Makes sure that the set is there with the tables that are needed. Pending migrations that do not
/// touch these tables make no difference. Whoever `writes` also needs a history without questions, as
/// seeding does.
///
/// # Errors
/// Exit code 6 where another set or a stricter environment is recorded, 3 where migrations are needed
/// first, 4 where the history is not this program's.
pub fn check(
    db: &Database,
    source: &Source,
    map: &Map,
    asked: Option<Environment>,
    command: &str,
    writes: bool,
) -> Result<()> {
    check_set(db, source)?;
    guard::environment(db, asked)?;
    let survey = Survey::new(source, &db.history);
    if writes {
        survey.verify().map_err(|e| e.on(&db.target))?;
    }
    let missing: Vec<&str> = survey
        .entries
        .iter()
        .filter(|e| e.state.is_pending() || e.state == State::Dirty)
        .filter(|e| source.get(&e.name).is_some_and(|m| touches(m, map)))
        .map(|e| e.name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::pending(&format!("`{command}`"), &missing)
        .on(&db.target)
        .hint(format!("`saasdb migrate up`, then `saasdb {command}`")))
}

fn touches(migration: &Migration, map: &Map) -> bool {
    let tables = map.tables();
    let effects = migration.effects(Direction::Up);
    effects.iter().any(|effect| match effect {
        Effect::CreateTable(t)
        | Effect::DropTable(t)
        | Effect::RebuildTable(t)
        | Effect::AddColumn(t, _)
        | Effect::DropColumn(t, _) => tables.contains(&t.as_str()),
        Effect::RenameTable(from, to) => {
            tables.contains(&from.as_str()) || tables.contains(&to.as_str())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[tokio::test]
    async fn only_migrations_of_the_tables_in_question_matter() {
        for set in catalog::SETS {
            let Some(map) = set.organizations else {
                continue;
            };
            for backend in set.backends {
                let all = set.migrations();
                let mut source = Source::render(set.name, *backend, &all, &[Direction::Up])
                    .await
                    .expect("renders");
                assert!(source.migrations.iter().any(|m| touches(m, map)));
                for migration in &mut source.migrations {
                    let mut other = migration.clone();
                    other.known_effects = Default::default();
                    other.up = vec!["CREATE TABLE \"other\" (\"id\" integer)".to_owned()];
                    assert!(!touches(&other, map));
                    let table = backend.dialect().ident(map.modules.table);
                    other.known_effects = Default::default();
                    other.up = vec![format!("ALTER TABLE {table} ADD COLUMN x integer")];
                    assert!(touches(&other, map));
                }
            }
        }
    }
}
