//! How fast a network's time goes: one factor for all its times.

use pallet_validators::Parameters;
use serde_json::{json, Map, Value};
use std::{ops::RangeInclusive, str::FromStr};

/// The default times stay within the chain's bounds when they are multiplied by these.
const FACTORS: RangeInclusive<f64> = 0.02..=40.0;

/// What the chain's times are multiplied with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeScale(f64);

impl FromStr for TimeScale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let factor = text.parse().ok().filter(|factor| FACTORS.contains(factor));
        factor.map(Self).ok_or_else(|| {
            format!("give a number from {} to {}: 0.1 for times ten times as short", FACTORS.start(), FACTORS.end())
        })
    }
}

impl TimeScale {
    /// The parameters of consensus with `given` instead of the defaults, all times scaled. What is no number stays as it is: the
    /// chain refuses it.
    pub(super) fn apply(self, given: &Map<String, Value>) -> Map<String, Value> {
        let mut all = json!(Parameters::default());
        merge(&mut all, &Value::Object(given.clone()));
        self.scale(&mut all, false);
        all.as_object().cloned().unwrap_or_default()
    }

    /// Multiplies what is named in milliseconds, and everything under such a name.
    fn scale(self, value: &mut Value, is_time: bool) {
        match value {
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(name, value)| self.scale(value, is_time || name.ends_with("_ms")));
            }
            Value::Number(number) if is_time && self.0 != 1.0 => {
                if let Some(time) = number.as_u64() {
                    *value = json!((time as f64 * self.0).round() as u64);
                }
            }
            _ => {}
        }
    }
}

/// Puts the fields of one object over those of another.
fn merge(all: &mut Value, given: &Value) {
    match (all, given) {
        (Value::Object(all), Value::Object(given)) => {
            given.iter().for_each(|(name, value)| merge(all.entry(name).or_insert(Value::Null), value));
        }
        (all, given) => *all = given.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(scale: &str, given: Value) -> Parameters {
        let scale: TimeScale = scale.parse().expect("it is a scale");
        let all = scale.apply(given.as_object().expect("an object"));
        serde_json::from_value(Value::Object(all)).expect("they are parameters")
    }

    #[test]
    fn every_time_is_scaled_and_nothing_else() {
        let (usual, slow) = (Parameters::default(), parameters("2.5", json!({})));
        assert_eq!(slow.timeouts_ms.propose, usual.timeouts_ms.propose * 5 / 2);
        assert_eq!(slow.timeouts_ms.precommit_delta, usual.timeouts_ms.precommit_delta * 5 / 2);
        assert_eq!(slow.minimum_interval_ms, usual.minimum_interval_ms * 5 / 2);
        assert_eq!(slow.evidence_max_age_ms, usual.evidence_max_age_ms * 5 / 2);
        assert_eq!(slow.evidence_max_age_blocks, usual.evidence_max_age_blocks);
        assert_eq!(parameters("1", json!({})), usual);
    }

    #[test]
    fn what_is_given_is_scaled_too() {
        let given = json!({"timeouts_ms": {"propose": 1_000}, "evidence_max_age_blocks": 7});
        let fast = parameters("0.1", given);
        assert_eq!((fast.timeouts_ms.propose, fast.timeouts_ms.prevote, fast.evidence_max_age_blocks), (100, 50, 7));
    }

    #[test]
    fn the_extremes_are_within_the_chains_bounds() {
        for scale in [FACTORS.start(), FACTORS.end()] {
            assert!(parameters(&scale.to_string(), json!({})).are_in_range(), "{scale}");
        }
        for text in ["0", "0.019", "41", "-1", "NaN", "inf", "fast", ""] {
            assert!(text.parse::<TimeScale>().is_err(), "{text}");
        }
    }
}
