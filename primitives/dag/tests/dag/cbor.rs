//! CBOR by hand, correct and not.

/// The head of an item: a major type and an argument in the least bytes.
pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    match argument {
        0..=23 => vec![major << 5 | argument as u8],
        24..=0xff => wide(major, argument, 1),
        0x100..=0xffff => wide(major, argument, 2),
        0x1_0000..=0xffff_ffff => wide(major, argument, 4),
        _ => wide(major, argument, 8),
    }
}

/// The same with an argument of 1, 2, 4 or 8 bytes, needed or not.
pub(crate) fn wide(major: u8, argument: u64, width: usize) -> Vec<u8> {
    let info = 24 + width.ilog2() as u8;
    [&[major << 5 | info][..], &argument.to_be_bytes()[8 - width..]].concat()
}

pub(crate) fn bytes(content: &[u8]) -> Vec<u8> {
    [&head(2, content.len() as u64), content].concat()
}

pub(crate) fn text(content: &str) -> Vec<u8> {
    [&head(3, content.len() as u64), content.as_bytes()].concat()
}

pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A map with its entries as they are given.
pub(crate) fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [head(5, entries.len() as u64), entries.concat()].concat()
}

/// A tag, and what it is put on.
pub(crate) fn tag(number: u64, item: Vec<u8>) -> Vec<u8> {
    [head(6, number), item].concat()
}

/// A link to a CID of whatever bytes.
pub(crate) fn link(cid: &[u8]) -> Vec<u8> {
    tag(42, bytes(&[&[0], cid].concat()))
}
