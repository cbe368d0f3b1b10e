//! Reading CREATE TABLE as SQLite keeps it: what its catalogue does not tell otherwise (names of
//! constraints, collations, expressions, what goes behind the columns).

use std::ops::Range;

use super::sql::{Spanned, Token, closing, squeeze, tokens};

/// What the statement says beyond the catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Columns in their order.
    pub columns: Vec<ParsedColumn>,
    /// Constraints of columns and of the table.
    pub constraints: Vec<Constraint>,
    /// `strict`, `without rowid`, joined with commas.
    pub options: String,
}

/// A column.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ParsedColumn {
    /// Its name.
    pub name: String,
    /// Its collation, upper case where it is one of SQLite's own.
    pub collation: String,
    /// `(expression) STORED` or `(expression) VIRTUAL`.
    pub generation: String,
    /// Whether its key is AUTOINCREMENT.
    pub autoincrement: bool,
}

/// What a constraint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE.
    Unique,
    /// CHECK.
    Check,
    /// REFERENCES or FOREIGN KEY.
    Foreign,
}

/// A constraint.
#[derive(Debug, PartialEq, Eq)]
pub struct Constraint {
    /// What it does.
    pub kind: Kind,
    /// Its name, if it has one.
    pub name: String,
    /// The columns that it is over; none for a CHECK.
    pub columns: Vec<String>,
    /// A key's terms in brackets where they are more than columns; a CHECK's expression.
    pub text: String,
    /// The table that a foreign key refers to.
    pub parent: String,
    /// `ON CONFLICT REPLACE`, `deferrable`, `initially deferred`, MATCH.
    pub extra: String,
}

/// Reads the statement; what is none gives nothing.
pub fn parse(sql: &str) -> Parsed {
    let all = tokens(sql);
    let mut out = Parsed::default();
    let Some(open) = all.iter().position(|(t, _)| *t == Token::Mark('(')) else {
        return out;
    };
    let Some(close) = closing(&all, open) else {
        return out;
    };
    if !all[..open].iter().any(|(t, _)| t.is("TABLE"))
        || all[..open].iter().any(|(t, _)| t.is("VIRTUAL"))
    {
        return out;
    }
    for item in items(&all, open + 1..close) {
        Reader {
            sql,
            all: &all[item],
            at: 0,
            out: &mut out,
        }
        .item();
    }
    let tail: Vec<String> = all[close + 1..]
        .iter()
        .filter_map(|(t, _)| t.name().map(str::to_ascii_lowercase))
        .collect();
    let mut options = Vec::new();
    if tail.iter().any(|w| w == "strict") {
        options.push("strict");
    }
    if tail.iter().any(|w| w == "without") {
        options.push("without rowid");
    }
    out.options = options.join(", ");
    out
}

/// The parts between commas that are in no brackets of their own.
pub(super) fn items(all: &[Spanned], range: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = range.start;
    let mut depth = 0usize;
    for i in range.clone() {
        match all[i].0 {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            Token::Mark(',') if depth == 0 => {
                out.push(start..i);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(start..range.end);
    out.retain(|part| !part.is_empty());
    out
}

/// The name that a token is; SQLite takes a string for one, too.
fn name_of(token: &Token) -> Option<String> {
    match token {
        Token::Text(text) => {
            let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
            Some(inner.replace("''", "'"))
        }
        other => other.name().map(str::to_owned),
    }
}

struct Reader<'a> {
    sql: &'a str,
    all: &'a [Spanned],
    at: usize,
    out: &'a mut Parsed,
}

impl Reader<'_> {
    fn is(&self, ahead: usize, word: &str) -> bool {
        self.all
            .get(self.at + ahead)
            .is_some_and(|(t, _)| t.is(word))
    }

    /// Passes over the word if it comes next.
    fn take(&mut self, word: &str) -> bool {
        let found = self.is(0, word);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> String {
        let name = self.all.get(self.at).and_then(|(t, _)| name_of(t));
        self.at += 1;
        name.unwrap_or_default()
    }

    /// The tokens in the brackets that open here, which are passed over.
    fn brackets(&mut self) -> Option<Range<usize>> {
        if self.all.get(self.at)?.0 != Token::Mark('(') {
            return None;
        }
        let close = closing(self.all, self.at)?;
        let inside = self.at + 1..close;
        self.at = close + 1;
        Some(inside)
    }

    fn text(&self, range: Range<usize>) -> String {
        match (
            self.all.get(range.start),
            range.end.checked_sub(1).and_then(|e| self.all.get(e)),
        ) {
            (Some(first), Some(last)) if !range.is_empty() => {
                squeeze(&self.sql[first.1.start..last.1.end])
            }
            _ => String::new(),
        }
    }

    fn item(mut self) {
        let table_constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
        let mut column = None;
        if !table_constraint.iter().any(|w| self.is(0, w)) {
            let name = self.name();
            column = Some(name.clone());
            self.out.columns.push(ParsedColumn {
                name,
                ..ParsedColumn::default()
            });
        }
        let mut named = String::new();
        while self.at < self.all.len() {
            if self.take("CONSTRAINT") {
                named = self.name();
            } else if self.constraint(column.as_deref(), &named) {
                named.clear();
            } else if self.take("COLLATE") {
                let collation = self.name();
                self.column(|c| c.collation = collation);
            } else if self.is(0, "AS") {
                self.at += 1;
                if let Some(inside) = self.brackets() {
                    let expression = self.text(inside);
                    let how = if self.take("STORED") {
                        "STORED"
                    } else {
                        "VIRTUAL"
                    };
                    self.column(|c| c.generation = format!("({expression}) {how}"));
                }
            } else if self.brackets().is_none() {
                self.at += 1;
            }
        }
    }

    fn column(&mut self, set: impl FnOnce(&mut ParsedColumn)) {
        if let Some(column) = self.out.columns.last_mut() {
            set(column);
        }
    }

    /// Reads a constraint if one begins here.
    fn constraint(&mut self, column: Option<&str>, named: &str) -> bool {
        let own: Vec<String> = column.map(str::to_owned).into_iter().collect();
        let mut found = Constraint {
            kind: Kind::Check,
            name: named.to_owned(),
            columns: own,
            text: String::new(),
            parent: String::new(),
            extra: String::new(),
        };
        if self.is(0, "PRIMARY") && self.is(1, "KEY") {
            self.at += 2;
            found.kind = Kind::Primary;
            self.terms(&mut found);
            if column.is_some() && (self.is(0, "ASC") || self.is(0, "DESC")) {
                self.at += 1;
            }
            self.conflict(&mut found);
            if self.take("AUTOINCREMENT") {
                self.column(|c| c.autoincrement = true);
            }
        } else if self.take("UNIQUE") {
            found.kind = Kind::Unique;
            self.terms(&mut found);
            self.conflict(&mut found);
        } else if self.take("CHECK") {
            found.columns.clear();
            let Some(inside) = self.brackets() else {
                return false;
            };
            found.text = self.text(inside);
        } else if self.is(0, "FOREIGN") && self.is(1, "KEY") {
            self.at += 2;
            found.columns = self.names();
            if !self.take("REFERENCES") {
                return false;
            }
            self.references(&mut found);
        } else if self.take("REFERENCES") {
            self.references(&mut found);
        } else {
            return false;
        }
        self.out.constraints.push(found);
        true
    }

    fn names(&mut self) -> Vec<String> {
        let Some(inside) = self.brackets() else {
            return Vec::new();
        };
        let parts = items(self.all, inside);
        parts
            .into_iter()
            .filter_map(|part| name_of(&self.all[part.start].0))
            .collect()
    }

    /// The terms of a key.
    fn terms(&mut self, found: &mut Constraint) {
        let Some(inside) = self.brackets() else {
            return;
        };
        let parts = items(self.all, inside.clone());
        if parts.iter().any(|part| part.len() > 1) {
            found.text = self.text(inside);
        }
        let names = parts.iter().filter_map(|p| name_of(&self.all[p.start].0));
        found.columns = names.collect();
    }

    fn conflict(&mut self, found: &mut Constraint) {
        if self.is(0, "ON") && self.is(1, "CONFLICT") {
            self.at += 2;
            found.extra = format!("ON CONFLICT {}", self.name().to_ascii_uppercase());
        }
    }

    fn references(&mut self, found: &mut Constraint) {
        found.kind = Kind::Foreign;
        found.parent = self.name();
        self.brackets();
        loop {
            if self.take("ON") {
                self.at += 1;
                // SET NULL, SET DEFAULT and NO ACTION are two words.
                let two = self.is(0, "SET") || self.is(0, "NO");
                self.at += if two { 2 } else { 1 };
            } else if self.take("MATCH") {
                self.at += 1;
            } else if self.is(0, "NOT") && self.is(1, "DEFERRABLE") {
                self.at += 2;
                self.initially();
            } else if self.take("DEFERRABLE") {
                found.extra = match self.initially() {
                    true => "initially deferred",
                    false => "deferrable",
                }
                .to_owned();
            } else {
                return;
            }
        }
    }

    /// Whether INITIALLY DEFERRED follows; INITIALLY IMMEDIATE is passed over.
    fn initially(&mut self) -> bool {
        if !self.take("INITIALLY") {
            return false;
        }
        let deferred = self.is(0, "DEFERRED");
        self.at += 1;
        deferred
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_catalogue_does_not_tell_is_read() {
        let parsed = parse(
            "CREATE TABLE \"t\" (\"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, \
             a varchar(10) COLLATE NOCASE DEFAULT 'x, y' CONSTRAINT \"a ok\" CHECK (a <>  'b  c'), \
             g text GENERATED ALWAYS AS (lower(a)) STORED, v AS (a || 1), \
             p int CONSTRAINT fk REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, \
             CONSTRAINT u UNIQUE (a, p) ON CONFLICT REPLACE, UNIQUE (a COLLATE BINARY DESC), \
             FOREIGN KEY (a, p) REFERENCES q) STRICT, WITHOUT ROWID",
        );
        assert_eq!(parsed.options, "strict, without rowid");
        let columns: Vec<_> = parsed
            .columns
            .iter()
            .map(|c| {
                (
                    c.name.as_str(),
                    c.collation.as_str(),
                    c.generation.as_str(),
                    c.autoincrement,
                )
            })
            .collect();
        assert_eq!(
            columns,
            [
                ("id", "", "", true),
                ("a", "NOCASE", "", false),
                ("g", "", "(lower(a)) STORED", false),
                ("v", "", "(a || 1) VIRTUAL", false),
                ("p", "", "", false),
            ]
        );
        let constraints: Vec<String> = parsed
            .constraints
            .iter()
            .map(|c| {
                format!(
                    "{:?}|{}|{}|{}|{}|{}",
                    c.kind,
                    c.name,
                    c.columns.join(","),
                    c.text,
                    c.parent,
                    c.extra
                )
            })
            .collect();
        assert_eq!(
            constraints,
            [
                "Primary||id|||",
                "Check|a ok||a <> 'b  c'||",
                "Foreign|fk|p||p|initially deferred",
                "Unique|u|a,p|||ON CONFLICT REPLACE",
                "Unique||a|a COLLATE BINARY DESC||",
                "Foreign||a,p||q|",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(sql in any::<String>(), tail in ".{0,40}") {
            let _ = parse(&sql);
            let _ = parse(&format!("CREATE TABLE t (a int REFERENCES {tail}"));
            let _ = parse(&format!("CREATE TABLE t (a int PRIMARY KEY {tail})"));
        }
    }
}
