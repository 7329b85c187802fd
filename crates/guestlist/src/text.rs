//! The one rule for texts that people write and others read: names, titles, tags, descriptions, places.
//!
//! Some characters are drawn as nothing (Unicode's `Default_Ignorable_Code_Point`), or turn the direction of
//! the text around them (UAX #9). With them one text looks like another, or like none (UTS #39). So they are
//! refused, except where a language or a picture is spelled with them:
//!
//! - the joiners U+200C and U+200D after a letter of a script whose letters join, such as Arabic or
//!   Devanagari; U+200D also between two pictures (👩‍🚀);
//! - a variation selector after a character that has variants: symbols (❤️), keycaps (1️⃣), Han, Mongolian,
//!   Myanmar;
//! - tags in the flag of a region (🏴󠁧󠁢󠁳󠁣󠁴󠁿);
//! - the marks U+200E, U+200F and U+061C in a text with right-to-left letters, where they put a bracket or a
//!   number in its place and turn nothing else;
//! - the Hangul fillers beside the letters of a syllable, and U+034F between two combining marks.
//!
//! Programs get a refusal that names the character and its place, so that what is stored is what was sent.
//! Nobody can find such a character in a form: what people type or paste into one loses it instead
//! ([`without_unseen`]).
//!
//! This is about what is seen and says nothing about letters that look alike. Control characters are
//! not among these; e-mail addresses have a stricter rule of their own.

use std::{borrow::Cow, fmt};

use unicode_general_category::{GeneralCategory, get_general_category};

/// A character that nobody can see, in a text that must not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The character.
    pub character: char,
    /// Its place in the text, in characters from 1.
    pub place: usize,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, place) = (u32::from(self.character), self.place);
        write!(f, "U+{code:04X} at character {place}, which nobody can see")
    }
}

/// Finds the first character that a text must not hold.
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

/// The text without the characters that it must not hold; nothing that can be seen is lost.
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

/// Whether nothing in the text can be seen: only white space, and what is drawn as nothing.
pub fn is_blank(text: &str) -> bool {
    // U+2800 is a cell of braille without dots.
    text.chars()
        .all(|c| c.is_whitespace() || is_unseen(c) || c == '\u{2800}')
}

/// The characters of a text that holds some of these. Nearly no text does.
fn suspicious(text: &str) -> Option<Vec<char>> {
    let is_plain = text.is_ascii() || !text.chars().any(is_unseen);
    (!is_plain).then(|| text.chars().collect())
}

/// `Default_Ignorable_Code_Point` of Unicode 16, and the annotation characters.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether such a character is a part of how the text is spelled; `marks` says whether it has right-to-left
/// letters.
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

/// A letter or a mark of a script whose letters change their form beside each other.
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

/// A picture, an arrow or another symbol beyond ASCII.
fn is_symbol(c: char) -> bool {
    use GeneralCategory::{MathSymbol, OtherSymbol};
    !c.is_ascii() && matches!(get_general_category(c), MathSymbol | OtherSymbol)
}

/// What a picture may end in: itself, a colour of skin, a variation selector, or the last tag of a flag.
fn is_end_of_picture(c: char) -> bool {
    is_symbol(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{fe0f}' | '\u{e007f}')
}

/// What is drawn as text or as a picture.
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

/// A letter of Mongolian, or one that already has its variant.
fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1820}'..='\u{18aa}')
}

/// A black flag, small letters and digits as tags, and the tag that ends them (UTS #51, annex C).
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

/// Whether there is a letter of Hebrew, Arabic, or another script that is written from right to left.
fn has_right_to_left(chars: &[char]) -> bool {
    chars.iter().any(|&c| {
        matches!(c,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
            && c.is_alphabetic()
    })
}

#[cfg(test)]
mod tests;
