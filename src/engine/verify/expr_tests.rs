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
        "(`x` in (_utf8mb4'a',_utf8mb4'it''s'))",
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
