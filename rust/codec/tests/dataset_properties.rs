//! What holds for all data sets: any bytes are read or refused at an offset inside them, any split
//! is as good as one piece, what is well-formed is found where it was put.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may panic"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use russet_codec::dataset::feed::Feed;
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::skim::{FragmentSkim, Need};
use russet_codec::dataset::visitor::{Take, Visitor};
use russet_codec::dataset::{Element, Encoding, Rules, Warnings};
use russet_codec::endian::Endian;
use russet_codec::error::DecodeError;
use russet_codec::file;
use russet_codec::limits::Limits;
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::vr::Vr;

const SYNTAXES: [Syntax; 3] = [Syntax::IMPLICIT, Syntax::EXPLICIT, Syntax::BIG_ENDIAN];

/// Bytes that are often headers of elements, items and delimiters.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => select(vec![
            &b"\x08\x00\x60\x00CS\x02\x00OT"[..],
            b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff",
            b"\x08\x00\x40\x11SQ\0\0\x10\0\0\0",
            b"\x08\x00\x40\x11\xff\xff\xff\xff",
            b"\x09\x00\x01\x10UN\0\0\xff\xff\xff\xff",
            b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff",
            b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
            b"\xfe\xff\x00\xe0\x08\0\0\0",
            b"\xfe\xff\x0d\xe0\0\0\0\0",
            b"\xfe\xff\xdd\xe0\0\0\0\0",
            b"\x00\x08\x00\x60CS\0\x02OT",
            b"\xff\xfe\xe0\x00\0\0\0\x08",
            b"\x10\0\x20\0LO\x04\0abcd",
            b"\x10\0\x20\0\x04\0\0\0abcd",
            b"\x10\0\x20\0\0\0\0\0",
            b"\x10\0\x20\0ZZ\0\0\x02\0\0\0ab",
            b"\x10\0\x20\0us\x02\0ab",
            b"\x10\0\x20\0UN\x02\0ab",
        ]).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 0..12),
    ];
    vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

fn parts(data: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut found) = (data, Vec::new());
    for &cut in cuts.iter().cycle().take(data.len() + 1) {
        let (part, tail) = rest.split_at(cut.min(rest.len()));
        found.push(part.to_vec());
        rest = tail;
    }
    found.push(rest.to_vec());
    found
}

/// Remembers all it is told, values in one piece.
#[derive(Debug, Default, PartialEq)]
struct Told {
    events: Vec<String>,
    value: Vec<u8>,
}

impl Visitor for Told {
    fn element(&mut self, element: Element, depth: usize) -> Take {
        self.events
            .push(format!("{depth} {element:?} after {:?}", std::mem::take(&mut self.value)));
        if element.tag.0 & 0x10 == 0 { Take::Items } else { Take::Value }
    }

    fn value(&mut self, part: &[u8]) {
        self.value.extend_from_slice(part);
    }

    fn closed(&mut self, end: u64, depth: usize) {
        self.events.push(format!("{depth} closed {end}"));
    }

    fn item(&mut self, start: u64, depth: usize) {
        self.events.push(format!("{depth} item {start}"));
    }

    fn item_closed(&mut self, end: u64, depth: usize) {
        self.events.push(format!("{depth} item closed {end}"));
    }

    fn fragment(&mut self, offset: u64, length: u64) {
        self.events.push(format!("fragment {offset} {length}"));
    }
}

type Outcome = (Told, Warnings, Option<DecodeError>);

fn fed(syntax: Syntax, parts: &[Vec<u8>]) -> Outcome {
    let limits = Limits { depth: 8, elements: 64, ..Limits::default() };
    let mut feed = Feed::new(syntax, Told::default(), Rules { limits, strict: false });
    let outcome = parts.iter().try_for_each(|part| feed.feed(part)).and_then(|()| feed.finish());
    let told = Told { events: feed.visitor().events.clone(), value: feed.visitor().value.clone() };
    (told, feed.warnings().clone(), outcome.err())
}

fn size(data: &[u8]) -> u64 {
    data.len().try_into().unwrap()
}

/// Visits everything an index can lead to, checking that all of it is inside `data`.
fn explore(index: &Index, data: &[u8], rules: Rules) {
    assert!(index.start() <= index.end() && index.end() <= size(data));
    for (row, element) in index.elements().iter().enumerate() {
        assert!(element.end() <= size(data), "{element:?}");
        assert_eq!(size(Index::value(element, data)), element.length);
        assert!(index.find(element.tag).is_some());
        if let Ok((items, _)) = index.items(row, data, rules) {
            for item in &items {
                explore(item, data, rules);
            }
        }
        let fragments = index.fragments(row, data, rules);
        if let Some(skimmed) = skimmed(element, data, index.encoding(), rules) {
            assert_eq!(skimmed, fragments);
        }
        for (offset, length) in fragments.unwrap_or_default() {
            assert!(offset + length <= element.end());
        }
    }
}

type Found = Result<Vec<(u64, u64)>, DecodeError>;

/// The fragments of `element` as they are found in pieces of 16 bytes; None when that takes all bytes.
fn skimmed(element: &Element, data: &[u8], encoding: Encoding, rules: Rules) -> Option<Found> {
    if !element.has_fragments() {
        return None;
    }
    let mut skim = FragmentSkim::new(element, encoding, rules);
    let mut need = Ok(Need::From(element.value()));
    while let Ok(Need::From(at)) = need {
        let from = usize::try_from(at).unwrap();
        need = skim.feed(&data[from..data.len().min(from + 16)]);
        assert_ne!(need, Ok(Need::From(at)), "no further");
    }
    match need {
        Ok(need) => (need == Need::Nothing).then(|| Ok(skim.finish())),
        Err(error) => Some(Err(error)),
    }
}

/// A well-formed data set and what should be found in it.
#[derive(Debug, Clone)]
enum Part {
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Sequence(Vec<(bool, Vec<Part>)>, bool),
    Pixels(Vec<Vec<u8>>),
}

fn part() -> impl Strategy<Value = Part> {
    let even = || vec(any::<[u8; 2]>(), 0..10).prop_map(|pairs| pairs.concat());
    let leaf = prop_oneof![
        even().prop_map(Part::Text),
        even().prop_map(Part::Bytes),
        vec(even(), 1..4).prop_map(Part::Pixels),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        (vec((any::<bool>(), vec(inner, 0..4)), 0..3), any::<bool>())
            .prop_map(|(items, undefined)| Part::Sequence(items, undefined))
    })
}

struct Encoder(Encoding);

impl Encoder {
    fn u16(&self, value: u16) -> [u8; 2] {
        if self.0.endian == Endian::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.0.endian == Endian::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn tag(&self, tag: Tag) -> Vec<u8> {
        [self.u16(tag.group()), self.u16(tag.element())].concat()
    }

    fn item(&self, tag: Tag, length: u32, value: &[u8]) -> Vec<u8> {
        [&self.tag(tag)[..], &self.u32(length), value].concat()
    }

    fn element(&self, tag: Tag, vr: Vr, length: u32, value: &[u8]) -> Vec<u8> {
        let mut head = self.tag(tag);
        if self.0.explicit {
            head.extend(vr.letters());
        }
        match (self.0.explicit, vr.has_long_length()) {
            (true, false) => head.extend(self.u16(length.try_into().unwrap())),
            (true, true) => head.extend([[0; 2].as_slice(), &self.u32(length)].concat()),
            _ => head.extend(self.u32(length)),
        }
        [&head, value].concat()
    }

    fn encode(&self, parts: &[Part]) -> Vec<u8> {
        let mut all = Vec::new();
        for (at, part) in (0x10_u16..).zip(parts) {
            all.extend(self.part(at, part));
        }
        all
    }

    fn part(&self, at: u16, part: &Part) -> Vec<u8> {
        let length = |value: &[u8]| u32::try_from(value.len()).unwrap();
        match part {
            Part::Text(text) => self.element(Tag::new(0x11, at), Vr::LO, length(text), text),
            Part::Bytes(value) => self.element(Tag::new(0x13, at), Vr::OB, length(value), value),
            Part::Pixels(fragments) => {
                let item = |value: &Vec<u8>| self.item(Tag::ITEM, length(value), value);
                let mut value = fragments.iter().map(item).collect::<Vec<_>>().concat();
                value.extend(self.item(Tag::SEQUENCE_DELIMITATION, 0, b""));
                self.element(Tag::PIXEL_DATA, Vr::OB, u32::MAX, &value)
            }
            Part::Sequence(items, undefined) => {
                let item = |(undefined, parts): &(bool, Vec<Part>)| {
                    let mut value = self.encode(parts);
                    let count = if *undefined { u32::MAX } else { length(&value) };
                    if *undefined {
                        value.extend(self.item(Tag::ITEM_DELIMITATION, 0, b""));
                    }
                    self.item(Tag::ITEM, count, &value)
                };
                let mut value = items.iter().map(item).collect::<Vec<_>>().concat();
                let count = if *undefined { u32::MAX } else { length(&value) };
                if *undefined {
                    value.extend(self.item(Tag::SEQUENCE_DELIMITATION, 0, b""));
                }
                self.element(SEQUENCE, Vr::SQ, count, &value)
            }
        }
    }
}

/// Referenced Image Sequence: an SQ also in Implicit VR.
const SEQUENCE: Tag = Tag(0x0008_1140);

fn check(index: &Index, data: &[u8], parts: &[Part]) {
    assert_eq!(index.len(), parts.len());
    for (row, part) in parts.iter().enumerate() {
        let value = Index::value(index.element(row).unwrap(), data);
        match part {
            Part::Text(expected) | Part::Bytes(expected) => assert_eq!(value, expected),
            Part::Pixels(expected) => {
                let found = index.fragments(row, data, Rules::default()).unwrap();
                assert_eq!(found.len(), expected.len());
                for ((offset, length), expected) in found.into_iter().zip(expected) {
                    let at = usize::try_from(offset).unwrap();
                    assert_eq!(&data[at..at + usize::try_from(length).unwrap()], expected);
                }
            }
            Part::Sequence(expected, _) => {
                let (items, _) = index.items(row, data, Rules::default()).unwrap();
                assert_eq!(items.len(), expected.len());
                for (item, (_, parts)) in items.iter().zip(expected) {
                    check(item, data, parts);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data in broken(), which in 0..3_usize, strict: bool) {
        let limits = Limits { depth: 8, elements: 64, ..Limits::default() };
        let rules = Rules { limits, strict };
        let encoding = Encoding::from(SYNTAXES[which]);
        match Index::read(&data, 0, encoding, rules) {
            Ok((index, warnings)) => {
                explore(&index, &data, rules);
                prop_assert!(!strict || warnings.count == 0);
                prop_assert!(warnings.kept.iter().all(|it| it.offset <= size(&data)));
            }
            Err(error) => prop_assert!(error.offset <= size(&data)),
        }
    }

    #[test]
    fn any_bytes_are_a_file_or_none(data in broken(), preamble: bool, strict: bool) {
        let data = if preamble { [&[0; 128][..], b"DICM", &data].concat() } else { data };
        let rules = Rules { strict, ..Rules::default() };
        let _ = file::read_meta(&data);
        if let Ok(file) = file::open(&data, rules) {
            prop_assert!(file.dataset_offset <= size(&data));
            if let Ok((index, _, inflated)) =
                file::read_dataset(&data, file.dataset_offset, file.syntax, rules, &Select::default())
            {
                explore(&index, inflated.as_deref().unwrap_or(&data), rules);
            }
        }
    }

    #[test]
    fn any_split_is_as_good_as_one_piece(
        data in broken(), which in 0..3_usize, cuts in vec(1..20_usize, 1..6),
    ) {
        let syntax = SYNTAXES[which];
        prop_assert_eq!(fed(syntax, &parts(&data, &cuts)), fed(syntax, &[data]));
    }

    #[test]
    fn what_is_well_formed_is_found_where_it_was_put(
        content in vec(part(), 0..6), which in 0..3_usize, cuts in vec(1..40_usize, 1..4),
    ) {
        let encoding = Encoding::from(SYNTAXES[which]);
        let data = Encoder(encoding).encode(&content);
        let (index, _) = Index::read(&data, 0, encoding, Rules::default()).unwrap();
        check(&index, &data, &content);
        prop_assert_eq!(index.end(), size(&data));
        let (told, _, error) = fed(SYNTAXES[which], &parts(&data, &cuts));
        if told.events.len() < 64 {
            prop_assert_eq!(error, None);
        }
    }
}
