//! The documents that show these examples: their code is the code here, and their commands work.

use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

use super::program::Program;

const NOTEBOOK: &str = include_str!("../notebook.rs");

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect(name)
}

/// The code between `// region: NAME` and `// end region`, by name, without its indentation.
fn regions(source: &str) -> BTreeMap<&str, String> {
    let parts = source.split("// region: ").skip(1);
    let regions = parts.map(|part| {
        let (name, code) = part.split_once('\n').expect("has a name");
        let (code, _) = code.split_once("// end region").expect("ends");
        let lines = || code.trim_end().lines();
        let indentation = |line: &str| line.len() - line.trim_start().len();
        let least = lines().filter(|line| !line.is_empty()).map(indentation);
        let least = least.min().unwrap_or_default();
        let code = lines().map(|line| format!("{}\n", line.get(least..).unwrap_or_default()));
        (name, code.collect())
    });
    regions.collect()
}

/// `UPDATE_DOCUMENTS=1` writes the code into the document.
#[test]
fn docs_library_shows_every_region_of_the_notebook() {
    let name = "docs/library.md";
    let text = document(name);
    let mut regions = regions(NOTEBOOK);
    assert!(regions.len() > 5, "{regions:?}");
    let mut parts = text.split("<!-- examples/notebook.rs: ");
    let mut expected = parts.next().expect("begins").to_owned();
    for part in parts {
        let (region, rest) = part.split_once(" -->\n```rust\n").expect("shows Rust");
        let (_, rest) = rest.split_once("```").expect("ends");
        let code = regions.remove(region).expect(region);
        expected += &format!("<!-- examples/notebook.rs: {region} -->\n```rust\n{code}```{rest}");
    }
    assert!(regions.is_empty(), "not in {name}: {:?}", regions.keys());
    if env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(root().join(name), &expected).expect("writes");
    } else {
        assert_eq!(text, expected, "UPDATE_DOCUMENTS=1 writes {name}");
    }
}

/// The lines of a section that begin with `$ curl` or set a variable by curl, each with those that continue it.
fn curl_lines(section: &str) -> Vec<String> {
    let section = section.replace("\\\n", "");
    let commands = section.lines().filter_map(|line| line.strip_prefix("$ "));
    let commands = commands.filter(|line| line.contains("curl "));
    commands.map(str::to_owned).collect()
}

fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, section) = document
        .split_once(&format!("\n## {heading}\n"))
        .expect(heading);
    section.split("\n## ").next().unwrap_or_default()
}

/// What a shell prints that runs these lines against that program, which listens elsewhere than in the document.
fn run(lines: &[String], program: &Program) -> String {
    let script = lines.join("\n");
    let script = script.replace("127.0.0.1:3000", &program.address());
    let script = script.replace("curl ", "curl -sS --fail ");
    let ran = Command::new("sh").args(["-e", "-c", &script]).output();
    let ran = ran.expect("runs a shell");
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{script}\n{error}");
    String::from_utf8(ran.stdout).expect("is text")
}

fn has_curl() -> bool {
    let has = Command::new("curl").arg("--version").output().is_ok();
    let is_ci = env::var("CI").as_deref() == Ok("true");
    assert!(has || !is_ci, "curl is not there");
    #[expect(
        clippy::print_stderr,
        reason = "the output of the tests names what was skipped"
    )]
    if !has {
        eprintln!("skipped: curl is not there");
    }
    has
}

#[test]
fn the_curl_lines_of_docs_library_sign_up_sign_in_and_call_the_notebook() {
    if !has_curl() {
        return;
    }
    let folder = tempfile::tempdir().expect("creates a folder");
    let program = Program::start(env!("CARGO_BIN_EXE_notebook"), folder.path());
    let text = document("docs/library.md");
    let lines = curl_lines(section(&text, "Addresses"));
    assert!(lines.len() > 3, "{lines:?}");
    let printed = run(&lines, &program);
    assert!(
        printed.contains(r#""email":"ada@example.com""#),
        "{printed}"
    );
    assert!(printed.ends_with("[]"), "{printed}");
}

#[test]
fn the_curl_lines_of_the_readme_sign_up_sign_in_and_call_the_fifteen_lines() {
    if !has_curl() {
        return;
    }
    let folder = tempfile::tempdir().expect("creates a folder");
    let program = Program::start(env!("CARGO_BIN_EXE_fifteen_lines"), folder.path());
    let text = document("README.md");
    let lines = curl_lines(section(&text, "The library in fifteen lines"));
    let [sign_up, sign_in, hello] = &lines[..] else {
        panic!("{lines:?}")
    };
    run(std::slice::from_ref(sign_up), &program);
    let signed_in = run(std::slice::from_ref(sign_in), &program);
    let (_, token) = signed_in
        .split_once(r#""access_token":""#)
        .expect("has a token");
    let token = token.split('"').next().unwrap_or_default();
    let said = run(&[format!("TOKEN={token}"), hello.clone()], &program);
    assert_eq!(said, "Hello, ada@example.com!");
}
