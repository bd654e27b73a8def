//! Every tool over bytes that are no document, over documents with a few bytes changed, and over documents as large as they may
//! be: nothing panics, and nothing takes long.

// The times are for whoever reads the log.
#![allow(clippy::print_stdout)]

use icn_ccl::{
    descriptor::{source_cid, Descriptor},
    diff, doc,
    explain::{self, explain, Numbers},
    fmt::format,
    limits::SOURCE_BYTES_MAX,
    wasm::{compile, Options},
    who_can::findings,
};
use icn_ccl_tools::{
    document::{Arguments, Document, Library},
    library::{CORE, EXAMPLES, TEMPLATES},
};
use icn_fuzzing::{fuzz, Raw};
use std::time::{Duration, Instant};

/// What each tool does with a document, in the order of [`TOOLS`]; tools that need a sound one are not asked about another.
fn all(source: &str, other: &Document, mut each: impl FnMut(&'static str, &mut dyn FnMut())) {
    let mut document = None;
    each("check", &mut || {
        let read = Document::of("hostile".into(), source.into(), &Library::shipped(), &Arguments::new());
        drop(read.report(false));
        document = Some(read);
    });
    each("fmt", &mut || drop(format(source).map(|once| assert_eq!(format(&once).as_ref(), Ok(&once)))));
    let Some(document) = document.filter(Document::is_sound) else { return };
    let program = &document.program;
    each("compile", &mut || {
        drop(Descriptor::of(program, source_cid(source)));
        drop(compile(program, Options::default()));
    });
    each("explain", &mut || drop(explain::text(&explain(program, &Numbers::default()))));
    each("diff", &mut || {
        drop(diff::text(&diff::diff(program, &other.program)));
        assert_eq!(diff::diff(program, program), []);
    });
    each("who-can", &mut || drop(findings(program)));
    each("doc", &mut || drop(doc::html(&doc::page(program, source))));
}

fn other() -> Document {
    let source = EXAMPLES[0].source;
    Document::of("other".into(), source.into(), &Library::shipped(), &Arguments::new())
}

#[test]
fn fuzz_every_tool() {
    let seeds: Vec<_> =
        CORE.iter().chain(TEMPLATES).chain(&EXAMPLES).map(|one| one.source.as_bytes().to_vec()).collect();
    let other = other();
    fuzz("every tool of CCL", &seeds, |bytes| {
        all(std::str::from_utf8(bytes).ok()?, &other, |_, tool| tool());
        Some(Raw(bytes.to_vec()))
    });
}

const HEADER: &str =
    "contract \"Large\" version 1.0.0 for community;\nclass w { votes: true; }\nfound { w: f List<Did> in 1 ..; }\n";

/// As much of a pattern as a source holds; `#` becomes a name that nothing else has.
fn filled(begin: &str, pattern: &str, end: &str) -> String {
    let mut source = format!("{HEADER}{begin}");
    for number in 0_u32.. {
        let part = pattern.replace('#', &name(number));
        if source.len() + part.len() + end.len() > SOURCE_BYTES_MAX {
            break;
        }
        source += &part;
    }
    source + end
}

/// The shortest names, each once: a letter, then letters and digits.
fn name(mut number: u32) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut name = String::from(char::from(LETTERS[(number % 26) as usize]));
    number /= 26;
    while number > 0 {
        name.push(char::from(LETTERS[(number % 36) as usize]));
        number /= 36;
    }
    // What the language calls something is no name.
    name + "_"
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the tools are measured; no state hangs on it")]
fn the_largest_documents_are_answered() {
    let other = other();
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    for (what, begin, pattern, end) in [
        ("names of variants", "enum E { ", "#,", " }"),
        ("names of fields", "record R { ", "#:Int,", " }"),
        ("constants", "", "const #:Int=1;\n", ""),
        ("functions", "", "fn #()->Int{return 1;}\n", ""),
        ("functions that call another", "fn z()->Int{return 1;}\n", "fn #()->Int{return z();}\n", ""),
        ("states", "", "state #:Int=0;\n", ""),
        ("events", "", "event #();\n", ""),
        ("views of a state", "state s:Int=0;\n", "view #()->Int{return s;}\n", ""),
        ("classes", "", "class #{votes:true;}\n", ""),
        ("bodies", "", "body #{members:w;}\n", ""),
        ("roles", "", "role #{can:[vote];held_by:w;}\n", ""),
        ("roles in each other", "role z{can:[vote];held_by:w;}\n", "role # extends z{can:[propose];held_by:w;}\n", ""),
        ("permissions of a role", "role r { held_by: w; can: [", "vote,", "vote]; }"),
        (
            "processes",
            "",
            "process #{voters:w;method:majority;threshold:1/2;quorum:1;deliberation:1d;voting:1d;}\n",
            "",
        ),
        ("statements", "state s:Int=0;\naction a() requires anyone {\n", "s+=1;\n", "}\n"),
        ("lists", "fn f()->Int{ return len([", "1,", "1]); }"),
        ("texts", "fn f()->Text{ return \"", "x", "\"; }"),
        ("brackets", "fn f()->Int{ return ", "(", "1; }"),
        ("blocks", "fn f(){ ", "if true { ", " }"),
        ("operators", "fn f()->Int{ return 1", "+1", "; }"),
        ("comments", "", "/*", ""),
        ("unknown names", "fn f(){ ", "# = 1;", " }"),
        ("noise", "", "}{", ""),
    ] {
        let source = filled(begin, pattern, end);
        let mut line = format!("{what}, {} bytes:", source.len());
        all(&source, &other, |tool, run| {
            let start = Instant::now();
            run();
            let took = start.elapsed();
            line += &format!(" {tool} {:.0} ms", took.as_secs_f64() * 1e3);
            slowest.push((took, format!("{tool} of {what}")));
        });
        println!("{line}");
    }
    slowest.sort();
    assert!(slowest.len() > 80, "most of these are sound, so that every tool is asked: {}", slowest.len());
    println!("the slowest: {:?}", slowest.last());
}
