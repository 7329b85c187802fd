//! Describes a client by its `User-Agent` (RFC 9110, section 10.1.5) in words for users. The client
//! chooses this text: it helps users to recognise their own devices, and it is not evidence of
//! anything.

/// The most characters of a program's name.
const MAX_NAME: usize = 40;

/// Parts of a browser's text, in the order in which to look for them: most browsers also claim to
/// be the ones below.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// The same for systems: Android also says Linux, and an iPhone says it is like a Mac.
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Returns words such as `Firefox on Windows` or `curl`, or `None` if no part of the text is known.
pub fn device_in_words(user_agent: &str) -> Option<String> {
    let known = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        let found = names.find(|(part, _)| user_agent.contains(part));
        found.map(|(_, name)| *name)
    };
    let program = known(&BROWSERS).or_else(|| product(user_agent));
    match (program, known(&SYSTEMS)) {
        (Some(program), Some(system)) => Some(format!("{program} on {system}")),
        (Some(program), None) => Some(program.to_owned()),
        (None, Some(system)) => Some(format!("A browser on {system}")),
        (None, None) => None,
    }
}

/// Returns the name of the product at the start of the header. `None` if the header starts with no
/// product, or with `Mozilla`: every browser sends that name.
fn product(user_agent: &str) -> Option<&str> {
    let name = user_agent.split(['/', ' ']).next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let is_name = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain);
    (is_name && name != "Mozilla").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_clients_get_their_usual_names() {
        for (user_agent, words) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
                "Firefox on iPad",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
                "A browser on Windows",
            ),
            (
                "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)",
                "Dalvik on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32.3", "python-requests"),
            ("guestlist-backup", "guestlist-backup"),
        ] {
            assert_eq!(
                device_in_words(user_agent).as_deref(),
                Some(words),
                "{user_agent}"
            );
        }
    }

    #[test]
    fn an_unknown_user_agent_gets_no_words() {
        let long = "x".repeat(MAX_NAME + 1);
        for user_agent in [
            "",
            " ",
            "Mozilla/5.0",
            "<script>alert(1)</script>",
            "\"\"/1",
            &long,
        ] {
            assert_eq!(device_in_words(user_agent), None, "{user_agent}");
        }
    }
}
