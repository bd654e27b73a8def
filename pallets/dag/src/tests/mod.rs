mod anchoring;
mod emission;
mod encoding;
mod equivocation;
mod invariants;
mod ownership;
