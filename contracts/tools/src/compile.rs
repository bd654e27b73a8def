//! `icn ccl compile`

use crate::{colored, document::Document, output::note, printer, CclError, DocumentArgs, Ended, Format};
use icn_ccl::{
    descriptor::{source_cid, Descriptor},
    doc::interface,
    wasm::{compile, Options},
};
use icn_covm::{Module, Rules};
use serde::Serialize;
use std::{fs, path::PathBuf};

/// Compile a document to the module that nodes run
///
/// The same source and the same version of this program give the same bytes everywhere.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl compile constitution.ccl                  beside it, as constitution.wasm
  icn ccl compile constitution.ccl --out build/c.wasm
  icn ccl compile constitution.ccl --interface web/constitution.json     for web pages and wallets
  icn ccl compile election.ccl --arg seats=5")]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Where to write the module
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to write the descriptor too
    #[arg(long, value_name = "FILE")]
    descriptor: Option<PathBuf>,
    /// Where to write what programs need to know to call the document: its actions, proposals, views and types, as JSON
    #[arg(long, value_name = "FILE")]
    interface: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct Made {
    module: String,
    bytes: usize,
    /// SHA-256 of the module.
    code: String,
    /// The document's name: the CID of its descriptor.
    descriptor: String,
    source: String,
    entries: Vec<MadeEntry>,
}

#[derive(Serialize)]
struct MadeEntry {
    export: String,
    requires: Option<String>,
    params: Vec<String>,
}

impl CompileArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = Document::open(&self.document.file, &self.document.arguments())?;
        note(&document.report(colored()))?;
        if !document.is_sound() {
            return Ok(Ended::Found);
        }
        // What is formatted otherwise says the same and has the same name.
        let formatted = icn_ccl::fmt::format(&document.source).unwrap_or_else(|_| document.source.clone());
        let source = source_cid(&formatted);
        let descriptor = Descriptor::of(&document.program, source)?;
        let names = Some((source.to_string(), descriptor.cid().to_string()));
        let compiled = compile(&document.program, Options { names, ..Options::default() });
        let module = Module::check(&compiled.bytes, &icn_covm_local::interface(), &Rules::default())
            .map_err(icn_covm_local::ChainError::Refused)?;
        let out = self.out.unwrap_or_else(|| match self.document.file.to_str() {
            Some("-") => PathBuf::from("document.wasm"),
            _ => self.document.file.with_extension("wasm"),
        });
        let write = |path: &PathBuf, bytes: &[u8]| {
            fs::write(path, bytes).map_err(|source| CclError::Write { path: path.clone(), source })
        };
        write(&out, &compiled.bytes)?;
        if let Some(path) = &self.descriptor {
            write(path, descriptor.to_bytes())?;
        }
        if let Some(path) = &self.interface {
            let described = interface(&document.program, descriptor.cid().to_string(), source.to_string());
            write(path, format!("{}\n", described.to_json()).as_bytes())?;
        }
        let entry = |entry: &icn_ccl::manifest::Entry| MadeEntry {
            export: entry.export.clone(),
            requires: entry.requires.clone(),
            params: entry.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect(),
        };
        let made = Made {
            module: out.display().to_string(),
            bytes: compiled.bytes.len(),
            code: module.hash().0.iter().map(|byte| format!("{byte:02x}")).collect(),
            descriptor: descriptor.cid().to_string(),
            source: source.to_string(),
            entries: compiled.manifest.entries.iter().map(entry).collect(),
        };
        let text = || {
            let mut lines = vec![
                format!("{}: {} bytes, code {}", made.module, made.bytes, made.code),
                format!("  document  {}", made.descriptor),
                format!("  source    {}", made.source),
            ];
            for entry in &made.entries {
                let requires = entry.requires.as_ref().map(|right| format!(" requires {right}")).unwrap_or_default();
                lines.push(format!("  {}({}){requires}", entry.export, entry.params.join(", ")));
            }
            lines.join("\n")
        };
        printer(self.output).print(text, &made)?;
        Ok(Ended::Well)
    }
}
