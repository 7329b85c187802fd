use super::*;
use crate::{Clock, testing::ManualClock};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const ROTATION: Rotation = Rotation {
    every: Duration::from_secs(90 * 24 * 60 * 60),
    margin: HOUR,
    lifetime: Duration::from_secs(10 * 60),
};

/// Returns the time that long after `start`.
fn after(start: Timestamp, duration: Duration) -> Timestamp {
    start.plus(duration)
}

/// Returns the first key of an installation, and its time of creation.
fn first() -> (Timestamp, KeyLife) {
    let now = ManualClock::new().now();
    (now, ROTATION.due(&[], &[], now).expect("is due"))
}

#[test]
fn the_first_key_signs_at_once() {
    let (now, first) = first();
    let signs_until = after(now, DAY * 180);
    let expected = KeyLife {
        created_at: now,
        signs_from: now,
        signs_until,
        verifies_until: signs_until.plus(ROTATION.lifetime + HOUR),
    };
    assert_eq!(first, expected);
}

#[test]
fn a_key_signs_and_verifies_between_its_dates() {
    let at = Timestamp::from_millis;
    let life = KeyLife {
        created_at: at(0),
        signs_from: at(10),
        signs_until: at(20),
        verifies_until: at(30),
    };
    for (now, signs, verifies) in [
        (0, false, true),
        (9, false, true),
        (10, true, true),
        (19, true, true),
        (20, false, true),
        (29, false, true),
        (30, false, false),
    ] {
        let found = (life.signs(at(now)), life.verifies(at(now)));
        assert_eq!(found, (signs, verifies), "at {now}");
    }
}

#[test]
fn the_next_key_is_due_in_time_to_be_published_before_it_signs() {
    let (start, first) = first();
    let replaced_at = after(start, DAY * 90);
    let due = |now| ROTATION.due(&[first], &[], now);
    assert_eq!(due(start), None);
    assert_eq!(due(after(start, DAY * 90 - HOUR - SECOND)), None);
    let second = due(after(start, DAY * 90 - HOUR)).expect("is due");
    assert_eq!(second.created_at, after(start, DAY * 90 - HOUR));
    assert_eq!(second.signs_from, replaced_at);
    // After the second key is created, nothing is due, before and after it signs.
    for now in [second.created_at, replaced_at, after(replaced_at, DAY * 88)] {
        assert_eq!(ROTATION.due(&[first, second], &[], now), None);
    }
}

#[test]
fn a_rotation_that_comes_late_leaves_no_time_without_a_key() {
    let (start, first) = first();
    for (late, signs_after) in [
        (DAY * 90, DAY * 90 + HOUR),
        (DAY * 150, DAY * 150 + HOUR),
        (DAY * 180 - SECOND, DAY * 180),
        (DAY * 180, DAY * 180),
        (DAY * 500, DAY * 500),
    ] {
        let next = ROTATION
            .due(&[first], &[], after(start, late))
            .expect("is due");
        assert_eq!(next.signs_from, after(start, signs_after), "{late:?}");
        assert_eq!(next.created_at, after(start, late));
    }
}

#[test]
fn a_key_of_the_previous_secret_signs_until_its_replacement_does() {
    let (start, first) = first();
    let now = after(start, DAY);
    let next = ROTATION.due(&[], &[first], now).expect("is due");
    assert_eq!(next.signs_from, after(now, HOUR));
    assert_eq!(ROTATION.due(&[next], &[first], now), None);
    // The previous secret is removed before the new key signs.
    let bridge = ROTATION.due(&[next], &[], now).expect("is due");
    assert_eq!(bridge.signs_from, now);
}

#[test]
fn a_key_created_soon_after_another_is_published_before_it_signs_too() {
    let (start, first) = first();
    let second = ROTATION.next(&[first], after(start, DAY));
    let first = ROTATION.succeeded(&first, &second).expect("ends earlier");
    let now = after(second.created_at, HOUR - SECOND);
    let third = ROTATION.next(&[second, first], now);
    assert_eq!(third.signs_from, after(now, HOUR));
    let second = ROTATION.succeeded(&second, &third).expect("ends earlier");
    assert_eq!(second.signs_until, third.signs_from);
}

#[test]
fn the_old_key_verifies_until_its_last_token_has_expired() {
    let (start, first) = first();
    let now = after(start, DAY * 7);
    let second = ROTATION.next(&[first], now);
    assert_eq!(second.signs_from, after(now, HOUR));
    let ended = ROTATION.succeeded(&first, &second).expect("ends earlier");
    let expected = KeyLife {
        signs_until: second.signs_from,
        verifies_until: second.signs_from.plus(ROTATION.lifetime + HOUR),
        ..first
    };
    assert_eq!(ended, expected);
    assert!(ended.verifies_until < first.verifies_until);
    assert_eq!(ROTATION.succeeded(&ended, &second), None, "once is enough");
    assert_eq!(ROTATION.succeeded(&second, &second), None);
    assert_eq!(
        ROTATION.succeeded(&second, &first),
        None,
        "an older key ends nothing"
    );
}

#[test]
fn a_replacement_never_extends_the_dates_of_a_key() {
    let (start, first) = first();
    let much_later = ROTATION.next(&[], after(start, DAY * 900));
    assert_eq!(ROTATION.succeeded(&first, &much_later), None);
}
