//! Somebody wants the whole list, as a first version of a planner hands it out.

use guestlist::StoreError;

use crate::{EventFilter, EventSort, Planner, ShownEvent};

/// So many events at once, so that nobody waits long behind them.
const BATCH: u32 = 500;

impl Planner {
    /// All public events in the order they were made.
    pub async fn list_all_events(&self) -> Result<Vec<ShownEvent>, StoreError> {
        let filter = EventFilter {
            sort: EventSort::CreatedAt,
            ..EventFilter::default()
        };
        let mut all = vec![];
        let mut after = None;
        loop {
            let page = self.list_events(&filter, after.as_ref(), BATCH).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{EventFields, Visibility, plan::scene::Scene};

    #[tokio::test]
    async fn all_public_events_come_in_the_order_they_were_made() {
        let scene = Scene::set().await;
        let mut made = vec![];
        for n in 0..1_001 {
            made.push(scene.create(&format!("event {n}")).await);
        }
        let secret = EventFields {
            visibility: Visibility::Unlisted,
            ..Scene::tea()
        };
        scene
            .planner
            .create_event(scene.ada, secret)
            .await
            .expect("creates");
        let listed = scene.planner.list_all_events().await.expect("lists");
        let listed: Vec<_> = listed.into_iter().map(|shown| shown.event).collect();
        assert_eq!(listed, made);
    }
}
