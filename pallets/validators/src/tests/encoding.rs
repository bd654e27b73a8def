//! Stored formats. A change of one needs a migration and a new storage version.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::storage::storage_prefix;
use icn_primitives::votes::VoteKind;
use std::fmt::Debug;

fn keeps<T: Encode + Decode + PartialEq + Debug>(value: T, bytes: &[&[u8]]) {
    assert_eq!(value.encode(), bytes.concat());
    assert_eq!(T::decode(&mut &value.encode()[..]), Ok(value));
}

fn text(text: &[u8]) -> PeerId {
    text.to_vec().try_into().expect("short")
}

#[test]
fn values_keep_their_format() {
    keeps(Member { moniker: text(b"ab"), peer_id: text(b"c") }, &[&[8], b"ab", &[4], b"c"]);
    keeps(Successor { key: [7; 32], height: 0x0102 }, &[&[7; 32], &[2, 1, 0, 0]]);
    let offence = Offence::DuplicateVote { height: 0x0102, round: 3, kind: VoteKind::Precommit };
    keeps(Tombstone { height: 4, offence }, &[&[4, 0, 0, 0], &[0, 2, 1, 0, 0, 3, 0, 0, 0, 1]]);
    begin(genesis(&[0x0102])).execute_with(|| {
        let validator = [&key(0)[..], &[2, 1, 0, 0, 0, 0, 0, 0], &[0; 8]].concat();
        keeps(Past { first: 5, set: current() }, &[&[5, 0, 0, 0], &[4], &validator]);
    });
}

#[test]
fn keys_keep_their_format() {
    let prefix = |item: &[u8]| storage_prefix(b"Validators", item);
    assert_eq!(Current::<Test>::hashed_key(), prefix(b"Current"));
    assert_eq!(Since::<Test>::hashed_key(), prefix(b"Since"));
    assert_eq!(Changes::<Test>::hashed_key(), prefix(b"Changes"));
    assert_eq!(Times::<Test>::hashed_key(), prefix(b"Times"));
    assert_eq!(Presence::<Test>::hashed_key(), prefix(b"Presence"));
    assert_eq!(ChainParameters::<Test>::hashed_key(), prefix(b"ChainParameters"));
    assert_eq!(Noted::<Test>::hashed_key(), prefix(b"Noted"));
    let history = [&prefix(b"History")[..], &[0, 0, 1, 2]].concat();
    assert_eq!(History::<Test>::hashed_key_for(0x0102u32.to_be_bytes()), history);
    let hashed = |item: &[u8], key: &[u8]| [&prefix(item)[..], &sp_io::hashing::blake2_128(key), key].concat();
    assert_eq!(Members::<Test>::hashed_key_for([7; 32]), hashed(b"Members", &[7; 32]));
    assert_eq!(Successors::<Test>::hashed_key_for([7; 32]), hashed(b"Successors", &[7; 32]));
    assert_eq!(Tombstones::<Test>::hashed_key_for([7; 20]), hashed(b"Tombstones", &[7; 20]));
}

#[test]
fn calls_keep_their_format() {
    let index = |call: Call<Test>| call.encode()[0];
    assert_eq!(index(Call::consensus { record: Default::default() }), 0);
    let (peer_id, moniker) = (text(b"p"), text(b"m"));
    let join = Call::<Test>::join { key: [7; 32], power: 0x0102, peer_id, moniker };
    assert_eq!(join.encode(), [&[1][..], &[7; 32], &[2, 1, 0, 0, 0, 0, 0, 0], &[4], b"p", &[4], b"m"].concat());
    assert_eq!(index(Call::leave { key: [0; 32] }), 2);
    assert_eq!(index(Call::set_power { key: [0; 32], power: 1 }), 3);
    assert_eq!(index(Call::rotate { old_key: [0; 32], new_key: [1; 32], new_peer_id: text(b"") }), 4);
    assert_eq!(index(Call::set_parameters { parameters: parameters() }), 5);
}
