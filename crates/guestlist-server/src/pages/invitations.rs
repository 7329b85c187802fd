//! Invitations, for administrators: the list, a form for one more, and how one is revoked.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use guestlist::{
    Email, Invitation, InvitationId, LinkPurpose, MadeInvitation, NewInvitation, SignUpRefusal,
    Timestamp, TokenName, without_unseen,
};
use guestlist_axum::{Admin, CurrentUser, FieldError, Form, OwnForm, Problem, parse_query};

use super::{
    assets,
    filled::Filled,
    flash::FlashMessage,
    page::Page,
    visit::{FormVisit, Layout, MemberVisit},
    when_text,
};
use crate::{
    admin::SHOWN,
    app::{App, SeenApp},
};

const INVITATIONS: &str = "/admin/invitations";
const A_DAY: u64 = 24 * 60 * 60;
const FIELDS: [&str; 5] = ["email", "note", "uses", "days", "send"];

#[derive(Template)]
#[template(path = "invitations.html")]
pub(super) struct Invitations {
    layout: Layout,
    form: Filled,
    /// None while the store does not answer.
    invitations: Option<Vec<Shown>>,
    /// The address of the next page.
    next: Option<String>,
    /// The link of a new invitation, which is shown only once.
    made: Option<String>,
}

/// One invitation, without its link.
struct Shown {
    id: String,
    title: String,
    uses_left: u32,
    state: &'static str,
    is_open: bool,
    /// When it expires: machine-readable, and in words.
    ends: (String, String),
}

impl Shown {
    fn new(invitation: Invitation, now: Timestamp) -> Self {
        let over = invitation.is_over(now);
        let note = invitation.note.map(|note| note.to_string());
        let email = invitation.email.map(|email| email.to_string());
        let title = [note, email].into_iter().flatten().collect::<Vec<_>>();
        Self {
            id: invitation.id.to_string(),
            title: match title.is_empty() {
                true => "For visitors with the link".to_owned(),
                false => title.join(", "),
            },
            uses_left: invitation.uses_left,
            state: match over {
                None => "open",
                Some(SignUpRefusal::InvitationRevoked) => "revoked",
                Some(SignUpRefusal::InvitationUsed) => "used",
                Some(_) => "expired",
            },
            is_open: over.is_none(),
            ends: (
                invitation.expires_at.to_string(),
                when_text::date(invitation.expires_at),
            ),
        }
    }
}

/// `GET /admin/invitations`: lists the invitations, newest first, with a form to make one. The page
/// begins after the id in the query, if there is one.
pub(super) async fn list_invitations(
    SeenApp(app): SeenApp,
    MemberVisit(layout, admin): MemberVisit<Admin<CurrentUser>>,
    RawQuery(query): RawQuery,
) -> Result<Page<Invitations>, Problem> {
    let query = parse_query(query.as_deref().unwrap_or_default())?;
    let after = query.iter().find(|(name, _)| name == "after");
    let after = after.and_then(|(_, id)| id.parse().ok());
    let (invitations, next) = match admin {
        Some(_) => listed(&app, after).await?,
        None => (None, None),
    };
    Ok(Page::private(Invitations {
        form: layout.refill(empty()),
        layout,
        invitations,
        next,
        made: None,
    }))
}

/// `POST /admin/invitations`: makes an invitation, and shows its link this once.
pub(super) async fn make_invitation(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    match make(&app, &admin, &form).await {
        Ok(made) => {
            let link = made.link.url(&app.base_url, LinkPurpose::Invitation);
            let (invitations, next) = listed(&app, None).await?;
            let page = Invitations {
                layout,
                form: empty(),
                invitations,
                next,
                made: Some(link.to_string()),
            };
            Ok(Page::private(page).into_response())
        }
        Err(problem) => {
            let status = problem.status();
            let (invitations, next) = listed(&app, None).await?;
            let page = Invitations {
                layout,
                form: Filled::kept(&form, &FIELDS).refused(problem, "email")?,
                invitations,
                next,
                made: None,
            };
            Ok(Page::refused(status, page).into_response())
        }
    }
}

/// `POST /admin/invitations/revoke`: revokes an invitation.
pub(super) async fn revoke_invitation(
    SeenApp(app): SeenApp,
    _: Admin<CurrentUser>,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    // A text that is no id names no invitation.
    if let Some(Ok(id)) = form.get("id").map(str::parse::<InvitationId>) {
        app.guestlist.revoke_invitation(id).await?;
    }
    Ok(FlashMessage::InvitationRevoked
        .then(INVITATIONS)
        .into_response())
}

fn empty() -> Filled {
    Filled::default().with("uses", "1").with("days", "7")
}

async fn make(app: &App, admin: &CurrentUser, form: &Form) -> Result<MadeInvitation, Problem> {
    let typed = |name| {
        let text = without_unseen(form.get(name).unwrap_or_default());
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let note = typed("note").as_deref().map(TokenName::parse).transpose();
    let note = note.map_err(|error| FieldError {
        pointer: "/note".to_owned(),
        ..FieldError::name(error)
    });
    let email = typed("email").as_deref().map(Email::parse).transpose();
    let email = email.map_err(FieldError::email);
    let number = |name: &str| {
        form.get(name)
            .and_then(|text| text.trim().parse::<u32>().ok())
    };
    let new = NewInvitation {
        note: note?,
        email: email?,
        // 0 is refused with the words for both fields.
        uses: number("uses").unwrap_or(0),
        valid_for: Duration::from_secs(u64::from(number("days").unwrap_or(0)) * A_DAY),
        send: form.get("send").is_some(),
    };
    let made = app.guestlist.make_invitation(Some(admin.id()), new).await;
    Ok(made?)
}

/// Returns a page of invitations, newest first, and the address of the next page.
async fn listed(
    app: &App,
    after: Option<InvitationId>,
) -> Result<(Option<Vec<Shown>>, Option<String>), Problem> {
    // One more than is shown tells whether there is a next page.
    let listed = app.guestlist.list_invitations(after, SHOWN + 1);
    let mut invitations = listed.await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let is_more = invitations.len() > shown;
    invitations.truncate(shown);
    let last = invitations.last().filter(|_| is_more);
    let next = last.map(|last| format!("{INVITATIONS}?after={}", last.id));
    let now = app.clock.now();
    let shown = invitations.into_iter().map(|it| Shown::new(it, now));
    Ok((Some(shown.collect()), next))
}
