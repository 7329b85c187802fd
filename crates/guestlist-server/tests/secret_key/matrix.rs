//! Every kind of credential, on the live database and on one restored from a backup. The secret is
//! the same one, a new one beside the previous one, or an unrelated one.

use std::{path::Path, time::Duration};

use guestlist::{
    Guestlist, IdentifyError, OpaqueToken, RefreshError, Scope, SecretKey, TokenName, Wanted,
};
use guestlist_server::database::Stores;

use super::{BASE_URL, DirectGuestlist, ONE, TWO};
use crate::users::Installation;

/// A credential, and how it is used.
#[derive(Debug)]
struct Credential {
    what: &'static str,
    used: Used,
    text: String,
}

#[derive(Clone, Copy, Debug)]
enum Used {
    Bearer,
    Cookie,
    Refresh,
    Service,
}

impl Credential {
    async fn opens(&self, guestlist: &Guestlist) -> bool {
        let identified = match self.used {
            Used::Bearer => guestlist.identify(&self.text).await.map(drop),
            Used::Cookie => guestlist.identify_cookie(&self.text).await.map(drop),
            Used::Service => guestlist.identify_service(&self.text).await.map(drop),
            Used::Refresh => {
                let client = guestlist::Client::default();
                return match guestlist.refresh(&self.text, client).await {
                    Ok(_) => true,
                    Err(RefreshError::InvalidGrant) => false,
                    Err(error) => panic!("{}: {error}", self.what),
                };
            }
        };
        match identified {
            Ok(()) => true,
            Err(IdentifyError::InvalidToken) => false,
            Err(IdentifyError::Store(error)) => panic!("{}: {error}", self.what),
        }
    }
}

/// Creates a credential of each kind under the first secret.
async fn credentials(installation: &Installation, algorithm: &str) -> Vec<Credential> {
    let direct = DirectGuestlist::open(installation, ONE, algorithm).await;
    direct.sign_up().await;
    let mut credentials = Vec::new();
    for (what, refreshes, wanted) in [
        (
            "database token",
            "refresh token of a database token",
            Wanted::DATABASE,
        ),
        ("JWT", "refresh token of a JWT", Wanted::JWT),
        ("JWT alone", "", Wanted::JWT_ALONE),
        ("cookie", "", Wanted::Cookie),
    ] {
        let signed_in = direct.sign_in(wanted).await;
        let used = match wanted {
            Wanted::Cookie => Used::Cookie,
            Wanted::Tokens { .. } => Used::Bearer,
        };
        let text = signed_in.access_token.expose().to_owned();
        credentials.push(Credential { what, used, text });
        let refresh_token = signed_in.refresh_token.as_ref();
        credentials.extend(
            refresh_token
                .map(OpaqueToken::expose)
                .map(|token| Credential {
                    what: refreshes,
                    used: Used::Refresh,
                    text: token.to_owned(),
                }),
        );
    }
    let name = || TokenName::parse("backup").expect("is a name");
    let session = direct.sign_in(Wanted::DATABASE).await.session.id;
    let day = Duration::from_secs(86_400);
    let personal = direct
        .guestlist
        .make_token(session, name(), Scope::Read, day)
        .await;
    let service = direct.guestlist.issue_service_token(name(), None).await;
    for (what, used, made) in [
        (
            "personal access token",
            Used::Bearer,
            personal.expect("makes"),
        ),
        (
            "token of a service",
            Used::Service,
            service.expect("issues"),
        ),
    ] {
        let text = made.secret.expose().to_owned();
        credentials.push(Credential { what, used, text });
    }
    direct.close().await;
    credentials
}

/// The origin of the database.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Database {
    Live,
    Restored,
    RestoredAsItWas,
}

impl Database {
    /// Makes an installation with this database.
    fn of(self, original: &Installation, backup: &Path) -> Installation {
        let installation = Installation::in_a_file();
        if self == Self::Live {
            let data = installation.folder().join("data");
            std::fs::create_dir_all(&data).expect("makes a folder");
            let file = original.folder().join("data/guestlist.sqlite");
            std::fs::copy(file, data.join("guestlist.sqlite")).expect("copies");
            return installation;
        }
        let backup = backup.display().to_string();
        let mut arguments = vec!["restore", &backup];
        if self == Self::RestoredAsItWas {
            arguments.push("--keep-sessions");
        }
        installation.runs(&[], &arguments).success();
        installation
    }
}

async fn guestlist_on(
    stores: &Stores,
    algorithm: &str,
    [secret, previous]: [Option<&str>; 2],
) -> Guestlist {
    let key = |text: &str| SecretKey::new(text).expect("is a key");
    let secret = key(secret.expect("the current secret is always set"));
    let mut builder = Guestlist::builder_over(stores.accounts.clone(), secret)
        .issuer(BASE_URL.1)
        .algorithm(algorithm.parse().expect("is one"));
    if let Some(previous) = previous {
        builder = builder.previous_secret(key(previous));
    }
    let guestlist = builder.build().expect("builds");
    guestlist.tend_keys().await.expect("tends");
    guestlist
}

#[tokio::test]
async fn a_credential_is_accepted_only_with_its_secret_and_not_after_a_restore() {
    for algorithm in ["HS256", "EdDSA"] {
        let original = Installation::in_a_file();
        let credentials = credentials(&original, algorithm).await;
        assert_eq!(credentials.len(), 8);
        let backup = original.folder().join("b.sqlite");
        original.runs(&[], &["backup", "b.sqlite"]).success();
        for database in [
            Database::Live,
            Database::Restored,
            Database::RestoredAsItWas,
        ] {
            for (secrets, counts) in [
                ([Some(ONE), None], true),
                ([Some(TWO), Some(ONE)], true),
                ([Some(TWO), None], false),
                // A node on which the next secret is set, but not yet in use.
                ([Some(ONE), Some(TWO)], true),
            ] {
                let installation = database.of(&original, &backup);
                let stores = Stores::open(&installation.url()).await.expect("opens");
                let guestlist = guestlist_on(&stores, algorithm, secrets).await;
                let expected = counts && database != Database::Restored;
                for credential in &credentials {
                    let opens = credential.opens(&guestlist).await;
                    let what = credential.what;
                    assert_eq!(
                        opens, expected,
                        "{what}: {algorithm} {database:?} {secrets:?}"
                    );
                }
                drop(guestlist);
                stores.close().await.expect("closes");
            }
        }
    }
}
