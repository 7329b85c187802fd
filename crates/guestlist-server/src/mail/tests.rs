//! Mails to a mail server of the test, which answers as the test says.

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;

/// What the mail server answers to one command; `None` closes the connection.
type Answers = fn(&str) -> Option<&'static str>;

fn usual(command: &str) -> Option<&'static str> {
    Some(match command.split(' ').next().unwrap_or_default() {
        "EHLO" => "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 ok",
    })
}

/// Starts a mail server for one connection. Returns its port, and what it got in the end.
async fn mail_server(answers: Answers) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let port = listener.local_addr().expect("has an address").port();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepts");
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        let mut got = String::new();
        let mut is_data = false;
        writing
            .write_all(b"220 mail.example\r\n")
            .await
            .expect("greets");
        while let Ok(Some(line)) = lines.next_line().await {
            got.push_str(&line);
            got.push('\n');
            if is_data && line != "." {
                continue;
            }
            let Some(answer) = answers(&line) else { break };
            is_data = line == "DATA";
            let answer = format!("{answer}\r\n");
            writing.write_all(answer.as_bytes()).await.expect("answers");
        }
        got
    });
    (port, served)
}

fn mail() -> Mail {
    Mail {
        message_id: "<1@example.org>".to_owned(),
        to: Email::parse("ada@example.com").expect("is an address"),
        subject: "Hello".to_owned(),
        text: "first\n.\nlast\n".to_owned(),
        html: None,
    }
}

async fn send(answers: Answers, user: &str) -> (Result<(), MailError>, String) {
    let (port, served) = mail_server(answers).await;
    let url = format!("smtp://{user}127.0.0.1:{port}");
    let from = Email::parse("events@example.org").expect("is an address");
    let server = Server::new(from, "Plan".to_owned(), &url).expect("is a URL");
    let sent = server.send(&mail()).await;
    drop(server);
    (sent, served.await.expect("ends"))
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let (sent, got) = send(usual, "").await;
    assert_eq!(sent, Ok(()));
    for line in [
        "MAIL FROM:<events@example.org>",
        "RCPT TO:<ada@example.com>",
        "Subject: Hello",
        "Auto-Submitted: auto-generated",
        "..\nlast",
    ] {
        assert!(got.contains(line), "{line}: {got}");
    }
}

/// warmbly/warmbly#361: a final refusal was retried as if the server were away.
#[tokio::test]
async fn a_reply_of_5xx_is_final_and_one_of_4xx_is_not() {
    let cases: [(Answers, bool); 5] = [
        (
            |c| {
                if c.starts_with("MAIL") {
                    Some("550 no")
                } else {
                    usual(c)
                }
            },
            true,
        ),
        (|c| if c == "." { Some("554 spam") } else { usual(c) }, true),
        (
            |c| {
                if c.starts_with("RCPT") {
                    Some("451 later")
                } else {
                    usual(c)
                }
            },
            false,
        ),
        (|c| if c == "DATA" { None } else { usual(c) }, false),
        (|c| if c == "." { None } else { usual(c) }, false),
    ];
    for (number, (answers, is_final)) in cases.into_iter().enumerate() {
        let (sent, _) = send(answers, "").await;
        let error = sent.expect_err("is refused");
        let permanent = matches!(error, MailError::Permanent(_));
        assert_eq!(permanent, is_final, "{number}: {error}");
    }
}

/// A wrong password in the settings would otherwise fail every mail at once.
#[tokio::test]
async fn a_refused_password_is_temporary_and_not_in_the_error() {
    let answers: Answers = |c| {
        if c.starts_with("AUTH") {
            Some("535 no")
        } else {
            usual(c)
        }
    };
    let (sent, _) = send(answers, "ada:s3cr3t@").await;
    let Err(MailError::Temporary(error)) = sent else {
        panic!("{sent:?}")
    };
    assert!(!error.contains("s3cr3t"), "{error}");
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_temporary() {
    let from = Email::parse("events@example.org").expect("is an address");
    let url = format!("smtp://{}", guestlist::testing::free_address());
    let server = Server::new(from, "Plan".to_owned(), &url).expect("is a URL");
    let sent = server.send(&mail()).await;
    assert!(matches!(sent, Err(MailError::Temporary(_))), "{sent:?}");
}

/// Beyond this machine, no mail and no password goes over an unencrypted connection.
#[tokio::test]
async fn another_machine_must_offer_starttls() {
    for (url, expected) in [
        ("smtp://mail.example.org", "Required"),
        ("smtp://127.0.0.1.example.org:25", "Required"),
        ("smtp://127.0.0.1:25", "None"),
        ("smtps://mail.example.org", "Wrapper"),
    ] {
        assert_eq!(tls_of(url), expected, "{url}");
    }
}

/// Names how the connection is encrypted, by the URL that the transport gets.
fn tls_of(url: &str) -> &'static str {
    match whole_url(url) {
        url if url.starts_with("smtps://") => "Wrapper",
        url if url.ends_with("?tls=required") => "Required",
        _ => "None",
    }
}
