use std::{collections::BTreeSet, fs, path::PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A temporary folder for one filter.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("makes a folder"))
    }

    fn filter(&self) -> PathBuf {
        self.0.path().join("breached.filter")
    }

    fn part(&self) -> PathBuf {
        self.0.path().join("breached.filter.part")
    }

    fn build(&self, list: &str) -> Result<BuiltFilter, BreachedListError> {
        self.build_with(list, 1)
    }

    fn build_with(&self, list: &str, min_count: u64) -> Result<BuiltFilter, BreachedListError> {
        let expected = u64::try_from(list.lines().count()).expect("fits");
        BreachedPasswords::build(list.as_bytes(), expected, min_count, &self.filter(), |_| ())
    }

    fn open(&self) -> io::Result<BreachedPasswords> {
        BreachedPasswords::open(self.filter())
    }

    fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).expect("is there");
        files
            .map(|file| file.expect("is there").file_name().into_string())
            .collect::<Result<_, _>>()
            .expect("are names")
    }
}

fn sha1(password: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// Returns the list of these passwords, in the form of the downloaded list.
fn list(passwords: &[&str]) -> String {
    let lines: BTreeSet<_> = passwords.iter().map(|password| sha1(password)).collect();
    lines.iter().map(|line| format!("{line}:3\r\n")).collect()
}

fn contains(filter: &BreachedPasswords, password: &str) -> bool {
    filter.contains(&Password::new(password)).expect("reads")
}

#[test]
fn a_filter_has_every_password_of_its_list_and_no_other() {
    let passwords: Vec<_> = include_str!("../commonest.txt").lines().collect();
    let (inside, outside) = passwords.split_at(3000);
    let folder = Folder::new();
    let built = folder.build(&list(inside)).expect("builds");
    // 2^4 buckets of 188 keys.
    assert_eq!(
        built,
        BuiltFilter {
            hashes: 3000,
            keys: 3000,
            bytes: 32 + 8 * 17 + 3 * 3000,
            one_false_in: 16 * (1 << 24) / 3000,
        }
    );
    let filter = folder.open().expect("opens");
    assert!(inside.iter().all(|password| contains(&filter, password)));
    // One in 89,478 is wrongly found; there are 13,434 passwords.
    let false_ones = outside
        .iter()
        .filter(|password| contains(&filter, password));
    assert_eq!(false_ones.count(), 0);
    assert_eq!(folder.files(), ["breached.filter"]);
}

#[test]
fn the_hash_of_a_password_is_its_sha1() {
    assert_eq!(sha1("password"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
    let folder = Folder::new();
    folder
        .build("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8")
        .expect("builds");
    let filter = folder.open().expect("opens");
    assert!(contains(&filter, "password"));
    assert!(!contains(&filter, "Password"));
}

#[test]
fn a_password_is_looked_up_in_normal_form_c() {
    let folder = Folder::new();
    folder.build(&list(&["caf\u{e9} au lait"])).expect("builds");
    assert!(contains(
        &folder.open().expect("opens"),
        "cafe\u{301} au lait"
    ));
}

#[test]
fn blank_lines_case_and_duplicates_do_not_matter() {
    let folder = Folder::new();
    let (password, letmein) = (sha1("password"), sha1("letmein"));
    assert!(password < letmein);
    let text = format!(
        "\n{password}:7\r\n{}\n\r\n\n{letmein}",
        password.to_lowercase()
    );
    let built = folder.build(&text).expect("builds");
    assert_eq!((built.hashes, built.keys), (3, 2));
    let filter = folder.open().expect("opens");
    assert!(contains(&filter, "password") && contains(&filter, "letmein"));
}

#[test]
fn passwords_below_the_minimum_count_are_left_out() {
    let folder = Folder::new();
    let (password, letmein) = (sha1("password"), sha1("letmein"));
    let text = format!("{password}:10\n{letmein}:9\n");
    let built = folder.build_with(&text, 10).expect("builds");
    assert_eq!((built.hashes, built.keys), (2, 1));
    let filter = folder.open().expect("opens");
    assert!(contains(&filter, "password") && !contains(&filter, "letmein"));
    let none = folder.build_with(&text, 11);
    assert!(matches!(none, Err(BreachedListError::Empty)));
    let untold = folder.build_with(&format!("{password}:10\n{letmein}"), 10);
    assert!(matches!(untold, Err(BreachedListError::NoCount(2))));
}

#[test]
fn an_invalid_list_is_refused_with_the_line_and_keeps_the_old_filter() {
    let folder = Folder::new();
    let (password, letmein) = (sha1("password"), sha1("letmein"));
    folder.build(&password).expect("builds");
    let unsorted = folder.build(&format!("{letmein}:1\n\n{password}:1\n"));
    let words = unsorted.expect_err("is unsorted").to_string();
    assert!(
        words.contains("line 3") && words.contains("LC_ALL=C sort"),
        "{words}"
    );
    for line in [
        "password".to_owned(),
        password[1..].to_owned(),
        format!("{password}0"),
        format!("{password}:"),
        format!("{password}:+1"),
        format!("{password}:1 2"),
        format!("{password}:99999999999999999999999"),
        format!(" {password}:1"),
        format!("g{}", &password[1..]),
        format!("\u{feff}{password}:1"),
        "0".repeat(1 << 20),
    ] {
        let error = folder.build(&format!("\n{line}\n")).expect_err(&line);
        assert!(
            matches!(error, BreachedListError::Malformed(2)),
            "{line}: {error}"
        );
    }
    assert!(matches!(folder.build(""), Err(BreachedListError::Empty)));
    assert_eq!(folder.files(), ["breached.filter"]);
    assert!(contains(&folder.open().expect("opens"), "password"));
}

#[test]
fn a_filter_with_too_many_false_positives_is_not_written() {
    let folder = Folder::new();
    let passwords: Vec<_> = include_str!("../commonest.txt").lines().collect();
    folder.build(&sha1("password")).expect("builds");
    // One bucket, in which 24 bits must tell all keys apart.
    for (keys, coarse) in [(1024, false), (1025, true), (3000, true)] {
        let list = list(&passwords[..keys]);
        let target = folder.filter();
        let built = BreachedPasswords::build(list.as_bytes(), 0, 1, &target, |_| ());
        let told = matches!(built, Err(BreachedListError::Coarse { .. }));
        assert_eq!(told, coarse, "{built:?}");
        let filter = folder.open().expect("opens");
        let kept = fs::metadata(folder.filter()).expect("is there").len();
        assert_eq!(kept, 32 + 16 + 3 * 1024, "the old filter stays");
        assert!(contains(&filter, passwords[0]));
    }
    assert_eq!(folder.files(), ["breached.filter"]);
}

#[cfg(unix)]
#[test]
fn two_processes_cannot_build_the_same_filter_at_once() {
    let folder = Folder::new();
    let part = folder.part();
    fs::write(&part, "half").expect("writes");
    let other = File::open(&part).expect("opens");
    other.lock().expect("locks");
    let error = folder.build(&sha1("password")).expect_err("is being made");
    assert!(error.to_string().contains(".part"), "{error}");
    assert_eq!(fs::read(&part).expect("reads"), b"half");
}

#[cfg(unix)]
#[test]
fn a_file_left_by_a_killed_process_is_overwritten() {
    let folder = Folder::new();
    fs::write(folder.part(), "half".repeat(1000)).expect("writes");
    let built = folder.build(&sha1("password")).expect("builds");
    assert!(contains(&folder.open().expect("opens"), "password"));
    let length = fs::metadata(folder.filter()).expect("is there").len();
    assert_eq!(length, built.bytes, "nothing of the old file is left");
    assert_eq!(folder.files(), ["breached.filter"]);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_followed() {
    let folder = Folder::new();
    let elsewhere = folder.0.path().join("elsewhere");
    fs::write(&elsewhere, "precious").expect("writes");
    std::os::unix::fs::symlink(&elsewhere, folder.part()).expect("links");
    let error = folder.build(&sha1("password")).expect_err("is a link");
    assert!(error.to_string().contains(".part"), "{error}");
    assert_eq!(fs::read(&elsewhere).expect("reads"), b"precious");
    assert!(folder.part().is_symlink(), "the link stays");
}

#[test]
fn a_truncated_extended_or_changed_file_is_refused() {
    let folder = Folder::new();
    folder
        .build(&list(&["password", "letmein"]))
        .expect("builds");
    let good = fs::read(folder.filter()).expect("reads");
    let mut grown = good.clone();
    grown.push(0);
    let mut files = vec![grown];
    files.extend((0..good.len()).map(|length| good[..length].to_vec()));
    for byte in 0..32 {
        let mut changed = good.clone();
        changed[byte] ^= 0x80;
        files.push(changed);
    }
    for file in files {
        fs::write(folder.filter(), &file).expect("writes");
        let error = folder.open().expect_err("is not a filter");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{}", file.len());
    }
    fs::write(folder.filter(), good).expect("writes");
    assert!(folder.open().is_ok());
    assert!(BreachedPasswords::open(folder.0.path().join("missing")).is_err());
}

#[test]
fn an_invalid_index_is_an_error() {
    let folder = Folder::new();
    folder
        .build(&list(&["password", "letmein"]))
        .expect("builds");
    let good = fs::read(folder.filter()).expect("reads");
    for (at, value) in [(32, 3_u64), (40, 3), (32, u64::MAX), (40, u64::MAX)] {
        let mut changed = good.clone();
        changed[at..at + 8].copy_from_slice(&value.to_le_bytes());
        fs::write(folder.filter(), changed).expect("writes");
        let filter = folder.open().expect("opens");
        let answer = filter.contains(&Password::new("password"));
        assert!(answer.is_err(), "{at} {value}");
    }
}

#[test]
fn the_size_of_a_bucket_follows_the_size_of_the_list() {
    for (expected, bits) in [
        (0, 0),
        (256, 0),
        (257, 1),
        (20_000_000, 17),
        (1_000_000_000, 22),
        (u64::MAX, 24),
    ] {
        assert_eq!(build::prefix_bits(expected), bits, "{expected}");
    }
}

proptest! {
    #[test]
    fn no_file_or_list_causes_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        prefix_bits in 0..4_u32,
        keys in 0..20_u64,
    ) {
        let folder = Folder::new();
        fs::write(folder.filter(), &bytes).expect("writes");
        let _ = folder.open();
        // Any bytes after a valid header.
        let header = Header { prefix_bits, keys };
        let length = usize::try_from(header.file_bytes().expect("is small")).expect("fits");
        let mut file = header.to_bytes().to_vec();
        file.extend(bytes.iter().cycle().take(length.saturating_sub(32)));
        file.resize(length, 0);
        fs::write(folder.filter(), &file).expect("writes");
        let filter = folder.open().expect("has the length in its header");
        let _ = filter.contains(&Password::new("password"));
        let _ = BreachedPasswords::build(bytes.as_slice(), 1, 1, &folder.filter(), |_| ());
    }

    #[test]
    fn every_hash_of_the_list_is_found(mut hashes: Vec<[u8; 20]>, expected in 0..100_000_u64) {
        hashes.sort_unstable();
        let hex = |hash: &[u8; 20]| -> String {
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let list: String = hashes.iter().map(|hash| hex(hash) + "\n").collect();
        let folder = Folder::new();
        let built = BreachedPasswords::build(list.as_bytes(), expected, 1, &folder.filter(), |_| ());
        prop_assert_eq!(built.is_ok(), !hashes.is_empty());
        for hash in &hashes {
            let filter = folder.open().expect("opens");
            prop_assert!(filter.contains_hash(hash).expect("reads"));
        }
    }
}
