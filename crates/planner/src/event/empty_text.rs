//! An empty text counts as no text.

/// Returns `None` for an empty text.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
