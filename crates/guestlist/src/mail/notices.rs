//! The texts of notices: mails about an event that matters to the security of an account.

use super::{line::one_line, site::Site};
use crate::{
    Actor, MessageData, SecurityEvent, SecurityEventKind as Event, Timestamp, detail,
    device_in_words,
};

/// The names of the data of a notice.
const EVENT: &str = "event";
const AT: &str = "at";
const BY: &str = "by";
const DEVICE: &str = "device";
const ADDRESS: &str = "address";

/// Returns the data of a notice. An administrator is not named.
pub(crate) fn notice_data(event: &SecurityEvent) -> MessageData {
    let mut data = MessageData::new()
        .with(EVENT, event.kind.as_str())
        .with(AT, event.at.as_millis().to_string());
    if event.actor != Actor::User {
        data = data.with(BY, event.actor.kind());
    }
    if let Some(device) = &event.client.device {
        data = data.with(DEVICE, device);
    }
    if let Some(address) = event.client.address {
        data = data.with(ADDRESS, address.to_string());
    }
    for name in [detail::LEFT, detail::ROLE, detail::ADDRESS_OF] {
        if let Some(value) = event.details.get(name) {
            data = data.with(name, value);
        }
    }
    data
}

/// Returns the event that a notice tells about, and when it happened.
pub(crate) fn told_event(data: &MessageData) -> Option<(Event, Timestamp)> {
    let event = data.get(EVENT)?.parse().ok()?;
    let at = data.get(AT)?.parse().ok()?;
    Some((event, Timestamp::from_millis(at)))
}

/// Says what happened, in one or two sentences. `None` if the message is no notice.
pub(crate) fn told(data: &MessageData) -> Option<String> {
    let (event, _) = told_event(data)?;
    let by = match data.get(BY) {
        Some("command_line") => Some("A command on the server"),
        Some(_) => Some("An administrator"),
        None => None,
    };
    let admin = by.unwrap_or("An administrator");
    Some(match event {
        Event::SignIn => "A new device signed in to your account.".to_owned(),
        Event::PasswordChanged => {
            "The password of your account was changed. All other sessions have ended, and all personal access tokens \
             are revoked."
                .to_owned()
        }
        Event::PasswordReset => {
            "The password of your account was reset with a link. All sessions have ended, and all personal access \
             tokens are revoked."
                .to_owned()
        }
        Event::PasswordSetByAdmin => format!(
            "{admin} set a new password for your account. All sessions have ended, and all personal access tokens are \
             revoked."
        ),
        Event::SecondFactorAdded => {
            "A second factor was added to your account. Each sign-in needs a code from now on.".to_owned()
        }
        Event::SecondFactorRemoved => match by {
            Some(by) => {
                format!("{by} removed the second factor of your account and its recovery codes.")
            }
            None => "The second factor of your account and its recovery codes were removed.".to_owned(),
        },
        Event::RecoveryCodesMade => {
            "New recovery codes were made for your account. The earlier ones do not work any more."
                .to_owned()
        }
        Event::RecoveryCodeUsed => {
            let left = match data.get(detail::LEFT) {
                Some("1") => " 1 recovery code is left.".to_owned(),
                Some(left) => format!(" {} recovery codes are left.", one_line(left)),
                None => String::new(),
            };
            format!("A recovery code was used for your account in place of the second factor.{left}")
        }
        Event::ResetLinkMade => format!(
            "{admin} made a link that sets a new password for your account. You get that link from them, not by this mail."
        ),
        Event::RoleChanged => match data.get(detail::ROLE) {
            Some("admin") => format!("{admin} made you an administrator of this site."),
            _ => format!("{admin} changed your role: you are not an administrator of this site any more."),
        },
        _ => return None,
    })
}

/// Returns the lines that say when it happened, and from which device and address.
pub(super) fn origin(data: &MessageData, site: &Site) -> String {
    let at = told_event(data).map(|(_, at)| format!("\nTime: {}", site.day_and_time(at)));
    let device = data.get(DEVICE).map(|device| {
        let words = device_in_words(device);
        format!("\nDevice: {}", words.as_deref().unwrap_or("Unknown device"))
    });
    let of = match data.get(detail::ADDRESS_OF) {
        Some(detail::PROXY) => " (the address of a proxy)",
        _ => "",
    };
    let address = data.get(ADDRESS).map(one_line);
    let address = address.map(|address| format!("\nIP address: {address}{of}"));
    [at, device, address].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};

    use super::*;
    use crate::{
        Client, DefaultTexts, MailContent, MailTexts, Message, MessageKind, testing::user,
    };

    fn mail(event: &SecurityEvent, kind: MessageKind, site: &Site) -> String {
        let ada = user("ada@example.com");
        let data = notice_data(event);
        let message = Message::new(kind, Some(ada.id), ada.email.clone(), data, event.at);
        let text = DefaultTexts.text(&MailContent {
            message: &message,
            user: Some(&ada),
            site,
            link: None,
            code: None,
        });
        text.text
    }

    fn site(time_zone: Option<TimeZone>) -> Site {
        Site {
            name: "Plan".to_owned(),
            base_url: "https://plan.example".to_owned(),
            time_zone,
        }
    }

    #[test]
    fn a_notice_says_when_and_from_where_in_words() {
        let at = Timestamp::from_millis(1_795_219_200_123);
        let client = Client {
            device: Some(
                "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned(),
            ),
            address: Some("192.0.2.1".parse().expect("is an address")),
        };
        let ada = user("ada@example.com").id;
        let event = SecurityEvent::new(ada, Event::SignIn, Actor::User, at).from_client(client);
        let text = mail(&event, MessageKind::NewDevice, &site(None));
        for line in [
            "A new device signed in to your account.",
            "Time: 21 November 2026, 00:00 UTC\n",
            "Device: Firefox on Windows\n",
            "IP address: 192.0.2.1\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        // A zone without a name is not shown.
        let unnamed = TimeZone::fixed(Offset::constant(1));
        assert_eq!(
            mail(&event, MessageKind::NewDevice, &site(Some(unnamed))),
            text
        );
        let event = event.with(detail::ADDRESS_OF, detail::PROXY);
        let text = mail(&event, MessageKind::NewDevice, &site(None));
        assert!(
            text.contains("192.0.2.1 (the address of a proxy)"),
            "{text}"
        );
    }

    #[test]
    fn each_event_has_its_words_for_each_actor_and_names_no_administrator() {
        let ada = user("ada@example.com").id;
        let told_of = [
            Event::SignIn,
            Event::PasswordChanged,
            Event::PasswordReset,
            Event::PasswordSetByAdmin,
            Event::SecondFactorAdded,
            Event::SecondFactorRemoved,
            Event::RecoveryCodesMade,
            Event::RecoveryCodeUsed,
            Event::ResetLinkMade,
            Event::RoleChanged,
        ];
        let mut texts = std::collections::BTreeSet::new();
        for event in told_of {
            for actor in [
                Actor::User,
                Actor::Admin(ada),
                Actor::CommandLine,
                Actor::System,
            ] {
                let at = Timestamp::from_millis(1);
                let data = notice_data(&SecurityEvent::new(ada, event, actor, at));
                assert!(!data.to_stored().contains(&ada.to_string()), "{event}");
                assert_eq!(told_event(&data), Some((event, at)));
                let text = told(&data).expect("has words");
                assert!(text.ends_with('.') && text.contains("your"), "{text}");
                texts.insert(text);
            }
        }
        assert!(texts.len() > told_of.len());
        let used = SecurityEvent::new(
            ada,
            Event::RecoveryCodeUsed,
            Actor::User,
            Timestamp::from_millis(1),
        );
        for (left, words) in [
            (7, "7 recovery codes are left."),
            (1, "1 recovery code is left."),
        ] {
            let text = told(&notice_data(&used.clone().with(detail::LEFT, left)));
            assert!(text.expect("has words").ends_with(words), "{left}");
        }
        assert_eq!(told(&MessageData::new()), None);
    }
}
