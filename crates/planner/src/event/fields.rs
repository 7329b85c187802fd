//! The fields of an event and their limits.

use std::{collections::HashSet, ops::RangeInclusive};

use guestlist::{find_unseen, is_blank};

use super::{
    empty_text::given,
    field::Field,
    link::{ImageRule, is_web_address},
    problem::{InvalidEvent, ProblemCode},
    tags::{distinct, spelled_once},
};
use crate::{Visibility, When};

const MOST_TITLE: usize = 200;
const MOST_DESCRIPTION: usize = 10_000;
const MOST_IMAGE: usize = 2_000;
const MOST_LOCATION: usize = 500;
const MOST_ONLINE_URL: usize = 2_000;
/// More problems of single tags are not reported.
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
    pub(crate) fn check(&self, image_rule: ImageRule) -> Result<(), InvalidEvent> {
        let mut invalid = InvalidEvent::default();
        if is_blank(&self.title) {
            invalid.add(Field::Title, ProblemCode::Blank);
        }
        check_text(&mut invalid, Field::Title, &self.title, MOST_TITLE);
        self.check_description(&mut invalid);
        if let Some(image) = given(self.image.as_deref()) {
            check_text(&mut invalid, Field::Image, image, MOST_IMAGE);
            // One problem of an image is enough.
            if !invalid.has(Field::Image) && !image_rule.accepts(image) {
                invalid.add(Field::Image, ProblemCode::NotWebAddress);
            }
        }
        self.check_tags(&mut invalid);
        if let Some(location) = &self.location {
            check_text(&mut invalid, Field::Location, location, MOST_LOCATION);
        }
        if let Some(url) = given(self.online_url.as_deref()) {
            check_text(&mut invalid, Field::OnlineUrl, url, MOST_ONLINE_URL);
            if !is_web_address(url) {
                invalid.add(Field::OnlineUrl, ProblemCode::NotWebAddress);
            }
        }
        let mut places = self.capacity.iter();
        if places.any(|places| !Self::CAPACITY.contains(places)) {
            invalid.add(Field::Capacity, ProblemCode::OutOfRange);
        }
        invalid.into_result()
    }

    /// Returns the image if it is a web address, which a page may show.
    pub fn web_image(&self) -> Option<&str> {
        self.image.as_deref().filter(|image| is_web_address(image))
    }

    pub(crate) fn without_empty_texts(mut self) -> Self {
        for text in [&mut self.image, &mut self.location, &mut self.online_url] {
            *text = text.take().filter(|text| !text.is_empty());
        }
        self
    }

    fn check_description(&self, invalid: &mut InvalidEvent) {
        let (field, text) = (Field::Description, &self.description);
        check_length(invalid, field, text, MOST_DESCRIPTION);
        if text.chars().any(is_forbidden_in_lines) {
            invalid.add(field, ProblemCode::ControlCharacter);
        }
        check_unseen(invalid, field, text);
    }

    fn check_tags(&self, invalid: &mut InvalidEvent) {
        let not_blank = distinct(&self.tags)
            .into_iter()
            .filter(|tag| !is_blank(tag));
        if not_blank.count() > Self::MOST_TAGS {
            let most = Self::MOST_TAGS;
            invalid.add(Field::Tags, ProblemCode::TooManyTags { most });
        }
        let most = invalid.problems.len() + MOST_TAG_PROBLEMS;
        let mut earlier = HashSet::new();
        for (place, tag) in self.tags.iter().enumerate() {
            if invalid.problems.len() >= most {
                break;
            }
            let field = Field::Tag(place);
            let is_blank = is_blank(tag);
            if is_blank && !tag.chars().any(breaks_a_line) {
                invalid.add(field, ProblemCode::Blank);
            }
            check_text(invalid, field, &spelled_once(tag), Self::MOST_TAG);
            if !earlier.insert(tag) && !is_blank {
                invalid.add(field, ProblemCode::Repeated);
            }
        }
    }
}

/// Whether a description must not contain the character. This includes U+0000, which some databases
/// cannot store.
pub(crate) fn is_forbidden_in_lines(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// Checks a text of one line.
fn check_text(invalid: &mut InvalidEvent, field: Field, text: &str, most: usize) {
    check_length(invalid, field, text, most);
    if text.chars().any(breaks_a_line) {
        invalid.add(field, ProblemCode::ControlCharacter);
    }
    check_unseen(invalid, field, text);
}

/// Control characters, and the two Unicode line separators that are not control characters.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn check_unseen(invalid: &mut InvalidEvent, field: Field, text: &str) {
    if let Some(unseen) = find_unseen(text) {
        invalid.add(field, ProblemCode::UnseenCharacter(unseen));
    }
}

fn check_length(invalid: &mut InvalidEvent, field: Field, text: &str, most: usize) {
    if text.chars().count() > most {
        invalid.add(field, ProblemCode::TooLong { most });
    }
}
