//! The normal form of tags, so that tags that look the same are equal. It is defined only here.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Returns the tag in Unicode normalization form C. In it, "é" is one character, even if the
/// keyboard produced two. Case is significant.
pub fn spelled_once(tag: &str) -> Cow<'_, str> {
    if is_nfc(tag) {
        Cow::Borrowed(tag)
    } else {
        Cow::Owned(tag.nfc().collect())
    }
}

/// Normalizes the tags and keeps their order. Of tags that become equal, only the first remains.
/// Stores use it for records of earlier versions.
pub fn spelled_once_each(tags: Vec<String>) -> Vec<String> {
    one_spelling_each(tags, &[])
}

/// Returns the different tags.
pub(crate) fn distinct(tags: &[String]) -> BTreeSet<Cow<'_, str>> {
    tags.iter().map(|tag| spelled_once(tag)).collect()
}

/// Normalizes the tags and keeps their order, but leaves tags in `kept` unchanged. Of tags that
/// become equal, only the first remains. A tag that is repeated exactly stays twice, so that the
/// caller can refuse it.
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
    fn an_exactly_repeated_tag_stays_twice() {
        assert_eq!(kept(&["tea", "tea"], &[]), ["tea", "tea"]);
    }

    #[test]
    fn stored_tags_stay_unchanged() {
        assert_eq!(
            kept(&[DECOMPOSED, "tea"], &[DECOMPOSED]),
            [DECOMPOSED, "tea"]
        );
        assert_eq!(kept(&[DECOMPOSED, COMPOSED], &[DECOMPOSED]), [DECOMPOSED]);
    }
}
