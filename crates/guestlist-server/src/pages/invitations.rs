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
    page::{Page, Refusal},
    visit::{FormVisit, Layout, MemberVisit},
    when_text,
};
use crate::{
    admin::SHOWN,
    app::{App, SeenApp},
    paging::{cut, to_fetch},
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
    /// The address to which that link is mailed.
    sent_to: Option<String>,
    /// Whether this site sends mail.
    sends_mail: bool,
    /// Whether the same form has made another invitation before.
    was_made: bool,
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
        form: layout.refill(empty(&app)),
        layout,
        invitations,
        next,
        made: None,
        sent_to: None,
        sends_mail: app.guestlist.account_rules().sends_mail,
        was_made: false,
    }))
}

/// `POST /admin/invitations`: makes an invitation, and shows its link this once. The form has the id
/// of the invitation, so the same form sent again makes no other one, and shows the same link.
pub(super) async fn make_invitation(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let key = form.get("key").and_then(|key| key.parse().ok());
    let key = key.unwrap_or_else(|| InvitationId::new(app.clock.now()));
    let sends_mail = app.guestlist.account_rules().sends_mail;
    match make(&app, &admin, key, &form).await {
        Ok(made) => {
            let link = made.link.url(&app.base_url, LinkPurpose::Invitation);
            let (invitations, next) = listed(&app, None).await?;
            let page = Invitations {
                layout,
                form: empty(&app),
                invitations,
                next,
                made: Some(link.to_string()),
                sent_to: form
                    .get("send")
                    .filter(|_| sends_mail)
                    .and(made.invitation.email)
                    .map(|email| email.to_string()),
                sends_mail,
                was_made: false,
            };
            Ok(Page::private(page).into_response())
        }
        Err(problem) => {
            let refusal = Refusal::from(&problem);
            let was_made = problem.code() == "key_used";
            let kept = Filled::kept(&form, &FIELDS);
            let form = match was_made {
                true => keyed(kept, &app),
                false => kept
                    .with("key", key.to_string())
                    .refused(problem, "email")?,
            };
            let (invitations, next) = listed(&app, None).await?;
            let page = Invitations {
                layout,
                form,
                invitations,
                next,
                made: None,
                sent_to: None,
                sends_mail,
                was_made,
            };
            Ok(Page::refused(refusal, page).into_response())
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

/// The form for one more invitation. It has the id of that invitation.
fn empty(app: &App) -> Filled {
    let form = Filled::default().with("uses", "1").with("days", "7");
    keyed(form, app)
}

fn keyed(form: Filled, app: &App) -> Filled {
    form.with("key", InvitationId::new(app.clock.now()).to_string())
}

async fn make(
    app: &App,
    admin: &CurrentUser,
    id: InvitationId,
    form: &Form,
) -> Result<MadeInvitation, Problem> {
    let typed = |name| {
        let text = without_unseen(form.get(name).unwrap_or_default());
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let email = typed("email").as_deref().map(Email::parse).transpose();
    let email = email.map_err(FieldError::email);
    let note = typed("note").as_deref().map(TokenName::parse).transpose();
    let note = note.map_err(FieldError::note);
    let number = |name: &str| {
        let number = form.get(name).and_then(|text| text.trim().parse().ok());
        // 0 is refused with the words for both fields.
        number.unwrap_or(0)
    };
    let uses = number("uses");
    let valid_for = Duration::from_secs(u64::from(number("days")) * A_DAY);
    let send = form.get("send").is_some();
    let is_for_one_address = typed("email").is_some();
    let checked = [
        NewInvitation::check_uses(uses, is_for_one_address),
        NewInvitation::check_lifetime(valid_for),
        NewInvitation::check_send(send, is_for_one_address),
    ];
    let (email, note) = match (email, note) {
        (Ok(email), Ok(note)) if checked.iter().all(Result::is_ok) => (email, note),
        (email, note) => {
            let checked = checked.into_iter();
            let wrong = checked.filter_map(|it| FieldError::invitation(&it.err()?));
            let mut mistakes = [email.err(), note.err()]
                .into_iter()
                .flatten()
                .chain(wrong)
                .collect::<Vec<_>>();
            for mistake in &mut mistakes {
                // The field of the form.
                if mistake.pointer == "/expires_in" {
                    "/days".clone_into(&mut mistake.pointer);
                }
            }
            return Err(Problem::invalid(mistakes));
        }
    };
    let new = NewInvitation {
        note,
        email,
        uses,
        valid_for,
        send,
    };
    let made = app
        .guestlist
        .make_invitation_once(id, Some(admin.id()), new);
    Ok(made.await?)
}

/// Returns a page of invitations, newest first, and the address of the next page.
async fn listed(
    app: &App,
    after: Option<InvitationId>,
) -> Result<(Option<Vec<Shown>>, Option<String>), Problem> {
    let listed = app.guestlist.list_invitations(after, to_fetch(SHOWN));
    let mut invitations = listed.await?;
    let next = cut(&mut invitations, SHOWN);
    let next = next.map(|last| format!("{INVITATIONS}?after={}", last.id));
    let now = app.clock.now();
    let shown = invitations.into_iter().map(|it| Shown::new(it, now));
    Ok((Some(shown.collect()), next))
}
