//! Any bytes are a file or a data set, or are refused at an offset inside them.

use std::sync::Arc;

use russet_codec::dataset::deep::View;
use russet_codec::dataset::feed::Feed;
use russet_codec::dataset::harvest::{Harvest, Tags};
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::skim::{FragmentSkim, Need, Skim};
use russet_codec::dataset::{Element, Encoding, Rules, Warnings, inflate};
use russet_codec::dump::Dump;
use russet_codec::error::DecodeError;
use russet_codec::file::{self, OpenError};
use russet_codec::scan::{Path, Scanner, Selection};
use russet_codec::syntax::Syntax;
use russet_codec::tag::Tag;
use russet_codec::value::Context;

use super::{SYNTAXES, rules, size};

/// The input is read as a file, and as a data set in every transfer syntax.
pub fn open(data: &[u8]) {
    for strict in [false, true] {
        let rules = rules(strict);
        as_file(data, rules);
        for uid in SYNTAXES {
            as_data_set(data, 0, Syntax::of(uid).unwrap(), rules);
        }
    }
    scan(data);
}

fn as_file(data: &[u8], rules: Rules) {
    match file::read_meta(data) {
        Ok(meta) => assert!(meta.dataset_offset <= size(data)),
        Err(error) => refused(error, data),
    }
    match file::open(data, rules) {
        Ok(opened) => {
            assert!(opened.dataset_offset <= size(data));
            inside(&opened.warnings, size(data), rules);
            if let Some(meta) = &opened.meta {
                explore(meta, data, rules, 0);
            }
            as_data_set(data, opened.dataset_offset, opened.syntax, rules);
        }
        Err(error) => refused(error, data),
    }
}

fn refused(error: OpenError, data: &[u8]) {
    if let OpenError::Decode(error) = error {
        assert!(error.offset <= size(data), "{error}");
    }
}

fn as_data_set(data: &[u8], start: u64, syntax: Syntax, rules: Rules) {
    let rest = &data[usize::try_from(start).unwrap()..];
    let quota = rules.limits.inflated;
    let inflated = if syntax.deflated {
        inflate::inflate(rest, quota).map_or(0, |(inflated, _)| size(&inflated))
    } else {
        0
    };
    // Of a deflated data set, offsets count what it inflates to.
    let end = size(data).max(inflated);
    match file::read_dataset(data, start, syntax, rules, &Select::default()) {
        Ok((index, warnings, inflated)) => {
            let data = inflated.as_deref().unwrap_or(data);
            inside(&warnings, end, rules);
            explore(&index, data, rules, 0);
            show(&index, data, rules);
        }
        Err(error) => assert!(error.offset <= end, "{error}"),
    }
    let some = Select { until: None, only: Some(vec![Tag::PIXEL_DATA, Tag(0x0010_0020)]) };
    if let Err(error) = file::read_dataset(data, start, syntax, rules, &some) {
        assert!(error.offset <= end, "{error}");
    }
    arrive(rest, syntax, rules, end);
    if !syntax.deflated {
        skim(data, start, syntax, rules);
    }
}

fn inside(warnings: &Warnings, end: u64, rules: Rules) {
    assert!(!rules.strict || warnings.count == 0);
    assert!(warnings.kept.iter().all(|warning| warning.offset <= end), "{warnings:?} in {end}");
}

fn known(error: DecodeError, data: &[u8]) {
    assert!(error.offset <= size(data), "{error}");
}

/// Visits everything an index can lead to, checking that all of it is inside `data`.
fn explore(index: &Index, data: &[u8], rules: Rules, depth: usize) {
    assert!(depth <= rules.limits.depth && index.depth() == depth);
    assert!(index.start() <= index.end() && index.end() <= size(data), "{index:?}");
    let context = index.context(data, Context::default());
    let view = View { index, data: data.into(), context, rules };
    for (row, element) in index.elements().iter().enumerate() {
        assert!(element.end() <= size(data), "{element:?}");
        assert_eq!(size(Index::value(element, data)), element.length);
        assert!(index.find(element.tag).is_some());
        let (start, end) = index.span(row, row + 1);
        assert!(start <= end && end <= size(data), "{start} {end}");
        if let Err(error) = view.met(row).unwrap().decode() {
            known(error, data);
        }
        match index.items(row, data, rules) {
            Ok((items, warnings)) => {
                inside(&warnings, size(data), rules);
                for item in &items {
                    explore(item, data, rules, depth + 1);
                }
            }
            Err(error) => known(error, data),
        }
        let fragments = index.fragments(row, data, rules);
        if let Some(skimmed) = skim_fragments(index, element, data, rules) {
            assert_eq!(skimmed, fragments);
        }
        match fragments {
            Ok(found) => assert!(found.iter().all(|(at, length)| at + length <= element.end())),
            Err(error) => known(error, data),
        }
    }
}

/// Everything as text, which is safe to print.
fn show(index: &Index, data: &[u8], rules: Rules) {
    let context = index.context(data, Context::default());
    let view = View { index, data: data.into(), context, rules };
    let safe = |text: &str| {
        assert!(!text.contains(|shown: char| shown.is_control() && shown != '\n'), "{text:?}");
        true
    };
    let mut dump = Dump::new(Some(64), safe);
    for row in 0..index.len() {
        dump.row(&view, row);
    }
    dump.finish();
}

fn arrive(rest: &[u8], syntax: Syntax, rules: Rules, end: u64) {
    for nested in [false, true] {
        let wanted: Tags =
            [Tag::SPECIFIC_CHARACTER_SET, Tag(0x0008_0018), Tag(0x0010_0020)].into_iter().collect();
        let mut feed = Feed::new(syntax, Harvest::new(wanted.clone(), nested), rules);
        if let Err(error) = feed.feed(rest).and_then(|()| feed.finish()) {
            assert!(error.offset <= end, "{error}");
        }
        inside(feed.warnings(), end, rules);
        let (kept, _) = feed.visitor().elements(&wanted, syntax.endian).unwrap();
        let (again, _) = Index::read(&kept, 0, Encoding::EXPLICIT, Rules::default()).unwrap();
        assert!(again.len() <= 3 && again.elements().is_sorted_by(|a, b| a.tag < b.tag));
    }
}

/// Reads in pieces of 16 bytes, from where it is asked for on: it comes to an end.
fn skim(data: &[u8], start: u64, syntax: Syntax, rules: Rules) {
    let mut skim = Skim::new(start, size(data), syntax.into(), rules, Select::default());
    let mut at = start;
    loop {
        let from = usize::try_from(at).unwrap().min(data.len());
        let piece = &data[from..data.len().min(from + 16)];
        match skim.feed(piece) {
            Ok(Need::From(next)) => {
                assert!(next > at && next <= size(data), "{next} after {at}");
                at = next;
            }
            Ok(Need::Nothing) => {
                let whole = Index::read(data, start, syntax.into(), rules);
                assert_eq!(Ok(skim.finish()), whole);
                return;
            }
            Ok(Need::Everything) => return,
            Err(error) => return known(error, data),
        }
    }
}

/// The fragments of `element`, read in pieces of 16 bytes; None when that takes all of it.
fn skim_fragments(
    index: &Index,
    element: &Element,
    data: &[u8],
    rules: Rules,
) -> Option<Result<Vec<(u64, u64)>, DecodeError>> {
    if !element.has_fragments() {
        return None;
    }
    let mut skim = FragmentSkim::new(element, index.encoding(), rules);
    let mut need = Ok(Need::From(element.value()));
    while let Ok(Need::From(at)) = need {
        let from = usize::try_from(at).unwrap();
        need = skim.feed(&data[from..data.len().min(from + 16)]);
        assert_ne!(need, Ok(Need::From(at)), "no further");
    }
    match need {
        Ok(Need::Nothing) => Some(Ok(skim.finish())),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// Values for a table, out of a file of which no more is at hand than is asked for.
fn scan(data: &[u8]) {
    let meaning = Path { items: vec![(Tag(0x0008_1032), 0)], tag: Tag(0x0008_0104) };
    let paths = vec![Path::from(Tag(0x0010_0020)), Path::from(Tag(0x0028_0010)), meaning];
    let columns = paths.len();
    let mut scanner = Scanner::new(Arc::new(Selection::new(paths)), rules(false));
    scanner.begin();
    let (mut at, mut room) = (0, 64);
    loop {
        let from = usize::try_from(at).unwrap().min(data.len());
        match scanner.feed(&data[from..data.len().min(from + room)], size(data)) {
            Ok(Some(next)) if next == at => {
                assert!(from + room < data.len(), "more than there is");
                room *= 2;
            }
            Ok(Some(next)) => {
                assert!(next <= size(data), "{next}");
                (at, room) = (next, 64);
            }
            Ok(None) => break,
            Err(error) => return refused(error, data),
        }
    }
    for column in 0..columns {
        let _ = scanner.cell(column);
    }
}
