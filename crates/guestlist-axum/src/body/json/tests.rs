use std::collections::HashMap;

use serde::Deserialize;

use super::*;
use crate::FieldError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    email: String,
    #[serde(default)]
    tags: Vec<String>,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    Unchecked::parse(body)?.check(|value, _| Some(value))
}

fn error<T: DeserializeOwned>(body: &[u8]) -> JsonError {
    read::<T>(body).map(drop).expect_err("is refused")
}

/// The pointers and codes of all mistakes.
fn mistakes<T: DeserializeOwned>(body: &str) -> Vec<(String, String)> {
    let JsonError::Data(errors) = error::<T>(body.as_bytes()) else {
        panic!("{body}");
    };
    for error in &errors {
        let repeats = error.detail.contains("secret") || error.detail.ends_with("42");
        assert!(!repeats, "{body}: {}", error.detail);
    }
    let pair = |error: FieldError| (error.pointer, error.code.into_owned());
    errors.into_iter().map(pair).collect()
}

fn assert_mistakes<T: DeserializeOwned>(body: &str, expected: &[(&str, &str)]) {
    let found = mistakes::<T>(body);
    let found: Vec<_> = found
        .iter()
        .map(|(pointer, code)| (pointer.as_str(), code.as_str()))
        .collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn text_that_is_not_json_is_a_syntax_error() {
    let deep = "[".repeat(100_000);
    for body in [
        &b" "[..],
        b"{",
        b"{\"email\":\"a\"}x",
        b"{\"email\":\"a\"}{}",
        b"\xef\xbb\xbf{\"email\":\"a\"}",
        b"{\"email\":\"\xc0\x80\"}",
        b"{\"email\":\"\xed\xa0\x80\"}",
        b"{\"email\":\"\xff\"}",
        b"{\"email\":\"\\ud800\"}",
        b"{'email':'a'}",
        b"{\"email\":\"a\",}",
        b"{\"email\":NaN}",
        b"{\"email\":\"a\" /* x */}",
        b"{\"email\":1e400}",
        b"{\"email\":\"a\nb\"}",
        deep.as_bytes(),
    ] {
        let error = error::<Body>(body);
        assert!(matches!(error, JsonError::Syntax { .. }), "{error:?}");
    }
    assert!(matches!(error::<Body>(b""), JsonError::Missing));
}

#[test]
fn json_of_another_shape_is_refused_with_a_pointer_and_without_the_value() {
    for (body, pointer, code) in [
        (r#"{"email":42}"#, "/email", "type"),
        (r#"{"email":null}"#, "/email", "type"),
        (r#"{"email":{"$gt":""}}"#, "/email", "type"),
        (r#"{"email":"a","tags":["b",7]}"#, "/tags/1", "type"),
        (r#"{"email":"a","email":"b"}"#, "/email", "duplicate"),
        (r#"{"\u0065mail":"a","email":"b"}"#, "/email", "duplicate"),
        (r#"{"tags":[]}"#, "/email", "required"),
        (r#"{"email":"a","admin":true}"#, "/admin", "unknown"),
        ("\"secret\"", "", "type"),
        ("[]", "", "type"),
        ("[\"a\"]", "", "type"),
        (" null", "", "type"),
        ("123456789012345678901234567890", "", "type"),
    ] {
        assert_mistakes::<Body>(body, &[(pointer, code)]);
    }
}

#[test]
fn all_mistakes_are_reported_in_the_order_of_the_members() {
    let everything = r#"{"x":1,"tags":["secret",7,null],"y/~":2,"tags":[],"email":42}"#;
    assert_mistakes::<Body>(
        everything,
        &[
            ("/email", "type"),
            ("/tags", "duplicate"),
            ("/tags/1", "type"),
            ("/tags/2", "type"),
            ("/x", "unknown"),
            ("/y~1~0", "unknown"),
        ],
    );
    assert_mistakes::<Body>(
        r#"{"tags":"secret","x":1}"#,
        &[("/email", "required"), ("/tags", "type"), ("/x", "unknown")],
    );
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Numbers {
    small: u8,
    signed: i16,
    large: u64,
    ratio: f64,
    is_set: bool,
    letter: char,
    none: Option<u32>,
    pair: Option<(u8, u8)>,
    map: HashMap<String, u8>,
}

#[test]
fn values_are_read_as_serde_json_reads_them() {
    let body = r#"{"small":255,"signed":-3,"large":18446744073709551615,"ratio":2,"is_set":true,"letter":"é",
        "none":null,"pair":[1,2],"map":{"a":1},"unasked":[{"deep":null}]}"#;
    let ours: Numbers = read(body.as_bytes()).expect("is read");
    assert_eq!(ours, serde_json::from_str(body).expect("is read"));
    assert_mistakes::<Numbers>(
        r#"{"small":256,"signed":40000,"large":-1,"ratio":"2","is_set":1,"letter":"ab","none":1.5,"map":{"a":-1}}"#,
        &[
            ("/small", "type"),
            ("/signed", "type"),
            ("/large", "type"),
            ("/ratio", "type"),
            ("/is_set", "type"),
            ("/letter", "type"),
            ("/none", "type"),
            ("/map/a", "type"),
        ],
    );
    // A tuple that is too short ends the reading, and the other mistakes are still reported.
    assert_mistakes::<Numbers>(
        r#"{"small":-1,"pair":[1],"map":{"a":300}}"#,
        &[("/small", "type"), ("/pair", "type"), ("/map/a", "type")],
    );
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle(u8),
    Square { side: u8 },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Even(usize);

impl TryFrom<String> for Even {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_even = text.len().is_multiple_of(2);
        is_even
            .then_some(Self(text.len()))
            .ok_or("expected an even length")
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Inner {
    one: String,
    two: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Outer {
    shape: Shape,
    even: Option<Even>,
    inner: Inner,
    list: Vec<Inner>,
    any: serde_json::Value,
}

#[test]
fn enums_nested_structs_and_lists_are_read() {
    let body = r#"{"shape":"point","even":"ab","inner":{"one":"1","two":"2"},"list":[],"any":{"a":[1,-2,"b",null,true,0.5]}}"#;
    let ours: Outer = read(body.as_bytes()).expect("is read");
    assert_eq!(ours, serde_json::from_str(body).expect("is read"));
    for shape in [
        r#""point""#,
        r#"{"point":null}"#,
        r#"{"circle":4}"#,
        r#"{"square":{"side":4}}"#,
    ] {
        let body = body.replace("\"point\"", shape);
        let ours: Outer = read(body.as_bytes()).expect("is read");
        assert_eq!(ours, serde_json::from_str(&body).expect("is read"));
    }
    assert_mistakes::<Outer>(
        r#"{"even":"abc","inner":7,"list":[{"one":"1"},8]}"#,
        &[
            ("/shape", "required"),
            ("/even", "type"),
            ("/inner", "type"),
            ("/list/0/two", "required"),
            ("/list/1", "type"),
            ("/any", "required"),
        ],
    );
    assert_mistakes::<Outer>(
        "{}",
        &[
            ("/shape", "required"),
            ("/inner", "required"),
            ("/list", "required"),
            ("/any", "required"),
        ],
    );
}

#[test]
fn a_body_full_of_mistakes_is_refused_quickly_with_a_short_list() {
    let began = tokio::time::Instant::now();
    let list = vec!["{}"; 20_000].join(",");
    let body = format!(r#"{{"shape":"point","inner":{{}},"list":[{list}],"any":1}}"#);
    let errors = mistakes::<Outer>(&body);
    assert!(errors.len() <= 101, "{}", errors.len());
    let numbers = vec!["7"; 30_000].join(",");
    let errors = mistakes::<Body>(&format!(r#"{{"tags":[{numbers}]}}"#));
    assert!(errors.len() <= 101, "{}", errors.len());
    let unknown: Vec<_> = (0..5_000).map(|number| format!("\"{number}\":0")).collect();
    let errors = mistakes::<Body>(&format!("{{{}}}", unknown.join(",")));
    assert!(errors.len() <= 101, "{}", errors.len());
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_check_adds_its_mistakes_except_those_about_made_up_values() {
    let check = |body: &str| {
        let unchecked = Unchecked::<Body>::parse(body.as_bytes()).expect("is an object");
        unchecked.check(|body, mistakes| {
            if body.tags.is_empty() {
                mistakes.add([FieldError::new("/tags", "required", "")]);
            }
            if body.email.is_empty() {
                mistakes.add([FieldError::new("/email", "required", "")]);
            }
            Some(body)
        })
    };
    let codes = |body: &str| match check(body) {
        Err(JsonError::Data(errors)) => errors
            .iter()
            .map(|error| format!("{} {}", error.pointer, error.code))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        codes(r#"{"email":42,"tags":[]}"#),
        ["/email type", "/tags required"]
    );
    assert_eq!(
        codes(r#"{"email":"","tags":[7]}"#),
        ["/email required", "/tags/0 type"]
    );
    assert_eq!(
        codes(r#"{"email":"","tags":[]}"#),
        ["/email required", "/tags required"]
    );
    assert!(check(r#"{"email":"a","tags":["b"]}"#).is_ok());
}
