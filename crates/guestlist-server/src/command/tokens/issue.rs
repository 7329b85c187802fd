//! `guestlist tokens issue`

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use guestlist::{Clock, SystemClock, TokenName};

use crate::app::App;

/// A hundred years, in seconds. For a longer time, the argument can be left out.
const LONGEST: u64 = 36_500 * 24 * 60 * 60;

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The name of the service
    #[arg(long, value_name = "NAME", value_parser = TokenName::parse)]
    service: TokenName,
    /// Ends the token after this time, such as 90d, 12h, 30m or 45s [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: Option<Duration>,
}

/// Prints only the token to stdout, so that a script can read it. The rest goes to stderr.
pub(super) async fn run(app: &App, arguments: Arguments) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    let expires_at = arguments.expires_in.map(|time| now.plus(time));
    let issued = app
        .guestlist
        .issue_service_token(arguments.service, expires_at)
        .await?;
    let token = &issued.token;
    let until = match token.expires_at {
        Some(end) => format!("until {end}"),
        None => "until it is revoked".to_owned(),
    };
    writeln!(
        io::stderr().lock(),
        "issued {} for {}, {until}. Copy it: it is not shown again",
        token.id,
        token.name
    )?;
    writeln!(io::stdout().lock(), "{}", issued.secret.expose())?;
    Ok(())
}

/// Parses a whole number with its unit.
fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "give a whole number and s, m, h or d, such as 90d";
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or(wrong)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong),
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().map_err(|_| wrong)?;
    match number.checked_mul(seconds) {
        Some(seconds @ 1..=LONGEST) if digits => Ok(Duration::from_secs(seconds)),
        _ => Err("give a time from 1s to 36500d, such as 90d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_a_unit() {
        for (text, seconds) in [
            ("45s", 45),
            ("30m", 1_800),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("36500d", 3_153_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "d",
            "90",
            "0s",
            "-1d",
            "+1d",
            "1.5h",
            "1w",
            "90 d",
            "36501d",
            "1\u{fc}",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
