//! Who is asking, and in which organizations they have a say.

use super::sql::{only, place_functions};

/// The functions that see memberships whatever the caller may see. Policies call them, so a policy on
/// `organization_members` never has to read `organization_members`, which would never end.
pub(super) const FUNCTIONS: [&str; 2] = ["current_user_id()", "member_organizations(text)"];

/// Who is asking, where nothing but what cannot be overloaded may be called. Supabase's auth.uid() raises an
/// error on claims that make no sense. Those are nobody's.
pub(super) const CALLER: &str = "  BEGIN
    caller := auth.uid();
  EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
    caller := NULL;
  END;";

/// Creates the functions.
pub(super) fn create() -> Vec<String> {
    let mut statements = vec![
        // Supabase's auth.uid() raises an error on claims that make no sense. Those are nobody's.
        "CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  RETURN auth.uid();
EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
  RETURN NULL;
END
$body$"
            .to_owned(),
        "CREATE FUNCTION member_organizations(minimum_role text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  ranks CONSTANT text[] := ARRAY['viewer', 'member', 'admin', 'owner'];
BEGIN
  RETURN ARRAY(
    SELECT m.organization_id FROM this_schema.organization_members m
    WHERE m.user_id = this_schema.current_user_id() AND m.is_active
      AND array_position(ranks, m.role) >= array_position(ranks, minimum_role));
END
$body$"
            .to_owned(),
        place_functions(),
    ];
    for function in FUNCTIONS {
        statements.extend(only("authenticated", function));
    }
    statements
}

/// A condition: the row's organization is one in which the caller has at least that role.
///
/// As a sub-query of its own it runs once for a statement, and an index on the column can serve it.
pub(super) fn at_least(role: &str, column: &str) -> String {
    format!("{column} = ANY ((SELECT member_organizations('{role}'))::uuid[])")
}
