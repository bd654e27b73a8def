mod acceptance;
mod blocks;
mod bundles;
mod forks;
mod invariants;
