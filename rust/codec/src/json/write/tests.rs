//! What is written of a data set.

use super::*;
use crate::dataset::index::Index;
use crate::dataset::{Encoding, Rules};
use crate::value::Context;

fn written(data: &[u8], encoding: Encoding, options: Options<'_>) -> String {
    let rules = Rules::default();
    let (index, _) = Index::read(data, 0, encoding, rules).unwrap();
    let context = index.context(data, Context::default());
    let view = View { index: &index, data: data.into(), context, rules };
    String::from_utf8(write(&view, None, options).unwrap()).unwrap()
}

fn line(data: &[u8]) -> String {
    written(data, Encoding::EXPLICIT, Options::default())
}

const PIXELS: &[u8] = b"\xe0\x7f\x10\0OW\0\0\x04\0\0\0\x01\x02\x03\x04";
const ITEMS: &[u8] = b"\x08\0\x15\x11SQ\0\0\x1a\0\0\0\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0CS\x02\0CT\xfe\xff\0\xe0\0\0\0\0";

#[test]
fn an_element_is_an_object_by_its_vr() {
    for (data, content) in [
        (&b"\x08\0\x08\0CS\x04\0A\\\\B"[..], r#""00080008":{"vr":"CS","Value":["A",null,"B"]}"#),
        (b"\x08\0\x08\0CS\x02\0\\ ", r#""00080008":{"vr":"CS","Value":[null,null]}"#),
        (b"\x08\0\x08\0CS\x02\0  ", r#""00080008":{"vr":"CS"}"#),
        (b"\x28\0\x09\0AT\x04\0\x18\0\x63\x10", r#""00280009":{"vr":"AT","Value":["00181063"]}"#),
        (b"\x18\0\x20\x60FL\x04\0\0\0\x80\xff", r#""00186020":{"vr":"FL","Value":["-Infinity"]}"#),
        (
            b"\x18\0\x20\x60FL\x04\0\xcd\xcc\xcc\x3d",
            r#""00186020":{"vr":"FL","Value":[0.10000000149011612]}"#,
        ),
        (
            b"\x10\0\x10\0PN\x04\0a=b ",
            r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"a","Ideographic":"b"}]}"#,
        ),
        (
            b"\x10\0\x10\0PN\x05\0a==\\=",
            r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"a"},null]}"#,
        ),
        (PIXELS, r#""7FE00010":{"vr":"OW","InlineBinary":"AQIDBA=="}"#),
        (b"\x08\0\x15\x11SQ\0\0\0\0\0\0", r#""00081115":{"vr":"SQ"}"#),
        (ITEMS, r#""00081115":{"vr":"SQ","Value":[{"00080060":{"vr":"CS","Value":["CT"]}},{}]}"#),
        (b"\x08\0\0\0UL\x04\0\0\0\0\0", ""),
    ] {
        assert_eq!(line(data), format!("{{{content}}}"));
    }
}

#[test]
fn numbers_written_as_text_keep_their_digits_if_json_has_them() {
    for (data, content) in [
        (
            &b"\x28\0\x30\0DS\x0a\x000.50\\+1\\.5"[..],
            r#""00280030":{"vr":"DS","Value":[0.50,1.0,0.5]}"#,
        ),
        (b"\x28\0\x30\0DS\x08\x001e2\\007 ", r#""00280030":{"vr":"DS","Value":[100.0,7.0]}"#),
        (b"\x28\0\x30\0DS\x06\x001e999 ", r#""00280030":{"vr":"DS","Value":["1e999"]}"#),
        (b"\x28\0\x30\0DS\x04\x001\\a ", r#""00280030":{"vr":"DS","Value":["1","a"]}"#),
        (b"\x20\0\x13\0IS\x06\0+7\\4.0", r#""00200013":{"vr":"IS","Value":[7,4]}"#),
    ] {
        assert_eq!(line(data), format!("{{{content}}}"));
    }
}

#[test]
fn tags_ascend_and_come_once_whatever_the_data_set_does() {
    let [late, early, again] =
        [b"\x10\0\x20\0LO\x02\0a ", b"\x08\0\x60\0CS\x02\0CT", b"\x10\0\x20\0LO\x02\0b "];
    let expected = concat!(
        r#"{"00080060":{"vr":"CS","Value":["CT"]},"#,
        r#""00100020":{"vr":"LO","Value":["a"]}}"#
    );
    assert_eq!(line(&[late, &early[..], again].concat()), expected);
    assert_eq!(line(&[&early[..], late, again].concat()), expected);
}

#[test]
fn lines_are_indented_by_depth() {
    let options = Options { indent: Some(1), ..Options::default() };
    let expected = "{\n \"00081115\":{\"vr\":\"SQ\",\"Value\":[{\n  \"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]}\n },{}]}\n}";
    assert_eq!(written(ITEMS, Encoding::EXPLICIT, options), expected);
}

#[test]
fn words_are_in_little_endian() {
    let big = b"\x7f\xe0\0\x10OW\0\0\0\0\0\x04\x01\x02\x03\x04";
    let found = written(big, Encoding::BIG_ENDIAN, Options::default());
    assert_eq!(found, r#"{"7FE00010":{"vr":"OW","InlineBinary":"AgEEAw=="}}"#);
}

#[test]
fn large_values_are_named_where_they_are_asked_for() {
    let icon = [b"\x88\0\0\x02SQ\0\0\x18\0\0\0\xfe\xff\0\xe0\x10\0\0\0", PIXELS].concat();
    for (threshold, expected) in [
        (7, r#""BulkDataURI":"/b/00880200/0/7FE00010?7FE00010,OW,32,4""#),
        (8, r#""InlineBinary":"AQIDBA==""#),
    ] {
        let template = "/b/{path}?{tag},{vr},{offset},{length}";
        let mut uri = |large: Large| Ok(Some(large.fill(template)));
        let options = Options { bulk: Some(Bulk { threshold, uri: &mut uri }), indent: None };
        let found = written(&icon, Encoding::EXPLICIT, options);
        assert!(found.contains(expected), "{found}");
    }
}
