//! A small reader of CHECK expressions: enough to tell beforehand which values the usual ones refuse.
//! What it does not understand it calls unknown; the database decides then.

use crate::schema::sql::{Token, tokens};

/// A value in an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Num(f64),
    /// Text, and what is written like text.
    Text(String),
    /// Not known.
    Unknown,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Literal(Value),
    Column(String),
    Not(Box<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    /// Whether the first is among the others.
    In(Box<Expr>, Vec<Expr>),
    IsNull(Box<Expr>),
    /// Whether the first is like the second, which is a pattern of `%` and `_`.
    Like(Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    List(Vec<Expr>),
}

/// Reads an expression, `CHECK (…)` around it or not. `None` where it is not understood.
pub(super) fn parse(text: &str) -> Option<Expr> {
    // MySQL prints the quotes of its literals escaped.
    let text = text.replace("\\'", "'");
    let mut parser = Parser {
        tokens: tokens(&text).into_iter().map(|(t, _)| t).collect(),
        at: 0,
    };
    parser.word("CHECK");
    let mut expr = parser.expr(0)?;
    // The checks of a domain, one after the other.
    while parser.word("CHECK") {
        let next = parser.expr(0)?;
        expr = Expr::Binary("AND".to_owned(), Box::new(expr), Box::new(next));
    }
    if parser.word("NOT") && !parser.word("VALID") {
        return None;
    }
    (parser.at == parser.tokens.len()).then_some(expr)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).is_some_and(|t| t.is(word))
    }

    fn word(&mut self, word: &str) -> bool {
        let there = self.is(0, word);
        self.at += usize::from(there);
        there
    }

    fn mark(&mut self, mark: char) -> bool {
        let there = self.peek(0) == Some(&Token::Mark(mark));
        self.at += usize::from(there);
        there
    }

    /// The operator that comes next: its text, how strongly it binds, how many tokens it has.
    fn operator(&self) -> Option<(String, u8, usize)> {
        if let Some(Token::Word(word)) = self.peek(0) {
            let word = word.to_ascii_uppercase();
            let binds = match word.as_str() {
                "OR" | "XOR" => 1,
                "AND" => 2,
                "IS" | "IN" | "LIKE" | "ILIKE" | "BETWEEN" | "GLOB" | "REGEXP" | "RLIKE"
                | "SIMILAR" => 4,
                "NOT"
                    if ["IN", "LIKE", "ILIKE", "BETWEEN", "REGEXP", "RLIKE", "GLOB"]
                        .iter()
                        .any(|w| self.is(1, w)) =>
                {
                    4
                }
                "DIV" | "MOD" => 7,
                _ => return None,
            };
            return Some((word, binds, 1));
        }
        let mut text = String::new();
        while let Some(Token::Mark(c)) = self.peek(text.len()) {
            if !"=<>!~*+-/%|&@#^".contains(*c) || (!text.is_empty() && "+-".contains(*c)) {
                break;
            }
            text.push(*c);
        }
        let binds = match text.as_str() {
            "" => return None,
            "=" | "==" | "<>" | "!=" | "<" | ">" | "<=" | ">=" | "<=>" => 4,
            "&&" => 2,
            "+" | "-" => 6,
            "*" | "/" | "%" => 7,
            _ => 5,
        };
        let length = text.len();
        Some((text, binds, length))
    }

    fn expr(&mut self, least: u8) -> Option<Expr> {
        let mut left = if self.word("NOT") {
            Expr::Not(Box::new(self.expr(3)?))
        } else if self.mark('!') {
            Expr::Not(Box::new(self.expr(8)?))
        } else {
            self.unary()?
        };
        while let Some((operator, binds, length)) = self.operator() {
            if binds <= least {
                break;
            }
            self.at += length;
            left = self.rest(left, operator, binds)?;
        }
        Some(left)
    }

    /// What stands behind an operator.
    fn rest(&mut self, left: Expr, operator: String, binds: u8) -> Option<Expr> {
        let boxed = Box::new(left);
        if operator == "NOT" {
            let (operator, _, length) = self.operator()?;
            self.at += length;
            let inner = self.rest(*boxed, operator, binds)?;
            return Some(Expr::Not(Box::new(inner)));
        }
        match operator.as_str() {
            "IS" => {
                let not = self.word("NOT");
                let inner = if self.word("NULL") {
                    Expr::IsNull(boxed)
                } else if self.word("TRUE") || self.is(0, "FALSE") {
                    let wanted = !self.word("FALSE");
                    let literal = Expr::Literal(Value::Bool(wanted));
                    Expr::Call("IS_SAME".to_owned(), vec![*boxed, literal])
                } else if self.word("DISTINCT") {
                    self.word("FROM").then_some(())?;
                    let other = self.expr(binds)?;
                    let same = Expr::Call("IS_SAME".to_owned(), vec![*boxed, other]);
                    return Some(if not { same } else { Expr::Not(Box::new(same)) });
                } else {
                    // SQLite compares with any value.
                    let other = self.expr(binds)?;
                    Expr::Call("IS_SAME".to_owned(), vec![*boxed, other])
                };
                Some(if not {
                    Expr::Not(Box::new(inner))
                } else {
                    inner
                })
            }
            "IN" => {
                self.mark('(').then_some(())?;
                Some(Expr::In(boxed, self.list(')')?))
            }
            "LIKE" | "ILIKE" | "~~" | "~~*" | "!~~" | "!~~*" => {
                let pattern = Box::new(self.expr(binds)?);
                let like = Expr::Like(boxed, pattern);
                Some(if operator.starts_with('!') {
                    Expr::Not(Box::new(like))
                } else {
                    like
                })
            }
            "BETWEEN" => {
                let low = self.expr(4)?;
                self.word("AND").then_some(())?;
                let high = self.expr(4)?;
                let from = Expr::Binary(">=".to_owned(), boxed.clone(), Box::new(low));
                let to = Expr::Binary("<=".to_owned(), boxed, Box::new(high));
                Some(Expr::Binary("AND".to_owned(), Box::new(from), Box::new(to)))
            }
            _ if self.is(0, "ANY") || self.is(0, "ALL") => {
                let all = self.word("ALL") || !self.word("ANY");
                self.mark('(').then_some(())?;
                let inside = self.expr(0)?;
                self.mark(')').then_some(())?;
                let Expr::List(items) = inside else {
                    return Some(Expr::Literal(Value::Unknown));
                };
                match (operator.as_str(), all) {
                    ("=", false) => Some(Expr::In(boxed, items)),
                    ("<>" | "!=", true) => Some(Expr::Not(Box::new(Expr::In(boxed, items)))),
                    _ => Some(Expr::Literal(Value::Unknown)),
                }
            }
            _ => {
                let right = self.expr(binds)?;
                Some(Expr::Binary(operator, boxed, Box::new(right)))
            }
        }
    }

    fn unary(&mut self) -> Option<Expr> {
        if self.mark('-') {
            let inner = self.unary()?;
            let zero = Box::new(Expr::Literal(Value::Num(0.0)));
            return Some(Expr::Binary("-".to_owned(), zero, Box::new(inner)));
        }
        self.mark('+');
        let mut out = self.primary()?;
        loop {
            if self.peek(0) == Some(&Token::Mark(':')) && self.peek(1) == Some(&Token::Mark(':')) {
                self.at += 2;
                self.kind()?;
            } else if self.word("COLLATE") {
                self.at += 1;
            } else if self.peek(0) == Some(&Token::Mark('[')) {
                self.at += 1;
                self.list(']')?;
                out = Expr::Literal(Value::Unknown);
            } else {
                return Some(out);
            }
        }
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.mark('(') {
            let inner = self.expr(0)?;
            if self.mark(',') {
                let mut items = vec![inner];
                items.extend(self.list(')')?);
                return Some(Expr::List(items));
            }
            return self.mark(')').then_some(inner);
        }
        let token = self.peek(0)?.clone();
        self.at += 1;
        match token {
            Token::Text(text) => Some(Expr::Literal(Value::Text(unquoted(&text)))),
            Token::Name(name) => Some(Expr::Column(self.last_part(name)?)),
            Token::Mark(_) => None,
            Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                let mut number = word;
                if self.peek(0) == Some(&Token::Mark('.')) {
                    self.at += 1;
                    number.push('.');
                    if let Some(Token::Word(fraction)) = self.peek(0)
                        && fraction.starts_with(|c: char| c.is_ascii_digit())
                    {
                        number.push_str(fraction);
                        self.at += 1;
                    }
                }
                Some(Expr::Literal(
                    number.parse().map_or(Value::Unknown, Value::Num),
                ))
            }
            // MySQL says the character set of its literals.
            Token::Word(word)
                if word.starts_with('_') && matches!(self.peek(0), Some(Token::Text(_))) =>
            {
                self.primary()
            }
            Token::Word(word) => self.named(&word),
        }
    }

    fn named(&mut self, word: &str) -> Option<Expr> {
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "NULL" => return Some(Expr::Literal(Value::Null)),
            "TRUE" => return Some(Expr::Literal(Value::Bool(true))),
            "FALSE" => return Some(Expr::Literal(Value::Bool(false))),
            "ARRAY" if self.mark('[') => return Some(Expr::List(self.list(']')?)),
            "CASE" => return self.case(),
            "CAST" if self.mark('(') => {
                let inner = self.expr(0)?;
                self.word("AS").then_some(())?;
                self.kind()?;
                if self.word("CHARSET") || self.word("CHARACTER") {
                    self.word("SET");
                    self.at += 1;
                }
                return self.mark(')').then_some(inner);
            }
            _ => {}
        }
        if self.mark('(') {
            return Some(Expr::Call(upper, self.list(')')?));
        }
        Some(Expr::Column(self.last_part(word.to_owned())?))
    }

    fn case(&mut self) -> Option<Expr> {
        let mut arms = Vec::new();
        while self.word("WHEN") {
            let condition = self.expr(0)?;
            self.word("THEN").then_some(())?;
            arms.push((condition, self.expr(0)?));
        }
        let other = match self.word("ELSE") {
            true => Some(Box::new(self.expr(0)?)),
            false => None,
        };
        (self.word("END") && !arms.is_empty()).then_some(Expr::Case(arms, other))
    }

    /// `table.column`: the last part counts.
    fn last_part(&mut self, mut name: String) -> Option<String> {
        while self.mark('.') {
            name = self.peek(0)?.name()?.to_owned();
            self.at += 1;
        }
        Some(name)
    }

    fn list(&mut self, close: char) -> Option<Vec<Expr>> {
        let mut out = Vec::new();
        if self.mark(close) {
            return Some(out);
        }
        loop {
            out.push(self.expr(0)?);
            if self.mark(close) {
                return Some(out);
            }
            self.mark(',').then_some(())?;
        }
    }

    /// The name of a type.
    fn kind(&mut self) -> Option<()> {
        self.peek(0)?.name()?;
        self.at += 1;
        while self.mark('.')
            || ["VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"]
                .iter()
                .any(|w| self.is(0, w))
        {
            self.at += 1;
        }
        if self.mark('(') {
            self.list(')')?;
        }
        while self.mark('[') {
            self.mark(']').then_some(())?;
        }
        for word in ["WITH", "WITHOUT", "TIME", "ZONE"] {
            self.word(word);
        }
        Some(())
    }
}

/// The text of a literal.
fn unquoted(literal: &str) -> String {
    let inner = literal
        .strip_prefix('\'')
        .and_then(|t| t.strip_suffix('\''));
    inner.unwrap_or(literal).replace("''", "'")
}

impl Expr {
    /// What it is where columns have these values.
    pub(super) fn value(&self, column: &dyn Fn(&str) -> Value) -> Value {
        let of = |expr: &Expr| expr.value(column);
        match self {
            Self::Literal(value) => value.clone(),
            Self::Column(name) => column(name),
            Self::Not(inner) => match truth(&of(inner)) {
                Some(Some(truth)) => Value::Bool(!truth),
                Some(None) => Value::Null,
                None => Value::Unknown,
            },
            Self::IsNull(inner) => match of(inner) {
                Value::Unknown => Value::Unknown,
                value => Value::Bool(value == Value::Null),
            },
            Self::In(what, items) => {
                let equals = items.iter().map(|item| compared("=", &of(what), &of(item)));
                equals.fold(Value::Bool(false), |a, b| logic("OR", &a, &b))
            }
            Self::Like(text, pattern) => match (of(text), of(pattern)) {
                (Value::Null, _) | (_, Value::Null) => Value::Null,
                (Value::Text(text), Value::Text(pattern)) => {
                    let (text, pattern): (Vec<char>, Vec<char>) =
                        (text.chars().collect(), pattern.chars().collect());
                    Value::Bool(is_like(&text, &pattern))
                }
                _ => Value::Unknown,
            },
            Self::Case(arms, other) => {
                for (condition, then) in arms {
                    match truth(&of(condition)) {
                        Some(Some(true)) => return of(then),
                        None => return Value::Unknown,
                        _ => {}
                    }
                }
                other.as_ref().map_or(Value::Null, |e| of(e))
            }
            Self::List(_) => Value::Unknown,
            Self::Call(name, arguments) => {
                let values: Vec<Value> = arguments.iter().map(of).collect();
                call(name, &values)
            }
            Self::Binary(operator, left, right) => {
                let (left, right) = (of(left), of(right));
                match operator.as_str() {
                    "AND" | "&&" => logic("AND", &left, &right),
                    "OR" => logic("OR", &left, &right),
                    "=" | "==" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => {
                        compared(operator, &left, &right)
                    }
                    "+" | "-" | "*" | "/" => match (number(&left), number(&right)) {
                        _ if left == Value::Null || right == Value::Null => Value::Null,
                        (Some(a), Some(b)) => Value::Num(match operator.as_str() {
                            "+" => a + b,
                            "-" => a - b,
                            "*" => a * b,
                            _ => a / b,
                        }),
                        _ => Value::Unknown,
                    },
                    _ if left == Value::Null || right == Value::Null => Value::Null,
                    _ => Value::Unknown,
                }
            }
        }
    }

    /// A domain's check as one of a column: there it says VALUE.
    pub(super) fn for_column(self, name: &str) -> Self {
        let one = |expr: Box<Self>| Box::new(expr.for_column(name));
        let all = |list: Vec<Self>| list.into_iter().map(|e| e.for_column(name)).collect();
        match self {
            Self::Column(word) if word.eq_ignore_ascii_case("value") => {
                Self::Column(name.to_owned())
            }
            Self::Column(_) | Self::Literal(_) => self,
            Self::Not(inner) => Self::Not(one(inner)),
            Self::IsNull(inner) => Self::IsNull(one(inner)),
            Self::Binary(operator, a, b) => Self::Binary(operator, one(a), one(b)),
            Self::Like(a, b) => Self::Like(one(a), one(b)),
            Self::In(what, items) => Self::In(one(what), all(items)),
            Self::Call(function, arguments) => Self::Call(function, all(arguments)),
            Self::List(items) => Self::List(all(items)),
            Self::Case(arms, other) => Self::Case(
                arms.into_iter()
                    .map(|(a, b)| (a.for_column(name), b.for_column(name)))
                    .collect(),
                other.map(one),
            ),
        }
    }

    /// Whether a CHECK would refuse a row with these values, as far as is known.
    pub(super) fn refuses(&self, column: &dyn Fn(&str) -> Value) -> bool {
        truth(&self.value(column)) == Some(Some(false))
    }
}

/// True, false or null; `None` where it is not known.
fn truth(value: &Value) -> Option<Option<bool>> {
    match value {
        Value::Null => Some(None),
        Value::Bool(truth) => Some(Some(*truth)),
        Value::Num(number) => Some(Some(*number != 0.0)),
        Value::Text(_) | Value::Unknown => None,
    }
}

fn logic(operator: &str, a: &Value, b: &Value) -> Value {
    // What decides alone: false for AND, true for OR.
    let decides = operator == "OR";
    match (truth(a), truth(b)) {
        (Some(Some(x)), _) if x == decides => Value::Bool(decides),
        (_, Some(Some(x))) if x == decides => Value::Bool(decides),
        (None, _) | (_, None) => Value::Unknown,
        (Some(None), _) | (_, Some(None)) => Value::Null,
        _ => Value::Bool(!decides),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Num(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Null | Value::Unknown => None,
    }
}

fn compared(operator: &str, a: &Value, b: &Value) -> Value {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (a, b) {
        (Value::Unknown, _) | (_, Value::Unknown) => return Value::Unknown,
        (Value::Null, _) | (_, Value::Null) => return Value::Null,
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    let Some(order) = order else {
        return Value::Unknown;
    };
    Value::Bool(match operator {
        "=" | "==" => order == Equal,
        "<>" | "!=" => order != Equal,
        "<" => order == Less,
        ">" => order == Greater,
        "<=" => order != Greater,
        _ => order != Less,
    })
}

fn call(name: &str, values: &[Value]) -> Value {
    let text = match values.first() {
        Some(Value::Text(text)) => text,
        Some(Value::Null) if name != "COALESCE" && name != "IFNULL" && name != "IS_SAME" => {
            return Value::Null;
        }
        Some(Value::Num(number)) if name == "ABS" => return Value::Num(number.abs()),
        _ => "",
    };
    let is_text = matches!(values.first(), Some(Value::Text(_)));
    match name {
        "IS_SAME" => match (values.first(), values.get(1)) {
            (Some(Value::Unknown), _) | (_, Some(Value::Unknown)) => Value::Unknown,
            (Some(Value::Null), other) => Value::Bool(other == Some(&Value::Null)),
            (Some(a), Some(b)) => match compared("=", a, b) {
                Value::Null => Value::Bool(false),
                other => other,
            },
            _ => Value::Unknown,
        },
        "COALESCE" | "IFNULL" => values
            .iter()
            .find(|v| **v != Value::Null)
            .cloned()
            .unwrap_or(Value::Null),
        "LENGTH" | "CHAR_LENGTH" | "CHARACTER_LENGTH" if is_text => {
            // MySQL counts bytes in length(): both agree on what is plain.
            Value::Num(text.chars().count() as f64)
        }
        "OCTET_LENGTH" if is_text => Value::Num(text.len() as f64),
        "LOWER" | "LCASE" if is_text => Value::Text(text.to_lowercase()),
        "UPPER" | "UCASE" if is_text => Value::Text(text.to_uppercase()),
        "TRIM" | "BTRIM" if is_text && values.len() == 1 => Value::Text(text.trim().to_owned()),
        "JSON_VALID" if is_text => {
            Value::Bool(serde_json::from_str::<serde_json::Value>(text).is_ok())
        }
        _ => Value::Unknown,
    }
}

fn is_like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|i| is_like(&text[i..], rest)),
        Some((c, rest)) => text.split_first().is_some_and(|(t, others)| {
            (*c == '_' || c.eq_ignore_ascii_case(t)) && is_like(others, rest)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refuses(check: &str, value: Value) -> bool {
        let expr = parse(check).unwrap_or_else(|| panic!("not understood: {check}"));
        expr.refuses(&|name| {
            if name == "x" {
                value.clone()
            } else {
                Value::Null
            }
        })
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn checks_are_read_as_each_database_prints_them() {
        for check in [
            "x IN ('a', 'it''s')",
            "CHECK ((x = ANY (ARRAY['a'::text, 'it''s'::text])))",
            "CHECK (((x)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))",
            "(`x` in (_utf8mb4\\'a\\',_utf8mb4\\'it\\'\\'s\\'))",
            "`x` in ('a','it''s')",
        ] {
            assert!(!refuses(check, text("a")), "{check}");
            assert!(!refuses(check, text("it's")), "{check}");
            assert!(!refuses(check, Value::Null), "{check}");
            assert!(refuses(check, text("b")), "{check}");
        }
        for check in [
            "x > 0 AND x <= 10.5",
            "CHECK (((x > (0)::numeric) AND (x <= 10.5)))",
            "x BETWEEN 1 AND 10.5",
            "NOT (x <= 0 OR x > 10.5)",
            "`x` between 1 and 10.5",
        ] {
            assert!(!refuses(check, Value::Num(3.0)), "{check}");
            assert!(!refuses(check, Value::Num(10.5)), "{check}");
            assert!(refuses(check, Value::Num(0.0)), "{check}");
            assert!(refuses(check, Value::Num(11.0)), "{check}");
        }
        for check in ["length(x) = 3", "CHECK ((char_length((x)::text) = 3))"] {
            assert!(!refuses(check, text("äöü")), "{check}");
            assert!(refuses(check, text("ab")), "{check}");
        }
        assert!(refuses("x IS NOT NULL OR y IS NOT NULL", Value::Null));
        assert!(!refuses("x IS NOT NULL OR y IS NOT NULL", text("a")));
        assert!(
            refuses("(x IS NULL) = (y IS NOT NULL)", text("a"))
                != refuses("(x IS NULL) = (y IS NULL)", text("a"))
        );
        assert!(refuses("CHECK ((x ~~ '%@%'::text))", text("a")));
        assert!(!refuses("x LIKE '_@%'", text("a@b")));
        assert!(refuses("x IS NULL OR json_valid(x)", text("{")));
        assert!(!refuses("x IS NULL OR json_valid(x)", text("{}")));
        assert!(refuses(
            "CASE WHEN x > 1 THEN x < 5 ELSE x = 0 END",
            Value::Num(6.0)
        ));
    }

    #[test]
    fn what_is_not_understood_refuses_nothing() {
        let expr = parse("x ~ '^[a-z]+$' AND y = 1").expect("read");
        assert!(!expr.refuses(&|_| Value::Num(1.0)));
        assert!(
            expr.refuses(&|_| Value::Num(2.0)),
            "the other half is known"
        );
        assert_eq!(parse("extract(year from x) > 2000"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>(), sql in "[a-z0-9 ()'=<>,.:!~|-]{0,60}") {
            for text in [text, sql] {
                if let Some(expr) = parse(&text) {
                    let _ = expr.refuses(&|_| Value::Null);
                }
            }
        }
    }
}
