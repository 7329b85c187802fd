//! Limits of tries: how many at once, and how often after that.

use std::time::Duration;

use guestlist::Rate;

use super::{parse_seconds, parse_whole};
use crate::config::{
    problem::Problem,
    setting::{Form, Kind},
};

/// The most tries at once.
const MOST: u32 = 1_000_000;

/// A limit such as `10/30`.
pub(in crate::config) const RATE: Form<Rate> = Form {
    kind: Kind::Text,
    words: "how many at once from 1 to 1000000, a slash, and the seconds from 0.001 to 86400 after which one more is \
            accepted, such as 10/30",
    secret: false,
    parse: rate,
    show: |rate| format!("{}/{}", rate.burst, rate.every.as_secs_f64()),
};

fn rate(text: &str) -> Result<Rate, Problem> {
    let parsed = text.split_once('/').and_then(|(burst, every)| {
        let burst = parse_whole(burst.trim(), 1..=MOST).ok()?;
        let every = parse_seconds(every.trim(), 0.001..=86_400.0).ok()?;
        // Whole milliseconds, as the store counts.
        let every = Duration::from_millis(u64::try_from(every.as_millis()).ok()?);
        Some(Rate { burst, every })
    });
    parsed.ok_or_else(|| format!("is {text:?}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_seconds() {
        for (text, shown) in [
            ("10/30", "10/30"),
            (" 1000 / 0.5 ", "1000/0.5"),
            ("1/86400", "1/86400"),
        ] {
            let parsed = rate(text).ok().map(|rate| (RATE.show)(&rate));
            assert_eq!(parsed.as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "10",
            "10/",
            "/30",
            "0/30",
            "10/0",
            "10/-1",
            "10/30/2",
            "a/b",
            "10/1e3",
            "1000001/1",
            "10/86401",
            "10/0.0001",
        ] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
