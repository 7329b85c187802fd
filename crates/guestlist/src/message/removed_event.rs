//! What a message says about an event that an administrator removed.

use super::MessageData;

/// An event that an administrator took out of the lists or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedEvent {
    /// The title of the event.
    pub title: String,
    /// What was done with the event.
    pub removal: EventRemoval,
    /// Why, in the words of the administrator.
    pub reason: String,
}

/// What an administrator did with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventRemoval {
    /// The event is in no list any more. Its address still works.
    Unlisted,
    /// The event is deleted.
    Deleted,
}

impl EventRemoval {
    /// The name of the title in [`MessageData`].
    pub(crate) const TITLE: &str = "title";
    /// The name of the removal in [`MessageData`].
    pub(crate) const REMOVAL: &str = "removal";
    /// The name of the reason in [`MessageData`].
    pub(crate) const REASON: &str = "reason";

    /// Returns the stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlisted => "unlisted",
            Self::Deleted => "deleted",
        }
    }
}

impl RemovedEvent {
    /// Reads the data of a message. `None` if a part is missing.
    pub(crate) fn of_data(data: &MessageData) -> Option<Self> {
        Self::read(|name| data.get(name).map(str::to_owned))
    }

    /// Reads the parts by their names. `None` if a part is missing.
    pub(crate) fn read(part: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let removals = [EventRemoval::Unlisted, EventRemoval::Deleted];
        let word = part(EventRemoval::REMOVAL)?;
        Some(Self {
            title: part(EventRemoval::TITLE)?,
            removal: removals.into_iter().find(|it| it.as_str() == word)?,
            reason: part(EventRemoval::REASON)?,
        })
    }
}
