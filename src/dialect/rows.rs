//! Rows, value by value, and what the catalogue says of the constraints on them.
//!
//! | first column | the others |
//! | --- | --- |
//! | `primary` | table, column |
//! | `unique` | table, index, column |
//! | `key` | table, constraint, column, parent, parent column |
//! | `check` | table, expression, where the catalogue as a value cannot tell them apart |
//! | `label` | type, label |
//! | `domain` | type, the type that it is made of, its checks |
//! | `part` | table whose rows are another table's |
//! | `thing` | kind, name, definition: what the catalogue as a value does not hold |
//!
//! One row for each column, so that no name has to be taken out of a list. Tables in other schemas
//! are called `schema.table`.

use super::mysql::Mysql;
use super::postgres::Postgres;
use super::scratch::TIE;
use super::sqlite::Sqlite;
use super::{Dialect, schemas::Schemas};

/// What a database knows of rows.
pub trait Rows: Send + Sync {
    /// The script whose rows are described above, all in their order.
    fn shapes_script(&self) -> String;

    /// The expression that shows a value of a column of that type as text, to the byte.
    fn exact(&self, column: &str, kind: &str) -> String;

    /// The literal for what [`Rows::exact`] showed.
    fn again(&self, kind: &str, text: &str) -> String;

    /// What goes between the columns and VALUES where an identity column is given a value.
    fn overriding(&self) -> &'static str {
        ""
    }

    /// A CHECK expression as the catalogue prints it, with texts as standard SQL has them.
    fn check_text(&self, text: String) -> String {
        text
    }

    /// The statements, in a transaction, after which references are checked at its end.
    fn defer(&self) -> &'static [&'static str];

    /// The statements after which they are checked with each statement again.
    fn undefer(&self) -> &'static [&'static str];
}

impl Rows for Sqlite {
    fn shapes_script(&self) -> String {
        SQLITE.to_owned()
    }

    fn exact(&self, column: &str, _kind: &str) -> String {
        // A literal of the value's own type, which a column's type does not decide here.
        format!("CASE WHEN {column} IS NOT NULL THEN quote({column}) END")
    }

    fn again(&self, _kind: &str, text: &str) -> String {
        text.to_owned()
    }

    fn defer(&self) -> &'static [&'static str] {
        &["PRAGMA defer_foreign_keys = ON"]
    }

    fn undefer(&self) -> &'static [&'static str] {
        &["PRAGMA defer_foreign_keys = OFF"]
    }
}

impl Rows for Postgres {
    fn shapes_script(&self) -> String {
        POSTGRES.replace("$tie", &self.search_path(TIE))
    }

    fn exact(&self, column: &str, _kind: &str) -> String {
        self.as_text(column)
    }

    fn again(&self, _kind: &str, text: &str) -> String {
        self.literal(text)
    }

    fn overriding(&self) -> &'static str {
        " OVERRIDING SYSTEM VALUE"
    }

    fn defer(&self) -> &'static [&'static str] {
        &["SET CONSTRAINTS ALL DEFERRED"]
    }

    fn undefer(&self) -> &'static [&'static str] {
        &["SET CONSTRAINTS ALL IMMEDIATE"]
    }
}

impl Rows for Mysql {
    fn shapes_script(&self) -> String {
        MYSQL.to_owned()
    }

    fn exact(&self, column: &str, kind: &str) -> String {
        if is_binary(kind) {
            return format!("HEX({column})");
        }
        self.as_text(column)
    }

    fn again(&self, kind: &str, text: &str) -> String {
        if is_binary(kind) {
            return format!("x'{text}'");
        }
        self.literal(text)
    }

    /// MySQL escapes the whole expression once more, quotes around texts included.
    fn check_text(&self, text: String) -> String {
        let twice = text.split("\\'").next().is_some_and(|before| {
            let word = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
            word.len() < before.len() && word.ends_with('_')
        });
        let text = match twice {
            true => text.replace("\\'", "'").replace("\\\\", "\\"),
            false => text,
        };
        text.replace("\\'", "''").replace("\\\\", "\\")
    }

    fn defer(&self) -> &'static [&'static str] {
        &["SET SESSION foreign_key_checks = 0"]
    }

    fn undefer(&self) -> &'static [&'static str] {
        &["SET SESSION foreign_key_checks = 1"]
    }
}

/// Whether values of a type are bytes and no text.
fn is_binary(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["blob", "binary", "bit", "geometry", "point", "polygon"]
        .iter()
        .any(|word| kind.contains(word))
}

const SQLITE: &str = r#"
SELECT 'primary', m.name, c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c
  WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk;
SELECT 'unique', m.name, i.name, x.name FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) x
  WHERE m.type = 'table' AND i."unique" ORDER BY m.name, i.name, x.seqno;
SELECT 'key', m.name, f.id, f."from", f."table",
    coalesce(f."to", (SELECT p.name FROM pragma_table_info(f."table") p WHERE p.pk = f.seq + 1))
  FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq;
SELECT 'thing', 'setting', 'user_version', user_version FROM pragma_user_version WHERE user_version <> 0
"#;

const POSTGRES: &str = r#"
WITH near AS (SELECT n.oid, n.nspname, CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END AS prefix
  FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND quote_ident(n.nspname) <> '$tie' AND n.nspname <> '$tie'),
t AS (SELECT c.oid, n.prefix || c.relname AS name, c.relispartition, c.relnamespace, n.prefix
  FROM pg_class c JOIN near n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p'))
SELECT * FROM (
  SELECT CASE WHEN x.indisprimary THEN 'primary' ELSE 'unique' END AS what, t.name AS of,
    CASE WHEN x.indisprimary THEN a.attname::text ELSE i.relname::text END AS one,
    CASE WHEN x.indisprimary THEN NULL ELSE a.attname::text END AS two, NULL::text AS three, NULL::text AS four, k.place
  FROM t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
  CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k(number, place)
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number WHERE x.indisunique AND k.place <= x.indnkeyatts
  UNION ALL
  SELECT 'key', t.name, c.conname::text, a.attname::text, p.name, b.attname::text, k.place
  FROM pg_constraint c JOIN t ON t.oid = c.conrelid JOIN t p ON p.oid = c.confrelid
  CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY k(own, other, place)
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
  JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other WHERE c.contype = 'f'
  UNION ALL
  SELECT 'label', format_type(e.enumtypid, NULL), e.enumlabel::text, NULL, NULL, NULL, rank() OVER (PARTITION BY e.enumtypid ORDER BY e.enumsortorder) FROM pg_enum e
  UNION ALL
  SELECT 'domain', format_type(d.oid, NULL), format_type(d.typbasetype, d.typtypmod),
    (SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c WHERE c.contypid = d.oid), NULL, NULL, 0
  FROM pg_type d JOIN near n ON n.oid = d.typnamespace WHERE d.typtype = 'd'
  UNION ALL
  SELECT 'part', t.name, NULL, NULL, NULL, NULL, 0 FROM t WHERE t.relispartition
  UNION ALL
  SELECT 'thing', 'schema', n.nspname::text,
    (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(s.nspacl, acldefault('n', s.nspowner))) a), NULL, NULL, 0
  FROM near n JOIN pg_namespace s ON s.oid = n.oid
  UNION ALL
  SELECT 'thing', CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    n.prefix || c.relname, NULL, NULL, NULL, 0
  FROM pg_class c JOIN near n ON n.oid = c.relnamespace
  WHERE (c.relkind IN ('S', 'f') OR c.relkind IN ('r', 'p', 'v', 'm') AND n.prefix <> '') AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%'
  UNION ALL
  SELECT 'thing', 'function', n.prefix || p.oid::regprocedure::text, md5(p.prosrc), NULL, NULL, 0
  FROM pg_proc p JOIN near n ON n.oid = p.pronamespace WHERE n.prefix <> ''
  UNION ALL
  SELECT 'thing', 'trigger', t.name || '.' || g.tgname, pg_get_triggerdef(g.oid), NULL, NULL, 0
  FROM pg_trigger g JOIN t ON t.oid = g.tgrelid WHERE NOT g.tgisinternal AND t.prefix <> ''
  UNION ALL
  SELECT 'thing', 'type', n.prefix || y.typname, NULL, NULL, NULL, 0
  FROM pg_type y JOIN near n ON n.oid = y.typnamespace LEFT JOIN pg_class c ON c.oid = y.typrelid
  WHERE y.typtype IN ('d', 'r') OR y.typtype = 'c' AND c.relkind = 'c' OR y.typtype = 'e' AND n.prefix <> ''
  UNION ALL
  SELECT 'thing', 'extension', extname::text, extversion, NULL, NULL, 0 FROM pg_extension
  UNION ALL
  SELECT 'thing', 'event trigger', evtname::text, evtevent::text, NULL, NULL, 0 FROM pg_event_trigger
  UNION ALL
  SELECT 'thing', 'publication', pubname::text, NULL, NULL, NULL, 0 FROM pg_publication
  UNION ALL
  SELECT 'thing', 'default privileges', coalesce(defaclnamespace::regnamespace::text, 'everywhere') || ' ' || defaclobjtype::text || ' of ' || defaclrole::regrole::text,
    (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(defaclacl) a), NULL, NULL, 0 FROM pg_default_acl
  UNION ALL
  SELECT 'thing', 'privileges', 'of the database',
    (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(d.datacl, acldefault('d', d.datdba))) a), NULL, NULL, 0
  FROM pg_database d WHERE d.datname = current_database()
) AS everything ORDER BY what, of, one, place
"#;

// MariaDB has a CONSTRAINT_1 in every table, and says which; MySQL does neither.
const MYSQL: &str = r#"
SELECT 'primary', TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX;
SELECT 'unique', TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY' AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;
SELECT 'key', TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
  FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE()
  ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION;
SELECT 'check', t.TABLE_NAME, c.CHECK_CLAUSE FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c
  ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME /*M! AND c.TABLE_NAME = t.TABLE_NAME */
  WHERE t.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY t.TABLE_NAME, c.CONSTRAINT_NAME;
SELECT 'thing', 'event', EVENT_NAME, EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 3
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_checks_of_mysql_are_read_however_they_are_escaped() {
        let plain = |text: &str| Mysql.check_text(text.to_owned());
        // MariaDB, then MySQL 8.
        assert_eq!(plain(r"`x` in ('it\'s','b')"), "`x` in ('it''s','b')");
        assert_eq!(
            plain(r"(`x` in (_utf8mb4\'it\\\'s\',_utf8mb4\'b\'))"),
            "(`x` in (_utf8mb4'it''s',_utf8mb4'b'))"
        );
        assert_eq!(plain("(`x` > 0)"), "(`x` > 0)");
    }
}
