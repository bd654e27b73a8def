//! What the library compiles to, byte for byte: `code.txt` holds the name and the hash of each module. It is the same from a
//! compiler that was built for tests and from one that was built for a release; another version of the compiler may change it,
//! and says so by this file, which `ICN_UPDATE_GOLDEN=1` writes.

use icn_ccl::{
    ast::File,
    descriptor::{source_cid, Descriptor},
    diagnostic::Diagnostic,
    sema::{resolve, Arguments, Modules},
    syntax::parse,
    wasm::{compile, Options},
};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../library")
}

struct Core;

impl Modules for Core {
    fn module(&self, name: &str) -> Option<(String, String)> {
        let file = name.strip_prefix("core/")?.strip_suffix("@1")?;
        let source = fs::read_to_string(library().join(format!("core/{file}.ccl"))).ok()?;
        let cid = source_cid(&source).to_string();
        Some((source, cid))
    }
}

#[test]
fn the_library_compiles_to_the_same_bytes_everywhere() {
    let mut text = String::new();
    for folder in ["examples", "templates"] {
        let mut files: Vec<_> =
            fs::read_dir(library().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "ccl")) {
            let source = fs::read_to_string(file).unwrap();
            let (program, found) = resolve(&File::of(&parse(&source).syntax()), &Core, &Arguments::new());
            assert!(!found.iter().any(Diagnostic::is_error), "{}: {found:?}", file.display());
            let descriptor = Descriptor::of(&program, source_cid(&source)).unwrap().cid().to_string();
            let names = Some((source_cid(&source).to_string(), descriptor.clone()));
            let code = compile(&program, Options { names, ..Options::default() });
            let hash: String = Sha256::digest(&code.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let name = file.file_stem().unwrap().to_string_lossy();
            text += &format!("{name} {descriptor} {} bytes {hash}\n", code.bytes.len());
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/code.txt");
    if std::env::var_os("ICN_UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), text);
}
