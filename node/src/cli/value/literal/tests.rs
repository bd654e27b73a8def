//! Tests of [`super`].

use super::*;
use Literal::*;

fn parse(text: &str) -> Literal {
    Literal::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn scalars_are_read() {
    assert_eq!(parse(" true "), Bool(true));
    assert_eq!(parse("null"), Null);
    assert_eq!(parse("1_000"), Number(1000));
    assert_eq!(parse("340282366920938463463374607431768211455"), Number(u128::MAX));
    assert_eq!(parse("-12"), Negative(-12));
    assert_eq!(parse("0x00ff"), Bytes(vec![0, 255]));
    assert_eq!(parse("<011>"), Bits(vec![false, true, true]));
    assert_eq!(parse(r#""a \"b\"""#), Text("a \"b\"".into()));
    assert_eq!(parse(r#""\u00e9\u{1f600}""#), Text("é😀".into()));
    assert_eq!(parse("//Alice//stash"), Development("//Alice//stash".into()));
}

#[test]
fn an_address_that_starts_with_a_digit_is_a_word() {
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    assert_eq!(parse(alice), Word(alice.into()));
    assert_eq!(parse(&format!("[{alice}, 5]")), List(vec![Word(alice.into()), Number(5)]));
}

#[test]
fn json_and_calls_are_read() {
    let fields = Fields(vec![("a".into(), Number(1)), ("b".into(), List(vec![]))]);
    assert_eq!(parse(r#"{"a": 1, "b": []}"#), fields);
    assert_eq!(parse("{ a: 1, b: (), }"), fields);
    let call = Variant("Balances.transfer_all".into(), Box::new(Fields(vec![("keep_alive".into(), Bool(true))])));
    assert_eq!(parse("Balances.transfer_all{keep_alive: true}"), call);
    assert_eq!(parse("Some (1)"), Variant("Some".into(), Box::new(List(vec![Number(1)]))));
}

#[test]
fn errors_say_where() {
    assert_eq!(Literal::parse("(1 2)"), Err(LiteralError::Expected { at: 4, expected: "',' or the closing bracket" }));
    assert_eq!(Literal::parse("1 2"), Err(LiteralError::Trailing { at: 3 }));
    assert_eq!(Literal::parse("é\"").unwrap_err(), LiteralError::Trailing { at: 2 });
    assert_eq!(Literal::parse("\"é").unwrap_err(), LiteralError::Expected { at: 3, expected: "the closing quote" });
    assert!(matches!(Literal::parse("0xf"), Err(LiteralError::Expected { at: 3, .. })));
    assert_eq!(Literal::parse(&"9".repeat(40)), Err(LiteralError::TooLarge { at: 1 }));
    for wrong in ["", r#""\u12""#, r#""\ud800""#, r#""\u{1234567}""#, r#""\u{}""#, r#""\u+123""#, "\"\\u€€€€\""]
    {
        assert!(Literal::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn nesting_is_bounded() {
    assert!(Literal::parse(&format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX))).is_ok());
    assert_eq!(Literal::parse(&"[".repeat(100_000)), Err(LiteralError::TooDeep));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,64}") {
        let _ = Literal::parse(&text);
    }

    #[test]
    fn any_value_is_read_as_it_is_shown(literal in literals()) {
        let text = shown(&literal).inline();
        proptest::prop_assert_eq!(Literal::parse(&text), Ok(literal), "{}", text);
    }
}

/// Literals of the forms in which values are shown.
fn literals() -> impl proptest::strategy::Strategy<Value = Literal> {
    use proptest::{collection::vec, prelude::*};
    let scalar = prop_oneof![
        Just(Null),
        any::<bool>().prop_map(Bool),
        any::<u128>().prop_map(Number),
        (i128::MIN..0).prop_map(Negative),
        vec(any::<u8>(), 0..8).prop_map(Bytes),
        ".{0,8}".prop_map(Text),
    ];
    scalar.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(List), vec(("[a-z_]{1,8}", inner), 0..4).prop_map(Fields),]
    })
}

fn shown(literal: &Literal) -> crate::cli::value::Shown {
    use crate::cli::value::Shown;
    match literal {
        Null => Shown::Null,
        Bool(value) => Shown::Bool(*value),
        Number(number) => Shown::wide(*number),
        Negative(number) => Shown::WideInteger(number.to_string()),
        Bytes(bytes) => Shown::hex(bytes),
        Text(text) => Shown::Text(text.clone()),
        List(items) => Shown::List(items.iter().map(shown).collect()),
        Fields(fields) => Shown::Map(fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect()),
        other => unreachable!("{other} is not generated"),
    }
}
