//! What administrators do with accounts and events of other users. The API and the pages share it.
//! Each change is written to the log with the id of the administrator.

use guestlist::{
    Actor, Ended, EventRemoval, LinkPurpose, RemovedEvent, Role, SecondFactorError, UserId,
    UserSearch, UserSearchError, is_blank,
};
use guestlist_axum::Problem;
use planner::{EventId, Visibility};

use crate::app::App;

/// How many users a page of a list has.
pub(crate) const SHOWN: u32 = 50;

/// A change of another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountChange {
    /// The role.
    Role(Role),
    /// The administrator knows that the e-mail address is the user's. No mail is needed.
    Verify,
    /// The user may sign in, where an administrator approves new users.
    Approve,
    /// The user signs in with the password alone. The recovery codes are removed, too.
    RemoveSecondFactor,
    /// The user cannot sign in, and every session and token ends.
    Disable,
    /// The user can sign in again.
    Enable,
    /// The user can try to sign in again, after too many tries.
    Unlock,
}

impl AccountChange {
    /// Returns why administrators may not do this to their own account; `None` if they may.
    fn refusal_for_own_account(self) -> Option<&'static str> {
        match self {
            Self::Disable | Self::Role(Role::Member) => Some(
                "administrators cannot disable or demote their own account; ask another administrator",
            ),
            Self::Verify => Some(
                "administrators verify their own address by mail, or ask another administrator",
            ),
            Self::RemoveSecondFactor => {
                Some("administrators remove their own second factor with a code, in their account")
            }
            Self::Role(Role::Admin) | Self::Approve | Self::Enable | Self::Unlock => None,
        }
    }
}

/// What is done with an event that breaks the rules of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventAction {
    /// The event leaves all lists. Its address still works.
    Unlist,
    /// The event is deleted.
    Delete,
}

impl From<EventAction> for EventRemoval {
    fn from(action: EventAction) -> Self {
        match action {
            EventAction::Unlist => Self::Unlisted,
            EventAction::Delete => Self::Deleted,
        }
    }
}

/// Why an administrator unlists or deletes an event: one line or more, of at most 500 characters.
#[derive(Clone, Debug)]
pub(crate) struct Reason(String);

impl Reason {
    /// How many characters a reason has at most.
    pub(crate) const MOST: usize = 500;

    /// Reads a reason, without the whitespace around it.
    ///
    /// # Errors
    ///
    /// What a reason must be, to follow the name of the field.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if is_blank(text) {
            return Err("is required".to_owned());
        }
        if text.chars().nth(Self::MOST).is_some() {
            return Err(format!("has at most {} characters", Self::MOST));
        }
        let is_forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(is_forbidden) {
            return Err("has no control characters".to_owned());
        }
        if text.chars().any(turns_text) {
            return Err("has no characters that change the direction of text".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether the character changes the direction of the text that follows (Unicode UAX 9, 2.1 and 2.2),
/// or separates lines without a line feed.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl App {
    /// Unlists or deletes an event, as the administrator `admin`. Its creator gets a mail with the
    /// reason, and finds it in the security log. An event that is unlisted already stays as it is,
    /// and no mail is sent.
    ///
    /// # Errors
    ///
    /// 404 if the event does not exist.
    pub(crate) async fn moderate_event(
        &self,
        admin: UserId,
        event: EventId,
        action: EventAction,
        reason: &Reason,
    ) -> Result<(), Problem> {
        let found = self.planner.find_any_event(event).await?;
        let found = found.ok_or_else(Problem::not_found)?.event;
        let is_unlisted = found.fields.visibility == Visibility::Unlisted;
        if is_unlisted && action == EventAction::Unlist {
            return Ok(());
        }
        let removed = RemovedEvent {
            title: found.fields.title,
            removal: action.into(),
            reason: reason.0.clone(),
        };
        let (user, guestlist) = (found.creator, self.guestlist.acting_as(Actor::Admin(admin)));
        // The mail is queued first, so that no failure in between leaves the creator without it.
        if user != admin {
            guestlist.tell_event_removed(user, &removed).await?;
        }
        let done = match action {
            EventAction::Unlist => self.planner.unlist_event(event).await?,
            EventAction::Delete => self.planner.remove_event(event).await?,
        };
        done.ok_or_else(Problem::not_found)?;
        guestlist.record_event_removed(user, &removed).await;
        let (change, reason) = (removed.removal.as_str(), removed.reason.as_str());
        tracing::info!(%admin, %user, %event, change, reason, "an administrator changed an event");
        Ok(())
    }

    /// Makes a link by which the user sets another password, as the administrator `admin`.
    ///
    /// # Errors
    ///
    /// 404 if no user has the id, and 409 if the user is disabled.
    pub(crate) async fn make_reset_link(
        &self,
        admin: UserId,
        user: UserId,
    ) -> Result<String, Problem> {
        let guestlist = self.guestlist.acting_as(Actor::Admin(admin));
        let made = guestlist.make_reset_link(user).await?;
        let link = made.token.url(&self.base_url, LinkPurpose::ResetPassword);
        Ok(link.to_string())
    }

    /// Makes these changes of the account of a user, as the administrator `admin`. All are checked
    /// before the first is made.
    ///
    /// # Errors
    ///
    /// - 404 if no user has the id
    /// - 403 `own_account` if administrators may not do it to their own account
    /// - 409 `second_factor_not_set` if there is no second factor to remove
    /// - 409 `user_changed` if the address changed at the same moment
    pub(crate) async fn change_account(
        &self,
        admin: UserId,
        user: UserId,
        changes: &[AccountChange],
    ) -> Result<(), Problem> {
        let mut refusals = changes
            .iter()
            .filter_map(|change| change.refusal_for_own_account());
        if let (true, Some(detail)) = (user == admin, refusals.next()) {
            return Err(Problem::own_account(detail.to_owned()));
        }
        let guestlist = self.guestlist.acting_as(Actor::Admin(admin));
        let found = guestlist.find_user(user).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        for change in changes {
            match *change {
                AccountChange::Role(role) => guestlist.set_role_as(admin, user, role).await?,
                // Verifying it once more would only repeat the entry of the security log.
                AccountChange::Verify if found.verified_at.is_some() => {}
                AccountChange::Verify => {
                    if !guestlist.verify_user(user).await? {
                        let detail = "the user was changed in the meantime; try again";
                        return Err(Problem::conflict("user_changed", detail));
                    }
                }
                AccountChange::Approve => {
                    guestlist.approve_user(user).await?;
                }
                AccountChange::RemoveSecondFactor => {
                    if guestlist.remove_second_factor(user).await? == Ended::Before {
                        return Err(SecondFactorError::NotSet.into());
                    }
                }
                AccountChange::Disable => guestlist.disable_user_as(admin, user).await?,
                AccountChange::Enable => guestlist.enable_user(user).await?,
                AccountChange::Unlock => {
                    guestlist.unlock(&found.email).await?;
                }
            }
        }
        Ok(())
    }
}

/// Reads what an administrator searches for.
///
/// # Errors
///
/// What the text must be, to follow the name of the parameter.
pub(crate) fn read_search(text: &str) -> Result<Option<UserSearch>, String> {
    UserSearch::parse(text).map_err(|error| match error {
        UserSearchError::TooLong => format!("has at most {} characters", UserSearch::MOST),
        UserSearchError::Control => "has no control characters".to_owned(),
    })
}
