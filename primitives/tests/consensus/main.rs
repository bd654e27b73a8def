//! Validator sets, votes, commits and evidence, against the stock crate and against models that are written from
//! CometBFT's definitions.

mod commit;
mod decoding;
mod evidence;
mod keys;
mod protobuf;
mod rotation;
mod samples;
mod set;
mod votes;
