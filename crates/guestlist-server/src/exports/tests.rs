use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::to_bytes;
use futures_util::StreamExt;
use guestlist::Timestamp;

use super::*;

/// A document of numbers from one on; at the end it completes or fails.
struct Counting {
    next: u32,
    until: u32,
    fails: bool,
    read: Arc<AtomicU32>,
}

impl Counting {
    fn to(until: u32, fails: bool) -> (Self, Arc<AtomicU32>) {
        let read = Arc::new(AtomicU32::new(0));
        let counting = Self {
            next: 1,
            until,
            fails,
            read: Arc::clone(&read),
        };
        (counting, read)
    }
}

impl Document for Counting {
    type Batch = u32;

    async fn read(&mut self) -> Result<Option<u32>, StoreError> {
        let number = self.next;
        if number > self.until {
            return match self.fails {
                true => Err(StoreError::failed("on purpose")),
                false => Ok(None),
            };
        }
        self.next += 1;
        self.read.store(number, Ordering::SeqCst);
        Ok(Some(number))
    }

    fn spell(batch: u32) -> Vec<u8> {
        format!("{batch} ").into_bytes()
    }
}

fn new_user() -> UserId {
    UserId::new(Timestamp::from_millis(0))
}

async fn begun(exports: &Exports, user: UserId, until: u32, fails: bool) -> Body {
    let (document, _) = Counting::to(until, fails);
    exports.begin(user, document).await.expect("begins")
}

#[tokio::test]
async fn a_document_is_complete_and_frees_its_place() {
    let (exports, ada) = (Exports::new(1, 1), new_user());
    for _ in 0..3 {
        let body = begun(&exports, ada, 5, false).await;
        let again = exports.begin(ada, Counting::to(5, false).0).await;
        assert!(matches!(
            again,
            Err(ExportError::NoPlace(NoPlace::OfUser(1)))
        ));
        let text = to_bytes(body, usize::MAX).await.expect("is whole");
        assert_eq!(&text[..], b"1 2 3 4 5 ");
    }
}

#[tokio::test]
async fn a_dropped_body_frees_its_place_and_ends_the_work() {
    let (exports, ada) = (Exports::new(1, 1), new_user());
    let (document, read) = Counting::to(1_000, false);
    drop(exports.begin(ada, document).await.expect("begins"));
    while exports.0.places.take(ada).is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let _again = begun(&exports, ada, 1, false).await;
    assert!(read.load(Ordering::SeqCst) <= 3);
}

#[tokio::test]
async fn at_most_one_batch_is_made_ahead_of_the_reader() {
    let exports = Exports::new(1, 1);
    let (document, read) = Counting::to(1_000, false);
    let body = exports.begin(new_user(), document).await.expect("begins");
    let mut pieces = body.into_data_stream();
    for taken in 1..20 {
        assert!(pieces.next().await.expect("goes on").is_ok());
        tokio::time::sleep(Duration::from_millis(2)).await;
        let read = read.load(Ordering::SeqCst);
        assert!(read <= taken + 1, "{read} read, {taken} taken");
    }
}

#[tokio::test]
async fn a_store_failure_is_reported_at_the_start_and_ends_the_body_later() {
    let (exports, ada) = (Exports::new(1, 1), new_user());
    let refused = exports.begin(ada, Counting::to(0, true).0).await;
    assert!(matches!(refused, Err(ExportError::Store(_))));
    let body = begun(&exports, ada, 3, true).await;
    assert!(to_bytes(body, usize::MAX).await.is_err());
    let whole = to_bytes(begun(&exports, ada, 3, false).await, usize::MAX).await;
    assert!(whole.is_ok(), "there is room again");
}

#[tokio::test]
async fn an_export_that_is_not_read_is_ended_with_an_error() {
    let patience = Duration::from_millis(50);
    let (exports, ada) = (Exports::with_patience(1, 1, patience), new_user());
    let body = begun(&exports, ada, 10, false).await;
    while exports.0.places.take(ada).is_err() {
        tokio::time::sleep(patience).await;
    }
    let _again = begun(&exports, ada, 1, false).await;
    assert!(to_bytes(body, usize::MAX).await.is_err());
}

#[tokio::test]
async fn the_total_number_of_exports_is_limited() {
    let exports = Exports::new(1, 2);
    let first = begun(&exports, new_user(), 9, false).await;
    let _second = begun(&exports, new_user(), 9, false).await;
    let third = exports.begin(new_user(), Counting::to(9, false).0).await;
    assert!(matches!(third, Err(ExportError::NoPlace(NoPlace::InAll))));
    to_bytes(first, usize::MAX).await.expect("is whole");
    let _again = begun(&exports, new_user(), 9, false).await;
}
