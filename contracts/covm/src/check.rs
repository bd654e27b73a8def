//! Reads a module once, from its first byte to its last, and judges it by the rules before anything of it is compiled.

use crate::{
    interface::{Interface, ValueType},
    module::{FunctionType, Import, Shape},
    rules::{Refusal, Rule, Rules},
    RESERVED,
};
use wasmparser::{
    BinaryReader, CompositeInnerType, Encoding, Error, ExternalKind, FuncToValidate, FuncValidatorAllocations,
    FunctionBody, Operator, Parser, Payload, RecGroup, RefType, SectionLimited, TableInit, TypeRef, ValType,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// What modules may use beyond the first version of WebAssembly: docs/spec/module-rules.md lists the features.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY);

/// Judges a module, and says what it is made of.
pub(crate) fn check(bytes: &[u8], interface: &Interface, rules: &Rules) -> Result<Shape, Refusal> {
    if bytes.len() > rules.bytes_max {
        return Err(Refusal::new(Rule::Size, rules.bytes_max as u64));
    }
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut checker = Checker {
        bytes,
        interface,
        rules,
        validator: Validator::new_with_features(FEATURES),
        allocations: FuncValidatorAllocations::default(),
        shape: Shape::default(),
        operators: Counts::default(),
        br_table: 0,
    };
    for payload in parser.parse_all(bytes) {
        let payload = payload.map_err(|error| checker.unread(&error))?;
        checker.payload(&payload)?;
        match checker.validator.payload(&payload).map_err(|error| invalid(&error))? {
            ValidPayload::Func(function, body) => checker.body(function, &body)?,
            ValidPayload::Ok | ValidPayload::End(_) => {}
            ValidPayload::Parser(parser) => return Err(Refusal::new(Rule::Malformed, parser.offset())),
        }
    }
    Ok(checker.shape)
}

struct Checker<'a> {
    bytes: &'a [u8],
    interface: &'a Interface,
    rules: &'a Rules,
    validator: Validator,
    allocations: FuncValidatorAllocations,
    shape: Shape,
    operators: Counts,
    /// Targets of branch tables so far.
    br_table: u32,
}

/// Instructions so far, of the module and of the function that is being read.
#[derive(Default)]
struct Counts {
    all: u32,
    all_branches: u32,
    body: u32,
    body_branches: u32,
    nesting: u32,
}

impl Checker<'_> {
    /// The rules about a section; what is under the instructions of functions is in [`Self::body`].
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding: Encoding::Component, range, .. } => at(Rule::Malformed, range.start),
            Payload::TypeSection(section) => self.types(section.clone()),
            Payload::ImportSection(section) => self.imports(section.clone()),
            Payload::FunctionSection(section) => self.functions(section.clone()),
            Payload::TableSection(section) => self.tables(section.clone()),
            Payload::MemorySection(section) => self.memories(section.clone()),
            Payload::GlobalSection(section) => self.globals(section.clone()),
            Payload::ExportSection(section) => self.exports(section.clone()),
            Payload::StartSection { range, .. } => at(Rule::Start, range.start),
            Payload::ElementSection(section) => self.elements(section.clone()),
            Payload::DataSection(section) => self.data(section.clone()),
            Payload::TagSection(section) => at(Rule::Feature, section.range().start),
            _ => Ok(()),
        }
    }

    fn types(&mut self, section: SectionLimited<'_, RecGroup>) -> Result<(), Refusal> {
        most(section.count(), self.rules.types_max, Rule::Types, &section.range())?;
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(|error| self.unread(&error))?;
            if group.is_explicit_rec_group() {
                return at(Rule::Feature, offset);
            }
            for sub in group.types() {
                let CompositeInnerType::Func(function) = &sub.composite_type.inner else {
                    return at(Rule::Feature, offset);
                };
                if !sub.is_final || !sub.supertype_idxs.is_empty() || sub.composite_type.shared {
                    return at(Rule::Feature, offset);
                }
                if function.params().len().max(function.results().len()) > self.rules.values_max {
                    return at(Rule::Values, offset);
                }
                let params = values(function.params(), offset)?;
                self.shape.types.push(FunctionType { params, results: values(function.results(), offset)? });
            }
        }
        Ok(())
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), Refusal> {
        most(section.count(), self.rules.imports_max, Rule::Imports, &section.range())?;
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(|error| self.unread(&error))?;
            let TypeRef::Func(type_index) = import.ty else {
                return at(Rule::ImportKind, offset);
            };
            let function = self.interface.position(import.name).filter(|_| import.module == self.interface.module);
            let Some(function) = function else {
                return at(Rule::UnknownImport, offset);
            };
            let Some(found) = self.shape.types.get(type_index as usize) else {
                return at(Rule::Invalid, offset);
            };
            let wanted = self.interface.functions.get(function).expect("a position is one of the list's");
            if found.params != wanted.params || found.results != wanted.results {
                return at(Rule::ImportType, offset);
            }
            self.shape.imports.push(Import { function, type_index });
        }
        Ok(())
    }

    fn functions(&mut self, section: SectionLimited<'_, u32>) -> Result<(), Refusal> {
        most(section.count(), self.rules.functions_max, Rule::Functions, &section.range())?;
        for type_index in section {
            self.shape.functions.push(type_index.map_err(|error| self.unread(&error))?);
        }
        Ok(())
    }

    fn tables(&mut self, section: SectionLimited<'_, wasmparser::Table<'_>>) -> Result<(), Refusal> {
        for (place, table) in section.into_iter_with_offsets().enumerate() {
            let (offset, table) = table.map_err(|error| self.unread(&error))?;
            if place > 0 {
                return at(Rule::Tables, offset);
            }
            let plain = matches!(table.init, TableInit::RefNull) && table.ty.element_type == RefType::FUNCREF;
            if !plain || table.ty.table64 || table.ty.shared {
                return at(Rule::Feature, offset);
            }
            if table.ty.maximum.is_none_or(|maximum| maximum > self.rules.table_max) {
                return at(Rule::TableSize, offset);
            }
            self.shape.table_size = table.ty.initial;
        }
        Ok(())
    }

    fn memories(&mut self, section: SectionLimited<'_, wasmparser::MemoryType>) -> Result<(), Refusal> {
        for (place, memory) in section.into_iter_with_offsets().enumerate() {
            let (offset, memory) = memory.map_err(|error| self.unread(&error))?;
            if place > 0 {
                return at(Rule::Memories, offset);
            }
            if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
                return at(Rule::Feature, offset);
            }
            if memory.maximum.is_none_or(|maximum| maximum > self.rules.memory_pages.into()) {
                return at(Rule::MemoryPages, offset);
            }
            // At most the maximum, or validation refuses it.
            self.shape.memory_pages = Some(u32::try_from(memory.initial).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn globals(&mut self, section: SectionLimited<'_, wasmparser::Global<'_>>) -> Result<(), Refusal> {
        most(section.count(), self.rules.globals_max, Rule::Globals, &section.range())?;
        self.shape.globals = section.count();
        Ok(())
    }

    fn exports(&mut self, section: SectionLimited<'_, wasmparser::Export<'_>>) -> Result<(), Refusal> {
        most(section.count(), self.rules.exports_max, Rule::Exports, &section.range())?;
        for export in section.into_iter_with_offsets() {
            let (offset, export) = export.map_err(|error| self.unread(&error))?;
            if export.name.len() > self.rules.name_bytes_max {
                return at(Rule::ExportName, offset);
            }
            if export.name.starts_with(RESERVED) {
                return at(Rule::Reserved, offset);
            }
            if export.kind == ExternalKind::Global {
                self.shape.exported_globals.push(export.name.to_owned());
            }
            if export.kind == ExternalKind::Func {
                if let Some(entry) = self.shape.function_type(export.index) {
                    self.shape.entries.insert(export.name.to_owned(), entry.clone());
                }
            }
        }
        Ok(())
    }

    fn elements(&mut self, section: SectionLimited<'_, wasmparser::Element<'_>>) -> Result<(), Refusal> {
        most(section.count(), self.rules.elements_max, Rule::Elements, &section.range())?;
        for element in section.into_iter_with_offsets() {
            let (_, element) = element.map_err(|error| self.unread(&error))?;
            self.shape.elements += match element.items {
                wasmparser::ElementItems::Functions(functions) => u64::from(functions.count()),
                wasmparser::ElementItems::Expressions(_, expressions) => u64::from(expressions.count()),
            };
        }
        Ok(())
    }

    fn data(&mut self, section: SectionLimited<'_, wasmparser::Data<'_>>) -> Result<(), Refusal> {
        most(section.count(), self.rules.data_max, Rule::Data, &section.range())?;
        for data in section {
            let data = data.map_err(|error| self.unread(&error))?;
            self.shape.data_bytes += data.data.len() as u64;
        }
        Ok(())
    }

    fn body(&mut self, function: FuncToValidate<ValidatorResources>, body: &FunctionBody<'_>) -> Result<(), Refusal> {
        let range = body.range();
        if range.end - range.start > self.rules.body_bytes_max as u64 {
            return at(Rule::Body, range.start);
        }
        let mut locals = 0u64;
        let mut declared = body.get_locals_reader().map_err(|error| self.unread(&error))?;
        for _ in 0..declared.get_count() {
            let offset = declared.original_position();
            let (count, _) = declared.read().map_err(|error| self.unread(&error))?;
            locals += u64::from(count);
            if locals > self.rules.locals_max.into() {
                return at(Rule::Locals, offset);
            }
        }
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        validator.read_locals(&mut self.reader(body)).map_err(|error| invalid(&error))?;
        (self.operators.body, self.operators.body_branches, self.operators.nesting) = (0, 0, 0);
        let mut operators = body.get_operators_reader().map_err(|error| self.unread(&error))?;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset().map_err(|error| self.unread(&error))?;
            self.operator(&operator, offset)?;
            validator.op(offset, &operator).map_err(|error| invalid(&error))?;
        }
        operators.finish().map_err(|error| self.unread(&error))?;
        self.allocations = validator.into_allocations();
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>, offset: u64) -> Result<(), Refusal> {
        let (counts, rules) = (&mut self.operators, self.rules);
        let weight = 1 + self.shape.passed(operator);
        counts.all += weight;
        counts.body += weight;
        if counts.body > rules.body_operators_max {
            return at(Rule::Body, offset);
        }
        if counts.all > rules.operators_max {
            return at(Rule::Operators, offset);
        }
        if branches(operator) {
            counts.all_branches += 1;
            counts.body_branches += 1;
            if counts.body_branches > rules.body_branches_max || counts.all_branches > rules.branches_max {
                return at(Rule::Branches, offset);
            }
        }
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                counts.nesting += 1;
                if counts.nesting > rules.nesting_max {
                    return at(Rule::Nesting, offset);
                }
            }
            Operator::End => counts.nesting = counts.nesting.saturating_sub(1),
            Operator::BrTable { targets } => {
                self.br_table = self.br_table.saturating_add(targets.len());
                if targets.len() > rules.br_table_max || self.br_table > rules.br_table_total_max {
                    return at(Rule::BrTable, offset);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A reader over a function's body, in the features of modules.
    fn reader<'b>(&self, body: &FunctionBody<'b>) -> BinaryReader<'b> {
        BinaryReader::new_features(body.as_bytes(), body.range().start, FEATURES)
    }

    /// Why bytes could not be read: they are of a feature that is off, or they are of nothing.
    fn unread(&self, error: &Error) -> Refusal {
        let offset = usize::try_from(error.offset()).unwrap_or(usize::MAX);
        // The prefixes of instructions of garbage collection, vectors and threads, which the reader may not know at all.
        let prefixed = || matches!(self.bytes.get(offset), Some(0xfb | 0xfd | 0xfe));
        match missing(error) {
            Some(rule) => Refusal { rule, offset },
            None if error.message().contains("opcode") && prefixed() => Refusal { rule: Rule::Feature, offset },
            None => Refusal { rule: Rule::Malformed, offset },
        }
    }
}

/// Whether control can go two ways here, or comes from elsewhere. What registers hold has to be settled at each such place,
/// which is what makes large functions slow to compile.
fn branches(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::MemoryGrow { .. }
    )
}

fn at(rule: Rule, offset: u64) -> Result<(), Refusal> {
    Err(Refusal::new(rule, offset))
}

fn most(count: u32, max: u32, rule: Rule, range: &std::ops::Range<u64>) -> Result<(), Refusal> {
    if count > max {
        return at(rule, range.start);
    }
    Ok(())
}

fn values(types: &[ValType], offset: u64) -> Result<Vec<ValueType>, Refusal> {
    let value = |value: &ValType| match value {
        ValType::I32 => Ok(ValueType::I32),
        ValType::I64 => Ok(ValueType::I64),
        ValType::F32 | ValType::F64 => Err(Refusal::new(Rule::Float, offset)),
        ValType::V128 | ValType::Ref(_) => Err(Refusal::new(Rule::Feature, offset)),
    };
    types.iter().map(value).collect()
}

fn invalid(error: &Error) -> Refusal {
    Refusal::new(missing(error).unwrap_or(Rule::Invalid), error.offset())
}

/// The rule against the feature that would have to be on.
fn missing(error: &Error) -> Option<Rule> {
    let floats = WasmFeatures::FLOATS | WasmFeatures::SATURATING_FLOAT_TO_INT;
    let feature = error.missing_wasm_feature()?;
    Some(if floats.intersects(feature) { Rule::Float } else { Rule::Feature })
}
