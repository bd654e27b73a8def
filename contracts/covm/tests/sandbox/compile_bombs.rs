//! Modules that are made to be slow to compile, as large as the rules allow.

use crate::samples::{ENGINE, INTERFACE};
use icn_covm::{Module, Refusal, Rules};
use std::{fmt::Write, time::Duration};

/// As long as a bomb may keep a processor busy, judged, metered and compiled. None takes two seconds with dependencies that
/// are hardly optimised; what this is for is what takes minutes.
const COMPILE_MAX: Duration = Duration::from_secs(6);

/// Most of `make`'s pieces that the rules accept, by doubling and halving.
fn largest(make: &dyn Fn(usize) -> String) -> (usize, Vec<u8>, Module) {
    let check = |pieces| -> (Vec<u8>, Result<Module, Refusal>) {
        let bytes = wat::parse_str(make(pieces)).expect("the text is a module");
        let module = Module::check(&bytes, &INTERFACE, &Rules::default());
        (bytes, module)
    };
    let (mut low, mut high) = (1, 1 << 18);
    while low + low / 64 + 1 < high {
        let middle = usize::midpoint(low, high.min(low * 4));
        if check(middle).1.is_ok() {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (bytes, module) = check(low);
    (low, bytes, module.expect("it was accepted before"))
}

fn explode(name: &str, make: &dyn Fn(usize) -> String) {
    let (pieces, bytes, module) = largest(make);
    let start = busy();
    Module::check(&bytes, &INTERFACE, &Rules::default()).expect("it was accepted before");
    let checked = busy() - start;
    let compiled = ENGINE.compile(&module).expect("it compiles");
    let whole = busy() - start;
    println!(
        "{name}: {pieces} pieces, {} bytes, {} metered, checked in {checked:.1?}, compiled in {whole:.1?}",
        bytes.len(),
        module.metered().len(),
    );
    assert_eq!(compiled.module().hash(), module.hash());
    assert!(whole < COMPILE_MAX, "{name} took {whole:?}");
}

/// What this thread has taken of a processor: what else the machine does is not in it, and compiling starts no threads.
fn busy() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("it is less than a second"))
}

/// Functions, each of which repeats a body as often as a function may.
fn spread(
    pieces: usize,
    per_function: usize,
    head: &str,
    before: &str,
    piece: &dyn Fn(usize) -> String,
    after: &str,
) -> String {
    let mut text = format!("(module {head}");
    let mut left = pieces;
    while left > 0 {
        let here = left.min(per_function);
        left -= here;
        write!(text, "(func (param i32 i64) (result i64) {before}").unwrap();
        for number in 0..here {
            text.push_str(&piece(number));
        }
        write!(text, "{after} (local.get 1))").unwrap();
    }
    text.push(')');
    text
}

const MEMORY: &str = "(memory 1 1)";

#[test]
fn branch_tables() {
    explode("branch tables", &|pieces| {
        let targets = (0..1000).map(|target| (target % 200).to_string()).collect::<Vec<_>>().join(" ");
        let (open, close) = ("block ".repeat(250), "end ".repeat(250));
        spread(pieces, 12, "", &open, &|_| format!("block local.get 0 br_table {targets} 0 end "), &close)
    });
}

#[test]
fn branch_tables_with_values() {
    explode("branch tables with values", &|pieces| {
        let head = format!("(type $t (func (result {})))", "i64 ".repeat(16));
        let targets = (1..=240).map(|target: u32| target.to_string()).collect::<Vec<_>>().join(" ");
        let (open, close) = ("block (type $t) ".repeat(240), "end ".repeat(240));
        let piece = format!("local.get 0 if {} local.get 0 br_table {targets} 1 end ", "local.get 1 ".repeat(16));
        let after = format!("{} {close} {} local.set 1", "local.get 1 ".repeat(16), "i64.xor ".repeat(15));
        spread(pieces, 60, &head, &open, &|_| piece.clone(), &after)
    });
}

#[test]
fn one_branch_table_after_the_other() {
    explode("small branch tables", &|pieces| {
        spread(pieces, 1000, "", "", &|_| "block block local.get 0 br_table 0 1 0 end end ".into(), "")
    });
}

#[test]
fn deep_loops_with_many_locals() {
    explode("loops", &|pieces| {
        let locals = format!("(local {})", "i64 ".repeat(500));
        let piece = |number: usize| {
            format!(
                "loop local.get {} local.get {} i64.add local.set {} local.get 0 br_if 0 ",
                number % 500 + 2,
                number * 7 % 500 + 2,
                number * 3 % 500 + 2
            )
        };
        let mut text = String::from("(module ");
        for _ in 0..pieces {
            write!(text, "(func (param i32 i64) {locals}").unwrap();
            for round in 0..4 {
                (0..250).for_each(|number| text.push_str(&piece(number + round)));
                text.push_str(&"end ".repeat(250));
            }
            text.push(')');
        }
        text.push(')');
        text
    });
}

#[test]
fn many_functions() {
    explode("functions", &|pieces| spread(pieces, 1, "", "", &|_| "local.get 0 local.get 1 call 0 drop ".into(), ""));
}

#[test]
fn many_segments() {
    explode("segments", &|pieces| spread(pieces, 2000, "", "block ", &|_| "local.get 0 br_if 0 ".into(), "end "));
}

#[test]
fn conditions_over_many_locals() {
    explode("conditions", &|pieces| {
        let before = format!("(local {})", "i64 ".repeat(500));
        let piece = |number: usize| {
            let local = number % 500 + 2;
            format!("local.get 0 if local.get 1 local.set {local} else local.get {} local.set {local} end ", local - 1)
        };
        spread(pieces, 1000, "", &before, &piece, "")
    });
}

#[test]
fn conditions_in_conditions() {
    explode("nested conditions", &|pieces| {
        let before = format!("(local {})", "i64 ".repeat(500));
        let piece = |number: usize| {
            let (local, other) = (number % 500 + 2, number * 13 % 500 + 2);
            let open = format!("local.get 0 if local.get {other} local.set {local} ");
            open.repeat(20) + &"else end ".repeat(20)
        };
        spread(pieces, 50, "", &before, &piece, "")
    });
}

#[test]
fn calls_with_many_values_alive() {
    explode("calls", &|pieces| {
        let before = format!("(local {})", "i64 ".repeat(500));
        let piece = |number: usize| {
            let (local, other) = (number % 500 + 2, number * 13 % 500 + 2);
            format!("local.get 0 local.get {other} call 0 local.set {local} ")
        };
        spread(pieces, 1000, "", &before, &piece, "")
    });
}

#[test]
fn calls_with_many_results() {
    explode("results", &|pieces| {
        let head = format!(
            "(type $t (func (param {0}) (result {0}))) (func $give (result {0}) {1}) (func $take (param {0}))",
            "i64 ".repeat(16),
            "i64.const 1 ".repeat(16)
        );
        let here = 230;
        let before = format!("{} {}", "call $give ".repeat(here), "call $take ".repeat(here));
        spread(pieces, 1, &head, &before, &|_| String::new(), "")
    });
}

#[test]
fn calls_of_the_host() {
    let head = r#"(import "icn1" "add" (func $add (param i64 i64) (result i64)))"#;
    explode("host calls", &|pieces| {
        spread(pieces, 1600, head, "local.get 1 ", &|_| "local.get 1 call $add ".into(), "local.set 1 ")
    });
}

#[test]
fn calls_through_the_table() {
    explode("indirect calls", &|pieces| {
        let head = "(type $f (func (param i32 i64) (result i64))) (table 8 8 funcref)";
        spread(
            pieces,
            1000,
            head,
            "",
            &|_| "local.get 0 local.get 1 local.get 0 call_indirect (type $f) local.set 1 ".into(),
            "",
        )
    });
}

#[test]
fn loads_and_stores() {
    explode("loads and stores", &|pieces| {
        let piece = |number: usize| {
            format!("local.get 0 local.get 0 i64.load offset={} i64.store offset={} ", number * 8, number * 4)
        };
        spread(pieces, 2000, MEMORY, "", &piece, "")
    });
}

#[test]
fn copies_of_memory() {
    explode("copies", &|pieces| {
        spread(pieces, 2000, MEMORY, "", &|_| "local.get 0 local.get 0 local.get 0 memory.copy ".into(), "")
    });
}

#[test]
fn growths_of_memory() {
    explode("growths", &|pieces| {
        spread(pieces, 2000, MEMORY, "", &|_| "local.get 0 memory.grow local.set 0 ".into(), "")
    });
}

#[test]
fn divisions() {
    explode("divisions", &|pieces| {
        spread(pieces, 4000, "", "local.get 1 ", &|_| "local.get 1 i64.div_s ".into(), "local.set 1 ")
    });
}

#[test]
fn values_that_all_wait() {
    explode("waiting values", &|pieces| {
        let here = 2000;
        let before = (0..here).map(|number| format!("local.get 1 i64.const {} i64.mul ", number * 2 + 1));
        spread(
            pieces,
            1,
            "",
            &before.collect::<String>(),
            &|_| "".into(),
            &format!("{} local.set 1", "i64.xor ".repeat(here - 1)),
        )
    });
}

#[test]
fn expressions_that_are_all_alike() {
    explode("alike expressions", &|pieces| {
        let expressions = |from: usize| {
            (from..from + 900)
                .map(|number| format!("local.get 1 i64.const {} i64.mul ", number * 2 + 1))
                .collect::<String>()
        };
        let sum = format!("{}local.set 2 ", "i64.xor ".repeat(899));
        let before =
            format!("(local i64) {}{sum} local.get 0 local.get 1 call 0 drop {}{sum}", expressions(0), expressions(0));
        spread(pieces, 1, "", &before, &|_| "".into(), "")
    });
}

#[test]
fn blocks_with_many_parameters() {
    explode("parameters", &|pieces| {
        let head = format!("(type $t (func (param {0}) (result {0})))", "i64 ".repeat(16));
        let before = "local.get 1 ".repeat(16);
        let after = format!("{} local.set 1", "i64.add ".repeat(15));
        spread(pieces, 1000, &head, &before, &|_| "loop (type $t) local.get 0 br_if 0 end ".into(), &after)
    });
}

#[test]
fn segments_of_data() {
    explode("data", &|pieces| {
        let mut text = String::from("(module (memory 256 256)");
        for number in 0..pieces {
            write!(text, r#"(data (i32.const {}) "{}")"#, number * 16384 % (255 << 16), "x".repeat(900)).unwrap();
        }
        text.push(')');
        text
    });
}
