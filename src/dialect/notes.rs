//! What a database knows of its tables beyond their structure: comments, and how many rows there are.

use super::{mysql::Mysql, postgres::Postgres, sqlite::Sqlite};

/// What a page about a schema tells beside the schema.
pub trait Notes: Send + Sync {
    /// The script that reads them, if there are any. Its rows:
    ///
    /// | first column | the others |
    /// | --- | --- |
    /// | `comment` | table, column (NULL: the table's own), text |
    /// | `size` | table, whether its rows may be read (1/0), estimated rows (0: unknown), whether rows may be left out (1/0) |
    fn notes_script(&self) -> Option<&'static str>;
}

impl Notes for Sqlite {
    fn notes_script(&self) -> Option<&'static str> {
        None
    }
}

impl Notes for Postgres {
    /// The planner's way to estimate: rows for each page as of the last ANALYZE, times the pages that
    /// there are now. A partitioned table has no pages; those of its leaves count.
    fn notes_script(&self) -> Option<&'static str> {
        Some(
            "SELECT 'comment', c.relname::text, a.attname::text, d.description \
             FROM pg_description d JOIN pg_class c ON c.oid = d.objoid \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 \
             WHERE d.classoid = 'pg_class'::regclass AND c.relkind IN ('r', 'p') \
               AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()); \
             SELECT 'size', c.relname::text, has_any_column_privilege(c.oid, 'SELECT')::int, \
               (SELECT coalesce(sum(CASE WHEN l.reltuples > 0 AND l.relpages > 0 \
                    THEN l.reltuples / l.relpages * (pg_relation_size(l.oid) / current_setting('block_size')::int) END), 0)::bigint \
                FROM pg_class l WHERE l.oid = c.oid \
                  OR c.relkind = 'p' AND l.oid IN (SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf)), \
               row_security_active(c.oid)::int \
             FROM pg_class c WHERE c.relkind IN ('r', 'p') \
               AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
        )
    }
}

impl Notes for Mysql {
    /// Tables without any right are not listed; of the others only trying tells whether they can be read.
    fn notes_script(&self) -> Option<&'static str> {
        Some(
            "SELECT 'comment', TABLE_NAME, NULL, TABLE_COMMENT FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_COMMENT <> ''; \
             SELECT 'comment', TABLE_NAME, COLUMN_NAME, COLUMN_COMMENT FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_COMMENT <> ''; \
             SELECT 'size', TABLE_NAME, 1, IFNULL(TABLE_ROWS, 0), 0 FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
        )
    }
}
