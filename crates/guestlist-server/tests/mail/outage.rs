//! A mail server that dies, and a site that sends no mail yet.

use serde_json::json;

use super::{
    server::{MailServer, Received, wait_until},
    site::{Site, sent, signed_up},
};

const THREE: [&str; 3] = ["a@example.com", "b@example.com", "c@example.com"];

/// The mail server is killed after it got each mail and before it answered. Each mail is sent again,
/// as the same mail.
#[test]
fn a_mail_server_that_dies_midway_loses_nothing() {
    let Some(mut mails) = MailServer::start(&["--hold"]) else {
        return;
    };
    let site = Site::sending_to(&mails);
    let server = site.start();
    for email in THREE {
        assert_eq!(signed_up(&server, email).status, 202);
    }
    // A server that waits for an answer takes no further mails, so it may have sent some of them.
    wait_until("a mail", || !mails.held().is_empty());
    mails.kill();
    let held = ids(&mails.held());
    let failed_once = || {
        let waiting = site.outbox("queued");
        let tried = |line: &&String| {
            let id = line.split_whitespace().next().expect("has an id");
            let shown = site.runs(&["outbox", "show", id]);
            !shown.contains("error         -")
        };
        waiting.iter().filter(tried).count() >= held.len()
    };
    wait_until("the errors", failed_once);
    // Requests are answered while the mail server is away.
    let asked = json!({ "email": "nobody@example.com" });
    let reply = sent(&server, "POST /api/v1/password/reset", None, &asked);
    assert_eq!(reply.status, 202);
    assert!(mails.taken().is_empty());
    mails.run(&[]);
    site.mails_are_due_earlier(60);
    wait_until("three mails", || mails.taken().len() == THREE.len());
    site.wait_for("sent", THREE.len());
    let taken = ids(&mails.taken());
    assert!(
        held.iter().all(|id| taken.contains(id)),
        "{held:?} {taken:?}"
    );
    let reached: Vec<_> = taken.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(reached, THREE);
    server.stop();
}

/// The address and the `Message-ID` of each mail.
fn ids(mails: &[Received]) -> Vec<(String, String)> {
    let id = |mail: &Received| (mail.to().to_owned(), mail.header("Message-ID").to_owned());
    let mut ids: Vec<_> = mails.iter().map(id).collect();
    ids.sort();
    ids
}

/// Without mail the messages wait in the outbox, and are sent when it is switched on.
#[test]
fn without_mail_messages_wait_in_the_outbox_until_it_is_on() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let site = Site::with_mail("off");
    let server = site.start();
    assert_eq!(signed_up(&server, THREE[0]).status, 201);
    for email in [THREE[0], "nobody@example.com"] {
        let asked = json!({ "email": email });
        let reply = sent(&server, "POST /api/v1/password/reset", None, &asked);
        assert_eq!(reply.status, 202);
    }
    let waiting = site.outbox("queued");
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    for line in &waiting {
        assert!(line.contains("reset_password"), "{line}");
        let id = line.split_whitespace().next().expect("has an id");
        let shown = site.runs(&["outbox", "show", id]);
        assert!(!shown.contains("http"), "{shown}");
    }
    server.stop();
    let url = format!("smtp://127.0.0.1:{}", mails.port());
    let site = site.set("GUESTLIST_MAIL__URL", &url);
    let server = site.start();
    mails.mail(THREE[0], "Set a new password");
    site.wait_for("dropped", 1);
    assert_eq!(mails.taken().len(), 1);
    server.stop();
}
