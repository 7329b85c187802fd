//! Importing users of another system.

use super::super::{assert_same, found, inserted, later, name, stored_hash};
use crate::{
    Epoch, ImportedUser, OnConflict, PasswordHash, Role, Store, Timestamp, UserId, UserImport,
    UserInsertion, UserName, testing,
};

const POLICIES: [OnConflict; 3] = [OnConflict::Skip, OnConflict::Update, OnConflict::Fail];

fn row(address: &str) -> ImportedUser {
    let user = testing::user(address);
    ImportedUser {
        id: user.id,
        at: later(&user),
        email: user.email,
        password_hash: Some(PasswordHash::from_stored("!")),
        name: None,
        created_at: Timestamp::from_millis(1_000),
        verified: None,
        disabled: None,
        role: Role::Member,
        approved: true,
    }
}

fn full_row(address: &str) -> ImportedUser {
    ImportedUser {
        name: Some(name("Ada Lovelace")),
        verified: Some(true),
        disabled: Some(true),
        role: Role::Admin,
        approved: false,
        ..row(address)
    }
}

async fn import(
    store: &dyn Store,
    rows: &[ImportedUser],
    on_conflict: OnConflict,
) -> Vec<UserImport> {
    store
        .import_users(rows, on_conflict)
        .await
        .expect("imports")
}

/// Every field is imported, with and without its optional parts. `false` has the same effect as no
/// value.
pub async fn an_imported_user_comes_back_as_the_row_says(store: &dyn Store) {
    let full = full_row("Full.Row@Example.com");
    let mut bare = row("bare.row@example.com");
    bare.password_hash = None;
    let mut denied = row("denied.row@example.com");
    (denied.verified, denied.disabled) = (Some(false), Some(false));
    let rows = [full, bare, denied];
    let outcomes = import(store, &rows, OnConflict::Fail).await;
    assert_eq!(outcomes, [UserImport::Inserted; 3]);
    for row in rows {
        let user = found(store, row.id).await;
        assert_eq!(user.epoch, Epoch::default());
        assert_eq!(user.verified_at.is_some(), row.verified == Some(true));
        assert_eq!(user.disabled_at.is_some(), row.disabled == Some(true));
        assert_same(&user, &row.into_user());
    }
}

/// An operator who does not know whether an import succeeded can repeat it.
pub async fn an_import_twice_changes_nothing(store: &dyn Store) {
    let rows = [full_row("Twice@example.com"), row("twice2@example.com")];
    assert_eq!(
        import(store, &rows, OnConflict::Update).await,
        [UserImport::Inserted; 2]
    );
    let mut again = rows.clone();
    for row in &mut again {
        // Another run has other ids, because it happens at another time.
        row.id = UserId::new(row.created_at);
        row.at = row.at.plus(std::time::Duration::from_secs(1));
    }
    for (rows, policy, expected) in [
        (&rows, OnConflict::Update, UserImport::Unchanged),
        (&again, OnConflict::Update, UserImport::Unchanged),
        (&again, OnConflict::Skip, UserImport::Skipped),
    ] {
        assert_eq!(import(store, rows, policy).await, [expected; 2]);
    }
    for row in rows {
        assert_same(&found(store, row.id).await, &row.into_user());
    }
}

/// The three policies, with the address in any case. Rows after the one that stops the import are
/// not imported.
pub async fn an_address_that_is_taken_is_skipped_or_updated_or_stops_the_import(store: &dyn Store) {
    for (policy, expected) in [
        (OnConflict::Skip, UserImport::Skipped),
        (OnConflict::Update, UserImport::Unchanged),
        (OnConflict::Fail, UserImport::EmailTaken),
    ] {
        let mut kept = inserted(store, &format!("taken.{policy:?}@example.com")).await;
        let address = format!("TAKEN.{policy:?}@Example.com");
        let same = row(&address);
        let other = ImportedUser {
            name: Some(name("Ada")),
            ..row(&address)
        };
        let (before, after) = (
            row(&format!("before.{policy:?}@example.com")),
            row(&format!("after.{policy:?}@example.com")),
        );
        let rows = [before.clone(), same, other, after.clone()];
        let outcomes = import(store, &rows, policy).await;
        assert_eq!(outcomes[..2], [UserImport::Inserted, expected]);
        match policy {
            OnConflict::Skip => {
                assert_eq!(outcomes[2..], [expected, UserImport::Inserted]);
            }
            OnConflict::Update => {
                let updated = UserImport::Updated(kept.id);
                assert_eq!(outcomes[2..], [updated, UserImport::Inserted]);
                kept.name = Some(name("Ada"));
            }
            OnConflict::Fail => assert_eq!(outcomes.len(), 2),
        }
        assert_same(&found(store, kept.id).await, &kept);
        let is_there = |id| async move { store.find_user(id).await.expect("answers").is_some() };
        assert!(is_there(before.id).await);
        assert_eq!(is_there(after.id).await, policy != OnConflict::Fail);
    }
}

/// Fields without a value stay; so do id, address and the time of the sign-up.
pub async fn an_update_takes_over_what_the_row_says_and_nothing_else(store: &dyn Store) {
    let mut kept = testing::user("Take.Over@example.com");
    kept.name = Some(name("Old"));
    kept.verified_at = Some(kept.created_at);
    store.insert_user(&kept).await.expect("inserts");
    let says = |change: fn(&mut ImportedUser)| {
        let mut row = row("take.over@EXAMPLE.com");
        row.password_hash = None;
        change(&mut row);
        row
    };
    let nothing = says(|_| {});
    assert_eq!(
        import(store, &[nothing], OnConflict::Update).await,
        [UserImport::Unchanged]
    );
    assert_same(&found(store, kept.id).await, &kept);

    let updated = [UserImport::Updated(kept.id)];
    let renamed = says(|row| row.name = UserName::parse("New").ok());
    assert_eq!(import(store, &[renamed], OnConflict::Update).await, updated);
    kept.name = Some(name("New"));
    assert_same(&found(store, kept.id).await, &kept);

    let doubted = says(|row| row.verified = Some(false));
    assert_eq!(import(store, &[doubted], OnConflict::Update).await, updated);
    kept.verified_at = None;
    assert_same(&found(store, kept.id).await, &kept);

    let verified = says(|row| row.verified = Some(true));
    kept.verified_at = Some(verified.at);
    let outcomes = import(store, &[verified], OnConflict::Update).await;
    assert_eq!(outcomes, updated);
    assert_same(&found(store, kept.id).await, &kept);

    let disabled = store.disable_user(kept.id, later(&kept)).await;
    kept.epoch = disabled.expect("disables").expect("is there");
    kept.token_epoch = kept.epoch;
    let enabled = says(|row| row.disabled = Some(false));
    assert_eq!(import(store, &[enabled], OnConflict::Update).await, updated);
    assert_same(&found(store, kept.id).await, &kept);
}

/// A new password ends the user's sessions, once.
pub async fn an_updated_hash_raises_the_epoch_once(store: &dyn Store) {
    let kept = inserted(store, "rehashed@example.com").await;
    let mut without = testing::user("unhashed@example.com");
    without.password_hash = None;
    store.insert_user(&without).await.expect("inserts");
    let rows = [&kept, &without].map(|user| ImportedUser {
        password_hash: Some(PasswordHash::from_stored("other")),
        disabled: Some(true),
        ..row(user.email.as_given())
    });
    for outcomes in [
        [kept.id, without.id].map(UserImport::Updated),
        [UserImport::Unchanged; 2],
    ] {
        assert_eq!(import(store, &rows, OnConflict::Update).await, outcomes);
        for user in [&kept, &without] {
            let hash = stored_hash(store, user.id).await;
            assert_eq!(hash.as_deref(), Some("other"));
            let found = found(store, user.id).await;
            assert_eq!(found.epoch, user.epoch.next());
            assert_eq!(found.token_epoch, user.token_epoch.next());
        }
    }
}

/// Disabling ends sessions. A disabled user stays disabled since the earlier time.
pub async fn an_update_that_disables_a_user_raises_the_epochs(store: &dyn Store) {
    let mut kept = inserted(store, "shut.out@example.com").await;
    let mut first = row("shut.out@example.com");
    first.disabled = Some(true);
    let mut second = first.clone();
    second.at = first.at.plus(std::time::Duration::from_secs(1));
    for (row, expected) in [
        (&first, UserImport::Updated(kept.id)),
        (&second, UserImport::Unchanged),
    ] {
        let outcomes = import(store, std::slice::from_ref(row), OnConflict::Update).await;
        assert_eq!(outcomes, [expected]);
    }
    kept.epoch = kept.epoch.next();
    kept.token_epoch = kept.token_epoch.next();
    kept.disabled_at = Some(first.at);
    assert_same(&found(store, kept.id).await, &kept);
}

/// Rows are imported in their order, each after the rows before it.
pub async fn a_second_row_of_one_address_meets_the_first(store: &dyn Store) {
    for (policy, expected) in [
        (OnConflict::Skip, UserImport::Skipped),
        (OnConflict::Update, UserImport::Unchanged),
        (OnConflict::Fail, UserImport::EmailTaken),
    ] {
        let address = format!("meets.{policy:?}@example.com");
        let outcomes = import(store, &[row(&address), row(&address)], policy).await;
        assert_eq!(outcomes, [UserImport::Inserted, expected]);
    }
}

/// An id belongs to one user for ever, and no policy gives it to another address. The rows after it
/// are imported.
pub async fn an_id_of_another_user_changes_nothing(store: &dyn Store) {
    let kept = inserted(store, "has.the.id@example.com").await;
    let other = inserted(store, "has.another.id@example.com").await;
    for policy in POLICIES {
        let mut wants = full_row(&format!("wants.the.id.{policy:?}@example.com"));
        wants.id = kept.id;
        let mut has_one = full_row("has.another.id@example.com");
        has_one.id = kept.id;
        let next = row(&format!("next.id.{policy:?}@example.com"));
        let outcomes = import(store, &[wants.clone(), has_one, next], policy).await;
        assert_eq!(
            outcomes,
            [
                UserImport::IdTaken,
                UserImport::IdTaken,
                UserImport::Inserted
            ]
        );
        let found = store.find_user_by_email(&wants.email).await;
        assert!(found.expect("answers").is_none());
    }
    for user in [kept, other] {
        assert_same(&found(store, user.id).await, &user);
    }
}

/// Without rows there are no outcomes.
pub async fn an_import_without_rows_has_no_outcomes(store: &dyn Store) {
    for policy in POLICIES {
        assert_eq!(import(store, &[], policy).await, []);
    }
}

/// An import of as many rows as the command line imports at once.
pub async fn a_large_import_answers_for_each_row(store: &dyn Store) {
    let rows: Vec<_> = (0..5_000)
        .map(|number| row(&format!("large{number}@example.com")))
        .collect();
    let inserted = import(store, &rows, OnConflict::Skip).await;
    assert_eq!(inserted, vec![UserImport::Inserted; rows.len()]);
    let again = import(store, &rows, OnConflict::Skip).await;
    assert_eq!(again, vec![UserImport::Skipped; rows.len()]);
}

/// An import and a sign-up with one address race: the database accepts one.
pub async fn of_a_racing_import_and_sign_up_one_wins(store: &dyn Store) {
    for round in 0..20 {
        let imported = row(&format!("imported{round}@example.com"));
        let signed_up = testing::user(&format!("Imported{round}@example.com"));
        let (outcomes, insertion) = tokio::join!(
            store.import_users(std::slice::from_ref(&imported), OnConflict::Skip),
            store.insert_user(&signed_up)
        );
        let winner = match (
            outcomes.expect("imports").as_slice(),
            insertion.expect("answers"),
        ) {
            ([UserImport::Inserted], UserInsertion::Taken) => imported.id,
            ([UserImport::Skipped], UserInsertion::Done) => signed_up.id,
            both => panic!("{both:?}"),
        };
        let found = store.find_user_by_email(&imported.email).await;
        assert_eq!(found.expect("answers").map(|user| user.id), Some(winner));
    }
}

/// Two processes import the same file at once.
pub async fn of_racing_imports_of_one_address_one_inserts(store: &dyn Store) {
    for round in 0..20 {
        let address = format!("imports{round}@example.com");
        let rows = [row(&address), row(&address)];
        let (first, second) = tokio::join!(
            store.import_users(&rows[..1], OnConflict::Update),
            store.import_users(&rows[1..], OnConflict::Update)
        );
        let outcomes = [first, second].map(|outcomes| outcomes.expect("imports"));
        let inserted = |outcomes: &&Vec<UserImport>| outcomes[..] == [UserImport::Inserted];
        assert_eq!(outcomes.iter().filter(inserted).count(), 1, "{outcomes:?}");
        let same = |outcomes: &Vec<UserImport>| outcomes[..] == [UserImport::Unchanged];
        assert!(outcomes.iter().any(same), "{outcomes:?}");
    }
}
