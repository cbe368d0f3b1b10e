use super::roles::own;
use super::sql::{TAKE_TURNS, block, only, place_functions};
use crate::support::execute;
use sea_orm_migration::prelude::*;

/// Gives everybody who signs up an organization of their own.
#[derive(DeriveMigrationName)]
pub struct Migration;

const FUNCTION: &str = "create_organization_for_user()";

/// Supabase signs people up as a role that may not touch our tables, hence SECURITY DEFINER.
///
/// The slug is letters and digits of the e-mail address before its `@`. Whoever is given the same one at
/// the same time is waited for, and the next slug is tried if they stay. The row is read as JSON, because
/// not everybody's `auth.users` has the same columns.
const CREATE: &str = "
CREATE FUNCTION create_organization_for_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  local_part text := regexp_replace(coalesce(to_jsonb(NEW) ->> 'email', ''), '@[^@]*$', '');
  base text := regexp_replace(lower(local_part), '[^a-z0-9]+', '-', 'g');
  suffix text := '';
  attempt integer := 1;
  organization uuid;
BEGIN
  IF current_setting('saasdb.seeding', true) = 'on' THEN
    RETURN NULL; -- seeders bring the organizations of their users
  END IF;
  base := btrim(left(btrim(base, '-'), 80), '-');
  IF base = '' THEN
    base := 'organization';
  END IF;
  LOOP
    INSERT INTO this_schema.organizations (name, slug)
    VALUES (coalesce(nullif(left(local_part, 255), ''), 'Organization'), base || suffix)
    ON CONFLICT (slug) DO NOTHING
    RETURNING id INTO organization;
    EXIT WHEN organization IS NOT NULL;
    attempt := attempt + 1;
    -- Counting on would take long where half the world signs up as info@.
    suffix := '-' || CASE WHEN attempt < 10 THEN attempt::text ELSE left(gen_random_uuid()::text, 8) END;
  END LOOP;
  INSERT INTO this_schema.organization_members (organization_id, user_id, role, joined_at)
  VALUES (organization, NEW.id, 'owner', CURRENT_TIMESTAMP);
  RETURN NULL;
END
$body$";

/// Several sets in one database share `auth.users`: each has a trigger that is named after its schema.
fn attach() -> String {
    block(&format!(
        "BEGIN
  EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION {FUNCTION}',
    'create_organization_in_' || current_schema());
END"
    ))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(
            manager,
            &[
                TAKE_TURNS.to_owned(),
                CREATE.trim().to_owned(),
                place_functions(),
                attach(),
            ],
        )
        .await?;
        execute(manager, &only("", FUNCTION)).await?;
        execute(manager, &[own(&[FUNCTION])]).await
    }

    /// The table is Supabase's: only an owner may drop a trigger of it, but a trigger goes with its
    /// function.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = format!("DROP FUNCTION {FUNCTION} CASCADE");
        execute(manager, &[TAKE_TURNS.to_owned(), drop]).await
    }
}
