//! What random documents showed, each by itself: code, its meaning, and what is told of it.

use crate::{called, generator::Called, resolved, Evaluator};
use icn_ccl::{
    diagnostic::Code,
    limits,
    program::Role,
    value::Value,
    wasm::{compile, Options},
};
use icn_covm::{Module, Rules};
use icn_covm_local::{interface, Chain, Failure, Limits};

const HEADER: &str =
    "contract \"T\" version 1.0.0 for community;\nresource eur { unit: \"EUR\"; decimals: 2; kind: right; }\n";

/// What `view v() -> ty` gives, by code and by meaning.
#[allow(clippy::unwrap_in_result, reason = "the result is the document's, the rest is the test's own")]
fn given(ty: &str, body: &str, items: &str) -> Result<Value, Failure> {
    let program = resolved(&format!("{HEADER}{items}\nview v() -> {ty} {{ {body} }}")).unwrap();
    let begin = || Chain::new(program.clone(), 0, Limits::default()).unwrap();
    let call = Called { role: Role::View, name: "v".into(), caller: "did:icn:ada", args: Vec::new() };
    let outcome = called(&mut begin(), &call);
    let means = Evaluator::new(program.clone(), begin()).call(&call.role, "v", call.caller, &[]).unwrap();
    assert_eq!(outcome.result, means.result, "{body}");
    outcome.result
}

fn refused(items: &str) -> String {
    resolved(&format!("{HEADER}{items}")).expect_err("this is no document")
}

#[test]
fn values_of_a_built_in_by_name_have_the_types_of_its_parameters_in_any_order() {
    let items = "fn half(n: Int) -> Int { return div(n, 2); }";
    assert_eq!(given("Int", "return or_else(otherwise: 2, option: min([1 + 3]));", items), Ok(Value::Int(4)));
    let sorted = given("List<Int>", "return sort_by(key: half, list: [5, 2]);", items);
    assert_eq!(sorted, Ok(Value::List(vec![Value::Int(2), Value::Int(5)])));
    assert!(refused("fn f() -> Int { return or_else(otherwise: \"a\", option: some(1)); }").contains("CCL0301"));
    assert!(refused("fn f() -> Set<Int> { return with(element: \"a\", set: set([1])); }").contains("CCL0301"));
    assert!(refused("fn f() -> Bool { return is_some(get(key: \"a\", map: {1: 2})); }").contains("CCL0301"));
}

#[test]
fn values_by_name_are_computed_as_they_are_written() {
    let items = "fn wrong() -> Int { return div(1, 0); } fn more() -> Int { return [1][2]; }";
    assert_eq!(given("Int", "return div(b: wrong(), a: more());", items), Err(Failure::DivByZero));
    assert_eq!(given("Int", "return div(a: more(), b: wrong());", items), Err(Failure::KeyMissing));
}

#[test]
fn no_value_is_an_amount_or_an_exact_fraction_as_it_happens() {
    let body = "return round_down(if true then 1 eur else 1 eur * 50%);";
    assert!(refused(&format!("fn f() -> Amount<eur> {{ {body} }}")).contains("CCL0301"));
}

#[test]
fn of_the_exceptions_that_hold_the_last_counts() {
    let items =
        "fn price(n: Int) -> Amount<eur> { return 9 eur except 5 eur if n > 1 except 3 eur if n > 2 and n < 5; }";
    for (n, cents) in [(0, 900), (2, 500), (3, 300), (4, 300), (5, 500)] {
        assert_eq!(given("Amount<eur>", &format!("return price({n});"), items), Ok(Value::Int(cents)), "{n}");
    }
}

#[test]
fn exceptions_are_asked_from_the_last_to_the_first_that_holds() {
    let items = "fn wrong() -> Bool { return div(1, 0) == 1; } fn more() -> Int { return [1][2]; }";
    assert_eq!(given("Int", "return more() except 2 if wrong() except 3 if true;", items), Ok(Value::Int(3)));
    assert_eq!(
        given("Int", "return more() except more() if wrong() except 3 if false;", items),
        Err(Failure::DivByZero)
    );
    assert_eq!(given("Int", "return more() except 2 if false;", items), Err(Failure::KeyMissing));
}

#[test]
fn an_exception_belongs_to_the_innermost_value() {
    assert_eq!(given("Int", "return if true then 1 else 2 except 3 if true;", ""), Ok(Value::Int(1)));
    assert_eq!(given("Int", "return (if true then 1 else 2) except 3 if true;", ""), Ok(Value::Int(3)));
    assert_eq!(given("Int", "return 1 + 1 except 3 if false or true;", ""), Ok(Value::Int(3)));
    assert_eq!(given("Int", "return 1 except (2 except 3 if true) if true;", ""), Ok(Value::Int(3)));
}

#[test]
fn exceptions_are_of_the_type_of_the_rule() {
    assert_eq!(given("Ratio", "return 50% except 1 if true;", ""), Ok(Value::Ratio(1, 1)));
    assert_eq!(given("Option<Int>", "return some(1) except none if true;", ""), Ok(Value::Option(None)));
    assert!(refused("fn f() -> Int { return 1 except \"a\" if true; }").contains("CCL0301"));
    assert!(refused("fn f() -> Int { return 1 except 2 if 3; }").contains("CCL0301"));
    assert!(refused("fn f() -> Int { let except = 1; return except; }").contains("CCL0101"));
}

#[test]
fn the_least_number_has_no_opposite() {
    let items = "const LEAST: Int = -170141183460469231731687303715884105727 - 1;";
    assert_eq!(given("Int", "return -LEAST;", items), Err(Failure::Overflow));
    assert_eq!(given("Int", "return round_down(LEAST / 3);", items), Ok(Value::Int(i128::MIN / 3 - 1)));
}

#[test]
fn constants_compare_exact_fractions_with_amounts() {
    let items = "const SAME: Bool = 1 eur * 50% == 0.50 eur; const MORE: Bool = 1 eur * 50% > 0.49 eur;";
    assert_eq!(given("Bool", "return SAME and MORE;", items), Ok(Value::Bool(true)));
}

#[test]
fn no_time_however_often_is_no_time() {
    let body = "return 0s * 170141183460469231731687303715884105727;";
    assert_eq!(given("Duration", body, ""), Ok(Value::Millis(0)));
    assert_eq!(given("Duration", "return 1s * 170141183460469231731687303715884105727;", ""), Err(Failure::Overflow));
}

#[test]
fn parts_of_a_large_total_fit_as_it_does() {
    let body = "return split(1701411834604692317316873037158841057.27 eur, {1: 3, 2: 4});";
    let Ok(Value::Map(parts)) = given("Map<Int, Amount<eur>>", body, "") else { panic!("it is split") };
    let part = |(_, value): &(Value, Value)| if let Value::Int(part) = value { *part } else { 0 };
    assert_eq!(parts.iter().map(part).sum::<i128>(), i128::MAX);
}

#[test]
fn elements_of_sets_are_of_types_that_are_keys() {
    assert!(refused("fn f() -> Int { return len(set([50%, 20%])); }").contains("cannot be an element"));
}

#[test]
fn what_is_walked_is_not_of_the_type_that_the_walk_gives() {
    let items = "fn long(words: Text) -> Int { return len(words); }";
    let found = given("List<Int>", "return map([\"a\", \"bb\"], long);", items);
    assert_eq!(found, Ok(Value::List(vec![Value::Int(1), Value::Int(2)])));
}

#[test]
fn zero_and_one_are_ratios_on_either_side_of_an_if() {
    let body = "let yes = true; return if yes then (if yes then 0 else 1) else 50%;";
    assert_eq!(given("Ratio", body, ""), Ok(Value::Ratio(0, 1)));
}

#[test]
fn many_statements_share_the_places_of_their_values() {
    let statements: String = (0..100).map(|_| "n = or_else(min([n, 7]), n + 1); ").collect();
    assert_eq!(given("Int", &format!("let n = 9; {statements} return n;"), ""), Ok(Value::Int(7)));
}

#[test]
fn a_function_that_no_module_holds_is_named() {
    let found = |items: &str| {
        let program = resolved(&format!("{HEADER}{items}")).unwrap();
        let compiled = compile(&program, Options::default());
        let accepted = Module::check(&compiled.bytes, &interface(), &Rules::default()).is_ok();
        assert_eq!(accepted, compiled.too_large.is_empty());
        compiled.too_large.iter().map(|found| (found.code, found.message.clone())).collect::<Vec<_>>()
    };
    let params = |count: usize| (0..count).map(|at| format!("p{at}: Int")).collect::<Vec<_>>().join(", ");
    assert_eq!(found(&format!("fn eight({}) -> Int {{ return p0; }}", params(8))), []);
    let message = |name: &str| (Code::CodeTooLarge, format!("`{name}` is larger than a function of a module may be"));
    assert_eq!(found(&format!("fn nine({}) -> Int {{ return p0; }}", params(9))), [message("nine")]);
    let body = "n = n + div(n, 3) * 2; ".repeat(1_000);
    assert_eq!(found(&format!("fn long() -> Int {{ let n = 1; {body} return n; }}")), [message("long")]);
    let lets: String = (0..300).map(|at| format!("let n{at} = 1; ")).collect();
    assert_eq!(found(&format!("fn wide() -> Int {{ {lets} return n0; }}")), [message("wide")]);
    let views: String = (0..257).map(|at| format!("view v{at}() -> Int {{ return 1; }}\n")).collect();
    let whole = "the code of this document is larger than a module may be";
    assert_eq!(found(&views), [(Code::CodeTooLarge, whole.to_string())]);
}

#[test]
fn the_compiler_knows_the_rules_of_modules() {
    let rules = Rules::default();
    assert_eq!(limits::FUNCTION_WORDS_MAX, rules.values_max);
    assert_eq!(limits::FUNCTION_LOCALS_MAX, rules.locals_max as usize);
    assert_eq!(limits::FUNCTION_INSTRUCTIONS_MAX, rules.body_operators_max as usize);
    assert_eq!(limits::FUNCTION_BRANCHES_MAX, rules.body_branches_max as usize);
    assert_eq!(limits::FUNCTION_NESTING_MAX, rules.nesting_max as usize);
    assert_eq!(limits::FUNCTION_BYTES_MAX, rules.body_bytes_max);
    assert_eq!(limits::MODULE_INSTRUCTIONS_MAX, rules.operators_max as usize);
    assert_eq!(limits::MODULE_BRANCHES_MAX, rules.branches_max as usize);
    assert_eq!(limits::MODULE_ENTRIES_MAX, rules.exports_max as usize);
    assert_eq!(limits::MODULE_BYTES_MAX, rules.bytes_max);
}
