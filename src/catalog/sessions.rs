//! How sessions say on whose behalf they act, in sets that keep tenants apart with row level security.

/// What a session of the application looks like to row level security.
///
/// In the statements `{tenant}`, `{other}` and `{user}` stand for values, quoted as literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The role as which the application works.
    pub role: String,
    /// The statement by which a transaction says who it is.
    pub say: String,
    /// A query for `{user}`: members of `{tenant}` and not of `{other}`, who may most first. Where it
    /// is not given, `say` speaks of the tenant alone.
    pub members: Option<String>,
    /// The table of the users, where members are asked for: a row's author can only be the one who
    /// writes it.
    pub people: Option<String>,
}

/// As PostgREST passes them on, and `auth.uid()` reads them.
pub(super) fn supabase() -> Claims {
    Claims {
        role: "authenticated".to_owned(),
        say: "SELECT set_config('request.jwt.claims', json_build_object('sub', {user}, 'role', 'authenticated')::text, true)"
            .to_owned(),
        members: Some(
            "SELECT user_id FROM organization_members m WHERE organization_id = {tenant} AND is_active \
             AND NOT EXISTS (SELECT FROM organization_members o WHERE o.user_id = m.user_id AND o.organization_id = {other}) \
             ORDER BY array_position(ARRAY['owner', 'admin', 'member', 'viewer'], role), user_id"
                .to_owned(),
        ),
        people: Some("auth.users".to_owned()),
    }
}
