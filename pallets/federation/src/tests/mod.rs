mod acceptance;
mod blocks;
mod bundles;
mod decoders;
mod forks;
mod invariants;
