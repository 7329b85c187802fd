//! Records exactly as they are stored.

mod messages;

use std::{collections::BTreeSet, slice, time::Duration};

use super::{later, security_events::security_event, session};
use crate::{
    Actor, Archive, Checksum, Client, Email, Ended, Epoch, Factor, FactorId, FactorKind,
    Invitation, InvitationId, Key, PasswordHash, Record, RecordKind, RecoveryCodeHash,
    RecoveryCodes, Role, Salt, Scope, SecurityEvent, SecurityEventKind, Session, SessionId,
    SignInMethod, Sum, Timestamp, Token, TokenHash, TokenId, TokenName, TokenOwner, User, UserId,
    UserInsertion, UserName, detail, new_uuid, testing::user,
};
use messages::messages;

/// Makes a test of each promise of an [`Archive`]. Takes an async closure that opens a store, as
/// [`store_contract!`](crate::store_contract) does. It may also be preceded by `may_skip:`.
///
/// The promises leave other records unchanged. In one database, only one test at a time may set a
/// mark.
#[macro_export]
macro_rules! archive_contract {
    ($open:expr) => {
        $crate::archive_contract!(may_skip: async || Some(($open)().await));
    };
    (may_skip: $open:expr) => {
        $crate::archive_contract!(@stamp $open;
            put_records_come_back_exactly
            put_records_are_found_by_the_store
            records_put_twice_are_stored_once
            a_put_record_replaces_the_record_with_its_id
            pages_hold_each_record_once_in_the_order_of_their_ids
            records_of_a_deleted_user_are_on_no_page
            records_are_counted
            a_mark_stays_until_it_is_removed
        );
    };
    (@stamp $open:expr; $($promise:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                let open = $open;
                let Some(store) = open().await else { return };
                $crate::testing::contract::$promise(&store).await;
            }
        )+
    };
}

/// The first and the last moment that a record can store.
const MOMENTS: [Timestamp; 3] = [
    Timestamp::from_millis(-1),
    Timestamp::from_millis(1_795_219_200_123),
    // 9999-12-31T23:59:59.999Z
    Timestamp::from_millis(253_402_300_799_999),
];
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A word that no other test uses.
fn word() -> String {
    new_uuid(MOMENTS[1]).to_string()
}

/// Returns users without any optional field, with all of them, and with the longest values.
fn users() -> Vec<User> {
    let full = |moment: Timestamp, epoch: i64, name: &str| User {
        email: Email::from_stored(
            format!("zoë-{}@xn--exmple-cua.example", word()),
            "Zoë+\u{1f980}@exämple.example".to_owned(),
        ),
        password_hash: Some(PasswordHash::from_stored("$".repeat(4_096))),
        name: Some(UserName::from_stored(name.to_owned())),
        created_at: moment,
        verified_at: Some(moment),
        disabled_at: Some(moment),
        role: Role::Admin,
        approved_at: Some(moment),
        epoch: Epoch(epoch),
        token_epoch: Epoch(epoch),
        ..user(&format!("{}@example.com", word()))
    };
    let mut bare = user(&format!("{}@example.com", word()));
    (bare.password_hash, bare.created_at, bare.approved_at) = (None, MOMENTS[1], None);
    let [first, now, last] = MOMENTS;
    vec![
        bare,
        full(first, 0, " "),
        full(now, 7, "'; DROP TABLE users; -- $where {\"$ne\": 1} \\ %_"),
        full(last, i64::MAX, &"\u{10ffff}".repeat(200)),
    ]
}

fn sessions(user: &User) -> Vec<Session> {
    let bare = session(user, MOMENTS[1]);
    let hash = |byte| Some(TokenHash::from_stored(&[byte; 40]));
    let full = |moment: Timestamp, byte: u8, address: &str| Session {
        id: SessionId::new(MOMENTS[1]),
        epoch: Epoch(i64::MAX),
        secret_hash: hash(byte),
        secret_expires_at: Some(moment),
        refresh_hash: hash(!byte),
        generation: u32::MAX,
        refreshed_at: Some(moment),
        refreshed_by: Client {
            device: Some("\u{1f980}".repeat(200)),
            address: Some(address.parse().expect("is an address")),
        },
        retries: u32::MAX,
        salt: Salt::from_stored([byte; 16]),
        scope: Scope::Read,
        created_at: moment,
        last_seen_at: moment,
        proven_at: moment,
        expires_at: moment,
        idle_for: LONGEST,
        how: SignInMethod::Password,
        client: Client {
            device: Some("\u{1f980}".repeat(200)),
            address: Some(address.parse().expect("is an address")),
        },
        ..bare.clone()
    };
    let [first, now, last] = MOMENTS;
    vec![
        full(first, 0, "0.0.0.0"),
        full(now, 0x80, "2001:db8::1"),
        full(last, 0xff, "::ffff:192.0.2.1"),
        Session {
            idle_for: Duration::from_millis(1),
            ..bare
        },
    ]
}

fn tokens(user: &User) -> Vec<Token> {
    let name = |name: &str| TokenName::from_stored(name.to_owned());
    let token = |owner, scope, moment: Option<Timestamp>| Token {
        id: TokenId::new(MOMENTS[1]),
        owner,
        token_epoch: Epoch(i64::MAX),
        hash: TokenHash::from_stored(&[0x80; 40]),
        name: name(&"ñ".repeat(200)),
        scope,
        created_at: moment.unwrap_or(MOMENTS[1]),
        expires_at: moment,
        last_used_at: moment,
    };
    let [first, _, last] = MOMENTS;
    vec![
        token(TokenOwner::User(user.id), Scope::Read, Some(first)),
        token(TokenOwner::User(user.id), Scope::Write, Some(last)),
        token(TokenOwner::User(user.id), Scope::Account, None),
        token(
            TokenOwner::Service(name("gateway")),
            Scope::Introspect,
            None,
        ),
        token(
            TokenOwner::Service(name(&word())),
            Scope::Introspect,
            Some(last),
        ),
    ]
}

/// A user has at most one factor of a kind, so each call makes one of another form.
fn factors(user: &User, number: usize) -> Vec<Factor> {
    let [first, now, last] = MOMENTS;
    let bare = Factor {
        id: FactorId::new(now),
        user_id: user.id,
        kind: FactorKind::Totp,
        sealed_secret: vec![],
        last_step: 0,
        created_at: first,
        confirmed_at: None,
        last_used_at: None,
    };
    vec![if number == 0 {
        bare
    } else {
        Factor {
            sealed_secret: (0..=u8::MAX).collect(),
            last_step: i64::MAX,
            created_at: last,
            confirmed_at: Some(first),
            last_used_at: Some(last),
            ..bare
        }
    }]
}

fn recovery_codes(user: &User, number: usize) -> RecoveryCodes {
    let hash = |byte| RecoveryCodeHash::from_stored([byte; 32]);
    RecoveryCodes {
        user_id: user.id,
        hashes: [0xff, 0, 0x80]
            .into_iter()
            .take(3 * number)
            .map(hash)
            .collect(),
        created_at: MOMENTS[number % 3],
    }
}

fn keys() -> Vec<Key> {
    let key = |kid: String, sealed: Vec<u8>, moment| Key {
        kid,
        algorithm: "EdDSA".to_owned(),
        sealed,
        public: format!("{{\"x\":\"{}\"}}", "é".repeat(1_000)),
        created_at: moment,
        signs_from: moment,
        signs_until: moment,
        verifies_until: moment,
    };
    let [first, now, last] = MOMENTS;
    // By their bytes, upper case is before lower case, and both are after digits.
    vec![
        key(format!("a{}", word()), vec![], first),
        key(format!("Z{}", word()), (0..=u8::MAX).collect(), now),
        key(format!("_{}", word()), vec![0; 4_096], last),
        key(format!("-{}", word()), vec![0xff; 80], last),
    ]
}

fn invitations(user: &User) -> Vec<Invitation> {
    let [first, now, last] = MOMENTS;
    let bare = Invitation {
        id: InvitationId::new(now),
        created_by: None,
        note: None,
        email: None,
        uses_left: 0,
        salt: Salt::from_stored([0; 16]),
        created_at: first,
        expires_at: first,
        revoked_at: None,
    };
    let full = Invitation {
        id: InvitationId::new(now),
        created_by: Some(user.id),
        note: Some(TokenName::from_stored("ñ".repeat(200))),
        email: Some(Email::from_stored(word(), "Zoë@example.com".to_owned())),
        uses_left: u32::MAX,
        salt: Salt::from_stored([0xff; 16]),
        created_at: last,
        expires_at: last,
        revoked_at: Some(last),
    };
    vec![bare, full]
}

fn security_events(user: &User) -> Vec<SecurityEvent> {
    let full = |moment: Timestamp, actor, kind, address: &str| SecurityEvent {
        kind,
        actor,
        client: Client {
            device: Some("\u{1f980}".repeat(200)),
            address: Some(address.parse().expect("is an address")),
        },
        at: moment,
        times: u32::MAX,
        last_at: moment,
        ..security_event(user.id, MOMENTS[1])
            .with(detail::FROM, "\0\"\\'; $where {}")
            .with(detail::NAME, "ñ".repeat(200))
    };
    let [first, _, last] = MOMENTS;
    vec![
        security_event(user.id, MOMENTS[1]),
        full(
            first,
            Actor::Admin(user.id),
            SecurityEventKind::NotMe,
            "0.0.0.0",
        ),
        full(
            last,
            Actor::System,
            SecurityEventKind::SignInRefused,
            "2001:db8::1",
        ),
    ]
}

/// Some records of each type, in an order in which they can be put.
fn everything() -> Vec<Record> {
    let users = users();
    let of_users = |(number, user): (usize, &User)| {
        let sessions = sessions(user).into_iter().map(Record::Session);
        let tokens = tokens(user).into_iter().map(Record::Token);
        let messages = messages(user, MOMENTS).into_iter().map(Record::Message);
        let factors = factors(user, number).into_iter().map(Record::Factor);
        let codes = Record::RecoveryCodes(recovery_codes(user, number));
        let events = security_events(user).into_iter();
        let of_user = sessions.chain(tokens).chain(messages);
        of_user
            .chain(factors)
            .chain([codes])
            .chain(events.map(Record::SecurityEvent))
    };
    let invited = invitations(&users[0]).into_iter().map(Record::Invitation);
    let two = users.iter().take(2).enumerate();
    let theirs: Vec<Record> = two.flat_map(of_users).collect();
    let mut records: Vec<Record> = users.into_iter().map(Record::User).collect();
    records.extend(theirs);
    records.extend(keys().into_iter().map(Record::Key));
    records.extend(invited);
    records
}

fn ids(records: &[Record], of: RecordKind) -> BTreeSet<String> {
    let theirs = records.iter().filter(|record| record.kind() == of);
    theirs.map(Record::id).collect()
}

fn sum(records: &[Record]) -> Sum {
    let mut checksum = Checksum::new();
    records
        .iter()
        .for_each(|record| record.add_to(&mut checksum));
    checksum.finish()
}

/// Returns the records of that type with one of these ids, in the order of the pages.
async fn found(
    store: &dyn Archive,
    kind: RecordKind,
    among: &BTreeSet<String>,
    limit: u32,
) -> Vec<Record> {
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = store.records(kind, after.as_deref(), limit).await;
        let page = page.expect("lists");
        assert!(page.len() <= usize::try_from(limit).expect("fits"));
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        found.extend(page.into_iter().filter(|it| among.contains(&it.id())));
    }
    found
}

/// Asserts that exactly these records of every type are stored, with every field.
async fn assert_there(store: &dyn Archive, expected: &[Record]) {
    for of in RecordKind::ALL {
        let ids = ids(expected, of);
        let found = found(store, of, &ids, 1_000).await;
        let expected = expected.iter().filter(|record| record.kind() == of);
        let mut expected: Vec<_> = expected.cloned().collect();
        expected.sort_by_key(Record::id);
        assert_eq!(found.len(), expected.len(), "{of}");
        for (found, expected) in found.iter().zip(&expected) {
            let [is, should_be] = [found, expected].map(|one| sum(slice::from_ref(one)));
            assert_eq!(is, should_be, "{found:?} is not {expected:?}");
        }
    }
}

/// Every field comes back, optional or not, also with its longest value.
pub async fn put_records_come_back_exactly(store: &dyn Archive) {
    let records = everything();
    store.put(&records).await.expect("puts");
    assert_there(store, &records).await;
}

/// The store's own look-ups find the records, and its unique indexes contain them.
pub async fn put_records_are_found_by_the_store(store: &dyn Archive) {
    let kept = user(&format!("{}@example.com", word()));
    let theirs = session(&kept, later(&kept));
    let token = tokens(&kept).remove(0);
    let key = keys().remove(0);
    let records = [
        Record::User(kept.clone()),
        Record::Session(theirs.clone()),
        Record::Token(token.clone()),
        Record::Key(key.clone()),
    ];
    store.put(&records).await.expect("puts");
    let by_email = store.find_user_by_email(&kept.email).await;
    assert_eq!(
        by_email.expect("answers").map(|user| user.id),
        Some(kept.id)
    );
    let mut second = kept.clone();
    second.id = UserId::new(kept.created_at);
    let taken = store.insert_user(&second).await.expect("answers");
    assert_eq!(taken, UserInsertion::Taken);
    let found = store.find_session(theirs.id).await.expect("answers");
    assert_eq!(found.map(|(session, _)| session), Some(theirs));
    let listed = store.list_tokens(Some(kept.id), None, 10).await;
    assert_eq!(listed.expect("lists"), [token]);
    let keys = store.list_keys().await.expect("lists");
    assert!(keys.contains(&key));
}

/// An interrupted copy puts its last page again.
pub async fn records_put_twice_are_stored_once(store: &dyn Archive) {
    let records = everything();
    for _ in 0..2 {
        store.put(&records).await.expect("puts");
    }
    assert_there(store, &records).await;
}

/// A record is replaced as a whole: a field without a value loses its earlier value. The records of
/// a replaced user stay.
pub async fn a_put_record_replaces_the_record_with_its_id(store: &dyn Archive) {
    let mut records = everything();
    store.put(&records).await.expect("puts");
    let bare = users().remove(0);
    for record in &mut records {
        match record {
            Record::User(user) => {
                *user = User {
                    id: user.id,
                    email: Email::from_stored(word(), word()),
                    ..bare.clone()
                };
            }
            Record::Session(session) => {
                session.secret_hash = None;
                session.client = Client::default();
                session.generation = 0;
            }
            Record::Token(token) => (token.expires_at, token.last_used_at) = (None, None),
            Record::Key(key) => key.sealed = vec![1],
            Record::Message(message) => {
                (message.link, message.code) = (None, None);
                (message.delivery.sent_at, message.delivery.error) = (None, None);
            }
            Record::Factor(factor) => {
                (factor.confirmed_at, factor.last_used_at) = (None, None);
            }
            Record::RecoveryCodes(codes) => {
                codes.hashes.pop();
            }
            Record::Invitation(invitation) => {
                (invitation.note, invitation.email, invitation.revoked_at) = (None, None, None);
            }
            Record::SecurityEvent(event) => (event.times, event.last_at) = (2, MOMENTS[1]),
        }
    }
    let replaced = ids(&records, RecordKind::User).len();
    store.put(&records[..replaced]).await.expect("puts");
    let of = ids(&records, RecordKind::Session);
    let sessions = found(store, RecordKind::Session, &of, 1_000).await;
    assert_eq!(sessions.len(), of.len());
    store.put(&records[replaced..]).await.expect("puts");
    assert_there(store, &records).await;
}

/// The order holds for every length of a page.
pub async fn pages_hold_each_record_once_in_the_order_of_their_ids(store: &dyn Archive) {
    let records = everything();
    store.put(&records).await.expect("puts");
    for of in RecordKind::ALL {
        let ids = ids(&records, of);
        for limit in [1, 2, 3, 1_000] {
            let found = found(store, of, &ids, limit).await;
            let found: Vec<_> = found.iter().map(Record::id).collect();
            assert_eq!(found, Vec::from_iter(ids.clone()), "{of}, {limit} a page");
        }
    }
}

/// A record without its user could not be put into another database.
pub async fn records_of_a_deleted_user_are_on_no_page(store: &dyn Archive) {
    let gone = user(&format!("{}@example.com", word()));
    let mut records = vec![Record::User(gone.clone())];
    records.extend(sessions(&gone).into_iter().map(Record::Session));
    records.extend(tokens(&gone).into_iter().take(3).map(Record::Token));
    records.extend(
        messages(&gone, MOMENTS)
            .into_iter()
            .skip(1)
            .map(Record::Message),
    );
    records.extend(factors(&gone, 1).into_iter().map(Record::Factor));
    records.push(Record::RecoveryCodes(recovery_codes(&gone, 1)));
    records.extend(
        security_events(&gone)
            .into_iter()
            .map(Record::SecurityEvent),
    );
    store.put(&records).await.expect("puts");
    let deleted = store.delete_user(gone.id).await;
    assert_eq!(deleted.expect("deletes"), Ended::Now);
    for of in RecordKind::ALL {
        let left = found(store, of, &ids(&records, of), 1_000).await;
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The count is at least the number of stored records.
pub async fn records_are_counted(store: &dyn Archive) {
    let records = everything();
    store.put(&records).await.expect("puts");
    for of in RecordKind::ALL {
        let count = store.count(of).await.expect("counts");
        let most = u64::try_from(ids(&records, of).len()).expect("fits");
        assert!(count >= most, "{of}: {count}");
    }
}

/// The last mark counts, and no mark is left after it was removed.
pub async fn a_mark_stays_until_it_is_removed(store: &dyn Archive) {
    let long = "é\u{1f980}\"'\\{}".repeat(80);
    for mark in [Some("{\"a\": 1}"), Some(&long[..]), Some(""), None, None] {
        store.set_copy_mark(mark).await.expect("sets");
        let kept = store.copy_mark().await.expect("answers");
        assert_eq!(kept.as_deref(), mark);
    }
}
