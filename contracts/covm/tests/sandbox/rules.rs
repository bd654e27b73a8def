//! Each rule refuses a module, at the byte where it breaks the rule, and accepts it with the smallest repair.

use crate::samples::INTERFACE;
use icn_covm::{Module, Refusal, Rule, Rules};
use std::collections::BTreeSet;

/// A rule with a module that breaks it, where it does, and the same module repaired.
struct Case {
    rule: Rule,
    offset: usize,
    refused: Vec<u8>,
    repaired: Vec<u8>,
}

fn case(rule: Rule, offset: usize, refused: &str, repaired: &str) -> Case {
    let parse = |text: &str| wat::parse_str(text).expect("the text is a module");
    Case { rule, offset, refused: parse(refused), repaired: parse(repaired) }
}

/// The same text with a piece that is repeated once too often, and as often as is allowed.
fn counted(rule: Rule, offset: usize, max: usize, text: impl Fn(usize) -> String) -> Case {
    case(rule, offset, &text(max + 1), &text(max))
}

fn sections() -> Vec<Case> {
    let mut truncated = wat::parse_str("(module (memory 1 1))").unwrap();
    let whole = truncated.clone();
    truncated.pop();
    vec![
        Case { rule: Rule::Malformed, offset: 10, refused: truncated, repaired: whole },
        Case {
            rule: Rule::Malformed,
            offset: 0,
            refused: b"\0asm\x0d\0\x01\0".to_vec(),
            repaired: b"\0asm\x01\0\0\0".to_vec(),
        },
        Case { rule: Rule::Malformed, offset: 0, refused: Vec::new(), repaired: b"\0asm\x01\0\0\0".to_vec() },
        case(Rule::Invalid, 24, "(module (func (result i32)))", "(module (func (result i32) (i32.const 1)))"),
        case(
            Rule::Invalid,
            25,
            r#"(module (func) (export "a" (func 0)) (export "a" (func 0)))"#,
            r#"(module (func) (export "a" (func 0)) (export "b" (func 0)))"#,
        ),
        case(Rule::Start, 20, "(module (func) (start 0))", "(module (func))"),
        case(Rule::ImportKind, 11, r#"(module (import "icn1" "memory" (memory 1 1)))"#, "(module (memory 1 1))"),
        case(
            Rule::ImportKind,
            11,
            r#"(module (import "icn1" "g" (global i32)))"#,
            "(module (global i32 (i32.const 0)))",
        ),
        case(
            Rule::UnknownImport,
            18,
            r#"(module (import "icn1" "fial" (func (param i32))))"#,
            r#"(module (import "icn1" "fail" (func (param i32))))"#,
        ),
        case(
            Rule::UnknownImport,
            18,
            r#"(module (import "icn2" "fail" (func (param i32))))"#,
            r#"(module (import "icn1" "fail" (func (param i32))))"#,
        ),
        case(
            Rule::ImportType,
            18,
            r#"(module (import "icn1" "fail" (func (param i64))))"#,
            r#"(module (import "icn1" "fail" (func (param i32))))"#,
        ),
        case(
            Rule::ImportType,
            19,
            r#"(module (import "icn1" "fail" (func (param i32) (result i32))))"#,
            r#"(module (import "icn1" "fail" (func (param i32))))"#,
        ),
        case(Rule::Memories, 14, "(module (memory 1 1) (memory 1 1))", "(module (memory 1 1))"),
        case(Rule::MemoryPages, 11, "(module (memory 1))", "(module (memory 1 1))"),
        case(Rule::MemoryPages, 11, "(module (memory 1 257))", "(module (memory 1 256))"),
        case(Rule::Tables, 15, "(module (table 1 1 funcref) (table 1 1 funcref))", "(module (table 1 1 funcref))"),
        case(Rule::TableSize, 11, "(module (table 1 funcref))", "(module (table 1 1 funcref))"),
        case(Rule::TableSize, 11, "(module (table 1 4097 funcref))", "(module (table 1 4096 funcref))"),
        case(Rule::Reserved, 21, r#"(module (func (export "icn:fuel")))"#, r#"(module (func (export "icn-fuel")))"#),
        case(
            Rule::ExportName,
            22,
            &format!(r#"(module (func (export "{}")))"#, "n".repeat(257)),
            &format!(r#"(module (func (export "{}")))"#, "n".repeat(256)),
        ),
    ]
}

fn features() -> Vec<Case> {
    let function = |offset: usize, refused: &str, repaired: &str| {
        let module = |body: &str| format!("(module (memory 1 1) (func {body}))");
        case(Rule::Feature, offset, &module(refused), &module(repaired))
    };
    vec![
        case(Rule::Float, 11, "(module (func (param f32)))", "(module (func (param i32)))"),
        case(Rule::Float, 23, "(module (func (local f64)))", "(module (func (local i64)))"),
        case(Rule::Float, 11, "(module (global f64 (f64.const 0)))", "(module (global i64 (i64.const 0)))"),
        case(Rule::Float, 23, "(module (func (drop (f32.const 1))))", "(module (func (drop (i32.const 1))))"),
        case(
            Rule::Float,
            23,
            "(module (func (block (result f32) unreachable) drop))",
            "(module (func (block (result i32) unreachable) drop))",
        ),
        case(
            Rule::Float,
            31,
            "(module (memory 1 1) (func (f64.load (i32.const 0)) drop))",
            "(module (memory 1 1) (func (i64.load (i32.const 0)) drop))",
        ),
        case(
            Rule::Float,
            24,
            "(module (func unreachable i32.trunc_sat_f32_s drop))",
            "(module (func unreachable i32.extend8_s drop))",
        ),
        function(29, "(drop (v128.const i64x2 0 0))", "(drop (i64.const 0))"),
        function(29, "(drop (ref.null func))", "(drop (i32.const 0))"),
        function(29, "(return_call 0)", "(return (call 0))"),
        function(31, "(drop (i32.atomic.load (i32.const 0)))", "(drop (i32.load (i32.const 0)))"),
        function(29, "atomic.fence", "nop"),
        function(31, "(drop (ref.i31 (i32.const 1)))", "(drop (i32.const 1))"),
        function(31, "(block (try_table))", "(block)"),
        function(30, "unreachable i64.add128 drop drop", "unreachable i64.add drop"),
        function(
            35,
            "(drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))",
            "(drop (select (i32.const 1) (i32.const 2) (i32.const 3)))",
        ),
        case(Rule::Feature, 11, "(module (func (param v128)))", "(module (func (param i64)))"),
        case(Rule::Feature, 11, "(module (func (param externref)))", "(module (func (param i64)))"),
        case(Rule::Feature, 11, "(module (type (struct)))", "(module (type (func)))"),
        case(Rule::Feature, 11, "(module (rec (type (func)) (type (func))))", "(module (type (func)) (type (func)))"),
        case(Rule::Feature, 11, "(module (memory i64 1 1))", "(module (memory 1 1))"),
        case(Rule::Feature, 11, "(module (memory 1 1 shared))", "(module (memory 1 1))"),
        case(Rule::Feature, 11, "(module (memory 1 1 (pagesize 1)))", "(module (memory 1 1))"),
        case(Rule::Feature, 11, "(module (table 1 1 externref))", "(module (table 1 1 funcref))"),
        case(Rule::Feature, 11, "(module (table i64 1 1 funcref))", "(module (table 1 1 funcref))"),
        case(Rule::Feature, 16, "(module (tag))", "(module)"),
        case(
            Rule::Feature,
            17,
            "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
            "(module (global i32 (i32.const 3)))",
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let rules = Rules::default();
    let body = |text: String| format!("(module (memory 1 1) (func (param i32) {text}))");
    let call_weight = 16 + 16 + 1;
    vec![
        counted(Rule::Size, 1048576, rules.bytes_max - 14, |len| {
            format!(r#"(module (@custom "x" "{}"))"#, "x".repeat(len))
        }),
        counted(Rule::Types, 11, rules.types_max as usize, |count| {
            format!("(module {})", "(type (func))".repeat(count))
        }),
        counted(Rule::Values, 11, 16, |count| format!("(module (type (func (param {}))))", "i32 ".repeat(count))),
        counted(Rule::Values, 11, 16, |count| format!("(module (type (func (result {}))))", "i32 ".repeat(count))),
        counted(Rule::Imports, 18, rules.imports_max as usize, |count| {
            format!("(module {})", r#"(import "icn1" "fail" (func (param i32)))"#.repeat(count))
        }),
        counted(Rule::Functions, 17, rules.functions_max as usize, |count| {
            format!("(module {})", "(func)".repeat(count))
        }),
        counted(Rule::Locals, 32, rules.locals_max as usize, |count| {
            body(format!("(local i32) (local {})", "i64 ".repeat(count - 1)))
        }),
        counted(Rule::Body, 33, rules.body_bytes_max, |bytes| {
            // Four bytes are the declaration of locals and the `end`, and the rest is constants of eleven bytes, `drop`s and `nop`s.
            let (constants, nops) = ((bytes - 2) / 12, (bytes - 2) % 12);
            body("(drop (i64.const 0x8000000000000000))".repeat(constants) + &"nop ".repeat(nops))
        }),
        counted(Rule::Body, 8224, rules.body_operators_max as usize - 1, |count| body("nop ".repeat(count))),
        counted(Rule::Operators, 131161, rules.operators_max as usize, |count| {
            let (functions, rest) = (count / 8192, count % 8192);
            let mut text = format!("(module {}", format!("(func {})", "nop ".repeat(8191)).repeat(functions));
            if rest > 0 {
                text += &format!("(func {})", "nop ".repeat(rest - 1));
            }
            text + ")"
        }),
        counted(Rule::Body, 583, (rules.body_operators_max as usize - 17) / call_weight, |count| {
            let args = (0..16).map(|arg| format!("(local.get {arg})")).collect::<String>();
            format!("(module (func (param {0}) (result {0}) {args} {1}))", "i64 ".repeat(16), "call 0 ".repeat(count))
        }),
        counted(Rule::Branches, 8226, rules.body_branches_max as usize, |count| {
            body("local.get 0 br_if 0 ".repeat(count))
        }),
        counted(Rule::Branches, 98393, rules.branches_max as usize, |count| {
            let (functions, rest) = (count / 2048, count % 2048);
            let mut text = format!(
                "(module {}",
                format!("(func (param i32) {})", "local.get 0 br_if 0 ".repeat(2048)).repeat(functions)
            );
            if rest > 0 {
                text += &format!("(func {})", "loop end ".repeat(rest));
            }
            text + ")"
        }),
        counted(Rule::Nesting, 544, rules.nesting_max as usize, |count| {
            body("block ".repeat(count) + &"end ".repeat(count))
        }),
        counted(Rule::BrTable, 34, rules.br_table_max as usize, |count| {
            body(format!("local.get 0 br_table {} 0", "0 ".repeat(count)))
        }),
        counted(Rule::BrTable, 16564, rules.br_table_total_max as usize, |count| {
            let tables = format!("block local.get 0 br_table {} 0 end ", "0 ".repeat(1024)).repeat(count / 1024);
            body(tables + &format!("local.get 0 br_table {} 0", "0 ".repeat(count % 1024)))
        }),
        counted(Rule::Globals, 11, rules.globals_max as usize, |count| {
            format!("(module {})", "(global i32 (i32.const 0))".repeat(count))
        }),
        counted(Rule::Exports, 21, rules.exports_max as usize, |count| {
            let exports = (0..count).map(|number| format!(r#"(export "{number}" (func 0))"#)).collect::<String>();
            format!("(module (func) {exports})")
        }),
        counted(Rule::Data, 17, rules.data_max as usize, |count| {
            format!("(module (memory 1 1) {})", r#"(data "")"#.repeat(count))
        }),
        counted(Rule::Elements, 11, rules.elements_max as usize, |count| {
            format!("(module {})", "(elem func)".repeat(count))
        }),
    ]
}

fn check(bytes: &[u8]) -> Result<Module, Refusal> {
    Module::check(bytes, &INTERFACE, &Rules::default())
}

#[test]
fn each_rule_refuses_where_it_is_broken_and_accepts_the_repair() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (place, case) in sections().into_iter().chain(features()).chain(numbers()).enumerate() {
        seen.insert(case.rule);
        match check(&case.refused) {
            Err(refusal) if refusal == (Refusal { rule: case.rule, offset: case.offset }) => {}
            other => wrong.push(format!("{place}: {:?} at {}, but {:?}", case.rule, case.offset, other.err())),
        }
        if let Err(refusal) = check(&case.repaired) {
            wrong.push(format!("{place}: {:?} repaired is refused: {refusal}", case.rule));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: BTreeSet<_> = Rule::ALL.iter().copied().collect();
    assert_eq!(seen, all, "each rule has a case");
}

#[test]
fn a_refusal_says_which_rule_and_where() {
    let refusal = check(&wat::parse_str("(module (func) (start 0))").unwrap()).unwrap_err();
    assert_eq!(refusal.to_string(), "W06: a module must not have a start function, at byte 20");
}

#[test]
fn codes_are_in_the_order_of_the_rules_and_differ() {
    let codes: Vec<_> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    let numbered: Vec<_> = (1..=codes.len()).map(|number| format!("W{number:02}")).collect();
    assert_eq!(codes, numbered);
}

#[test]
fn the_specification_lists_each_rule_as_it_is() {
    let chapter = include_str!("../../../../docs/spec/module-rules.md");
    for rule in Rule::ALL {
        let row = format!("| {} | {} |", rule.code(), rule);
        assert!(chapter.contains(&row), "the chapter has no row {row}");
    }
}
