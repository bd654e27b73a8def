//! The core modules and templates that come with the language.

/// A document that comes with the language.
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

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            source: include_str!(concat!("../../library/templates/", $name, ".ccl")),
        }),*]
    };
}

/// Documents to begin with; another one extends them as `templates/<name>@1`.
pub const TEMPLATES: &[Shipped] = templates![
    "cooperative_bylaws",
    "community_charter",
    "federation_charter",
    "participation_rules",
    "resolution",
    "budget_proposal",
    "participatory_budget",
    "election_stv",
    "council_rotation",
    "general_assembly",
    "council_vote",
    "liquid_delegation",
    "quadratic_vote",
    "treasury_rules",
    "mutual_credit",
    "time_bank",
    "escrow",
    "compute_policy",
    "solidarity_fund",
    "dispute_resolution",
    "dividend",
    "membership_onboarding",
    "federation_join",
    "inter_federation_agreement",
];

/// Whole documents, as communities would have them.
pub const EXAMPLES: [Shipped; 2] = [
    Shipped { name: "bakery", source: include_str!("../../library/examples/bakery.ccl") },
    Shipped { name: "neighbourhood", source: include_str!("../../library/examples/neighbourhood.ccl") },
];

/// What every document can import or extend: the full name, as `templates/escrow@1`, and the source.
pub fn importable() -> impl Iterator<Item = (String, &'static str)> {
    let core = CORE.iter().map(|core| (core.name.to_string(), core.source));
    core.chain(TEMPLATES.iter().map(|template| (format!("templates/{}@1", template.name), template.source)))
}
