//! The core modules and templates that come with the program.

/// A document that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name, `core/civic@1` or `escrow`.
    pub name: &'static str,
    /// Its source.
    pub source: &'static str,
}

/// Modules that documents import by name.
pub const CORE: [Shipped; 3] = [
    Shipped { name: "core/civic@1", source: include_str!("../../library/core/civic.ccl") },
    Shipped { name: "core/contract@1", source: include_str!("../../library/core/contract.ccl") },
    Shipped { name: "core/justice@1", source: include_str!("../../library/core/justice.ccl") },
];

/// Documents to begin with.
pub const TEMPLATES: [Shipped; 2] = [
    Shipped { name: "worker_cooperative", source: include_str!("../../library/examples/bakery.ccl") },
    Shipped { name: "participatory_budget", source: include_str!("../../library/examples/neighbourhood.ccl") },
];

/// The CID of a source.
pub fn cid_of(source: &str) -> String {
    icn_ccl::descriptor::source_cid(source).to_string()
}
