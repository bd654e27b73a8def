//! Code: from a program to a WebAssembly module.
//!
//! Numbers of 128 bits are pairs of `i64`, the lower first; moments and spans `i64`; truth values `i32`; whatever else there
//! is a handle of the host, `i32`. Functions call each other directly; what is called from outside takes its arguments from
//! the host and gives its result to it. There is no memory, no table and no start function.

mod arithmetic;
mod expressions;
mod function;
mod pool;
mod statements;

use crate::{
    abi::{Import, Word, MODULE},
    diagnostic::{Code, Diagnostic, Span},
    limits,
    manifest::{self, Manifest},
    program::{Function, Program, Role},
    types::Type,
};
use function::FunctionWriter;
use pool::Pool;
use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection, Module,
    TypeSection, ValType,
};

/// What is compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The CIDs of the source and of the descriptor, which the module names.
    pub names: Option<(String, String)>,
    /// The tests too, for a host of tests.
    pub tests: bool,
    /// Calls of the host before each line.
    pub trace: bool,
}

/// A compiled module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The module.
    pub bytes: Vec<u8>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// What is larger than the rules of modules allow; such a module is refused.
    pub too_large: Vec<Diagnostic>,
}

/// How values of a type are held by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repr {
    /// Nothing.
    Unit,
    /// Two `i64`.
    Wide,
    /// An `i64`.
    Millis,
    /// An `i32`, 0 or 1.
    Flag,
    /// An `i32` of the host.
    Handle,
}

impl Repr {
    fn of(ty: &Type) -> Self {
        match ty {
            Type::Unit => Self::Unit,
            Type::Int | Type::Amount(_) => Self::Wide,
            Type::Time | Type::Duration => Self::Millis,
            Type::Bool => Self::Flag,
            _ => Self::Handle,
        }
    }

    fn types(self) -> &'static [ValType] {
        match self {
            Self::Unit => &[],
            Self::Wide => &[ValType::I64, ValType::I64],
            Self::Millis => &[ValType::I64],
            Self::Flag | Self::Handle => &[ValType::I32],
        }
    }
}

/// Compiles a program without mistakes.
pub fn compile(program: &Program, options: Options) -> Compiled {
    Writer::new(program, options).module()
}

struct Writer<'a> {
    program: &'a Program,
    options: Options,
    pool: Pool,
    /// Where each piece of code is, among the functions of the module; entries only are outside of it.
    callable: BTreeMap<usize, u32>,
}

impl<'a> Writer<'a> {
    fn new(program: &'a Program, options: Options) -> Self {
        Self { program, options, pool: Pool::new(&program.types), callable: BTreeMap::new() }
    }

    fn is_compiled(&self, role: &Role) -> bool {
        self.options.tests || *role != Role::Test
    }

    /// Functions are numbered in a space of their own first: imports that are used are known only when all code is written.
    fn module(mut self) -> Compiled {
        let program = self.program;
        let compiled: Vec<_> =
            program.functions.iter().enumerate().filter(|(_, function)| self.is_compiled(&function.role)).collect();
        let called: Vec<_> = compiled
            .iter()
            .filter(|(_, function)| matches!(function.role, Role::Fn | Role::View))
            .map(|(index, _)| *index)
            .collect();
        for (number, index) in called.iter().enumerate() {
            self.callable.insert(*index, u32::try_from(number).unwrap_or(u32::MAX));
        }
        let entries: Vec<_> = compiled
            .iter()
            .filter_map(|(index, function)| Some((*index, manifest::entry(program, *index, function)?)))
            .collect();
        let numbers: BTreeMap<usize, u32> = entries
            .iter()
            .enumerate()
            .map(|(number, (index, _))| (*index, u32::try_from(number).unwrap_or(u32::MAX)))
            .collect();

        let mut written = Vec::new();
        let mut sources = Vec::new();
        for index in &called {
            if let Some(function) = program.functions.get(*index) {
                let mut writer =
                    FunctionWriter::new(program, &mut self.pool, &self.callable, &numbers, self.options.trace);
                written.push(writer.callable(function));
                sources.push(function);
            }
        }
        for (index, _) in &entries {
            if let Some(function) = program.functions.get(*index) {
                let inner = self.callable.get(index).copied();
                let mut writer =
                    FunctionWriter::new(program, &mut self.pool, &self.callable, &numbers, self.options.trace);
                written.push(writer.entry(function, inner));
                sources.push(function);
            }
        }
        let exports =
            entries.iter().enumerate().map(|(at, (_, entry))| (entry.export.clone(), called.len() + at)).collect();
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        self.link(&written, &sources, exports, entries)
    }

    fn link(
        self,
        written: &[function::Written],
        sources: &[&Function],
        exports: Vec<(String, usize)>,
        entries: Vec<manifest::Entry>,
    ) -> Compiled {
        let imports: Vec<Import> = self.pool.imports().collect();
        let shared: Vec<_> = self.pool.shared().collect();
        let mut types = TypeList::default();
        let mut import_section = ImportSection::new();
        for import in &imports {
            let at = types.number(words(&import.params()), words(&import.results()));
            import_section.import(MODULE, import.name(), EntityType::Function(at));
        }
        let places = Places {
            imports: imports.iter().enumerate().map(|(at, import)| (*import, number(at))).collect(),
            shared: shared.iter().enumerate().map(|(at, shared)| (*shared, number(imports.len() + at))).collect(),
            first: number(imports.len() + shared.len()),
        };
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for helper in &shared {
            let (params, results) = helper.signature();
            functions.function(types.number(params.to_vec(), results.to_vec()));
            code.function(&helper.code(&places));
        }
        let mut sizes = Sizes::default();
        for (function, source) in written.iter().zip(sources) {
            functions.function(types.number(function.params.clone(), function.results.clone()));
            let finished = function.finish(&places);
            sizes.add(source, function.size(finished.byte_len(), written));
            code.function(&finished);
        }
        let mut export_section = ExportSection::new();
        for (name, at) in &exports {
            export_section.export(name, ExportKind::Func, places.first + number(*at));
        }
        let mut manifest = manifest::of(self.program, entries);
        (manifest.numbered, manifest.constants) = self.pool.constants();
        if let Some((source, descriptor)) = self.options.names {
            (manifest.source, manifest.descriptor) = (source, descriptor);
        }
        let mut module = Module::new();
        module.section(&types.section);
        module.section(&import_section);
        module.section(&functions);
        module.section(&export_section);
        module.section(&code);
        module.section(&CustomSection { name: "ccl".into(), data: manifest.to_bytes().into() });
        let bytes = module.finish();
        let too_large = sizes.too_large(bytes.len(), manifest.entries.len());
        Compiled { bytes, manifest, too_large }
    }
}

/// How large functions are, and what exceeds the rules of modules.
#[derive(Default)]
struct Sizes {
    found: Vec<Diagnostic>,
    instructions: usize,
    branches: usize,
    last: Option<Span>,
}

impl Sizes {
    fn add(&mut self, source: &Function, size: function::Size) {
        self.instructions += size.instructions;
        self.branches += size.branches;
        self.last = Some(source.name_span);
        if let Some(help) = size.exceeds() {
            let message = format!("`{}` is larger than a function of a module may be", source.name);
            self.found.push(Diagnostic::new(Code::CodeTooLarge, source.name_span, message).help(help));
        }
    }

    fn too_large(mut self, bytes: usize, entries: usize) -> Vec<Diagnostic> {
        let whole = bytes > limits::MODULE_BYTES_MAX
            || entries > limits::MODULE_ENTRIES_MAX
            || self.instructions > limits::MODULE_INSTRUCTIONS_MAX
            || self.branches > limits::MODULE_BRANCHES_MAX;
        if let (true, true, Some(span)) = (whole, self.found.is_empty(), self.last) {
            let message = "the code of this document is larger than a module may be";
            let help = "move what belongs together into a document of its own";
            self.found.push(Diagnostic::new(Code::CodeTooLarge, span, message).help(help));
        }
        self.found
    }
}

fn number(at: usize) -> u32 {
    // A source of bounded length has fewer.
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn words(words: &[Word]) -> Vec<ValType> {
    let of = |word: &Word| match word {
        Word::I32 => ValType::I32,
        Word::I64 => ValType::I64,
    };
    words.iter().map(of).collect()
}

/// Where functions are in the finished module.
pub(crate) struct Places {
    imports: BTreeMap<Import, u32>,
    shared: BTreeMap<arithmetic::Shared, u32>,
    first: u32,
}

/// Types of functions, each once.
#[derive(Default)]
struct TypeList {
    section: TypeSection,
    numbers: BTreeMap<(Vec<u8>, Vec<u8>), u32>,
}

impl TypeList {
    fn number(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let code = |types: &[ValType]| types.iter().map(|ty| u8::from(*ty == ValType::I64)).collect::<Vec<_>>();
        let next = number(self.numbers.len());
        let key = (code(&params), code(&results));
        if let Some(known) = self.numbers.get(&key) {
            return *known;
        }
        self.section.ty().function(params, results);
        self.numbers.insert(key, next);
        next
    }
}
