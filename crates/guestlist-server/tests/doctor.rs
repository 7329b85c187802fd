//! `guestlist doctor`, on records and files that it reports.

use guestlist::{Timestamp, TokenName, Wanted};
use guestlist_server::database::Stores;

use crate::{secret_key::DirectGuestlist, users::Installation};

/// Valid hashes. No test signs in with them.
const USERS: &str = r#"email,password_hash
cut@example.com,$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW
older@example.com,"$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
current@example.com,"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
none@example.com,
"#;

#[tokio::test]
async fn passwords_are_counted_by_scheme_and_by_what_the_next_sign_in_does() {
    let installation = Installation::new();
    installation.write("users.csv", USERS);
    installation
        .runs(&[], &["users", "import", "users.csv"])
        .success();
    let stores = Stores::open(&installation.url()).await.expect("opens");
    // Its hash is `!`, which no scheme can read. An import would refuse it.
    let unreadable = guestlist::testing::user("unreadable@example.com");
    let inserted = stores.accounts.insert_user(&unreadable).await;
    inserted.expect("inserts");
    stores.close().await.expect("closes");

    let told = installation.runs(&[], &["doctor"]).success();
    for line in [
        "users                             5",
        "without a password                1  cannot sign in until an operator sets one",
        "password by argon2                2",
        "password by bcrypt                1",
        "outdated hashes                   2  are replaced at the next sign-in",
        "  of these, plain bcrypt          1  replaced at the next change of password if it has more than 72 bytes",
        "schemes not listed                0",
        "unreadable hashes                 1  cannot sign in: set a password with guestlist users set-password",
        "sessions                          0",
        "expired, of all these             0",
    ] {
        assert!(
            told.lines().any(|told| told == line),
            "{line:?} is not in:\n{told}"
        );
    }

    let schemes = [("GUESTLIST_PASSWORDS__SCHEMES", "argon2,scrypt")];
    let told = installation.runs(&schemes, &["doctor"]).success();
    for line in [
        "outdated hashes                   1  are replaced at the next sign-in",
        "  of these, plain bcrypt          0",
        "schemes not listed                1  cannot sign in: passwords.schemes does not list them",
    ] {
        assert!(
            told.lines().any(|told| told == line),
            "{line:?} is not in:\n{told}"
        );
    }
}

#[tokio::test]
async fn credentials_of_the_previous_secret_and_of_an_unknown_secret_are_counted() {
    let installation = Installation::new();
    let [one, two] = [
        "a secret key of more than thirty-two bytes",
        "another secret key of more than thirty-two bytes",
    ];
    let direct = DirectGuestlist::open(&installation, one, "HS256").await;
    direct.sign_up().await;
    let session = direct.sign_in(Wanted::DATABASE).await.session.id;
    let name = TokenName::parse("gateway").expect("is a name");
    for _ in 0..2 {
        let day = std::time::Duration::from_secs(86_400);
        let made = direct
            .guestlist
            .make_token(session, name.clone(), guestlist::Scope::Read, day);
        made.await.expect("makes");
    }
    let issued = direct.guestlist.issue_service_token(name, None).await;
    issued.expect("issues");
    direct.close().await;
    let told = installation
        .runs(&[("SECRET_KEY", one)], &["doctor"])
        .success();
    assert!(!told.contains("secret"), "{told}");
    let both = [("SECRET_KEY", two), ("SECRET_KEY_PREVIOUS", one)];
    let told = installation.runs(&both, &["doctor"]).success();
    for line in [
        "sessions, previous secret         1  end when SECRET_KEY_PREVIOUS is removed, unless they are refreshed before",
        "personal, previous secret         2  end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
        "services, previous secret         1  end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
    ] {
        assert!(
            told.lines().any(|told| told == line),
            "{line:?} is not in:\n{told}"
        );
    }
    let told = installation
        .runs(&[("SECRET_KEY", two)], &["doctor"])
        .success();
    let line =
        "tokens, another secret            3  cannot be used: their secret is not configured";
    assert!(
        told.lines().any(|told| told == line),
        "{line:?} is not in:\n{told}"
    );
}

#[tokio::test]
async fn sessions_tokens_and_keys_are_counted_and_expired_records_too() {
    let installation = Installation::new();
    let secret = [("SECRET_KEY", "a secret key of more than thirty-two bytes")];
    let direct = DirectGuestlist::open(&installation, secret[0].1, "EdDSA").await;
    direct.sign_up().await;
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        direct.sign_in(wanted).await;
    }
    let name = TokenName::parse("gateway").expect("is a name");
    for expires_at in [None, Some(Timestamp::from_millis(0))] {
        let issued = direct
            .guestlist
            .issue_service_token(name.clone(), expires_at);
        issued.await.expect("issues");
    }
    direct.close().await;
    let told = installation.runs(&secret, &["doctor"]).success();
    for line in [
        "sessions                          2  including expired ones that are not removed yet",
        "personal access tokens            0",
        "tokens of services                2  guestlist tokens list shows them",
        "keys that sign tokens             1  guestlist keys list shows them",
        "expired, of all these             1  a running server removes them every ten minutes",
    ] {
        assert!(
            told.lines().any(|told| told == line),
            "{line:?} is not in:\n{told}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_reported_with_the_fix() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let installation = Installation::of_files();
    installation.install();
    let key = installation.folder().join("data/secret.key");
    let told = installation.runs(&[], &["doctor"]).success();
    let line = "mode of secret.key             0600";
    assert!(told.lines().any(|told| told == line), "{told}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("changes");
    // A server that others can reach would not start, and is where a doctor is needed.
    for base_url in ["http://localhost:8080", "https://events.example.org"] {
        let base_url = [("GUESTLIST_SERVER__BASE_URL", base_url)];
        let told = installation.runs(&base_url, &["doctor"]).success();
        let line = "mode of secret.key             0644  others on this machine can read it: run `chmod 600 \
                    ./data/secret.key`";
        assert!(told.lines().any(|told| told == line), "{told}");
    }
}
