//! The log line of an event.

use std::borrow::Cow;

use tracing::field::display;

use super::{Actor, SecurityEvent, SecurityEventKind as Kind, detail};

impl SecurityEvent {
    /// Writes the log line: a warning if the event may be an attack.
    pub(crate) fn log(&self) {
        let detail = |name| self.details.get(name).map(display);
        let (user, text) = (&self.user_id, self.log_text());
        let actor = (self.actor != Actor::User).then(|| display(self.actor));
        let (session, how) = (detail(detail::SESSION), detail(detail::HOW));
        let (token, scope) = (detail(detail::TOKEN), detail(detail::SCOPE));
        let (generation, retries) = (detail(detail::GENERATION), detail(detail::RETRIES));
        let refreshed_from = detail(detail::REFRESHED_FROM);
        let another = self.details.get(detail::ANOTHER);
        let address = self.client.address.map(display);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    %user, kind = self.kind.as_str(), actor, session, how, token, scope,
                    generation, retries, address, refreshed_from, another, "{text}"
                )
            };
        }
        if self.kind.is_warning() {
            line!(warn);
        } else {
            line!(info);
        }
    }

    fn log_text(&self) -> Cow<'static, str> {
        let text = self.kind.log_text();
        let Some(reason) = self.details.get(detail::REASON) else {
            return text.into();
        };
        let why = match (self.kind, reason) {
            // The words of a person, which may have several lines.
            (Kind::EventUnlisted | Kind::EventDeleted, _) => return text.into(),
            (Kind::RefreshReused, detail::OLD_TOKEN) => {
                return "security: an old refresh token was used again, so its session ends".into();
            }
            (Kind::RefreshReused, detail::TOO_OFTEN) => {
                return "security: a refresh token was used again too often, so its session ends"
                    .into();
            }
            (Kind::RefreshReused, detail::ELSEWHERE) => {
                return "security: a refresh token was used again from elsewhere; if its owner did \
                        not do this, it was copied"
                    .into();
            }
            (_, detail::WRONG_PASSWORD) => "wrong password",
            (_, detail::WRONG_CODE) => "wrong code of the second factor",
            (_, detail::UNREADABLE_HASH) => "the password hash cannot be used",
            (_, detail::PASSWORD_CHANGED) => "the password was changed in the meantime",
            (_, detail::QUOTA) => "the user has too many",
            (_, other) => other,
        };
        format!("{text}: {why}").into()
    }
}
