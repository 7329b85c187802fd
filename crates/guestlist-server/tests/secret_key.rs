//! Changes of the secret key, in the real binary. While the previous secret is named, no user is
//! signed out; without it, everything made under the old secret is refused.

mod matrix;

use guestlist::{Client, Guestlist, Password, SecretKey, SignedIn, UserId, Wanted};
use guestlist_server::database::Stores;

use crate::{
    binary::{FORM, Server, field, log},
    users::Installation,
};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "exemplary";
pub(crate) const BASE_URL: (&str, &str) = ("GUESTLIST_SERVER__BASE_URL", "http://party.example");
const ONE: &str = "the first secret key, more than 32 bytes";
const TWO: &str = "the second secret key, more than 32 bytes";

/// The library on the database of a server, for operations that the API does not offer.
pub(crate) struct DirectGuestlist {
    pub(crate) guestlist: Guestlist,
    stores: Stores,
}

impl DirectGuestlist {
    pub(crate) async fn open(installation: &Installation, secret: &str, algorithm: &str) -> Self {
        let data = installation.folder().join("data");
        std::fs::create_dir_all(&data).expect("makes a folder");
        let stores = Stores::open(&installation.url()).await.expect("opens");
        let secret = SecretKey::new(secret).expect("is a key");
        let builder = Guestlist::builder_over(stores.accounts.clone(), secret)
            .issuer(BASE_URL.1)
            .algorithm(algorithm.parse().expect("is one"));
        let guestlist = builder.build().expect("builds");
        guestlist.tend_keys().await.expect("tends");
        Self { guestlist, stores }
    }

    pub(crate) async fn sign_up(&self) -> UserId {
        let email = guestlist::testing::email(ADA);
        let signed_up = self.guestlist.sign_up(email, Password::new(PASSWORD)).await;
        signed_up.expect("signs up").id
    }

    pub(crate) async fn sign_in(&self, wanted: Wanted) -> SignedIn {
        let (email, password) = (guestlist::testing::email(ADA), Password::new(PASSWORD));
        let client = Client::default();
        let signed_in = self
            .guestlist
            .sign_in(Some(&email), password, client, wanted);
        signed_in.await.expect("signs in")
    }

    pub(crate) async fn close(self) {
        drop(self.guestlist);
        self.stores.close().await.expect("closes");
    }
}

pub(crate) fn me(server: &Server, token: &str) -> String {
    let head = format!("GET /api/v1/me HTTP/1.1\nAuthorization: Bearer {token}");
    server.send(&head, "")
}

fn opens(server: &Server, token: &str) -> bool {
    let answer = me(server, token);
    let opens = answer.starts_with("HTTP/1.1 200");
    assert!(opens || answer.starts_with("HTTP/1.1 401"), "{answer}");
    opens
}

fn start(installation: &Installation, algorithm: &str, secrets: &[(&str, &str)]) -> Server {
    let algorithm = ("GUESTLIST_TOKENS__JWT__ALGORITHM", algorithm);
    let environment = [&[BASE_URL, algorithm], secrets].concat();
    Server::start(installation.folder(), &environment)
}

/// Sends a refresh token and returns the next refresh token and the access token.
fn refresh(server: &Server, token: &str) -> [String; 2] {
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    let head = format!("POST /api/v1/token HTTP/1.1\n{FORM}");
    let answer = server.send(&head, &form);
    ["refresh_token", "access_token"].map(|name| field(&answer, name).to_owned())
}

/// Signs in at the FastAPI-book address, which returns a JWT for an hour and no refresh token.
fn signs_in(server: &Server) -> String {
    let form = format!("username=ada%40example.com&password={PASSWORD}");
    let answer = server.send(&format!("POST /user/signin HTTP/1.1\n{FORM}"), &form);
    field(&answer, "access_token").to_owned()
}

#[tokio::test]
async fn a_new_secret_signs_no_user_out_while_the_previous_secret_is_named() {
    for algorithm in ["HS256", "EdDSA"] {
        let installation = Installation::new();
        let (one, two) = (("SECRET_KEY", ONE), ("SECRET_KEY", TWO));
        let server = start(&installation, algorithm, &[one]);
        let direct = DirectGuestlist::open(&installation, ONE, algorithm).await;
        direct.sign_up().await;
        let (opaque, signed) = (
            direct.sign_in(Wanted::DATABASE).await,
            direct.sign_in(Wanted::JWT).await,
        );
        let unrefreshed = direct.sign_in(Wanted::DATABASE).await;
        let unrefreshed = unrefreshed.access_token.expose();
        direct.close().await;
        let alone = signs_in(&server);
        let (opaque_token, signed_token) =
            (opaque.access_token.expose(), signed.access_token.expose());
        for token in [opaque_token, signed_token, &alone] {
            assert!(opens(&server, token), "{algorithm} before");
        }
        server.stop();

        let server = start(
            &installation,
            algorithm,
            &[two, ("SECRET_KEY_PREVIOUS", ONE)],
        );
        assert!(log(installation.folder()).contains("30 days after the change"));
        for token in [opaque_token, signed_token, &alone, unrefreshed] {
            assert!(opens(&server, token), "{algorithm} after");
        }
        let next = [&opaque, &signed].map(|held| {
            let token = held.refresh_token.as_ref().expect("has one");
            refresh(&server, token.expose())
        });
        assert!(!opens(&server, opaque_token), "a refresh replaced it");
        for [_, access] in &next {
            assert!(opens(&server, access), "{algorithm}");
        }
        server.stop();

        let server = start(&installation, algorithm, &[two]);
        for token in [signed_token, &alone, unrefreshed] {
            assert!(
                !opens(&server, token),
                "{algorithm}: no secret in use signed it"
            );
        }
        assert!(opens(&server, &next[0][1]), "{algorithm}");
        assert!(opens(&server, &signs_in(&server)), "{algorithm}");
        for [token, _] in &next {
            let [_, access] = refresh(&server, token);
            assert!(opens(&server, &access), "{algorithm}");
        }
        server.stop();
    }
}

/// The operator does not know a generated secret, so the file of the old secret is kept under
/// another name.
#[tokio::test]
async fn a_generated_secret_can_be_replaced_by_another_generated_secret() {
    let installation = Installation::of_files();
    let server = start(&installation, "HS256", &[]);
    let body = format!(r#"{{"email":"{ADA}","password":"{PASSWORD}"}}"#);
    let head = format!("POST /user/signup HTTP/1.1\n{}", crate::binary::JSON);
    server.send(&head, &body);
    let token = signs_in(&server);
    server.stop();
    installation
        .types("mv data/secret.key data/secret_previous.key")
        .success();
    let server = start(&installation, "HS256", &[]);
    assert!(opens(&server, &token));
    let new = signs_in(&server);
    server.stop();
    installation.types("rm data/secret_previous.key").success();
    let server = start(&installation, "HS256", &[]);
    assert!(!opens(&server, &token));
    assert!(opens(&server, &new));
    server.stop();
}
