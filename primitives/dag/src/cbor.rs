//! A walk over CBOR that decodes nothing: whether bytes are one canonical dag-cbor item within bounds (SPEC-DAG-3,
//! SPEC-DAG-4).
//!
//! It allocates nothing, looks at each byte once, and its stack is bounded by the depth that it allows.

use crate::{
    error::{Error, Fault, Limit},
    ipld::Limits,
};

/// The first bits of an item.
mod major {
    pub(super) const UNSIGNED: u8 = 0;
    pub(super) const NEGATIVE: u8 = 1;
    pub(super) const BYTES: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    pub(super) const LIST: u8 = 4;
    pub(super) const MAP: u8 = 5;
    pub(super) const TAG: u8 = 6;
}

/// The tag of links.
const LINK: u64 = 42;

/// Checks that the bytes are one item as dag-cbor writes it, without floating-point numbers, and within bounds.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::TooLarge(Limit::Bytes));
    }
    let mut walk = Walk { bytes, at: 0, items: limits.items };
    walk.item(limits.depth)?;
    if walk.at < bytes.len() {
        return fault(walk.at, Fault::Trailing);
    }
    Ok(())
}

fn fault<T>(at: usize, fault: Fault) -> Result<T, Error> {
    Err(Error::NotCanonical { at, fault })
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many items may still come.
    items: usize,
}

impl<'a> Walk<'a> {
    /// Passes one item, with at most `depth` lists and maps inside each other.
    fn item(&mut self, depth: usize) -> Result<(), Error> {
        self.count()?;
        let start = self.at;
        let (major, argument) = self.head()?;
        match major {
            major::UNSIGNED | major::NEGATIVE => Ok(()),
            major::BYTES => self.take(argument).map(drop),
            major::TEXT => self.text(start, argument).map(drop),
            major::LIST => self.list(deeper(depth)?, argument),
            major::MAP => self.map(deeper(depth)?, argument),
            major::TAG if argument == LINK => self.link(start),
            major::TAG => fault(start, Fault::Tag),
            // `head` lets the three simple values pass.
            _ => Ok(()),
        }
    }

    fn list(&mut self, depth: usize, len: u64) -> Result<(), Error> {
        // A length beyond the bytes is found when they end.
        for _ in 0..len {
            self.item(depth)?;
        }
        Ok(())
    }

    fn map(&mut self, depth: usize, len: u64) -> Result<(), Error> {
        let mut last: Option<&[u8]> = None;
        for _ in 0..len {
            self.count()?;
            let start = self.at;
            let (major::TEXT, argument) = self.head()? else { return fault(start, Fault::Key) };
            let key = self.text(start, argument)?;
            match last.map(|last| (last.len(), last).cmp(&(key.len(), key))) {
                Some(std::cmp::Ordering::Equal) => return fault(start, Fault::KeyTwice),
                Some(std::cmp::Ordering::Greater) => return fault(start, Fault::KeyOrder),
                _ => last = Some(key),
            }
            self.item(depth)?;
        }
        Ok(())
    }

    fn text(&mut self, start: usize, len: u64) -> Result<&'a [u8], Error> {
        let text = self.take(len)?;
        if std::str::from_utf8(text).is_err() {
            return fault(start, Fault::Text);
        }
        Ok(text)
    }

    /// What follows tag 42: bytes, a zero and a CID in the one form that it is written in.
    fn link(&mut self, start: usize) -> Result<(), Error> {
        let (major::BYTES, argument) = self.head()? else { return fault(start, Fault::Link) };
        let Some((0, bytes)) = self.take(argument)?.split_first() else { return fault(start, Fault::Link) };
        match ::cid::Cid::try_from(bytes) {
            Ok(cid) if cid.to_bytes() == bytes => Ok(()),
            _ => fault(start, Fault::Link),
        }
    }

    fn count(&mut self) -> Result<(), Error> {
        self.items = self.items.checked_sub(1).ok_or(Error::TooLarge(Limit::Items))?;
        Ok(())
    }

    /// Reads the head of an item: its major type, and its number, length or tag.
    fn head(&mut self) -> Result<(u8, u64), Error> {
        let start = self.at;
        let first = self.byte()?;
        let (major, info) = (first >> 5, first & 0x1f);
        if major > major::TAG {
            return simple(info).map_or_else(|wrong| fault(start, wrong), |()| Ok((major, 0)));
        }
        let argument = match info {
            0..=23 => return Ok((major, info.into())),
            24..=27 => self.number(1 << (info - 24))?,
            31 => return fault(start, Fault::Indefinite),
            _ => return fault(start, Fault::Reserved),
        };
        // The least number that needs so many bytes.
        let least = match info {
            24 => 24,
            25 => 1 << 8,
            26 => 1 << 16,
            _ => 1 << 32,
        };
        if argument < least {
            return fault(start, Fault::NotMinimal);
        }
        Ok((major, argument))
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let at = self.at;
        self.take(1)?.first().copied().map_or_else(|| fault(at, Fault::Truncated), Ok)
    }

    /// A big-endian number of some bytes.
    fn number(&mut self, len: u64) -> Result<u64, Error> {
        Ok(self.take(len)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = usize::try_from(len).ok().and_then(|len| rest.get(..len));
        let Some(taken) = taken else { return fault(self.at, Fault::Truncated) };
        self.at = self.at.saturating_add(taken.len());
        Ok(taken)
    }
}

fn deeper(depth: usize) -> Result<usize, Error> {
    depth.checked_sub(1).ok_or(Error::TooLarge(Limit::Depth))
}

/// Judges an item of the last major type by its lower bits.
fn simple(info: u8) -> Result<(), Fault> {
    match info {
        // False, true and null.
        20..=22 => Ok(()),
        25..=27 => Err(Fault::Float),
        31 => Err(Fault::Indefinite),
        28..=30 => Err(Fault::Reserved),
        _ => Err(Fault::Simple),
    }
}
