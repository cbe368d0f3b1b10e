//! What the migrations of this set share.

use crate::support::{Column, OnDelete, Table, Touch, execute};
use sea_orm_migration::prelude::*;

/// The comment on what the set makes outside of its own schema. Only what carries it is taken back, and
/// the engine reads it too.
pub(super) const MARK: &str = "made by saasdb";

/// Has the sets of one database take turns where they touch the schema `auth`, which they share.
///
/// Whoever comes second would otherwise miss what the first one makes, or wait for a lock on a table while
/// holding one on a role that the first one waits for.
pub(super) const TAKE_TURNS: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('saasdb: schema auth', 0))";

/// A DO statement.
pub(super) fn block(body: &str) -> String {
    format!("DO $saasdb$\n{}\n$saasdb$", body.trim())
}

/// The column that says whose row it is.
pub(super) fn organization() -> Column {
    Column::uuid("organization_id")
        .not_null()
        .references("organizations", "id", OnDelete::Cascade)
}

/// A user: somebody of whom Supabase, or our stand-in for it, keeps an account.
pub(super) fn user(column: &'static str, on_delete: OnDelete) -> Column {
    Column::uuid(column).references("auth.users", "id", on_delete)
}

/// When the row came to be.
pub(super) fn created_at() -> Column {
    Column::timestamp("created_at").default_now()
}

/// Creates tables so that nobody but their owner may touch them, and keeps their `updated_at`.
///
/// Supabase gives its API roles every privilege on new tables; without this they would lie open until row
/// level security is there.
pub(super) async fn create(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    for table in tables {
        table.create(manager).await?;
        execute(
            manager,
            &[format!(
                "REVOKE ALL ON {} FROM PUBLIC, anon, authenticated, service_role",
                table.name()
            )],
        )
        .await?;
        if table.has_column("updated_at") {
            Touch::attach(manager, table.name()).await?;
        }
    }
    Ok(())
}

/// Drops the tables, last one first.
pub(super) async fn drop(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        table.drop(manager).await?;
    }
    Ok(())
}

/// Puts the schema that the set lives in where functions say `this_schema`.
///
/// Functions name their tables with it, so that no other schema in a caller's search path comes first. What
/// it is called is not known when a migration renders.
pub(super) fn place_functions() -> String {
    block(
        "DECLARE
  function oid;
BEGIN
  FOR function IN
    SELECT oid FROM pg_proc
    WHERE pronamespace = quote_ident(current_schema())::regnamespace AND prosrc LIKE '%this_schema.%'
  LOOP
    EXECUTE replace(pg_get_functiondef(function), 'this_schema.', quote_ident(current_schema()) || '.');
  END LOOP;
END",
    )
}

/// The same for these functions of ours alone. Somebody who may create functions in the schema may have made
/// others there, which would do when it runs what calls without a schema mean to do.
pub(super) fn place(functions: &[&str]) -> String {
    let quoted: Vec<String> = functions.iter().map(|f| format!("'{f}'")).collect();
    block(&format!(
        "DECLARE
  function pg_catalog.regprocedure;
BEGIN
  FOREACH function IN ARRAY ARRAY[{}]::pg_catalog.regprocedure[] LOOP
    EXECUTE pg_catalog.replace(pg_catalog.pg_get_functiondef(function::pg_catalog.oid), 'this_schema.',
      pg_catalog.quote_ident(pg_catalog.current_schema()) || '.');
  END LOOP;
END",
        quoted.join(", ")
    ))
}

/// Lets only the roles of `to` execute a function.
///
/// PostgreSQL lets everybody execute a new function, and Supabase grants that to its API roles by name.
pub(super) fn only(to: &str, function: &str) -> Vec<String> {
    let mut statements = vec![format!(
        "REVOKE ALL ON FUNCTION {function} FROM PUBLIC, anon, authenticated, service_role"
    )];
    if !to.is_empty() {
        statements.push(format!("GRANT EXECUTE ON FUNCTION {function} TO {to}"));
    }
    statements
}
