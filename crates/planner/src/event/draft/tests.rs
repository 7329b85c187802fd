use guestlist::with_commas;

use super::*;
use crate::{FieldProblem, ProblemCode};

fn draft() -> EventDraft {
    EventDraft {
        title: "Tea".to_owned(),
        ..EventDraft::default()
    }
}

fn problems_of(change: impl FnOnce(&mut EventDraft)) -> Vec<FieldProblem> {
    let mut draft = draft();
    change(&mut draft);
    let read = draft.read(&Zone::utc());
    read.err().unwrap_or_default().problems
}

/// Returns the names of the fields and the words of the codes of all problems after that change.
fn problems(change: impl FnOnce(&mut EventDraft)) -> Vec<(String, &'static str)> {
    let problems = problems_of(change).into_iter();
    problems
        .map(|problem| (problem.field.to_string(), problem.code.as_str()))
        .collect()
}

fn one(field: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), code)]
}

#[test]
fn values_at_the_limits_are_accepted() {
    let long = problems(|fields| {
        // Lengths count characters, not bytes.
        fields.title = "ü".repeat(200);
        fields.description = "🎉".repeat(10_000);
        fields.image = Some(format!("https://example.com/{}", "x".repeat(1_980)));
        fields.tags = (0..20).map(|n| format!("{n:050}")).collect();
        fields.location = Some("x".repeat(500));
        fields.online_url = Some(format!("https://example.com/{}", "x".repeat(1_980)));
        fields.capacity = Some(100_000);
    });
    assert_eq!(long, []);
}

#[test]
fn values_over_the_limits_are_refused() {
    let long = |n: usize| "x".repeat(n);
    assert_eq!(problems(|f| f.title = long(201)), one("title", "too_long"));
    assert_eq!(
        problems(|f| f.description = long(10_001)),
        one("description", "too_long")
    );
    assert_eq!(
        problems(|f| f.image = Some(long(2_001))),
        one("image", "too_long")
    );
    assert_eq!(
        problems(|f| f.location = Some(long(501))),
        one("location", "too_long")
    );
    let url = format!("https://example.com/{}", long(1_981));
    assert_eq!(
        problems(|f| f.online_url = Some(url)),
        one("online_url", "too_long")
    );
    let tags = (0..21).map(|n| n.to_string()).collect();
    assert_eq!(problems(|f| f.tags = tags), one("tags", "too_long"));
    assert_eq!(
        problems(|f| f.tags = vec![long(51)]),
        one("tags/0", "too_long")
    );
    assert_eq!(
        problems(|f| f.capacity = Some(0)),
        one("capacity", "out_of_range")
    );
    assert_eq!(
        problems(|f| f.capacity = Some(100_001)),
        one("capacity", "out_of_range")
    );
}

fn address(length: usize) -> Option<String> {
    let start = "https://example.com/";
    Some(format!("{start}{}", "x".repeat(length - start.len())))
}

/// A value at the limit is accepted, and a problem names the limit.
#[test]
fn each_problem_names_the_limit_of_its_field() {
    type Change = fn(&mut EventDraft, usize);
    let limits: [(usize, Change); 6] = [
        (200, |f, n| f.title = "x".repeat(n)),
        (10_000, |f, n| f.description = "x".repeat(n)),
        (2_000, |f, n| f.image = address(n)),
        (500, |f, n| f.location = Some("x".repeat(n))),
        (2_000, |f, n| f.online_url = address(n)),
        (EventFields::MOST_TAG, |f, n| f.tags = vec!["x".repeat(n)]),
    ];
    let codes = |change: &dyn Fn(&mut EventDraft)| {
        let problems = problems_of(change).into_iter();
        problems.map(|problem| problem.code).collect::<Vec<_>>()
    };
    for (most, change) in limits {
        assert_eq!(codes(&|f| change(f, most)), []);
        let refused = codes(&|f| change(f, most + 1));
        assert_eq!(refused, [ProblemCode::TooLong { most }]);
    }
    let most = EventFields::MOST_TAGS;
    let tags = |count: usize| (0..count).map(|number| number.to_string()).collect();
    assert_eq!(codes(&|f| f.tags = tags(most)), []);
    let refused = codes(&|f| f.tags = tags(most + 1));
    assert_eq!(refused, [ProblemCode::TooManyTags { most }]);
    let (least, most) = (*EventFields::CAPACITY.start(), *EventFields::CAPACITY.end());
    for (places, is_refused) in [
        (least - 1, true),
        (least, false),
        (most, false),
        (most + 1, true),
    ] {
        let refused = codes(&|f| f.capacity = Some(places));
        assert_eq!(refused == [ProblemCode::OutOfRange], is_refused, "{places}");
    }
    let in_words = format!("from {least} to {}", with_commas(most.into()));
    assert_eq!(EventFields::CAPACITY_IN_WORDS, in_words);
}

#[test]
fn too_many_tags_hide_no_problem_of_a_single_tag() {
    let mut tags: Vec<_> = (0..22).map(|number| number.to_string()).collect();
    tags[3] = String::new();
    tags[21] = "x".repeat(51);
    let told = [
        one("tags", "too_long"),
        one("tags/3", "required"),
        one("tags/21", "too_long"),
    ];
    assert_eq!(problems(|f| f.tags = tags.clone()), told.concat());
    // A list of thousands of problems would be useless.
    tags = vec![String::new(); 5_000];
    assert_eq!(problems(|f| f.tags = tags).len(), 100);
}

#[test]
fn a_blank_tag_is_no_duplicate() {
    let tags = vec![String::new(), "tea".to_owned(), String::new()];
    let told = [one("tags/0", "required"), one("tags/2", "required")];
    assert_eq!(problems(|f| f.tags = tags), told.concat());
}

#[test]
fn a_blank_title_is_refused() {
    for title in ["", "  ", "\u{3000}"] {
        assert_eq!(
            problems(|f| f.title = title.to_owned()),
            one("title", "required")
        );
    }
}

#[test]
fn blank_and_repeated_tags_are_refused() {
    let tags = |tags: &[&str]| tags.iter().copied().map(str::to_owned).collect();
    assert_eq!(problems(|f| f.tags = tags(&["a", "A"])), []);
    assert_eq!(
        problems(|f| f.tags = tags(&["a", ""])),
        one("tags/1", "required")
    );
    assert_eq!(
        problems(|f| f.tags = tags(&["a", "b", "a"])),
        one("tags/2", "duplicate")
    );
}

#[test]
fn control_characters_are_refused() {
    for text in ["a\0", "\u{7f}", "\u{85}", "a\u{1f}b"] {
        let text = || text.to_owned();
        assert_eq!(
            problems(|f| f.description = text()),
            one("description", "control_character")
        );
        assert_eq!(
            problems(|f| f.location = Some(text())),
            one("location", "control_character")
        );
        assert_eq!(
            problems(|f| f.image = Some(text())),
            one("image", "control_character")
        );
        assert_eq!(
            problems(|f| f.tags = vec![text()]),
            one("tags/0", "control_character")
        );
        assert_eq!(
            problems(|f| f.title = format!("a{}", text())),
            one("title", "control_character")
        );
    }
    assert_eq!(problems(|f| f.description = "a\r\n\tb".to_owned()), []);
    assert_eq!(
        problems(|f| f.title = "a\nb".to_owned()),
        one("title", "control_character")
    );
}

/// UAX #9 and UTS #39, in every text.
#[test]
fn invisible_characters_are_refused_unless_a_language_needs_them() {
    for text in [
        "a\u{202e}b",
        "\u{2066}a",
        "a\u{200b}",
        "\u{feff}a",
        "a\u{fe0f}",
    ] {
        let text = || text.to_owned();
        let unseen = |field| one(field, "unseen_character");
        assert_eq!(problems(|f| f.title = text()), unseen("title"));
        assert_eq!(problems(|f| f.description = text()), unseen("description"));
        assert_eq!(problems(|f| f.image = Some(text())), unseen("image"));
        assert_eq!(problems(|f| f.location = Some(text())), unseen("location"));
        assert_eq!(problems(|f| f.tags = vec![text()]), unseen("tags/0"));
        let url = format!("https://example.com/{}", text());
        assert_eq!(problems(|f| f.online_url = Some(url)), unseen("online_url"));
    }
    for text in [
        "👩\u{200d}🚀",
        "می\u{200c}خواهم",
        "❤\u{fe0f}",
        "שלום\u{200f}!",
    ] {
        assert_eq!(problems(|f| f.title = text.to_owned()), []);
        assert_eq!(problems(|f| f.tags = vec![text.to_owned()]), []);
    }
    // A text of blank characters counts as blank.
    let blank = "\u{2800}\u{a0}".to_owned();
    assert_eq!(
        problems(|f| f.title = blank.clone()),
        one("title", "required")
    );
    assert_eq!(
        problems(|f| f.tags = vec![blank]),
        one("tags/0", "required")
    );
    assert_eq!(
        problems(|f| f.location = Some("a\u{2028}b".to_owned())),
        one("location", "control_character")
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let all = problems(|fields| {
        fields.title = String::new();
        fields.tags = vec![String::new()];
        fields.online_url = Some("javascript:alert(1)".to_owned());
        fields.capacity = Some(0);
    });
    let fields: Vec<_> = all.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["title", "tags/0", "online_url", "capacity"]);
}

#[test]
fn an_empty_text_becomes_none() {
    let mut empty = draft();
    empty.image = Some(String::new());
    empty.location = Some(String::new());
    empty.online_url = Some(String::new());
    let expected = EventFields {
        title: "Tea".to_owned(),
        description: String::new(),
        image: None,
        tags: vec![],
        location: None,
        online_url: None,
        when: When::UNDECIDED,
        capacity: None,
        visibility: Visibility::Public,
    };
    assert_eq!(empty.read(&Zone::utc()), Ok(expected));
}

#[test]
fn an_image_is_a_web_address_unless_the_draft_accepts_any_text() {
    let image = |text: &str, image_rule| {
        problems(|f| {
            f.image = Some(text.to_owned());
            f.image_rule = image_rule;
        })
    };
    for text in ["javascript:alert(1)", "tea.jpg", " https://example.com/a"] {
        assert_eq!(image(text, ImageRule::WebAddress), one("image", "invalid"));
        assert_eq!(image(text, ImageRule::AnyText), []);
    }
    // One problem of an image is enough.
    let long = "x".repeat(2_001);
    for image_rule in [ImageRule::WebAddress, ImageRule::AnyText] {
        assert_eq!(image(&long, image_rule), one("image", "too_long"));
        assert_eq!(image("https://example.com/a", image_rule), []);
    }
}

#[test]
fn a_visibility_is_read_by_its_word() {
    let read = |word: Option<&str>| {
        let mut draft = draft();
        draft.visibility = word.map(str::to_owned);
        let fields = draft.read(&Zone::utc()).map(|fields| fields.visibility);
        fields.map_err(|invalid| invalid.problems[0].code.clone())
    };
    assert_eq!(read(None), Ok(Visibility::Public));
    assert_eq!(read(Some("unlisted")), Ok(Visibility::Unlisted));
    for word in ["", "Public", "secret"] {
        assert_eq!(read(Some(word)), Err(ProblemCode::UnknownVisibility));
    }
}

#[test]
fn problems_name_tags_by_their_places_in_the_draft() {
    let tags = ["cafe\u{301}", "caf\u{e9}", ""].map(str::to_owned);
    assert_eq!(
        problems(|f| f.tags = tags.to_vec()),
        one("tags/2", "required")
    );
    let mut two = draft();
    two.tags = tags[..2].to_vec();
    let read = two.read(&Zone::utc()).expect("is valid");
    assert_eq!(read.tags, ["caf\u{e9}"], "they are one tag");
}
