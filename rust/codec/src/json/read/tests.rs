//! What is read from text, and what is refused.

use super::*;

fn bytes(text: &str) -> Vec<u8> {
    let found = read(text, Limits::default(), None).unwrap();
    assert_eq!(found.missing, [""; 0]);
    found.bytes
}

fn error(text: &str) -> String {
    read(text, Limits::default(), None).unwrap_err().to_string()
}

/// The error of one element in (0008,1115).
fn element(content: &str) -> String {
    error(&format!(r#"{{"00081115":{{"vr":"SQ","Value":[{{}},{{"00280010":{content}}}]}}}}"#))
}

#[test]
fn an_element_is_written_by_its_vr() {
    for (text, expected) in [
        (r#"{"00080060":{"vr":"CS","Value":["CT"]}}"#, &b"\x08\0\x60\0CS\x02\0CT"[..]),
        (r#"{"00080060":{"Value":["A","BC"],"vr":"CS"}}"#, b"\x08\0\x60\0CS\x04\0A\\BC"),
        (r#"[{"00080008":{"vr":"CS","Value":["A",null,"B"]}}]"#, b"\x08\0\x08\0CS\x04\0A\\\\B"),
        (r#"{"00080018":{"vr":"UI","Value":["1.2"]}}"#, b"\x08\0\x18\0UI\x04\x001.2\0"),
        (r#"{"00280010":{"vr":"US","Value":[512]}}"#, b"\x28\0\x10\0US\x02\0\0\x02"),
        (r#"{"00280010":{"Value":[1.0, "2"]}}"#, b"\x28\0\x10\0US\x04\0\x01\0\x02\0"),
        (r#"{"00280106":{"Value":[-2]}}"#, b"\x28\0\x06\x01SS\x02\0\xfe\xff"),
        (
            r#"{"00281101":{"vr":"SS","Value":[65535,-1,16]}}"#,
            b"\x28\0\x01\x11SS\x06\0\xff\xff\xff\xff\x10\0",
        ),
        (r#"{"00280009":{"vr":"AT","Value":["00181063"]}}"#, b"\x28\0\x09\0AT\x04\0\x18\0\x63\x10"),
        (
            r#"{"00189316":{"vr":"FD","Value":[1.5]}}"#,
            b"\x18\0\x16\x93FD\x08\0\0\0\0\0\0\0\xf8\x3f",
        ),
        (
            r#"{"00186020":{"vr":"FL","Value":["-Infinity"]}}"#,
            b"\x18\0\x20\x60FL\x04\0\0\0\x80\xff",
        ),
        (r#"{"00280030":{"vr":"DS","Value":[0.50,"1"]}}"#, b"\x28\0\x30\0DS\x06\x000.50\\1"),
        (r#"{"00200013":{"vr":"IS","Value":[7.0]}}"#, b"\x20\0\x13\0IS\x02\x007 "),
        (
            r#"{"7FE00010":{"vr":"OW","InlineBinary":"AQI="}}"#,
            b"\xe0\x7f\x10\0OW\0\0\x02\0\0\0\x01\x02",
        ),
        (r#"{"00091001":{"InlineBinary":["YQ"]}}"#, b"\x09\0\x01\x10UN\0\0\x02\0\0\0a\0"),
        (
            r#"{"00100010":{"vr":"PN","Value":[{"Ideographic":"b","Alphabetic":"a","Phonetic":""}]}}"#,
            b"\x10\0\x10\0PN\x04\0a=b ",
        ),
        (r#"{"00100020":{"vr":"LO","keyword":["PatientID",{}]}}"#, b"\x10\0\x20\0LO\0\0"),
        (r#"{"00100020":{"vr":null,"Value":null}}"#, b"\x10\0\x20\0LO\0\0"),
    ] {
        assert_eq!(bytes(text), expected, "{text}");
    }
}

#[test]
fn group_lengths_and_a_character_set_that_is_a_sequence_are_left_out() {
    for text in
        [r#"{"00080000":{"vr":"UL","Value":[4]}}"#, r#"{"00080005":{"vr":"SQ","Value":[{}]}}"#]
    {
        assert_eq!(bytes(text), b"", "{text}");
    }
}

#[test]
fn fragments_stay_fragments() {
    let text = r#"{"7FE00010":{"vr":"OB","InlineBinary":"/v8A4AAAAAD+/wDgAgAAAP/Y"}}"#;
    let items = b"\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\x02\0\0\0\xff\xd8";
    let head = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
    let end = b"\xfe\xff\xdd\xe0\0\0\0\0";
    assert_eq!(bytes(text), [&head[..], items, end].concat());
}

#[test]
fn items_have_their_lengths_and_tags_ascend() {
    let text = r#"{"00100020":{"vr":"LO"},"00081115":{"Value":[
        {"00081155":{"vr":"UI"},"00081150":{"vr":"UI"}},{},null],"vr":"SQ"}}"#;
    let item = b"\xfe\xff\0\xe0\x10\0\0\0\x08\0\x50\x11UI\0\0\x08\0\x55\x11UI\0\0";
    let empty = b"\xfe\xff\0\xe0\0\0\0\0";
    let head = b"\x08\0\x15\x11SQ\0\0\x28\0\0\0";
    let last = b"\x10\0\x20\0LO\0\0";
    assert_eq!(bytes(text), [&head[..], item, empty, empty, last].concat());
}

#[test]
fn text_is_in_the_character_set_that_is_named_and_else_in_utf_8() {
    let name = r#""00100020":{"vr":"LO","Value":["ü"]}"#;
    let latin = r#""00080005":{"vr":"CS","Value":["ISO_IR 100"]}"#;
    let empty = r#""00080005":{"vr":"CS"}"#;
    let latin_bytes = b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x10\0\x20\0LO\x02\0\xfc ";
    let utf_8_bytes = b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x10\0\x20\0LO\x02\0\xc3\xbc";
    for (text, expected) in [
        (format!("{{{latin},{name}}}"), &latin_bytes[..]),
        (format!("{{{name},{latin}}}"), latin_bytes),
        (format!("{{{name}}}"), utf_8_bytes),
        (format!("{{{empty},{name}}}"), utf_8_bytes),
        (format!("{{{empty}}}"), b"\x08\0\x05\0CS\0\0"),
    ] {
        assert_eq!(bytes(&text), expected, "{text}");
    }
    let beyond = format!("{{{latin},{}}}", name.replace('ü', "山"));
    let expected =
        "'山' (U+5C71) is not in ISO_IR 100; ISO_IR 192 has every character at byte 85 in 00100020";
    assert_eq!(error(&beyond), expected);
}

#[test]
fn bulk_data_are_fetched_or_missed() {
    let text = r#"{"00081115":{"vr":"SQ","Value":[{"7FE00010":{"vr":"OW","BulkDataURI":"a"}}]}}"#;
    let missed = read(text, Limits::default(), None).unwrap();
    assert_eq!(missed.missing, ["00081115/0/7FE00010"]);
    let mut fetch = |uri: &str| Ok(Some(uri.repeat(2).into_bytes()));
    let found = read(text, Limits::default(), Some(&mut fetch)).unwrap();
    assert!(found.bytes.ends_with(b"OW\0\0\x02\0\0\0aa"));
    let mut fail = |_: &str| Err(NoBulkData);
    let failed = read(text, Limits::default(), Some(&mut fail)).unwrap_err();
    assert_eq!(failed.reason, Reason::BulkData);
}

#[test]
fn what_is_not_the_model_is_an_error_that_says_where() {
    for (content, reason) in [
        ("1", "no object for an element"),
        (r#"{"vr":1}"#, "no string for the VR"),
        (r#"{"vr":"US","Value":1}"#, "no array for Value"),
        (r#"{"vr":"US","Value":[true]}"#, "no string, number, null or object where a value is due"),
        (r#"{"vr":"US","Value":[65536]}"#, "US takes 0 to 65535, not 65536"),
        (r#"{"vr":"US","Value":[1.5]}"#, "US takes integers, not \"1.5\""),
        (r#"{"vr":"US","Value":[1e300]}"#, "US takes integers, not \"1000"),
        (r#"{"vr":"FL","Value":[1e39]}"#, "FL takes numbers of up to 3.4028235e38"),
        (r#"{"vr":"DS","Value":[1e999]}"#, "DS takes finite numbers only, no infinity and no NaN"),
        (
            r#"{"vr":"IS","Value":[1234567890123]}"#,
            "IS takes -2147483648 to 2147483647, not 1234567890123",
        ),
        (r#"{"vr":"CS","Value":[1]}"#, "CS takes text, not 1"),
        (r#"{"vr":"ST","Value":["a","b"]}"#, "ST takes one value, not 2"),
        (r#"{"vr":"AT","Value":["0018106"]}"#, "no tag of eight digits where one is due"),
        (r#"{"vr":"CS","Value":[{"00080060":{}}]}"#, "an item where a value is due"),
        (r#"{"vr":"CS","Value":[{"Alphabetic":"a"}]}"#, "a person name where text is due"),
        (r#"{"vr":"PN","Value":[{"Alphabetic":"a","b":"c"}]}"#, "a member that no person name has"),
        (r#"{"vr":"SQ","Value":["a"]}"#, "no item where one is due"),
        (r#"{"vr":"SQ","InlineBinary":""}"#, "a sequence without Value"),
        (r#"{"vr":"OB","Value":[1]}"#, "Value where InlineBinary is due"),
        (r#"{"vr":"OB","InlineBinary":"a"}"#, "InlineBinary that is no base64"),
        (
            r#"{"vr":"OB","InlineBinary":"YQ==","Value":[]}"#,
            "two of Value, InlineBinary and BulkDataURI",
        ),
    ] {
        let found = element(content);
        assert!(found.starts_with(reason), "{content}: {found}");
        assert!(found.ends_with(" in 00081115/1/00280010"), "{content}: {found}");
    }
}

#[test]
fn what_is_no_data_set_is_an_error() {
    for (text, expected) in [
        ("", "no object for the data set at byte 0"),
        ("[]", "no object for the data set at byte 2"),
        ("[{},{}]", "an array of several data sets at byte 4"),
        ("{} {}", "more after the data set at byte 3"),
        (r#"{"PatientName":{}}"#, "a key that is no tag of eight digits at byte 15"),
        (r#"{"\"#, "an escape that JSON does not have at byte 3"),
        (r#"{"\é"#, "an escape that JSON does not have at byte 3"),
        (r#"{"FFFEE000":{}}"#, "a tag of items, which no element has at byte 12"),
        (r#"{"00100020":{},"00100020":{}}"#, "a tag that comes twice at byte 29"),
        (r#"{"00100020":{"vr":"LO""#, "neither comma nor end at byte 22 in 00100020"),
    ] {
        assert_eq!(error(text), expected);
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"00081115":{"vr":"SQ","Value":["#, "]}}");
        format!("{}{{}}{}", open.repeat(depth), close.repeat(depth))
    };
    assert!(read(&nested(100), Limits::default(), None).is_ok());
    assert!(error(&nested(1 << 16)).starts_with("sequences nested too deep at byte "));
}

#[test]
fn a_decimal_string_has_as_many_digits_as_fit() {
    for (digits, expected) in [
        ("0.1234567890123456789", "0.12345678901235"),
        ("-0.1234567890123456789", "-0.1234567890123"),
        ("1.00000000000000000000", "1"),
        ("12345678901234567890", "1.23456789012e19"),
        ("-1.2345678901234567e-300", "-1.23456789e-300"),
        ("0.000012345678901234567", "1.23456789012e-5"),
    ] {
        let found = bytes(&format!(r#"{{"00280030":{{"vr":"DS","Value":[{digits}]}}}}"#));
        let text = String::from_utf8(found[8..].to_vec()).unwrap();
        assert_eq!(text.trim_end(), expected);
    }
}

#[test]
fn a_value_too_long_for_its_vr_is_un() {
    let text = format!(r#"{{"00100020":{{"vr":"LO","Value":["{}"]}}}}"#, "a".repeat(65535));
    assert!(bytes(&text).starts_with(b"\x10\0\x20\0UN\0\0\0\0\x01\0aaa"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{},:"0-9a-fvrVlueSQCS\\]{0,80}"#) {
        let _ = read(&text, Limits::default(), None);
    }

    #[test]
    fn what_is_read_is_a_data_set(entries in proptest::collection::vec(entry(), 0..6)) {
        let text = format!("{{{}}}", entries.join(","));
        if let Ok(found) = read(&text, Limits::default(), None) {
            let rules = crate::dataset::Rules { strict: true, ..Default::default() };
            let encoding = crate::dataset::Encoding::EXPLICIT;
            let read = crate::dataset::index::Index::read(&found.bytes, 0, encoding, rules);
            assert!(read.is_ok(), "{text}: {read:?}");
        }
    }
}

fn entry() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just(r#"{"00080060":{"Value":["ä"]}}"#.to_owned()),
        Just(r#"{"Alphabetic":"ä^b"}"#.to_owned()),
        "-?[1-9][0-9]{0,5}",
        "\"[A-Z0-9]{0,8}\"",
    ];
    let vr = prop::sample::select(Vr::ALL);
    (0x0010_0000..0x0012_ffff_u32, vr, prop::collection::vec(value, 0..4)).prop_map(
        |(tag, vr, values)| {
            format!(r#""{tag:08X}":{{"Value":[{}],"vr":"{vr}"}}"#, values.join(","))
        },
    )
}
