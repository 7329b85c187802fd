//! The fields of an event and their limits.

use std::{collections::HashSet, ops::RangeInclusive};

use guestlist::{find_unseen, is_blank, with_commas};

use super::{
    link::is_web_address,
    problem::InvalidEvent,
    tags::{distinct, spelled_once, spelled_once_each},
};
use crate::{Visibility, When};

const MOST_TITLE: usize = 200;
const MOST_DESCRIPTION: usize = 10_000;
const MOST_IMAGE: usize = 2_000;
const MOST_LOCATION: usize = 500;
const MOST_ONLINE_URL: usize = 2_000;
/// What is said of a text that has to be there and is blank.
const BLANK: &str = "must not be blank";
/// More problems of single tags are not told.
const MOST_TAG_PROBLEMS: usize = 100;

/// What the creator says about an event. Texts are kept as they were given, byte by byte; lengths
/// count characters (Unicode scalar values). No text has an invisible character, unless
/// a language or a picture is spelled with it: the rule of [`guestlist::find_unseen`].
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct EventFields {
    /// The name of the event: one line of 1 to 200 characters.
    pub title: String,
    /// A description: at most 10,000 characters, including line breaks and tabs.
    pub description: String,
    /// A picture: its address, or another text that the creator's client understands; at most 2,000
    /// characters. An empty text means no picture.
    pub image: Option<String>,
    /// Tags: at most 20 different ones of 1 to 50 characters, in this order. They are stored in the
    /// form of [`spelled_once`].
    pub tags: Vec<String>,
    /// The place: at most 500 characters. An empty text means no place.
    pub location: Option<String>,
    /// The event's address on the web: an http or https URL of at most 2,000 characters. An empty
    /// text means no address.
    pub online_url: Option<String>,
    /// The date and time.
    pub when: When,
    /// The number of guests there is room for: 1 to 100,000. `None` means no limit.
    pub capacity: Option<u32>,
    /// Who may see the event.
    pub visibility: Visibility,
}

impl EventFields {
    /// How many tags an event has at most.
    pub const MOST_TAGS: usize = 20;
    /// How many characters a tag has at most.
    pub const MOST_TAG: usize = 50;
    /// The largest capacity of an event.
    pub const CAPACITY: RangeInclusive<u32> = 1..=100_000;
    /// [`CAPACITY`](Self::CAPACITY) in words.
    pub const CAPACITY_IN_WORDS: &str = "from 1 to 100,000";

    /// Checks all rules.
    ///
    /// # Errors
    ///
    /// All problems, not only the first one.
    pub fn check(&self) -> Result<(), InvalidEvent> {
        let mut invalid = InvalidEvent::default();
        if is_blank(&self.title) {
            invalid.add("/title", "required", BLANK);
        }
        check_text(&mut invalid, "/title", &self.title, MOST_TITLE);
        check_length(
            &mut invalid,
            "/description",
            &self.description,
            MOST_DESCRIPTION,
        );
        if self.description.chars().any(is_forbidden_in_lines) {
            refuse_control_character(&mut invalid, "/description");
        }
        check_unseen(&mut invalid, "/description", &self.description);
        check_optional(&mut invalid, "/image", self.image.as_deref(), MOST_IMAGE);
        self.check_tags(&mut invalid);
        check_optional(
            &mut invalid,
            "/location",
            self.location.as_deref(),
            MOST_LOCATION,
        );
        check_optional(
            &mut invalid,
            "/online_url",
            self.online_url.as_deref(),
            MOST_ONLINE_URL,
        );
        if given(self.online_url.as_deref()).is_some_and(|url| !is_web_address(url)) {
            let detail = "must be a web address such as https://example.com/meeting";
            invalid.add("/online_url", "invalid", detail);
        }
        if self
            .capacity
            .is_some_and(|places| !Self::CAPACITY.contains(&places))
        {
            let detail = format!("must be {}", Self::CAPACITY_IN_WORDS);
            invalid.add("/capacity", "out_of_range", detail);
        }
        invalid.into_result()
    }

    /// Returns the fields as they are stored, or what is wrong with them. Empty optional texts
    /// become `None`, and tags get one spelling.
    pub(crate) fn checked(self) -> Result<Self, InvalidEvent> {
        let mut fields = self.without_empty_texts();
        fields.tags = spelled_once_each(fields.tags);
        fields.check()?;
        Ok(fields)
    }

    pub(crate) fn without_empty_texts(mut self) -> Self {
        for text in [&mut self.image, &mut self.location, &mut self.online_url] {
            *text = text.take().filter(|text| !text.is_empty());
        }
        self
    }

    fn check_tags(&self, invalid: &mut InvalidEvent) {
        let not_blank = distinct(&self.tags)
            .into_iter()
            .filter(|tag| !is_blank(tag));
        if not_blank.count() > Self::MOST_TAGS {
            let detail = format!("must have at most {} tags", Self::MOST_TAGS);
            invalid.add("/tags", "too_long", detail);
        }
        let most = invalid.problems.len() + MOST_TAG_PROBLEMS;
        let mut earlier = HashSet::new();
        for (place, tag) in self.tags.iter().enumerate() {
            if invalid.problems.len() >= most {
                break;
            }
            let field = format!("/tags/{place}");
            let is_blank = is_blank(tag);
            if is_blank && !tag.chars().any(breaks_a_line) {
                invalid.add(&field, "required", BLANK);
            }
            check_text(invalid, &field, &spelled_once(tag), Self::MOST_TAG);
            if !earlier.insert(tag) && !is_blank {
                invalid.add(&field, "duplicate", "must not be repeated");
            }
        }
    }
}

/// Returns `None` for an empty text.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Whether a description must not contain the character. This includes U+0000, which some databases
/// cannot store.
pub(crate) fn is_forbidden_in_lines(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

fn check_optional(invalid: &mut InvalidEvent, field: &str, text: Option<&str>, most: usize) {
    if let Some(text) = text {
        check_text(invalid, field, text, most);
    }
}

/// Checks a text of one line.
fn check_text(invalid: &mut InvalidEvent, field: &str, text: &str, most: usize) {
    check_length(invalid, field, text, most);
    if text.chars().any(breaks_a_line) {
        refuse_control_character(invalid, field);
    }
    check_unseen(invalid, field, text);
}

/// Control characters, and the two Unicode line separators that are not control characters.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn check_unseen(invalid: &mut InvalidEvent, field: &str, text: &str) {
    if let Some(unseen) = find_unseen(text) {
        invalid.add(
            field,
            "unseen_character",
            format!("must not contain {unseen}"),
        );
    }
}

fn check_length(invalid: &mut InvalidEvent, field: &str, text: &str, most: usize) {
    if text.chars().count() > most {
        let most = with_commas(u64::try_from(most).unwrap_or(u64::MAX));
        let detail = format!("must have at most {most} characters");
        invalid.add(field, "too_long", detail);
    }
}

fn refuse_control_character(invalid: &mut InvalidEvent, field: &str) {
    invalid.add(
        field,
        "control_character",
        "must not contain control characters",
    );
}

#[cfg(test)]
mod tests;
