//! A scanner, fed as a reader of files would feed it.

#![allow(clippy::arithmetic_side_effects, reason = "the sums of a test are small")]

use super::*;
use crate::tag::Tag;

const ID: Tag = Tag::new(0x0010, 0x0020);
const NAME: Tag = Tag::new(0x0010, 0x0010);
const MODALITY: Tag = Tag::new(0x0008, 0x0060);
const ROWS: Tag = Tag::new(0x0028, 0x0010);
const NUMBER: Tag = Tag::new(0x0020, 0x0013);
const THICKNESS: Tag = Tag::new(0x0018, 0x0050);
const SPACING: Tag = Tag::new(0x0028, 0x0030);
const SMALLEST: Tag = Tag::new(0x0028, 0x0106);
const CODES: Tag = Tag::new(0x0008, 0x1032);
const MEANING: Tag = Tag::new(0x0008, 0x0104);

/// File meta that names `syntax`, an even number of letters, and the data set after it.
fn file(syntax: &str, dataset: &[u8]) -> Vec<u8> {
    let length = u8::try_from(syntax.len()).unwrap();
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM\x02\0\0\0UL\x04\0");
    file.extend_from_slice(&[length + 8, 0, 0, 0]);
    file.extend_from_slice(b"\x02\0\x10\0UI");
    file.extend_from_slice(&[length, 0]);
    file.extend_from_slice(syntax.as_bytes());
    file.extend_from_slice(dataset);
    file
}

fn explicit(dataset: &[u8]) -> Vec<u8> {
    file("1.2.840.10008.1.2.1\0", dataset)
}

/// Scans `file` with reads of `window` bytes; what it wanted to read, and how that ended.
fn fed(scanner: &mut Scanner, file: &[u8], window: usize) -> (Vec<u64>, Result<(), OpenError>) {
    let length = wide(file.len());
    let (mut asked, mut offset, mut size) = (Vec::new(), 0, window);
    scanner.begin();
    loop {
        asked.push(offset);
        match scanner.feed(slice(file, offset, offset + wide(size)), length) {
            Ok(Some(next)) => (offset, size) = (next, if next == 0 { size * 2 } else { window }),
            Ok(None) => return (asked, Ok(())),
            Err(error) => return (asked, Err(error)),
        }
    }
}

fn scanner(tags: &[Tag]) -> Scanner {
    let paths = tags.iter().copied().map(Path::from).collect();
    Scanner::new(Arc::new(Selection::new(paths)), Rules::default())
}

/// The cells of `tags` in `file`, read at once; text as it is, numbers in brackets.
fn cells(tags: &[Tag], file: &[u8]) -> Vec<String> {
    let mut scanner = scanner(tags);
    let (_, outcome) = fed(&mut scanner, file, file.len().max(1));
    outcome.unwrap();
    (0..tags.len()).map(|column| shown(&mut scanner, column)).collect()
}

fn shown(scanner: &mut Scanner, column: usize) -> String {
    match scanner.cell(column) {
        Ok(Cell::Empty) => "none".to_owned(),
        Ok(Cell::Text(text)) => text.to_owned(),
        Ok(Cell::Integer(number)) => format!("[{number}]"),
        Ok(Cell::Float(number)) => format!("[{number:?}]"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn values_are_text_or_the_one_number_that_the_dictionary_gives_them() {
    let dataset = b"\x08\0\x60\0CS\x02\0MR\
        \x18\0\x50\0DS\x04\x002.5 \
        \x20\0\x13\0IS\x02\x0012\
        \x28\0\x10\0US\x02\0\x40\0\
        \x28\0\x30\0DS\x0a\x000.50\\ 0.5 ";
    let tags = [ROWS, NUMBER, THICKNESS, SPACING, MODALITY, NAME];
    let expected = ["[64]", "[12]", "[2.5]", "0.50\\0.5", "MR", "none"];
    assert_eq!(cells(&tags, &explicit(dataset)), expected);
}

#[test]
fn an_empty_text_is_there_and_an_empty_number_is_not() {
    let dataset = b"\x08\0\x60\0CS\0\0\x20\0\x13\0IS\x02\0  ";
    assert_eq!(cells(&[MODALITY, NUMBER], &explicit(dataset)), ["", "none"]);
}

#[test]
fn a_value_that_does_not_fit_its_column_is_an_error_with_its_place() {
    let at = "at offset 0xb4 in (0020,0013)";
    for (value, expected) in [
        (&b"IS\x02\0x "[..], format!("an integer string (IS) that is no integer {at}")),
        (b"IS\x04\x001\\2 ", format!("several values where the dictionary has one {at}")),
        (b"DS\x04\x001.5 ", format!("no number that fits its column {at}")),
        (b"LO\x02\x007 ", "[7]".to_owned()),
        (b"US\x02\0\x07\0", "[7]".to_owned()),
        (b"US\x04\0\x07\0\x08\0", format!("several values where the dictionary has one {at}")),
        (b"OB\0\0\x02\0\0\0\x07\0", "no number that fits its column".to_owned()),
    ] {
        let file = explicit(&[b"\x20\0\x13\0", value].concat());
        let found = cells(&[NUMBER], &file).remove(0);
        assert!(found.starts_with(&expected), "{found} and not {expected}");
    }
}

#[test]
fn text_is_decoded_by_the_character_set_of_its_data_set() {
    let dataset = b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x10\0\x10\0PN\x06\0Ren\xc3\xa9 ";
    assert_eq!(cells(&[NAME], &explicit(dataset)), ["Ren\u{e9}"]);
}

#[test]
fn big_endian_implicit_and_meta_are_read_as_they_are_written() {
    let big = file("1.2.840.10008.1.2.2\0", b"\0\x28\0\x10US\0\x02\x01\0");
    assert_eq!(cells(&[ROWS], &big), ["[256]"]);
    // Smallest Image Pixel Value is US or SS: SS where Pixel Representation is 1 (PS3.5 A.1).
    let implicit = b"\x28\0\x03\x01\x02\0\0\0\x01\0\x28\0\x06\x01\x02\0\0\0\xff\xff";
    let implicit = file("1.2.840.10008.1.2\0", implicit);
    assert_eq!(cells(&[SMALLEST], &implicit), ["[-1]"]);
    let syntax = Tag::new(0x0002, 0x0010);
    assert_eq!(cells(&[syntax, SMALLEST], &implicit), ["1.2.840.10008.1.2", "[-1]"]);
    assert_eq!(cells(&[syntax], &big), ["1.2.840.10008.1.2.2"]);
}

#[test]
fn private_text_in_implicit_vr_is_text_and_bytes_are_not() {
    let text = b"\x19\0\x0c\x10\x04\0\0\x001000\x19\0\x0d\x10\x02\0\0\0\x01\x02";
    let tags = [Tag::new(0x0019, 0x100c), Tag::new(0x0019, 0x100d)];
    let found = cells(&tags, &file("1.2.840.10008.1.2\0", text));
    assert_eq!(found[0], "1000");
    assert!(found[1].starts_with("bytes, which are no text at offset 0x"), "{}", found[1]);
}

#[test]
fn values_in_items_are_found_by_the_number_of_the_item() {
    // Two items; the first of undefined length and with a character set of its own.
    let item = b"\xfe\xff\0\xe0\xff\xff\xff\xff\
        \x08\0\x05\0CS\x0a\0ISO_IR 192\x08\0\x04\x01LO\x02\0\xc3\xa9\
        \xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x04\x01LO\x02\0b ";
    let mut dataset = b"\x08\0\x32\x10SQ\0\0".to_vec();
    dataset.extend_from_slice(&u32::try_from(item.len()).unwrap().to_le_bytes());
    dataset.extend_from_slice(item);
    dataset.extend_from_slice(b"\x10\0\x20\0LO\x02\x001 ");
    let path = |item| Path { items: vec![(CODES, item)], tag: MEANING };
    let paths = vec![path(0), path(1), path(2), Path::from(ID)];
    let mut scanner = Scanner::new(Arc::new(Selection::new(paths)), Rules::default());
    let file = explicit(&dataset);
    for window in [file.len(), 200, 160] {
        assert_eq!(fed(&mut scanner, &file, window).1, Ok(()));
        let found: Vec<_> = (0..4).map(|column| shown(&mut scanner, column)).collect();
        assert_eq!(found, ["\u{e9}", "b", "none", "1"], "{window}");
    }
}

#[test]
fn a_sequence_without_a_path_has_no_value() {
    let dataset = b"\x08\0\x32\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0";
    let found = cells(&[CODES], &explicit(dataset)).remove(0);
    assert_eq!(found, "a sequence has items and no value at offset 0xac in (0008,1032)");
}

#[test]
fn large_values_are_passed_over_unread_and_what_comes_after_the_last_tag_is_never_asked_for() {
    let mut dataset = b"\x09\0\x01\x10OB\0\0\x40\x4b\x4c\0".to_vec();
    dataset.resize(dataset.len() + 5_000_000, 1);
    dataset.extend_from_slice(b"\x10\0\x20\0LO\x02\0id\xe0\x7f\x10\0OW\0\0\x40\x4b\x4c\0");
    dataset.resize(dataset.len() + 5_000_000, 1);
    let file = explicit(&dataset);
    let mut scanner = scanner(&[ID]);
    let (asked, outcome) = fed(&mut scanner, &file, 1 << 16);
    assert_eq!((asked, outcome), (vec![0, 0xac + 12 + 5_000_000], Ok(())));
    assert_eq!(shown(&mut scanner, 0), "id");
}

#[test]
fn a_data_set_that_begins_above_every_tag_looked_for_is_read_on() {
    let disordered = b"\x28\0\x10\0US\x02\0\x40\0\x10\0\x20\0LO\x02\0id";
    assert_eq!(cells(&[ID], &explicit(disordered)), ["id"]);
    let later = [b"\x08\0\x05\0CS\0\0", &disordered[..]].concat();
    assert_eq!(cells(&[ID], &explicit(&later)), ["none"]);
}

#[test]
fn a_value_too_long_to_keep_is_an_error_and_not_read() {
    let mut dataset = b"\x08\0\x60\0UT\0\0\x02\0\x01\0".to_vec();
    dataset.resize(dataset.len() + 0x1_0002, b'x');
    let found = cells(&[MODALITY], &explicit(&dataset)).remove(0);
    let expected = "bytes of a value 65538 above the limit of 65536 at offset 0xac in (0008,0060)";
    assert_eq!(found, expected);
}

#[test]
fn any_window_gives_the_same_values() {
    let dataset = b"\x08\0\x60\0CS\x02\0MR\x09\0\x01\x10OB\0\0\x06\0\0\0abcdef\
        \x10\0\x10\0PN\x06\0DOE^J \x10\0\x20\0LO\x02\0id\x28\0\x10\0US\x02\0\x40\0";
    let file = explicit(dataset);
    let mut scanner = scanner(&[MODALITY, NAME, ID, ROWS]);
    for window in 140..file.len() {
        assert_eq!(fed(&mut scanner, &file, window).1, Ok(()), "{window}");
        let found: Vec<_> = (0..4).map(|column| shown(&mut scanner, column)).collect();
        assert_eq!(found, ["MR", "DOE^J", "id", "[64]"], "{window}");
    }
}

#[test]
fn a_file_cut_at_any_byte_gives_what_is_left_and_says_that_it_is_cut() {
    let dataset = b"\x08\0\x60\0CS\x02\0MR\x10\0\x20\0LO\x02\0id\x28\0\x10\0US\x02\0\x40\0";
    let file = explicit(dataset);
    let mut scanner = scanner(&[MODALITY, ID]);
    let start = file.len() - dataset.len();
    for cut in start + 1..file.len() {
        let (_, outcome) = fed(&mut scanner, &file[..cut], 1 << 16);
        let found = [shown(&mut scanner, 0), shown(&mut scanner, 1)];
        let kept = |end: usize, value: &'static str| if cut >= end { value } else { "none" };
        // Between two elements nobody can tell; Rows, which is not wanted, may be cut.
        let between = [start + 10, start + 20].contains(&cut) || cut >= start + 28;
        assert_eq!(outcome.is_ok(), between, "{cut}");
        assert_eq!(found, [kept(start + 10, "MR"), kept(start + 20, "id")], "{cut}");
    }
}

#[test]
fn deflated_data_sets_are_inflated_as_far_as_needed() {
    let mut dataset = b"\x10\0\x20\0LO\x02\0id\xe0\x7f\x10\0OW\0\0\0\x09\x3d\0".to_vec();
    let mut noise: u32 = 1;
    dataset.extend((0..4_000_000).map(|_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    }));
    let mut deflated = flate2::Compress::new(flate2::Compression::fast(), false);
    let mut body = Vec::with_capacity(5_000_000);
    deflated.compress_vec(&dataset, &mut body, flate2::FlushCompress::Finish).unwrap();
    let file = file("1.2.840.10008.1.2.1.99", &body);
    let mut scanner = scanner(&[ID]);
    let (asked, outcome) = fed(&mut scanner, &file, 1 << 16);
    assert_eq!(outcome, Ok(()));
    assert!(asked.len() < 4, "{asked:?}");
    assert_eq!(shown(&mut scanner, 0), "id");
}

#[test]
fn what_is_no_dicom_is_said_and_the_next_file_is_read_all_the_same() {
    let mut scanner = scanner(&[ID]);
    for junk in [&b""[..], b"hello, this is a text of some length"] {
        assert_eq!(fed(&mut scanner, junk, 1 << 16).1, Err(OpenError::Unreadable));
        assert_eq!(shown(&mut scanner, 0), "none");
    }
    let file = explicit(b"\x10\0\x20\0LO\x02\0id");
    assert_eq!(fed(&mut scanner, &file, 1 << 16).1, Ok(()));
    assert_eq!(shown(&mut scanner, 0), "id");
}

#[test]
fn a_file_that_shrinks_while_it_is_read_ends_the_scan() {
    let mut scanner = scanner(&[ID, ROWS]);
    scanner.begin();
    let file = explicit(b"\x10\0\x20\0LO\x0a\0identifier\x28\0\x10\0US\x02\0\x40\0");
    let (last, cut) = (file.len() - 10, file.len() - 5);
    assert_eq!(scanner.feed(&file[..cut], 1 << 20), Ok(Some(wide(last))));
    let error = scanner.feed(&file[last..cut], 1 << 20).unwrap_err();
    assert!(error.to_string().starts_with("1 more bytes needed at offset"), "{error}");
    scanner.begin();
    assert_eq!(scanner.feed(&file[..150], 1 << 20), Ok(Some(0)));
    assert!(scanner.feed(&file[..150], 1 << 20).is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_scan_to_an_end(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600),
        meta: bool,
        window in 140_usize..400,
    ) {
        let file = if meta { explicit(&bytes) } else { bytes };
        let mut scanner = scanner(&[MODALITY, CODES, ROWS, SPACING]);
        let (asked, _) = fed(&mut scanner, &file, window);
        assert!(asked.len() <= file.len() + 2);
        for column in 0..4 {
            shown(&mut scanner, column);
        }
    }
}
