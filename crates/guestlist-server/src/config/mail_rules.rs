//! Settings that need each other because of mails.

use super::{
    MailUrl, Settings,
    error::SettingsError,
    setting::About,
    settings::{CONCEAL, MAIL_FROM, MAIL_URL, REQUIRE_VERIFIED},
};

impl Settings {
    /// Refuses mails without a sender, and rules that would silently have no effect without mail.
    /// An operator who sets such a rule relies on it, so a warning in the log is not enough.
    pub(super) fn refuse_incomplete_mail(&self) -> Result<(), SettingsError> {
        if self.sends_mail() {
            return match &self.mail_from {
                Some(_) => Ok(()),
                None => Err(SettingsError::NoSender {
                    setting: &MAIL_URL.about,
                    origin: self.origin(&MAIL_URL),
                    missing: &MAIL_FROM.about,
                }),
            };
        }
        let needs_mail = |setting: &'static About| SettingsError::NeedsMail {
            setting,
            origin: self.origin_of(setting.name),
            missing: &MAIL_URL.about,
        };
        match (self.require_verified, self.conceal) {
            (true, _) => Err(needs_mail(&REQUIRE_VERIFIED.about)),
            (false, Some(true)) => Err(needs_mail(&CONCEAL.about)),
            _ => Ok(()),
        }
    }

    /// Whether mails leave this installation.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        !matches!(self.mail_url, MailUrl::Off)
    }
}
