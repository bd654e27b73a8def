//! The interface `icn1` as the sandbox takes it.

use icn_ccl::abi::{Import, Word, MODULE};
use icn_covm::{Function, Interface, ValueType};
use std::sync::LazyLock;

static FUNCTIONS: LazyLock<(Vec<Import>, &'static [Function])> = LazyLock::new(|| {
    let imports: Vec<_> = Import::all().collect();
    let functions: Vec<_> = imports.iter().map(|import| function(*import)).collect();
    (imports, functions.leak())
});

fn function(import: Import) -> Function {
    let words = |words: Vec<Word>| -> &'static [ValueType] {
        let of = |word: &Word| match word {
            Word::I32 => ValueType::I32,
            Word::I64 => ValueType::I64,
        };
        words.iter().map(of).collect::<Vec<_>>().leak()
    };
    Function {
        name: import.name(),
        params: words(import.params()),
        results: words(import.results()),
        fuel: import.fuel(),
    }
}

/// The interface.
pub fn interface() -> Interface {
    Interface { module: MODULE, functions: FUNCTIONS.1 }
}

/// The function of a number.
pub(crate) fn import(number: usize) -> Option<Import> {
    FUNCTIONS.0.get(number).copied()
}
