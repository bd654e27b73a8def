//! Weights of our own pallets, made by `scripts/bench.sh weights`.

pub mod pallet_agenda;
pub mod pallet_upgrade;
pub mod pallet_validators;
