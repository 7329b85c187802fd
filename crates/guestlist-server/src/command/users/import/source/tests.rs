use proptest::prelude::*;

use super::{super::one_document::is_one_document, *};

/// Returns this many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.1.min(buffer.len());
        self.0.read(&mut buffer[..size])
    }
}

type Seen = (u64, Vec<u8>, Option<Flaw>);

fn records(input: &[u8], framing: Framing, at_once: usize) -> Vec<Seen> {
    let mut source = Source::new(Slow(input, at_once)).expect("reads");
    let mut seen = Vec::new();
    while let Some(record) = source.next(framing).expect("reads") {
        seen.push((record.line, record.bytes.to_vec(), record.flaw));
    }
    assert_eq!(source.bytes(), u64::try_from(input.len()).unwrap());
    seen
}

fn whole(line: u64, bytes: &[u8]) -> Seen {
    (line, bytes.to_vec(), None)
}

#[test]
fn lines_end_in_lf_or_crlf_and_a_byte_order_mark_is_skipped() {
    for at_once in [1, 2, 7, CHUNK] {
        let seen = records(b"\xef\xbb\xbfa\r\n\nb\"\nc", Framing::Lines, at_once);
        let expected = [
            whole(1, b"a"),
            whole(2, b""),
            whole(3, b"b\""),
            whole(4, b"c"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(records(b"", Framing::Csv, at_once), []);
        assert_eq!(
            records(b"\xef\xbb", Framing::Csv, at_once),
            [whole(1, b"\xef\xbb")]
        );
    }
}

#[test]
fn json_over_several_lines_is_detected() {
    for (input, goes_on) in [
        ("", false),
        ("\n{\"email\":\"a@b.co\"}\n{\n", false),
        ("{\"email\":\"a@b", false),
        ("\r\n{\r\n  \"email\"", true),
        ("{\"users\": [\n", true),
        ("{\"a\":1,\n\"b\":2}", true),
    ] {
        let mut source = Source::new(Slow(input.as_bytes(), 3)).expect("reads");
        source.first_byte().expect("reads");
        let (line, is_last) = source.first_line().expect("reads");
        assert_eq!(is_one_document(line, is_last), goes_on, "{input}");
    }
}

#[test]
fn a_quoted_field_may_hold_line_ends_and_quotes() {
    let input = b"a,\"b\n\"\"c\"\"\r\nd\"\ne,f\"g\n\"h\"i\"\nj\n";
    let expected = [
        whole(1, b"a,\"b\n\"\"c\"\"\r\nd\""),
        whole(4, b"e,f\"g"),
        whole(5, b"\"h\"i\""),
        whole(6, b"j"),
    ];
    for at_once in [1, 3, CHUNK] {
        assert_eq!(records(input, Framing::Csv, at_once), expected);
    }
}

/// What cuts records also splits them, and skips the mark.
#[test]
fn a_quote_behind_a_byte_order_mark_is_a_quote() {
    let record = "\u{feff}\"b\nc\"";
    let seen = records(format!("a\n{record}\nd").as_bytes(), Framing::Csv, CHUNK);
    let expected = [whole(1, b"a"), whole(2, record.as_bytes()), whole(4, b"d")];
    assert_eq!(seen, expected);
}

#[test]
fn an_open_quote_affects_only_its_own_line() {
    let flawed = |line, bytes: &[u8]| (line, bytes.to_vec(), Some(Flaw::OpenToTheEnd));
    let seen = records(b"a\n\"b\nc\nd", Framing::Csv, CHUNK);
    assert_eq!(
        seen,
        [
            whole(1, b"a"),
            flawed(2, b"\"b"),
            whole(3, b"c"),
            whole(4, b"d")
        ]
    );
    assert_eq!(
        records(b"x,\"b", Framing::Csv, CHUNK),
        [flawed(1, b"x,\"b")]
    );
    let mut input = b"\"b\r\n".to_vec();
    for _ in 0..MAX_RECORD {
        input.extend(b"c\n");
    }
    let seen = records(&input, Framing::Csv, CHUNK);
    let first = (1, b"\"b".to_vec(), Some(Flaw::OpenQuote));
    assert_eq!(seen[..2], [first, whole(2, b"c")]);
    assert_eq!(seen.len(), MAX_RECORD + 1);
}

#[test]
fn an_open_quote_takes_no_line_with_it_if_text_follows_the_next_quote() {
    let flawed = |line, bytes: &[u8], at| (line, bytes.to_vec(), Some(Flaw::TextBehindQuote(at)));
    let last = |line, bytes: &[u8]| (line, bytes.to_vec(), Some(Flaw::OpenToTheEnd));
    for (input, expected) in [
        // Every name is quoted.
        (
            "a,\"Ada\nb,\"Bob\"\nc,\"Cy\"\n",
            vec![
                flawed(1, b"a,\"Ada", 2),
                whole(2, b"b,\"Bob\""),
                whole(3, b"c,\"Cy\""),
            ],
        ),
        // The next quote is far away, and a record of two lines follows.
        (
            "a,\"Ada\r\nb,\"\"\r\nc,Cy\r\nd,\"D\nE\"\r\n",
            vec![
                flawed(1, b"a,\"Ada", 4),
                whole(2, b"b,\"\""),
                whole(3, b"c,Cy"),
                whole(4, b"d,\"D\nE\""),
            ],
        ),
        // The field before has two lines, too: each part of the record is judged alone.
        (
            "a,\"b\nc\",\"d\ne\"f\ng\n",
            vec![
                flawed(1, b"a,\"b", 3),
                flawed(2, b"c\",\"d", 3),
                whole(3, b"e\"f"),
                whole(4, b"g"),
            ],
        ),
        (
            "a\n\"b\nc\n\"d",
            vec![
                whole(1, b"a"),
                flawed(2, b"\"b", 4),
                whole(3, b"c"),
                last(4, b"\"d"),
            ],
        ),
    ] {
        for at_once in [1, 3, CHUNK] {
            let seen = records(input.as_bytes(), Framing::Csv, at_once);
            assert_eq!(seen, expected, "{input:?}");
        }
    }
}

#[test]
fn lines_with_text_behind_their_quotes_are_not_searched_to_the_end_of_the_record() {
    // From each line on, the quotes close and open up to the last line.
    let block = "x\"z,\"y\n".repeat(7_000) + "x\"z\n";
    let input = block.repeat(10);
    let mut source = Source::new(input.as_bytes()).expect("reads");
    while source.next(Framing::Csv).expect("reads").is_some() {}
    assert!(
        source.looked_at <= 3 * input.len(),
        "{} bytes of {}",
        source.looked_at,
        input.len()
    );
}

#[test]
fn a_file_of_open_quotes_is_not_searched_again_for_each_line() {
    // The quote of each line is closed in the next line, which opens another one.
    let lines = 100_000;
    let input = "x\",\"y\n".repeat(lines);
    for at_once in [10_000, CHUNK] {
        let mut source = Source::new(Slow(input.as_bytes(), at_once)).expect("reads");
        let mut flawed = 0;
        while let Some(record) = source.next(Framing::Csv).expect("reads") {
            assert_eq!(record.bytes, b"x\",\"y");
            let is_open = matches!(record.flaw, Some(Flaw::OpenQuote | Flaw::OpenToTheEnd));
            flawed += usize::from(is_open);
        }
        assert_eq!(flawed, lines);
        // A record is examined again when more of it has been read.
        let anew = MAX_RECORD / at_once + 1;
        assert!(
            source.looked_at <= (2 + anew) * input.len(),
            "{} bytes of {}",
            source.looked_at,
            input.len()
        );
    }
}

#[test]
fn after_an_open_quote_a_complete_line_is_read() {
    let flawed = |line, bytes: &[u8]| (line, bytes.to_vec(), Some(Flaw::OpenToTheEnd));
    let input = b"a,\"b\nc,\"\"\nx\",\"y\n";
    let expected = [
        flawed(1, b"a,\"b"),
        whole(2, b"c,\"\""),
        flawed(3, b"x\",\"y"),
    ];
    assert_eq!(records(input, Framing::Csv, CHUNK), expected);
}

#[test]
fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_read() {
    for framing in [Framing::Lines, Framing::Csv] {
        for (length, flaw) in [
            (MAX_RECORD, None),
            (MAX_RECORD + 1, Some(Flaw::TooLong)),
            (1 << 20, Some(Flaw::TooLong)),
        ] {
            let mut input = vec![b'x'; length];
            input.extend(b"\nnext\n");
            let seen = records(&input, framing, CHUNK);
            let kept = if flaw.is_some() { KEPT } else { length };
            assert_eq!(seen, [(1, vec![b'x'; kept], flaw), whole(2, b"next")]);
            let seen = records(&vec![b'x'; length], framing, CHUNK);
            assert_eq!(seen, [(1, vec![b'x'; kept], flaw)]);
        }
    }
    let mut input = b"\"".to_vec();
    input.resize(1 << 20, b'x');
    input.extend(b"\nnext");
    let seen = records(&input, Framing::Csv, 1000);
    assert_eq!(
        (seen[0].2, &seen[1]),
        (Some(Flaw::TooLong), &whole(2, b"next"))
    );
}

proptest! {
    #[test]
    fn nothing_is_lost_and_lines_are_counted_as_an_editor_does(
        input in "[a\",\r\n]{0,60}",
        at_once in 1_usize..9,
    ) {
        for framing in [Framing::Lines, Framing::Csv] {
            let seen = records(input.as_bytes(), framing, at_once);
            prop_assert_eq!(&seen, &records(input.as_bytes(), framing, CHUNK));
            for (line, bytes, _) in &seen {
                let start = input.split_inclusive('\n').take(usize::try_from(line - 1).unwrap());
                let start: usize = start.map(str::len).sum();
                prop_assert!(input.as_bytes()[start..].starts_with(bytes));
            }
        }
    }
}
