//! Points in time as applications keep them in SQLite, which has no type for them.

/// Milliseconds since 1970, as an expression; null for what is no point in time without doubt.
///
/// Numbers are taken for the unit in which they lie between 1973 and 5138: seconds (Drizzle, `unixepoch()`),
/// milliseconds (Prisma, JavaScript), microseconds, nanoseconds; a real of 1970 to 9999 may also be a
/// Julian day (`julianday()`). Text is one of ISO 8601's forms, in UTC unless it says its zone, or such a
/// number. Nothing that SQLite itself would take for a time beyond that, such as `now`.
pub(super) fn epoch_ms(column: &str) -> String {
    let number = |n: &str| {
        format!(
            "CASE WHEN {n} >= 1e8 AND {n} < 1e11 THEN CAST(round({n} * 1000) AS INTEGER) \
             WHEN {n} >= 1e11 AND {n} < 1e14 THEN CAST({n} AS INTEGER) \
             WHEN {n} >= 1e14 AND {n} < 1e17 THEN CAST({n} / 1000 AS INTEGER) \
             WHEN {n} >= 1e17 THEN CAST({n} / 1000000 AS INTEGER) END"
        )
    };
    let days =
        |day: &str| format!("CAST(round((julianday({day}) - 2440587.5) * 86400000) AS INTEGER)");
    let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
    let minute = "[0-9][0-9]:[0-9][0-9]";
    // SQLite reads zones as +05:30 only; PostgreSQL writes +00, others +0530. GLOB's classes begin with the
    // hyphen, or it would be a range.
    format!(
        "CASE typeof({column}) WHEN 'integer' THEN {integer} \
         WHEN 'real' THEN CASE WHEN {column} >= 2440587.5 AND {column} < 5373484.5 THEN {julian} ELSE {real} END \
         WHEN 'text' THEN CASE \
         WHEN {column} GLOB '[1-9]*' AND {column} NOT GLOB '*[^0-9]*' AND length({column}) < 19 THEN {digits} \
         WHEN {column} GLOB '{day}' THEN {plain} \
         WHEN {column} NOT GLOB '{day}[ Tt]{minute}*' THEN NULL \
         WHEN substr({column}, 17) GLOB '*[-+][0-9][0-9]' THEN {hours} \
         WHEN substr({column}, 17) GLOB '*[-+][0-9][0-9][0-9][0-9]' THEN {compact} \
         ELSE {plain} END END",
        integer = number(column),
        real = number(column),
        julian = days(column),
        digits = number(&format!("CAST({column} AS INTEGER)")),
        plain = days(&format!("replace({column}, 't', 'T')")),
        hours = days(&format!("({column} || ':00')")),
        compact = days(&format!(
            "(substr({column}, 1, length({column}) - 2) || ':' || substr({column}, -2))"
        )),
    )
}
