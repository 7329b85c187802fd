//! The library in fifteen lines: counts the lines, and runs the program.

use super::program::Program;

const SOURCE: &str = include_str!("../fifteen_lines.rs");

#[test]
fn there_are_no_more_than_fifteen_lines_of_code_between_the_braces_of_main() {
    let (_, main) = SOURCE.split_once("async fn main()").expect("has a main");
    let (_, body) = main.split_once("{\n").expect("begins");
    let (body, _) = body.split_once("\n}").expect("ends");
    let code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = body.lines().filter(code).count();
    assert!(lines <= 15, "{lines} lines");
}

#[test]
fn the_readme_shows_this_very_code() {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(SOURCE.trim()),
        "README.md shows something else"
    );
}

#[test]
fn the_program_signs_up_signs_in_and_protects_a_route() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let program = Program::start(env!("CARGO_BIN_EXE_fifteen_lines"), folder.path());
    let send = |head: &str, body: &str| program.send(head, "application/json", body);
    let credentials = r#"{"email":"ada@example.com","password":"exemplary"}"#;
    let signed_up = send("POST /users HTTP/1.1", credentials);
    assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
    let signed_in = send("POST /sessions HTTP/1.1", credentials);
    assert!(signed_in.starts_with("HTTP/1.1 201"), "{signed_in}");
    let (_, token) = signed_in
        .split_once("\"access_token\":\"")
        .expect("has a token");
    let (token, _) = token.split_once('"').expect("ends");
    let hello = send(
        &format!("GET /hello HTTP/1.1\r\nAuthorization: Bearer {token}"),
        "",
    );
    assert!(hello.ends_with("Hello, ada@example.com!"), "{hello}");
    for head in [
        "GET /hello HTTP/1.1",
        "GET /hello HTTP/1.1\r\nAuthorization: Bearer bad",
    ] {
        let refused = send(head, "");
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    }
}
