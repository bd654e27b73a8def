mod anchoring;
mod encoding;
mod equivocation;
mod invariants;
mod ownership;
