//! A small reader of CHECK expressions: enough to tell beforehand which values the usual ones refuse.
//! What it does not understand it calls unknown; the database decides then.

mod parse;

pub(super) use parse::parse;

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
#[path = "expr_tests.rs"]
mod tests;
