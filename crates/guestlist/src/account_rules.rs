//! What an application demands of the addresses of its accounts.

/// The rules about e-mail addresses. See [`Builder::account_rules`](crate::Builder::account_rules).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountRules {
    /// Whether mails leave this installation. Without it, a change of the address takes effect at
    /// once, because no mailbox could confirm it.
    pub sends_mail: bool,
    /// Whether an account can sign in only after its address is verified.
    pub require_verified: bool,
    /// Whether sign-up, reset of the password and change of the address answer alike for known and
    /// unknown addresses. An account that is made under this rule cannot sign in before its address
    /// is verified. It counts only together with `sends_mail`.
    pub conceal: bool,
}

impl AccountRules {
    /// Whether addresses of accounts are concealed: the rule is set, and mails are sent. Without
    /// mail, no user could verify the address of a concealed account.
    pub fn conceals(self) -> bool {
        self.conceal && self.sends_mail
    }

    /// Whether a new account can sign in only after its address is verified.
    pub fn verifies_first(self) -> bool {
        self.require_verified || self.conceals()
    }
}
