//! Somebody who may create objects in the schema of `supabase` makes functions and operators that could be
//! taken for ours or for the server's: by arguments that fit better, by defaults, by anything goes.

use super::supabase_world::{A, B, OUTSIDER, ROLES, TABLES, Who, World, owner_column, user};

/// Types that a value of the first one may be taken for.
const WEAKER: &[(&str, &[&str])] = &[
    ("uuid", &["text", "anyelement", "anynonarray"]),
    (
        "text",
        &["varchar", "name", "bpchar", "anyelement", "\"any\""],
    ),
    (
        "integer",
        &[
            "bigint",
            "smallint",
            "numeric",
            "double precision",
            "anyelement",
            "oid",
        ],
    ),
];

/// The server's functions that ours call, with types that would fit better than the server's own.
const SERVERS: &[(&str, &str)] = &[
    ("format(text, uuid)", "text"),
    ("format(text, text)", "text"),
    ("format(text, text, name)", "text"),
    ("format(text, text, text)", "text"),
    ("format(text, uuid, text)", "text"),
    ("array_position(text[], text)", "integer"),
    ("array_position(text[], varchar)", "integer"),
    ("coalesce_(text)", "text"),
    ("to_jsonb(public.messages)", "jsonb"),
    ("to_jsonb(public.organizations)", "jsonb"),
    ("to_jsonb(auth.users)", "jsonb"),
    ("jsonb_typeof(jsonb)", "text"),
    ("jsonb_object_keys(jsonb)", "text"),
    ("date_trunc(text, timestamp)", "timestamp"),
    ("clock_timestamp()", "timestamptz"),
    ("current_setting(text)", "text"),
    ("current_setting(varchar)", "text"),
    ("current_setting(text, boolean)", "text"),
    ("length(text)", "integer"),
    ("lower(text)", "text"),
    ("btrim(text, text)", "text"),
    ("regexp_replace(text, text, text)", "text"),
    ("regexp_replace(text, text, text, text)", "text"),
    ("row_security_active(oid)", "boolean"),
    ("gen_random_uuid()", "uuid"),
    ("uid()", "uuid"),
    ("timezone(text, timestamptz)", "timestamp"),
    ("int4(numeric)", "integer"),
    ("numeric(integer)", "numeric"),
    ("text(uuid)", "text"),
];

/// Operators on what the tables have, each with every type that it could be asked for.
const OPERATORS: &[(&str, &str, &str)] = &[
    ("=", "uuid", "uuid"),
    ("=", "text", "text"),
    ("=", "name", "name"),
    ("=", "timestamptz", "timestamptz"),
    ("=", "numeric", "integer"),
    ("=", "uuid", "uuid[]"),
    ("<>", "uuid", "uuid"),
    ("<>", "text", "text"),
    (">=", "integer", "integer"),
    (">", "integer", "integer"),
    ("<", "integer", "integer"),
    ("<=", "integer", "numeric"),
    ("<=", "numeric", "numeric"),
    ("+", "integer", "integer"),
    ("+", "integer", "numeric"),
    ("+", "numeric", "integer"),
    ("+", "timestamp", "interval"),
    ("->", "jsonb", "text"),
    ("->>", "jsonb", "text"),
    ("||", "text", "text"),
];

/// What the functions and policies are asked: statements, and a question about what came of them.
fn questions(world: &World) -> Vec<(String, String)> {
    let mut asked: Vec<(String, String)> = Vec::new();
    for table in TABLES {
        let column = owner_column(table);
        let count = format!("SELECT count(*)::text FROM {table}");
        asked.push((
            format!("CREATE TEMP TABLE seen AS SELECT {column} AS o FROM {table}"),
            "SELECT coalesce(string_agg(o::text, ',' ORDER BY o), '') FROM seen".to_owned(),
        ));
        asked.push((format!("DELETE FROM {table}"), count.clone()));
        asked.push((
            format!("UPDATE {table} SET created_at = NULL"),
            format!("{count} WHERE created_at IS NULL"),
        ));
    }
    for (table, author) in [
        ("messages", "user_id"),
        ("organization_invitations", "invited_by"),
        ("campaigns", "created_by"),
    ] {
        for organization in [A, B] {
            for by in [user(A, "admin"), user(A, "owner")] {
                asked.push((
                    world.insert(table, organization, &by),
                    format!("SELECT count(*)::text FROM {table}"),
                ));
            }
        }
        asked.push((
            format!("UPDATE {table} SET {author} = NULL"),
            format!("SELECT count(*)::text FROM {table} WHERE {author} IS NULL"),
        ));
    }
    for organization in [A, B] {
        for call in ["track_usage", "consume_usage"] {
            for event in ["NULL::text", "'e'::text"] {
                asked.push((
                    format!("SELECT public.{call}('{organization}'::uuid, 'monthly_messages'::text, 3::integer, {event})"),
                    "SELECT string_agg(organization_id::text || metric_value, ',' ORDER BY organization_id, metric_value) FROM organization_usage".to_owned(),
                ));
            }
        }
        asked.push((
            format!("CREATE TEMP TABLE seen AS SELECT public.check_usage_limit('{organization}'::uuid, 'monthly_messages'::text, 5000::integer) AS it"),
            "SELECT it::text FROM seen".to_owned(),
        ));
    }
    asked.push((
        "UPDATE organizations SET subscription_plan = 'enterprise'::text".to_owned(),
        "SELECT string_agg(subscription_plan, ',') FROM organizations".to_owned(),
    ));
    asked.push((
        "UPDATE organizations SET name = 'x'::text".to_owned(),
        "SELECT string_agg(name, ',' ORDER BY name) FROM organizations".to_owned(),
    ));
    asked.push((
        "UPDATE organization_members SET role = 'owner'::text".to_owned(),
        "SELECT string_agg(role, ',' ORDER BY id) FROM organization_members".to_owned(),
    ));
    asked
}

/// The answers that everybody gets.
fn answers(world: &World, asked: &[(String, String)]) -> Vec<String> {
    let mut people: Vec<Who> = ROLES.iter().map(|role| Who::user(&user(A, role))).collect();
    people.extend([
        Who::user(OUTSIDER),
        Who::claiming(""),
        Who::role("anon"),
        Who::role("service_role"),
    ]);
    let mut out = Vec::new();
    for who in &people {
        for (sql, question) in asked {
            out.push(format!(
                "{} {}: {sql}: {:?}",
                who.role,
                who.claims,
                world.trial(who, sql, question)
            ));
        }
    }
    // Signing up, and who is asking.
    out.push(format!(
        "{:?}",
        world.trial(
            &Who {
                role: "none",
                claims: String::new()
            },
            "INSERT INTO auth.users (email) VALUES ('Ada@example.com'::text)",
            "SELECT string_agg(slug, ',' ORDER BY slug) FROM organizations",
        )
    ));
    out
}

/// Arguments of a function with one type after the other replaced by each weaker one, and with all of them.
fn variants(types: &[String]) -> Vec<Vec<String>> {
    let weaker = |t: &str| {
        WEAKER
            .iter()
            .find(|(name, _)| *name == t)
            .map_or(&[][..], |(_, w)| w)
    };
    let mut out = Vec::new();
    for (i, t) in types.iter().enumerate() {
        for w in weaker(t) {
            let mut one = types.to_vec();
            one[i] = (*w).to_owned();
            out.push(one);
        }
    }
    for n in 0..3 {
        out.push(
            types
                .iter()
                .map(|t| weaker(t).get(n).map_or(t.clone(), |w| (*w).to_owned()))
                .collect(),
        );
    }
    out
}

#[test]
fn an_overload_of_anything_changes_nothing_and_is_never_run() {
    let world = World::new();
    let asked = questions(&world);
    let before = answers(&world, &asked);
    let (mallory, _) = world.db.account();
    world.db.sql(&format!(
        "GRANT USAGE, CREATE ON SCHEMA public TO {mallory}"
    ));
    let mut session = world.db.session();
    session.sql(&format!(
        "SET ROLE {mallory}; CREATE SEQUENCE public.ran; GRANT ALL ON SEQUENCE public.ran TO PUBLIC"
    ));
    let functions = session.rows(
        "SELECT proname, coalesce((SELECT string_agg(format_type(t, NULL), ',' ORDER BY n) FROM unnest(proargtypes) WITH ORDINALITY a (t, n)), ''),
           CASE prorettype WHEN 'trigger'::regtype THEN 'text' ELSE format_type(prorettype, NULL) END
         FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    );
    let mut made = 0;
    let mut make = |name: &str, arguments: &str, returns: &str| {
        let body = "BEGIN PERFORM pg_catalog.nextval('public.ran'); RETURN NULL; END";
        let quoted = format!(
            "CREATE FUNCTION public.{name}({arguments}) RETURNS {returns} LANGUAGE plpgsql AS $$ {body} $$; GRANT EXECUTE ON FUNCTION public.{name}({}) TO PUBLIC",
            arguments
                .replace(" DEFAULT 1", "")
                .replace(" DEFAULT NULL", "")
        );
        made += usize::from(session.try_sql(&quoted).is_ok());
    };
    // What callers call by name they must find; these have no further argument with a default.
    let called = ["track_usage", "check_usage_limit", "consume_usage"];
    let gone = [
        vec![
            "usage_limit".to_owned(),
            "uuid,text,integer".to_owned(),
            "numeric".to_owned(),
        ],
        vec![
            "count_usage".to_owned(),
            "uuid,text,integer,text,numeric".to_owned(),
            "boolean".to_owned(),
        ],
    ];
    for function in functions.iter().chain(&gone) {
        let [name, types, returns] = &function[..] else {
            unreachable!()
        };
        let types: Vec<String> = types
            .split(',')
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
            .collect();
        for variant in variants(&types) {
            make(name, &variant.join(", "), returns);
        }
        if !called.contains(&name.as_str()) {
            for more in [
                "integer DEFAULT 1",
                "text DEFAULT NULL",
                "VARIADIC text[] DEFAULT NULL",
                "VARIADIC \"any\"",
            ] {
                let mut all = types.clone();
                all.push(more.to_owned());
                make(name, &all.join(", "), returns);
            }
        }
        // The very same, where it is not there any more.
        make(name, &types.join(", "), returns);
    }
    for (signature, returns) in SERVERS {
        let (name, rest) = signature.split_once('(').expect("arguments");
        let arguments = rest.trim_end_matches(')');
        make(name, arguments, returns);
        let comma = if arguments.is_empty() { "" } else { ", " };
        make(
            name,
            &format!("{arguments}{comma}integer DEFAULT 1"),
            returns,
        );
    }
    for (i, (_, left, right)) in OPERATORS.iter().enumerate() {
        make(
            &format!("operator_{i}"),
            &format!("{left}, {right}"),
            "boolean",
        );
    }
    assert!(made > 150, "{made} overloads");
    for (i, (operator, left, right)) in OPERATORS.iter().enumerate() {
        session.sql(&format!(
            "CREATE OPERATOR public.{operator} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.operator_{i})"
        ));
    }
    session.close();
    let after = answers(&world, &asked);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after, before);
    }
    let ran = world.one("SELECT is_called::text FROM public.ran");
    assert_eq!(ran, "false", "somebody else's code ran");
}
