//! How each pallet is configured, one file for each concern.

pub mod calls;
pub mod consensus;
pub mod federation;
pub mod fees;
pub mod records;
pub mod system;
pub mod time;
pub mod trust;
