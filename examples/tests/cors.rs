//! Two copies of the same routes: another origin may read one of them, and not the other.

use super::program::Program;

const PAGE: &str = "Origin: http://localhost:9000";
const ALLOWED: &str = "access-control-allow-origin: http://localhost:9000\r\n";

#[test]
fn the_listed_page_may_read_only_the_routes_with_cors() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let program = Program::start(env!("CARGO_BIN_EXE_cors"), folder.path());
    let send = |head: &str| program.send(head, "application/json", "{\"hello\":\"world\"}");
    for method in ["GET", "POST"] {
        let with = send(&format!("{method} /with HTTP/1.1\r\n{PAGE}"));
        assert!(
            with.starts_with("HTTP/1.1 200") && with.contains(ALLOWED),
            "{with}"
        );
        let without = send(&format!("{method} /without HTTP/1.1\r\n{PAGE}"));
        assert!(without.starts_with("HTTP/1.1 200"), "{without}");
        assert!(!without.contains("access-control"), "{without}");
        let other = send(&format!(
            "{method} /with HTTP/1.1\r\nOrigin: http://localhost:9001"
        ));
        assert!(!other.contains("access-control-allow-origin"), "{other}");
        assert!(other.contains("vary: origin"), "{other}");
    }
    let preflight = |path: &str| {
        let wish = "Access-Control-Request-Method: POST";
        send(&format!("OPTIONS {path} HTTP/1.1\r\n{PAGE}\r\n{wish}"))
    };
    assert!(preflight("/with").contains(ALLOWED));
    assert!(preflight("/without").starts_with("HTTP/1.1 405"));
}
