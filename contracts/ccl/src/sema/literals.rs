//! Literals: from how they are written to their values.

use super::Resolver;
use crate::{
    ast::{unescape, Ident},
    diagnostic::{Code, Diagnostic, Span},
    number::{reduced, Ratio},
    value::Value,
};
use ipld_core::cid::Cid;

/// Milliseconds of each unit of a duration.
const UNITS: [(char, i64); 5] = [('w', 604_800_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// A whole number.
pub(super) fn int(text: &str) -> Option<i128> {
    text.parse().ok()
}

/// `12.50` as a ratio.
pub(super) fn decimal(text: &str) -> Option<Ratio> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let scale = 10i128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    reduced(digits, scale)
}

/// `12.5`, of a percent literal.
pub(super) fn percent(text: &str) -> Option<Ratio> {
    let (numerator, denominator) = decimal(text)?;
    reduced(numerator, denominator.checked_mul(100)?)
}

/// `7d12h` in milliseconds; each unit at most once, the greater first.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (mut total, mut rest, mut last) = (0i64, text, i64::MAX);
    while !rest.is_empty() {
        let at = rest.find(|character: char| !character.is_ascii_digit())?;
        let (digits, after) = rest.split_at(at);
        let unit = after.chars().next()?;
        let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        if millis >= last {
            return None;
        }
        last = millis;
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(millis)?)?;
        rest = after.get(1..)?;
    }
    Some(total)
}

/// A moment as RFC 3339 writes it, in UTC and with `Z`, to the millisecond; in milliseconds since 1970.
pub(super) fn time(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (date, clock) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let in_month = usize::try_from(month - 1).ok().and_then(|month| days.get(month)).copied()?;
    if day < 1 || day > in_month || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if fraction.is_empty() || fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").parse().ok()?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000 + millis)
}

fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Whether a text is a moment as documents write it: 2026-03-01T00:00:00Z, with at most 3 digits after the second.
pub fn is_time(text: &str) -> bool {
    time(text).is_some()
}

/// Whether a text is a DID: `did:method:id` (W3C DID Core §3.1), at most 200 bytes.
pub fn is_did(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else { return false };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%');
    !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !id.is_empty()
        && !id.ends_with(':')
        && id.bytes().all(allowed)
        && text.len() <= 200
}

/// A CID as it is written, in its one form.
pub(super) fn cid(text: &str) -> Option<Vec<u8>> {
    let cid = Cid::try_from(text).ok()?;
    let sound = cid.hash().digest().len() == usize::from(cid.hash().size()) && cid.hash().size() >= 32;
    (sound && cid.to_string() == text).then(|| cid.to_bytes())
}

impl Resolver<'_> {
    fn bad_literal(&mut self, span: Span, message: &str, help: &str) {
        self.error(Diagnostic::new(Code::BadLiteral, span, message).help(help));
    }

    pub(super) fn text(&mut self, literal: &str, span: Span) -> Option<String> {
        match unescape(literal) {
            Ok(text) => Some(text),
            Err(reason) => {
                self.tell(Code::BadLiteral, span, reason);
                None
            }
        }
    }

    /// The text of a quoted name.
    pub(super) fn quoted(&mut self, ident: &Ident) -> String {
        self.text(&ident.text, ident.span).unwrap_or_default()
    }

    pub(super) fn duration_literal(&mut self, text: &str, span: Span) -> Option<Value> {
        let millis = duration(text);
        if millis.is_none() {
            let help = "write the greatest unit first and each once, as 1w2d3h4m5s";
            self.bad_literal(span, "this is no span of time", help);
        }
        millis.map(Value::Millis)
    }

    pub(super) fn tagged(&mut self, tag: &str, literal: &str, span: Span) -> Option<(crate::types::Type, Value)> {
        use crate::types::Type;
        let text = self.text(literal, span)?;
        let read = match tag {
            "did" => is_did(&text).then(|| (Type::Did, Value::Text(text.clone()))),
            "cid" => cid(&text).map(|bytes| (Type::Cid, Value::Bytes(bytes))),
            _ => time(&text).map(|millis| (Type::Time, Value::Millis(millis))),
        };
        if read.is_none() {
            let (message, help) = match tag {
                "did" => ("this is no DID", "a DID is written did:method:id, as did:icn:abc"),
                "cid" => ("this is no CID", "take it from where the content is; in a test write test_cid(\"a name\")"),
                _ => (
                    "there is no such moment",
                    "write it as 2026-03-01T00:00:00Z, in UTC, with at most 3 digits after the second",
                ),
            };
            self.bad_literal(span, message, help);
        }
        read
    }

    /// An amount in the smallest unit of its resource.
    pub(super) fn amount(&mut self, digits: &str, unit: &Ident, span: Span) -> Option<i128> {
        let decimals = self.decimals_of(unit)?;
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if part.len() > decimals as usize {
            let message = format!("`{}` has {decimals} decimals, this has {}", unit.text, part.len());
            self.tell(Code::BadLiteral, span, message);
            return None;
        }
        let minor = format!("{whole}{part:0<width$}", width = decimals as usize).parse().ok();
        if minor.is_none() {
            self.tell(Code::BadLiteral, span, "this amount is greater than any can be");
        }
        minor
    }

    /// Decimals of the resource that a literal names.
    fn decimals_of(&mut self, unit: &Ident) -> Option<u32> {
        let decimals = self.decimals.get(&unit.text).copied();
        if decimals.is_none() {
            let known = self.decimals.keys().cloned().collect();
            self.unknown("resource", unit, known);
        }
        decimals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_each_unit_once_and_the_greatest_first() {
        assert_eq!(duration("7d12h"), Some(648_000_000));
        assert_eq!(duration("1w2d3h4m5s"), Some(788_645_000));
        for text in ["12h7d", "1d1d", "99999999999999w"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_those_that_exist() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2026-03-01T00:00:00Z"), Some(1_772_323_200_000));
        assert_eq!(time("2024-02-29T23:59:59.5Z"), Some(1_709_251_199_500));
        assert_eq!(time("1969-12-31T23:59:59.999Z"), Some(-1));
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+00:00",
            "2026-1-1T00:00:00Z",
            "2026-01-01T00:00:00.1234Z",
            "2026-01-01 00:00:00Z",
            "",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn names_of_persons_and_content() {
        assert!(is_did("did:icn:abc") && is_did("did:key:z6Mk"));
        assert!(!is_did("did:icn:") && !is_did("did:ICN:a") && !is_did("icn:abc") && !is_did("did:icn:a b"));
        assert!(cid("bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi").is_some());
        assert!(cid("bafkreitest").is_none());
    }

    #[test]
    fn shares() {
        assert_eq!(percent("12.5"), Some((1, 8)));
        assert_eq!(percent("100"), Some((1, 1)));
        assert_eq!(decimal("0.50"), Some((1, 2)));
    }
}
