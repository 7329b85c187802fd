//! Deleting the account.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist::Password;
use guestlist_axum::{CurrentSession, OwnForm, Problem, SessionCookie};
use planner::EventFilter;

use super::second_factor::{asks_code, field_of};
use crate::{
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{FORGOTTEN, Page, Refusal},
        visit::{FormVisit, Layout, MemberVisit, SessionVisit},
    },
};

/// The limit for counting events.
const COUNTED: u32 = 100;

#[derive(Template)]
#[template(path = "account/delete.html")]
pub(super) struct DeleteAccount {
    layout: Layout,
    form: Filled,
    /// `None` while the stores do not answer, as `events`.
    email: Option<String>,
    events: Option<String>,
    /// Whether the user created an event, as far as it is known.
    has_events: bool,
    asks_code: bool,
}

impl DeleteAccount {
    /// Builds the page that says what will be lost.
    async fn new(
        app: &App,
        current: &CurrentSession,
        layout: Layout,
        form: Filled,
    ) -> Result<Self, Problem> {
        let user = current.user();
        let mine = EventFilter {
            creator: Some(user.id),
            ..EventFilter::default()
        };
        let page = app.planner.list_events(&mine, None, COUNTED).await?;
        let events = match (page.items.len(), page.next) {
            (1, Some(_)) => "more than one event that you created".to_owned(),
            (number, Some(_)) => format!("more than {number} events that you created"),
            (1, None) => "one event that you created".to_owned(),
            (number, None) => format!("{number} events that you created"),
        };
        Ok(Self {
            layout,
            form,
            email: Some(user.email.to_string()),
            events: Some(events),
            has_events: !page.items.is_empty(),
            asks_code: asks_code(app, Some(user.id)).await?,
        })
    }
}

/// `GET /account/delete`: says what will be lost.
pub(super) async fn ask(
    State(app): State<App>,
    MemberVisit(layout, current): SessionVisit,
) -> Result<Page<DeleteAccount>, Problem> {
    let page = match current {
        Some(current) => DeleteAccount::new(&app, &current, layout, Filled::default()).await?,
        None => DeleteAccount {
            layout,
            form: Filled::default(),
            email: None,
            events: None,
            has_events: true,
            asks_code: false,
        },
    };
    Ok(Page::private(page))
}

/// `POST /account/delete`: deletes the account if the password is right. Checking the password
/// renews the session cookie; it is sent if the deletion fails.
pub(super) async fn delete_account(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let password = Password::new(form.get("password").unwrap_or_default());
    let signed_in = app
        .guestlist
        .reauthenticate(current.session().id, password, form.get("code"))
        .await;
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => {
            let problem = Problem::from(error);
            let (refusal, field) = (Refusal::from(&problem), field_of(&problem));
            let form = Filled::default().refused(problem, field)?;
            let page = DeleteAccount::new(&app, &current, layout, form).await?;
            return Ok(Page::refused(refusal, page).into_response());
        }
    };
    if let Err(error) = app.delete_own_account(current.user()).await {
        let cookie = signed_in.as_ref().and_then(SessionCookie::of);
        return Ok((cookie, Problem::from(error)).into_response());
    }
    let gone = FlashMessage::AccountDeleted.then("/");
    Ok((SessionCookie::cleared(), FORGOTTEN, gone).into_response())
}
