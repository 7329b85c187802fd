//! The steps of a [`PlannerStore`](crate::PlannerStore), listed once, for what stands around every one of them.

/// Hands the list to that macro of `guestlist`, after what it is told first.
macro_rules! with_steps {
    ($around:ident, $($told:tt)*) => {
        guestlist::$around! {
            $($told)*
            InsertEvent insert_event(event: &Event, quota: u32) -> EventInsertion;
            FindEvent find_event(id: EventId) -> Option<ShownEvent>;
            ListEvents list_events(filter: &EventFilter, after: Option<&Position>, limit: ListLimit) -> EventList;
            UpdateEvent update_event(event: &Event, expected: Version) -> EventUpdate;
            DeleteEvent delete_event(id: EventId, expected: Version) -> EventDeletion;
            DeleteEventsOf delete_events_of(creator: UserId) -> u64;
            Sweep sweep(limit: u32) -> u64;
        }
    };
}

pub(crate) use with_steps;
