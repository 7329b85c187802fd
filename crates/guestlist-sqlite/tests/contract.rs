//! Runs the store's contract on a SQLite file.

use guestlist_sqlite::SqliteStore;

/// Returns the path of a new file for this test.
fn path() -> std::path::PathBuf {
    let test = std::thread::current()
        .name()
        .unwrap_or("main")
        .replace("::", "-");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("makes a folder");
    folder.join("store.sqlite")
}

guestlist::store_contract!(async || SqliteStore::open(path()).await.expect("opens"));
guestlist::archive_contract!(async || SqliteStore::open(path()).await.expect("opens"));
