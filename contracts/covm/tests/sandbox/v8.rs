//! A third engine: V8, in the process of Node.js that the tests need anyway. It judges what the second engine gets wrong. A
//! process for each run is slow, and the limit of memory is not kept.

use crate::{
    judge::{Ended, Trace},
    samples::Notes,
};
use icn_covm::{metering::FUEL, Limits, Module, TrapReason, ValueType};
use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sandbox/v8.mjs");

/// Runs the metered form of a module.
pub(crate) fn run(module: &Module, entry: &str, args: &[u64], limits: &Limits) -> Trace {
    let fuel = limits.fuel.checked_sub(module.start_fuel()).expect("fuel to begin with");
    let mut trace = judge(module.metered(), "metered", fuel, limits, entry, &typed(module, entry, args));
    let left = trace.globals.get(FUEL).copied();
    trace.fuel_used = match trace.ended {
        Ended::Trapped(_) => limits.fuel,
        Ended::Results(_) | Ended::Failed(_) => limits.fuel - left.expect("the counter is exported"),
    };
    trace
}

/// Runs a module as its author wrote it, whose metered form is `module`.
pub(crate) fn run_plain(module: &Module, bytes: &[u8], entry: &str, args: &[u64], limits: &Limits) -> Trace {
    judge(bytes, "plain", 0, limits, entry, &typed(module, entry, args))
}

fn typed(module: &Module, entry: &str, args: &[u64]) -> Vec<String> {
    let (_, types) = module.entries().iter().find(|(name, _)| *name == entry).expect("the module exports it");
    let name = |value: &ValueType| match value {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    types.params.iter().zip(args).map(|(value, arg)| format!("{}:{arg}", name(value))).collect()
}

fn judge(bytes: &[u8], form: &str, fuel: u64, limits: &Limits, entry: &str, args: &[String]) -> Trace {
    let mut node = Command::new("node");
    node.args([SCRIPT, form, &fuel.to_string(), &limits.slots.to_string(), &hex::encode(entry)]).args(args);
    let mut node = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node.js is installed");
    node.stdin.take().expect("it is piped").write_all(bytes).expect("it reads the module");
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "V8 runs the module: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let mut lines = text.lines();
    let ended = ended(lines.next().expect("it tells how the run ended"));
    let mut trace =
        Trace { ended, fuel_used: limits.fuel, notes: Notes::default(), memory: Vec::new(), globals: BTreeMap::new() };
    for line in lines {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["note", bytes] => trace.notes.0.push(bytes_of(bytes)),
            ["memory", bytes] => trace.memory = bytes_of(bytes),
            ["global", name, value] => {
                let name = String::from_utf8(bytes_of(name)).expect("names are text");
                trace.globals.insert(name, value.parse().expect("a value"));
            }
            _ => panic!("{line}"),
        }
    }
    trace
}

fn ended(line: &str) -> Ended {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["results", ref values @ ..] => {
            Ended::Results(values.iter().map(|value| value.parse().expect("a value")).collect())
        }
        ["failed", code] => Ended::Failed(code.parse().expect("a code")),
        ["trapped", reason] => {
            use TrapReason::*;
            let known = [OutOfFuel, TooDeep, Unreachable, DivisionByZero, Overflow, NoFunction, OutOfBounds];
            let found = known.into_iter().find(|known| format!("{known:?}") == reason);
            Ended::Trapped(found.unwrap_or_else(|| panic!("{line}")))
        }
        _ => panic!("{line}"),
    }
}

fn bytes_of(text: &str) -> Vec<u8> {
    hex::decode(text).expect("it prints hex")
}
