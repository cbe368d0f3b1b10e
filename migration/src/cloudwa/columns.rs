//! The columns that the document uses, with the types on SQLite spelled as there.

use crate::support::{Column, OnDelete};

pub(super) fn id() -> Column {
    Column::hex_id().sqlite_type("TEXT")
}

/// Text that is no key of anything.
pub(super) fn text(name: &'static str) -> Column {
    Column::text(name).sqlite_type("TEXT")
}

/// Text that is referred to, unique or indexed.
pub(super) fn key(name: &'static str) -> Column {
    Column::key_text(name).sqlite_type("TEXT")
}

/// The `id` of a row of `parent`.
pub(super) fn belongs_to(name: &'static str, parent: &'static str, on_delete: OnDelete) -> Column {
    key(name).references(parent, "id", on_delete)
}

/// The tenant that a row goes with.
pub(super) fn tenant() -> Column {
    belongs_to("tenant_id", "tenants", OnDelete::Cascade).not_null()
}

/// The device that a row goes with.
pub(super) fn device() -> Column {
    belongs_to("device_id", "devices", OnDelete::Cascade).not_null()
}

/// One of the values that the document lists in a comment.
pub(super) fn choice(name: &'static str, values: &'static [&'static str]) -> Column {
    Column::choice(name, values).sqlite_type("TEXT")
}

pub(super) fn json(name: &'static str) -> Column {
    Column::json(name).sqlite_type("TEXT")
}

pub(super) fn integer(name: &'static str) -> Column {
    Column::integer(name).sqlite_type("INTEGER")
}

pub(super) fn flag(name: &'static str) -> Column {
    Column::flag(name).sqlite_type("INTEGER")
}

pub(super) fn time(name: &'static str) -> Column {
    Column::timestamp(name).sqlite_type("DATETIME")
}

pub(super) fn created_at() -> Column {
    time("created_at").default_now()
}

pub(super) fn updated_at() -> Column {
    Column::touched("updated_at").sqlite_type("DATETIME")
}
