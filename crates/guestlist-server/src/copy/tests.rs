//! Copies between stores in memory, interrupted at every step.

use std::sync::{Arc, Mutex};

use guestlist::{
    Epoch, Record, RecordKind, Scope, Timestamp, Token, TokenHash, TokenId, TokenName, TokenOwner,
    UserId,
    testing::{MemoryStore, user},
};
use planner::{
    Event, EventFields, EventId, Version, Visibility, When, testing::MemoryPlannerStore,
};

use super::*;

const SOURCE: &str = "sqlite:/there";
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

fn empty() -> Archives {
    let accounts = Arc::new(MemoryStore::new());
    Archives {
        planner: Arc::new(MemoryPlannerStore::new(accounts.clone())),
        accounts,
    }
}

fn event(creator: UserId, title: &str) -> Event {
    Event {
        id: EventId::new(NOW),
        creator,
        fields: EventFields {
            title: title.to_owned(),
            description: String::new(),
            image: None,
            tags: vec![],
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: NOW,
        updated_at: NOW,
        version: Version::FIRST,
        fingerprint: None,
    }
}

/// Five users with an event and a token each.
async fn filled() -> Archives {
    let archives = empty();
    for number in 0..5 {
        let user = user(&format!("{number}@example.com"));
        let token = Token {
            id: TokenId::new(NOW),
            owner: TokenOwner::User(user.id),
            token_epoch: Epoch(0),
            hash: TokenHash::from_stored(&[7; 40]),
            name: TokenName::from_stored("script".to_owned()),
            scope: Scope::Read,
            created_at: NOW,
            expires_at: None,
            last_used_at: None,
        };
        let event = event(user.id, "Tea");
        let records = [Record::User(user), Record::Token(token)];
        archives.accounts.put(&records).await.expect("puts");
        archives.planner.put_all(&[event]).await.expect("puts");
    }
    archives
}

/// The types of records that were copied, and how many of each.
fn counts(sums: &[(Kind, Sum)]) -> Vec<(&str, u64)> {
    let counts = sums.iter().map(|(kind, sum)| (kind.as_str(), sum.records));
    counts.filter(|(_, records)| *records > 0).collect()
}

async fn copy_it(from: &Archives, to: &Archives) -> Result<Vec<(Kind, Sum)>, CopyError> {
    copy_by(2, from, to, SOURCE, NOW, |_| {}).await
}

/// A copy that is killed after that many steps. Returns whether it was killed.
async fn killed_after(steps: usize, from: &Archives, to: &Archives) -> bool {
    let (from, to) = (from.clone(), to.clone());
    let told = Arc::new(Mutex::new(0));
    let tells = told.clone();
    let copy = tokio::spawn(async move {
        let copied = copy_by(2, &from, &to, SOURCE, NOW, |_| {
            let mut told = tells.lock().expect("is whole");
            *told += 1;
            let goes_on = *told <= steps;
            drop(told);
            assert!(goes_on, "killed on purpose");
        });
        copied.await.map(drop)
    });
    copy.await.is_err()
}

#[tokio::test]
async fn everything_is_copied_and_the_target_is_open_afterwards() {
    let (from, to) = (filled().await, empty());
    let sums = copy_it(&from, &to).await.expect("copies");
    assert_eq!(counts(&sums), [("users", 5), ("tokens", 5), ("events", 5)]);
    for (kind, sum) in sums {
        assert_eq!(super::sum(1, &from, kind, |_| {}).await.expect("adds"), sum);
    }
    refuse_unfinished(&to).await.expect("is finished");
}

#[tokio::test]
async fn a_copy_that_is_killed_anywhere_goes_on_and_is_whole() {
    let from = filled().await;
    let mut steps = 0;
    loop {
        let to = empty();
        let killed = killed_after(steps, &from, &to).await;
        if !killed {
            break;
        }
        let refused = refuse_unfinished(&to).await;
        let words = refused.expect_err("is not finished").to_string();
        assert!(words.contains(SOURCE), "{words}");
        copy_it(&from, &to).await.expect("goes on");
        refuse_unfinished(&to).await.expect("is finished");
        steps += 1;
    }
    assert!(steps > 15, "it was interrupted {steps} times only");
}

/// Records that expire in only one database would make the databases differ.
#[tokio::test]
async fn expired_records_are_not_copied() {
    let (from, to) = (filled().await, empty());
    let page = from.accounts.records(RecordKind::Token, None, 2).await;
    let mut tokens = page.expect("lists");
    for (token, expires_at) in tokens.iter_mut().zip([-1, 1]) {
        let Record::Token(token) = token else {
            panic!("is a token")
        };
        token.expires_at = Some(Timestamp::from_millis(NOW.as_millis() + expires_at));
    }
    from.accounts.put(&tokens).await.expect("puts");
    let sums = copy_it(&from, &to).await.expect("copies");
    assert_eq!(counts(&sums), [("users", 5), ("tokens", 4), ("events", 5)]);
}

/// The copy is killed each time a little later than before.
#[tokio::test]
async fn a_copy_that_is_killed_again_and_again_gets_to_the_end() {
    let (from, to) = (filled().await, empty());
    let mut runs = 0;
    while killed_after(2 + runs, &from, &to).await {
        runs += 1;
    }
    // A continued copy reports five counts, and compares everything.
    assert!((5..20).contains(&runs), "{runs}");
    let again = copy_it(&from, &to).await;
    assert!(matches!(again, Err(CopyError::NotEmpty(_))), "{again:?}");
}

#[tokio::test]
async fn a_target_with_anything_in_it_is_refused_and_left_alone() {
    let from = filled().await;
    let user = user("there@example.com");
    for filled in ["user", "event"] {
        let to = empty();
        match filled {
            "user" => to.accounts.put(&[Record::User(user.clone())]).await,
            _ => to.planner.put_all(&[event(user.id, "Tea")]).await,
        }
        .expect("puts");
        let refused = copy_it(&from, &to).await;
        assert!(
            matches!(refused, Err(CopyError::NotEmpty(_))),
            "{refused:?}"
        );
        assert_eq!(to.accounts.copy_mark().await.expect("answers"), None);
        let users = to.accounts.count(RecordKind::User).await.expect("counts");
        assert_eq!(users, u64::from(filled == "user"));
    }
}

#[tokio::test]
async fn an_unfinished_copy_goes_on_from_its_own_source_alone_and_is_no_source() {
    let (from, to) = (filled().await, empty());
    assert!(killed_after(4, &from, &to).await);
    let other = copy_by(2, &from, &to, "sqlite:/elsewhere", NOW, |_| {}).await;
    assert!(matches!(other, Err(CopyError::OfAnother)), "{other:?}");
    let onwards = copy_it(&to, &empty()).await;
    assert!(
        matches!(onwards, Err(CopyError::SourceUnfinished)),
        "{onwards:?}"
    );
    let unread = r#"{"source":"sqlite:/there","kind":"guests","after":null}"#;
    to.accounts.set_copy_mark(Some(unread)).await.expect("sets");
    let newer = copy_it(&from, &to).await;
    assert!(matches!(newer, Err(CopyError::OfAnother)), "{newer:?}");
}

#[tokio::test]
async fn a_source_that_changes_meanwhile_is_noticed() {
    for change in [
        "a new user",
        "another epoch",
        "a user who is gone",
        "an event",
    ] {
        let (from, to) = (filled().await, empty());
        // Everything is copied, and nothing is compared yet.
        let copied = 3 * 3;
        assert!(killed_after(copied, &from, &to).await);
        let page = from.accounts.records(RecordKind::User, None, 1).await;
        let Some(Record::User(first)) = page.expect("lists").pop() else {
            panic!("there is one")
        };
        match change {
            "a new user" => {
                let new = Record::User(user("new@example.com"));
                from.accounts.put(&[new]).await.expect("puts");
            }
            "another epoch" => {
                let mut renamed = first.clone();
                renamed.epoch = Epoch(1);
                from.accounts
                    .put(&[Record::User(renamed)])
                    .await
                    .expect("puts");
            }
            "a user who is gone" => {
                from.accounts.delete_user(first.id).await.expect("deletes");
            }
            _ => {
                let page = from.planner.page(None, 1).await.expect("lists");
                let mut event = page.into_iter().next().expect("there is one");
                event.fields.title = "Coffee".to_owned();
                from.planner.put_all(&[event]).await.expect("puts");
            }
        }
        let noticed = copy_it(&from, &to).await;
        assert!(
            matches!(noticed, Err(CopyError::Differs { .. })),
            "{change}: {noticed:?}"
        );
        assert!(refuse_unfinished(&to).await.is_err(), "{change}");
    }
}
