use std::sync::Arc;

use super::*;
use crate::{
    AccountRules, Client, NewInvitation, PasswordCost, SecretKey, SignInError, SignUpRefusal,
    UserStore, Wanted,
    auth::{
        fixture::{Fixture, PASSWORD, SECRET, password},
        link_fixture::{count, newest, newest_token},
    },
    operations,
    testing::{Fault, FaultyStore, email},
};

const CONCEAL: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: true,
};

async fn fixture() -> Fixture {
    Fixture::with(|builder| builder.account_rules(CONCEAL)).await
}

async fn register(fixture: &Fixture, address: &str, typed: &str) -> ConcealedSignUp {
    let anyone = Client::default();
    let registered = fixture
        .guestlist
        .register(&anyone, NewUser::new(email(address), password(typed)));
    match registered.await.expect("answers") {
        Registration::Concealed(concealed) => concealed,
        Registration::Created(user) => panic!("{user:?}"),
    }
}

async fn sign_in(fixture: &Fixture, address: &str, typed: &str) -> Result<(), SignInError> {
    let (email, client) = (email(address), Client::default());
    let signed_in = fixture
        .guestlist
        .sign_in(Some(&email), password(typed), client, Wanted::JWT);
    signed_in.await.map(drop)
}

async fn user(fixture: &Fixture, address: &str) -> User {
    let found = fixture.store.find_user_by_email(&email(address)).await;
    found.expect("answers").expect("is there")
}

#[tokio::test]
async fn known_and_unknown_addresses_get_answers_of_one_form_and_a_mail_each() {
    let fixture = fixture().await;
    let known = register(&fixture, "ADA@example.com", "a long exemplary one").await;
    assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 1);
    assert_eq!(count(&fixture, MessageKind::VerifyEmail).await, 0);
    let new = register(&fixture, "new@example.com", "a long exemplary one").await;
    assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 1);
    assert_eq!(count(&fixture, MessageKind::VerifyEmail).await, 1);
    assert_eq!(known.sealed.len(), new.sealed.len());
    let link = newest_token(&fixture, MessageKind::SignUpOnKnownAddress).await;
    let checked = fixture.guestlist.check_reset_link(&link).await;
    checked.expect("the owner can set another password");
    // The account that was there keeps its password.
    assert!(sign_in(&fixture, "ada@example.com", PASSWORD).await.is_ok());
    let stolen = sign_in(&fixture, "ada@example.com", "a long exemplary one").await;
    assert!(matches!(stolen, Err(SignInError::WrongCredentials)));
}

#[tokio::test]
async fn a_concealed_account_opens_only_after_its_address_is_verified() {
    let fixture = fixture().await;
    let made = register(&fixture, "new@example.com", PASSWORD).await;
    // The answer is that of a known address, whose password the visitor does not know.
    for typed in [PASSWORD, "a wrong password"] {
        let early = sign_in(&fixture, "new@example.com", typed).await;
        assert!(matches!(early, Err(SignInError::WrongCredentials)));
    }
    let new = user(&fixture, "new@example.com").await;
    assert!(fixture.guestlist.made_sign_up(&new, &made.sealed));
    let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
    let confirmed = fixture
        .guestlist
        .confirm_email_verification(&token, None, Some(&made.sealed));
    confirmed.await.expect("verifies");
    assert!(sign_in(&fixture, "new@example.com", PASSWORD).await.is_ok());
}

/// A stranger signed up with the address first, or in between.
#[tokio::test]
async fn an_unconfirmed_account_blocks_no_user_and_its_browser_is_not_the_owners() {
    let fixture = fixture().await;
    let stranger = register(&fixture, "new@example.com", "the stranger's choice").await;
    let owner = register(&fixture, "new@example.com", "the owner's choice").await;
    assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 0);
    let new = user(&fixture, "new@example.com").await;
    let is_of =
        |made: &ConcealedSignUp, user: &User| fixture.guestlist.made_sign_up(user, &made.sealed);
    assert!(is_of(&owner, &new));
    assert!(!is_of(&stranger, &new));
    register(&fixture, "new@example.com", "the stranger's choice").await;
    let new = user(&fixture, "new@example.com").await;
    assert!(!is_of(&owner, &new), "the password is the stranger's again");
    // So the page asks the owner for a password.
    let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
    let chosen = Some(password("the owner's choice"));
    let confirmed = fixture
        .guestlist
        .confirm_email_verification(&token, chosen, None);
    confirmed.await.expect("verifies");
    let stranger = sign_in(&fixture, "new@example.com", "the stranger's choice").await;
    assert!(matches!(stranger, Err(SignInError::WrongCredentials)));
    let owner = sign_in(&fixture, "new@example.com", "the owner's choice").await;
    assert!(owner.is_ok());
}

#[tokio::test]
async fn a_sealed_sign_up_belongs_to_its_account_and_a_draft_is_none() {
    let fixture = fixture().await;
    let ada = &fixture.user;
    let made = register(&fixture, "new@example.com", PASSWORD).await;
    assert!(!fixture.guestlist.made_sign_up(ada, &made.sealed));
    for sealed in ["", "x"] {
        assert!(!fixture.guestlist.made_sign_up(ada, sealed));
    }
    let draft = fixture.guestlist.seal_draft(ada.id, b"Tea").expect("seals");
    assert!(!fixture.guestlist.made_sign_up(ada, &draft));
}

#[tokio::test]
async fn a_mailed_reset_verifies_the_address_and_an_unconfirmed_password_cannot_be_rehashed() {
    let fixture = fixture().await;
    register(&fixture, "new@example.com", PASSWORD).await;
    let new = user(&fixture, "new@example.com").await;
    assert!(new.password_hash.is_some_and(|hash| hash.is_unconfirmed()));
    let address = email("new@example.com");
    let asked = fixture.guestlist.request_password_reset(&address);
    asked.await.expect("answers");
    let token = newest_token(&fixture, MessageKind::ResetPassword).await;
    let reset = fixture
        .guestlist
        .confirm_password_reset(&token, password("the owner's choice"));
    reset.await.expect("resets");
    let signed_in = sign_in(&fixture, "new@example.com", "the owner's choice").await;
    assert!(signed_in.is_ok());
    assert!(
        user(&fixture, "new@example.com")
            .await
            .verified_at
            .is_some()
    );
}

/// What a second sign-up with an invitation for one use gets, after a first one with `address`.
async fn probe(address: &str) -> Option<SignUpRefusal> {
    let policy = crate::SignUpPolicy::Invited;
    let fixture = fixture().await;
    register(&fixture, "unconfirmed@example.com", PASSWORD).await;
    let configure = |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
    let guestlist = fixture.node(SECRET, configure);
    let new = NewInvitation {
        note: None,
        email: None,
        uses: 1,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let made = guestlist.make_invitation(None, new).await.expect("makes");
    let sign_up = async |address: &str| {
        let new = NewUser {
            link: Some(made.link.expose().to_owned()),
            ..NewUser::new(email(address), password(PASSWORD))
        };
        guestlist.register(&Client::default(), new).await
    };
    let first = sign_up(address).await;
    assert!(matches!(first, Ok(Registration::Concealed(_))), "{address}");
    match sign_up("another@example.com").await {
        Ok(_) => None,
        Err(SignUpError::Refused(why)) => Some(why),
        Err(error) => panic!("{error}"),
    }
}

/// An invitation with a use left told that the address of the first sign-up was known.
#[tokio::test]
async fn an_invitation_does_not_tell_whether_an_address_is_known() {
    for address in [
        "new@example.com",
        "ada@example.com",
        "unconfirmed@example.com",
    ] {
        let second = probe(address).await;
        assert_eq!(second, Some(SignUpRefusal::InvitationUsed), "{address}");
    }
}

/// The account of the first sign-up exists, and the use that came back admitted a second one.
#[tokio::test]
async fn a_use_stays_used_if_the_mail_of_the_account_fails() {
    for (rules, address) in [
        (CONCEAL, "new@example.com"),
        (CONCEAL, "unconfirmed@example.com"),
        (
            AccountRules {
                conceal: false,
                ..CONCEAL
            },
            "new@example.com",
        ),
    ] {
        let fixture = fixture().await;
        register(&fixture, "unconfirmed@example.com", PASSWORD).await;
        let faulty = Arc::new(FaultyStore::over(fixture.store.clone()));
        let secret = SecretKey::weak(SECRET).expect("is a key");
        let guestlist = Guestlist::builder_over(faulty.clone(), secret)
            .clock(fixture.clock.clone())
            .password_cost(PasswordCost::for_tests())
            .account_rules(rules)
            .sign_up_policy(crate::SignUpPolicy::Invited)
            .build()
            .expect("builds");
        let invitation = NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(None, invitation).await;
        let link = made.expect("makes").link;
        let sign_up = async |address: &str| {
            let new = NewUser {
                link: Some(link.expose().to_owned()),
                ..NewUser::new(email(address), password(PASSWORD))
            };
            guestlist.register(&Client::default(), new).await
        };
        let insert = operations::insert_message();
        faulty.faults.at(insert, Fault::NotDone);
        let failed = sign_up(address).await;
        let is_unknown = matches!(failed, Err(SignUpError::Store(StoreError::Unknown(_))));
        assert!(is_unknown, "{address}: {failed:?}");
        faulty.faults.end();
        user(&fixture, address).await;
        let second = sign_up("another@example.com").await;
        let why = SignUpRefusal::InvitationUsed;
        assert!(
            matches!(second, Err(SignUpError::Refused(refusal)) if refusal == why),
            "{address}"
        );
    }
}

/// The use would be lost otherwise.
#[tokio::test]
async fn an_invitation_approves_an_account_that_was_never_confirmed() {
    let policy = crate::SignUpPolicy::Approval;
    let configure = |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
    let fixture = Fixture::with(configure).await;
    register(&fixture, "new@example.com", PASSWORD).await;
    assert_eq!(user(&fixture, "new@example.com").await.approved_at, None);
    let new = NewInvitation {
        note: None,
        email: None,
        uses: 1,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let made = fixture.guestlist.make_invitation(None, new).await;
    let new = NewUser {
        link: Some(made.expect("makes").link.expose().to_owned()),
        ..NewUser::new(email("new@example.com"), password(PASSWORD))
    };
    let registered = fixture.guestlist.register(&Client::default(), new).await;
    registered.expect("answers");
    let approved = user(&fixture, "new@example.com").await.approved_at;
    assert!(approved.is_some());
}

#[tokio::test]
async fn of_racing_sign_ups_of_one_address_all_get_the_same_answer_and_one_account_is_made() {
    let fixture = fixture().await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let guestlist = fixture.guestlist.clone();
        racing.spawn(async move {
            let anyone = Client::default();
            let made = guestlist.register(
                &anyone,
                NewUser::new(email("new@example.com"), password(PASSWORD)),
            );
            matches!(made.await, Ok(Registration::Concealed(_)))
        });
    }
    assert!(racing.join_all().await.into_iter().all(|same| same));
    let all = fixture.store.list_users(None, 100).await.expect("answers");
    assert_eq!(all.len(), 2);
}

/// A known address gets "wrong credentials", so a new account must not tell that it waits.
#[tokio::test]
async fn a_concealed_account_that_waits_for_an_approval_does_not_tell() {
    let policy = crate::SignUpPolicy::Approval;
    let configure = |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
    let fixture = Fixture::with(configure).await;
    register(&fixture, "new@example.com", PASSWORD).await;
    let refused = sign_in(&fixture, "new@example.com", PASSWORD).await;
    assert!(matches!(refused, Err(SignInError::WrongCredentials)));
}

#[tokio::test]
async fn without_concealment_a_sign_up_says_taken_and_mails_only_if_mail_is_on() {
    for sends_mail in [false, true] {
        let rules = AccountRules {
            sends_mail,
            conceal: !sends_mail,
            require_verified: false,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let anyone = Client::default();
        let taken = fixture.guestlist.register(
            &anyone,
            NewUser::new(email("ada@example.com"), password(PASSWORD)),
        );
        assert!(matches!(taken.await, Err(SignUpError::EmailTaken)));
        let made = fixture.guestlist.register(
            &anyone,
            NewUser::new(email("new@example.com"), password(PASSWORD)),
        );
        let Ok(Registration::Created(made)) = made.await else {
            panic!("is created");
        };
        let sealed = fixture.guestlist.seal_sign_up(&made).expect("seals");
        assert!(fixture.guestlist.made_sign_up(&made, &sealed));
        assert!(!fixture.guestlist.made_sign_up(&fixture.user, &sealed));
        let mails = count(&fixture, MessageKind::VerifyEmail).await;
        assert_eq!(mails, usize::from(sends_mail));
        assert!(sign_in(&fixture, "new@example.com", PASSWORD).await.is_ok());
        if sends_mail {
            let message = newest(&fixture, MessageKind::VerifyEmail).await;
            assert_eq!(message.to, email("new@example.com"));
        }
    }
}
