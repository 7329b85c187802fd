//! A full disk and a read-only disk, under the real binary.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    binary::{Server, command, free_address, log},
    client::{Client, Reply},
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
/// The longest time a response may take, whatever is wrong.
const LONGEST: Duration = Duration::from_secs(5);
/// Enough for the tables and some events.
const SMALL_KIB: u32 = 1024;

/// A folder with a disk of limited size in it.
struct Disk {
    folder: TempDir,
    data: PathBuf,
    mounted: bool,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("makes a folder");
        Self {
            folder,
            data,
            mounted: false,
        }
    }

    /// Mounts a disk of `kib` KiB. Returns `None` if this user may not mount one.
    fn of(kib: u32) -> Option<Self> {
        let mut disk = Self::new();
        let size = format!("size={kib}k,mode=0700");
        disk.mounted = disk.mounts(&["-t", "tmpfs", "-o", &size, "tmpfs"]);
        disk.mounted.then_some(disk)
    }

    fn mounts(&self, arguments: &[&str]) -> bool {
        let mount = Command::new("mount")
            .args(arguments)
            .arg(&self.data)
            .output();
        mount.is_ok_and(|output| output.status.success())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Asserts that the database is undamaged.
    fn assert_sound(&self) {
        let database = Connection::open(self.data.join("guestlist.sqlite")).expect("opens");
        let check = database.pragma_query_value(None, "integrity_check", |row| row.get(0));
        assert_eq!(check, Ok("ok".to_owned()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(&self.data).status();
        }
    }
}

/// A user who signed up before the disk was full.
struct Guest {
    client: Client,
    token: String,
    events: Vec<String>,
    /// Whether a second user could sign up.
    bob_is_there: bool,
}

impl Guest {
    fn comes(server: &Server) -> Self {
        let mut client = Client::connect(server.address()).expect("connects");
        assert_eq!(client.sign_up(ADA).expect("is answered").status, 201);
        let token = client.sign_in(ADA).expect("is answered").tokens().access;
        Self {
            client,
            token,
            events: Vec::new(),
            bob_is_there: false,
        }
    }

    /// Sends a request and asserts that the response did not take long.
    fn asks(&mut self, ask: impl FnOnce(&mut Client, &str) -> std::io::Result<Reply>) -> Reply {
        let began = Instant::now();
        let reply = ask(&mut self.client, &self.token).expect("is answered");
        assert!(
            began.elapsed() < LONGEST,
            "{:?}: {reply:?}",
            began.elapsed()
        );
        reply
    }

    /// Creates events until one is refused.
    fn fills_the_disk(&mut self) {
        let title = "long ".repeat(30);
        loop {
            let reply = self.asks(|client, token| client.create_event(token, &title));
            if reply.status != 201 {
                assert_eq!(reply.status, 503, "{reply:?}");
                return;
            }
            self.events
                .push(reply.header("location").expect("is there").to_owned());
            assert!(self.events.len() < 100_000, "the disk did not become full");
        }
    }

    /// Asserts that every acknowledged event is there.
    fn finds_all_events(&mut self) {
        for path in self.events.clone() {
            let reply = self.asks(|client, _| client.show_event(&path));
            assert_eq!(reply.status, 200, "{path}: {reply:?}");
        }
    }

    /// Reads still work. A write is refused unless it still fits. No session is opened that could
    /// not be stored.
    fn meets_a_full_disk(&mut self) {
        let me = self.asks(|client, token| client.me(token));
        assert_eq!(me.status, 200, "{me:?}");
        let signed_up = self.asks(|client, _| client.sign_up(BOB));
        assert!([201, 503].contains(&signed_up.status), "{signed_up:?}");
        self.bob_is_there = signed_up.status == 201;
        let signed_in = self.asks(|client, _| client.sign_in(ADA));
        match signed_in.status {
            201 => {
                let token = signed_in.tokens().access;
                let me = self.asks(|client, _| client.me(&token));
                assert_eq!(me.status, 200, "{me:?}");
            }
            status => assert_eq!(status, 503, "{signed_in:?}"),
        }
    }

    fn meets_a_disk_with_room(&mut self) {
        let statuses = [
            self.asks(|client, token| client.create_event(token, "Tea"))
                .status,
            self.asks(|client, _| client.sign_in(ADA)).status,
            self.asks(|client, _| client.sign_up(BOB)).status,
            self.asks(|client, token| client.sign_out(token)).status,
            self.asks(|client, token| client.me(token)).status,
        ];
        let bob = if self.bob_is_there { 409 } else { 201 };
        assert_eq!(statuses, [201, 201, bob, 204, 401]);
    }
}

fn assert_no_panic(folder: &Path) {
    assert!(!log(folder).contains("panicked"), "{}", log(folder));
}

#[expect(clippy::print_stdout, reason = "a skipped test must be visible")]
fn skipped(why: &str) {
    println!("skipped: {why}");
}

#[test]
fn on_a_full_disk_writes_are_refused_and_work_again_when_there_is_room() {
    let Some(disk) = Disk::of(SMALL_KIB) else {
        skipped("no small disk can be mounted here");
        return;
    };
    let server = Server::start(disk.path(), &[]);
    let mut guest = Guest::comes(&server);
    guest.fills_the_disk();
    guest.meets_a_full_disk();
    guest.finds_all_events();
    assert!(disk.mounts(&["-o", "remount,size=64m"]));
    guest.meets_a_disk_with_room();
    guest.finds_all_events();
    server.stop();
    disk.assert_sound();
    assert_no_panic(disk.path());
}

/// The file size is limited: the system reports this with another error than a full disk.
#[test]
fn at_the_file_size_limit_writes_are_refused() {
    let disk = Disk::new();
    let address = free_address();
    let mut limited = Command::new("sh");
    limited
        .current_dir(disk.path())
        .env_clear()
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", SMALL_KIB * 2),
            "sh",
        ])
        .arg(env!("CARGO_BIN_EXE_guestlist"));
    let server = Server::started_by(limited, &address, disk.path());
    let mut guest = Guest::comes(&server);
    guest.fills_the_disk();
    guest.meets_a_full_disk();
    guest.finds_all_events();
    server.kill();
    let server = Server::start(disk.path(), &[]);
    guest.client = Client::connect(server.address()).expect("connects");
    guest.finds_all_events();
    guest.meets_a_disk_with_room();
    server.stop();
    disk.assert_sound();
    assert_no_panic(disk.path());
}

#[test]
fn a_read_only_database_stops_the_start_and_the_error_names_the_file() {
    let Some(disk) = Disk::of(SMALL_KIB * 16) else {
        skipped("no disk can be mounted here");
        return;
    };
    Server::start(disk.path(), &[]).stop();
    assert!(disk.mounts(&["-o", "remount,ro"]));
    for log_is_left in [false, true] {
        let complaint = refused_start(&disk);
        for words in ["guestlist.sqlite", "may write"] {
            assert!(complaint.contains(words), "{log_is_left} {complaint}");
        }
        // SQLite opens a file that has a write-ahead log, even if it could not create the log.
        assert!(disk.mounts(&["-o", "remount,rw"]));
        Server::start(disk.path(), &[]).kill();
        assert!(disk.data.join("guestlist.sqlite-wal").exists());
        assert!(disk.mounts(&["-o", "remount,ro"]));
    }
}

/// Returns the error output of a start that must fail soon.
fn refused_start(disk: &Disk) -> String {
    let mut start = command(disk.path(), &[])
        .args(["--listen", &free_address()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let began = Instant::now();
    let status = loop {
        if let Some(status) = start.try_wait().expect("waits") {
            break status;
        }
        if began.elapsed() > Duration::from_secs(10) {
            start.kill().expect("kills");
            start.wait().expect("ends");
            panic!("the server started");
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert!(!status.success());
    let mut complaint = String::new();
    let stderr = start.stderr.as_mut().expect("is piped");
    stderr.read_to_string(&mut complaint).expect("reads");
    complaint
}
