use super::*;

fn fields() -> EventFields {
    EventFields {
        title: "Tea".to_owned(),
        description: String::new(),
        image: None,
        tags: vec![],
        location: None,
        online_url: None,
        when: When::UNDECIDED,
        capacity: None,
        visibility: Visibility::Public,
    }
}

/// Returns the field pointers and codes of all problems after that change.
fn problems(change: impl FnOnce(&mut EventFields)) -> Vec<(String, &'static str)> {
    let mut fields = fields();
    change(&mut fields);
    let problems = fields.check().err().unwrap_or_default().problems;
    problems
        .into_iter()
        .map(|problem| (problem.field, problem.code))
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
        fields.image = Some("/".repeat(2_000));
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
    assert_eq!(problems(|f| f.title = long(201)), one("/title", "too_long"));
    assert_eq!(
        problems(|f| f.description = long(10_001)),
        one("/description", "too_long")
    );
    assert_eq!(
        problems(|f| f.image = Some(long(2_001))),
        one("/image", "too_long")
    );
    assert_eq!(
        problems(|f| f.location = Some(long(501))),
        one("/location", "too_long")
    );
    let url = format!("https://example.com/{}", long(1_981));
    assert_eq!(
        problems(|f| f.online_url = Some(url)),
        one("/online_url", "too_long")
    );
    let tags = (0..21).map(|n| n.to_string()).collect();
    assert_eq!(problems(|f| f.tags = tags), one("/tags", "too_long"));
    assert_eq!(
        problems(|f| f.tags = vec![long(51)]),
        one("/tags/0", "too_long")
    );
    assert_eq!(
        problems(|f| f.capacity = Some(0)),
        one("/capacity", "out_of_range")
    );
    assert_eq!(
        problems(|f| f.capacity = Some(100_001)),
        one("/capacity", "out_of_range")
    );
}

/// What is refused names the very limit: what reaches it is taken, and one more is refused.
#[test]
fn each_message_names_the_limit_of_the_code() {
    type Change = fn(&mut EventFields, usize);
    let tags = |count: usize| (0..count).map(|number| number.to_string()).collect();
    let limits: [(usize, &str, Change); 7] = [
        (200, "at most 200 characters", |f, n| {
            f.title = "x".repeat(n);
        }),
        (10_000, "at most 10,000 characters", |f, n| {
            f.description = "x".repeat(n);
        }),
        (2_000, "at most 2,000 characters", |f, n| {
            f.image = Some("x".repeat(n));
        }),
        (500, "at most 500 characters", |f, n| {
            f.location = Some("x".repeat(n));
        }),
        (2_000, "at most 2,000 characters", |f, n| {
            let address = "https://example.com/";
            f.online_url = Some(format!("{address}{}", "x".repeat(n - address.len())));
        }),
        (EventFields::MOST_TAG, "at most 50 characters", |f, n| {
            f.tags = vec!["x".repeat(n)];
        }),
        (100_000, "must be from 1 to 100,000", |f, n| {
            f.capacity = u32::try_from(n).ok();
        }),
    ];
    let details = |change: &dyn Fn(&mut EventFields)| {
        let mut fields = fields();
        change(&mut fields);
        let problems = fields.check().err().unwrap_or_default().problems;
        let details = problems.into_iter().map(|problem| problem.detail);
        details.collect::<Vec<_>>()
    };
    for (limit, words, change) in limits {
        assert_eq!(details(&|f| change(f, limit)), Vec::<String>::new());
        let refused = details(&|f| change(f, limit + 1));
        assert!(
            refused.len() == 1 && refused[0].contains(words),
            "{refused:?}"
        );
    }
    assert_eq!(details(&|f| f.tags = tags(EventFields::MOST_TAGS)).len(), 0);
    let refused = details(&|f| f.tags = tags(EventFields::MOST_TAGS + 1));
    assert_eq!(refused, ["must have at most 20 tags"]);
    assert_eq!(
        details(&|f| f.capacity = Some(0)),
        ["must be from 1 to 100,000"]
    );
    let (least, most) = (EventFields::CAPACITY.start(), *EventFields::CAPACITY.end());
    let in_words = format!("from {least} to {}", with_commas(most.into()));
    assert_eq!(EventFields::CAPACITY_IN_WORDS, in_words);
}

#[test]
fn too_many_tags_hide_no_problem_of_a_single_tag() {
    let mut tags: Vec<_> = (0..22).map(|number| number.to_string()).collect();
    tags[3] = String::new();
    tags[21] = "x".repeat(51);
    let told = [
        one("/tags", "too_long"),
        one("/tags/3", "required"),
        one("/tags/21", "too_long"),
    ];
    assert_eq!(problems(|f| f.tags = tags.clone()), told.concat());
    // A list of thousands of problems would be useless.
    tags = vec![String::new(); 5_000];
    assert_eq!(problems(|f| f.tags = tags).len(), 100);
}

#[test]
fn a_blank_tag_is_no_duplicate() {
    let tags = vec![String::new(), "tea".to_owned(), String::new()];
    let told = [one("/tags/0", "required"), one("/tags/2", "required")];
    assert_eq!(problems(|f| f.tags = tags), told.concat());
}

#[test]
fn a_blank_title_is_refused() {
    for title in ["", "  ", "\u{3000}"] {
        assert_eq!(
            problems(|f| f.title = title.to_owned()),
            one("/title", "required")
        );
    }
}

#[test]
fn blank_and_repeated_tags_are_refused() {
    let tags = |tags: &[&str]| tags.iter().copied().map(str::to_owned).collect();
    assert_eq!(problems(|f| f.tags = tags(&["a", "A"])), []);
    assert_eq!(
        problems(|f| f.tags = tags(&["a", ""])),
        one("/tags/1", "required")
    );
    assert_eq!(
        problems(|f| f.tags = tags(&["a", "b", "a"])),
        one("/tags/2", "duplicate")
    );
}

#[test]
fn control_characters_are_refused() {
    for text in ["a\0", "\u{7f}", "\u{85}", "a\u{1f}b"] {
        let text = || text.to_owned();
        assert_eq!(
            problems(|f| f.description = text()),
            one("/description", "control_character")
        );
        assert_eq!(
            problems(|f| f.location = Some(text())),
            one("/location", "control_character")
        );
        assert_eq!(
            problems(|f| f.image = Some(text())),
            one("/image", "control_character")
        );
        assert_eq!(
            problems(|f| f.tags = vec![text()]),
            one("/tags/0", "control_character")
        );
        assert_eq!(
            problems(|f| f.title = format!("a{}", text())),
            one("/title", "control_character")
        );
    }
    assert_eq!(problems(|f| f.description = "a\r\n\tb".to_owned()), []);
    assert_eq!(
        problems(|f| f.title = "a\nb".to_owned()),
        one("/title", "control_character")
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
        assert_eq!(problems(|f| f.title = text()), unseen("/title"));
        assert_eq!(problems(|f| f.description = text()), unseen("/description"));
        assert_eq!(problems(|f| f.image = Some(text())), unseen("/image"));
        assert_eq!(problems(|f| f.location = Some(text())), unseen("/location"));
        assert_eq!(problems(|f| f.tags = vec![text()]), unseen("/tags/0"));
        let url = format!("https://example.com/{}", text());
        assert_eq!(
            problems(|f| f.online_url = Some(url)),
            unseen("/online_url")
        );
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
        one("/title", "required")
    );
    assert_eq!(
        problems(|f| f.tags = vec![blank]),
        one("/tags/0", "required")
    );
    assert_eq!(
        problems(|f| f.location = Some("a\u{2028}b".to_owned())),
        one("/location", "control_character")
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
    assert_eq!(fields, ["/title", "/tags/0", "/online_url", "/capacity"]);
}

#[test]
fn an_empty_text_becomes_none() {
    let mut empty = fields();
    empty.image = Some(String::new());
    empty.location = Some(String::new());
    empty.online_url = Some(String::new());
    assert_eq!(empty.check(), Ok(()));
    assert_eq!(empty.checked(), Ok(fields()));
}
