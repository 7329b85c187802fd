use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::*;
use crate::{
    DefaultTexts, DeliveryState, InvitationStore, LinkPurpose, MadeInvitation, MessageData,
    MessageStore, NewInvitation, Redemption, UserId, UserStore,
    auth::fixture::{Fixture, logged},
    testing::email,
};

/// A mail server that answers as the test says.
#[derive(Debug, Default)]
struct TestMailer {
    answer: Mutex<Option<MailError>>,
    taken: Mutex<Vec<Mail>>,
    repeats: bool,
}

#[async_trait]
impl Mailer for TestMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.repeats {
            return Err(MailError::Permanent(format!("550 spam:\r\n{}", mail.text)));
        }
        if let Some(error) = answer.clone() {
            return Err(error);
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(mail.clone());
        Ok(())
    }
}

impl TestMailer {
    fn answers(error: MailError) -> Self {
        Self {
            answer: Mutex::new(Some(error)),
            ..Self::default()
        }
    }

    fn taken(&self) -> Vec<Mail> {
        std::mem::take(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn send(fixture: &Fixture, mailer: &TestMailer) -> SentMessages {
    let site = Site {
        name: "Plan".to_owned(),
        base_url: "https://plan.example".to_owned(),
        time_zone: None,
    };
    let sent = fixture
        .guestlist
        .send_due_messages(mailer, &DefaultTexts, &site);
    sent.await.expect("answers")
}

async fn reset(fixture: &Fixture) -> Message {
    let user = &fixture.user;
    let expires_at = fixture.now().plus(SIX_HOURS * 100);
    let kind = MessageKind::ResetPassword;
    let data = MessageData::new();
    let message = Message::new(kind, Some(user.id), user.email.clone(), data, fixture.now())
        .with_link(LinkPurpose::ResetPassword, None, expires_at);
    insert(fixture, message).await
}

async fn insert(fixture: &Fixture, message: Message) -> Message {
    fixture
        .store
        .insert_message(&message)
        .await
        .expect("inserts");
    message
}

async fn stored(fixture: &Fixture, message: &Message) -> Message {
    let found = fixture.store.find_message(message.id).await;
    found.expect("answers").expect("is there")
}

#[tokio::test]
async fn a_due_mail_is_sent_once_with_its_link() {
    let fixture = Fixture::new().await;
    let message = reset(&fixture).await;
    let mailer = TestMailer::default();
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 1, sent: 1 }
    );
    assert_eq!(send(&fixture, &mailer).await, SentMessages::default());
    let [mail] = &mailer.taken()[..] else {
        panic!("one mail")
    };
    assert_eq!(mail.to, fixture.user.email);
    let token = fixture.guestlist.token_of_link(&message).expect("has one");
    let link = format!("https://plan.example/reset-password/{}", token.expose());
    assert!(mail.text.contains(&link), "{}", mail.text);
    assert_eq!(
        stored(&fixture, &message).await.delivery.state,
        DeliveryState::Sent
    );
}

/// warmbly/warmbly#361: a final refusal was retried as if the server were away.
#[tokio::test]
async fn a_permanent_refusal_fails_at_once_and_a_temporary_one_is_tried_again() {
    let fixture = Fixture::new().await;
    let permanent = reset(&fixture).await;
    let mailer = TestMailer::answers(MailError::Permanent("550 no such user".to_owned()));
    send(&fixture, &mailer).await;
    let failed = stored(&fixture, &permanent).await.delivery;
    assert_eq!(failed.state, DeliveryState::Failed);
    assert_eq!(failed.error.as_deref(), Some("550 no such user"));

    let fixture = Fixture::new().await;
    let temporary = reset(&fixture).await;
    let mailer = TestMailer::answers(MailError::Temporary("451 later".to_owned()));
    send(&fixture, &mailer).await;
    let waiting = stored(&fixture, &temporary).await.delivery;
    assert_eq!(waiting.state, DeliveryState::Queued);
    assert_eq!(waiting.next_at, fixture.now().plus(MINUTE));
    fixture.advance(59);
    assert_eq!(send(&fixture, &mailer).await.due, 0);
    fixture.advance(1);
    assert_eq!(send(&fixture, &TestMailer::default()).await.sent, 1);
}

#[tokio::test]
async fn pauses_grow_to_six_hours_and_end_after_two_days() {
    let fixture = Fixture::new().await;
    let message = reset(&fixture).await;
    let mailer = TestMailer::answers(MailError::Temporary("421 away".to_owned()));
    let mut pauses = Vec::new();
    loop {
        assert_eq!(send(&fixture, &mailer).await.due, 1);
        let delivery = stored(&fixture, &message).await.delivery;
        if delivery.state == DeliveryState::Failed {
            break;
        }
        let pause = fixture.now().until(delivery.next_at);
        pauses.push(pause.as_secs() / 60);
        fixture.advance(pause.as_secs());
    }
    assert_eq!(&pauses[..6], [1, 1, 2, 4, 8, 16]);
    assert!(pauses.iter().sum::<u64>() > 40 * 60);
    assert_eq!(pauses.iter().max(), Some(&360));
}

#[tokio::test]
async fn a_mail_for_no_account_or_with_an_ended_link_is_dropped() {
    let fixture = Fixture::new().await;
    let unknown = Message {
        user_id: None,
        ..reset(&fixture).await
    };
    let mailer = TestMailer::default();
    send(&fixture, &mailer).await;
    mailer.taken();
    let unknown = Message {
        id: crate::MessageId::new(fixture.now()),
        ..unknown
    };
    let unknown = insert(&fixture, unknown).await;
    let mut used = reset_of_another_kind(&fixture);
    used = insert(&fixture, used).await;
    let consumed = fixture
        .store
        .consume_link(used.id, LinkPurpose::UndoEmail, fixture.now());
    assert!(consumed.await.expect("answers").is_some());
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 2, sent: 0 }
    );
    assert!(mailer.taken().is_empty());
    for message in [&unknown, &used] {
        assert_eq!(
            stored(&fixture, message).await.delivery.state,
            DeliveryState::Dropped
        );
    }
}

fn reset_of_another_kind(fixture: &Fixture) -> Message {
    let user = &fixture.user;
    let (kind, data) = (MessageKind::EmailChanged, MessageData::new());
    Message::new(kind, Some(user.id), user.email.clone(), data, fixture.now()).with_link(
        LinkPurpose::UndoEmail,
        None,
        fixture.now().plus(SIX_HOURS),
    )
}

/// Makes an invitation that is mailed, and returns its message.
async fn invite(fixture: &Fixture, created_by: Option<UserId>) -> (MadeInvitation, Message) {
    let new = NewInvitation {
        note: None,
        email: Some(email("bob@example.com")),
        uses: 1,
        valid_for: SIX_HOURS,
        send: true,
    };
    let made = fixture.guestlist.make_invitation(created_by, new).await;
    let made = made.expect("makes");
    let id = made.invitation.id.as_uuid().into();
    let message = fixture.store.find_message(id).await.expect("answers");
    (made, message.expect("is queued"))
}

/// The visitor got a link that did nothing.
#[tokio::test]
async fn the_mail_of_an_invitation_that_ended_is_dropped() {
    let fixture = Fixture::new().await;
    let (guestlist, ada) = (&fixture.guestlist, fixture.user.id);
    let (used, mail_of_used) = invite(&fixture, None).await;
    let redeemed = fixture
        .store
        .redeem_invitation(used.invitation.id, fixture.now());
    assert_eq!(redeemed.await.expect("answers"), Redemption::Done);
    let (revoked, mail_of_revoked) = invite(&fixture, None).await;
    let revoked = guestlist.revoke_invitation(revoked.invitation.id).await;
    assert!(revoked.expect("revokes"));
    let (_, mail_of_deleted) = invite(&fixture, Some(ada)).await;
    fixture.store.delete_user(ada).await.expect("deletes");
    let mailer = TestMailer::default();
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 3, sent: 0 }
    );
    let (_, mail_of_expired) = invite(&fixture, None).await;
    fixture.advance(SIX_HOURS.as_secs());
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 1, sent: 0 }
    );
    assert!(mailer.taken().is_empty());
    for (message, why) in [
        (mail_of_used, "the invitation was used"),
        (mail_of_revoked, "the invitation was revoked"),
        (mail_of_deleted, "the invitation was deleted"),
        (mail_of_expired, "the invitation expired"),
    ] {
        let delivery = stored(&fixture, &message).await.delivery;
        assert_eq!(delivery.state, DeliveryState::Dropped, "{why}");
        assert_eq!(delivery.error.as_deref(), Some(why));
    }
}

/// The invitation worked, but its mail was dropped as one with an ended link.
#[tokio::test]
async fn the_mail_of_an_invitation_is_sent_after_a_restore() {
    let fixture = Fixture::new().await;
    let (made, _) = invite(&fixture, None).await;
    let held = fixture.guestlist.hold_messages().await;
    assert_eq!(held.expect("holds"), 1);
    let released = fixture.guestlist.release_held_messages().await;
    assert_eq!(released.expect("queues"), 1);
    let mailer = TestMailer::default();
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 1, sent: 1 }
    );
    assert!(mailer.taken()[0].text.contains(made.link.expose()));
    let found = fixture
        .guestlist
        .find_invitation_by_link(made.link.expose());
    let found = found.await.expect("answers").expect("is there");
    assert_eq!(found.is_over(fixture.now()), None);
}

/// With mail off, messages wait. A notice of last week is not sent when it is switched on.
#[tokio::test]
async fn an_old_message_is_given_up_and_not_sent() {
    let fixture = Fixture::new().await;
    let message = reset(&fixture).await;
    fixture.advance(TWO_DAYS.as_secs());
    let mailer = TestMailer::default();
    assert_eq!(
        send(&fixture, &mailer).await,
        SentMessages { due: 1, sent: 0 }
    );
    assert!(mailer.taken().is_empty());
    assert_eq!(
        stored(&fixture, &message).await.delivery.state,
        DeliveryState::Failed
    );
}

#[tokio::test]
async fn no_link_and_no_code_is_stored_or_logged() {
    let fixture = Fixture::new().await;
    let message = insert(&fixture, reset_of_another_kind(&fixture).with_code()).await;
    let mailer = TestMailer {
        repeats: true,
        ..TestMailer::default()
    };
    let log = logged(async {
        send(&fixture, &mailer).await;
    });
    let log = log.await;
    let stored = stored(&fixture, &message).await;
    let error = stored.delivery.error.expect("failed");
    let token = fixture.guestlist.token_of_link(&message).expect("has one");
    let code = fixture.guestlist.code_of(&message).expect("has one");
    for text in [&log, &error] {
        assert!(text.contains("550 spam"), "{text}");
        assert!(
            !text.contains(token.expose()) && !text.contains(code.as_str()),
            "{text}"
        );
    }
    assert!(!error.contains(['\r', '\n']));
}

/// Mail servers repeat the recipient, and some name other mailboxes. The log holds no address.
#[tokio::test]
async fn no_address_is_stored_or_logged() {
    let fixture = Fixture::new().await;
    let message = reset(&fixture).await;
    let (to, key) = (message.to.as_given(), message.to.key());
    let answer = format!("550 5.1.1 <{to}>: rejected; {key}, see postmaster@mail.example.");
    let mailer = TestMailer::answers(MailError::Permanent(answer));
    let log = logged(async {
        send(&fixture, &mailer).await;
    });
    let log = log.await;
    let error = stored(&fixture, &message).await.delivery.error;
    assert_eq!(error.as_deref(), Some("550 5.1.1 <…>: rejected; …, see …"));
    assert!(log.contains("550 5.1.1") && !log.contains('@'), "{log}");
}

#[test]
fn addresses_of_any_form_are_left_out() {
    for (error, expected) in [
        ("no address", "no address"),
        ("550 <ada@example.com> unknown", "550 <…> unknown"),
        ("(ada+b@example.com)", "(…)"),
        ("to=ada@example.com", "…"),
        ("RCPT TO:<\"ada b\"@example.com>", "RCPT TO:<…>"),
        ("zo\u{eb}@ex\u{e4}mple.example: no", "…: no"),
        ("ada@[192.0.2.1] and bob@example.com", "… and …"),
        ("@", "…"),
        ("a@b@c d", "… d"),
        ("\"@x", "…"),
        ("\u{2014}@x", "…"),
    ] {
        assert_eq!(without_addresses(error), expected, "{error}");
    }
}
