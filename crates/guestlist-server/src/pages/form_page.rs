//! Which page shows which form.

/// The page that offers a draft which is too long for an address.
pub(super) const DRAFT: &str = "/draft";

/// Returns the page that shows the form sent to `path`, if there is one.
pub(super) fn page_of_form(path: &str) -> Option<&str> {
    let is_of_event = |path: &str| {
        let rest = path.strip_prefix("/events/");
        let (id, verb) = rest
            .and_then(|rest| rest.split_once('/'))
            .unwrap_or_default();
        !id.is_empty() && matches!(verb, "edit" | "delete")
    };
    let is_link = |path: &str| {
        let mut segments = path.split('/').skip(1);
        let place = segments.next().unwrap_or_default();
        let has_token = segments.next().is_some_and(|token| !token.is_empty());
        let is_place = matches!(
            place,
            "reset-password" | "verify-email" | "change-email" | "undo-email" | "not-me"
        );
        is_place && has_token && segments.next().is_none()
    };
    let is_of_admin = |path: &str| {
        let pages = ["/admin/users/", "/admin/events/"];
        let mut ids = pages.iter().filter_map(|page| path.strip_prefix(page));
        ids.any(|id| !id.is_empty() && !id.contains('/'))
    };
    Some(match path {
        "/sign-in"
        | "/sign-up"
        | "/events/new"
        | "/account/profile"
        | "/account/email"
        | "/sign-in/second-factor"
        | "/account/password"
        | "/account/proof"
        | "/account/tokens"
        | "/account/delete"
        | "/admin/invitations"
        | "/reset-password"
        | "/verify-email"
        | DRAFT => path,
        "/account/email/cancel" | "/account/verify" | "/account/verify/send" => "/account",
        "/account/sessions/end" | "/account/sessions/end-others" => "/account/sessions",
        "/admin/invitations/revoke" => "/admin/invitations",
        "/account/tokens/retire" => "/account/tokens",
        "/account/second-factor/start"
        | "/account/second-factor/recovery-codes"
        | "/account/second-factor/remove" => "/account/second-factor",
        "/account/second-factor/confirm" => "/account/second-factor/set-up",
        "/sign-out" => "/",
        path if is_of_event(path) || is_link(path) || is_of_admin(path) => path,
        path if path.starts_with("/setup/") => path,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_shown_again_on_its_page() {
        for (path, page) in [
            ("/events/new", Some("/events/new")),
            ("/events/1/edit", Some("/events/1/edit")),
            ("/account/tokens/retire", Some("/account/tokens")),
            ("/sign-out", Some("/")),
            ("/draft", Some("/draft")),
            ("/reset-password", Some("/reset-password")),
            ("/reset-password/abc", Some("/reset-password/abc")),
            ("/undo-email/abc", Some("/undo-email/abc")),
            ("/account/verify/send", Some("/account")),
            ("/undo-email/", None),
            ("/undo-email/abc/d", None),
            ("/not-me/abc", Some("/not-me/abc")),
            ("/admin/users/1", Some("/admin/users/1")),
            ("/admin/events/1", Some("/admin/events/1")),
            ("/admin/users", None),
            ("/admin/users/", None),
            ("/admin/users/1/2", None),
            ("/events", None),
            ("/events/1", None),
            ("/events//edit", None),
            ("/events/1/edit/2", None),
            ("/api/v1/events", None),
        ] {
            assert_eq!(page_of_form(path), page, "{path}");
        }
    }
}
