//! Modules that no compiler made: changed bytes, changed calls of the host, changed words about themselves. A host refuses
//! them, or a call of them fails or traps; it never panics.

use crate::{dice::Dice, generator, judge::Judged, number, resolved};
use icn_ccl::{
    abi::{Import, MODULE},
    manifest::{Entry, Manifest, Purpose},
    program::Program,
    types::{FieldDef, Type},
    value::Value,
    wasm::{compile, Compiled, Options},
};
use icn_covm::{Engine, Module, Rules};
use icn_covm_local::{interface, Chain, Limits, Outcome};
use icn_fuzzing::{fuzz, Raw};
use std::sync::Arc;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Instruction,
    TypeSection, ValType,
};

/// Runs whatever can be called of a module that the host accepts; `None` if it does not.
fn tried(engine: &Arc<Engine>, program: &Arc<Program>, code: &Compiled, args: &mut Dice) -> Option<Vec<Outcome>> {
    let limits = Limits { fuel: 200_000, ..Limits::default() };
    let module = Module::check(&code.bytes, &interface(), &Rules::default()).ok()?;
    let mut chain = Chain::of_code(engine.clone(), program.clone(), code, 0, limits.clone()).ok()?;
    let mut other = Chain::of_code(engine.clone(), program.clone(), code, 0, limits).ok()?;
    let judged = Judged::new(module);
    other.run_by(Arc::new(move |export, host, limits| judged.run(export, host, limits)));
    let mut outcomes = Vec::new();
    for entry in code.manifest.entries.iter().take(12) {
        let values: Vec<_> = entry.params.iter().map(|param| simple(&param.ty, args)).collect();
        let call = |chain: &mut Chain| match entry.purpose {
            Purpose::View => chain.view("did:icn:ada", &entry.name, values.clone()),
            Purpose::Effect => chain.enact(&entry.name, values.clone()),
            Purpose::Condition => chain.condition(&entry.name, values.clone()),
            _ => chain.call("did:icn:ada", &entry.name, values.clone()),
        };
        // An export that takes arguments, or is none, is the sandbox's to refuse.
        if let Ok(outcome) = call(&mut chain) {
            assert_eq!(call(&mut other).expect("as the first"), outcome);
            outcomes.push(outcome);
        }
    }
    Some(outcomes)
}

fn simple(kind: &Type, dice: &mut Dice) -> Value {
    match kind {
        Type::Bool => Value::Bool(dice.percent(50)),
        Type::Int | Type::Amount(_) => Value::Int(dice.below(5) as i128),
        Type::Ratio => Value::Ratio(1, 2),
        Type::Time | Type::Duration => Value::Millis(dice.below(9) as i64),
        Type::List(_) => Value::List(Vec::new()),
        Type::Set(_) => Value::Set(Vec::new()),
        Type::Map(..) => Value::Map(Vec::new()),
        Type::Option(_) => Value::Option(None),
        _ => Value::Text("did:icn:bo".into()),
    }
}

/// What a module says of itself, as a host that has only its bytes reads it.
fn read(bytes: &[u8]) -> Option<Compiled> {
    let sections = wasmparser::Parser::new(0).parse_all(bytes).map_while(Result::ok);
    let mut words = sections.filter_map(|payload| match payload {
        wasmparser::Payload::CustomSection(section) if section.name() == "ccl" => Some(section.data().to_vec()),
        _ => None,
    });
    let manifest = Manifest::from_bytes(&words.next()?).ok()?;
    Some(Compiled { bytes: bytes.to_vec(), manifest, too_large: Vec::new() })
}

#[test]
fn fuzz_module() {
    let engine = Chain::engine().unwrap();
    let programs: Vec<_> = (0..4).map(|seed| resolved(&generator::document(seed).source).unwrap()).collect();
    let seeds: Vec<_> = programs.iter().map(|program| compile(program, Options::default()).bytes).collect();
    fuzz("module", &seeds, |bytes| {
        let code = read(bytes)?;
        tried(&engine, &programs[0], &code, &mut Dice::new(bytes.len() as u64))?;
        Some(Raw(bytes.to_vec()))
    });
}

/// Single bytes changed in the code and in the words of a module.
#[test]
fn a_changed_byte_never_ends_the_host() {
    let engine = Chain::engine().unwrap();
    let mut accepted = 0;
    for case in 0..number("ICN_TAMPERED", 600) {
        let mut dice = Dice::new(case);
        let program = resolved(&generator::document(case % 16).source).unwrap();
        let mut bytes = compile(&program, Options::default()).bytes;
        for _ in 0..1 + dice.below(2) {
            let at = dice.below(bytes.len());
            bytes[at] = match dice.below(3) {
                0 => dice.next() as u8,
                1 => bytes[at].wrapping_add(1),
                _ => bytes[at] ^ 1 << dice.below(8),
            };
        }
        if let Some(code) = read(&bytes) {
            accepted += u64::from(tried(&engine, &program, &code, &mut dice).is_some());
        }
    }
    assert!(accepted > 0, "no module was accepted");
}

/// Code that calls the host at random: wrong handles and type numbers, an empty stack, huge counts.
fn random_code(dice: &mut Dice, manifest: &Manifest) -> Compiled {
    let imports: Vec<_> = Import::all().collect();
    let mut types = TypeSection::new();
    let mut import_section = ImportSection::new();
    for (at, import) in imports.iter().enumerate() {
        let words = |words: &[icn_ccl::abi::Word]| {
            words
                .iter()
                .map(|word| if *word == icn_ccl::abi::Word::I32 { ValType::I32 } else { ValType::I64 })
                .collect()
        };
        let (params, results): (Vec<_>, Vec<_>) = (words(&import.params()), words(&import.results()));
        types.ty().function(params, results);
        import_section.import(MODULE, import.name(), EntityType::Function(at as u32));
    }
    types.ty().function([], []);
    let mut function = Function::new([]);
    let word = |dice: &mut Dice| match dice.below(12) {
        0 => i64::from(u32::MAX),
        1 => i64::MAX,
        2 => i64::MIN,
        3 => 1 << 31,
        // A handle of one of the values made so far, more likely than not.
        _ => dice.below(14) as i64,
    };
    for _ in 0..60 {
        // First values of many types, then whatever.
        let at = if dice.percent(40) { dice.below(20) } else { dice.below(imports.len()) };
        let import = &imports[at];
        for param in import.params() {
            let word = word(dice);
            function.instruction(&match param {
                icn_ccl::abi::Word::I32 => Instruction::I32Const(word as i32),
                icn_ccl::abi::Word::I64 => Instruction::I64Const(word),
            });
        }
        function.instruction(&Instruction::Call(at as u32));
        for _ in import.results() {
            function.instruction(&Instruction::Drop);
        }
    }
    function.instruction(&Instruction::End);
    let (mut functions, mut code, mut exports) = (FunctionSection::new(), CodeSection::new(), ExportSection::new());
    functions.function(imports.len() as u32);
    code.function(&function);
    exports.export("action:any", ExportKind::Func, imports.len() as u32);
    let entry = Entry {
        purpose: Purpose::Action,
        name: "any".into(),
        export: "action:any".into(),
        params: vec![FieldDef { name: "p".into(), ty: Type::Int }],
        result: Type::Unit,
        requires: None,
        signed: true,
        fuel_max: None,
        reads: Vec::new(),
        writes: Vec::new(),
        host: Vec::new(),
    };
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&import_section).section(&functions).section(&exports).section(&code);
    let manifest = Manifest { entries: vec![entry], ..manifest.clone() };
    Compiled { bytes: module.finish(), manifest, too_large: Vec::new() }
}

#[test]
fn code_that_misuses_the_host_fails_or_traps() {
    let engine = Chain::engine().unwrap();
    let (mut calls, mut failed) = (0, 0);
    for case in 0..number("ICN_TAMPERED", 300) {
        let mut dice = Dice::new(case);
        let program = resolved(&generator::document(case % 16).source).unwrap();
        let code = random_code(&mut dice, &compile(&program, Options::default()).manifest);
        let outcomes = tried(&engine, &program, &code, &mut dice).expect("the module keeps the rules");
        calls += outcomes.len();
        failed += outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    }
    assert!(calls > 0 && failed > calls / 2, "{failed} of {calls} failed");
}
