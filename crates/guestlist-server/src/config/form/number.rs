//! Numbers and durations within a range. The words of these forms name the range.

use std::{ops::RangeInclusive, time::Duration};

use crate::config::problem::Problem;

/// Makes the form of a whole number: `whole!("a whole number", 1..=1_000, 32)`. The last one is the
/// example in the words.
macro_rules! whole {
    ($what:literal, $from:literal ..= $to:literal, $example:literal) => {
        $crate::config::setting::Form {
            kind: $crate::config::setting::Kind::Whole,
            words: concat!($what, " from ", $from, " to ", $to, ", such as ", $example),
            secret: false,
            parse: |text| $crate::config::form::parse_whole(text, $from..=$to),
            show: u32::to_string,
        }
    };
}

/// Makes the form of seconds without a fraction. An explanation of the example may follow.
macro_rules! whole_seconds {
    ($from:literal ..= $to:literal, $example:literal $(, $explained:literal)?) => {
        $crate::config::setting::Form {
            kind: $crate::config::setting::Kind::Whole,
            words: concat!(
                "whole seconds from ", $from, " to ", $to, ", such as ", $example
                $(, ", which is ", $explained)?
            ),
            secret: false,
            parse: |text| $crate::config::form::parse_whole_seconds(text, $from..=$to),
            show: |duration| duration.as_secs().to_string(),
        }
    };
}

/// Makes the form of seconds with an optional fraction.
macro_rules! seconds {
    ($from:literal ..= $to:literal, $example:literal) => {
        $crate::config::setting::Form {
            kind: $crate::config::setting::Kind::Decimal,
            words: concat!("seconds from ", $from, " to ", $to, ", such as ", $example),
            secret: false,
            parse: |text| {
                $crate::config::form::parse_seconds(text, f64::from($from)..=f64::from($to))
            },
            show: |duration| duration.as_secs_f64().to_string(),
        }
    };
}

pub(crate) use {seconds, whole, whole_seconds};

pub(crate) fn parse_whole(text: &str, allowed: RangeInclusive<u32>) -> Result<u32, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && allowed.contains(&number) => Ok(number),
        _ => Err(format!("is {text:?}").into()),
    }
}

pub(crate) fn parse_whole_seconds(
    text: &str,
    allowed: RangeInclusive<u32>,
) -> Result<Duration, Problem> {
    parse_whole(text, allowed).map(|seconds| Duration::from_secs(seconds.into()))
}

pub(crate) fn parse_seconds(text: &str, allowed: RangeInclusive<f64>) -> Result<Duration, Problem> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    match text.parse::<f64>() {
        Ok(seconds) if plain && allowed.contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("is {text:?}").into()),
    }
}
