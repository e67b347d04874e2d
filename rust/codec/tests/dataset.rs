//! Data sets as bytes one can read beside PS3.5 7, legal ones and those met in the field.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may panic"
)]

use std::ops::ControlFlow;

use russet_codec::dataset::feed::Feed;
use russet_codec::dataset::harvest::{Harvest, Tags};
use russet_codec::dataset::index::Index;
use russet_codec::dataset::inflate::Inflate;
use russet_codec::dataset::{Encoding, Rules};
use russet_codec::error::{DecodeError, ErrorKind};
use russet_codec::limits::{Inflated, Limits};
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::Context;
use russet_codec::vr::Vr;

const STRICT: Rules = Rules {
    strict: true,
    limits: Limits {
        associate_length: 0,
        data_length: 0,
        items: 0,
        command_length: 0,
        empty_fragments: 0,
        data_in_memory: 0,
        depth: 128,
        elements: 1 << 20,
        inflated: Inflated::up_to(1 << 20),
    },
};

/// The bytes written as hexadecimal digits; what is between `'` is text.
fn bytes(written: &str) -> Vec<u8> {
    let mut found = Vec::new();
    for (at, part) in written.split('\'').enumerate() {
        if at % 2 == 1 {
            found.extend_from_slice(part.as_bytes());
            continue;
        }
        let digits: Vec<char> = part.chars().filter(char::is_ascii_hexdigit).collect();
        found.extend(
            digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).unwrap()),
        );
    }
    found
}

/// The tree of a data set: tag, VR and length of each element, its items in brackets.
fn tree(index: &Index, data: &[u8], warnings: &mut Vec<DecodeError>) -> String {
    let mut shown = Vec::new();
    for (row, element) in index.elements().iter().enumerate() {
        let mut line = format!("{:08x} {} {}", element.tag.0, element.vr(), element.length);
        if element.vr() == Vr::SQ || (element.vr() == Vr::UN && element.undefined) {
            let (items, more) = index.items(row, data, Rules::default()).unwrap();
            warnings.extend(more.kept);
            let items: Vec<String> = items.iter().map(|item| tree(item, data, warnings)).collect();
            line = format!("{line} [{}]", items.join(" | "));
        } else if element.undefined {
            let fragments = index.fragments(row, data, Rules::default()).unwrap();
            line = format!("{line} {fragments:?}");
        }
        shown.push(line);
    }
    shown.join(", ")
}

fn read(encoding: Encoding, data: &[u8]) -> (String, Vec<String>) {
    let (index, warnings) = Index::read(data, 0, encoding, Rules::default()).unwrap();
    let mut warnings = warnings.kept;
    let shown = tree(&index, data, &mut warnings);
    (shown, warnings.iter().map(|warning| warning.kind.to_string()).collect())
}

const E: Encoding = Encoding::EXPLICIT;
const I: Encoding = Encoding::IMPLICIT;

const LEGAL: &[(Encoding, &str, &str)] = &[
    (E, "", ""),
    (E, "0800 6000 'CS' 0200 'OT'", "00080060 CS 2"),
    (I, "0800 6000 0200 0000 'OT'", "00080060 CS 2"),
    (Encoding::BIG_ENDIAN, "0008 0060 'CS' 0002 'OT'", "00080060 CS 2"),
    (E, "e07f 1000 'OW' 0000 0400 0000 01020304", "7fe00010 OW 4"),
    (Encoding::BIG_ENDIAN, "7fe0 0010 'OW' 0000 0000 0002 0102", "7fe00010 OW 2"),
    // Private elements: the creator is LO, the rest unknown (PS3.5 7.8).
    (I, "0900 1000 0200 0000 'ME' 0900 0110 0200 0000 0102", "00090010 LO 2, 00091001 UN 2"),
    // The four forms of a sequence (PS3.5 7.5), and empty ones.
    (
        E,
        "0800 4011 'SQ' 0000 1200 0000  feff 00e0 0a00 0000  0800 5011 'UI' 0200 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
    ),
    (
        E,
        "0800 4011 'SQ' 0000 1a00 0000  feff 00e0 ffff ffff  0800 5011 'UI' 0200 '1' 00
         feff 0de0 0000 0000",
        "00081140 SQ 26 [00081150 UI 2]",
    ),
    (
        E,
        "0800 4011 'SQ' 0000 ffff ffff  feff 00e0 0a00 0000  0800 5011 'UI' 0200 '1' 00
         feff dde0 0000 0000  0800 4211 'SQ' 0000 0000 0000",
        "00081140 SQ 18 [00081150 UI 2], 00081142 SQ 0 []",
    ),
    (
        I,
        "0800 4011 ffff ffff  feff 00e0 ffff ffff  0800 5011 0200 0000 '1' 00  feff 0de0 0000 0000
         feff 00e0 0000 0000  feff dde0 0000 0000",
        "00081140 SQ 34 [00081150 UI 2 | ]",
    ),
    // UN of undefined length is a sequence in Implicit VR (PS3.5 6.2.2, CP-246).
    (
        E,
        "0900 0110 'UN' 0000 ffff ffff  feff 00e0 ffff ffff  0800 5011 0200 0000 '1' 00
         feff 0de0 0000 0000 feff dde0 0000 0000  1000 2000 'LO' 0000",
        "00091001 UN 26 [00081150 UI 2], 00100020 LO 0",
    ),
    // Fragments, the offset table first (PS3.5 A.4); delimiters inside one are data.
    (
        E,
        "e07f 1000 'OB' 0000 ffff ffff  feff 00e0 0000 0000  feff 00e0 0800 0000 feff dde0 0000 0000
         feff dde0 0000 0000  fcff fcff 'OB' 0000 0000 0000",
        "7fe00010 OB 24 [(20, 0), (28, 8)], fffcfffc OB 0",
    ),
];

#[test]
fn what_the_standard_allows_reads_without_a_warning() {
    for (encoding, written, expected) in LEGAL {
        let data = bytes(written);
        assert_eq!(read(*encoding, &data), ((*expected).to_owned(), vec![]), "{written}");
        assert!(Index::read(&data, 0, *encoding, STRICT).is_ok(), "{written}");
    }
}

const AFTER: &str = "1000 2000 'LO' 0200 'ID'";
const AFTER_READ: &str = "00100020 LO 2";

/// What is met in the field: bytes before [`AFTER`], what they are read as, what is said of them.
const ODD: &[(Encoding, &str, &str, &[&str])] = &[
    (E, "0800 6000 'CS' 0300 'OTX'", "00080060 CS 3", &["length 0x3 where an even length belongs"]),
    (E, "0800 6000 'cs' 0200 'OT'", "00080060 CS 2", &["VR in lower case"]),
    (E, "0800 6000 '  ' 0200 'OT'", "00080060 CS 2", &["unknown VR: read by the dictionary"]),
    (E, "0800 7000 'ZZ' 0400 'abcd'", "00080070 LO 4", &["unknown VR: read by the dictionary"]),
    (
        E,
        "0800 7000 'ZZ' 0000 0400 0000 'abcd'",
        "00080070 LO 4",
        &["unknown VR: read by the dictionary"],
    ),
    (
        E,
        "0800 7000 '??' 0000 0400 0000 'abcd'",
        "00080070 LO 4",
        &["unknown VR: read by the dictionary"],
    ),
    (
        E,
        "0800 7000 0000 0000 0400 0000 'abcd'",
        "00080070 LO 4",
        &["unknown VR: read by the dictionary"],
    ),
    (E, "0800 7000 0000 0000", "00080070 LO 0", &["unknown VR: read by the dictionary"]),
    (E, "0800 7000 'ZZ' 0000", "00080070 LO 0", &["unknown VR: read by the dictionary"]),
    (E, "0800 7000 0e00 0000 'Implicit Maker'", "00080070 LO 14", &["no VR: read as Implicit VR"]),
    (
        I,
        "0800 7000 'LO' 0400 'abcd'",
        "00080070 LO 4",
        &["a VR in Implicit VR: read as Explicit VR"],
    ),
    (
        E,
        "0900 0110 'UN' 0400 'abcd'",
        "00091001 UN 4",
        &["16-bit length for a VR with the 32-bit form"],
    ),
    (
        E,
        "0900 0110 'UN' 0100 0400 0000 'abcd'",
        "00091001 UN 4",
        &["reserved bytes after the VR are not zero"],
    ),
    (E, "feff 0de0 0000 0000", "", &["delimiter with nothing to end"]),
    (E, "feff dde0 0000 0000", "", &["delimiter with nothing to end"]),
    (E, "feff 00e0 0a00 0000 0800 5011 'UI' 0200 '1' 00", "", &["item outside any sequence"]),
    // A delimiter whose length looks like a VR, one with a length, and a tag of items that none has.
    (E, "feff dde0 'LO' 0000", "", &["delimiter with nothing to end"]),
    (
        E,
        "0800 4011 'SQ' 0000 ffff ffff  feff dde0 0800 0000",
        "00081140 SQ 0 []",
        &["length 0x8 where a delimiter has none"],
    ),
    (E, "feff 01e0 0200 0000 'ab'", "", &["a tag of items that none has"]),
    // Reserved bytes that might be a length, but for what follows them.
    (
        E,
        "0800 4011 'SQ' 0800 ffff ffff  feff dde0 0000 0000",
        "00081140 SQ 0 []",
        &["reserved bytes after the VR are not zero"],
    ),
    // An item longer than its sequence.
    (
        E,
        "0800 4011 'SQ' 0000 1200 0000  feff 00e0 2000 0000  0800 5011 'UI' 0200 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
        &["length 0x20 past the end"],
    ),
    // A sequence said to be longer than its items, and one said to be shorter.
    (
        E,
        "0800 4011 'SQ' 0000 0e00 0000  feff 00e0 0a00 0000  0800 5011 'UI' 0200 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
        &["length 0xe where its items end elsewhere"],
    ),
    (
        E,
        "0800 4011 'SQ' 0000 1900 0000  feff 00e0 0a00 0000  0800 5011 'UI' 0200 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
        &["length 0x19 where its items end elsewhere"],
    ),
    // Implicit VR in an item of an explicit data set, and the reverse in UN.
    (
        E,
        "0800 4011 'SQ' 0000 1200 0000  feff 00e0 0a00 0000  0800 5011 0200 0000 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
        &[],
    ),
    (
        E,
        "0900 0110 'UN' 0000 ffff ffff  feff 00e0 ffff ffff  0800 5011 'UI' 0200 '1' 00
         feff 0de0 0000 0000 feff dde0 0000 0000",
        "00091001 UN 26 [00081150 UI 2]",
        &[],
    ),
    // Delimiters that are missing: of an item, before the next one, of a sequence.
    (
        E,
        "0800 4011 'SQ' 0000 ffff ffff  feff 00e0 ffff ffff  0800 5011 'UI' 0200 '1' 00
         feff dde0 0000 0000",
        "00081140 SQ 18 [00081150 UI 2]",
        &["delimiter missing", "delimiter missing"],
    ),
    (
        E,
        "0800 4011 'SQ' 0000 ffff ffff  feff 00e0 ffff ffff  0800 5011 'UI' 0200 '1' 00
         feff 00e0 0000 0000  feff dde0 0000 0000",
        "00081140 SQ 26 [00081150 UI 2 | ]",
        &["delimiter missing", "delimiter missing"],
    ),
    (
        E,
        "0800 4011 'SQ' 0000 ffff ffff  feff 00e0 0a00 0000  0800 5011 'UI' 0200 '1' 00",
        "00081140 SQ 18 [00081150 UI 2]",
        &["no item where one is due"],
    ),
];

#[test]
fn what_is_met_in_the_field_reads_with_a_warning_and_the_rest_is_not_lost() {
    for (encoding, written, expected, said) in ODD {
        let after = if encoding.explicit { AFTER } else { "1000 2000 0200 0000 'ID'" };
        let data = bytes(&format!("{written} {after}"));
        let separator = if expected.is_empty() { "" } else { ", " };
        let expected = format!("{expected}{separator}{AFTER_READ}");
        let (shown, warnings) = read(*encoding, &data);
        assert_eq!(shown, expected, "{written}");
        assert_eq!(warnings, *said, "{written}");
        if !said.is_empty() && !written.contains("2000 0000  0800") {
            assert!(Index::read(&data, 0, *encoding, STRICT).is_err(), "{written}");
        }
    }
}

#[test]
fn what_is_broken_inside_something_of_defined_length_costs_no_more_than_that() {
    for (written, expected, said) in [
        (
            "0800 4011 'SQ' 0000 0800 0000 '<!DOCTYP'",
            "00081140 SQ 8 []",
            "no item where one is due",
        ),
        (
            "0800 4011 'SQ' 0000 2400 0000  feff 00e0 1400 0000
             4000 30a7 'SQ' 0000 0800 0000 '<!DOCTYP'  feff 00e0 0000 0000",
            "00081140 SQ 36 [0040a730 SQ 8 [] | ]",
            "no item where one is due",
        ),
        (
            "0800 4011 'SQ' 0000 2200 0000  feff 00e0 1200 0000  0800 5011 'UI' 0200 '1' 00 '<!DOCTYP'
             feff 00e0 0000 0000",
            "00081140 SQ 34 [00081150 UI 2 | ]",
            "no element header",
        ),
        (
            "0800 4011 'SQ' 0000 2200 0000  feff 00e0 1200 0000  0800 5011 'UI' 0200 '1' 00
             0000 0000 0000 0000  feff 00e0 0000 0000",
            "00081140 SQ 34 [00081150 UI 2 | ]",
            "zeros after the last element",
        ),
    ] {
        let data = bytes(&format!("{written} {AFTER}"));
        let expected = format!("{expected}, {AFTER_READ}");
        assert_eq!(read(E, &data), (expected, vec![said.to_owned()]), "{written}");
    }
}

#[test]
fn of_undefined_length_are_fragments_by_the_vr_and_sequences() {
    let content = "ffff ffff  feff 00e0 0000 0000  feff dde0 0000 0000";
    for (encoding, header, vr, items, fragments) in [
        (I, "e07f 1000", Vr::OB, 0, 1),
        (I, "007f 1000", Vr::OB, 0, 1),
        (E, "e07f 1000 'UN' 0000", Vr::OB, 0, 1),
        (E, "e07f 1000 'OW' 0000", Vr::OW, 0, 1),
        (E, "0900 0110 'OB' 0000", Vr::OB, 0, 1),
        // Whatever the data dictionary says: Rows, and a retired element of text.
        (I, "2800 1000", Vr::SQ, 1, 0),
        (I, "0800 0100", Vr::SQ, 1, 0),
        (E, "0900 0110 'UN' 0000", Vr::SQ, 1, 0),
        // A group length holds neither (PS3.5 7.2).
        (I, "0900 0000", Vr::UN, 1, 0),
    ] {
        let data = bytes(&format!("{header} {content}"));
        let (index, _) = Index::read(&data, 0, encoding, Rules::default()).unwrap();
        assert_eq!(index.value_vr(0, &data, Context::default()), Some(vr), "{header}");
        let found = index.items(0, &data, Rules::default()).map_or(0, |(items, _)| items.len());
        assert_eq!(found, items, "{header}");
        assert_eq!(index.fragments(0, &data, Rules::default()).unwrap().len(), fragments);
    }
}

#[test]
fn what_should_be_a_sequence_and_starts_with_no_item_is_unknown() {
    for (encoding, written, vr) in [
        (E, "0800 4011 'UN' 0000 0400 0000 'abcd'", Vr::UN),
        (E, "0800 4011 'UN' 0000 0800 0000 feff 00e0 0000 0000", Vr::SQ),
        (I, "0800 4011 0400 0000 'abcd'", Vr::UN),
        (I, "0800 4011 0800 0000 feff 00e0 0000 0000", Vr::SQ),
        (I, "0800 4011 0000 0000", Vr::SQ),
    ] {
        let data = bytes(written);
        let (index, _) = Index::read(&data, 0, encoding, Rules::default()).unwrap();
        let (_, end) = index.value_vr_range(0).unwrap();
        let end = usize::try_from(end).unwrap().min(data.len());
        assert_eq!(index.value_vr(0, &data[..end], Context::default()), Some(vr), "{written}");
    }
}

#[test]
fn the_greatest_tag_is_no_end() {
    let data = bytes("ffff ffff 'UN' 0000 0000 0000");
    let (index, _) = Index::read(&data, 0, E, Rules::default()).unwrap();
    assert_eq!((index.len(), index.end()), (1, 12));
}

#[test]
fn a_fault_of_a_deflate_stream_is_the_same_however_it_is_cut() {
    // A stored block of two bytes, then a block of the type that there is not (RFC 1951 3.2.3).
    let stream = bytes("00 0200 fdff 'ab' 07 'ignored'");
    for size in 1..stream.len() {
        let (mut inflate, mut inflated) = (Inflate::new(Inflated::up_to(1 << 10)), Vec::new());
        let outcome = stream.chunks(size).try_for_each(|part| {
            inflate.feed(part, |step| {
                inflated.extend_from_slice(step);
                Ok(ControlFlow::Continue(()))
            })
        });
        let fault = DecodeError::new(ErrorKind::Invalid("not a deflate stream"), 8);
        assert_eq!((outcome, &inflated[..]), (Err(fault), &b"ab"[..]), "in parts of {size}");
    }
}

#[test]
fn the_end_may_come_too_early_or_too_late() {
    let whole = "0800 6000 'CS' 0200 'OT'";
    let element = "00080060 CS 2, ";
    let end: &[(&str, &str, &str)] = &[
        ("1000 2000 'LO' 0800 'ID'", "00100020 LO 2", "6 more bytes needed"),
        ("e07f 1000 'OB' 0200 'ab'", "7fe00010 OB 2", "16-bit length for a VR"),
        ("1000 2000", "", "4 more bytes needed"),
        ("f5b1 6522 'JX' b791 df6a f1d8", "", "no element header"),
        ("0000 0000 0000 0000 0000", "", "zeros after the last element"),
        ("e07f 1000 'OB' 0000 ffff ffff", "7fe00010 OB 0 []", "8 more bytes needed"),
        ("0800 4011 'SQ' 0000 ffff ffff feff 00e0 ffff ffff", "00081140 SQ 8 []", "8 more"),
    ];
    for (written, expected, said) in end {
        let data = bytes(&format!("{whole} {written}"));
        let (shown, warnings) = read(E, &data);
        let expected = format!("{element}{expected}");
        assert_eq!(shown.trim_end_matches(", "), expected.trim_end_matches(", "), "{written}");
        assert!(warnings[0].starts_with(said), "{written}: {warnings:?}");
        assert!(Index::read(&data, 0, E, STRICT).is_err(), "{written}");
    }
}

#[test]
fn what_cannot_be_read_says_where_and_why() {
    let deep = bytes("0800 4011 'SQ' 0000 ffff ffff feff 00e0 ffff ffff").repeat(50_000);
    let error = Index::read(&deep, 0, E, Rules::default()).unwrap_err();
    let what = "nested sequences";
    assert_eq!(error.kind, ErrorKind::AboveLimit { what, value: 129, limit: 128 });
    assert_eq!((error.offset, error.tag), (128 * 20, Some(Tag(0x0008_1140))));

    let cases: &[(&str, &str)] = &[
        ("e07f 1000 'OB' 0000 ffff ffff feff 00e0 ffff ffff", "fragment of undefined length"),
        ("0800 7000 'UT' 0000 ffff ffff", "undefined length for a VR that cannot have one"),
        ("3c21 444f 4354 5950", "no element header"),
    ];
    for (written, said) in cases {
        let error = Index::read(&bytes(written), 0, E, Rules::default()).unwrap_err();
        assert_eq!(error.kind.to_string(), *said, "{written}");
    }
    let limits = Limits { elements: 2, ..Limits::default() };
    let three = bytes("0800 6000 'CS' 0000 0800 7000 'LO' 0000 0800 8000 'LO' 0000");
    let error = Index::read(&three, 0, E, Rules { limits, strict: false }).unwrap_err();
    assert_eq!(error.to_string(), "elements 3 above the limit of 2 at offset 0x10 in (0008,0080)");
}

#[test]
fn what_is_too_deep_is_told_at_its_own_place_however_the_bytes_are_cut() {
    // The limit is passed by an item that is in no sequence, after an ordinary element.
    let data = bytes("0800 6000 'CS' 0200 'OT'  feff 00e0 0000 0000");
    let rules = Rules { limits: Limits { depth: 0, ..Limits::default() }, strict: false };
    for size in 1..=data.len() {
        let mut feed = Feed::new(Syntax::EXPLICIT, Harvest::default(), rules);
        let error = data.chunks(size).try_for_each(|part| feed.feed(part)).unwrap_err();
        assert_eq!((error.kind.name(), error.offset), ("AboveLimit", 10), "in parts of {size}");
    }
}

#[test]
fn lengths_are_checked_before_anything_is_taken_for_them() {
    let data = bytes("e07f 1000 'OW' 0000 feff ffff 0102");
    let (index, warnings) = Index::read(&data, 0, E, Rules::default()).unwrap();
    assert_eq!(index.element(0).unwrap().length, 2);
    assert_eq!(warnings.kept[0].kind, ErrorKind::Truncated { needed: 0xffff_fffe - 2 });
}

#[test]
fn nesting_below_what_is_skipped_has_the_same_limit() {
    let mut data = Vec::new();
    for _ in 0..200_u32 {
        let length = u32::try_from(data.len()).unwrap();
        let item = [&bytes("feff 00e0")[..], &length.to_le_bytes(), &data].concat();
        let length = u32::try_from(item.len()).unwrap();
        data = [&bytes("0800 4011 'SQ' 0000")[..], &length.to_le_bytes(), &item].concat();
    }
    let (mut index, _) = Index::read(&data, 0, E, Rules::default()).unwrap();
    let error = loop {
        match index.items(0, &data, Rules::default()) {
            Ok((mut items, _)) => index = items.remove(0),
            Err(error) => break error,
        }
    };
    assert_eq!((index.depth(), error.kind.name()), (128, "AboveLimit"));
}

#[test]
fn a_data_set_in_parts_gives_up_the_values_that_are_wanted() {
    let data = bytes(
        "0800 1600 'UI' 0400 '1.2' 00  0800 1800 'UI' 0000  0800 4011 'SQ' 0000 ffff ffff
         feff 00e0 ffff ffff 0800 1800 'UI' 0200 '9' 00 feff 0de0 0000 0000 feff dde0 0000 0000
         1000 2000 'LO' 0200 'ID'",
    );
    let defined = bytes("0800 4011 'SQ' 0000 ffff ffff feff 00e0 0a00 0000");
    let mut feed = Feed::new(Syntax::EXPLICIT, Harvest::default(), Rules::default());
    feed.feed(&defined).unwrap();
    assert_eq!(feed.finish().unwrap_err().kind, ErrorKind::Truncated { needed: 10 });
    let wanted: Tags =
        [0x0010_0020, 0x0008_0018, 0x0008_0016, 0x0020_000d].map(Tag).into_iter().collect();
    for size in 1..=data.len() {
        let mut feed =
            Feed::new(Syntax::EXPLICIT, Harvest::new(wanted.clone(), false), Rules::default());
        data.chunks(size).for_each(|part| feed.feed(part).unwrap());
        feed.finish().unwrap();
        let found: Vec<_> = feed.visitor().values().collect();
        let expected =
            [(Tag(0x0008_0016), &b"1.2\0"[..]), (Tag(0x0008_0018), &[]), (Tag(0x0010_0020), b"ID")];
        assert_eq!(found, expected, "in parts of {size}");
    }
    for end in 1..data.len() {
        let mut feed = Feed::new(Syntax::EXPLICIT, Harvest::default(), Rules::default());
        feed.feed(&data[..end]).unwrap();
        let whole = [12, 20, 66].contains(&end);
        assert_eq!(feed.finish().is_ok(), whole, "cut at {end}");
    }
}
