//! Verifying the address on the page of the account, by the code of the mail.

use axum::response::{IntoResponse, Response};
use guestlist::RequestVerificationError;
use guestlist_axum::{CurrentUser, OwnForm, Problem};

use super::overview::Overview;
use crate::{
    app::SeenApp,
    pages::{
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        visit::FormVisit,
    },
};

/// `POST /account/verify`: checks the code.
pub(super) async fn verify(
    SeenApp(app): SeenApp,
    user: CurrentUser,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let code = form.get("code").unwrap_or_default();
    let verified = app
        .guestlist
        .confirm_email_verification_by_code(user.id(), code);
    match verified.await {
        Ok(()) => Ok(FlashMessage::EmailVerified.then("/account").into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            let refusal = Refusal::from(&problem);
            let form = Filled::default().refused(problem, "code")?;
            let page = Overview::new(&app, &user, layout, form).await?;
            Ok(Page::refused(refusal, page).into_response())
        }
    }
}

/// `POST /account/verify/send`: sends a new mail.
pub(super) async fn send(
    SeenApp(app): SeenApp,
    user: CurrentUser,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    match app.guestlist.request_email_verification(user.id()).await {
        Ok(()) | Err(RequestVerificationError::Verified) => {}
        Err(RequestVerificationError::NoSuchUser) => return Err(Problem::invalid_token()),
        Err(RequestVerificationError::Store(error)) => return Err(error.into()),
    }
    Ok(FlashMessage::VerificationSent
        .then("/account")
        .into_response())
}
