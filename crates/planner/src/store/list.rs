//! A part of a list of events, limited by number and by bytes.

use crate::ShownEvent;

/// How large one part of a list may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimit {
    /// How many events at most.
    pub events: u32,
    /// How many bytes at most, as [`Event::bytes`](crate::Event::bytes) counts them. The first
    /// event is always returned, whatever its size.
    pub bytes: u32,
}

/// A part of a list of events, in the order of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventList {
    /// The events.
    pub events: Vec<ShownEvent>,
    /// Whether the list continues with an event that did not fit into [`ListLimit::bytes`].
    pub is_cut: bool,
}

/// Collects a part of a list: a store offers one event after the other, until there is no more
/// room.
#[derive(Debug)]
pub struct ListBuilder {
    list: EventList,
    limit: ListLimit,
    bytes: u64,
}

impl ListBuilder {
    /// An empty part with that limit.
    pub fn new(limit: ListLimit) -> Self {
        Self {
            list: EventList::default(),
            limit,
            bytes: 0,
        }
    }

    /// How many more events there is room for; 0 after an event that was too large.
    pub fn wanted(&self) -> u32 {
        if self.list.is_cut {
            return 0;
        }
        let listed = u32::try_from(self.list.events.len()).unwrap_or(u32::MAX);
        self.limit.events.saturating_sub(listed)
    }

    /// How many more bytes there is room for.
    pub fn wanted_bytes(&self) -> u64 {
        u64::from(self.limit.bytes).saturating_sub(self.bytes)
    }

    /// Adds the next event of the list, or marks the list as cut if there is no room for its bytes.
    pub fn push(&mut self, shown: ShownEvent) {
        if self.wanted() == 0 {
            return;
        }
        let bytes = u64::try_from(shown.event.bytes()).unwrap_or(u64::MAX);
        if bytes > self.wanted_bytes() && !self.list.events.is_empty() {
            self.list.is_cut = true;
            return;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.list.events.push(shown);
    }

    /// Returns the collected events.
    pub fn finish(self) -> EventList {
        self.list
    }
}
