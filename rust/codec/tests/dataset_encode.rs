//! Data sets written in every transfer syntax without pixels to code: what is read is written, and back.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may panic"
)]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use russet_codec::dataset::deep::View;
use russet_codec::dataset::encode::{
    GroupLengths, Lengths, Options, RecodeError, put_element, put_header, recode,
};
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::{Encoding, Rules};
use russet_codec::dictionary;
use russet_codec::endian::Endian;
use russet_codec::file;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::Context;
use russet_codec::vr::Vr;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const JPEG: &str = "1.2.840.10008.1.2.4.50";
const RLE: &str = "1.2.840.10008.1.2.5";
const NATIVE: [&str; 4] = [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN];
const KEEP: Options = Options { lengths: Lengths::AsWritten, group_lengths: GroupLengths::Keep };

fn written(data: &[u8], from: &str, to: &str, options: Options) -> Result<Vec<u8>, String> {
    let (syntax, rules) = (Syntax::of(from).unwrap(), Rules::default());
    let (index, _, inflated) = file::read_dataset(data, 0, syntax, rules, &Select::default())
        .map_err(|error| error.to_string())?;
    let data = inflated.as_deref().unwrap_or(data);
    let context = index.context(data, Context::default());
    recode(&View { index: &index, data: data.into(), context, rules }, from, to, options).map_err(
        |error| match error {
            RecodeError::Decode(error) => error.to_string(),
            RecodeError::Encode(error) => error.to_string(),
        },
    )
}

fn plain(data: &[u8], from: &str, to: &str) -> Vec<u8> {
    written(data, from, to, Options::default()).unwrap()
}

#[test]
fn one_data_set_in_every_syntax() {
    let explicit = b"\x08\0\x60\0CS\x02\0CT\x08\0\x40\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0US\x02\0\x01\x02\x28\0\x09\0AT\x04\0\x18\0\x63\x10\xe0\x7f\x08\0OF\0\0\x04\0\0\0\x01\x02\x03\x04";
    let implicit = b"\x08\0\x60\0\x02\0\0\0CT\x08\0\x40\x11\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0\x02\0\0\0\x01\x02\x28\0\x09\0\x04\0\0\0\x18\0\x63\x10\xe0\x7f\x08\0\x04\0\0\0\x01\x02\x03\x04";
    let big = b"\0\x08\0\x60CS\0\x02CT\0\x08\x11\x40SQ\0\0\0\0\0\x12\xff\xfe\xe0\0\0\0\0\x0a\0\x28\0\x10US\0\x02\x02\x01\0\x28\0\x09AT\0\x04\0\x18\x10\x63\x7f\xe0\0\x08OF\0\0\0\0\0\x04\x04\x03\x02\x01";
    let all = [(EXPLICIT, &explicit[..]), (IMPLICIT, implicit), (BIG_ENDIAN, big)];
    for (from, data) in all {
        for (to, expected) in all {
            let found = plain(data, from, to);
            assert_eq!(found.escape_ascii().to_string(), expected.escape_ascii().to_string());
        }
    }
}

#[test]
fn lengths_are_as_written_or_as_asked_for() {
    let item = b"\x28\0\x10\0US\x02\0\x01\x02";
    let defined = [b"\x08\0\x40\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0", &item[..]].concat();
    let undefined = [
        b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff",
        &item[..],
        b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0",
    ]
    .concat();
    for data in [&defined, &undefined] {
        let with = |lengths| {
            let options = Options { lengths, ..Options::default() };
            written(data, EXPLICIT, EXPLICIT, options).unwrap()
        };
        assert_eq!(&with(Lengths::AsWritten), data);
        assert_eq!(with(Lengths::Defined), defined);
        assert_eq!(with(Lengths::Undefined), undefined);
    }
}

#[test]
fn group_lengths_are_removed_made_right_or_added() {
    let wrong = b"\x08\0\0\0UL\x04\0\xff\0\0\0\x08\0\x60\0CS\x02\0CT\x10\0\x20\0LO\x02\0id";
    let with = |group_lengths| {
        let options = Options { group_lengths, ..Options::default() };
        written(wrong, EXPLICIT, EXPLICIT, options).unwrap()
    };
    let right = &b"\x08\0\0\0UL\x04\0\x0a\0\0\0\x08\0\x60\0CS\x02\0CT"[..];
    let (first, last) = (&right[12..], &b"\x10\0\x20\0LO\x02\0id"[..]);
    assert_eq!(with(GroupLengths::Remove), [first, last].concat());
    assert_eq!(with(GroupLengths::Keep), [right, last].concat());
    let added = b"\x10\0\0\0UL\x04\0\x0a\0\0\0";
    assert_eq!(with(GroupLengths::Add), [right, added, last].concat());
}

#[test]
fn elements_are_in_order_also_in_items_and_of_even_length() {
    let data = b"\x10\0\x20\0LO\x01\0i\x08\0\x40\x11SQ\0\0\x1c\0\0\0\xfe\xff\0\xe0\x14\0\0\0\x28\0\x10\0US\x02\0\x01\x02\x08\0\x60\0CS\x02\0CT";
    let sorted = b"\x08\0\x40\x11SQ\0\0\x1c\0\0\0\xfe\xff\0\xe0\x14\0\0\0\x08\0\x60\0CS\x02\0CT\x28\0\x10\0US\x02\0\x01\x02\x10\0\x20\0LO\x02\0i ";
    assert_eq!(plain(data, EXPLICIT, EXPLICIT), sorted);
}

#[test]
fn words_of_odd_length_are_padded_and_then_swapped() {
    let big = b"\x7f\xe0\0\x10OW\0\0\0\0\0\x03\x01\x02\x03";
    let little = plain(big, BIG_ENDIAN, EXPLICIT);
    assert_eq!(little, b"\xe0\x7f\x10\0OW\0\0\x04\0\0\0\x02\x01\0\x03");
    assert_eq!(plain(&little, EXPLICIT, BIG_ENDIAN)[12..], *b"\x01\x02\x03\0");
}

#[test]
fn no_length_is_added_to_the_group_of_commands() {
    let data = b"\0\0\x10\0LO\x02\0ab";
    let add = Options { group_lengths: GroupLengths::Add, ..Options::default() };
    assert_eq!(written(data, EXPLICIT, EXPLICIT, add).unwrap(), data);
}

#[test]
fn un_stays_un_with_its_content_in_implicit_little_endian() {
    let items = b"\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0\x02\0\0\0\x01\x02";
    for (explicit, big) in [
        (
            &b"\x09\0\x01\x10UN\0\0\x02\0\0\0\x01\x02"[..],
            &b"\0\x09\x10\x01UN\0\0\0\0\0\x02\x01\x02"[..],
        ),
        (
            &[b"\x09\0\x02\x10UN\0\0\xff\xff\xff\xff", &items[..], b"\xfe\xff\xdd\xe0\0\0\0\0"]
                .concat(),
            &[b"\0\x09\x10\x02UN\0\0\xff\xff\xff\xff", &items[..], b"\xfe\xff\xdd\xe0\0\0\0\0"]
                .concat(),
        ),
        (
            &[b"\x08\0\x40\x11UN\0\0\x12\0\0\0", &items[..]].concat(),
            &[b"\0\x08\x11\x40UN\0\0\0\0\0\x12", &items[..]].concat(),
        ),
    ] {
        assert_eq!(plain(explicit, EXPLICIT, EXPLICIT), explicit);
        assert_eq!(plain(explicit, EXPLICIT, BIG_ENDIAN), big);
        assert_eq!(plain(big, BIG_ENDIAN, EXPLICIT), explicit);
        let implicit = plain(explicit, EXPLICIT, IMPLICIT);
        assert_eq!(implicit[8..], explicit[12..]);
    }
}

#[test]
fn what_implicit_vr_does_not_say_is_known_or_un() {
    for (implicit, explicit) in [
        // A private creator, a private element, an unknown one, a group length in a group of its own.
        (&b"\x09\0\x10\0\x02\0\0\0ME"[..], &b"\x09\0\x10\0LO\x02\0ME"[..]),
        (b"\x09\0\x01\x10\x02\0\0\0ab", b"\x09\0\x01\x10UN\0\0\x02\0\0\0ab"),
        (b"\x08\0\xff\xff\x02\0\0\0ab", b"\x08\0\xff\xffUN\0\0\x02\0\0\0ab"),
        // What has no length is a sequence, also where nobody knows it.
        (
            b"\x09\0\x01\x10\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0",
            b"\x09\0\x01\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0",
        ),
        // US or SS by Pixel Representation.
        (
            b"\x28\0\x03\x01\x02\0\0\0\x01\0\x28\0\x06\x01\x02\0\0\0\xff\xff",
            b"\x28\0\x03\x01US\x02\0\x01\0\x28\0\x06\x01SS\x02\0\xff\xff",
        ),
        // Pixels by Bits Allocated.
        (
            b"\x28\0\0\x01\x02\0\0\0\x10\0\xe0\x7f\x10\0\x02\0\0\0ab",
            b"\x28\0\0\x01US\x02\0\x10\0\xe0\x7f\x10\0OW\0\0\x02\0\0\0ab",
        ),
        (
            b"\x28\0\0\x01\x02\0\0\0\x08\0\xe0\x7f\x10\0\x02\0\0\0ab",
            b"\x28\0\0\x01US\x02\0\x08\0\xe0\x7f\x10\0OB\0\0\x02\0\0\0ab",
        ),
    ] {
        let found = plain(implicit, IMPLICIT, EXPLICIT);
        assert_eq!(found.escape_ascii().to_string(), explicit.escape_ascii().to_string());
        assert_eq!(plain(explicit, EXPLICIT, IMPLICIT), implicit);
    }
}

#[test]
fn a_private_sequence_is_still_seen_to_be_one_in_implicit_vr() {
    let item = b"\xfe\xff\0\xe0\0\0\0\0";
    let explicit = [b"\x09\0\x01\x10SQ\0\0\x08\0\0\0", &item[..]].concat();
    let implicit = [b"\x09\0\x01\x10\xff\xff\xff\xff", &item[..], b"\xfe\xff\xdd\xe0\0\0\0\0"];
    assert_eq!(plain(&explicit, EXPLICIT, IMPLICIT), implicit.concat());
}

#[test]
fn a_sequence_that_would_be_fragments_in_implicit_vr_is_refused() {
    // Encapsulated Document is OB: of undefined length and without a VR, it has fragments.
    let sequence = b"\x42\0\x11\0SQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0";
    let said = written(sequence, EXPLICIT, IMPLICIT, KEEP);
    let unseen = "a sequence that everybody would take for fragments without its VR";
    assert_eq!(said, Err(unseen.into()));
}

#[test]
fn items_in_the_other_vr_mode_are_written_as_those_around_them() {
    let mixed =
        b"\x08\0\x40\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0\x02\0\0\0\x01\x02";
    let normal =
        b"\x08\0\x40\x11SQ\0\0\x12\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0US\x02\0\x01\x02";
    assert_eq!(plain(mixed, EXPLICIT, EXPLICIT), normal);
    let in_un = b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x0a\0\0\0\x28\0\x10\0US\x02\0\x01\x02\xfe\xff\xdd\xe0\0\0\0\0";
    let found = plain(in_un, EXPLICIT, EXPLICIT);
    assert_eq!(found[20..30], *b"\x28\0\x10\0\x02\0\0\0\x01\x02");
}

#[test]
fn pixels_are_never_coded_anew() {
    let encapsulated = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\x02\0\0\0ab\xfe\xff\xdd\xe0\0\0\0\0";
    assert_eq!(plain(encapsulated, JPEG, JPEG), encapsulated);
    let native = b"\xe0\x7f\x10\0OB\0\0\x02\0\0\0ab";
    let none = b"\x08\0\x60\0CS\x02\0CT";
    let said = |data, from, to| written(data, from, to, Options::default());
    let decoded = "encapsulated pixel data, which would have to be decoded first";
    assert_eq!(said(encapsulated, JPEG, EXPLICIT), Err(decoded.into()));
    assert_eq!(said(encapsulated, JPEG, RLE), Err(decoded.into()));
    let encoded = "native pixel data, which would have to be encoded first";
    assert_eq!(said(native, EXPLICIT, JPEG), Err(encoded.into()));
    assert_eq!(said(none, EXPLICIT, JPEG), Ok(none.to_vec()));
    assert_eq!(said(none, EXPLICIT, "1.2"), Err("a transfer syntax that nobody knows".into()));
    let swapped = "pixels of 1.2.840.113619.5.2, which are in big endian";
    assert_eq!(said(native, EXPLICIT, "1.2.840.113619.5.2"), Err(swapped.into()));
}

#[test]
fn fragments_in_big_endian_which_none_should_be_stay_what_they_are() {
    let big = b"\x7f\xe0\0\x10OB\0\0\xff\xff\xff\xff\xff\xfe\xe0\0\0\0\0\0\xff\xfe\xe0\0\0\0\0\x02ab\xff\xfe\xe0\xdd\0\0\0\0";
    assert_eq!(plain(big, BIG_ENDIAN, BIG_ENDIAN), big);
}

#[test]
fn padded_fragments_are_still_found_by_the_offset_table() {
    let odd = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x08\0\0\0\0\0\0\0\x09\0\0\0\xfe\xff\0\xe0\x01\0\0\0a\xfe\xff\0\xe0\x02\0\0\0bc\xfe\xff\xdd\xe0\0\0\0\0";
    let even = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\x08\0\0\0\0\0\0\0\x0a\0\0\0\xfe\xff\0\xe0\x02\0\0\0a\0\xfe\xff\0\xe0\x02\0\0\0bc\xfe\xff\xdd\xe0\0\0\0\0";
    assert_eq!(plain(odd, JPEG, JPEG), even);
}

/// An attribute of every VR that the data dictionary gives a single one.
#[rustfmt::skip]
const ATTRIBUTES: [(u32, Vr); 30] = [
    (0x0008_0018, Vr::UI), (0x0008_0020, Vr::DA), (0x0008_002a, Vr::DT), (0x0008_0030, Vr::TM),
    (0x0008_0060, Vr::CS), (0x0008_0119, Vr::UC), (0x0008_040c, Vr::UV), (0x0008_0054, Vr::AE),
    (0x0008_010e, Vr::UR), (0x0009_0010, Vr::LO), (0x0009_1001, Vr::UN), (0x0010_0010, Vr::PN),
    (0x0010_1010, Vr::AS), (0x0018_0088, Vr::DS), (0x0018_6016, Vr::UL), (0x0018_6020, Vr::SL),
    (0x0018_6028, Vr::FD), (0x0018_9219, Vr::SS), (0x0020_0013, Vr::IS), (0x0028_0009, Vr::AT),
    (0x0028_0010, Vr::US), (0x0028_1201, Vr::OW), (0x0040_a160, Vr::UT), (0x0042_0011, Vr::OB),
    (0x0066_0040, Vr::OL), (0x0070_0022, Vr::FL), (0x0072_0082, Vr::SV), (0x7fe0_0001, Vr::OV),
    (0x7fe0_0008, Vr::OF), (0x7fe0_0009, Vr::OD),
];

/// The elements of a data set or item by tag, so that they are in order and there is one of each.
type Elements = BTreeMap<u32, Part>;

#[derive(Debug, Clone)]
enum Part {
    Value(Vr, Vec<u8>),
    Sequence(Vec<(Elements, bool)>, bool),
}

fn elements() -> impl Strategy<Value = Elements> {
    let value = (select(&ATTRIBUTES[..]), vec(any::<[u8; 8]>(), 0..3))
        .prop_map(|((tag, vr), words)| (tag, Part::Value(vr, words.concat())));
    let flat = vec(value.clone(), 0..8).prop_map(Elements::from_iter);
    flat.prop_recursive(4, 48, 6, move |inner| {
        let sequence = (
            select(&[0x0008_1140, 0x0040_a730, 0x5400_0100][..]),
            vec((inner, any::<bool>()), 0..3),
            any::<bool>(),
        );
        let sequence =
            sequence.prop_map(|(tag, items, undefined)| (tag, Part::Sequence(items, undefined)));
        vec(prop_oneof![3 => value.clone(), 1 => sequence], 0..8).prop_map(Elements::from_iter)
    })
}

fn put(out: &mut Vec<u8>, elements: &Elements) {
    let encoding = Encoding::EXPLICIT;
    for (&tag, part) in elements {
        match part {
            Part::Value(vr, bytes) => {
                put_element(out, Tag(tag), *vr, (bytes, Endian::Little), encoding).unwrap();
            }
            Part::Sequence(items, undefined) => {
                let mut content = Vec::new();
                for (item, undefined) in items {
                    let mut inner = Vec::new();
                    put(&mut inner, item);
                    put_content(&mut content, Tag::ITEM, &inner, *undefined);
                }
                put_content(out, Tag(tag), &content, *undefined);
            }
        }
    }
}

/// Appends a sequence or an item around `content`.
fn put_content(out: &mut Vec<u8>, tag: Tag, content: &[u8], undefined: bool) {
    let length = if undefined { u32::MAX } else { content.len().try_into().unwrap() };
    put_header(out, tag, Vr::SQ, length, Encoding::EXPLICIT);
    out.extend_from_slice(content);
    let end = if tag == Tag::ITEM { Tag::ITEM_DELIMITATION } else { Tag::SEQUENCE_DELIMITATION };
    if undefined {
        put_header(out, end, Vr::SQ, 0, Encoding::EXPLICIT);
    }
}

#[test]
fn the_attributes_above_are_those_of_the_dictionary() {
    for (tag, vr) in ATTRIBUTES {
        assert_eq!(dictionary::vr_of(Tag(tag)), vr, "{}", Tag(tag));
    }
}

#[test]
fn a_un_that_begins_like_a_sequence_keeps_all_of_its_bytes() {
    let value = b"\xfe\xff\0\xe0\0\0\0\0no items";
    let explicit = [b"\x08\0\x40\x11UN\0\0\x10\0\0\0", &value[..]].concat();
    let implicit = [b"\x08\0\x40\x11\x10\0\0\0", &value[..]].concat();
    let big = [b"\0\x08\x11\x40UN\0\0\0\0\0\x10", &value[..]].concat();
    for (to, expected) in [(EXPLICIT, &explicit), (IMPLICIT, &implicit), (BIG_ENDIAN, &big)] {
        assert_eq!(written(&explicit, EXPLICIT, to, KEEP).as_ref(), Ok(expected), "{to}");
        assert_eq!(written(&big, BIG_ENDIAN, to, KEEP).as_ref(), Ok(expected), "{to}");
    }
}

proptest! {
    #[test]
    fn any_way_through_the_syntaxes_leads_back(
        elements in elements(),
        way in vec(select(&NATIVE[..]), 0..4),
    ) {
        let mut data = Vec::new();
        put(&mut data, &elements);
        let (mut at, mut now) = (EXPLICIT, data.clone());
        for to in way.into_iter().chain([EXPLICIT]) {
            if now.is_empty() {
                return Ok(());
            }
            now = written(&now, at, to, KEEP).unwrap();
            at = to;
        }
        prop_assert_eq!(now, data);
    }

    #[test]
    fn lengths_of_any_kind_can_be_undone(elements in elements()) {
        let mut data = Vec::new();
        put(&mut data, &elements);
        if data.is_empty() {
            return Ok(());
        }
        let with = |data: &[u8], lengths| {
            written(data, EXPLICIT, EXPLICIT, Options { lengths, ..KEEP }).unwrap()
        };
        let defined = with(&data, Lengths::Defined);
        let undefined = with(&data, Lengths::Undefined);
        prop_assert_eq!(with(&undefined, Lengths::Defined), &defined[..]);
        prop_assert_eq!(with(&defined, Lengths::Undefined), undefined);
        let add = Options { group_lengths: GroupLengths::Add, ..KEEP };
        let added = written(&data, EXPLICIT, EXPLICIT, add).unwrap();
        prop_assert_eq!(written(&added, EXPLICIT, EXPLICIT, KEEP).unwrap(), &added[..]);
        prop_assert_eq!(written(&added, EXPLICIT, EXPLICIT, Options::default()).unwrap(), data);
    }

    #[test]
    fn what_was_written_needs_no_second_writing(
        tokens in vec(select(vec![
            &b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff"[..],
            b"\x08\0\x40\x11SQ\0\0\x10\0\0\0",
            b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff",
            b"\x08\0\x40\x11UN\0\0\x12\0\0\0",
            b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff",
            b"\xe0\x7f\x10\0UN\0\0\xff\xff\xff\xff",
            b"\xfe\xff\0\xe0\xff\xff\xff\xff",
            b"\xfe\xff\0\xe0\x0a\0\0\0",
            b"\xfe\xff\x0d\xe0\0\0\0\0",
            b"\xfe\xff\xdd\xe0\0\0\0\0",
            b"\x10\0\x20\0LO\x03\0abc",
            b"\x10\0\x20\0\x04\0\0\0abcd",
            b"\x08\0\0\0UL\x04\0\x0a\0\0\0",
            b"\x28\0\x10\0ZZ\0\0\x02\0\0\0ab",
            b"\x28\0\x10\0US\x03\0abc",
            b"\x01\x02\x03",
        ]), 1..16),
        to in select(&NATIVE[..]),
    ) {
        let data = tokens.concat();
        let Ok(mut once) = written(&data, EXPLICIT, to, KEEP) else { return Ok(()) };
        if to == IMPLICIT && !once.is_empty() {
            // What a UN holds stays as it is, and without its VR may be read as a sequence.
            once = written(&once, to, to, KEEP).unwrap();
        }
        if once.is_empty() {
            return Ok(());
        }
        prop_assert_eq!(once.len() % 2, 0);
        prop_assert_eq!(written(&once, to, to, KEEP), Ok(once.clone()));
        let strict = Rules { strict: true, ..Rules::default() };
        if to == EXPLICIT || to == BIG_ENDIAN {
            let syntax = Syntax::of(to).unwrap();
            let read = Index::read(&once, 0, syntax.into(), strict);
            let repeated = |text: String| text.starts_with("tag repeated");
            prop_assert!(read.is_ok() || repeated(read.unwrap_err().to_string()));
        }
    }
}
