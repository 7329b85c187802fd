//! The text of a mail about an event that an administrator removed.

use crate::{EventRemoval, RemovedEvent};

/// Returns the subject, and what happened and why. `site` and each part are one line.
pub(super) fn event_removed(site: &str, part: impl Fn(&str) -> Option<String>) -> (String, String) {
    let Some(removed) = RemovedEvent::read(part) else {
        let about = "An administrator removed your event.".to_owned();
        return (format!("Your event at {site} was removed"), about);
    };
    let (title, reason) = (removed.title, removed.reason);
    let (subject, about) = match removed.removal {
        EventRemoval::Unlisted => (
            format!("Your event at {site} was taken out of the lists"),
            format!(
                "An administrator took your event \"{title}\" out of all lists. Its address still works."
            ),
        ),
        EventRemoval::Deleted => (
            format!("Your event at {site} was deleted"),
            format!("An administrator deleted your event \"{title}\"."),
        ),
    };
    (subject, format!("{about}\nReason: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_was_removed_and_why() {
        let with = |removal: &'static str| {
            move |name: &str| {
                let text = match name {
                    EventRemoval::TITLE => "Tea",
                    EventRemoval::REMOVAL => removal,
                    _ => "spam",
                };
                Some(text.to_owned())
            }
        };
        let (subject, about) = event_removed("Plan", with("unlisted"));
        assert_eq!(subject, "Your event at Plan was taken out of the lists");
        assert!(about.contains("\"Tea\" out of all lists"), "{about}");
        assert!(about.ends_with("\nReason: spam"), "{about}");
        let (subject, _) = event_removed("Plan", with("deleted"));
        assert_eq!(subject, "Your event at Plan was deleted");
        let (subject, about) = event_removed("Plan", with("another"));
        assert_eq!(subject, "Your event at Plan was removed");
        assert_eq!(about, "An administrator removed your event.");
    }
}
