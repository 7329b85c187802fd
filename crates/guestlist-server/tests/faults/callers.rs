//! Uses of the stores outside requests: the operator's commands, and the server's background tasks.

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use guestlist::{
    Client, DefaultTexts, FirstAdminError, LinkError, LinkPurpose, LinkRefusal, Mail, MailError,
    Mailer, MessageFilter, MessageKind, NewInvitation, OnConflict, Password, Role, SentMessages,
    SignUpError, Site, StoreError, TokenName, UndoEmailChangeError, UserName, testing::email,
};
use uuid::Uuid;

use super::fixture::{Fixture, imported};
use crate::test_app::new_email;

/// A command or a background task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    AddUser,
    FindUser,
    FindUserByEmail,
    ListUsers,
    DisableUser,
    EnableUser,
    Unlock,
    SetPassword,
    ChangeEmail,
    ChangeName,
    UndoEmailChange,
    TryCode,
    SendMails,
    Outbox,
    DeleteUser,
    ImportUsers,
    RehearseImport,
    IssueServiceToken,
    ListServiceTokens,
    TendKeys,
    RotateKeys,
    ListKeys,
    Census,
    CensusOfKey,
    EndEverything,
    RefreshAgain,
    UseFormerToken,
    Invite,
    Promote,
    SecondFactorOf,
    Purge,
    ListSecurityEvents,
    Ready,
}

impl Caller {
    pub(super) const ALL: [Self; 33] = [
        Self::AddUser,
        Self::FindUser,
        Self::FindUserByEmail,
        Self::ListUsers,
        Self::DisableUser,
        Self::EnableUser,
        Self::Unlock,
        Self::SetPassword,
        Self::ChangeEmail,
        Self::ChangeName,
        Self::UndoEmailChange,
        Self::TryCode,
        Self::SendMails,
        Self::Outbox,
        Self::DeleteUser,
        Self::ImportUsers,
        Self::RehearseImport,
        Self::IssueServiceToken,
        Self::ListServiceTokens,
        Self::TendKeys,
        Self::RotateKeys,
        Self::ListKeys,
        Self::Census,
        Self::CensusOfKey,
        Self::EndEverything,
        Self::RefreshAgain,
        Self::UseFormerToken,
        Self::Invite,
        Self::Promote,
        Self::SecondFactorOf,
        Self::Purge,
        Self::ListSecurityEvents,
        Self::Ready,
    ];

    /// The names of the tokens that are refused after the call.
    pub(super) fn ends(self) -> &'static [&'static str] {
        match self {
            Self::UndoEmailChange
            | Self::DisableUser
            | Self::SetPassword
            | Self::DeleteUser
            | Self::EndEverything => &["access", "other", "personal"],
            _ => &[],
        }
    }

    /// Prepares the fixture so that the call has something to do.
    pub(super) async fn prepare(self, fixture: &Fixture<'_>) {
        if self == Self::Purge {
            // The use of a credential is recorded only if the last recorded use is over a minute
            // ago.
            fixture.faulty.app.clock.advance(Duration::from_secs(61));
            fixture.opens("access").await;
            fixture.opens("personal").await;
        }
        if self == Self::UndoEmailChange {
            let guestlist = &fixture.faulty.app.app.guestlist;
            let confirmed = guestlist.confirm_email_change(fixture.named("change_link"));
            confirmed.await.expect("goes well");
        }
        if self == Self::SendMails {
            // One mail is taken, one is refused, and one is for an address without an account.
            while send_mails(fixture, &Takes).await.expect("goes well").due > 0 {}
            let guestlist = &fixture.faulty.app.app.guestlist;
            let user = guestlist.find_user(fixture.user).await;
            let user = user.expect("goes well").expect("is there");
            let asked = guestlist.request_email_verification(user.id).await;
            asked.expect("goes well");
            for email in [user.email, email(&new_email())] {
                let asked = guestlist.request_password_reset(&email).await;
                asked.expect("goes well");
            }
            // The reset link that waits already is sent again.
            fixture.faulty.app.clock.advance(Duration::from_secs(120));
        }
        if self == Self::RefreshAgain {
            let refreshed = refresh(fixture).await;
            refreshed.expect("goes well");
        }
    }

    /// Makes the call and returns its result.
    pub(super) async fn call(self, fixture: &Fixture<'_>) -> Result<(), Box<dyn Error>> {
        let (app, id) = (&fixture.faulty.app.app, fixture.user);
        let guestlist = &app.guestlist;
        let rows = || [imported(&new_email(), None)];
        let name = |text| TokenName::parse(text).expect("is a name");
        match self {
            Self::AddUser => {
                let (email, name) = (email(&new_email()), UserName::parse("Ada").expect("is one"));
                guestlist
                    .add_user(email, Some(name), Password::new("good enough"))
                    .await
                    .map(drop)?;
            }
            Self::FindUser => drop(guestlist.find_user(id).await?),
            Self::FindUserByEmail => drop(
                guestlist
                    .find_user_by_email(&email("x@example.com"))
                    .await?,
            ),
            Self::ListUsers => drop(guestlist.list_users(None, 1).await?),
            Self::DisableUser => guestlist.disable_user(id).await?,
            Self::EnableUser => guestlist.enable_user(id).await?,
            Self::Unlock => drop(guestlist.unlock(&email("x@example.com")).await?),
            Self::SetPassword => {
                guestlist
                    .set_password(id, Password::new("good enough"))
                    .await?
            }
            Self::ChangeEmail => {
                let identity = guestlist.identify(fixture.named("access")).await?;
                let session = identity.session().expect("is a session's").id;
                let changed = guestlist.change_email(session, email(&new_email()));
                changed.await.map(drop)?;
            }
            Self::ChangeName => {
                let identity = guestlist.identify(fixture.named("access")).await?;
                let session = identity.session().expect("is a session's").id;
                guestlist.change_name(session, None).await.map(drop)?;
            }
            Self::UndoEmailChange => {
                let app = &fixture.faulty.app;
                let undo = app.newest_link(Some(id), MessageKind::EmailChanged).await;
                match guestlist.undo_email_change(&undo).await {
                    // The link is used last, so all is done.
                    Err(UndoEmailChangeError::Link(LinkError::Refused(LinkRefusal::Used))) => {}
                    undone => undone?,
                }
            }
            Self::TryCode => {
                let tried = guestlist.try_link_code(id, LinkPurpose::VerifyEmail, "000000");
                tried.await.map(drop)?;
            }
            Self::SendMails => drop(send_mails(fixture, &RefusesOne).await?),
            Self::Outbox => {
                let filter = MessageFilter::default();
                for message in guestlist.list_messages(filter, None, 1).await? {
                    guestlist.retry_message(message.id).await?;
                }
                guestlist.hold_messages().await?;
                guestlist.release_held_messages().await?;
            }
            Self::DeleteUser => app.delete_user(id).await?,
            Self::ImportUsers => drop(guestlist.import_users(&rows(), OnConflict::Skip).await?),
            Self::RehearseImport => {
                let mut rehearsal = guestlist.rehearse_import();
                rehearsal
                    .import_users(&rows(), OnConflict::Skip)
                    .await
                    .map(drop)?;
            }
            Self::IssueServiceToken => {
                guestlist
                    .issue_service_token(name("gateway"), None)
                    .await
                    .map(drop)?;
            }
            Self::ListServiceTokens => drop(guestlist.list_service_tokens(None, 1).await?),
            Self::TendKeys => guestlist.tend_keys().await?,
            Self::RotateKeys => drop(guestlist.rotate_keys().await?),
            Self::SecondFactorOf => {
                let enrolled = fixture.named("enrolled_user").parse()?;
                let _ = guestlist.second_factor_of(enrolled).await?;
            }
            Self::ListKeys => drop(guestlist.list_keys().await?),
            Self::Census => drop(guestlist.census().await?),
            Self::CensusOfKey => drop(guestlist.current_key_census().await?),
            Self::EndEverything => {
                let before = Uuid::from_u128(id.as_uuid().as_u128() - 1);
                guestlist
                    .end_everything(Some(before.into()), 1)
                    .await
                    .map(drop)?;
            }
            Self::RefreshAgain => refresh(fixture).await?,
            Self::UseFormerToken => {
                guestlist
                    .identify_service(fixture.named("former"))
                    .await
                    .map(drop)?;
            }
            Self::Invite => invite(fixture).await?,
            Self::Promote => promote(fixture).await?,
            Self::Purge => {
                app.purge().await.map(drop)?;
            }
            Self::ListSecurityEvents => {
                guestlist.list_security_events(None, 10).await.map(drop)?;
            }
            Self::Ready => guestlist.ready().await?,
        }
        Ok(())
    }
}

/// The second sign-up with the same address gives its use of the invitation back.
async fn invite(fixture: &Fixture<'_>) -> Result<(), Box<dyn Error>> {
    let guestlist = &fixture.faulty.invited;
    let new = NewInvitation {
        note: None,
        email: None,
        uses: 2,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let made = guestlist.make_invitation(None, new).await?;
    let address = email(&new_email());
    for _ in 0..2 {
        let password = Password::new("good enough");
        let link = Some(made.link.expose());
        let signed_up = guestlist.sign_up_with_link(address.clone(), None, password, link);
        match signed_up.await {
            Ok(_) | Err(SignUpError::EmailTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    guestlist.list_invitations(None, 1).await?;
    guestlist.revoke_invitation(made.invitation.id).await?;
    Ok(())
}

/// The fixture has an administrator, so the setup link is refused by the store.
async fn promote(fixture: &Fixture<'_>) -> Result<(), Box<dyn Error>> {
    let guestlist = &fixture.faulty.invited;
    guestlist.set_role(fixture.user, Role::Member).await?;
    guestlist.approve_user(fixture.user).await?;
    assert!(guestlist.make_setup_link().await?.is_none());
    let setup = &fixture.faulty.setup;
    match guestlist.make_first_admin(setup, fixture.user).await {
        Err(FirstAdminError::InvalidLink) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => panic!("there is an administrator"),
    }
}

/// A mail server that takes all mails.
#[derive(Debug)]
struct Takes;

#[async_trait]
impl Mailer for Takes {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        Ok(())
    }
}

/// A mail server that refuses the mails that verify an address.
#[derive(Debug)]
struct RefusesOne;

#[async_trait]
impl Mailer for RefusesOne {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match mail.subject.starts_with("Confirm") {
            true => Err(MailError::Permanent("550 no such mailbox".to_owned())),
            false => Ok(()),
        }
    }
}

async fn send_mails(
    fixture: &Fixture<'_>,
    mailer: &dyn Mailer,
) -> Result<SentMessages, StoreError> {
    let site = Site {
        name: "a site".to_owned(),
        base_url: "https://events.example.org".to_owned(),
        time_zone: None,
    };
    let guestlist = &fixture.faulty.app.app.guestlist;
    let sent = guestlist.send_due_messages(mailer, &DefaultTexts, &site);
    sent.await
}

async fn refresh(fixture: &Fixture<'_>) -> Result<(), Box<dyn Error>> {
    let guestlist = &fixture.faulty.app.app.guestlist;
    let refreshed = guestlist.refresh(fixture.named("refresh"), Client::default());
    refreshed.await?;
    Ok(())
}
