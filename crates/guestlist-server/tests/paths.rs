//! The pages of a user who is signed in, for tests that look at every page.

/// Those of the account.
pub(crate) const ACCOUNT: [&str; 8] = [
    "/account",
    "/account/profile",
    "/account/email",
    "/account/password",
    "/account/security",
    "/account/sessions",
    "/account/tokens",
    "/account/delete",
];

/// All pages, with those of that event of the user.
pub(crate) fn of_a_user(event: &str) -> Vec<String> {
    let others = [
        "/",
        "/events",
        "/events?mine",
        "/events/new",
        "/account/proof",
        event,
    ];
    let others = others.into_iter().chain(ACCOUNT).map(str::to_owned);
    let verbs = ["edit", "delete"].map(|verb| format!("{event}/{verb}"));
    others.chain(verbs).collect()
}
