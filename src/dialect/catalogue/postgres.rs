//! The catalogue of PostgreSQL.

use crate::dialect::Dialect;

// Short on work for the server, because every run that changes something reads it: column numbers
// are put into names here and not there, and what only foreign code uses comes last.
// A UNION takes its types from its first part: a `name` there would cut definitions to 63 bytes.
pub(in crate::dialect) const POSTGRES: &str = r#"
SELECT 'product', 'postgresql';
SELECT 'table', relname, CASE WHEN relrowsecurity THEN 'row level security' || CASE WHEN relforcerowsecurity THEN ' forced' ELSE '' END ELSE '' END, NULL
FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind IN ('r','p')
  AND relname <> 'seaql_migrations' AND relname NOT LIKE 'saasdb\_%';
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN '0' ELSE '1' END,
  pg_get_expr(d.adbin, d.adrelid),
  CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity' ELSE '' END || CASE a.attgenerated WHEN 's' THEN 'generated' ELSE '' END,
  NULL, a.attnum, NULL,
  CASE WHEN a.attcollation <> t.typcollation THEN (SELECT CASE WHEN n.nspname IN ('pg_catalog', current_schema()) THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(collname)
    FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE o.oid = a.attcollation) END
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r','p')
  AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%'
ORDER BY a.attnum;
SELECT 'index of', c.relname, i.relname,
  CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique AND k.oid IS NOT NULL THEN 'unique' WHEN x.indisunique THEN 'unique index' ELSE 'index' END
    || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END,
  pg_get_indexdef(x.indexrelid), pg_get_expr(x.indpred, x.indrelid),
  CASE WHEN k.condeferred THEN 'initially deferred' WHEN k.condeferrable THEN 'deferrable' END
FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u')
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r','p')
  AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%';
SELECT CASE contype WHEN 'f' THEN 'fk' ELSE 'check' END, c.relname, k.conname,
  CASE contype WHEN 'f' THEN k.conkey::text ELSE pg_get_constraintdef(k.oid) END,
  CASE WHEN p.relnamespace <> k.connamespace THEN (SELECT nspname || '.' FROM pg_namespace n WHERE n.oid = p.relnamespace) ELSE '' END || p.relname,
  CASE WHEN p.relnamespace <> k.connamespace
    THEN (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
    ELSE k.confkey::text END,
  CASE confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
  CASE confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
  CASE WHEN condeferred THEN 'initially deferred' WHEN condeferrable THEN 'deferrable' END,
  CASE contype WHEN 'f' THEN concat_ws(' ', CASE confmatchtype WHEN 'f' THEN 'match full' END, CASE WHEN NOT convalidated THEN 'not valid' END) END
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class p ON p.oid = k.confrelid
WHERE k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND k.contype IN ('f','c','x');
SELECT 'inbound', k.conrelid::regclass::text,
  (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  p.relname,
  (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND p.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND k.connamespace <> p.relnamespace;
SELECT 'type', t.typname, json_agg(e.enumlabel ORDER BY e.enumsortorder)
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) GROUP BY t.typname;
SELECT 'trigger', c.relname::text, t.tgname::text, pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'A' THEN ' (always)' ELSE ' (replication)' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
UNION ALL
SELECT 'policy', c.relname, p.polname, concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
  'to', (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END, ',') FROM unnest(p.polroles) r),
  'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
UNION ALL
SELECT 'view', relname, pg_get_viewdef(oid), concat_ws(', ', CASE relkind WHEN 'm' THEN 'materialized' END, array_to_string(reloptions, ', '))
FROM pg_class WHERE relkind IN ('v','m') AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.deptype = 'e')
UNION ALL
SELECT 'routine', p.oid::regprocedure::text, 'CREATE OR REPLACE ' || CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END
    || substr(pg_get_functiondef(p.oid), length('CREATE OR REPLACE FUNCTION .') + CASE p.prokind WHEN 'p' THEN 1 ELSE 0 END + length(quote_ident(current_schema())) + 1), NULL
FROM pg_proc p
WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND p.prokind IN ('f','p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'comment', c.relname, a.attname, d.description
FROM pg_description d JOIN pg_class c ON c.oid = d.objoid LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
WHERE d.classoid = 'pg_class'::regclass AND c.relkind IN ('r','p') AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
SELECT 'sequence', c.relname, concat_ws(' ', 'AS', format_type(s.seqtypid, NULL), 'INCREMENT BY', s.seqincrement, 'MINVALUE', s.seqmin, 'MAXVALUE', s.seqmax,
    'START WITH', s.seqstart, 'CACHE', s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' END), t.relname, a.attname
FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relkind = 'S' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND d.deptype IS DISTINCT FROM 'i'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e');
WITH here AS (SELECT oid, nspname, nspacl, nspowner FROM pg_namespace WHERE nspname = current_schema()),
objects(object, col, owner, acl, free) AS (
  SELECT CASE relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' ELSE 'table ' END || relname, NULL, relowner, relacl, ''
  FROM pg_class WHERE relnamespace = (SELECT oid FROM here) AND relkind IN ('r','p','v','m','S') AND relacl IS NOT NULL
  UNION ALL
  SELECT 'table ' || c.relname, a.attname, c.relowner, a.attacl, ''
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attacl IS NOT NULL
  WHERE c.relnamespace = (SELECT oid FROM here) AND c.relkind IN ('r','p')
  UNION ALL
  SELECT 'routine ' || oid::regprocedure, NULL, proowner, proacl, 'EXECUTE'
  FROM pg_proc WHERE pronamespace = (SELECT oid FROM here) AND proacl IS NOT NULL
  UNION ALL
  SELECT 'schema', NULL, nspowner, nspacl, CASE nspname WHEN 'public' THEN 'USAGE' ELSE '' END FROM here WHERE nspacl IS NOT NULL
)
SELECT 'grant', object, col, CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END,
  string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY x.privilege_type)
FROM objects, aclexplode(acl) x WHERE x.grantee <> owner AND NOT (x.grantee = 0 AND x.privilege_type = free) GROUP BY 2, 3, x.grantee
UNION ALL
SELECT 'grant', object, col, 'public', '' FROM objects
WHERE free <> '' AND NOT EXISTS (SELECT FROM aclexplode(acl) x WHERE x.grantee = 0)
"#;

/// Tables of other schemas, under their names with the schema: columns, references from there to
/// anywhere, and references to them from outside of the schema that is ours.
pub(in crate::dialect) fn postgres_elsewhere(d: &dyn Dialect, tables: &[String]) -> String {
    let wanted: Vec<String> = tables
        .iter()
        .filter_map(|t| t.split_once('.'))
        .map(|(schema, table)| format!("({}, {})", d.literal(schema), d.literal(table)))
        .collect();
    let wanted = match wanted.is_empty() {
        true => "(NULL, NULL)".to_owned(),
        false => wanted.join(", "),
    };
    POSTGRES_ELSEWHERE.replace("$wanted", &wanted)
}

const POSTGRES_ELSEWHERE: &str = r#"
SELECT 'table', n.nspname || '.' || c.relname, CASE WHEN c.relrowsecurity THEN 'row level security' || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END ELSE '' END, NULL
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ($wanted) AND c.relkind IN ('r','p');
SELECT 'column', n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN '0' ELSE '1' END,
  pg_get_expr(d.adbin, d.adrelid), ''
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE (n.nspname, c.relname) IN ($wanted) AND c.relkind IN ('r','p') ORDER BY a.attnum;
WITH wanted AS (SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ($wanted)),
keys AS (SELECT k.*, c.relnamespace AS home,
    (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS columns,
    CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || p.relname AS parent,
    (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num) AS parent_columns
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace WHERE k.contype = 'f')
SELECT 'fk', w.name, k.conname, k.columns, k.parent, k.parent_columns,
  CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END, ''
FROM keys k JOIN wanted w ON w.oid = k.conrelid
UNION ALL
SELECT 'inbound', k.conrelid::regclass::text, k.columns, w.name, k.parent_columns, NULL, NULL, NULL
FROM keys k JOIN wanted w ON w.oid = k.confrelid
WHERE k.conrelid NOT IN (SELECT oid FROM wanted) AND k.home <> (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"#;
