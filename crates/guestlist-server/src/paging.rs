//! Pages of a list: each is read with one entry more than is shown.

/// Returns how many entries of a list to read: one more than is shown tells whether there is a next
/// page.
pub(crate) const fn to_fetch(shown: u32) -> u32 {
    shown.saturating_add(1)
}

/// Removes the entry that is not shown. If there was one, returns the last entry of the page, after
/// which the next one begins.
pub(crate) fn cut<T>(entries: &mut Vec<T>, shown: u32) -> Option<&T> {
    let shown = usize::try_from(shown).unwrap_or(usize::MAX);
    if entries.len() <= shown {
        return None;
    }
    entries.truncate(shown);
    entries.last()
}
