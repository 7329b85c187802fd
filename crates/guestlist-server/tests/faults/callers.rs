//! What calls the stores besides requests: what an operator does, and what a server does by itself.

use std::{error::Error, time::Duration};

use guestlist::{Client, OnConflict, Password, TokenName, UserName, testing::email};

use uuid::Uuid;

use super::scene::{Scene, imported};
use crate::test_app::somebody;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    AddUser,
    FindUser,
    FindUserByEmail,
    ListUsers,
    DisableUser,
    EnableUser,
    SetPassword,
    ChangeEmail,
    ChangeName,
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
    Sweep,
    Ready,
}

impl Caller {
    pub(super) const ALL: [Self; 24] = [
        Self::AddUser,
        Self::FindUser,
        Self::FindUserByEmail,
        Self::ListUsers,
        Self::DisableUser,
        Self::EnableUser,
        Self::SetPassword,
        Self::ChangeEmail,
        Self::ChangeName,
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
        Self::Sweep,
        Self::Ready,
    ];

    /// The names of tokens that open nothing afterwards.
    pub(super) fn ends(self) -> &'static [&'static str] {
        match self {
            Self::DisableUser | Self::SetPassword | Self::DeleteUser | Self::EndEverything => {
                &["access", "other", "personal"]
            }
            _ => &[],
        }
    }

    /// What comes before it, so that there is something to do.
    pub(super) async fn prepare(self, scene: &Scene<'_>) {
        if self == Self::Sweep {
            // What was not used for a minute is noted when it is.
            scene.stage.app.clock.advance(Duration::from_secs(61));
            scene.opens("access").await;
            scene.opens("personal").await;
        }
        if self == Self::RefreshAgain {
            let refreshed = refresh(scene).await;
            refreshed.expect("goes well");
        }
    }

    /// Calls, and says what became of it.
    pub(super) async fn call(self, scene: &Scene<'_>) -> Result<(), Box<dyn Error>> {
        let (app, id) = (&scene.stage.app.app, scene.user);
        let door = &app.guestlist;
        let rows = || [imported(&somebody(), None)];
        let name = |text| TokenName::parse(text).expect("is a name");
        match self {
            Self::AddUser => {
                let (email, name) = (email(&somebody()), UserName::parse("Ada").expect("is one"));
                door.add_user(email, Some(name), Password::new("good enough"))
                    .await
                    .map(drop)?;
            }
            Self::FindUser => drop(door.find_user(id).await?),
            Self::FindUserByEmail => drop(door.find_user_by_email(&email("x@example.com")).await?),
            Self::ListUsers => drop(door.list_users(None, 1).await?),
            Self::DisableUser => door.disable_user(id).await?,
            Self::EnableUser => door.enable_user(id).await?,
            Self::SetPassword => door.set_password(id, Password::new("good enough")).await?,
            Self::ChangeEmail => {
                let identity = door.identify(scene.named("access")).await?;
                let session = identity.session().expect("is a session's").id;
                let changed = door.change_email(session, email(&somebody()));
                changed.await.map(drop)?;
            }
            Self::ChangeName => {
                let identity = door.identify(scene.named("access")).await?;
                let session = identity.session().expect("is a session's").id;
                door.change_name(session, None).await.map(drop)?;
            }
            Self::DeleteUser => app.delete_user(id).await?,
            Self::ImportUsers => drop(door.import_users(&rows(), OnConflict::Skip).await?),
            Self::RehearseImport => {
                let mut rehearsal = door.rehearse_import();
                rehearsal
                    .import_users(&rows(), OnConflict::Skip)
                    .await
                    .map(drop)?;
            }
            Self::IssueServiceToken => {
                door.issue_service_token(name("gateway"), None)
                    .await
                    .map(drop)?;
            }
            Self::ListServiceTokens => drop(door.list_service_tokens(None, 1).await?),
            Self::TendKeys => door.tend_keys().await?,
            Self::RotateKeys => drop(door.rotate_keys().await?),
            Self::ListKeys => drop(door.list_keys().await?),
            Self::Census => drop(door.census().await?),
            Self::CensusOfKey => drop(door.current_key_census().await?),
            Self::EndEverything => {
                let before = Uuid::from_u128(id.as_uuid().as_u128() - 1);
                door.end_everything(Some(before.into()), 1)
                    .await
                    .map(drop)?;
            }
            Self::RefreshAgain => refresh(scene).await?,
            Self::UseFormerToken => {
                door.identify_service(scene.named("former"))
                    .await
                    .map(drop)?;
            }
            Self::Sweep => {
                app.purge().await.map(drop)?;
            }
            Self::Ready => door.ready().await?,
        }
        Ok(())
    }
}

async fn refresh(scene: &Scene<'_>) -> Result<(), Box<dyn Error>> {
    let door = &scene.stage.app.app.guestlist;
    let refreshed = door.refresh(scene.named("refresh"), Client::default());
    refreshed.await?;
    Ok(())
}
