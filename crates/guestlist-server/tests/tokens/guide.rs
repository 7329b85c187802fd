//! `docs/tokens.md` says nothing that is not so: its commands are run, one after the other, and what it shows of
//! their answers is compared.

use std::process::Command;

use serde_json::{Map, Value};

use crate::{
    binary::{FORM, JSON, Server, field, free_address, log},
    guide::{fenced, in_the_workspace, section},
    secret_key::{ADA, PASSWORD, me},
    test_app::Tokens,
    users::House,
};

/// Sections that have commands, in their order.
const REFRESHING: &str = "Refreshing";
const REVOKING: &str = "Taking a token back";
const ASKING: &str = "Other services: introspection";
const KEYS: &str = "Keys";
const SECRETS: &str = "Another secret";

/// A command, and what the guide shows of its answer.
struct Typed {
    line: String,
    shown: Option<String>,
}

/// What a section has people type.
fn typed_in(heading: &str) -> Vec<Typed> {
    typed(section(&in_the_workspace("docs/tokens.md"), heading))
}

fn typed(text: &str) -> Vec<Typed> {
    let lines = fenced(text);
    let commands = lines.iter().enumerate().filter_map(|(at, line)| {
        let shown = lines.get(at + 1).filter(|next| next.starts_with('{'));
        Some(Typed {
            line: line.strip_prefix("$ ")?.to_owned(),
            shown: shown.map(|shown| (*shown).to_owned()),
        })
    });
    commands.collect()
}

#[test]
fn every_command_stands_in_a_section_that_these_tests_follow() {
    let followed = [REFRESHING, REVOKING, ASKING, KEYS, SECRETS];
    let found: usize = followed.iter().map(|heading| typed_in(heading).len()).sum();
    assert_eq!(found, typed(&in_the_workspace("docs/tokens.md")).len());
    assert!(found > 0);
}

/// A server, and somebody who is signed in.
struct Running {
    house: House,
    server: Server,
}

impl Running {
    fn start(house: House, environment: &[(&str, &str)]) -> Self {
        let server = Server::start(house.folder(), environment);
        let running = Self { house, server };
        let signed_up = running.posts("users");
        assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
        running
    }

    fn stop(self) -> House {
        self.server.stop();
        self.house
    }

    /// Ada's address and password, sent there.
    fn posts(&self, path: &str) -> String {
        let body = format!(r#"{{"email":"{ADA}","password":"{PASSWORD}"}}"#);
        let head = format!("POST /api/v1/{path} HTTP/1.1\n{JSON}");
        self.server.send(&head, &body)
    }

    fn sign_in(&self) -> Tokens {
        let answer = self.posts("sessions");
        Tokens {
            access: field(&answer, "access_token").to_owned(),
            refresh: field(&answer, "refresh_token").to_owned(),
        }
    }

    fn opens(&self, token: &str) -> bool {
        let answer = me(&self.server, token);
        let opens = answer.starts_with("HTTP/1.1 200");
        assert!(opens || answer.starts_with("HTTP/1.1 401"), "{answer}");
        opens
    }

    /// What the line prints, typed where this server is the one of the guide, in a shell that has these variables.
    fn types(&self, line: &str, variables: &[(&str, &str)]) -> String {
        let set = variables
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"));
        let line = line.replace("127.0.0.1:8080", self.server.address());
        let script = format!("{}{line}", set.collect::<String>());
        self.house
            .types(&script.replace("curl ", "curl -sS "))
            .well()
    }
}

/// Whether there is what the guide asks for besides `guestlist`.
fn has_curl() -> bool {
    let has = Command::new("curl").arg("--version").output().is_ok();
    let is_ci = std::env::var("CI").as_deref() == Ok("true");
    assert!(has || !is_ci, "curl is not there");
    #[expect(clippy::print_stderr, reason = "whoever runs the tests has to know")]
    if !has {
        eprintln!("skipped: curl is not there");
    }
    has
}

/// The same members and values; what is shown up to an ellipsis begins so, and a time is any.
#[track_caller]
fn assert_as_shown(said: &str, shown: &str) {
    let members =
        |text| -> Map<String, Value> { serde_json::from_str(text).expect("is an object") };
    let (said, shown) = (members(said), members(shown));
    assert!(said.keys().eq(shown.keys()), "{said:?}");
    for (name, shown) in &shown {
        let said = &said[name];
        match shown.as_str().and_then(|shown| shown.strip_suffix('…')) {
            Some(start) => assert!(
                said.as_str().is_some_and(|said| said.starts_with(start)),
                "{name}: {said}"
            ),
            None if name == "exp" => assert!(said.is_u64() && shown.is_u64(), "{said}"),
            None => assert_eq!(shown, said, "{name}"),
        }
    }
}

#[test]
fn a_token_is_refreshed_and_taken_back_as_the_guide_says() {
    if !has_curl() {
        return;
    }
    let running = Running::start(House::of_files(), &[]);
    let held = running.sign_in();
    let [refresh] = &typed_in(REFRESHING)[..] else {
        panic!("another number of commands");
    };
    let said = running.types(&refresh.line, &[("REFRESH", &held.refresh)]);
    assert_as_shown(&said, refresh.shown.as_deref().expect("shows an answer"));
    assert!(!running.opens(&held.access), "it was traded");

    let held = running.sign_in();
    let [revoke] = &typed_in(REVOKING)[..] else {
        panic!("another number of commands");
    };
    assert!(running.opens(&held.access));
    let said = running.types(&revoke.line, &[("TOKEN", &held.access)]);
    assert_eq!(said, "");
    assert!(!running.opens(&held.access));
}

#[test]
fn a_service_asks_as_the_guide_says() {
    if !has_curl() {
        return;
    }
    let running = Running::start(House::of_files(), &[]);
    let held = running.sign_in();
    let [issue, list, revoke, ask] = &typed_in(ASKING)[..] else {
        panic!("another number of commands");
    };
    let service = running.types(&format!("{}; echo $SERVICE", issue.line), &[]);
    let variables = [("SERVICE", service.trim()), ("TOKEN", &held.access)];
    let said = running.types(&ask.line, &variables);
    assert_as_shown(&said, ask.shown.as_deref().expect("shows an answer"));
    let listed = running.types(&list.line, &[]);
    let row = listed.lines().find(|line| line.contains("gateway"));
    let id = row.and_then(|row| row.split_whitespace().next());
    assert!(revoke.line.contains("019…"), "{}", revoke.line);
    let line = revoke.line.replace("019…", id.expect("is listed"));
    running.types(&line, &[]);
    let said = running.types(&ask.line, &variables);
    assert!(said.contains("invalid_token"), "{said}");
}

#[test]
fn keys_are_listed_and_rotated_as_the_guide_says() {
    let house = House::of_files();
    let guide = in_the_workspace("docs/tokens.md");
    let (_, file) = section(&guide, KEYS)
        .split_once("```toml\n")
        .expect("shows a file");
    let (file, _) = file.split_once("```").expect("ends");
    house.write("guestlist.toml", file);
    let running = Running::start(house, &[]);
    let held = running.sign_in();
    assert!(held.access.starts_with("eyJ"), "{}", held.access);
    let [list, rotate] = &typed_in(KEYS)[..] else {
        panic!("another number of commands");
    };
    let rows = || running.types(&list.line, &[]).lines().count() - 1;
    assert_eq!(rows(), 1);
    running.types(&rotate.line, &[]);
    assert_eq!(rows(), 2);
    assert!(running.opens(&held.access), "nobody is signed out");
}

#[test]
fn the_secret_is_changed_as_the_guide_says() {
    let [serve, lay_aside] = &typed_in(SECRETS)[..] else {
        panic!("another number of commands");
    };
    let running = Running::start(House::of_files(), &[]);
    let held = running.sign_in();
    let house = running.stop();
    house.types(&lay_aside.line).well();
    let server = Server::start(house.folder(), &[]);
    let running = Running { house, server };
    assert!(
        running.opens(&held.access),
        "it was opened by the secret laid aside"
    );

    let [old, new] = ["old", "new"].map(|name| format!("the {name} secret, which is long enough"));
    let running = Running::start(House::of_files(), &[("SECRET_KEY", &old)]);
    let held = running.sign_in();
    let house = running.stop();
    let line = serve
        .line
        .replace("guestlist serve", "exec guestlist serve \"$@\"");
    assert_ne!(line, serve.line);
    let mut shell = house.shell(&format!("OLD='{old}'\nNEW='{new}'\n{line}"));
    shell.arg("sh");
    let server = Server::started_by(shell, &free_address(), house.folder());
    let form = format!("grant_type=refresh_token&refresh_token={}", held.refresh);
    let answer = server.send(&format!("POST /api/v1/token HTTP/1.1\n{FORM}"), &form);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let log = log(house.folder());
    assert!(
        log.contains("the previous secret key is still accepted"),
        "{log}"
    );
}
