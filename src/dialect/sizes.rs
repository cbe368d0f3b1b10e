//! What a database knows of how many rows there are, without counting.

use super::{mysql::Mysql, postgres::Postgres, sqlite::Sqlite};

/// How large tables are.
pub trait Sizes: Send + Sync {
    /// A query for tables by name: whether their rows may be read (1/0), about how many there are (0:
    /// unknown), whether some may be left out (1/0). `None` where counting is all that there is.
    fn query(&self) -> Option<&'static str>;
}

impl Sizes for Sqlite {
    fn query(&self) -> Option<&'static str> {
        None
    }
}

impl Sizes for Postgres {
    /// The planner's way to estimate: rows for each page as of the last ANALYZE, times the pages that
    /// there are now. A partitioned table has no pages; those of its leaves count.
    fn query(&self) -> Option<&'static str> {
        Some(
            "SELECT c.relname::text, has_any_column_privilege(c.oid, 'SELECT')::int, \
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

impl Sizes for Mysql {
    /// Tables without any right are not listed; of the others only trying tells whether they can be read.
    fn query(&self) -> Option<&'static str> {
        Some(
            "SELECT TABLE_NAME, 1, IFNULL(TABLE_ROWS, 0), 0 FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
        )
    }
}
