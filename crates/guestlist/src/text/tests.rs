use proptest::prelude::*;

use super::*;

#[test]
fn characters_that_languages_and_emoji_need_are_accepted() {
    for text in [
        "",
        "Ada Lovelace",
        "Зоя O'Neill 太郎 Zoe\u{301}",
        // Persian and Kurdish; a single letter in its joined form.
        "علی\u{200c}رضا می\u{200c}خواهم",
        "ه\u{200d}",
        // Hindi, Sinhala, and Malayalam, whose words may end in a joiner.
        "क्\u{200d}ष क्\u{200c}ष",
        "ශ්\u{200d}රී",
        "അവന്\u{200d}",
        "👩\u{200d}🚀 👨\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈 👩🏽\u{200d}🚀 🙂\u{200d}↔\u{fe0f}",
        "❤\u{fe0f} ☎\u{fe0e} 1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} ‼\u{fe0f} ℹ\u{fe0f} ©\u{fe0f} ↔\u{fe0f}",
        "❤\u{fe0f}\u{200d}🔥 👁\u{fe0f}\u{200d}🗨\u{fe0f}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "葛\u{e0100}城 芦\u{fe00}",
        "ᠠ\u{180b}ᠪ ᠰᠠᠷᠠ\u{180e}ᠶ",
        "שלום (C++)\u{200f}!",
        "السعر \u{200e}10\u{200e} ريال\u{61c}",
        "\u{1112}\u{1160}\u{11ab} \u{115f}\u{1161}",
        "ל\u{5b7}\u{34f}\u{5b4}ם",
        "🇺🇸 👍🏿 田中さん الكل בְּרֵאשִׁית",
    ] {
        assert_eq!(find_unseen(text), None, "{text:?}");
        assert_eq!(without_unseen(text), text);
    }
}

#[test]
fn direction_changes_and_invisible_characters_are_refused_with_their_position() {
    let turning = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let hiding = [
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{180b}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{2060}',
        '\u{2061}',
        '\u{206f}',
        '\u{3164}',
        '\u{fe00}',
        '\u{fe0e}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{1bca0}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e007f}',
        '\u{e0100}',
        '\u{e0fff}',
    ];
    for character in turning.chain(hiding) {
        let text = format!("Ada{character}Lovelace");
        let found = Unseen {
            character,
            place: 4,
        };
        assert_eq!(find_unseen(&text), Some(found), "{character:?}");
        assert_eq!(without_unseen(&text), "AdaLovelace", "{character:?}");
        assert!(is_blank(&format!(" {character}")), "{character:?}");
    }
    // Direction changes are refused in every script.
    for text in ["שלום\u{202e}", "\u{2067}سلام\u{2069}"] {
        assert!(find_unseen(text).is_some(), "{text:?}");
    }
    let said = find_unseen("ab\u{202e}").map(|found| found.to_string());
    let expected = "U+202E at character 3, which is invisible";
    assert_eq!(said.as_deref(), Some(expected));
}

#[test]
fn characters_for_languages_and_emoji_are_refused_in_other_places() {
    for (text, without) in [
        ("\u{200d}👩", "👩"),
        ("👩\u{200d}", "👩"),
        ("👩\u{200d}a", "👩a"),
        ("👩\u{200d}\u{200d}🚀", "👩\u{200d}🚀"),
        ("علی\u{200c}", "علی"),
        ("علی\u{200c}\u{200c}رضا", "علی\u{200c}رضا"),
        ("Д\u{200d}а ά\u{200c}ά", "Да άά"),
        ("a\u{fe0f}!\u{fe0f}1\u{fe0f}+\u{fe0f}", "a!1+"),
        ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}"),
        // A flag without an end, one without tags, and one with hidden capital letters.
        ("🏴\u{e0067}\u{e0062}", "🏴"),
        ("🏴\u{e007f}", "🏴"),
        ("🏴\u{e0047}\u{e0042}\u{e007f}", "🏴"),
        ("a\u{e0067}\u{e0062}\u{e007f}", "a"),
        ("葛\u{e0100}\u{e0101}", "葛\u{e0100}"),
        ("b\u{34f}\u{301}", "b\u{301}"),
    ] {
        assert!(find_unseen(text).is_some(), "{text:?}");
        assert_eq!(without_unseen(text), without, "{text:?}");
    }
}

#[test]
fn an_invisible_text_is_blank() {
    for text in [
        "",
        " \t\n",
        "\u{3000}\u{a0}",
        "\u{2800}",
        "\u{3164}",
        "\u{200b}\u{feff}",
    ] {
        assert!(is_blank(text), "{text:?}");
    }
    for text in ["a", ".", "👩", "\u{301}", " ⠁ ", "\u{fffd}"] {
        assert!(!is_blank(text), "{text:?}");
    }
}

fn mixed() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "a",
        "1",
        "ع",
        "ا",
        "क",
        "\u{94d}",
        "👩",
        "🚀",
        "❤",
        "🏴",
        "葛",
        "ᠠ",
        "\u{301}",
        "\u{20e3}",
        "\u{34f}",
        "\u{200b}",
        "\u{200c}",
        "\u{200d}",
        "\u{200e}",
        "\u{202e}",
        "\u{2066}",
        "\u{fe0f}",
        "\u{fe00}",
        "\u{e0067}",
        "\u{e0031}",
        "\u{e007f}",
        "\u{e0100}",
        "\u{180b}",
        "\u{180e}",
        "\u{1160}",
        "\u{115f}",
        "\u{1100}",
        "\u{1161}",
    ]);
    prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn removing_keeps_all_visible_characters_and_leaves_an_accepted_text(text in mixed()) {
        let left = without_unseen(&text);
        prop_assert_eq!(find_unseen(&left), None);
        prop_assert_eq!(find_unseen(&text).is_none(), left == text.as_str());
        let seen = |text: &str| text.chars().filter(|c| !is_unseen(*c)).collect::<String>();
        prop_assert_eq!(seen(&left), seen(&text));
    }
}

#[test]
fn numbers_have_a_comma_before_each_three_digits() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (100_000, "100,000"),
        (1_234_567, "1,234,567"),
    ] {
        assert_eq!(with_commas(number), text);
    }
}

#[test]
fn one_thing_is_counted_in_the_singular() {
    for (number, text) in [(0_u32, "0 events"), (1, "1 event"), (2, "2 events")] {
        assert_eq!(counted(number, "event"), text);
    }
}
