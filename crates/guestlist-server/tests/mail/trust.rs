//! Which mail servers get mails: no other machine without TLS, and none with a certificate of an
//! unknown authority.

use std::process::{Command, Stdio};

use super::{
    server::{MailServer, wait_until},
    site::{Site, signed_up},
};

const ADA: &str = "ada@example.com";

/// Writes a certificate for `127.0.0.1` that signs itself.
fn certificate(mails: &MailServer) -> Option<[String; 2]> {
    let [certificate, key] =
        ["certificate.pem", "key.pem"].map(|name| mails.folder().join(name).display().to_string());
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args(["-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1,IP:0.0.0.0"])
        .args(["-keyout", &key, "-out", &certificate])
        .stderr(Stdio::null())
        .status();
    made.is_ok_and(|status| status.success())
        .then_some([certificate, key])
}

/// Returns the error that is noted for the mail to a new user.
fn noted(url: &str, mails: &MailServer) -> String {
    let site = Site::with_mail(url);
    let server = site.start();
    assert_eq!(signed_up(&server, ADA).status, 202);
    let mut shown = String::new();
    wait_until("an error", || {
        let waiting = site.outbox("queued");
        let id = waiting
            .first()
            .and_then(|line| line.split_whitespace().next());
        shown = site.runs(&["outbox", "show", id.expect("a mail waits")]);
        !shown.contains("error         -")
    });
    server.stop();
    assert!(mails.taken().is_empty() && mails.held().is_empty());
    shown
}

/// To the server `0.0.0.0` is another machine, and the operating system connects to this one.
#[test]
fn another_machine_without_starttls_gets_no_mail() {
    let Some(mails) = MailServer::start(&[]) else {
        return;
    };
    let shown = noted(&format!("smtp://0.0.0.0:{}", mails.port()), &mails);
    assert!(shown.contains("STARTTLS"), "{shown}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let Some(mut mails) = MailServer::prepared() else {
        return;
    };
    let Some([certificate, key]) = certificate(&mails) else {
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
        return;
    };
    let with = ["--certificate", certificate.as_str(), "--key", key.as_str()];
    mails.run(&with);
    let shown = noted(&format!("smtp://0.0.0.0:{}", mails.port()), &mails);
    assert!(shown.contains("certificate"), "{shown}");
    mails.kill();
    mails.run(&[&with[..], &["--implicit"]].concat());
    let shown = noted(&format!("smtps://127.0.0.1:{}", mails.port()), &mails);
    assert!(shown.contains("certificate"), "{shown}");
}
