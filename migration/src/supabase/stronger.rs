//! The functions as they are from the seventh migration on. None of them calls another one of the set:
//! whoever may create functions in the schema could make a call mean theirs, by arguments that fit better,
//! or mean none, by defaults that make it ambiguous. Only what is in `pg_catalog`, and `auth.uid()`, is
//! called; nobody but their owners creates anything there.

use super::guards;
use super::members::CALLER;
use super::roles::DEFINER;
use super::sql::{block, place};

/// The function that brings back what the migration replaced. In a DO block of a `down`, text that is put
/// together and executed would need the user's consent every time, because it may be anything.
pub(super) const GO_BACK: &str = "saasdb_go_back()";

/// The functions that are replaced.
const REPLACED: [&str; 6] = [
    "member_organizations(text)",
    "keep_author()",
    "keep_owner()",
    "track_usage(uuid, text, integer, text)",
    "check_usage_limit(uuid, text, integer)",
    "consume_usage(uuid, text, integer, text)",
];

/// The functions that are no longer needed, because nobody calls them.
pub(super) const DROPPED: [&str; 2] = [
    "usage_limit(uuid, text, integer)",
    "count_usage(uuid, text, integer, text, numeric)",
];

/// The tables whose rows have an author, and the column that names it.
pub(super) const AUTHORS: [(&str, &str); 6] = [
    ("organization_members", "invited_by"),
    ("organization_invitations", "invited_by"),
    ("messages", "user_id"),
    ("contacts", "user_id"),
    ("auto_replies", "created_by"),
    ("campaigns", "created_by"),
];

/// Takes CREATE on the schema away from everybody who reaches the API, and makes the function that gives it
/// back together with the functions as they are now.
///
/// Where this role cannot revoke it, because somebody else granted it or others were given it on, it stays, and
/// `check tenancy` says so.
pub(super) fn remember() -> String {
    let list = |functions: &[&str]| {
        let quoted: Vec<String> = functions.iter().map(|f| format!("'{f}'")).collect();
        quoted.join(", ")
    };
    block(&format!(
        "DECLARE
  place CONSTANT text := pg_catalog.quote_ident(pg_catalog.current_schema());
  old pg_catalog.regprocedure;
  given record;
  back text := '';
BEGIN
  FOREACH old IN ARRAY ARRAY[{all}]::pg_catalog.regprocedure[] LOOP
    back := back || ' EXECUTE ' || pg_catalog.quote_literal(pg_catalog.pg_get_functiondef(old::pg_catalog.oid)) || ';';
  END LOOP;
  -- A new owner must be allowed to create in the schema, except where a superuser hands over.
  back := back || pg_catalog.replace(' IF pg_catalog.to_regrole(''{DEFINER}'') IS NOT NULL AND EXISTS (
    SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname = ''track_usage'' AND p.proowner = pg_catalog.to_regrole(''{DEFINER}'')::pg_catalog.oid
      AND pg_catalog.quote_ident(n.nspname) = [name])
  THEN
    lent := NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
      AND NOT pg_catalog.has_schema_privilege(''{DEFINER}'', ''[schema]''::pg_catalog.regnamespace::pg_catalog.oid, ''CREATE'');
    IF lent THEN GRANT CREATE ON SCHEMA [schema] TO {DEFINER}; END IF;{alter}
    IF lent THEN REVOKE CREATE ON SCHEMA [schema] FROM {DEFINER}; END IF;
  END IF;', '[name]', pg_catalog.quote_literal(place));
  back := pg_catalog.replace(back, '''[schema]''', pg_catalog.quote_literal(place));
  back := pg_catalog.replace(back, '[schema]', place);
  FOR given IN
    SELECT coalesce(r.rolname::text, 'PUBLIC') AS role,
      CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END AS option
    FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE n.nspname = pg_catalog.current_schema() AND a.privilege_type = 'CREATE'
      AND (a.grantee = 0::pg_catalog.oid OR r.rolname IN ('anon', 'authenticated'))
    GROUP BY r.rolname ORDER BY r.rolname
  LOOP
    BEGIN
      EXECUTE 'REVOKE CREATE ON SCHEMA ' || place || ' FROM ' || given.role;
    EXCEPTION WHEN insufficient_privilege OR dependent_objects_still_exist THEN CONTINUE;
    END;
    IF NOT EXISTS (
      SELECT FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
      WHERE n.nspname = pg_catalog.current_schema() AND a.privilege_type = 'CREATE'
        AND coalesce(r.rolname::text, 'PUBLIC') = given.role)
    THEN
      back := back || ' GRANT CREATE ON SCHEMA ' || place || ' TO ' || given.role || given.option || ';';
    END IF;
  END LOOP;
  EXECUTE 'CREATE FUNCTION {GO_BACK} RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS '
    || pg_catalog.quote_literal('DECLARE lent boolean; BEGIN' || back || ' END');
END",
        all = list(&[DROPPED.as_slice(), REPLACED.as_slice()].concat()),
        alter = DROPPED
            .map(|f| format!(" ALTER FUNCTION [schema].{f} OWNER TO {DEFINER};"))
            .concat(),
    ))
}

/// Replaces the functions. They keep owner and privileges.
pub(super) fn functions() -> Vec<String> {
    let mut statements = vec![
        member_organizations(),
        KEEP_AUTHOR.trim().to_owned(),
        KEEP_OWNER.trim().to_owned(),
        track_usage(),
        check_usage_limit(),
        consume_usage(),
    ];
    statements.extend(DROPPED.map(|function| format!("DROP FUNCTION {function}")));
    statements.push(place(&REPLACED));
    statements
}

/// The author of a new row is for a policy to see to.
pub(super) fn triggers() -> Vec<String> {
    let again = AUTHORS.map(|(table, column)| {
        [
            format!("DROP TRIGGER {table}_author ON {table}"),
            format!(
                "CREATE TRIGGER {table}_author BEFORE UPDATE ON {table}\nFOR EACH ROW \
                 WHEN (NEW.{column} IS DISTINCT FROM OLD.{column}) EXECUTE FUNCTION keep_author('{column}')"
            ),
        ]
    });
    again.into_iter().flatten().collect()
}

/// The triggers as they were before.
pub(super) fn weaker_triggers() -> Vec<String> {
    AUTHORS
        .iter()
        .rev()
        .flat_map(|(table, _)| {
            let name = format!("{table}_author");
            [
                format!("DROP TRIGGER {name} ON {table}"),
                guards::trigger(&name),
            ]
        })
        .collect()
}

fn member_organizations() -> String {
    format!(
        "CREATE OR REPLACE FUNCTION member_organizations(minimum_role text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  ranks CONSTANT text[] := ARRAY['viewer', 'member', 'admin', 'owner'];
  caller uuid;
BEGIN
{CALLER}
  RETURN ARRAY(
    SELECT m.organization_id FROM this_schema.organization_members m
    WHERE m.user_id = caller AND m.is_active
      AND array_position(ranks, m.role) >= array_position(ranks, minimum_role));
END
$body$"
    )
}

/// Whoever works on a row leaves its author alone: nobody takes it over, gives it away or empties it.
const KEEP_AUTHOR: &str = "
CREATE OR REPLACE FUNCTION keep_author() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF row_security_active(TG_RELID) THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('%I of a row in %I stays as it is', TG_ARGV[0], TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END
$body$";

/// Owners who go at the same time take turns at the organization's row, and each holds on to the row of an
/// owner who stays. A snapshot that is older than the other one's leaving finds that row changed, which ends
/// the transaction in REPEATABLE READ and above; who is about to leave has locked their row already and does
/// not count.
///
/// Policies know the memberships of when a statement began, and it may have waited since then. So whoever
/// gives somebody more, perhaps themselves, is looked at again, by the policies for these queries.
///
/// A row that goes with its organization or its user is deleted by the database itself, which row
/// security does not bind.
const KEEP_OWNER: &str = "
CREATE OR REPLACE FUNCTION keep_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  ranks CONSTANT text[] := ARRAY['viewer', 'member', 'admin', 'owner'];
  stays boolean := TG_OP = 'UPDATE';
BEGIN
  IF stays AND row_security_active(TG_RELID) AND (
    coalesce(array_position(ranks, NEW.role), 0) > coalesce(array_position(ranks, OLD.role), 0)
    OR NEW.is_active AND OLD.is_active IS NOT TRUE
    OR NEW.user_id <> OLD.user_id OR NEW.organization_id <> OLD.organization_id)
  THEN
    PERFORM FROM this_schema.organization_members m WHERE m.id = OLD.id FOR NO KEY UPDATE;
    IF FOUND AND NEW.role = 'owner' THEN
      PERFORM FROM this_schema.organizations o WHERE o.id = OLD.organization_id FOR NO KEY UPDATE;
    END IF;
    IF NOT FOUND THEN
      RAISE insufficient_privilege USING MESSAGE =
        format('members of organization %s are no longer for this user to manage', OLD.organization_id);
    END IF;
  END IF;
  IF stays THEN
    stays := coalesce(NEW.role = 'owner' AND NEW.is_active, false)
      AND NEW.organization_id = OLD.organization_id;
  END IF;
  IF NOT stays AND OLD.role = 'owner' AND OLD.is_active AND row_security_active(TG_RELID) THEN
    PERFORM FROM this_schema.organizations o WHERE o.id = OLD.organization_id FOR NO KEY UPDATE;
    PERFORM FROM this_schema.organization_members m
    WHERE m.organization_id = OLD.organization_id AND m.role = 'owner' AND m.is_active AND m.id <> OLD.id
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RAISE restrict_violation USING MESSAGE =
        format('organization %s would have no owner left', OLD.organization_id);
    END IF;
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$body$";

/// What all who count declare.
const DECLARED: &str = "  -- Here current_user is the owner of the function. Who called is the role that was set, or else who logged in.
  asker CONSTANT name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  caller uuid;
  plan text;
  allowed jsonb;
  maximum numeric;";

/// Looks at the caller and the arguments, and finds what the plan allows in a month; -1 is without limit. Whom
/// row level security does not bind may count for any organization.
fn admitted() -> String {
    format!(
        "  IF org IS NULL OR metric IS NULL THEN
    RAISE null_value_not_allowed USING MESSAGE = 'usage is counted for an organization and a metric';
  END IF;
  IF amount IS NULL OR amount < 1 THEN
    RAISE invalid_parameter_value USING MESSAGE =
      format('the amount of %s must be positive, not %s', metric, coalesce(amount::text, 'null'));
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = asker AND (r.rolsuper OR r.rolbypassrls)) THEN
{}
    IF NOT EXISTS (
      SELECT FROM this_schema.organization_members m
      WHERE m.organization_id = org AND m.user_id = caller AND m.is_active
        AND m.role IN ('member', 'admin', 'owner'))
    THEN
      RAISE insufficient_privilege USING MESSAGE =
        format('only its members, and not viewers, count usage of organization %s', org);
    END IF;
  END IF;
  SELECT o.subscription_plan INTO plan FROM this_schema.organizations o WHERE o.id = org;
  IF NOT FOUND THEN
    RAISE no_data_found USING MESSAGE = format('there is no organization %s', org);
  END IF;
  SELECT p.limits INTO allowed FROM this_schema.subscription_plans p WHERE p.id = plan;
  IF NOT FOUND THEN
    RAISE no_data_found USING
      MESSAGE = format('organization %s has the plan %s, which subscription_plans lacks',
        org, coalesce(plan, 'null')),
      HINT = 'saasdb seed adds the plans';
  END IF;
  IF jsonb_typeof(allowed -> metric) IS DISTINCT FROM 'number' THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('the plan %s has no limit for the metric %s', plan, metric),
      HINT = format('it has limits for: %s',
        (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(allowed) AS k));
  END IF;
  maximum := (allowed ->> metric)::numeric;",
        format_args!("  {}", CALLER.replace('\n', "\n  "))
    )
}

/// Counts, unless that event was counted already or the maximum would be passed; null is no maximum.
///
/// The organization's row puts all who count for it in one order: with the rows of counters and events
/// alone, one who holds the counter and one who holds the event could wait for each other. No stranger can
/// hold that row, as they could an advisory lock.
fn counted(refused: &str, done: &str) -> String {
    format!(
        "  IF length(event) NOT BETWEEN 1 AND 255 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'an event id has 1 to 255 characters';
  END IF;
  PERFORM FROM this_schema.organizations o WHERE o.id = org FOR NO KEY UPDATE;
  IF event IS NOT NULL AND EXISTS (
    SELECT FROM this_schema.saasdb_usage_events e
    WHERE e.organization_id = org AND e.metric_name = metric AND e.event_id = event)
  THEN
    {done};
  END IF;
  month := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
  INSERT INTO this_schema.organization_usage AS u
    (organization_id, metric_name, metric_value, period_start, period_end)
  SELECT org, metric, amount, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
  WHERE maximum IS NULL OR amount <= maximum
  ON CONFLICT (organization_id, metric_name, period_start) DO UPDATE
    SET metric_value = u.metric_value + excluded.metric_value
    WHERE maximum IS NULL OR u.metric_value::numeric + excluded.metric_value <= maximum;
  IF NOT FOUND THEN
    {refused};
  END IF;
  IF event IS NOT NULL THEN
    INSERT INTO this_schema.saasdb_usage_events (organization_id, metric_name, event_id)
    VALUES (org, metric, event);
  END IF;
  {done};"
    )
}

fn track_usage() -> String {
    format!(
        "CREATE OR REPLACE FUNCTION track_usage(org uuid, metric text, amount integer DEFAULT 1, event_id text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
{DECLARED}
  event CONSTANT text := event_id;
  month timestamp;
BEGIN
{}
  maximum := NULL;
{}
END
$body$",
        admitted(),
        counted("RETURN", "RETURN")
    )
}

fn consume_usage() -> String {
    format!(
        "CREATE OR REPLACE FUNCTION consume_usage(org uuid, metric text, amount integer DEFAULT 1, event_id text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
{DECLARED}
  event CONSTANT text := event_id;
  month timestamp;
BEGIN
{}
  maximum := nullif(maximum, -1);
{}
END
$body$",
        admitted(),
        counted("RETURN false", "RETURN true")
    )
}

fn check_usage_limit() -> String {
    format!(
        "CREATE OR REPLACE FUNCTION check_usage_limit(org uuid, metric text, amount integer DEFAULT 1) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
{DECLARED}
BEGIN
{}
  RETURN maximum = -1 OR amount + coalesce((
    SELECT u.metric_value::numeric FROM this_schema.organization_usage u
    WHERE u.organization_id = org AND u.metric_name = metric
      AND u.period_start = date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  ), 0) <= maximum;
END
$body$",
        admitted()
    )
}
