//! Runs the commands of `docs/tokens.md` in order, and compares the answers with what the guide
//! shows.

use std::process::Command;

use serde_json::{Map, Value};

use crate::{
    binary::{FORM, JSON, Server, field, free_address, log},
    guide::{fenced, in_the_workspace, section},
    secret_key::{ADA, PASSWORD, me},
    test_app::Tokens,
    users::Installation,
};

/// The sections with commands, in their order.
const REFRESHING: &str = "Refreshing";
const REVOKING: &str = "Taking a token back";
const ASKING: &str = "Other services: introspection";
const KEYS: &str = "Keys";
const SECRETS: &str = "Another secret";

/// A command, and the answer that the guide shows.
struct Typed {
    line: String,
    shown: Option<String>,
}

/// Returns the commands of a section.
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
fn every_command_of_the_guide_is_in_a_section_that_a_test_runs() {
    let followed = [REFRESHING, REVOKING, ASKING, KEYS, SECRETS];
    let found: usize = followed.iter().map(|heading| typed_in(heading).len()).sum();
    assert_eq!(found, typed(&in_the_workspace("docs/tokens.md")).len());
    assert!(found > 0);
}

/// A server with one user.
struct Running {
    installation: Installation,
    server: Server,
}

impl Running {
    fn start(installation: Installation, environment: &[(&str, &str)]) -> Self {
        let server = Server::start(installation.folder(), environment);
        let running = Self {
            installation,
            server,
        };
        let signed_up = running.posts("users");
        assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
        running
    }

    fn stop(self) -> Installation {
        self.server.stop();
        self.installation
    }

    /// Posts Ada's e-mail address and password to this path.
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

    /// Runs a line of the guide against this server, in a shell with these variables, and returns
    /// its output.
    fn types(&self, line: &str, variables: &[(&str, &str)]) -> String {
        let set = variables
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"));
        let line = line.replace("127.0.0.1:8080", self.server.address());
        let script = format!("{}{line}", set.collect::<String>());
        self.installation
            .types(&script.replace("curl ", "curl -sS "))
            .success()
    }
}

/// Whether `curl` is installed, which the guide uses.
fn has_curl() -> bool {
    let has = Command::new("curl").arg("--version").output().is_ok();
    let is_ci = std::env::var("CI").as_deref() == Ok("true");
    assert!(has || !is_ci, "curl is not installed");
    #[expect(clippy::print_stderr, reason = "a skipped test must be visible")]
    if !has {
        eprintln!("skipped: curl is not installed");
    }
    has
}

/// Asserts that both have the same members and values. A shown value that ends with an ellipsis is
/// compared up to the ellipsis. A time may be any number.
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
fn a_token_is_refreshed_and_revoked_as_the_guide_says() {
    if !has_curl() {
        return;
    }
    let running = Running::start(Installation::of_files(), &[]);
    let held = running.sign_in();
    let [refresh] = &typed_in(REFRESHING)[..] else {
        panic!("the guide has another number of commands");
    };
    let said = running.types(&refresh.line, &[("REFRESH", &held.refresh)]);
    assert_as_shown(&said, refresh.shown.as_deref().expect("shows an answer"));
    assert!(!running.opens(&held.access), "a refresh replaced it");

    let held = running.sign_in();
    let [revoke] = &typed_in(REVOKING)[..] else {
        panic!("the guide has another number of commands");
    };
    assert!(running.opens(&held.access));
    let said = running.types(&revoke.line, &[("TOKEN", &held.access)]);
    assert_eq!(said, "");
    assert!(!running.opens(&held.access));
}

#[test]
fn a_service_introspects_a_token_as_the_guide_says() {
    if !has_curl() {
        return;
    }
    let running = Running::start(Installation::of_files(), &[]);
    let held = running.sign_in();
    let [issue, list, revoke, ask] = &typed_in(ASKING)[..] else {
        panic!("the guide has another number of commands");
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
    let installation = Installation::of_files();
    let guide = in_the_workspace("docs/tokens.md");
    let (_, file) = section(&guide, KEYS)
        .split_once("```toml\n")
        .expect("shows a file");
    let (file, _) = file.split_once("```").expect("ends");
    installation.write("guestlist.toml", file);
    let running = Running::start(installation, &[]);
    let held = running.sign_in();
    assert!(held.access.starts_with("eyJ"), "{}", held.access);
    let [list, rotate] = &typed_in(KEYS)[..] else {
        panic!("the guide has another number of commands");
    };
    let rows = || running.types(&list.line, &[]).lines().count() - 1;
    assert_eq!(rows(), 1);
    running.types(&rotate.line, &[]);
    assert_eq!(rows(), 2);
    assert!(running.opens(&held.access), "a rotation signs no user out");
}

#[test]
fn the_secret_is_changed_as_the_guide_says() {
    let [serve, lay_aside] = &typed_in(SECRETS)[..] else {
        panic!("the guide has another number of commands");
    };
    let running = Running::start(Installation::of_files(), &[]);
    let held = running.sign_in();
    let installation = running.stop();
    installation.types(&lay_aside.line).success();
    let server = Server::start(installation.folder(), &[]);
    let running = Running {
        installation,
        server,
    };
    assert!(
        running.opens(&held.access),
        "the previous secret still verifies it"
    );

    let [old, new] = ["old", "new"].map(|name| format!("the {name} secret, which is long enough"));
    let running = Running::start(Installation::of_files(), &[("SECRET_KEY", &old)]);
    let held = running.sign_in();
    let installation = running.stop();
    let line = serve
        .line
        .replace("guestlist serve", "exec guestlist serve \"$@\"");
    assert_ne!(line, serve.line);
    let mut shell = installation.shell(&format!("OLD='{old}'\nNEW='{new}'\n{line}"));
    shell.arg("sh");
    let server = Server::started_by(shell, &free_address(), installation.folder());
    let form = format!("grant_type=refresh_token&refresh_token={}", held.refresh);
    let answer = server.send(&format!("POST /api/v1/token HTTP/1.1\n{FORM}"), &form);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let log = log(installation.folder());
    assert!(
        log.contains("the previous secret key is still accepted"),
        "{log}"
    );
}
