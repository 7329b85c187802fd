//! Changing the user's name.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::{Guestlist, UserName};
use guestlist_axum::{CurrentSession, FieldError, Form, OwnForm, Problem, SeenFrom};

use crate::pages::{
    assets,
    filled::{Filled, typed_name},
    flash::FlashMessage,
    page::{Page, Refusal},
    visit::{FormVisit, Layout, MemberVisit},
};

#[derive(Template)]
#[template(path = "account/profile.html")]
pub(super) struct Profile {
    layout: Layout,
    form: Filled,
}

/// `GET /account/profile`
pub(super) async fn form(MemberVisit(layout, user): MemberVisit) -> Page<Profile> {
    let name = user.as_ref().and_then(|user| user.user().name.as_ref());
    let name = name.map(UserName::as_str).unwrap_or_default();
    let form = layout.refill(Filled::default().with("name", name));
    Page::private(Profile { layout, form })
}

/// `POST /account/profile`: changes the name, or removes it if nothing was typed.
pub(super) async fn change_name(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    match change(&guestlist, &current, &form).await {
        Ok(()) => Ok(FlashMessage::ProfileChanged
            .then("/account")
            .into_response()),
        Err(problem) => {
            let refusal = Refusal::from(&problem);
            let form = Filled::kept(&form, &["name"]).refused(problem, "name")?;
            Ok(Page::refused(refusal, Profile { layout, form }).into_response())
        }
    }
}

async fn change(
    guestlist: &Guestlist,
    current: &CurrentSession,
    form: &Form,
) -> Result<(), Problem> {
    let before = current.user().name.as_ref();
    // A stored name that breaks today's rules stays unless the user changes it. A browser sends it
    // in one line.
    let line = |text: &str| text.replace(['\r', '\n'], "");
    let typed = form.get("name").map(line);
    if before.is_some_and(|name| typed == Some(line(name.as_str()))) {
        return Ok(());
    }
    let name = typed_name(form).map_err(FieldError::name)?;
    let changed = guestlist.change_name(current.session().id, name);
    changed.await?;
    Ok(())
}
