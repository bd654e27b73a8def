//! CCL: the compiler against reading tokens alone, and calls in the sandbox against the same done by native code and on
//! `cosmwasm-vm`.

use crate::report::Report;
use icn_ccl::{
    ast::File,
    check, sema,
    syntax::{parse, SyntaxKind},
    value::Value,
    wasm::{compile, Options},
};
use icn_covm_local::{Chain, Limits};
use logos::Logos as _;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long each figure is measured.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// Entries that a call writes which is heavy on storage.
const ENTRIES: i128 = 100;

/// Contracts and constitutions.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ContractsArgs {
    /// Functions of the document that is compiled; each has ten lines.
    #[arg(long, default_value_t = 200)]
    functions: usize,
    /// The program `icn-bench-peers`; without it nothing is compared with `cosmwasm-vm`.
    #[arg(long)]
    peers: Option<PathBuf>,
}

/// Runs the bench.
///
/// # Errors
/// When a document does not compile or the report cannot be written.
pub(crate) fn run(args: &ContractsArgs) -> eyre::Result<()> {
    let mut report = Report::new("contracts");
    compiler(&mut report, args.functions)?;
    calls(&mut report)?;
    if let Some(program) = &args.peers {
        peers(&mut report, program)?;
    }
    report.finish()
}

/// How many microseconds something takes, on average.
fn each(mut work: impl FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < LONG_ENOUGH {
        work();
        count += 1;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
}

fn document(functions: usize) -> String {
    let mut source = String::from(
        "contract \"Bench\" version 1.0.0 for community;\norganization bench { name: \"Bench\"; }\n\
         class member { votes: true; }\nrole user { can: [use_it, propose, vote]; held_by: member; }\n\
         found { member: founders List<Did> in 1..; }\n@max(1000)\nstate kept: Map<Int, Int> = {};\nerror No(n: Int);\n",
    );
    for number in 0..functions {
        let _ = write!(
            source,
            "/// Function {number}.\nfn f{number}(a: Int, b: List<Int>) -> Int {{\n  let total = sum(x in b where x > a : x * {number});\n\
             \x20 if total > 1000 and a != 7 {{\n    return total - a;\n  }} else {{\n    return div(total, 3) + len(b);\n  }}\n}}\n"
        );
    }
    source.push_str(
        "action use(n: Int) requires use_it {\n  require n > 0 else No(n);\n  kept[n] = f0(n, [n, 2, 3]);\n}\n",
    );
    source
}

fn compiler(report: &mut Report, functions: usize) -> eyre::Result<()> {
    let source = document(functions);
    let lines = source.lines().count() as f64;
    let resolve = || sema::resolve(&File::of(&parse(&source).syntax()), &sema::NoModules, &sema::Arguments::new());
    let (program, found) = resolve();
    eyre::ensure!(found.is_empty(), "the document does not compile: {found:?}");
    let rate = |micros: f64| lines / micros * 1e6;
    let (lexing, parsing, whole) = ("reading tokens alone", "reading the tree", "from source to module");
    let tokens = each(|| {
        black_box(SyntaxKind::lexer(&source).count());
    });
    report.add(lexing, rate(tokens), "lines/s");
    report.add(parsing, rate(each(|| drop(black_box(parse(&source))))), "lines/s");
    report.add("names, types and checks", rate(each(|| drop(black_box(check::check(&resolve().0))))), "lines/s");
    let code = each(|| {
        black_box(compile(&resolve().0, Options::default()));
    });
    report.add(whole, rate(code), "lines/s");
    report.add("lines of the document", lines, "lines");
    report.add("bytes of the module", compile(&program, Options::default()).bytes.len() as f64, "bytes");
    report.ratio("tokens alone against the whole", lexing, whole)
}

const CALLS: &str = "contract \"Calls\" version 1.0.0 for community;
organization bench { name: \"Bench\"; }
resource coin { unit: \"coin\"; kind: community_credit; issuer: user; }
class member { votes: true; }
role user { can: [use_it, propose, vote]; held_by: member; }
found { member: founders List<Did> in 1..; }
@max(1000)
state kept: Map<Int, Int> = {};
action nothing() requires use_it { }
action give(to: Did, amount: Amount<coin>) requires use_it { transfer(from: caller, to: to, amount: amount); }
action keep(n: Int) requires use_it {
  for x in keys(kept) { kept[x] += n; }
}
action fill(n: Int) requires use_it { kept[n] = n; }
";

fn calls(report: &mut Report) -> eyre::Result<()> {
    let (program, found) = sema::resolve(&File::of(&parse(CALLS).syntax()), &sema::NoModules, &sema::Arguments::new());
    eyre::ensure!(found.iter().all(|diagnostic| !diagnostic.is_error()), "the document does not compile: {found:?}");
    let mut chain = Chain::new(Arc::new(program), 0, Limits::default())?;
    let (ana, bo) = ("did:icn:bench:ana", "did:icn:bench:bo");
    let member = icn_covm_local::economy::Member { class: "member".into(), joined: 0, suspended_until: None };
    let economy = chain.economy_mut();
    economy.members.insert(ana.into(), member);
    economy.balances.insert(("coin".into(), ana.into()), i128::MAX / 2);
    for n in 0..ENTRIES {
        call(&mut chain, ana, "fill", vec![Value::Int(n)])?;
    }
    let mut sandboxed = |name: &str, action: &str, args: &dyn Fn() -> Vec<Value>| -> eyre::Result<()> {
        call(&mut chain, ana, action, args())?;
        let micros = each(|| drop(black_box(chain.call(ana, action, args()))));
        report.add(name, micros, "us");
        Ok(())
    };
    sandboxed("an empty call", "nothing", &Vec::new)?;
    sandboxed("a transfer", "give", &|| vec![Value::Text(bo.into()), Value::Int(1)])?;
    sandboxed("100 entries read and written", "keep", &|| vec![Value::Int(1)])?;

    let mut balances: BTreeMap<(String, String), i128> = BTreeMap::new();
    balances.insert(("coin".into(), ana.into()), i128::MAX / 2);
    let native = each(|| {
        let key = |who: &str| ("coin".to_string(), who.to_string());
        *balances.entry(key(ana)).or_default() -= 1;
        *balances.entry(key(bo)).or_default() += 1;
    });
    report.add("a transfer, native", native, "us");
    let mut kept: BTreeMap<Value, Value> = (0..ENTRIES).map(|n| (Value::Int(n), Value::Int(n))).collect();
    let native = each(|| {
        let keys: Vec<_> = kept.keys().cloned().collect();
        for key in keys {
            if let Some(Value::Int(value)) = kept.get_mut(&key) {
                *value = value.wrapping_add(1);
            }
        }
    });
    report.add("100 entries read and written, native", native, "us");
    report.ratio("a transfer against native", "a transfer", "a transfer, native")?;
    report.ratio("entries against native", "100 entries read and written", "100 entries read and written, native")
}

fn call(chain: &mut Chain, caller: &str, action: &str, args: Vec<Value>) -> eyre::Result<()> {
    let outcome = chain.call(caller, action, args)?;
    eyre::ensure!(outcome.result.is_ok(), "{action}: {:?}", outcome.result);
    Ok(())
}

/// The same calls on `cosmwasm-vm`.
fn peers(report: &mut Report, program: &Path) -> eyre::Result<()> {
    #[derive(serde::Deserialize)]
    struct Measured {
        empty: f64,
        transfer: f64,
        storage: f64,
        version: String,
    }
    let output = Command::new(program).arg(ENTRIES.to_string()).stderr(Stdio::inherit()).output()?;
    eyre::ensure!(output.status.success(), "{} failed: {}", program.display(), output.status);
    let Measured { empty, transfer, storage, version } = serde_json::from_slice(&output.stdout)?;
    for (call, micros) in
        [("an empty call", empty), ("a transfer", transfer), ("100 entries read and written", storage)]
    {
        let theirs = format!("{call}, cosmwasm-vm {version}");
        report.add(&theirs, micros, "us");
        report.ratio(&format!("{call} against cosmwasm-vm"), call, &theirs)?;
    }
    Ok(())
}
