//! What a fingerprint says of an event's fields.
//!
//! A store keeps the fingerprint, and later versions of this program compare it with their own. So
//! the bytes are spelled out here, and no derived `Hash` decides them. They must not change: a
//! change needs another first part in [`RequestSecret::fingerprint`](super::RequestSecret).

use sha2::{Digest, Sha256};

use crate::{EventFields, Moment, When};

/// A keyed hash of what a request with a key asked for. It reveals nothing about the fields and
/// never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the bytes for a store to keep.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Returns a SHA-256 (FIPS 180-4) of the fields in the order of their declaration. A number is its
/// eight bytes, the most significant first. A text has its length in front, as such a number. A
/// field that may be absent is the byte 0 if it is absent, and has the byte 1 in front otherwise.
pub(super) fn digest(fields: &EventFields) -> [u8; 32] {
    // Every field is named, so that a new field is not forgotten here.
    let EventFields {
        title,
        description,
        image,
        tags,
        location,
        online_url,
        when,
        capacity,
        visibility,
    } = fields;
    let mut bytes = Bytes::default();
    bytes
        .text(title)
        .text(description)
        .maybe_text(image.as_deref());
    bytes.number(tags.len().try_into().unwrap_or(i64::MAX));
    for tag in tags {
        bytes.text(tag);
    }
    bytes
        .maybe_text(location.as_deref())
        .maybe_text(online_url.as_deref())
        .when(when)
        .maybe(capacity.map(i64::from), Bytes::number)
        .text(visibility.as_str());
    bytes.0.finalize().into()
}

#[derive(Default)]
struct Bytes(Sha256);

impl Bytes {
    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(text);
        self
    }

    fn maybe<T>(
        &mut self,
        field: Option<T>,
        add: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        self.0.update([u8::from(field.is_some())]);
        match field {
            Some(field) => add(self, field),
            None => self,
        }
    }

    fn maybe_text(&mut self, text: Option<&str>) -> &mut Self {
        self.maybe(text, Self::text)
    }

    fn moment(&mut self, moment: &Moment) -> &mut Self {
        let Moment { at, wall } = moment;
        self.number(at.as_millis()).text(&wall.to_string())
    }

    fn when(&mut self, when: &When) -> &mut Self {
        match when {
            When::Undecided { time_zone } => self.number(0).maybe_text(time_zone.as_deref()),
            When::Dates {
                first,
                last,
                time_zone,
            } => self
                .number(1)
                .text(&first.to_string())
                .text(&last.to_string())
                .maybe_text(time_zone.as_deref()),
            When::At {
                starts,
                ends,
                time_zone,
            } => self
                .number(2)
                .moment(starts)
                .maybe(ends.as_ref(), Self::moment)
                .text(time_zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use guestlist::Timestamp;
    use jiff::civil;

    use super::*;
    use crate::{Visibility, request::RequestSecret};

    /// Stores keep fingerprints, so the same fields must have the same one in every version.
    #[test]
    fn a_stored_fingerprint_is_recognised_by_every_version() {
        let fields = EventFields {
            title: "Tea".to_owned(),
            description: "with cake".to_owned(),
            image: None,
            tags: vec!["garden".to_owned(), "tea".to_owned()],
            location: Some("Park".to_owned()),
            online_url: None,
            when: When::At {
                starts: Moment {
                    at: Timestamp::from_millis(1_796_148_000_000),
                    wall: civil::datetime(2026, 12, 1, 18, 0, 0, 0),
                },
                ends: None,
                time_zone: "Etc/UTC".to_owned(),
            },
            capacity: Some(10),
            visibility: Visibility::Public,
        };
        let fingerprint = RequestSecret::new(b"secret").fingerprint(&fields);
        let digits = fingerprint.as_bytes().iter();
        let digits: String = digits.map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            digits,
            "9b5962d78397ab1a9519d8bdd63bbaf53d15ce9fd34f4960d58ad9e4dcc27022"
        );
    }
}
