//! Lists events, a page at a time.

use guestlist::StoreError;

use crate::{EventFilter, ListLimit, Planner, Position, ShownEvent, spelled_once};

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The events, in the order asked for.
    pub items: Vec<ShownEvent>,
    /// Where the next page starts, if there is one.
    pub next: Option<Position>,
}

impl Planner {
    /// Returns up to `limit` events that match the filter. The list begins after the position
    /// `after`, or at the beginning of the order if `after` is `None`. A page has fewer events if
    /// they are large ([`Planner::list_bytes`]), but at least one.
    pub async fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        if filter.matches_nothing() {
            return Ok(Page::default());
        }
        let tags = filter.tags().iter();
        let tags = tags.map(|tag| spelled_once(tag).into_owned()).collect();
        let filter = &filter.clone().tagged(tags);
        // Ask for one more event, to know whether there is a next page.
        let more = limit.saturating_add(1);
        let more = ListLimit {
            events: more,
            bytes: self.list_bytes,
        };
        let list = self.store.list_events(filter, after, more).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut items = list.events;
        let has_more = list.is_cut || items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more);
        let next = next.map(|last| last.event.position(filter.sort));
        Ok(Page { items, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventDraft, plan::fixture::Fixture};

    fn titles(page: &Page) -> Vec<&str> {
        page.items
            .iter()
            .map(|shown| shown.event.fields.title.as_str())
            .collect()
    }

    #[tokio::test]
    async fn the_last_page_has_no_next() {
        let fixture = Fixture::new().await;
        for title in ["a", "b", "c", "d"] {
            fixture.create(title).await;
        }
        let all = EventFilter::default();
        let list = |after, limit| fixture.planner.list_events(&all, after, limit);
        let first = list(None, 2).await.expect("lists");
        assert_eq!(titles(&first), ["a", "b"]);
        let second = list(first.next.as_ref(), 2).await.expect("lists");
        assert_eq!(titles(&second), ["c", "d"]);
        assert_eq!(second.next, None);
        let everything = list(None, u32::MAX).await.expect("lists");
        assert_eq!((everything.items.len(), everything.next), (4, None));
    }

    #[tokio::test]
    async fn a_page_of_large_events_is_shorter_and_the_next_one_continues() {
        let fixture = Fixture::new().await;
        for n in 0..7 {
            let draft = EventDraft {
                title: format!("event {n}"),
                description: "x".repeat(9_000),
                ..Fixture::tea()
            };
            let made = fixture.planner.create_event(fixture.ada, &draft).await;
            made.expect("creates");
        }
        let planner = fixture.planner.clone().list_bytes(20_000);
        let filter = EventFilter::default();
        let (mut all, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = planner.list_events(&filter, after.as_ref(), 5);
            let page = page.await.expect("lists");
            sizes.push(page.items.len());
            all.extend(titles(&page).into_iter().map(str::to_owned));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(sizes, [2, 2, 2, 1]);
        let expected: Vec<_> = (0..7).map(|n| format!("event {n}")).collect();
        assert_eq!(all, expected);
    }

    #[tokio::test]
    async fn a_search_ignores_case_and_never_spans_fields() {
        let fixture = Fixture::new().await;
        let draft = EventDraft {
            title: "Über Tea".to_owned(),
            description: "milk".to_owned(),
            location: Some("London".to_owned()),
            ..Fixture::tea()
        };
        fixture
            .planner
            .create_event(fixture.ada, &draft)
            .await
            .expect("creates");
        for (words, found) in [
            ("", 1),
            ("ÜBER", 1),
            ("u\u{308}ber", 1),
            ("MILK", 1),
            ("london", 1),
            ("uber", 0),
            ("teamilk", 0),
            ("tea\u{1f}milk", 0),
            ("\u{1f}", 0),
            ("\0", 0),
        ] {
            let filter = EventFilter::default().searching(words);
            let page = fixture
                .planner
                .list_events(&filter, None, 9)
                .await
                .expect("lists");
            assert_eq!(page.items.len(), found, "{words:?}");
        }
    }

    #[tokio::test]
    async fn a_tag_that_no_event_can_have_matches_nothing() {
        let fixture = Fixture::new().await;
        fixture.create("a").await;
        let filter = EventFilter::default().tagged(vec!["\0".to_owned()]);
        let page = fixture
            .planner
            .list_events(&filter, None, 9)
            .await
            .expect("lists");
        assert_eq!(page, Page::default());
    }
}
