use super::*;
use crate::{
    Password, PasswordCost, SecretKey, SignUpError, SignUpPolicy, SignUpRefusal,
    testing::{MemoryStore, email},
};

fn guestlist(policy: SignUpPolicy) -> Guestlist {
    let secret = SecretKey::weak("a secret").expect("is a key");
    Guestlist::builder(MemoryStore::new(), secret)
        .password_cost(PasswordCost::for_tests())
        .sign_up_policy(policy)
        .build()
        .expect("builds")
}

async fn invite(guestlist: &Guestlist, address: Option<&str>, uses: u32) -> MadeInvitation {
    let new = NewInvitation {
        note: None,
        email: address.map(email),
        uses,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let made = guestlist.make_invitation(None, new).await;
    made.expect("makes")
}

async fn sign_up(
    guestlist: &Guestlist,
    address: &str,
    link: &LinkToken,
) -> Result<(), Option<SignUpRefusal>> {
    let password = Password::new("exemplary");
    let link = Some(link.expose());
    match guestlist
        .sign_up_with_link(email(address), None, password, link)
        .await
    {
        Ok(user) => {
            assert!(user.approved_at.is_some());
            Ok(())
        }
        Err(SignUpError::Refused(why)) => Err(Some(why)),
        Err(_) => Err(None),
    }
}

async fn uses_left(guestlist: &Guestlist, link: &LinkToken) -> u32 {
    let found = guestlist.find_invitation_by_link(link.expose()).await;
    found.expect("answers").expect("is there").uses_left
}

#[tokio::test]
async fn an_invitation_admits_as_often_as_it_says_and_is_an_approval() {
    for policy in [SignUpPolicy::Invited, SignUpPolicy::Approval] {
        let guestlist = guestlist(policy);
        let made = invite(&guestlist, None, 2).await;
        for address in ["ada@example.com", "bob@example.com"] {
            assert_eq!(sign_up(&guestlist, address, &made.link).await, Ok(()));
        }
        let third = sign_up(&guestlist, "cy@example.com", &made.link).await;
        assert_eq!(third, Err(Some(SignUpRefusal::InvitationUsed)), "{policy}");
    }
}

/// GHSA-fmh4-wcc4-5jm3 (better-auth): another account accepted an invitation.
#[tokio::test]
async fn an_invitation_for_an_address_admits_that_address_in_any_case() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let made = invite(&guestlist, Some("Ada@Example.com"), 1).await;
    for address in ["eve@example.com", "ada+eve@example.com", "ada@example.org"] {
        let refused = sign_up(&guestlist, address, &made.link).await;
        let why = SignUpRefusal::InvitationForAnother;
        assert_eq!(refused, Err(Some(why)), "{address}");
    }
    assert_eq!(uses_left(&guestlist, &made.link).await, 1);
    assert_eq!(
        sign_up(&guestlist, "ADA@example.COM", &made.link).await,
        Ok(())
    );
}

#[tokio::test]
async fn a_refused_sign_up_gives_its_use_back() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let made = invite(&guestlist, None, 2).await;
    assert_eq!(
        sign_up(&guestlist, "ada@example.com", &made.link).await,
        Ok(())
    );
    assert_eq!(
        sign_up(&guestlist, "ada@example.com", &made.link).await,
        Err(None)
    );
    let weak = guestlist.sign_up_with_link(
        email("bob@example.com"),
        None,
        Password::new("short"),
        Some(made.link.expose()),
    );
    assert!(matches!(weak.await, Err(SignUpError::Password(_))));
    assert_eq!(uses_left(&guestlist, &made.link).await, 1);
}

#[tokio::test]
async fn racing_sign_ups_share_one_use() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let made = invite(&guestlist, None, 1).await;
    let (one, other) = tokio::join!(
        sign_up(&guestlist, "ada@example.com", &made.link),
        sign_up(&guestlist, "bob@example.com", &made.link),
    );
    assert!(one.is_ok() ^ other.is_ok());
    assert_eq!(uses_left(&guestlist, &made.link).await, 0);
}

#[tokio::test]
async fn a_revoked_or_forged_link_is_refused() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let made = invite(&guestlist, None, 1).await;
    let id = made.invitation.id.as_uuid();
    let other_salt = Salt::from_stored([1; 16]);
    let keys = guestlist.link_keys();
    for forged in [
        keys.token(id, LinkPurpose::Invitation, &other_salt),
        keys.token(id, LinkPurpose::Setup, &made.invitation.salt),
    ] {
        let refused = sign_up(&guestlist, "eve@example.com", &forged).await;
        assert_eq!(refused, Err(Some(SignUpRefusal::InvitationUnknown)));
    }
    let revoked = guestlist.revoke_invitation(made.invitation.id).await;
    assert!(revoked.expect("revokes"));
    let refused = sign_up(&guestlist, "eve@example.com", &made.link).await;
    assert_eq!(refused, Err(Some(SignUpRefusal::InvitationRevoked)));
}

#[tokio::test]
async fn an_invitation_that_is_not_needed_is_not_used() {
    let guestlist = guestlist(SignUpPolicy::Open);
    let made = invite(&guestlist, None, 1).await;
    assert_eq!(
        sign_up(&guestlist, "ada@example.com", &made.link).await,
        Ok(())
    );
    assert_eq!(uses_left(&guestlist, &made.link).await, 1);
}

#[tokio::test]
async fn a_request_that_comes_twice_makes_one_invitation() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let id = InvitationId::new(guestlist.now());
    let new = |uses| NewInvitation {
        note: None,
        email: None,
        uses,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let first = guestlist.make_invitation_once(id, None, new(2)).await;
    let first = first.expect("makes");
    let second = guestlist.make_invitation_once(id, None, new(2)).await;
    let second = second.expect("is the same");
    assert_eq!(second.link.expose(), first.link.expose());
    let eve = Some(UserId::new(guestlist.now()));
    for (by, uses) in [(None, 1), (None, 3), (eve, 2)] {
        let other = guestlist.make_invitation_once(id, by, new(uses)).await;
        let made_before = matches!(other, Err(MakeInvitationError::MadeBefore));
        assert!(made_before, "{uses}");
    }
    let all = guestlist.list_invitations(None, 9).await;
    assert_eq!(all.expect("lists").len(), 1);
}

#[tokio::test]
async fn uses_and_lifetimes_have_limits() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    for (address, uses, seconds) in [
        (None, 0, 60),
        (None, 1_001, 60),
        (Some("ada@example.com"), 2, 60),
        (None, 1, 59),
        (None, 1, 400 * 24 * 60 * 60),
    ] {
        let new = NewInvitation {
            note: None,
            email: address.map(email),
            uses,
            valid_for: Duration::from_secs(seconds),
            send: false,
        };
        assert!(guestlist.make_invitation(None, new).await.is_err());
    }
}

#[tokio::test]
async fn a_sent_invitation_has_its_own_link_until_it_is_revoked() {
    let guestlist = guestlist(SignUpPolicy::Invited);
    let new = |address: Option<&str>| NewInvitation {
        note: None,
        email: address.map(email),
        uses: 1,
        valid_for: NewInvitation::VALID,
        send: true,
    };
    let refused = guestlist.make_invitation(None, new(None)).await;
    assert!(matches!(refused, Err(MakeInvitationError::NoAddress)));
    let made = guestlist.make_invitation(None, new(Some("bob@example.com")));
    let made = made.await.expect("makes");
    let sent = async || {
        let all = guestlist.list_messages(crate::MessageFilter::default(), None, 10);
        all.await.expect("answers").pop().expect("is queued")
    };
    let message = sent().await;
    assert_eq!(message.to, email("bob@example.com"));
    let token = guestlist.token_of_link(&message).expect("has one");
    assert_eq!(token.expose(), made.link.expose());
    let revoked = guestlist.revoke_invitation(made.invitation.id).await;
    assert!(revoked.expect("revokes"));
    assert!(!sent().await.has_active_link(guestlist.now()));
    let signed_up = sign_up(&guestlist, "bob@example.com", &token).await;
    assert!(signed_up.is_err());
}
