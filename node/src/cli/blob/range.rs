//! Ranges of bytes as people write them.

use std::str::FromStr;

/// `A..B`: from byte A to the one before B; `A..` to the end, `..B` from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByteRange {
    pub(super) start: u64,
    pub(super) end: Option<u64>,
}

impl FromStr for ByteRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "write A..B, from byte A to the one before B; A.. and ..B are good too".to_owned();
        let (start, end) = text.split_once("..").ok_or_else(form)?;
        let number = |digits: &str| digits.replace('_', "").parse().map_err(|_| form());
        let start = if start.is_empty() { 0 } else { number(start)? };
        let end = if end.is_empty() { None } else { Some(number(end)?) };
        Ok(Self { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_half_open_and_may_lack_an_end() {
        let range = |start, end| Ok(ByteRange { start, end });
        assert_eq!("0..1_024".parse(), range(0, Some(1024)));
        assert_eq!("7..".parse(), range(7, None));
        assert_eq!("..7".parse(), range(0, Some(7)));
        assert_eq!("..".parse(), range(0, None));
        for bad in ["", "7", "7-9", "a..b", "-1..3", "1...3"] {
            assert!(bad.parse::<ByteRange>().is_err(), "{bad}");
        }
    }
}
