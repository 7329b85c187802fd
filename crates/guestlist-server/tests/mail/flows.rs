//! What users do with the mails that they get.

use serde_json::json;

use super::{
    server::{MailServer, Received},
    site::{BASE_URL, Site, pressed, sent, signed_in, signed_up},
};
use crate::{binary::Server, test_app::PASSWORD};

const ADA: &str = "ada@example.com";
const NEW: &str = "quite another one";

const CONFIRM: &str = "POST /api/v1/email/verification/confirm";

fn confirmed(server: &Server, mails: &MailServer, email: &str, password: &str) {
    let mail = mails.mail(email, "Confirm your e-mail address");
    let link = mail.link(BASE_URL, "verify-email");
    let token = link.rsplit('/').next().expect("has a token");
    let body = json!({ "token": token, "new_password": password });
    let reply = sent(server, CONFIRM, None, &body);
    assert_eq!(reply.status, 204, "{reply:?}");
}

#[test]
fn an_account_is_verified_by_mail_and_its_password_reset() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    assert_eq!(signed_up(&server, ADA).status, 202);
    // Concealed: before its address is verified, the account does not exist for its visitor.
    assert_eq!(signed_in(&server, ADA, PASSWORD).status, 401);
    confirmed(&server, &mails, ADA, PASSWORD);
    assert_eq!(signed_in(&server, ADA, PASSWORD).status, 201);

    let ask = json!({ "email": ADA });
    let asked = sent(&server, "POST /api/v1/password/reset", None, &ask);
    assert_eq!(asked.status, 202);
    let mail = mails.mail(ADA, "Set a new password");
    let link = mail.link(BASE_URL, "reset-password");
    let token = link.rsplit('/').next().expect("has a token");
    let confirm = json!({ "token": token, "new_password": NEW });
    let line = "POST /api/v1/password/reset/confirm";
    assert_eq!(sent(&server, line, None, &confirm).status, 204);
    assert_eq!(sent(&server, line, None, &confirm).status, 400);
    assert_eq!(signed_in(&server, ADA, PASSWORD).status, 401);
    assert_eq!(signed_in(&server, ADA, NEW).status, 201);
    server.stop();
    // No log has a token.
    let log = site.installation.read("log");
    assert!(!log.contains(token), "{log}");
}

#[test]
fn a_code_of_a_mail_verifies_the_signed_in_user() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails).set("GUESTLIST_SIGN_UP__CONCEAL", "false");
    let server = site.start();
    assert_eq!(signed_up(&server, ADA).status, 201);
    let access = signed_in(&server, ADA, PASSWORD).tokens().access;
    let mail = mails.mail(ADA, "Confirm your e-mail address");
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
    let code = mail
        .text()
        .split_whitespace()
        .find(is_code)
        .expect("has a code");
    let reply = sent(&server, CONFIRM, Some(&access), &json!({ "code": code }));
    assert_eq!(reply.status, 204, "{reply:?}");
    server.stop();
}

#[test]
fn a_change_of_address_is_confirmed_and_undone_by_mail() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    signed_up(&server, ADA);
    confirmed(&server, &mails, ADA, PASSWORD);
    let access = signed_in(&server, ADA, PASSWORD).tokens().access;
    let other = "ada.new@example.com";
    let change = json!({ "email": other });
    let asked = sent(&server, "PUT /api/v1/me/email", Some(&access), &change);
    assert_eq!(asked.status, 202, "{asked:?}");
    let mail = mails.mail(other, "Confirm your new e-mail address");
    let link = mail.link(BASE_URL, "change-email");
    let token = link.rsplit('/').next().expect("has a token");
    let line = "POST /api/v1/me/email/confirm";
    let reply = sent(&server, line, None, &json!({ "token": token }));
    assert_eq!(reply.status, 204, "{reply:?}");
    assert_eq!(signed_in(&server, other, PASSWORD).status, 201);
    assert_eq!(signed_in(&server, ADA, PASSWORD).status, 401);

    let notice = mails.mail(ADA, "was changed");
    let undo = pressed(&server, &notice.link(BASE_URL, "undo-email"));
    assert!([200, 303].contains(&undo.status), "{undo:?}");
    assert_eq!(signed_in(&server, other, PASSWORD).status, 401);
    let mail = mails.mail(ADA, "Set a new password");
    let link = mail.link(BASE_URL, "reset-password");
    let token = link.rsplit('/').next().expect("has a token");
    let confirm = json!({ "token": token, "new_password": NEW });
    let line = "POST /api/v1/password/reset/confirm";
    assert_eq!(sent(&server, line, None, &confirm).status, 204);
    assert_eq!(signed_in(&server, ADA, NEW).status, 201);
    server.stop();
}

/// The visitor who signs up with the address of another user learns nothing; its owner gets a mail.
#[test]
fn a_sign_up_with_a_known_address_is_told_to_its_owner_only() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    let first = signed_up(&server, ADA);
    confirmed(&server, &mails, ADA, PASSWORD);
    let again = signed_up(&server, ADA);
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    let mail = mails.mail(ADA, "You already have an account");
    mail.link(BASE_URL, "reset-password");
    // A reset for an address without an account is answered alike, and nothing is sent.
    for email in [ADA, "nobody@example.com"] {
        let asked = json!({ "email": email });
        let reply = sent(&server, "POST /api/v1/password/reset", None, &asked);
        assert_eq!(reply.status, 202);
    }
    site.wait_for("dropped", 1);
    let is_unknown = |mail: &Received| mail.to() == "nobody@example.com";
    assert!(!mails.taken().iter().any(is_unknown));
    server.stop();
}
