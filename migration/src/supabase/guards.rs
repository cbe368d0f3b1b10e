//! What a policy cannot say, because it sees a row either before or after a change and never both. These
//! triggers bind whom row level security binds, and nobody else.

use super::sql::place_functions;

const FUNCTIONS: [&str; 3] = ["keep_author()", "keep_columns()", "keep_owner()"];

/// Trigger, when, table, function with arguments.
const TRIGGERS: [(&str, &str, &str, &str); 8] = [
    (
        "organizations_columns",
        "UPDATE",
        "organizations",
        "keep_columns('subscription_plan', 'subscription_status', 'stripe_customer_id', \
         'stripe_subscription_id', 'trial_ends_at')",
    ),
    (
        "organization_members_author",
        "INSERT OR UPDATE",
        "organization_members",
        "keep_author('invited_by')",
    ),
    (
        "organization_members_owner",
        "UPDATE OR DELETE",
        "organization_members",
        "keep_owner()",
    ),
    (
        "organization_invitations_author",
        "INSERT OR UPDATE",
        "organization_invitations",
        "keep_author('invited_by')",
    ),
    (
        "messages_author",
        "INSERT OR UPDATE",
        "messages",
        "keep_author('user_id')",
    ),
    (
        "contacts_author",
        "INSERT OR UPDATE",
        "contacts",
        "keep_author('user_id')",
    ),
    (
        "auto_replies_author",
        "INSERT OR UPDATE",
        "auto_replies",
        "keep_author('created_by')",
    ),
    (
        "campaigns_author",
        "INSERT OR UPDATE",
        "campaigns",
        "keep_author('created_by')",
    ),
];

/// Creates the functions and their triggers.
pub(super) fn create() -> Vec<String> {
    let mut statements = vec![
        // Nobody writes in somebody else's name, or finds out by a clash whom somebody else has among
        // their contacts.
        "CREATE FUNCTION keep_author() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  author text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF author IS NULL OR NOT row_security_active(TG_RELID) THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND author = to_jsonb(OLD) ->> TG_ARGV[0] THEN
    RETURN NEW;
  END IF;
  IF author::uuid IS DISTINCT FROM this_schema.current_user_id() THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('%I of a row in %I can only be the user who writes it', TG_ARGV[0], TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END
$body$"
            .to_owned(),
        // An owner may rename the organization, but what it pays for is between the backend and Stripe.
        "CREATE FUNCTION keep_columns() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  kept text;
BEGIN
  IF row_security_active(TG_RELID) THEN
    FOREACH kept IN ARRAY TG_ARGV LOOP
      IF to_jsonb(NEW) -> kept IS DISTINCT FROM to_jsonb(OLD) -> kept THEN
        RAISE insufficient_privilege USING MESSAGE =
          format('%I of a row in %I is not for users to change', kept, TG_TABLE_NAME);
      END IF;
    END LOOP;
  END IF;
  RETURN NEW;
END
$body$"
            .to_owned(),
        // Two owners who put each other out at the same time take turns at the organization's row. A row
        // that goes with its organization or its user is deleted by the database itself, which row
        // security does not bind.
        "CREATE FUNCTION keep_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  stays boolean := TG_OP = 'UPDATE';
BEGIN
  IF stays THEN
    stays := coalesce(NEW.role = 'owner' AND NEW.is_active, false)
      AND NEW.organization_id = OLD.organization_id;
  END IF;
  IF NOT stays AND OLD.role = 'owner' AND OLD.is_active AND row_security_active(TG_RELID) THEN
    PERFORM FROM this_schema.organizations WHERE id = OLD.organization_id FOR UPDATE;
    IF NOT EXISTS (
      SELECT FROM this_schema.organization_members
      WHERE organization_id = OLD.organization_id AND role = 'owner' AND is_active AND id <> OLD.id)
    THEN
      RAISE restrict_violation USING MESSAGE =
        format('organization %s would have no owner left', OLD.organization_id);
    END IF;
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$body$"
            .to_owned(),
        place_functions(),
    ];
    statements.extend(TRIGGERS.iter().map(create_trigger));
    statements
}

fn create_trigger((trigger, when, table, call): &(&str, &str, &str, &str)) -> String {
    format!(
        "CREATE TRIGGER {trigger} BEFORE {when} ON {table}\nFOR EACH ROW EXECUTE FUNCTION {call}"
    )
}

/// Creates one of the triggers.
pub(super) fn trigger(name: &str) -> String {
    let mut triggers = TRIGGERS.iter().filter(|(trigger, ..)| *trigger == name);
    triggers.next().map(create_trigger).unwrap_or_default()
}

/// Drops the triggers and their functions.
pub(super) fn drop() -> Vec<String> {
    let triggers = TRIGGERS
        .iter()
        .rev()
        .map(|(trigger, _, table, _)| format!("DROP TRIGGER {trigger} ON {table}"));
    let functions = FUNCTIONS.iter().map(|f| format!("DROP FUNCTION {f}"));
    triggers.chain(functions).collect()
}
