//! Converts an event filter to a MongoDB pipeline.

use guestlist::Timestamp;
use guestlist_mongodb::mongodb::bson::{Document, doc};
use planner::{EventFilter, EventId, EventSort, Position, Visibility};

/// Returns the stages that find the events that match the filter, in its order, after that
/// position. The index has this order, so MongoDB sorts nothing.
pub(super) fn window(filter: &EventFilter, after: Option<&Position>) -> Vec<Document> {
    let key = match filter.sort {
        EventSort::StartsAt | EventSort::StartsAtDesc => "sort_at",
        EventSort::CreatedAt | EventSort::CreatedAtDesc => "created_at",
    };
    let (direction, beyond, from) = match filter.sort.is_descending() {
        true => (-1, "$lt", "$lte"),
        false => (1, "$gt", "$gte"),
    };
    let mut all = vec![match filter.creator {
        Some(creator) => doc! { "creator": creator.to_string() },
        None => doc! { "visibility": Visibility::Public.as_str() },
    }];
    if let Some(after) = after {
        // The bound is repeated alone, because MongoDB needs it to enter the index there.
        all.push(doc! { key: { from: after.key } });
        let same_key = doc! { key: after.key, "_id": { beyond: after.id.to_string() } };
        all.push(doc! { "$or": [{ key: { beyond: after.key } }, same_key] });
    }
    all.extend(in_time(filter));
    all.extend(over_in_time(filter));
    all.extend(filter.tags().iter().map(|tag| doc! { "tags": tag }));
    if let Some(words) = filter.q() {
        all.push(doc! { "search_text": { "$regex": literally(words) } });
    }
    vec![
        doc! { "$match": { "$and": all } },
        doc! { "$sort": { key: direction, "_id": direction } },
    ]
}

/// Returns the stages that find all events whose text contains `q`, the newest first, after that
/// id.
pub(super) fn everything(q: Option<&str>, after: Option<EventId>) -> Vec<Document> {
    let mut filter = Document::new();
    if let Some(after) = after {
        filter.insert("_id", doc! { "$lt": after.to_string() });
    }
    if let Some(words) = q {
        filter.insert("search_text", doc! { "$regex": literally(words) });
    }
    vec![doc! { "$match": filter }, doc! { "$sort": { "_id": -1 } }]
}

/// An undecided event sorts after all others and matches no range of time.
fn in_time(filter: &EventFilter) -> Option<Document> {
    let (after, before) = (filter.sorts_after(), filter.starts_before);
    (after.is_some() || before.is_some()).then(|| {
        let after = after.unwrap_or(i64::MIN);
        let before = before.map_or(i64::MAX, Timestamp::as_millis);
        doc! { "sort_at": { "$gt": after, "$lt": before } }
    })
}

fn over_in_time(filter: &EventFilter) -> impl Iterator<Item = Document> {
    let bound = |beyond: &str, at: Timestamp| doc! { "over_at": { beyond: at.as_millis() } };
    let after = filter.over_after.map(|after| bound("$gt", after));
    let by = filter.over_by.map(|by| bound("$lte", by));
    after.into_iter().chain(by)
}

/// Returns a regular expression that matches exactly that text. In every dialect, a backslash
/// before a punctuation character means that character.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_means_itself() {
        assert_eq!(literally(r"a.b*(c)\E ü_1"), r"a\.b\*\(c\)\\E ü\_1");
    }
}
