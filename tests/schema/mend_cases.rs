//! Changes by hand on each database, and what they change.

/// A change by hand, and the objects that it changes.
pub type Cases = &'static [(&'static str, &'static [&'static str])];

pub const SQLITE_BASE: &str = r#"
CREATE TABLE parents (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(20) NOT NULL DEFAULT 'x', code text COLLATE NOCASE,
  CONSTRAINT parents_name_key UNIQUE (name), CONSTRAINT parents_code_check CHECK (code <> 'a''b'));
CREATE TABLE children (id integer NOT NULL PRIMARY KEY, parent integer CONSTRAINT children_parent_fkey REFERENCES parents (id) ON DELETE CASCADE,
  at text DEFAULT CURRENT_TIMESTAMP, twice integer GENERATED ALWAYS AS (id * 2) VIRTUAL) STRICT;
CREATE INDEX children_at_idx ON children (at) WHERE parent IS NOT NULL;
CREATE INDEX children_parent_idx ON children (parent);
CREATE TRIGGER touched AFTER UPDATE ON parents BEGIN UPDATE parents SET code = 'b' WHERE id = NEW.id; END;
CREATE VIEW names AS SELECT name FROM parents;
INSERT INTO parents (name, code) VALUES ('one', 'c'), ('two', NULL);
INSERT INTO children (id, parent) VALUES (1, 1), (2, 2), (3, NULL);
"#;

/// SQLite has no ALTER for most of it; hands that want to change it anyway write the schema.
macro_rules! rewritten {
    ($table:literal, $from:literal, $to:literal) => {
        concat!(
            "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '",
            $from,
            "', '",
            $to,
            "') WHERE name = '",
            $table,
            "'; PRAGMA writable_schema = RESET;"
        )
    };
}

pub const SQLITE: Cases = &[
    ("CREATE TABLE mine (id integer)", &["added table mine"]),
    ("DROP TABLE children", &["removed table children"]),
    (
        "ALTER TABLE parents ADD COLUMN nick text",
        &["added column parents.nick"],
    ),
    (
        "DROP INDEX children_at_idx; ALTER TABLE children DROP COLUMN at",
        &[
            "removed column children.at",
            "removed index children.children_at_idx",
        ],
    ),
    (
        rewritten!("parents", "varchar(20) NOT NULL", "varchar(20)"),
        &["changed column parents.name"],
    ),
    (
        rewritten!("parents", "varchar(20)", "text"),
        &["changed column parents.name"],
    ),
    (
        rewritten!("parents", "DEFAULT ''x''", "DEFAULT ''y''"),
        &["changed column parents.name"],
    ),
    (
        rewritten!("parents", " COLLATE NOCASE", ""),
        &["changed column parents.code"],
    ),
    (
        rewritten!("children", "id * 2", "id * 3"),
        &["changed column children.twice"],
    ),
    (
        rewritten!("parents", " AUTOINCREMENT", ""),
        &["changed column parents.id"],
    ),
    (
        "CREATE INDEX by_code ON parents (lower(code), name DESC)",
        &["added index parents.by_code"],
    ),
    (
        "DROP INDEX children_at_idx",
        &["removed index children.children_at_idx"],
    ),
    (
        "DROP INDEX children_at_idx; CREATE INDEX children_at_idx ON children (at)",
        &["changed index children.children_at_idx"],
    ),
    (
        "DROP INDEX children_at_idx; CREATE UNIQUE INDEX children_at_idx ON children (at, id) WHERE parent IS NOT NULL",
        &["changed index children.children_at_idx"],
    ),
    (
        rewritten!("parents", "parents_name_key", "other"),
        &["changed index parents.unique name"],
    ),
    (
        rewritten!("children", " ON DELETE CASCADE", " ON DELETE SET NULL"),
        &["changed foreign key children.parent -> parents"],
    ),
    (
        rewritten!(
            "children",
            " ON DELETE CASCADE",
            " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        ),
        &["changed foreign key children.parent -> parents"],
    ),
    (
        rewritten!(
            "children",
            " CONSTRAINT children_parent_fkey REFERENCES parents (id) ON DELETE CASCADE",
            ""
        ),
        &["removed foreign key children.parent -> parents"],
    ),
    (
        rewritten!("children", "at text", "at text REFERENCES parents (name)"),
        &["added foreign key children.at -> parents"],
    ),
    (
        rewritten!(
            "parents",
            ", CONSTRAINT parents_code_check CHECK (code <> ''a''''b'')",
            ""
        ),
        &["removed check parents.code <> 'a''b'"],
    ),
    (
        rewritten!("parents", "CHECK (code <>", "CHECK (code !="),
        &[
            "removed check parents.code <> 'a''b'",
            "added check parents.code != 'a''b'",
        ],
    ),
    (
        rewritten!("parents", "parents_code_check", "renamed"),
        &["changed check parents.code <> 'a''b'"],
    ),
    (
        rewritten!("children", ") STRICT", ")"),
        &["changed options of table children"],
    ),
    (
        "CREATE TRIGGER mine AFTER INSERT ON children BEGIN SELECT 1; END",
        &["added trigger children.mine"],
    ),
    ("DROP TRIGGER touched", &["removed trigger parents.touched"]),
    (
        "DROP TRIGGER touched; CREATE TRIGGER touched AFTER UPDATE ON parents BEGIN SELECT 2; END",
        &["changed trigger parents.touched"],
    ),
    ("CREATE VIEW mine AS SELECT 1 AS one", &["added view mine"]),
    ("DROP VIEW names", &["removed view names"]),
    (
        "DROP VIEW names; CREATE VIEW names AS SELECT id FROM parents",
        &["changed view names"],
    ),
];

pub const POSTGRES_BASE: &str = r#"
CREATE TYPE mood AS ENUM ('good', 'so, so', 'bad');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION is_mine(who integer) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT who > 0 $$;
CREATE SEQUENCE numbers;
CREATE TABLE parents (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', code text COLLATE "C",
  feeling mood DEFAULT 'good', CONSTRAINT parents_name_key UNIQUE (name), CONSTRAINT parents_code_check CHECK (code <> 'a''b'));
CREATE TABLE children (id serial PRIMARY KEY, parent integer CONSTRAINT children_parent_fkey REFERENCES parents (id) ON DELETE CASCADE,
  at timestamptz DEFAULT now(), twice integer GENERATED ALWAYS AS (parent * 2) STORED);
CREATE INDEX children_at_idx ON children (at) WHERE parent IS NOT NULL;
CREATE TRIGGER touched BEFORE UPDATE ON parents FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION touch();
CREATE VIEW names WITH (security_invoker = true) AS SELECT name, feeling FROM parents;
CREATE VIEW more AS SELECT name FROM names;
ALTER TABLE parents ENABLE ROW LEVEL SECURITY;
ALTER TABLE parents FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON parents FOR SELECT USING (is_mine(id));
COMMENT ON TABLE parents IS 'who has children';
COMMENT ON COLUMN parents.name IS 'it''s theirs';
GRANT SELECT, INSERT ON parents TO ROLE_A;
GRANT UPDATE (name) ON parents TO ROLE_A;
GRANT USAGE ON SCHEMA public TO ROLE_A;
GRANT SELECT ON names TO ROLE_A;
REVOKE EXECUTE ON FUNCTION is_mine(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_mine(integer) TO ROLE_A;
INSERT INTO parents (name, code) VALUES ('one', 'c'), ('two', NULL);
INSERT INTO children (parent) VALUES (1), (2), (NULL);
"#;

pub const POSTGRES: Cases = &[
    ("CREATE TABLE mine (id integer)", &["added table mine"]),
    (
        "DROP TABLE children",
        &["removed table children", "removed sequence children_id_seq"],
    ),
    (
        "ALTER TABLE parents ADD COLUMN nick text",
        &["added column parents.nick"],
    ),
    (
        "ALTER TABLE children DROP COLUMN at",
        &[
            "removed column children.at",
            "removed index children.children_at_idx",
        ],
    ),
    (
        "ALTER TABLE children ALTER COLUMN at TYPE date",
        &["changed column children.at"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN name DROP NOT NULL",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN name SET DEFAULT 'y'",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN name DROP DEFAULT",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN code TYPE text COLLATE \"default\"",
        &["changed column parents.code"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN id SET GENERATED BY DEFAULT",
        &["changed column parents.id"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN id DROP IDENTITY",
        &["changed column parents.id"],
    ),
    (
        "ALTER TABLE children ALTER COLUMN twice DROP EXPRESSION",
        &["changed column children.twice"],
    ),
    (
        "ALTER TABLE parents DROP COLUMN code; ALTER TABLE parents ADD COLUMN code text COLLATE \"C\"; ALTER TABLE parents ADD CONSTRAINT parents_code_check CHECK (code <> 'a''b')",
        &["changed column order of parents"],
    ),
    (
        "CREATE INDEX by_code ON parents USING hash (lower(code))",
        &["added index parents.by_code"],
    ),
    (
        "DROP INDEX children_at_idx",
        &["removed index children.children_at_idx"],
    ),
    (
        "DROP INDEX children_at_idx; CREATE INDEX children_at_idx ON children (at)",
        &["changed index children.children_at_idx"],
    ),
    (
        "DROP INDEX children_at_idx; CREATE UNIQUE INDEX children_at_idx ON children (id, at) WHERE parent IS NOT NULL",
        &["changed index children.children_at_idx"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_name_key",
        &["removed index parents.parents_name_key"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_name_key; ALTER TABLE parents ADD CONSTRAINT parents_name_key UNIQUE (name) DEFERRABLE",
        &["changed index parents.parents_name_key"],
    ),
    (
        "ALTER TABLE children DROP CONSTRAINT children_parent_fkey",
        &["removed foreign key children.children_parent_fkey"],
    ),
    (
        "ALTER TABLE children DROP CONSTRAINT children_parent_fkey; ALTER TABLE children ADD CONSTRAINT children_parent_fkey FOREIGN KEY (parent) REFERENCES parents (id) ON UPDATE CASCADE",
        &["changed foreign key children.children_parent_fkey"],
    ),
    (
        "ALTER TABLE children ADD CONSTRAINT other FOREIGN KEY (id) REFERENCES parents (id) NOT VALID",
        &["added foreign key children.other"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_code_check",
        &["removed check parents.parents_code_check"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_code_check; ALTER TABLE parents ADD CONSTRAINT parents_code_check CHECK (code <> 'z')",
        &["changed check parents.parents_code_check"],
    ),
    (
        "ALTER TABLE children ADD CONSTRAINT positive CHECK (id > 0)",
        &["added check children.positive"],
    ),
    ("CREATE TYPE mine AS ENUM ('a')", &["added type mine"]),
    (
        "ALTER TYPE mood ADD VALUE 'worse, or not' AFTER 'bad'",
        &["added value 'worse, or not' of type mood"],
    ),
    (
        "ALTER TYPE mood RENAME VALUE 'bad' TO 'worst'",
        &[
            "removed value 'bad' of type mood",
            "added value 'worst' of type mood",
        ],
    ),
    (
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        &["added routine mine()"],
    ),
    (
        "DROP FUNCTION touch() CASCADE",
        &["removed routine touch()", "removed trigger parents.touched"],
    ),
    (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        &["changed routine touch()"],
    ),
    ("CREATE SEQUENCE mine", &["added sequence mine"]),
    ("DROP SEQUENCE numbers", &["removed sequence numbers"]),
    (
        "ALTER SEQUENCE numbers INCREMENT BY 5 CYCLE",
        &["changed sequence numbers"],
    ),
    (
        "CREATE TRIGGER mine AFTER INSERT ON children FOR EACH ROW EXECUTE FUNCTION touch()",
        &["added trigger children.mine"],
    ),
    (
        "DROP TRIGGER touched ON parents",
        &["removed trigger parents.touched"],
    ),
    (
        "ALTER TABLE parents DISABLE TRIGGER touched",
        &["changed trigger parents.touched"],
    ),
    (
        "ALTER TABLE children ENABLE ROW LEVEL SECURITY",
        &["changed options of table children"],
    ),
    (
        "ALTER TABLE parents DISABLE ROW LEVEL SECURITY",
        &["changed options of table parents"],
    ),
    (
        "ALTER TABLE parents NO FORCE ROW LEVEL SECURITY",
        &["changed options of table parents"],
    ),
    (
        "CREATE POLICY mine ON children AS RESTRICTIVE FOR UPDATE TO ROLE_A WITH CHECK (id > 1)",
        &["added policy children.mine"],
    ),
    (
        "DROP POLICY own ON parents",
        &["removed policy parents.own"],
    ),
    (
        "ALTER POLICY own ON parents TO ROLE_A USING (true)",
        &["changed policy parents.own"],
    ),
    ("CREATE VIEW mine AS SELECT 1 AS one", &["added view mine"]),
    ("DROP VIEW more", &["removed view more"]),
    (
        "ALTER VIEW names RESET (security_invoker)",
        &["changed view names"],
    ),
    (
        "CREATE MATERIALIZED VIEW mine AS SELECT 1 AS one",
        &["added view mine"],
    ),
    (
        "COMMENT ON TABLE parents IS NULL",
        &["removed comment on table parents"],
    ),
    (
        "COMMENT ON COLUMN parents.name IS 'other'",
        &["changed comment on column parents.name"],
    ),
    (
        "COMMENT ON COLUMN children.id IS 'new'",
        &["added comment on column children.id"],
    ),
    (
        "GRANT DELETE ON parents TO ROLE_A",
        &["changed grant on table parents to ROLE_A"],
    ),
    (
        "REVOKE SELECT ON parents FROM ROLE_A",
        &["changed grant on table parents to ROLE_A"],
    ),
    (
        "REVOKE ALL ON parents FROM ROLE_A",
        &[
            "removed grant on table parents to ROLE_A",
            "removed grant on column parents.name to ROLE_A",
        ],
    ),
    (
        "GRANT SELECT ON children TO PUBLIC",
        &["added grant on table children to public"],
    ),
    (
        "GRANT SELECT ON parents TO ROLE_A WITH GRANT OPTION",
        &["changed grant on table parents to ROLE_A"],
    ),
    (
        "REVOKE UPDATE (name) ON parents FROM ROLE_A",
        &["removed grant on column parents.name to ROLE_A"],
    ),
    (
        "GRANT EXECUTE ON FUNCTION is_mine(integer) TO PUBLIC",
        &["removed grant on routine is_mine(integer) to public"],
    ),
    (
        "REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC",
        &["added grant on routine touch() to public"],
    ),
    (
        "REVOKE SELECT ON names FROM ROLE_A",
        &["removed grant on view names to ROLE_A"],
    ),
    (
        "GRANT CREATE ON SCHEMA public TO ROLE_A",
        &["changed grant on schema to ROLE_A"],
    ),
    (
        "REVOKE USAGE ON SCHEMA public FROM ROLE_A",
        &["removed grant on schema to ROLE_A"],
    ),
    (
        "GRANT USAGE ON SEQUENCE numbers TO ROLE_A",
        &["added grant on sequence numbers to ROLE_A"],
    ),
];

pub const MYSQL_BASE: &str = r#"
CREATE TABLE parents (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(20) COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' COMMENT 'it''s theirs',
  code text CHECK (code <> 'a'), feeling enum('good', 'so, so') DEFAULT 'good', changed timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  UNIQUE KEY parents_name_key (name), CONSTRAINT parents_id_check CHECK (name <> '')) COMMENT = 'who has children' DEFAULT CHARSET = utf8mb4;
CREATE TABLE children (id int NOT NULL PRIMARY KEY, parent int, at datetime(6) DEFAULT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED,
  KEY children_at_idx (at, parent DESC), KEY children_parent_idx (parent),
  CONSTRAINT children_parent_fkey FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE SET NULL) DEFAULT CHARSET = utf8mb4;
CREATE TRIGGER touched BEFORE UPDATE ON parents FOR EACH ROW BEGIN SET @a = 1; SET NEW.code = 'b'; END;
CREATE VIEW names AS SELECT name FROM parents;
CREATE FUNCTION twice(a int) RETURNS int DETERMINISTIC NO SQL RETURN a * 2;
CREATE PROCEDURE tidy(IN a int, OUT b varchar(10)) SQL SECURITY INVOKER BEGIN SET b = 'x'; SELECT a; END;
INSERT INTO parents (name, code) VALUES ('one', 'c'), ('two', NULL);
INSERT INTO children (id, parent) VALUES (1, 1), (2, 2), (3, NULL);
"#;

pub const MYSQL: Cases = &[
    ("CREATE TABLE mine (id integer)", &["added table mine"]),
    ("DROP TABLE children", &["removed table children"]),
    (
        "ALTER TABLE parents ADD COLUMN nick text FIRST",
        &["added column parents.nick"],
    ),
    (
        "ALTER TABLE children DROP INDEX children_at_idx, DROP COLUMN at",
        &[
            "removed column children.at",
            "removed index children.children_at_idx",
        ],
    ),
    (
        "ALTER TABLE parents MODIFY name varchar(30) COLLATE utf8mb4_bin NOT NULL DEFAULT 'x' COMMENT 'it''s theirs'",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents MODIFY name varchar(20) COLLATE utf8mb4_bin DEFAULT 'x' COMMENT 'it''s theirs'",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents ALTER COLUMN name SET DEFAULT 'y'",
        &["changed column parents.name"],
    ),
    (
        "ALTER TABLE parents MODIFY feeling enum('good', 'so, so', 'bad') DEFAULT 'good'",
        &["changed column parents.feeling"],
    ),
    (
        "ALTER TABLE parents MODIFY changed timestamp NOT NULL DEFAULT current_timestamp()",
        &["changed column parents.changed"],
    ),
    (
        "ALTER TABLE children MODIFY twice int GENERATED ALWAYS AS (id * 3) STORED",
        &["changed column children.twice"],
    ),
    (
        "ALTER TABLE children MODIFY at datetime(6) FIRST",
        &["changed column order of children"],
    ),
    (
        "CREATE UNIQUE INDEX by_code ON parents (code(5), name)",
        &["added index parents.by_code"],
    ),
    (
        "CREATE FULLTEXT INDEX words ON parents (code)",
        &["added index parents.words"],
    ),
    (
        "DROP INDEX children_at_idx ON children",
        &["removed index children.children_at_idx"],
    ),
    (
        "ALTER TABLE children DROP INDEX children_at_idx, ADD INDEX children_at_idx (parent, at)",
        &["changed index children.children_at_idx"],
    ),
    (
        "ALTER TABLE parents DROP INDEX parents_name_key, ADD INDEX parents_name_key (name)",
        &["changed index parents.parents_name_key"],
    ),
    (
        "ALTER TABLE children DROP FOREIGN KEY children_parent_fkey",
        &["removed foreign key children.children_parent_fkey"],
    ),
    (
        "ALTER TABLE children DROP FOREIGN KEY children_parent_fkey; ALTER TABLE children ADD CONSTRAINT children_parent_fkey FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE",
        &["changed foreign key children.children_parent_fkey"],
    ),
    (
        "ALTER TABLE children ADD CONSTRAINT other FOREIGN KEY (id) REFERENCES parents (id)",
        &["added foreign key children.other"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_id_check",
        &["removed check parents.parents_id_check"],
    ),
    (
        "ALTER TABLE parents DROP CONSTRAINT parents_id_check; ALTER TABLE parents ADD CONSTRAINT parents_id_check CHECK (name <> 'z')",
        &["changed check parents.parents_id_check"],
    ),
    (
        "ALTER TABLE parents MODIFY code text",
        &["removed check parents.code"],
    ),
    (
        "ALTER TABLE children ADD CONSTRAINT positive CHECK (id <> 100)",
        &["added check children.positive"],
    ),
    (
        "ALTER TABLE children COLLATE = latin1_bin",
        &["changed options of table children"],
    ),
    (
        "ALTER TABLE parents COMMENT = ''",
        &["removed comment on table parents"],
    ),
    (
        "ALTER TABLE children MODIFY id int NOT NULL COMMENT 'new'",
        &["added comment on column children.id"],
    ),
    (
        "CREATE TRIGGER mine AFTER INSERT ON children FOR EACH ROW SET @b = 1",
        &["added trigger children.mine"],
    ),
    ("DROP TRIGGER touched", &["removed trigger parents.touched"]),
    (
        "DROP TRIGGER touched; CREATE TRIGGER touched BEFORE UPDATE ON parents FOR EACH ROW SET @a = 2",
        &["changed trigger parents.touched"],
    ),
    ("CREATE PROCEDURE mine() SELECT 1", &["added routine mine"]),
    ("DROP PROCEDURE tidy", &["removed routine tidy"]),
    (
        "DROP FUNCTION twice; CREATE FUNCTION twice(a int, b int) RETURNS int DETERMINISTIC NO SQL RETURN a * 2",
        &["changed routine twice"],
    ),
    ("CREATE VIEW mine AS SELECT 1 AS one", &["added view mine"]),
    ("DROP VIEW names", &["removed view names"]),
    (
        "CREATE OR REPLACE SQL SECURITY INVOKER VIEW names AS SELECT name FROM parents",
        &["changed view names"],
    ),
];
