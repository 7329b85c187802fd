//! Reads instants in the forms that other systems export.

use guestlist::Timestamp;

use super::row_error::RowError;

/// How far the clock of another system may be ahead, in milliseconds.
const AHEAD: i64 = 24 * 60 * 60 * 1_000;
/// From here on a number means milliseconds; as seconds it would be the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// Parses an instant in one of these forms:
///
/// - RFC 3339, also with a space in place of the `T` or before the offset, with `UTC` or `GMT` as
///   the offset, or without an offset for UTC.
/// - A date, which means midnight UTC.
/// - Seconds or milliseconds since 1970; seconds may have a fraction.
pub(super) fn instant(text: &str, now: Timestamp) -> Result<Timestamp, RowError> {
    let millis = if let Ok(number) = text.parse::<i64>() {
        number_of_millis(number)
    } else if let Some(millis) = seconds_with_fraction(text) {
        Some(millis)
    } else {
        calendar_instant(text).map(jiff::Timestamp::as_millisecond)
    };
    let millis = millis.ok_or(RowError::CreatedAt)?;
    if millis > now.as_millis().saturating_add(AHEAD) {
        return Err(RowError::Future);
    }
    Ok(Timestamp::from_millis(millis))
}

fn calendar_instant(text: &str) -> Option<jiff::Timestamp> {
    let in_utc = [" UTC", " GMT"]
        .iter()
        .find_map(|zone| text.strip_suffix(zone));
    let text = in_utc.unwrap_or(text);
    // Other forms that an ISO 8601 parser accepts, such as time zone names, are refused.
    let plain = |b: u8| b.is_ascii_digit() || b"-:. TtZz+".contains(&b);
    if !text.bytes().all(plain) {
        return None;
    }
    if in_utc.is_none() {
        let close = text.replacen(" +", "+", 1).replacen(" -", "-", 1);
        if let Ok(instant) = close.parse::<jiff::Timestamp>() {
            return Some(instant);
        }
    }
    let at = if text.contains(':') {
        text.parse::<jiff::civil::DateTime>().ok()?
    } else {
        text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)
    };
    jiff::tz::Offset::UTC.to_timestamp(at).ok()
}

/// Parses seconds since 1970 with a fraction, as Python's `time.time()` prints them. Fractions of a
/// millisecond are dropped.
fn seconds_with_fraction(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) {
        return None;
    }
    let seconds = seconds
        .parse()
        .ok()
        .filter(|seconds| *seconds < MILLISECONDS)?;
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    number_of_millis(seconds)?.checked_add(millis.parse().ok()?)
}

fn number_of_millis(number: i64) -> Option<i64> {
    let millis = if number.unsigned_abs() < MILLISECONDS.unsigned_abs() {
        number.checked_mul(1_000)?
    } else {
        number
    };
    let shown = jiff::Timestamp::from_millisecond(millis);
    shown.ok().map(jiff::Timestamp::as_millisecond)
}
