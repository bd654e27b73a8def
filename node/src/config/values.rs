//! Values of settings that have their own notation.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::{fmt, num::NonZeroU64, str::FromStr, time::Duration};

/// Time between blocks when only `interval` is said.
const INTERVAL_DEFAULT: Duration = Duration::from_secs(1);

/// Longest time between blocks: a day.
const INTERVAL_MAX_MS: u64 = 86_400_000;

/// When blocks are made on a Development chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockProduction {
    /// When there is a transaction, or something is due.
    OnDemand,
    /// Steadily, empty or not.
    Interval(Duration),
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Everything.
    All,
    /// This many blocks.
    Blocks(u32),
    /// The blocks of this time.
    For(Duration),
}

/// The epochs whose records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epochs {
    /// All.
    All,
    /// This many, the present one counted.
    Last(NonZeroU64),
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// A value is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Of [`BlockProduction`].
    #[error("write on-demand, interval, or interval=MS with 1 to {INTERVAL_MAX_MS} milliseconds")]
    BlockProduction,
    /// Of [`History`].
    #[error("write all, a number of blocks of at least 1, or a time such as 30d, 12h, 90m or 30s")]
    History,
    /// Of [`Epochs`].
    #[error("write all, or a number of epochs of at least 1")]
    Epochs,
    /// Of [`LogFormat`].
    #[error("write text or json")]
    LogFormat,
}

impl FromStr for BlockProduction {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text.split_once('=') {
            None if text == "on-demand" => Ok(Self::OnDemand),
            None if text == "interval" => Ok(Self::Interval(INTERVAL_DEFAULT)),
            Some(("interval", ms)) => match ms.replace('_', "").parse() {
                Ok(ms @ 1..=INTERVAL_MAX_MS) => Ok(Self::Interval(Duration::from_millis(ms))),
                _ => Err(ValueError::BlockProduction),
            },
            _ => Err(ValueError::BlockProduction),
        }
    }
}

impl fmt::Display for BlockProduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDemand => write!(f, "on-demand"),
            Self::Interval(interval) => write!(f, "interval={}", interval.as_millis()),
        }
    }
}

impl FromStr for History {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text == "all" {
            return Ok(Self::All);
        }
        let seconds_of_unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => {
                let blocks = text.replace('_', "").parse().ok().filter(|blocks| *blocks > 0);
                return blocks.map(Self::Blocks).ok_or(ValueError::History);
            }
        };
        let count: u32 = text[..text.len() - 1].parse().map_err(|_| ValueError::History)?;
        match count {
            0 => Err(ValueError::History),
            count => Ok(Self::For(Duration::from_secs(u64::from(count) * seconds_of_unit))),
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(f, "all"),
            Self::Blocks(blocks) => write!(f, "{blocks}"),
            Self::For(time) => match time.as_secs() {
                seconds if seconds % 86_400 == 0 => write!(f, "{}d", seconds / 86_400),
                seconds if seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
                seconds if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
                seconds => write!(f, "{seconds}s"),
            },
        }
    }
}

impl FromStr for Epochs {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "all" => Ok(Self::All),
            count => count.replace('_', "").parse().map(Self::Last).map_err(|_| ValueError::Epochs),
        }
    }
}

impl fmt::Display for Epochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(f, "all"),
            Self::Last(epochs) => write!(f, "{epochs}"),
        }
    }
}

impl FromStr for LogFormat {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(ValueError::LogFormat),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Reads a value from the text that the command line takes, or from a number.
struct TextOrNumber<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = ValueError>> Visitor<'_> for TextOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! deserialize_text_or_number {
    ($($name:ty),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextOrNumber(std::marker::PhantomData))
            }
        }
    )*};
}

deserialize_text_or_number!(BlockProduction, Epochs, History, LogFormat);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_are_read() {
        for text in ["on-demand", "interval=1000", "interval=1"] {
            assert_eq!(text.parse::<BlockProduction>().map(|value| value.to_string()), Ok(text.to_owned()));
        }
        for text in ["all", "1", "4294967295", "30d", "12h", "90m", "45s"] {
            assert_eq!(text.parse::<History>().map(|value| value.to_string()), Ok(text.to_owned()));
        }
        for text in ["all", "1", "18446744073709551615"] {
            assert_eq!(text.parse::<Epochs>().map(|value| value.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("interval".parse(), Ok(BlockProduction::Interval(INTERVAL_DEFAULT)));
        assert_eq!("720h".parse::<History>(), "30d".parse());
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "interval=0", "interval=86400001", "on_demand", "interval=1s", "x=1"] {
            assert_eq!(text.parse::<BlockProduction>(), Err(ValueError::BlockProduction), "{text}");
        }
        for text in ["", "0", "-1", "1d", "18446744073709551616"] {
            assert_eq!(text.parse::<Epochs>(), Err(ValueError::Epochs), "{text}");
        }
        for text in ["", "0", "-1", "d", "0d", "1w", "é", "4294967296", "99999999999d"] {
            assert_eq!(text.parse::<History>(), Err(ValueError::History), "{text}");
        }
    }
}
