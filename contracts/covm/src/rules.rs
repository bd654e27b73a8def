//! The rules of modules: their limits, their codes, and what a refusal says.

/// Limits of the rules. The defaults are those of docs/spec/module-rules.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Bytes of the whole module.
    pub bytes_max: usize,
    /// Types.
    pub types_max: u32,
    /// Parameters, and results, of a type.
    pub values_max: usize,
    /// Imported functions.
    pub imports_max: u32,
    /// Functions that the module defines.
    pub functions_max: u32,
    /// Locals of a function, its parameters not counted.
    pub locals_max: u32,
    /// Bytes of a function's code.
    pub body_bytes_max: usize,
    /// Instructions of a function, and the values that its calls pass.
    pub body_operators_max: u32,
    /// As before, of all functions.
    pub operators_max: u32,
    /// Instructions of a function at which control can go two ways, or comes from elsewhere: see [`Rule::Branches`].
    pub body_branches_max: u32,
    /// As before, of all functions.
    pub branches_max: u32,
    /// Blocks, loops and conditions around an instruction.
    pub nesting_max: u32,
    /// Targets of one `br_table`, the default not counted.
    pub br_table_max: u32,
    /// Targets of all `br_table` together.
    pub br_table_total_max: u32,
    /// Globals.
    pub globals_max: u32,
    /// Exports.
    pub exports_max: u32,
    /// Bytes of the name of an export.
    pub name_bytes_max: usize,
    /// Segments of data.
    pub data_max: u32,
    /// Segments of elements.
    pub elements_max: u32,
    /// Places of the table.
    pub table_max: u64,
    /// Pages of 64 KiB that the memory may declare as its maximum.
    pub memory_pages: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            bytes_max: 1 << 20,
            types_max: 1024,
            values_max: 16,
            imports_max: 256,
            functions_max: 4096,
            locals_max: 512,
            body_bytes_max: 32 << 10,
            body_operators_max: 8 << 10,
            operators_max: 128 << 10,
            body_branches_max: 2 << 10,
            branches_max: 24 << 10,
            nesting_max: 256,
            br_table_max: 1024,
            br_table_total_max: 16 << 10,
            globals_max: 256,
            exports_max: 256,
            name_bytes_max: 256,
            data_max: 1024,
            elements_max: 256,
            table_max: 4096,
            memory_pages: 256,
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// A rule that a module can break. The codes never change and are never used again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
        pub enum Rule {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl Rule {
            /// All rules, by their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code, as refusals and docs/spec/module-rules.md have it.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

rules! {
    /// [`Rules::bytes_max`].
    Size = "W01", "the module is larger than a module may be";
    /// The binary format of WebAssembly 2.0.
    Malformed = "W02", "these bytes are not a WebAssembly module";
    /// Validation of WebAssembly 2.0.
    Invalid = "W03", "the module is not valid";
    /// Floating-point types and instructions.
    Float = "W04", "floating-point numbers are not allowed";
    /// What came after the first version of WebAssembly and is not on the list of features.
    Feature = "W05", "this feature of WebAssembly is not allowed";
    /// The start function.
    Start = "W06", "a module must not have a start function";
    /// [`Rules::types_max`].
    Types = "W07", "the module has too many types";
    /// [`Rules::values_max`].
    Values = "W08", "a type has too many parameters or results";
    /// [`Rules::imports_max`].
    Imports = "W09", "the module has too many imports";
    /// Imports of another module or name.
    UnknownImport = "W10", "the host has no such function";
    /// Imports of a type that the host's function does not have.
    ImportType = "W11", "the host's function has another type";
    /// Imports of memories, tables and globals.
    ImportKind = "W12", "only functions may be imported";
    /// [`Rules::functions_max`].
    Functions = "W13", "the module has too many functions";
    /// [`Rules::locals_max`].
    Locals = "W14", "a function has too many locals";
    /// [`Rules::body_bytes_max`] and [`Rules::body_operators_max`].
    Body = "W15", "a function has too much code";
    /// [`Rules::operators_max`].
    Operators = "W16", "the module has too many instructions";
    /// [`Rules::body_branches_max`] and [`Rules::branches_max`]: `loop`, `if`, `else`, all branches, `return` and
    /// `memory.grow`.
    Branches = "W17", "a function, or the module, has too many branches";
    /// [`Rules::nesting_max`].
    Nesting = "W18", "blocks are nested too deep";
    /// [`Rules::br_table_max`] and [`Rules::br_table_total_max`].
    BrTable = "W19", "branch tables have too many targets";
    /// [`Rules::globals_max`].
    Globals = "W20", "the module has too many globals";
    /// [`Rules::exports_max`].
    Exports = "W21", "the module has too many exports";
    /// [`Rules::name_bytes_max`].
    ExportName = "W22", "the name of an export is too long";
    /// [`crate::RESERVED`].
    Reserved = "W23", "the name of an export begins with what is reserved for metering";
    /// [`Rules::data_max`].
    Data = "W24", "the module has too many segments of data";
    /// [`Rules::elements_max`].
    Elements = "W25", "the module has too many segments of elements";
    /// More than one memory.
    Memories = "W26", "a module may have one memory";
    /// [`Rules::memory_pages`].
    MemoryPages = "W27", "the memory must declare a maximum, and not a higher one than is allowed";
    /// More than one table.
    Tables = "W28", "a module may have one table";
    /// [`Rules::table_max`].
    TableSize = "W29", "the table must declare a maximum, and not a higher one than is allowed";
}

/// Why a module is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {rule}, at byte {offset}", .rule.code())]
pub struct Refusal {
    /// The rule that it breaks.
    pub rule: Rule,
    /// The byte of the module at which it does.
    pub offset: usize,
}

impl Refusal {
    pub(crate) fn new(rule: Rule, offset: u64) -> Self {
        // A module is far smaller than an address space.
        Self { rule, offset: usize::try_from(offset).unwrap_or(usize::MAX) }
    }
}
