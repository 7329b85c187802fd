//! The rule for texts that users write and others read: names, titles, tags, descriptions,
//! locations.
//!
//! Some characters are invisible (Unicode's `Default_Ignorable_Code_Point`), or change the
//! direction of the text around them (UAX #9). With them one text can look like another, or like an
//! empty one (UTS #39). So they are refused, except where a language or an emoji needs them:
//!
//! - the joiners U+200C and U+200D after a letter of a script whose letters join, such as Arabic or
//!   Devanagari; U+200D also between two emoji (👩‍🚀);
//! - a variation selector after a character that has variants: symbols (❤️), keycaps (1️⃣), Han,
//!   Mongolian, Myanmar;
//! - tags in the flag of a region (🏴󠁧󠁢󠁳󠁣󠁴󠁿);
//! - the marks U+200E, U+200F and U+061C in a text with right-to-left letters, where they only put
//!   a bracket or a number in its place;
//! - the Hangul fillers beside the letters of a syllable, and U+034F between two combining marks.
//!
//! The API refuses such a text and names the character and its position, so that the stored text is
//! always the sent one. Users of a form cannot find an invisible character, so forms remove it
//! instead ([`without_unseen`]).
//!
//! The rule does not cover letters that look alike or control characters. E-mail addresses have a
//! stricter rule of their own.

use std::{borrow::Cow, fmt};

use unicode_general_category::{GeneralCategory, get_general_category};

/// An invisible character in a text that must not contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The character.
    pub character: char,
    /// Its position in the text, in characters, counted from 1.
    pub place: usize,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, place) = (u32::from(self.character), self.place);
        write!(f, "U+{code:04X} at character {place}, which is invisible")
    }
}

/// Returns the first character that the text must not contain.
pub fn find_unseen(text: &str) -> Option<Unseen> {
    let chars = suspicious(text)?;
    let marks = has_right_to_left(&chars);
    let refused = |at: &usize| {
        is_unseen(chars[*at]) && !is_needed(&chars[..*at], chars[*at], &chars[at + 1..], marks)
    };
    (0..chars.len()).find(refused).map(|at| Unseen {
        character: chars[at],
        place: at + 1,
    })
}

/// Removes the characters that the text must not contain. Visible characters are never removed.
pub fn without_unseen(text: &str) -> Cow<'_, str> {
    let Some(chars) = suspicious(text) else {
        return Cow::Borrowed(text);
    };
    let marks = has_right_to_left(&chars);
    let mut kept: Vec<char> = Vec::with_capacity(chars.len());
    for (at, &c) in chars.iter().enumerate() {
        if !is_unseen(c) || is_needed(&kept, c, &chars[at + 1..], marks) {
            kept.push(c);
        }
    }
    Cow::Owned(kept.into_iter().collect())
}

/// Whether the text has no visible character: only whitespace and invisible characters.
pub fn is_blank(text: &str) -> bool {
    // U+2800 is a braille cell without dots.
    text.chars()
        .all(|c| c.is_whitespace() || is_unseen(c) || c == '\u{2800}')
}

/// Returns the characters of the text if it has invisible ones, which almost no text has.
fn suspicious(text: &str) -> Option<Vec<char>> {
    let is_plain = text.is_ascii() || !text.chars().any(is_unseen);
    (!is_plain).then(|| text.chars().collect())
}

/// Whether a character is in `Default_Ignorable_Code_Point` of Unicode 16, or an annotation
/// character.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the language or emoji needs this invisible character. `marks` says whether the text has
/// right-to-left letters.
fn is_needed(before: &[char], c: char, after: &[char], marks: bool) -> bool {
    let last = before.last().copied().unwrap_or(' ');
    let next = after.first().copied().unwrap_or(' ');
    match c {
        '\u{61c}' | '\u{200e}' | '\u{200f}' => marks,
        '\u{200c}' => joins(last) && joins(next),
        '\u{200d}' => joins(last) || is_end_of_picture(last) && is_symbol(next),
        '\u{fe0e}' | '\u{fe0f}' => has_two_styles(last) || is_keycap(last) && next == '\u{20e3}',
        '\u{fe00}'..='\u{fe0d}' => has_variants(last) || is_symbol(last),
        '\u{e0100}'..='\u{e01ef}' => is_han(last),
        '\u{e0020}'..='\u{e007f}' => is_in_flag(before, c, after),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => is_mongolian(last),
        '\u{180e}' => is_mongolian(last) && is_mongolian(next),
        '\u{115f}' => matches!(next, '\u{1160}'..='\u{11a7}' | '\u{d7b0}'..='\u{d7c6}'),
        '\u{1160}' => matches!(last, '\u{1100}'..='\u{115f}' | '\u{a960}'..='\u{a97c}'),
        '\u{34f}' => is_mark(last) && is_mark(next),
        _ => false,
    }
}

/// Whether a character is a letter or mark of a script in which the form of a letter depends on the
/// letters beside it.
fn joins(c: char) -> bool {
    let script = matches!(c,
        '\u{600}'..='\u{109f}' | '\u{1700}'..='\u{1cff}' | '\u{a800}'..='\u{abff}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}');
    script && (c.is_alphabetic() || is_mark(c))
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    let category = get_general_category(c);
    matches!(category, EnclosingMark | NonspacingMark | SpacingMark) && !is_unseen(c)
}

/// Whether a character is an emoji, an arrow or another symbol beyond ASCII.
fn is_symbol(c: char) -> bool {
    use GeneralCategory::{MathSymbol, OtherSymbol};
    !c.is_ascii() && matches!(get_general_category(c), MathSymbol | OtherSymbol)
}

/// Whether a character can end an emoji: the emoji itself, a skin colour, a variation selector, or
/// the last tag of a flag.
fn is_end_of_picture(c: char) -> bool {
    is_symbol(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{fe0f}' | '\u{e007f}')
}

/// Whether a character has a text form and an emoji form.
fn has_two_styles(c: char) -> bool {
    is_symbol(c) || matches!(c, '\u{203c}' | '\u{2049}' | '\u{2139}' | '\u{3030}')
}

fn is_keycap(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '#' | '*')
}

fn has_variants(c: char) -> bool {
    is_han(c)
        || matches!(c,
            '\u{1000}'..='\u{109f}' | '\u{a840}'..='\u{a877}' | '\u{aa60}'..='\u{aa7f}'
            | '\u{10ac0}'..='\u{10aff}')
}

fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is a Mongolian letter.
fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1820}'..='\u{18aa}')
}

/// Whether a tag is part of a flag: a black flag, lower-case letters and digits as tags, and the
/// end tag (UTS #51, annex C).
fn is_in_flag(before: &[char], c: char, after: &[char]) -> bool {
    let is_tag = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let tags_before = before.iter().rev().take_while(|c| is_tag(c)).count();
    let flag = before.len().checked_sub(tags_before + 1);
    let begins = flag.is_some_and(|at| before[at] == '\u{1f3f4}');
    let tags_after = after.iter().take_while(|c| is_tag(c)).count();
    let ends = match c {
        '\u{e007f}' => tags_before > 0,
        _ => is_tag(&c) && after.get(tags_after) == Some(&'\u{e007f}'),
    };
    begins && ends
}

/// Whether the text has a letter of Hebrew, Arabic, or another right-to-left script.
fn has_right_to_left(chars: &[char]) -> bool {
    chars.iter().any(|&c| {
        matches!(c,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
            && c.is_alphabetic()
    })
}

/// Writes a number for users to read, such as `100,000`.
pub fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a number of things for users to read, such as `1 event` or `2 events`. `one` is the
/// singular of a word whose plural ends in `s`.
pub fn counted(number: impl Into<i128>, one: &str) -> String {
    let number = number.into();
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {one}{s}")
}

#[cfg(test)]
mod tests;
