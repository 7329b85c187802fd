//! The texts of mails. An application may replace them by its own [`MailTexts`].

use std::fmt;

use super::{
    event_removed::event_removed,
    html::html,
    line::one_line,
    notices::{origin, told, told_event},
    site::Site,
};
use crate::{Message, MessageKind, SecurityEventKind, User};

/// What a text may use. It is read when the mail is sent.
#[derive(Clone, Copy)]
pub struct MailContent<'a> {
    /// The message, with its data.
    pub message: &'a Message,
    /// The user, if the message concerns one.
    pub user: Option<&'a User>,
    /// The site.
    pub site: &'a Site,
    /// The whole link, if the message has one.
    pub link: Option<&'a str>,
    /// The six-digit code, if the message has one.
    pub code: Option<&'a str>,
}

/// Shows no link and no code.
impl fmt::Debug for MailContent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailContent({}, …)", self.message.id)
    }
}

/// The text of a mail.
#[derive(Clone)]
pub struct MailText {
    /// The subject. Control characters become spaces.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML, if it helps.
    pub html: Option<String>,
}

impl fmt::Debug for MailText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailText({:?}, …)", self.subject)
    }
}

/// Writes the texts of mails.
pub trait MailTexts: fmt::Debug + Send + Sync + 'static {
    /// Returns the text of a message.
    fn text(&self, content: &MailContent<'_>) -> MailText;
}

/// The texts in English that come with the library.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultTexts;

/// The name of the data of a mail that follows the undo of a change of address.
pub(crate) const UNDONE: &str = "undone";
/// The name of the data of a mail that follows the link of a notice.
pub(crate) const NOT_ME: &str = "not_me";

/// The parts of a text.
struct Parts {
    subject: String,
    /// What happened or what is asked for.
    about: String,
    /// What the reader should do, before the button.
    advice: Option<&'static str>,
    /// What the link does: the words on the button.
    action: &'static str,
    /// Why the user gets this mail.
    why: &'static str,
}

impl MailTexts for DefaultTexts {
    fn text(&self, content: &MailContent<'_>) -> MailText {
        let parts = parts(content);
        // A stranger may have signed up with this address, and the name may be an advertisement.
        let user = content.user.filter(|user| user.verified_at.is_some());
        let name = user.and_then(|user| user.name.as_ref());
        let hello = match name {
            Some(name) => format!("Hello {},", one_line(name.as_str())),
            None => "Hello,".to_owned(),
        };
        let mut before = vec![hello, parts.about.clone()];
        before.extend(parts.advice.map(str::to_owned));
        let plain =
            page(content.message.kind).map(|path| format!("{}{path}", content.site.base_url));
        let link = content.link.or(plain.as_deref());
        let mut after = Vec::new();
        if let Some(end) = content.message.link.as_ref().map(|link| link.expires_at) {
            let end = content.site.day_and_time(end);
            after.push(format!("The link works once, until {end}."));
        }
        if let Some(code) = content.code {
            after.push(format!(
                "If you are signed in, you can enter this code on your account page instead: {code}"
            ));
        }
        after.extend((!parts.why.is_empty()).then(|| parts.why.to_owned()));
        let site = one_line(&content.site.name);
        let foot = format!("{site}\n{}", content.site.base_url);

        let mut paragraphs = before.clone();
        if let Some(link) = link {
            paragraphs.push(format!("{}:\n{link}", parts.action));
        }
        paragraphs.extend(after.iter().cloned());
        paragraphs.push(foot);
        let html = link.map(|link| {
            before.push(String::new());
            html(&before, link, parts.action, &after, content.site)
        });
        MailText {
            subject: one_line(&parts.subject),
            text: paragraphs.join("\n\n") + "\n",
            html,
        }
    }
}

/// Returns the path of the page that a mail without a link of its own leads to.
fn page(kind: MessageKind) -> Option<&'static str> {
    match kind {
        MessageKind::ApprovalNeeded => Some("/admin/users?filter=unapproved"),
        MessageKind::Approved => Some("/sign-in"),
        MessageKind::EventRemoved => Some("/events?mine"),
        _ => None,
    }
}

fn parts(content: &MailContent<'_>) -> Parts {
    let site = one_line(&content.site.name);
    let data = |name: &str| content.message.data.get(name).map(one_line);
    let to = content.message.to.as_given();
    let origin = origin(&content.message.data, content.site);
    let event = told_event(&content.message.data).map(|(event, _)| event);
    let told = |otherwise: &str| {
        let told = told(&content.message.data);
        format!("{}{origin}", told.as_deref().unwrap_or(otherwise))
    };
    let not_me = "This was not me";
    let about_not_me = "If you did this, ignore this mail. If you did not, use the link. It ends all sessions, \
                         revokes all personal access tokens and removes the password. A mail then lets you set a \
                         new password.";
    let about_reset_link = "If you asked for this, ignore this mail. If you did not, use the link below. It ends all \
                            sessions, revokes all personal access tokens and removes the password. A mail then \
                            lets you set a new password.";
    let about_undo = "If you did this, ignore this mail. If you did not, undo the change. Your account then gets \
                      this address back, all sessions end, and the password and the second factor are removed. A \
                      mail to this address lets you set a new password.";
    let part = |subject: String, about: String, action, why| Parts {
        subject,
        about,
        advice: None,
        action,
        why,
    };
    let notice = |subject: String, about: String| Parts {
        advice: Some(about_not_me),
        ..part(subject, about, not_me, "")
    };
    match content.message.kind {
        MessageKind::VerifyEmail => part(
            format!("Confirm your e-mail address for {site}"),
            format!("Please confirm that {to} is your e-mail address."),
            "Confirm the address",
            "You get this mail because this address was used to sign up. \
             If you did not do this, ignore this mail.",
        ),
        MessageKind::ResetPassword if data(UNDONE).is_some() => part(
            format!("Set a new password for {site}"),
            "The change of your e-mail address was undone. All sessions of your account have ended, and its password \
             and second factor were removed. Set a new password to sign in again."
                .to_owned(),
            "Set a new password",
            "You get this mail because the change was undone by the link that this address got.",
        ),
        MessageKind::ResetPassword if data(NOT_ME).is_some() => part(
            format!("Set a new password for {site}"),
            "You reported a change that you did not make. All sessions have ended, all personal access tokens are \
             revoked, and the password was removed. Set a new password to sign in again."
                .to_owned(),
            "Set a new password",
            "You get this mail because you pressed \"This was not me\" in a mail.",
        ),
        // A link that an administrator made is not mailed; its text would be the same.
        MessageKind::ResetPassword | MessageKind::ResetLink => part(
            format!("Set a new password for {site}"),
            "A new password was requested for your account.".to_owned(),
            "Set a new password",
            "If you did not do this, ignore this mail: your password stays as it is.",
        ),
        MessageKind::ChangeEmail => part(
            format!("Confirm your new e-mail address for {site}"),
            format!("Please confirm that {to} is the new e-mail address of your account."),
            "Confirm the new address",
            "You get this mail because a user wants to change the address of an account to this one. \
             If you did not do this, ignore this mail.",
        ),
        MessageKind::EmailChanged => Parts {
            advice: Some(about_undo),
            ..part(
                format!("Your e-mail address for {site} was changed"),
                format!(
                    "The e-mail address of your account was changed. You no longer sign in with {to}.{origin}"
                ),
                "Undo the change",
                "",
            )
        },
        MessageKind::PasswordChanged => notice(
            format!("Your password for {site} was changed"),
            told("The password of your account was changed."),
        ),
        MessageKind::NewDevice => notice(
            format!("New sign-in to {site}"),
            told("A new device signed in to your account."),
        ),
        MessageKind::SecondFactorChanged => notice(
            match event {
                Some(SecurityEventKind::SecondFactorAdded) => format!("Second factor added: {site}"),
                Some(SecurityEventKind::SecondFactorRemoved) => {
                    format!("Second factor removed: {site}")
                }
                Some(SecurityEventKind::RecoveryCodesMade) => format!("New recovery codes: {site}"),
                _ => format!("The second factor of your account at {site} was changed"),
            },
            told("A second factor of your account was added or removed."),
        ),
        MessageKind::RecoveryCodeUsed => notice(
            format!("A recovery code was used at {site}"),
            told("A recovery code was used to sign in to your account."),
        ),
        MessageKind::AccountChanged if event == Some(SecurityEventKind::ResetLinkMade) => Parts {
            advice: Some(about_reset_link),
            ..part(
                format!("Password reset link made: {site}"),
                told("An administrator made a link that sets a new password for your account."),
                "I did not ask for this",
                "",
            )
        },
        MessageKind::AccountChanged => part(
            format!("Your role at {site} was changed"),
            told("An administrator changed your account."),
            "I did not ask for this",
            "If you did not expect this, ask an administrator of this site.",
        ),
        MessageKind::Invitation => part(
            format!("Invitation to {site}"),
            format!("You are invited to sign up at {site}."),
            "Sign up",
            "You get this mail because an administrator invited this address.",
        ),
        MessageKind::SignUpOnKnownAddress => part(
            format!("You already have an account at {site}"),
            format!(
                "{to} was entered to sign up, or as the new address of an account. You have an account with \
                 this address already. Sign in, or set a new password if you forgot yours."
            ),
            "Set a new password",
            "If you did not do this, ignore this mail: your account stays as it is.",
        ),
        MessageKind::ApprovalNeeded => part(
            format!("A new account at {site} waits for approval"),
            match data("email") {
                Some(email) => format!(
                    "{email} signed up and waits until an administrator approves the account. Others may wait, too: \
                     the list of users shows all of them."
                ),
                None => "A new account waits until an administrator approves it.".to_owned(),
            },
            "Show the account",
            "You get this mail because you are an administrator.",
        ),
        MessageKind::Approved => part(
            format!("Your account at {site} was approved"),
            "An administrator approved your account. You can sign in now.".to_owned(),
            "Sign in",
            "You get this mail because you signed up with this address.",
        ),
        MessageKind::EventRemoved => {
            let (subject, about) = event_removed(&site, data);
            let why = "You get this mail because the event was yours.";
            part(subject, about, "Show your events", why)
        }
    }
}

#[cfg(test)]
mod tests;
