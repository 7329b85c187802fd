use std::{io, sync::Arc};

use mongodb::bson::{Document, deserialize_from_document, doc};
use serde::de::DeserializeOwned;

use super::*;

/// Reads an error as the driver reads it from an answer.
fn read<T: DeserializeOwned>(error: Document) -> T {
    deserialize_from_document(error).expect("is such an error")
}

/// A command that the server refused or did not finish.
fn command(code: i32) -> Error {
    ErrorKind::Command(read(doc! { "code": code, "errmsg": "" })).into()
}

/// An update or insertion that was refused because of one document.
fn write(code: i32) -> Error {
    let error = read(doc! { "code": code, "errmsg": "" });
    ErrorKind::Write(WriteFailure::WriteError(error)).into()
}

/// A write that was done but not confirmed.
fn unconfirmed(code: i32) -> Error {
    let error = read(doc! { "code": code, "errmsg": "" });
    ErrorKind::Write(WriteFailure::WriteConcernError(error)).into()
}

/// An ordered insertion that refused the document with this index.
fn insertion(index: i64, code: i32) -> Error {
    let error = doc! { "index": index, "code": code, "errmsg": "" };
    ErrorKind::InsertMany(read(doc! { "writeErrors": [error] })).into()
}

/// An ordered insertion that refused a document, and whose other documents were not confirmed.
fn unconfirmed_insertion(index: i64, code: i32) -> Error {
    let error = doc! { "index": index, "code": code, "errmsg": "" };
    let concern = doc! { "code": 64, "errmsg": "" };
    let both = doc! { "writeErrors": [error], "writeConcernError": concern };
    ErrorKind::InsertMany(read(both)).into()
}

fn connection(kind: io::ErrorKind) -> Error {
    ErrorKind::Io(Arc::new(kind.into())).into()
}

/// The codes are from MongoDB's `error_codes.yml`.
#[test]
fn a_write_failed_only_where_it_is_certain_that_nothing_was_done() {
    for (what, error) in [
        ("NotWritablePrimary", command(10_107)),
        ("NotPrimaryNoSecondaryOk", command(13_435)),
        ("NotPrimaryOrSecondary", command(13_436)),
        ("DuplicateKey", command(11_000)),
        ("WriteConflict", command(112)),
        ("Unauthorized", command(13)),
        ("a document that a unique index keeps out", write(11_000)),
        (
            "a document that a rule of the collection keeps out",
            write(121),
        ),
        ("the first document", insertion(0, 121)),
        (
            "no program listens",
            connection(io::ErrorKind::ConnectionRefused),
        ),
        ("a client that was closed", ErrorKind::Shutdown.into()),
    ] {
        let told = of_a_write(error);
        assert!(matches!(told, StoreError::Failed(_)), "{what}: {told:?}");
    }
    for (what, error) in [
        ("PrimarySteppedDown", command(189)),
        ("InterruptedAtShutdown", command(11_600)),
        ("InterruptedDueToReplStateChange", command(11_602)),
        ("ShutdownInProgress", command(91)),
        ("MaxTimeMSExpired", command(50)),
        ("ExceededTimeLimit", command(262)),
        ("WriteConcernFailed", command(64)),
        ("an unknown code", command(1_000_000)),
        ("WriteConcernFailed, beside the answer", unconfirmed(64)),
        ("ShutdownInProgress, beside the answer", unconfirmed(91)),
        ("DuplicateKey, beside the answer", unconfirmed(11_000)),
        ("the second document", insertion(1, 121)),
        (
            "the first document, unconfirmed",
            unconfirmed_insertion(0, 121),
        ),
        (
            "a lost connection",
            connection(io::ErrorKind::ConnectionReset),
        ),
        (
            "an answer cut short",
            connection(io::ErrorKind::UnexpectedEof),
        ),
        ("a slow network", connection(io::ErrorKind::TimedOut)),
        ("what drivers to come invent", Error::custom("new")),
    ] {
        let told = of_a_write(error);
        assert!(matches!(told, StoreError::Unknown(_)), "{what}: {told:?}");
    }
}

#[test]
fn a_read_is_never_done_halfway() {
    for error in [
        command(189),
        command(50),
        connection(io::ErrorKind::ConnectionReset),
    ] {
        let told = of_a_read(error);
        assert!(matches!(told, StoreError::Failed(_)), "{told:?}");
    }
}

#[test]
fn what_keeps_a_document_out_is_known_by_its_code_wherever_it_stands() {
    for error in [command, write, |code| insertion(3, code)].map(|of| of(11_000)) {
        assert!(is_duplicate(&error) && !is_conflict(&error), "{error:?}");
    }
    for error in [command, write, |code| insertion(3, code)].map(|of| of(112)) {
        assert!(is_conflict(&error) && !is_duplicate(&error), "{error:?}");
    }
    let neither = [command(91), write(121), connection(io::ErrorKind::TimedOut)];
    for error in neither {
        assert!(!is_conflict(&error) && !is_duplicate(&error), "{error:?}");
    }
}

#[test]
fn of_several_documents_the_first_refused_one_is_told_if_those_before_it_are_kept() {
    assert_eq!(first_refused(&insertion(7, 11_000)), Some(7));
    assert_eq!(first_refused(&insertion(0, 112)), Some(0));
    // A change of another caller in between is no reason.
    assert_eq!(first_refused(&insertion(7, 121)), None);
    assert_eq!(first_refused(&unconfirmed_insertion(7, 11_000)), None);
    assert_eq!(first_refused(&write(11_000)), None);
}
