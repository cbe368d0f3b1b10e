//! Reading expressions, as each of the databases prints them.

use super::{Expr, Value};
use crate::schema::sql::{Token, tokens};

/// Reads an expression, `CHECK (…)` around it or not. `None` where it is not understood.
pub(in super::super) fn parse(text: &str) -> Option<Expr> {
    let mut parser = Parser {
        tokens: tokens(text).into_iter().map(|(t, _)| t).collect(),
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
