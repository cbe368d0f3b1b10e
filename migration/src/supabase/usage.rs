//! Counting what an organization uses, and holding it to its plan.

use super::sql::{only, place_functions};

/// The functions that applications call.
const PUBLIC: [&str; 3] = [
    "track_usage(uuid, text, integer, text)",
    "check_usage_limit(uuid, text, integer)",
    "consume_usage(uuid, text, integer, text)",
];

/// The parts that these are made of.
const INTERNAL: [&str; 2] = [
    "usage_limit(uuid, text, integer)",
    "count_usage(uuid, text, integer, text, numeric)",
];

/// All of them.
pub(super) fn functions() -> Vec<&'static str> {
    PUBLIC.into_iter().chain(INTERNAL).collect()
}

/// Creates the functions.
pub(super) fn create() -> Vec<String> {
    let mut statements = vec![
        LIMIT.trim().to_owned(),
        COUNT.trim().to_owned(),
        TRACK.trim().to_owned(),
        CHECK.trim().to_owned(),
        CONSUME.trim().to_owned(),
        place_functions(),
    ];
    for function in PUBLIC {
        statements.extend(only("authenticated, service_role", function));
    }
    for function in INTERNAL {
        statements.extend(only("", function));
    }
    statements
}

/// What the plan allows in a month, after a look at the caller and the arguments. -1 is without limit.
///
/// In here `current_user` is the owner of the function. Who called is the role that was set, or else who
/// logged in; whom row level security does not bind may count for any organization.
const LIMIT: &str = "
CREATE FUNCTION usage_limit(org uuid, metric text, amount integer) RETURNS numeric
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  plan text;
  allowed jsonb;
BEGIN
  IF org IS NULL OR metric IS NULL THEN
    RAISE null_value_not_allowed USING MESSAGE = 'usage is counted for an organization and a metric';
  END IF;
  IF amount IS NULL OR amount < 1 THEN
    RAISE invalid_parameter_value USING MESSAGE =
      format('the amount of %s must be positive, not %s', metric, coalesce(amount::text, 'null'));
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = caller AND (rolsuper OR rolbypassrls))
    AND org <> ALL (this_schema.member_organizations('member'))
  THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('only its members, and not viewers, count usage of organization %s', org);
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
  RETURN (allowed ->> metric)::numeric;
END
$body$";

/// Counts, unless that event was counted already or the maximum would be passed. Null is no maximum.
///
/// The lock puts all who count the same metric in one order. With locks on rows alone, one who holds the
/// counter and one who holds the event could wait for each other.
const COUNT: &str = "
CREATE FUNCTION count_usage(org uuid, metric text, amount integer, event text, maximum numeric)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  month timestamp;
BEGIN
  IF length(event) NOT BETWEEN 1 AND 255 THEN
    RAISE invalid_parameter_value USING MESSAGE = 'an event id has 1 to 255 characters';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(format('%s %s', org, metric), 0));
  IF event IS NOT NULL AND EXISTS (
    SELECT FROM this_schema.saasdb_usage_events e
    WHERE e.organization_id = org AND e.metric_name = metric AND e.event_id = event)
  THEN
    RETURN true;
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
    RETURN false;
  END IF;
  IF event IS NOT NULL THEN
    INSERT INTO this_schema.saasdb_usage_events (organization_id, metric_name, event_id)
    VALUES (org, metric, event);
  END IF;
  RETURN true;
END
$body$";

const TRACK: &str = "
CREATE FUNCTION track_usage(org uuid, metric text, amount integer DEFAULT 1, event_id text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  PERFORM this_schema.usage_limit(org, metric, amount);
  PERFORM this_schema.count_usage(org, metric, amount, event_id, NULL);
END
$body$";

const CHECK: &str = "
CREATE FUNCTION check_usage_limit(org uuid, metric text, amount integer DEFAULT 1) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  maximum numeric := this_schema.usage_limit(org, metric, amount);
BEGIN
  RETURN maximum = -1 OR amount + coalesce((
    SELECT u.metric_value::numeric FROM this_schema.organization_usage u
    WHERE u.organization_id = org AND u.metric_name = metric
      AND u.period_start = date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  ), 0) <= maximum;
END
$body$";

const CONSUME: &str = "
CREATE FUNCTION consume_usage(org uuid, metric text, amount integer DEFAULT 1, event_id text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  RETURN this_schema.count_usage(
    org, metric, amount, event_id, nullif(this_schema.usage_limit(org, metric, amount), -1));
END
$body$";
