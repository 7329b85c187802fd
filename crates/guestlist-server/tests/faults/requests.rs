//! Every API address, with a request that succeeds there.

/// A request that succeeds. Names in braces stand for values of the fixture.
#[derive(Debug)]
pub(super) struct Row {
    /// The method and path.
    pub(super) request: &'static str,
    /// The name of the credential that is sent.
    pub(super) token: Option<&'static str>,
    /// JSON, a form, or nothing.
    pub(super) body: &'static str,
    /// The status of the first response.
    pub(super) well: u16,
    /// The status when the same request is repeated.
    pub(super) again: u16,
    /// The names of the tokens that are refused afterwards.
    pub(super) ends: &'static [&'static str],
}

const fn row(request: &'static str, token: Option<&'static str>, well: u16) -> Row {
    Row {
        request,
        token,
        body: "",
        well,
        again: well,
        ends: &[],
    }
}

impl Row {
    const fn with(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    const fn again(self, again: u16) -> Self {
        Self { again, ..self }
    }

    /// Whether the request changes nothing, so that others can be sent for the same user.
    pub(super) fn only_reads(&self) -> bool {
        self.request.starts_with("GET ")
    }

    const fn ends(self, ends: &'static [&'static str]) -> Self {
        Self { ends, ..self }
    }
}

const ANONYMOUS: Option<&str> = None;
const ACCESS: Option<&str> = Some("access");
const PERSONAL: Option<&str> = Some("personal");
const SERVICE: Option<&str> = Some("service");
const ADMIN: Option<&str> = Some("admin");
/// Sent as a browser sends it.
const COOKIE: Option<&str> = Some("cookie");

const NEWCOMER: &str = r#"{"email":"{newcomer}","password":"{password}"}"#;
const CREDENTIALS: &str = r#"{"email":"{email}","password":"{password}"}"#;
const IMPORTED: &str = r#"{"email":"{imported_user}","password":"{password}"}"#;
const EVENT: &str = r#"{"title":"Tea"}"#;
const LAUNCH: &str = r#"{"title":"a","image":"b","description":"c","tags":[],"location":"d"}"#;

pub(super) const ROWS: &[Row] = &[
    row("GET /health/ready", ANONYMOUS, 200),
    row("GET /.well-known/jwks.json", ANONYMOUS, 200),
    row("POST /api/v1/users", ANONYMOUS, 201)
        .with(NEWCOMER)
        .again(409),
    row("GET /api/v1/users/{user}", ACCESS, 200),
    row("POST /api/v1/sessions", ANONYMOUS, 201).with(CREDENTIALS),
    row("POST /api/v1/sessions", ANONYMOUS, 201).with(IMPORTED),
    row("GET /api/v1/sessions", ACCESS, 200),
    row("DELETE /api/v1/sessions", ACCESS, 200)
        .again(401)
        .ends(&["access", "other"]),
    row("DELETE /api/v1/sessions/current", ACCESS, 204)
        .again(401)
        .ends(&["access"]),
    row("POST /api/v1/sessions/current/reauthenticate", ACCESS, 204)
        .with(r#"{"password":"{password}"}"#),
    row("DELETE /api/v1/sessions/{session}", ACCESS, 204).ends(&["other"]),
    row("POST /api/v1/token", ANONYMOUS, 200)
        .with("grant_type=password&username={email}&password={password}"),
    row("POST /api/v1/token", ANONYMOUS, 200)
        .with("grant_type=refresh_token&refresh_token={refresh}")
        .ends(&["access"]),
    row("POST /api/v1/token/revoke", ANONYMOUS, 200)
        .with("token={access}")
        .ends(&["access"]),
    row("POST /api/v1/token/revoke", ANONYMOUS, 200)
        .with("token={refresh}")
        .ends(&["access"]),
    row("POST /api/v1/token/revoke", ANONYMOUS, 200)
        .with("token={personal}")
        .ends(&["personal"]),
    row("POST /api/v1/token/introspect", SERVICE, 200).with("token={access}"),
    row("POST /api/v1/token/introspect", SERVICE, 200).with("token={refresh}"),
    row("POST /api/v1/token/introspect", SERVICE, 200).with("token={personal}"),
    row("GET /api/v1/csrf", COOKIE, 200),
    row("GET /api/v1/me", ACCESS, 200),
    row("GET /api/v1/me", PERSONAL, 200),
    row("PATCH /api/v1/me", ACCESS, 200).with(r#"{"name":"Ada"}"#),
    row("DELETE /api/v1/me?events=delete", ACCESS, 204)
        .again(401)
        .ends(&["access", "other", "personal"]),
    row("GET /api/v1/me/export", ACCESS, 200),
    row("GET /api/v1/me/security-events", ACCESS, 200),
    row("PUT /api/v1/me/password", ACCESS, 200)
        .with(r#"{"current_password":"{password}","new_password":"quite another one"}"#)
        .again(401)
        .ends(&["access", "other", "personal"]),
    row("PUT /api/v1/me/email", ACCESS, 202).with(r#"{"email":"{newcomer}"}"#),
    row("DELETE /api/v1/me/email", ACCESS, 204),
    row("POST /api/v1/me/email/confirm", ANONYMOUS, 204)
        .with(r#"{"token":"{change_link}"}"#)
        .again(400),
    row("POST /api/v1/password/reset", ANONYMOUS, 202).with(r#"{"email":"{email}"}"#),
    row("POST /api/v1/password/reset/confirm", ANONYMOUS, 204)
        .with(r#"{"token":"{reset_link}","new_password":"quite another one"}"#)
        .again(400)
        .ends(&["access", "other", "personal"]),
    row("POST /api/v1/not-me", ANONYMOUS, 204)
        .with(r#"{"token":"{not_me_link}"}"#)
        .again(400)
        .ends(&["access", "other", "personal"]),
    row("POST /api/v1/email/verification", ACCESS, 202),
    row("POST /api/v1/email/verification", ANONYMOUS, 202).with(r#"{"email":"{email}"}"#),
    row("POST /api/v1/email/verification/confirm", ANONYMOUS, 204)
        .with(r#"{"token":"{verify_link}"}"#)
        .again(400),
    row("POST /api/v1/email/verification/confirm", ACCESS, 204).with(r#"{"code":"{mail_code}"}"#),
    row("GET /api/v1/me/tokens", ACCESS, 200),
    row("POST /api/v1/me/tokens", ACCESS, 201)
        .with(r#"{"name":"more","scope":"read","expires_in":60}"#),
    row("DELETE /api/v1/me/tokens/{token}", ACCESS, 204).ends(&["personal"]),
    row("POST /api/v1/me/totp", ACCESS, 201),
    row("POST /api/v1/me/totp/confirm", Some("enrolling"), 200)
        .with(r#"{"code":"{first_code}"}"#)
        .again(409),
    row("POST /api/v1/me/recovery-codes", Some("enrolled"), 200),
    row("DELETE /api/v1/me/totp", Some("enrolled"), 204).again(409),
    row("POST /api/v1/sessions/second-factor", ANONYMOUS, 201)
        .with(r#"{"challenge":"{challenge}","code":"{code}"}"#)
        .again(401),
    row("POST /api/v1/sessions/second-factor", ANONYMOUS, 201)
        .with(r#"{"challenge":"{challenge}","code":"{recovery_code}"}"#)
        .again(401),
    row("GET /api/v1/admin/invitations", ADMIN, 200),
    row("POST /api/v1/admin/invitations", ADMIN, 201).with(r#"{"note":"a friend"}"#),
    row("DELETE /api/v1/admin/invitations/{invitation}", ADMIN, 204),
    row("GET /api/v1/admin/users", ADMIN, 200),
    row("GET /api/v1/admin/users/{user}", ADMIN, 200),
    row("POST /api/v1/admin/users/{user}/reset-link", ADMIN, 201),
    row("PATCH /api/v1/admin/users/{user}", ADMIN, 200)
        .with(r#"{"disabled":true}"#)
        .ends(&["access", "other", "personal"]),
    row("POST /api/v1/admin/users/{user}/reset-link", ADMIN, 201),
    row("PATCH /api/v1/admin/users/{user}", ADMIN, 200)
        .with(r#"{"disabled":false,"role":"admin","approved":true,"verified":true}"#),
    row("POST /api/v1/admin/users/{user}/unlock", ADMIN, 204),
    row(
        "DELETE /api/v1/admin/users/{enrolled_user}/totp",
        ADMIN,
        204,
    )
    .again(409),
    row("GET /api/v1/admin/users/{user}/security-events", ADMIN, 200),
    row("GET /api/v1/admin/messages", ADMIN, 200),
    row("GET /api/v1/admin/messages/{message}", ADMIN, 200),
    row(
        "POST /api/v1/admin/messages/{failed_message}/retry",
        ADMIN,
        204,
    )
    .again(409),
    row("POST /api/v1/admin/messages/release", ADMIN, 200),
    row("GET /api/v1/admin/events", ADMIN, 200),
    row(
        "DELETE /api/v1/admin/events/{event}?reason=abuse",
        ADMIN,
        204,
    )
    .again(404),
    row("POST /api/v1/admin/events/{event}/unlist", ADMIN, 204).with(r#"{"reason":"abuse"}"#),
    row("GET /api/v1/events", ANONYMOUS, 200),
    row("GET /api/v1/events?mine=true", ACCESS, 200),
    row("POST /api/v1/events", ACCESS, 201).with(EVENT),
    row("POST /api/v1/events", PERSONAL, 201).with(EVENT),
    row("GET /api/v1/events/{event}", ANONYMOUS, 200),
    row("PATCH /api/v1/events/{event}", ACCESS, 200).with(r#"{"title":"Coffee"}"#),
    row("DELETE /api/v1/events/{event}", ACCESS, 204).again(404),
    row("POST /user/signup", ANONYMOUS, 200)
        .with(NEWCOMER)
        .again(409),
    row("POST /user/signin", ANONYMOUS, 200).with("username={email}&password={password}"),
    row("GET /event/", ANONYMOUS, 200),
    row("POST /event/new", ACCESS, 200).with(LAUNCH),
    row("GET /event/{event}", ANONYMOUS, 200),
    row("PUT /event/{event}", ACCESS, 200).with(r#"{"title":"Coffee"}"#),
    row("DELETE /event/{event}", ACCESS, 200).again(404),
];
