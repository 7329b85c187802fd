use std::time::Duration;

use super::{
    base_url::base_url,
    database_url::database_url,
    list::{hosts, networks},
    log::{log_format, log_level},
    number::{parse_seconds as seconds, parse_whole as whole},
    *,
};

#[test]
fn a_base_url_is_an_origin() {
    let cases = [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://Events.Example.org/", "https://events.example.org"),
        (
            "HTTPS://events.example.org:443",
            "https://events.example.org",
        ),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://[::1]", "http://[::1]"),
    ];
    for (text, expected) in cases {
        assert_eq!(base_url(text), Ok(expected.to_owned()), "{text:?}");
    }
}

#[test]
fn other_texts_are_not_base_urls() {
    let cases = [
        "",
        "/",
        "*",
        "example.org",
        "//example.org",
        "ftp://example.org",
        "http://",
        "http:///planner",
        "https://example.org/planner",
        "http://example.org?",
        "http://example.org#",
        "http://example.org/?a=b",
        "http://ada:pw@example.org",
        "http://example.org:",
        "http://example.org:0",
        "http://example.org:65536",
        "http://example.org:x",
        "http://exam ple.org",
        "http://exämple.org",
        "http://example.org/<b>",
        "http://[::1",
        "http://:80",
        " http://example.org",
        "http://example.org\n",
    ];
    for text in cases {
        let problem = base_url(text).expect_err(text).told("");
        assert!(!problem.contains("pw"), "{problem}");
    }
}

#[test]
fn the_default_base_url_works_in_a_browser() {
    let cases = [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:8080", "http://localhost:8080"),
        ("[::]:80", "http://localhost"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("[fe80::1%3]:8080", "http://[fe80::1]:8080"),
        ("[::ffff:10.0.0.1]:8080", "http://10.0.0.1:8080"),
    ];
    for (listen, expected) in cases {
        assert_eq!(base_url_of(listen.parse().expect(listen)), expected);
    }
}

#[test]
fn addresses_have_a_port() {
    assert!(address("127.0.0.1:8080").is_ok());
    assert!(address("[::1]:0").is_ok());
    for text in [
        "",
        "127.0.0.1",
        "8080",
        ":8080",
        "localhost:8080",
        "127.0.0.1:65536",
        "127.0.0.1:8080 ",
        "::1:8080x",
    ] {
        assert!(address(text).is_err(), "{text:?}");
    }
    assert_eq!(address_or_off(""), Ok(None));
    assert_eq!(address_or_off("off"), Ok(None));
    assert!(address_or_off("on").is_err());
}

#[test]
fn networks_are_read_in_one_canonical_form() {
    let cases: [(&str, &[&str]); 6] = [
        ("", &[]),
        ("10.0.0.0/8", &["10.0.0.0/8"]),
        (" 10.1.2.3/8 , ::1", &["10.0.0.0/8", "::1/128"]),
        ("192.0.2.1", &["192.0.2.1/32"]),
        ("::ffff:10.0.0.1", &["10.0.0.1/32"]),
        ("::ffff:10.0.0.0/104", &["10.0.0.0/8"]),
    ];
    for (text, expected) in cases {
        let read: Vec<String> = networks(text)
            .expect(text)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(read, expected, "{text:?}");
    }
    for text in [
        ",",
        "10.0.0.0/8,",
        "10.0.0.0/33",
        "10.0.0",
        "proxy",
        "10.0.0.1:80",
        "::1/129",
        "10.0.0.0/-1",
    ] {
        assert!(networks(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_name_is_a_short_line() {
    assert_eq!(name(" Ada's Parties "), Ok("Ada's Parties".to_owned()));
    assert!(name(&"ä".repeat(100)).is_ok());
    for text in ["", " ", "a\nb", "a\u{1b}[2Jb", &"ä".repeat(101)] {
        assert!(name(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_file_may_be_off() {
    assert_eq!(file_or_off("off"), Ok(None));
    assert_eq!(file_or_off(""), Ok(None));
    assert_eq!(file_or_off("./a"), Ok(Some(PathBuf::from("./a"))));
    assert!(file_or_off("a\0b").is_err());
}

#[test]
fn whole_numbers_stay_in_their_range() {
    assert_eq!(whole("0", 0..=300), Ok(0));
    assert_eq!(whole("300", 0..=300), Ok(300));
    for text in [
        "",
        "301",
        "-1",
        "+1",
        " 1",
        "1.0",
        "1e2",
        "٣",
        "99999999999999999999",
    ] {
        assert!(whole(text, 0..=300).is_err(), "{text:?}");
    }
}

#[test]
fn seconds_may_have_a_fraction() {
    for (text, milliseconds) in [
        ("0", 0),
        ("1", 1000),
        ("0.5", 500),
        ("1.0", 1000),
        (".25", 250),
    ] {
        assert_eq!(
            seconds(text, 0.0..=1.0),
            Ok(Duration::from_millis(milliseconds)),
            "{text:?}"
        );
    }
    for text in [
        "", ".", "1.01", "2", "-0.5", "+1", "NaN", "inf", "1e-1", "0,5", "1s",
    ] {
        assert!(seconds(text, 0.0..=1.0).is_err(), "{text:?}");
    }
}

#[test]
fn a_level_that_would_log_nothing_by_mistake_is_refused() {
    for text in [
        "info",
        "INFO",
        "off",
        "info,guestlist_server=debug",
        "warn,hyper::proto=trace",
        "info,a[b{c=1}]=debug",
    ] {
        assert_eq!(log_level(text).expect(text), text);
    }
    for text in [
        "",
        "inof",
        "guestlist_server",
        "info,",
        "info,hyper",
        "guestlist=loud",
        "a=b=c",
        "[",
        "info debug",
        "warn, hyper=trace",
        "info guestlist=debug",
        "info,guestlist-server=debug",
        "info,debug",
        "off,trace",
        "info,a=warn,a=debug",
        "0",
        "a=1",
        "warn,foo=",
        "=info",
        "info,[{x}]=debug",
        "info,[]=debug",
    ] {
        assert!(log_level(text).is_err(), "{text:?}");
    }
    let told = log_level("info,guestlist-server=debug").expect_err("has a -");
    let expected =
        "has the module \"guestlist-server\", but no module has a -; write guestlist_server";
    assert_eq!(told.told(""), expected);
}

#[test]
fn there_are_two_log_formats() {
    for text in ["text", "json"] {
        assert_eq!(
            log_format(text).map(|format| format.to_string()),
            Ok(text.to_owned())
        );
    }
    assert!(log_format("JSON").is_err());
}

#[test]
fn an_empty_text_is_no_secret_database_or_folder() {
    assert!(secret("").is_err());
    assert!(database_url("").is_err());
    assert!(folder("").is_err() && folder("a\0b").is_err());
    let problem = database_url("postgres://ada:pw\n@db").expect_err("control character");
    assert!(!problem.told("").contains("pw"));
}

#[test]
fn a_database_url_is_refused_in_quotes_with_spaces_and_with_variables() {
    for (text, found) in [
        (
            "\"postgres://ada:secret@db/x\"",
            "has quotes around it (postgres://ada:********@db/x); remove the quotes",
        ),
        ("'secret", "has quotes around it (********); remove"),
        (
            " POSTGRES://ada:secret@db/x",
            "begins or ends with a space (postgres://ada:********@db/x); remove the space",
        ),
        ("sqlite:x.db ", "begins or ends with a space (sqlite:x.db)"),
        (
            "postgres://ada:${DB_PASSWORD}@db/x",
            "contains ${DB_PASSWORD}, which is not replaced by a variable here; write the value itself",
        ),
        ("postgres://ada:a${secret@db/x", "contains ${…}"),
        ("postgres://ada:a${secret}@db/x", "contains ${…}"),
    ] {
        let told = database_url(text).expect_err(text).told("a URL");
        assert!(told.contains(found), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
    let url = database_url("POSTGRESQL://ada@db/x").expect("is a URL");
    assert_eq!(url.expose(), "postgresql://ada@db/x");
}

/// `guestlist config` refuses what a start refuses without a connection.
#[test]
fn a_database_url_is_checked_without_a_connection() {
    for (text, told) in [
        (
            "postgres://ada:hush@db:99999/x",
            "has the port \"99999\"; use a number from 1 to 65535, such as 5432",
        ),
        (
            "POSTGRES://ada:hush@db/x?mode=abc",
            "has the parameter \"mode\", which is not supported; leave it out",
        ),
        (
            "postgres:///x",
            "names no host; use postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        ),
        (
            "postgres://db/x?sslmode=allow",
            "has an sslmode that is not supported; use disable, prefer, require, verify-ca or verify-full",
        ),
        (
            "mongodb://ada:hush@db",
            "names no database: end its path with one, such as mongodb://HOST:27017/planner",
        ),
        (
            "sqlite:x.db?mode=abc",
            "has the parameter \"mode=abc\", which is not supported; use sqlite:x.db alone: the file is made if \
             it does not exist",
        ),
    ] {
        let problem = database_url(text).expect_err(text);
        assert_eq!(problem.told("a URL"), told);
    }
    let unreadable = database_url("mongodb://ada:hush@db:port/x").expect_err("has no port");
    let told = unreadable.told("a URL");
    assert!(
        told.starts_with("cannot be read as a URL of MongoDB: "),
        "{told}"
    );
    assert!(!told.contains("hush"), "{told}");
}

#[test]
fn an_unknown_log_level_is_told_with_the_known_ones() {
    for text in ["loud", "info,loud", "info,foo=loud", "info,a[b{c=1}]=loud"] {
        let told = log_level(text).expect_err(text).told("a level");
        assert_eq!(
            told, "has the unknown level \"loud\"; give a level",
            "{text}"
        );
    }
}

#[test]
fn an_item_that_is_wrong_is_named_with_what_is_right() {
    for (item, expected) in [
        (
            "https://a.example/x",
            "which is more than a host; write a.example",
        ),
        (
            "A.example:8080",
            "which is more than a host; write a.example",
        ),
        ("[::1]:8080", "which is more than a host; write [::1]"),
        (
            "\"a.example\"",
            "which is more than a host; write a.example",
        ),
        (
            "a.example; c.example",
            "which is more than one; give each alone: a.example, c.example",
        ),
        (
            "*.example.org",
            "which is not a host name or an IP address; give a form",
        ),
    ] {
        let told = hosts(&format!("b.example,{item}")).expect_err(item);
        let expected = format!("has the item {item:?}, {expected}");
        assert_eq!(told.told("a form"), expected);
    }
    for (item, expected) in [
        (
            "10.0.0.1:80",
            "which is more than an IP address; write 10.0.0.1",
        ),
        (
            "10.0.0.0/33",
            "whose prefix is not a number from 0 to 32; write 10.0.0.0/32 for this address alone",
        ),
        (
            "10.0.0.0/8 ::1",
            "which is more than one; give each alone: 10.0.0.0/8, ::1",
        ),
        (
            "10.0.0.0/255.0.0.0",
            "which has a mask in place of a prefix; write 10.0.0.0/8",
        ),
        (
            "proxy",
            "which is not an IP address or a network; give a form",
        ),
    ] {
        let told = networks(&format!("::1,{item}")).expect_err(item);
        let expected = format!("has the item {item:?}, {expected}");
        assert_eq!(told.told("a form"), expected);
    }
    for item in ["a..b", ".a", "."] {
        assert!(hosts(item).is_err(), "{item}");
    }
    assert!(hosts("a.example.").is_ok());
    let expected = "has an empty item; remove the comma before it or after it";
    assert_eq!(hosts("a.example,").expect_err("empty").told(""), expected);
    assert_eq!(networks(",::1").expect_err("empty").told(""), expected);
}

#[test]
fn a_list_with_semicolons_or_empty_items_is_refused_with_the_right_form() {
    type Parse = fn(&str) -> Result<(), Problem>;
    let each = |names: &str| format!("which is more than one; give each alone: {names}");
    let empty = "has an empty item; remove the comma before it or after it".to_owned();
    let of_schemes: Parse = |text| (SCHEMES.parse)(text).map(drop);
    let of_origins: Parse = |text| (ORIGINS.parse)(text).map(drop);
    let of_hosts: Parse = |text| hosts(text).map(drop);
    let of_levels: Parse = |text| log_level(text).map(drop);
    let cases = [
        (of_schemes, "argon2;bcrypt", each("argon2, bcrypt")),
        (of_schemes, "argon2,,bcrypt", empty.clone()),
        (of_schemes, "argon2,", empty.clone()),
        (
            of_origins,
            "https://a.example;https://b.example",
            each("https://a.example, https://b.example"),
        ),
        (of_origins, "https://a.example,", empty.clone()),
        (of_hosts, "localhost;db", each("localhost, db")),
        (
            of_levels,
            "info;guestlist_server=debug",
            "has a semicolon in \"info;guestlist_server=debug\"; write info,guestlist_server=debug"
                .to_owned(),
        ),
        (of_levels, "info,", empty),
    ];
    for (parse, text, expected) in cases {
        let told = parse(text).expect_err(text).told("a form");
        assert!(told.ends_with(&expected), "{told}");
    }
}

#[test]
fn a_host_outside_ascii_is_refused_with_its_ascii_form() {
    let written = "xn--mnchen-3ya.example";
    for (told, right) in [
        (
            base_url("https://m\u{fc}nchen.example/").map(drop),
            format!("https://{written}"),
        ),
        (
            base_url("http://M\u{dc}NCHEN.example:8080").map(drop),
            format!("http://{written}:8080"),
        ),
        (hosts("m\u{fc}nchen.example").map(drop), written.to_owned()),
        (
            hosts("https://m\u{fc}nchen.example:81/").map(drop),
            written.to_owned(),
        ),
        (
            (ORIGINS.parse)("https://m\u{fc}nchen.example:81").map(drop),
            format!("https://{written}:81"),
        ),
    ] {
        let told = told.expect_err(&right).told("a form");
        let expected = format!("whose host is not in its ASCII form; write {right}");
        assert!(told.ends_with(&expected), "{told}");
    }
}

#[test]
fn a_path_in_the_home_folder_is_refused_with_the_whole_path() {
    for (text, whole) in [
        ("~", "/home/NAME"),
        ("~/data", "/home/NAME/data"),
        ("~ada/x", "/home/ada/x"),
    ] {
        let expected =
            format!("is {text:?}, but ~ is not expanded; write the whole path, such as {whole}");
        assert_eq!(folder(text).expect_err(text).told(""), expected);
        assert_eq!(file_or_off(text).expect_err(text).told(""), expected);
    }
    for text in ["\"./data", "'./data"] {
        let told = folder(text).expect_err(text).told("");
        assert!(
            told.starts_with("has quotes around it (./data); remove"),
            "{told}"
        );
    }
    assert!(folder("./~").is_ok() && folder("data~").is_ok());
}

#[test]
fn a_time_zone_as_tz_spells_it_is_refused_with_its_name() {
    for text in [":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"] {
        let told = time_zone(text).expect_err(text).told("");
        let expected = format!("is {text:?}, which is a form of TZ; write Europe/Berlin");
        assert_eq!(told, expected);
    }
}
