//! Tells the owner of an account by mail about an event that matters to its security.

use std::time::Duration;

use futures_util::future::join;

use super::SignedIn;
use crate::{
    Guestlist, LinkPurpose, Message, MessageKind, SecurityEvent, SecurityEventKind, Session,
    StoreError, User, UserId, Wanted, causes, detail, mail::notice_data,
};

/// How long the owner can say that an event was not theirs. Many users read their mail only once a
/// week. A longer time would help a thief of the mailbox more than the owner of the account.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long after the sign-up the first sign-in is no news.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many entries of the security log are searched for an earlier sign-in.
const SEARCHED: u32 = 50;

impl Guestlist {
    /// Records an event and tells the user about it. Neither fails: what happened has happened, and
    /// its caller must not see it as failed.
    pub(super) async fn record_and_tell(&self, user: &User, event: SecurityEvent) {
        let told = self.tell(user, &event);
        join(self.record_event(event.clone()), told).await;
    }

    /// Does the same for a caller that has not read the user.
    pub(super) async fn record_and_tell_id(&self, event: SecurityEvent) {
        let told = async {
            match self.store().find_user(event.user_id).await {
                Ok(Some(user)) => self.tell(&user, &event).await,
                Ok(None) => {}
                Err(error) => untold(event.user_id, event.kind, &error),
            }
        };
        join(self.record_event(event.clone()), told).await;
    }

    async fn tell(&self, user: &User, event: &SecurityEvent) {
        if let Some(notice) = self.notice(user, event).await {
            self.insert_notice_of(&notice, event.kind).await;
        }
    }

    /// Returns the notice of an event, if the user is told about it, and counts it. A flood of one
    /// kind of event is bounded for each account; the security log has all of them. Different kinds
    /// do not share a limit: otherwise events that are no harm could hide one that is. An address
    /// that was never verified may be a stranger's, so all its notices together have a limit too.
    /// Mails that a visitor without the password causes count in neither.
    async fn notice(&self, user: &User, event: &SecurityEvent) -> Option<Message> {
        let kind = kind_of(event.kind)?;
        let counted = async {
            let may_be_a_strangers = user.verified_at.is_none();
            Ok(self.counts_notice(&user.email, event.kind).await?
                && (!may_be_a_strangers || self.counts_unverified_notice(&user.email).await?))
        };
        match counted.await {
            Ok(true) => {}
            Ok(false) => {
                tracing::debug!(user = %user.id, kind = %event.kind, "too many notices");
                return None;
            }
            Err(error) => {
                untold(user.id, event.kind, &error);
                return None;
            }
        }
        let (to, data) = (user.email.clone(), notice_data(event));
        let notice = Message::new(kind, Some(user.id), to, data, self.now());
        // Nothing that the link does takes a role back.
        let has_link = event.kind != SecurityEventKind::RoleChanged;
        Some(match has_link {
            true => notice.with_link(LinkPurpose::NotMe, None, self.now().plus(LIFETIME)),
            false => notice,
        })
    }

    async fn insert_notice_of(&self, notice: &Message, of: SecurityEventKind) {
        if let (Err(error), Some(user)) =
            (self.store().insert_message(notice).await, notice.user_id)
        {
            untold(user, of, &error);
        }
    }

    /// Opens a session, records its event, and tells the user if the device is new to the account.
    /// Returns `None` if the user no longer exists.
    pub(super) async fn open_and_tell(
        &self,
        user: User,
        session: Session,
        wanted: Wanted,
        event: SecurityEvent,
        is_known_device: bool,
    ) -> Result<Option<SignedIn>, StoreError> {
        let notice = self.notice_of_sign_in(user.clone(), event.clone(), wanted, is_known_device);
        let opened = self.open_session(user, session, wanted);
        let has_signed_in = |opened: &Result<Option<_>, _>| matches!(opened, Ok(Some(_)));
        let opened = self.record_beside(event, opened, has_signed_in);
        let (opened, notice) = join(opened, notice).await;
        let opened = opened?;
        if let (Some(_), Some(notice)) = (&opened, notice) {
            self.insert_notice_of(&notice, SecurityEventKind::SignIn)
                .await;
        }
        Ok(opened)
    }

    /// Returns the notice of a sign-in, if the device is new to the account. It runs while the
    /// session is stored, so that the sign-in waits for the insertion of the notice alone.
    ///
    /// A browser is known by the text that it keeps ([`DeviceToken`](super::DeviceToken)).
    /// A client without one is known if an earlier sign-in had the same `User-Agent` and network.
    /// The first sign-in is no news within a day of the sign-up.
    async fn notice_of_sign_in(
        &self,
        user: User,
        event: SecurityEvent,
        wanted: Wanted,
        is_known_device: bool,
    ) -> Option<Message> {
        if is_known_device {
            return None;
        }
        match self.is_news(&user, &event, wanted).await {
            Ok(true) => self.notice(&user, &event).await,
            Ok(false) => None,
            Err(error) => {
                untold(user.id, event.kind, &error);
                None
            }
        }
    }

    async fn is_news(
        &self,
        user: &User,
        event: &SecurityEvent,
        wanted: Wanted,
    ) -> Result<bool, StoreError> {
        let store = self.store();
        let events = store.list_security_events_of(user.id, None, SEARCHED);
        let events = events.await?;
        // The entry of this sign-in may be stored already.
        let own = event.details.get(detail::SESSION);
        let mut earlier = events
            .iter()
            .filter(|event| event.kind == SecurityEventKind::SignIn)
            .filter(|event| event.details.get(detail::SESSION) != own)
            .peekable();
        if earlier.peek().is_none() {
            return Ok(user.created_at.until(event.at) >= DAY);
        }
        let has_address = event.client.address.is_some() && !event.is_address_of_proxy();
        if wanted == Wanted::Cookie || !has_address {
            return Ok(true);
        }
        Ok(!earlier.any(|before| {
            before.client.device == event.client.device
                && before.client.is_on_the_network_of(&event.client)
                && !before.is_address_of_proxy()
        }))
    }
}

/// Returns the kind of mail that tells about an event; `None` if no mail does.
fn kind_of(event: SecurityEventKind) -> Option<MessageKind> {
    use SecurityEventKind as Event;
    Some(match event {
        Event::SignIn => MessageKind::NewDevice,
        Event::PasswordChanged | Event::PasswordReset | Event::PasswordSetByAdmin => {
            MessageKind::PasswordChanged
        }
        Event::SecondFactorAdded | Event::SecondFactorRemoved | Event::RecoveryCodesMade => {
            MessageKind::SecondFactorChanged
        }
        Event::RecoveryCodeUsed => MessageKind::RecoveryCodeUsed,
        Event::ResetLinkMade | Event::RoleChanged => MessageKind::AccountChanged,
        _ => return None,
    })
}

fn untold(user: UserId, kind: SecurityEventKind, error: &StoreError) {
    let error = causes(error);
    tracing::error!(%user, %kind, error, "cannot tell the user about a security event");
}

#[cfg(test)]
mod tests;
