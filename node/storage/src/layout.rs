//! What is stored under which key, in which bytes.
//!
//! | family | key | value |
//! |---|---|---|
//! | `meta` | `format` | [`FORMAT`], `u32` |
//! | | `head` | SCALE of (height, FRAME hash) |
//! | | `oldest state`, `oldest body` | height |
//! | | `sealed ` ‖ sealing key | SCALE of (epoch, CID of the bundle) that it signed last |
//! | `headers` | height | SCALE of (FRAME header, Tendermint header, part-set header) |
//! | `bodies` | height | SCALE of the extrinsics |
//! | `numbers` | either hash of a block | height |
//! | `runtimes` | first height | SCALE of `RuntimeRecord` |
//! | `commits` | height | SCALE of the `Commit` by which this node saw the block decided |
//! | `validators` | first height | SCALE of the `ValidatorSet` that signs from there on, its priorities 0 |
//! | `undecided` | height ‖ Tendermint hash ‖ round | SCALE of `Undecided` |
//! | `state` | storage key | height of the last change ‖ value; `System.Events` is not here |
//! | `events` | height | `00` removed, `01` ‖ value of `System.Events` after that block |
//! | `undo` | escaped storage key ‖ height | `00` absent, `01` ‖ the `state` record as it was before that block |
//! | `changed` | height | keys that the block changed, sorted, each without what it shares with the one before |
//! | `touched` | length of prefix ‖ escaped prefix ‖ complement of height | nothing |
//! | `nodes` | version ‖ nibbles ‖ path | a tree node, see [`crate::tree`] |
//! | `stale` | version | the `nodes` keys that the version replaced, each with its length |
//! | `records` | CID | a signed record, as it was put |
//! | `record index` | a [`RecordKey`] | see there |
//! | `blob blocks` | CID | a chunk or an inner node of a blob, or of one that is being put |
//! | `blob index` | a [`BlobKey`] | see there |
//!
//! Heights, versions and rounds are 4 bytes, big-endian, so that their order is that of the bytes.

mod blob_key;
mod record_key;

pub use blob_key::{Account, BlobKey};
pub use record_key::{RecordKey, RecordList};

use codec::{Compact, Decode, Encode};
use icn_primitives::{BlockNumber, Hash};

/// Version of all this.
///
/// | version | what changed |
/// |---|---|
/// | 1 | the first; it was never released and is not read any more |
/// | 2 | `commits`, `validators` and `undecided` are new: blocks are decided by validators |
/// | 3 | `records` and `record index` are new: blocks make signed records final |
/// | 4 | `record index` has the log of all records, links, lists by what is referred to, and which final records are here and which are not, each by epoch; it leads to final records that are not here too. `blob blocks` and `blob index` are new, and the keys that lead from what a record links to to the record. Versions before were never released and are not read any more |
pub const FORMAT: u32 = 4;

/// Storage key of `System.Events`: `twox128("System") ‖ twox128("Events")`.
pub const EVENTS_KEY: [u8; 32] = [
    0x26, 0xaa, 0x39, 0x4e, 0xea, 0x56, 0x30, 0xe0, 0x7c, 0x48, 0xae, 0x0c, 0x95, 0x58, 0xce, 0xf7, 0x80, 0xd4, 0x1e,
    0x5e, 0x16, 0x05, 0x67, 0x65, 0xbc, 0x84, 0x61, 0x85, 0x10, 0x72, 0xc9, 0xd7,
];

/// Key of the format in `meta`.
pub const META_FORMAT: &[u8] = b"format";
/// Key of the head in `meta`.
pub const META_HEAD: &[u8] = b"head";
/// Key in `meta` of the lowest height whose state can be read.
pub const META_OLDEST_STATE: &[u8] = b"oldest state";
/// Key in `meta` of the lowest height whose extrinsics are kept.
pub const META_OLDEST_BODY: &[u8] = b"oldest body";

/// Ends an escaped key. It is less than any escaped byte, so that a key comes before the keys that it is a prefix of.
const END: [u8; 2] = [0, 0];

/// Lengths of the prefixes whose last change is indexed: a pallet's and a storage item's.
pub const TOUCHED_LENGTHS: [usize; 2] = [16, 32];

/// A height as a key.
pub fn height_key(height: BlockNumber) -> [u8; 4] {
    height.to_be_bytes()
}

/// Reads a height; `None` when these are not four bytes.
pub fn height_of(bytes: &[u8]) -> Option<BlockNumber> {
    Some(BlockNumber::from_be_bytes(bytes.try_into().ok()?))
}

/// Key of a block that is proposed at a height and not decided.
pub fn undecided_key(height: BlockNumber, hash: &Hash, round: u32) -> Vec<u8> {
    [&height_key(height)[..], hash.as_bytes(), &round.to_be_bytes()].concat()
}

/// Reads a key of `undecided`: height, Tendermint hash and round.
pub fn undecided_of(bytes: &[u8]) -> Option<(BlockNumber, Hash, u32)> {
    let (height, rest) = bytes.split_at_checked(4)?;
    let (hash, round) = rest.split_at_checked(32)?;
    Some((height_of(height)?, Hash::from_slice(hash), u32::from_be_bytes(round.try_into().ok()?)))
}

/// Escapes a key without ending it, so that the escaped keys under a prefix start with the escaped prefix: `00` becomes
/// `00 ff`.
pub fn escape_prefix(key: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(key.len() + 8);
    escape_to(&mut escaped, key);
    escaped
}

fn escape_to(escaped: &mut Vec<u8>, key: &[u8]) {
    let mut parts = key.split(|byte| *byte == 0);
    escaped.extend_from_slice(parts.next().unwrap_or_default());
    for part in parts {
        escaped.extend_from_slice(&[0, 0xff]);
        escaped.extend_from_slice(part);
    }
}

/// Escapes a key and ends it, so that what follows does not disturb the order of keys.
pub fn escape(key: &[u8]) -> Vec<u8> {
    let mut escaped = escape_prefix(key);
    escaped.extend_from_slice(&END);
    escaped
}

/// Reads an escaped key off the front; the key and the rest. `None` when it does not end or holds another escape.
pub fn unescape(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut key = Vec::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (0, Some(0)) => return Some((key, &bytes[at + 2..])),
            (0, Some(0xff)) => {
                key.push(0);
                at += 2;
            }
            (0, _) => return None,
            (&byte, _) => {
                key.push(byte);
                at += 1;
            }
        }
    }
}

/// Key of an undo record.
pub fn undo_key(key: &[u8], height: BlockNumber) -> Vec<u8> {
    let mut undo = Vec::with_capacity(key.len() + 14);
    undo_key_to(&mut undo, key, height);
    undo
}

/// Appends the key of an undo record.
pub(crate) fn undo_key_to(undo: &mut Vec<u8>, key: &[u8], height: BlockNumber) {
    escape_to(undo, key);
    undo.extend_from_slice(&END);
    undo.extend_from_slice(&height_key(height));
}

/// Reads the key of an undo record.
pub fn undo_of(bytes: &[u8]) -> Option<(Vec<u8>, BlockNumber)> {
    let (key, rest) = unescape(bytes)?;
    Some((key, height_of(rest)?))
}

/// The first `length` bytes of a key, or all of a shorter one.
pub fn cut(key: &[u8], length: usize) -> &[u8] {
    &key[..key.len().min(length)]
}

/// Key that says that something under a prefix changed at a height. Later heights come first.
pub fn touched_key(length: usize, prefix: &[u8], height: BlockNumber) -> Vec<u8> {
    let mut touched = vec![length as u8];
    touched.extend(escape(prefix));
    touched.extend_from_slice(&height_key(!height));
    touched
}

/// Reads a key of `touched`: prefix and height.
pub fn touched_of(bytes: &[u8]) -> Option<(Vec<u8>, BlockNumber)> {
    let (prefix, rest) = unescape(bytes.get(1..)?)?;
    Some((prefix, !height_of(rest)?))
}

/// Reads a record of `state`: height of the last change and value.
pub fn state_of(mut record: Vec<u8>) -> Option<(BlockNumber, Vec<u8>)> {
    let height = height_of(record.get(..4)?)?;
    record.drain(..4);
    Some((height, record))
}

/// Reads a value that may be absent.
pub fn optional_of(mut record: Vec<u8>) -> Option<Option<Vec<u8>>> {
    match record.first()? {
        0 if record.len() == 1 => Some(None),
        1 => {
            record.remove(0);
            Some(Some(record))
        }
        _ => None,
    }
}

/// Sorted keys, each as the length of what it shares with the one before, and the rest.
pub fn changed_record<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut record = Vec::new();
    let mut before: &[u8] = &[];
    for key in keys {
        let shared = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        Compact(shared as u32).encode_to(&mut record);
        key[shared..].encode_to(&mut record);
        before = key;
    }
    record
}

/// Reads sorted keys.
pub fn changed_of(mut record: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    while !record.is_empty() {
        let Compact(shared) = Compact::<u32>::decode(&mut record).ok()?;
        let rest = Vec::<u8>::decode(&mut record).ok()?;
        let before = keys.last().map_or(&[][..], |key| key);
        let mut key = before.get(..shared as usize)?.to_vec();
        key.extend(rest);
        keys.push(key);
    }
    Some(keys)
}

/// Keys of nodes, each with its length in front.
pub fn stale_record<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut record = Vec::new();
    for key in keys {
        record.push(key.len() as u8);
        record.extend_from_slice(key);
    }
    record
}

/// Reads keys of nodes.
pub fn stale_of(mut record: &[u8]) -> Option<Vec<&[u8]>> {
    let mut keys = Vec::new();
    while let Some((&length, rest)) = record.split_first() {
        keys.push(rest.get(..length.into())?);
        record = &rest[length.into()..];
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(254), Just(255)], 0..6)
    }

    proptest! {
        #[test]
        fn escaped_keys_keep_order_and_prefixes(a in key(), b in key(), height in any::<u32>()) {
            prop_assert_eq!(escape(&a).cmp(&escape(&b)), a.cmp(&b));
            prop_assert_eq!(escape(&a).starts_with(&escape_prefix(&b)), a.starts_with(&b));
            prop_assert_eq!(undo_of(&undo_key(&a, height)), Some((a.clone(), height)));
            prop_assert_eq!(touched_of(&touched_key(16, &a, height)), Some((a.clone(), height)));
            if a != b {
                prop_assert_eq!(undo_key(&a, height).cmp(&undo_key(&b, !height)), a.cmp(&b));
            }
        }

        #[test]
        fn lists_of_keys_are_read_as_they_were_written(keys in proptest::collection::btree_set(key(), 0..20)) {
            let record = changed_record(keys.iter().map(Vec::as_slice));
            prop_assert_eq!(changed_of(&record), Some(keys.iter().cloned().collect()));
            let record = stale_record(keys.iter().map(Vec::as_slice));
            prop_assert_eq!(stale_of(&record), Some(keys.iter().map(Vec::as_slice).collect()));
        }

        #[test]
        fn keys_of_proposed_blocks_are_read_as_they_were_written(
            height in any::<u32>(),
            hash in any::<[u8; 32]>(),
            round in any::<u32>(),
        ) {
            let key = undecided_key(height, &hash.into(), round);
            prop_assert!(key.starts_with(&height_key(height)));
            prop_assert_eq!(undecided_of(&key), Some((height, hash.into(), round)));
            prop_assert_eq!(undecided_of(&key[1..]), None);
            prop_assert_eq!(undecided_of(&[&key[..], &[0]].concat()), None);
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_exactly(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            if let Some((key, height)) = undo_of(&bytes) {
                prop_assert_eq!(undo_key(&key, height), bytes.clone());
            }
            if let Some(nodes) = stale_of(&bytes) {
                prop_assert_eq!(stale_record(nodes.into_iter()), bytes.clone());
            }
            if let Some((height, value)) = state_of(bytes.clone()) {
                prop_assert_eq!([&height_key(height)[..], &value].concat(), bytes.clone());
            }
            prop_assert!(changed_of(&bytes).is_none_or(|keys| keys.len() <= bytes.len()));
        }
    }
}
