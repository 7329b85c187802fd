use std::env;

/// The URL of a database server that a test needs, out of that environment variable, such as `TEST_POSTGRES_URL`; `scripts/services` starts
/// the servers and says where they are. Without it the test says that it is skipped.
///
/// # Panics
/// Without it under `CI=true`, where nothing may be skipped.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told")]
pub fn service(variable: &str) -> Option<String> {
    let url = env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        let ci = env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !ci,
            "{variable} is not set: `scripts/services up` starts what it names"
        );
        println!("skipped: {variable} is not set (scripts/services up)");
    }
    url
}
