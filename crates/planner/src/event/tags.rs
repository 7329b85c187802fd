//! How tags are spelled, so that two that look the same are one: here and nowhere else.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The one spelling of a tag: Unicode's normalization form C. "é" is one character in it, however
/// somebody's keyboard composed it. Case counts.
pub fn spelled_once(tag: &str) -> Cow<'_, str> {
    if is_nfc(tag) {
        Cow::Borrowed(tag)
    } else {
        Cow::Owned(tag.nfc().collect())
    }
}

/// The tags in their order, each in its one spelling: of tags that only their spelling told apart, the
/// first stays. Stores bring rows of earlier versions into this form.
pub fn spelled_once_each(tags: Vec<String>) -> Vec<String> {
    one_spelling_each(tags, &[])
}

/// The different tags among these.
pub(crate) fn distinct(tags: &[String]) -> BTreeSet<Cow<'_, str>> {
    tags.iter().map(|tag| spelled_once(tag)).collect()
}

/// The tags in their order, each in its one spelling, except for those in `kept`, which stay as they
/// are. Of tags that only their spelling told apart, the first stays. A tag that is there twice letter
/// by letter stays twice: that is a mistake, and the caller refuses it.
pub(crate) fn one_spelling_each(tags: Vec<String>, kept: &[String]) -> Vec<String> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut spelled = Vec::with_capacity(tags.len());
    for tag in tags {
        let once = spelled_once(&tag).into_owned();
        let given = first.entry(once.clone()).or_insert_with(|| tag.clone());
        if *given == tag {
            let stays = kept.contains(&tag);
            spelled.push(if stays { tag } else { once });
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSED: &str = "caf\u{e9}";
    const DECOMPOSED: &str = "cafe\u{301}";

    fn kept(tags: &[&str], kept: &[&str]) -> Vec<String> {
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        one_spelling_each(owned(tags), &owned(kept))
    }

    #[test]
    fn two_spellings_of_a_tag_are_one_tag() {
        assert_eq!(kept(&[COMPOSED, DECOMPOSED], &[]), [COMPOSED]);
        assert_eq!(kept(&[DECOMPOSED, "tea", COMPOSED], &[]), [COMPOSED, "tea"]);
        assert_eq!(kept(&["tea", "Tea"], &[]), ["tea", "Tea"]);
    }

    #[test]
    fn a_tag_that_is_there_twice_letter_by_letter_stays_a_mistake() {
        assert_eq!(kept(&["tea", "tea"], &[]), ["tea", "tea"]);
    }

    #[test]
    fn what_was_kept_before_stays_as_it_is() {
        assert_eq!(
            kept(&[DECOMPOSED, "tea"], &[DECOMPOSED]),
            [DECOMPOSED, "tea"]
        );
        assert_eq!(kept(&[DECOMPOSED, COMPOSED], &[DECOMPOSED]), [DECOMPOSED]);
    }
}
