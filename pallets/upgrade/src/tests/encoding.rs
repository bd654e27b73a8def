//! Stored formats. A change of one needs a migration and a new storage version.

use crate::{mock::*, Agreed, AgreedVersion, History, Planned, Upgrade as Release};
use codec::{Decode, Encode};
use frame_support::storage::storage_prefix;

#[test]
fn an_upgrade_keeps_its_format() {
    let release = Release { height: 0x0102u32, spec_version: 3, info: info() };
    let encoded = release.encode();
    assert_eq!(encoded, [&[2, 1, 0, 0, 3, 0, 0, 0, 28][..], b"release"].concat());
    assert_eq!(Release::decode(&mut &encoded[..]), Ok(release));
}

#[test]
fn the_agreed_version_keeps_its_format() {
    let agreed = Agreed { spec_version: 3, since: 0x0102u32 };
    assert_eq!(agreed.encode(), [3, 0, 0, 0, 2, 1, 0, 0]);
    assert_eq!(Agreed::decode(&mut &agreed.encode()[..]), Ok(agreed));
}

#[test]
fn the_code_keeps_its_format() {
    externalities().execute_with(|| {
        assert_eq!(code(), Some([&b"icn\0"[..], &[16], b"mock", &[1, 0, 0, 0]].concat()));
    });
}

#[test]
fn keys_keep_their_format() {
    let key = |item: &[u8]| storage_prefix(b"Upgrade", item);
    assert_eq!(Planned::<Test>::hashed_key(), key(b"Planned"));
    assert_eq!(AgreedVersion::<Test>::hashed_key(), key(b"AgreedVersion"));
    assert_eq!(History::<Test>::hashed_key(), key(b"History"));
}
