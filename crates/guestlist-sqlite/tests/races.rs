//! Concurrent changes on a SQLite file, from several threads.

use std::{sync::Arc, time::Duration};

use guestlist::{
    Client, Guestlist, Password, PasswordCost, PasswordHash, SecretKey, SignInError, SignedIn,
    User, UserStore, Wanted,
    testing::{email, user},
};
use guestlist_sqlite::SqliteStore;

const ROUNDS: u32 = 1_000;

/// A hash of `exemplary`, made by `bcrypt` 5.0 of PyPI. A sign-in replaces it.
const OLD: &str = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";

fn guestlist(store: Arc<SqliteStore>) -> Guestlist {
    let secret = SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
    let builder = Guestlist::builder_over(store, secret).password_cost(PasswordCost::for_tests());
    builder.build().expect("builds")
}

fn imported(round: u32) -> User {
    User {
        password_hash: Some(PasswordHash::from_stored(OLD)),
        ..user(&format!("ada{round}@example.com"))
    }
}

async fn sign_in(
    guestlist: &Guestlist,
    user: &User,
    password: &str,
) -> Result<SignedIn, SignInError> {
    let password = Password::new(password);
    let email = email(user.email.as_given());
    guestlist
        .sign_in(Some(&email), password, Client::default(), Wanted::DATABASE)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_is_never_overwritten_by_the_hash_upgrade_of_a_concurrent_sign_in() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store = SqliteStore::open(folder.path().join("store.sqlite")).await;
    let store = Arc::new(store.expect("opens"));
    let guestlist = guestlist(Arc::clone(&store));
    let (mut let_in, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let user = imported(round);
        store.insert_user(&user).await.expect("inserts");
        let change = async {
            // The delays range from before the sign-in reads the hash until after it has replaced
            // it.
            tokio::time::sleep(Duration::from_micros(u64::from(round % 40) * 100)).await;
            let new = Password::new("another one");
            guestlist.set_password(user.id, new).await
        };
        let (signed_in, changed) = tokio::join!(sign_in(&guestlist, &user, "exemplary"), change);
        changed.expect("changes");
        match signed_in {
            Ok(signed_in) => {
                let_in += 1;
                let token = signed_in.access_token.expose();
                assert!(guestlist.identify(token).await.is_err(), "round {round}");
            }
            Err(SignInError::WrongCredentials) => refused += 1,
            Err(error) => panic!("round {round}: {error}"),
        }
        let old = sign_in(&guestlist, &user, "exemplary").await;
        assert!(
            matches!(old, Err(SignInError::WrongCredentials)),
            "round {round}: the old password is accepted"
        );
        let new = sign_in(&guestlist, &user, "another one").await;
        assert!(new.is_ok(), "round {round}: the new password is refused");
    }
    assert!(
        let_in > 0 && refused > 0,
        "{let_in} let in and {refused} refused: the requests never overlapped"
    );
}
