//! What a contract may import: a closed table of host functions, given by whoever runs contracts.

use std::fmt;

/// The types of values at the border between contract and host. There are no others in a module either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// 32 bits; at the border the lower half of a `u64`, the upper half is zero.
    I32,
    /// 64 bits.
    I64,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
        })
    }
}

/// A host function, as a contract imports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name in the interface's module.
    pub name: &'static str,
    /// Its parameters, at most [`Function::PARAMS_MAX`].
    pub params: &'static [ValueType],
    /// Its results, at most [`Function::RESULTS_MAX`].
    pub results: &'static [ValueType],
    /// What a call costs before the host does anything, in units of fuel; code that is injected charges it.
    pub fuel: u64,
}

impl Function {
    /// Parameters of a host function.
    pub const PARAMS_MAX: usize = 8;
    /// Results of a host function.
    pub const RESULTS_MAX: usize = 2;
}

/// All host functions under one module name. A function's place in the list is its number: see [`crate::Host::call`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The name of the module that contracts import from.
    pub module: &'static str,
    /// The functions, in an order that never changes for a module name.
    pub functions: &'static [Function],
}

impl Interface {
    /// The number of the function that is called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|function| function.name == name)
    }
}
