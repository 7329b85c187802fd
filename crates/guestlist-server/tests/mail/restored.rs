//! Mails and links after a restore from a backup.

use std::{thread, time::Duration};

use serde_json::json;

use super::{
    server::MailServer,
    site::{BASE_URL, Site, sent, signed_in, signed_up},
};
use crate::{binary::Server, test_app::PASSWORD};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "quite another one";

fn reset(server: &Server, link: &str) -> u16 {
    let token = link.rsplit('/').next().expect("has a token");
    let body = json!({ "token": token, "new_password": NEW });
    sent(server, "POST /api/v1/password/reset/confirm", None, &body).status
}

/// The backup does not know that a link was used since, and which mails were sent since.
#[test]
fn after_a_restore_links_have_ended_and_mails_are_held() {
    let Some(mut mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::sending_to(&mails).set("GUESTLIST_SIGN_UP__CONCEAL", "false");
    let server = site.start();
    signed_up(&server, ADA);
    let asked = json!({ "email": ADA });
    sent(&server, "POST /api/v1/password/reset", None, &asked);
    let link = mails
        .mail(ADA, "Set a new password")
        .link(BASE_URL, "reset-password");
    site.wait_for("sent", 2);
    mails.kill();
    signed_up(&server, BOB);
    site.runs(&["backup", "b.sqlite"]);
    assert_eq!(reset(&server, &link), 204);
    server.stop();

    site.runs(&["restore", "b.sqlite", "--replace"]);
    mails.run(&[]);
    let server = site.start();
    // The password of the backup is back, and the used link stays dead.
    assert_eq!(signed_in(&server, ADA, PASSWORD).status, 201);
    assert_eq!(reset(&server, &link), 400);
    assert_eq!(site.outbox("held").len(), 1);
    // Longer than the server waits until it looks for due mails again.
    thread::sleep(Duration::from_secs(5));
    assert!(!mails.taken().iter().any(|mail| mail.to() == BOB));
    site.runs(&["outbox", "release"]);
    // The link of the mail ended, so the mail is dropped, and its owner asks for another one.
    site.wait_for("dropped", 1);
    let asked = json!({ "email": BOB });
    let reply = sent(&server, "POST /api/v1/email/verification", None, &asked);
    assert_eq!(reply.status, 202);
    mails.mail(BOB, "Confirm your e-mail address");
    server.stop();
}
