//! One mail: what is known, its text without link and code, and a button to send it again.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist::{DeliveryState, MessageId, MessageKind};
use guestlist_axum::{Admin, CurrentUser, OwnForm, Problem};

use super::moment::Moment;
use crate::{
    app::{App, SeenApp},
    id_in_path::IdInPath,
    messages::{ShownMessage, can_retry, kind_in_words, state_in_words},
    pages::{
        assets,
        flash::FlashMessage,
        page::Page,
        visit::{FormVisit, Layout},
    },
};

#[derive(Template)]
#[template(path = "admin/message.html")]
pub(super) struct OneMessage {
    layout: Layout,
    id: String,
    title: &'static str,
    to: String,
    user: Option<String>,
    state: &'static str,
    attempts: u32,
    error: Option<String>,
    created: Moment,
    /// When the next attempt is, if the mail waits and mail is on.
    next_attempt: Option<Moment>,
    sent: Option<Moment>,
    can_retry: bool,
    /// Whether the mail has a link or a code, which the page does not show.
    has_secret: bool,
    /// Whether an administrator or an operator made the link, and hands it over.
    is_handed_over: bool,
    /// The subject and the text; `None` for a reset of the password.
    text: Option<(String, String)>,
}

/// `GET /admin/messages/{id}`
pub(super) async fn show_message(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
    FormVisit(layout): FormVisit,
) -> Result<Page<OneMessage>, Problem> {
    let shown = app.show_message(read(&id)?).await?;
    let ShownMessage { message, text } = shown.ok_or_else(Problem::not_found)?;
    let delivery = &message.delivery;
    let sends_mail = app.guestlist.account_rules().sends_mail;
    let waits = sends_mail && delivery.state == DeliveryState::Queued;
    Ok(Page::private(OneMessage {
        layout,
        id: message.id.to_string(),
        title: kind_in_words(message.kind),
        to: message.to.to_string(),
        user: message.user_id.map(|user| user.to_string()),
        state: state_in_words(delivery.state),
        attempts: delivery.attempt,
        error: delivery.error.clone(),
        created: Moment::minute(message.created_at),
        next_attempt: waits.then(|| Moment::minute(delivery.next_at)),
        sent: delivery.sent_at.map(Moment::minute),
        can_retry: can_retry(&message),
        has_secret: message.link.is_some() || message.code.is_some(),
        is_handed_over: message.kind == MessageKind::ResetLink,
        text: text.map(|text| (text.subject, text.text)),
    }))
}

/// `POST /admin/messages/{id}`: sends the mail again.
pub(super) async fn retry_message(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    IdInPath(id): IdInPath,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    app.retry_message(admin.id(), id).await?;
    let page = format!("/admin/messages/{id}");
    Ok(FlashMessage::MailRetried.then(&page).into_response())
}

/// An invalid id names no mail.
fn read(id: &str) -> Result<MessageId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
