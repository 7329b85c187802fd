use super::*;

// Made by `bcrypt` 5.0 of PyPI: `bcrypt.hashpw(b"exemplary", bcrypt.gensalt(4))`.
const BCRYPT: &str = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";

fn hasher() -> Hasher {
    making(PasswordCost::for_tests())
}

fn making(cost: PasswordCost) -> Hasher {
    let hashing = Hashing {
        cost,
        ..Hashing::default()
    };
    Hasher::start(hashing).expect("starts")
}

async fn verify(
    hasher: &Hasher,
    password: &str,
    hash: Option<PasswordHash>,
) -> Result<Verdict, HashError> {
    let queued = hasher.queue(Password::new(password), hash).await?;
    queued.run().await
}

async fn replacement(hasher: &Hasher, password: &str, hash: &str) -> Option<Option<String>> {
    let hash = PasswordHash::from_stored(hash);
    match verify(hasher, password, Some(hash)).await {
        Ok(Verdict::Match { replacement }) => {
            Some(replacement.map(|hash| hash.as_stored().to_owned()))
        }
        Ok(Verdict::NoMatch) => None,
        Err(error) => panic!("{error}"),
    }
}

async fn hash(hasher: &Hasher, password: &str) -> String {
    let hash = hasher.hash(Password::new(password)).await.expect("hashes");
    hash.as_stored().to_owned()
}

#[tokio::test]
async fn a_password_matches_its_own_hash_and_no_other_does() {
    let hasher = hasher();
    let hash = hash(&hasher, "exemplary").await;
    assert_eq!(replacement(&hasher, "exemplary", &hash).await, Some(None));
    for other in ["Exemplary", "exemplary ", " exemplary", "", "exemplar"] {
        assert_eq!(replacement(&hasher, other, &hash).await, None, "{other}");
    }
}

#[tokio::test]
async fn no_scheme_cuts_a_password_that_we_hash() {
    let long = "x".repeat(72);
    for cost in PasswordCost::EACH_FOR_TESTS {
        let hasher = making(cost);
        for (password, other) in [
            (long.clone(), format!("{long}a")),
            (format!("{long}a"), format!("{long}b")),
            (format!("{long}a"), long.clone()),
            ("abc\0defgh".to_owned(), "abc".to_owned()),
            ("abc".to_owned(), "abc\0defgh".to_owned()),
            ("abc\0defgh".to_owned(), "abc\0defgi".to_owned()),
        ] {
            let hash = hash(&hasher, &password).await;
            assert_eq!(
                replacement(&hasher, &password, &hash).await,
                Some(None),
                "{hash}"
            );
            assert_eq!(replacement(&hasher, &other, &hash).await, None, "{hash}");
        }
    }
}

#[tokio::test]
async fn every_scheme_hashes_normal_form_c() {
    for cost in PasswordCost::EACH_FOR_TESTS {
        let hasher = making(cost);
        let hash = hash(&hasher, "caf\u{e9} ﬁne").await;
        let decomposed = replacement(&hasher, "cafe\u{301} ﬁne", &hash).await;
        assert_eq!(decomposed, Some(None));
        assert_eq!(replacement(&hasher, "caf\u{e9} fine", &hash).await, None);
    }
}

#[tokio::test]
async fn a_hash_of_another_scheme_or_cost_is_replaced_once() {
    for cost in PasswordCost::EACH_FOR_TESTS {
        let hasher = making(cost);
        for other in PasswordCost::EACH_FOR_TESTS {
            let old = hash(&making(other), "exemplary").await;
            assert_eq!(replacement(&hasher, "wrong", &old).await, None);
            let new = replacement(&hasher, "exemplary", &old)
                .await
                .expect("matches");
            let Some(new) = new else {
                assert_eq!(other, cost, "{old} stays as it is");
                continue;
            };
            assert_ne!(other, cost, "{old} is replaced");
            assert_eq!(replacement(&hasher, "exemplary", &new).await, Some(None));
        }
    }
}

#[tokio::test]
async fn a_mistyped_tail_does_not_become_the_password() {
    let hasher = hasher();
    let long = "0123456789012345678901234567890123456789012345678901234567890123456789ab";
    // Made by `bcrypt` 4.0.1 of PyPI from those 72 bytes.
    let cut = "$2b$04$u.wMdeYMv1VXYN3MhSOoxujwwtZ6UNNKwTvaznC50lN6BfYJ4Hzci";
    assert_eq!(
        replacement(&hasher, &format!("{long}tial"), cut).await,
        Some(None)
    );
    let new = replacement(&hasher, long, cut).await.flatten();
    assert!(new.expect("bcrypt saw it all").starts_with("$argon2id$"));
    let with_nul = replacement(&hasher, "exemplary\0tail", BCRYPT).await;
    assert_eq!(
        with_nul,
        Some(None),
        "bcrypt accepts it; the hash is not replaced"
    );
}

#[tokio::test]
async fn a_foreign_hash_is_also_tried_with_the_typed_bytes() {
    let hasher = hasher();
    // Made by Django 6.1.3 from the password in normalization form D, as its user typed it.
    let foreign =
        "pbkdf2_sha256$1000$gig5QsOQDn3OYKEuQCICsJ$YQ7j/gZmIgfsV8jrvOBvtgde4rAVK3Wj5XlHWHNPdOw=";
    let new = replacement(&hasher, "cafe\u{301} royal", foreign)
        .await
        .flatten();
    let new = new.expect("matches and is replaced");
    assert_eq!(
        replacement(&hasher, "caf\u{e9} royal", &new).await,
        Some(None)
    );
    assert_eq!(
        replacement(&hasher, "cafe\u{301} royal", &new).await,
        Some(None)
    );
    // Also if the other system hashed with our own cost.
    let raw = of_another_system("cafe\u{301}");
    assert_eq!(replacement(&hasher, "caf\u{e9}", &raw).await, None);
    let new = replacement(&hasher, "cafe\u{301}", &raw).await.flatten();
    let new = new.expect("matches and is replaced");
    assert_eq!(replacement(&hasher, "caf\u{e9}", &new).await, Some(None));
}

/// Returns a hash with the cost for tests, as another system makes it: from the typed bytes, with a
/// salt of its own.
fn of_another_system(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, Version};
    let (salt, mut output) = (*b"sixteen bytes---", [0; 32]);
    let params = Params::new(16, 1, 1, Some(output.len())).expect("is a cost");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &salt, &mut output)
        .expect("hashes");
    let base64 = |bytes: &[u8]| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
    };
    format!(
        "$argon2id$v=19$m=16,t=1,p=1${}${}",
        base64(&salt),
        base64(&output)
    )
}

#[tokio::test]
async fn for_our_own_hashes_only_one_form_is_tried() {
    for cost in PasswordCost::EACH_FOR_TESTS {
        let ours = hash(&making(cost), "exemplary").await;
        let parsed = schemes::parse(&ours).expect("reads");
        for typed in ["exemplary", "cafe\u{301}"] {
            assert_eq!(forms(&Password::new(typed), &parsed).len(), 1, "{ours}");
        }
    }
    let foreign = of_another_system("exemplary");
    let parsed = schemes::parse(&foreign).expect("reads");
    assert_eq!(forms(&Password::new("cafe\u{301}"), &parsed).len(), 2);
    assert_eq!(forms(&Password::new("exemplary"), &parsed).len(), 1);
    let dummy_hash = hasher().dummy_hash();
    assert_eq!(forms(&Password::new("cafe\u{301}"), &dummy_hash).len(), 1);
}

#[tokio::test]
async fn a_hash_is_expensive_if_it_costs_more_than_four_current_ones() {
    let making = |cost| making(PasswordCost::with(Scheme::Argon2, cost).expect("is a cost"));
    let hasher = making("m=19456,t=2,p=1");
    let is_expensive = async |hash: &str, typed: &str| {
        let parsed = schemes::parse(hash).expect("reads");
        let forms = forms(&Password::new(typed), &parsed);
        hasher.is_expensive(&parsed, &forms).await.expect("is told")
    };
    let argon2 = |costs: &str| format!("$argon2id$v=19${costs}$c2FsdHNhbHQ${}", "A".repeat(43));
    let pbkdf2 = |times: u32| format!("$pbkdf2-sha256${times}$c2FsdHNhbHQ${}", "A".repeat(43));
    assert!(!is_expensive(&argon2("m=19456,t=8,p=1"), "exemplary").await);
    assert!(is_expensive(&argon2("m=19456,t=9,p=1"), "exemplary").await);
    // Two forms cost twice as much.
    assert!(is_expensive(&argon2("m=19456,t=8,p=1"), "cafe\u{301}").await);
    assert!(is_expensive(&pbkdf2(10_000_000), "exemplary").await);
    assert!(!is_expensive(&pbkdf2(1_000), "exemplary").await);
    assert!(!is_expensive(&hasher.dummy_hash, "exemplary").await);
    // A long password costs more with SHA-crypt, and with no other scheme.
    let sha_crypt = format!("$6$rounds=20000$saltsalt${}", ".".repeat(86));
    assert!(!is_expensive(&sha_crypt, "exemplary").await);
    assert!(is_expensive(&sha_crypt, &"x".repeat(4_096)).await);
    assert!(!is_expensive(&pbkdf2(1_000), &"x".repeat(4_096)).await);
}

#[tokio::test]
async fn better_auth_hashed_the_compatibility_form() {
    let hasher = hasher();
    let line = include_str!("../schemes/known_answers.csv")
        .lines()
        .find(|line| line.starts_with("better-auth,") && line.contains("ﬁne"));
    let hash = line
        .and_then(|line| line.rsplit(',').next())
        .expect("is there");
    let new = replacement(&hasher, "ﬁne pässword", hash).await.flatten();
    let new = new.expect("matches and is replaced");
    assert_eq!(replacement(&hasher, "fine pässword", &new).await, None);
    assert_eq!(replacement(&hasher, "ﬁne pässword", &new).await, Some(None));
}

#[tokio::test]
async fn the_standing_of_a_hash_is_reported() {
    let reading = |read: &[Scheme]| {
        let hashing = Hashing {
            cost: PasswordCost::for_tests(),
            read: read.to_vec(),
            ..Hashing::default()
        };
        Hasher::start(hashing).expect("starts")
    };
    let (all, own) = (reading(&Scheme::ALL), reading(&[]));
    let current = hash(&all, "exemplary").await;
    let costlier = current.replacen("t=1", "t=2", 1);
    assert_ne!(current, costlier);
    for (hasher, hash, standing) in [
        (&all, current.as_str(), HashStanding::Current),
        (&own, &current, HashStanding::Current),
        (&all, &costlier, HashStanding::Outdated),
        (&own, &costlier, HashStanding::Outdated),
        (&all, BCRYPT, HashStanding::Cut),
        (&own, BCRYPT, HashStanding::NotListed),
        (
            &all,
            "$2b$31$hZhnyKD9X7Ik1.X0uwS.WO",
            HashStanding::Unreadable,
        ),
        (&own, "!", HashStanding::Unreadable),
    ] {
        let said = hasher.standing(&PasswordHash::from_stored(hash));
        assert_eq!(said, standing, "{hash}");
    }
}

#[tokio::test]
async fn no_password_matches_an_unreadable_hash() {
    let hasher = hasher();
    for hash in [
        "",
        "exemplary",
        "$argon2id$",
        "$2x$04$",
        "$1$abc$def",
        "!",
        "*",
    ] {
        assert_eq!(
            replacement(&hasher, "exemplary", hash).await,
            None,
            "{hash}"
        );
    }
    let stranger = verify(&hasher, "exemplary", None).await;
    assert!(matches!(stranger, Ok(Verdict::NoMatch)));
}

#[tokio::test]
async fn no_password_matches_a_hash_of_an_unlisted_scheme() {
    let hashing = Hashing {
        cost: PasswordCost::for_tests(),
        read: vec![Scheme::Pbkdf2],
        ..Hashing::default()
    };
    let hasher = Hasher::start(hashing).expect("starts");
    assert_eq!(replacement(&hasher, "exemplary", BCRYPT).await, None);
    let own = hash(&hasher, "exemplary").await;
    assert_eq!(replacement(&hasher, "exemplary", &own).await, Some(None));
    let hash = PasswordHash::from_stored(BCRYPT);
    let why = hasher.read(&hash).expect_err("is not listed");
    assert_eq!(why, UnreadableHash::NotListed(Scheme::Bcrypt));
}
