//! Metering that is put into a module, so that every engine counts alike.
//!
//! Two counters are added as globals, which the engine sets before a run and reads after it:
//!
//! - [`FUEL`], an `i64`, is what is left of the limit. Each *segment* of a function is paid as a whole before its first
//!   instruction: see `segments.rs`. Below zero the code stops itself, so a negative counter is how a run out of fuel is told
//!   from an `unreachable` of the author's.
//! - [`STACK`], an `i32`, is what is left for frames. A function takes its slots when it is entered and gives them back when
//!   it returns. Below zero it stops itself as well.
//!
//! Inside of a function the fuel is in a local; it goes to the global before every call and return, and comes back after
//! every call. What `memory.copy` and its like cost by their lengths is charged before, and what `memory.grow` costs after
//! it, when it grew.
//!
//! A host function is called through a function that is added for it. That one charges the base cost, and makes all values
//! 64 bits wide, so that an engine needs one shape of host call for each number of parameters and results.
//!
//! The result is a function of the module's bytes and of [`METERING_VERSION`] alone.

mod body;
mod cost;
mod segments;
mod wrapper;

pub use cost::{BYTE_FUEL, ELEMENT_FUEL, FRAME_OPERATORS_PER_SLOT, FRAME_SLOTS, PAGE_FUEL, START_FUEL};

use crate::{
    interface::{Interface, ValueType},
    module::Shape,
};
use std::{borrow::Cow, collections::BTreeMap, convert::Infallible};
use wasm_encoder::{
    reencode::{Reencode, RoundtripReencoder},
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, TableSection, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

/// The version of the costs and of the code that is put in; it changes with either.
pub const METERING_VERSION: u32 = 1;

/// What the names of a module's own exports may not begin with.
pub const RESERVED: &str = "icn:";

/// The export that is the fuel left.
pub const FUEL: &str = "icn:fuel";

/// The export that is what is left for frames.
pub const STACK: &str = "icn:stack";

/// The export that is the memory, whether or not its author exports it.
pub const MEMORY: &str = "icn:memory";

/// What a run costs before its first instruction.
pub(crate) fn start_fuel(shape: &Shape) -> u64 {
    START_FUEL
        + u64::from(shape.memory_pages.unwrap_or(0)) * PAGE_FUEL
        + shape.data_bytes * BYTE_FUEL
        + (shape.table_size + shape.elements) * ELEMENT_FUEL
}

/// Puts metering into a module that keeps the rules.
pub(crate) fn instrument(bytes: &[u8], interface: &Interface, shape: &Shape) -> Vec<u8> {
    let mut writer = Writer::new(interface, shape);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.expect("the module was read before");
        writer.payload(payload).expect("the module was read before");
    }
    writer.finish()
}

type Error = wasm_encoder::reencode::Error<Infallible>;

/// The sections of the module that is being made.
struct Writer<'a> {
    interface: &'a Interface,
    shape: &'a Shape,
    plan: Plan,
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    data_count: Option<u32>,
    code: CodeSection,
    data: DataSection,
}

/// Where what is put in finds its place.
pub(crate) struct Plan {
    imports: u32,
    defined: u32,
    /// The index of the global with the fuel; the stack's is the next.
    pub(crate) fuel: u32,
    /// Types of no parameters and several results, for the blocks that bodies are put into.
    blocks: BTreeMap<Vec<ValueType>, u32>,
    /// Types of host functions as engines see them, by numbers of parameters and results.
    wide: BTreeMap<(usize, usize), u32>,
}

impl Plan {
    pub(crate) fn stack(&self) -> u32 {
        self.fuel + 1
    }

    /// The new index of a function. Whoever names an import gets the function that is added for it.
    pub(crate) fn function(&self, index: u32) -> u32 {
        if index < self.imports {
            self.imports + self.defined + index
        } else {
            index
        }
    }

    /// The type of a block that leaves a function's results.
    pub(crate) fn result_block(&self, results: &[ValueType]) -> wasm_encoder::BlockType {
        match results {
            [] => wasm_encoder::BlockType::Empty,
            [one] => wasm_encoder::BlockType::Result(val_type(*one)),
            several => wasm_encoder::BlockType::FunctionType(
                *self.blocks.get(several).expect("there is a type for the results of each function"),
            ),
        }
    }
}

impl Reencode for Plan {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.function(index))
    }
}

pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).expect("the rules bound all numbers")
}

pub(crate) fn val_type(value: ValueType) -> ValType {
    match value {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    }
}

fn val_types(values: &[ValueType]) -> Vec<ValType> {
    values.iter().copied().map(val_type).collect()
}

impl<'a> Writer<'a> {
    fn new(interface: &'a Interface, shape: &'a Shape) -> Self {
        let mut plan = Plan {
            imports: count(shape.imports.len()),
            defined: count(shape.functions.len()),
            fuel: shape.globals,
            blocks: BTreeMap::new(),
            wide: BTreeMap::new(),
        };
        let mut types = TypeSection::new();
        for function in &shape.types {
            types.ty().function(val_types(&function.params), val_types(&function.results));
        }
        let mut imports = ImportSection::new();
        for import in &shape.imports {
            let function = interface.functions.get(import.function).expect("the import was found there");
            let (params, results) = (function.params.len(), function.results.len());
            let wide = *plan.wide.entry((params, results)).or_insert_with(|| {
                types.ty().function(vec![ValType::I64; params], vec![ValType::I64; results]);
                types.len() - 1
            });
            imports.import(interface.module, function.name, EntityType::Function(wide));
        }
        for &type_index in &shape.functions {
            let results = shape.types.get(type_index as usize).map(|function| function.results.clone());
            let results = results.expect("validation knows the type");
            if results.len() > 1 && !plan.blocks.contains_key(&results) {
                types.ty().function([], val_types(&results));
                plan.blocks.insert(results, types.len() - 1);
            }
        }
        Self {
            interface,
            shape,
            plan,
            types,
            imports,
            functions: FunctionSection::new(),
            tables: TableSection::new(),
            memories: MemorySection::new(),
            globals: GlobalSection::new(),
            exports: ExportSection::new(),
            elements: ElementSection::new(),
            data_count: None,
            code: CodeSection::new(),
            data: DataSection::new(),
        }
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        let plan = &mut self.plan;
        match payload {
            Payload::FunctionSection(section) => plan.parse_function_section(&mut self.functions, section),
            Payload::TableSection(section) => plan.parse_table_section(&mut self.tables, section),
            Payload::MemorySection(section) => plan.parse_memory_section(&mut self.memories, section),
            Payload::GlobalSection(section) => plan.parse_global_section(&mut self.globals, section),
            Payload::ExportSection(section) => plan.parse_export_section(&mut self.exports, section),
            Payload::ElementSection(section) => plan.parse_element_section(&mut self.elements, section),
            Payload::DataCountSection { count, .. } => {
                self.data_count = Some(count);
                Ok(())
            }
            Payload::DataSection(section) => RoundtripReencoder.parse_data_section(&mut self.data, section),
            Payload::CodeSectionEntry(body) => {
                let place = self.code.len() as usize;
                let type_index = self.shape.functions.get(place).expect("there is a type for each body");
                let function = self.shape.types.get(*type_index as usize).expect("validation knows the type");
                self.code.function(&body::meter(&mut self.plan, self.shape, function, &body)?);
                Ok(())
            }
            // Types and imports are written already; names and other custom sections are left out.
            _ => Ok(()),
        }
    }

    /// Adds the functions for imports, the counters and their exports.
    fn finish(mut self) -> Vec<u8> {
        for (place, import) in (0..).zip(&self.shape.imports) {
            let function = self.interface.functions.get(import.function).expect("the import was found there");
            self.functions.function(import.type_index);
            self.code.function(&wrapper::wrapper(&self.plan, place, function));
        }
        let counter = |val_type| GlobalType { val_type, mutable: true, shared: false };
        self.globals.global(counter(ValType::I64), &ConstExpr::i64_const(0));
        self.globals.global(counter(ValType::I32), &ConstExpr::i32_const(0));
        self.exports.export(FUEL, ExportKind::Global, self.plan.fuel);
        self.exports.export(STACK, ExportKind::Global, self.plan.stack());
        if self.shape.memory_pages.is_some() {
            self.exports.export(MEMORY, ExportKind::Memory, 0);
        }
        let mut module = wasm_encoder::Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions);
        module.section(&self.tables).section(&self.memories).section(&self.globals).section(&self.exports);
        module.section(&self.elements);
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        module.section(&self.code).section(&self.data);
        module.finish()
    }
}

/// The bytes of instructions, to be put into functions as they are.
pub(crate) fn raw(instructions: &[wasm_encoder::Instruction<'_>]) -> Cow<'static, [u8]> {
    use wasm_encoder::Encode;
    let mut bytes = Vec::new();
    for instruction in instructions {
        instruction.encode(&mut bytes);
    }
    bytes.into()
}
