//! Any data set has a DICOM JSON Model that reads back; any text is one, or is refused at a byte inside it.

use russet_codec::dataset::deep::View;
use russet_codec::dataset::encode::{GroupLengths, Lengths, Options as Written, recode};
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::{Encoding, Rules};
use russet_codec::file;
use russet_codec::json::read::{Fetch, Reason, read};
use russet_codec::json::write::{Bulk, Large, Options, write};
use russet_codec::value::Context;
use russet_codec::value::encode::decimal_string;

use super::{chosen, rules, size};

/// The first byte chooses: text, or a data set in which transfer syntax.
pub fn json(input: &[u8]) {
    let Some((&how, data)) = input.split_first() else { return };
    if how & 0x80 == 0 {
        from_data_set(how, data);
    } else if let Ok(text) = std::str::from_utf8(data) {
        from_text(text);
    }
}

fn from_data_set(how: u8, data: &[u8]) {
    let ((_, syntax), rules) = (chosen(how), rules(false));
    let read = file::read_dataset(data, 0, syntax, rules, &Select::default());
    let Ok((index, _, inflated)) = read else { return };
    let data = inflated.as_deref().unwrap_or(data);
    let Some(text) = written(&index, data, rules) else { return };
    let back = match read_back(&text) {
        // A value that no element can have, such as letters in IS, is shown as it is.
        Err(Reason::Value(_)) => return,
        back => back.unwrap(),
    };
    // Binary values of odd length are padded, once.
    assert_eq!(without_binary(&back), without_binary(&text));
    // Padding may complete what looks like fragments, which then are some: the model does not say.
    let third = read_back(&back).unwrap();
    assert_eq!(without_binary(&third), without_binary(&text));
    assert_eq!(read_back(&third).as_ref(), Ok(&third));
}

fn from_text(text: &str) {
    let limits = rules(false).limits;
    let mut bulk = |uri: &str| Ok(Some(uri.as_bytes().to_vec()));
    let bulk: &mut Fetch<'_> = &mut bulk;
    for fetch in [None, Some(bulk)] {
        match read(text, limits, fetch) {
            Ok(found) => is_conforming(&found.bytes),
            Err(error) => {
                assert!(text.is_char_boundary(error.offset), "{error}");
                assert!(error.to_string().contains(&error.offset.to_string()));
            }
        }
    }
    if let Ok(found) = read(text, limits, None) {
        let (index, _) = Index::read(&found.bytes, 0, Encoding::EXPLICIT, rules(true)).unwrap();
        if let Some(text) = written(&index, &found.bytes, rules(true)) {
            let again = read(&text, limits, None);
            if let Err(error) = &again {
                assert!(matches!(error.reason, Reason::Value(_)), "{error} in {text}");
            }
            if let Ok(again) = again {
                is_conforming(&again.bytes);
            }
        }
    }
}

/// What is read from text is a data set that strict rules accept all through, and that is written as it is.
fn is_conforming(bytes: &[u8]) {
    let rules = rules(true);
    let (index, warnings) = Index::read(bytes, 0, Encoding::EXPLICIT, rules).unwrap();
    assert_eq!((warnings.count, index.end()), (0, size(bytes)));
    let context = index.context(bytes, Context::default());
    let view = View { index: &index, data: bytes.into(), context, rules };
    let keep = Written { lengths: Lengths::AsWritten, group_lengths: GroupLengths::Keep };
    let explicit = "1.2.840.10008.1.2.1";
    assert_eq!(recode(&view, explicit, explicit, keep).as_deref(), Ok(bytes));
}

/// The model as text, which others can read.
fn written(index: &Index, data: &[u8], rules: Rules) -> Option<String> {
    let context = index.context(data, Context::default());
    let view = View { index, data: data.into(), context, rules };
    let text = String::from_utf8(write(&view, None, Options::default()).ok()?).unwrap();
    let is_json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text);
    let parsed = is_json(text.as_bytes()).unwrap();
    let mut name = |large: Large| Ok(Some(large.fill("{path}?{tag}{vr}{offset},{length}")));
    let bulk = Some(Bulk { threshold: 8, uri: &mut name });
    let other = write(&view, None, Options { indent: Some(1), bulk }).unwrap();
    assert_eq!(count(&is_json(&other).unwrap()), count(&parsed));
    Some(text)
}

/// A model without binary values and without its character sets.
fn without_binary(text: &str) -> serde_json::Value {
    fn strip(model: &mut serde_json::Value) {
        let Some(model) = model.as_object_mut() else { return };
        // Text beyond ASCII that is in no named character set is in UTF-8 from then on.
        model.remove("00080005");
        let elements = model.values_mut();
        for element in elements.filter_map(serde_json::Value::as_object_mut) {
            element.remove("InlineBinary");
            let decimal = element.get("vr").is_some_and(|vr| vr == "DS");
            let items = element.get_mut("Value").and_then(serde_json::Value::as_array_mut);
            for item in items.into_iter().flatten() {
                if decimal {
                    as_decimal(item);
                }
                strip(item);
            }
        }
    }
    let mut model: serde_json::Value = serde_json::from_str(text).unwrap();
    strip(&mut model);
    model
}

/// A number as DS can hold it, whatever it is written like: of more than 16 bytes of digits what fits comes
/// back (PS3.5 6.2), and of 400008110000000.0 the point is lost on the way.
fn as_decimal(value: &mut serde_json::Value) {
    let digits = value.to_string();
    let Some(number) = value.as_f64() else { return };
    let fits = digits.len() <= 16 && (value.is_i64() || value.is_u64());
    let digits = if fits { digits } else { decimal_string(number).unwrap() };
    *value = serde_json::json!([digits]);
}

/// How many elements there are in a model.
fn count(model: &serde_json::Value) -> usize {
    let elements = model.as_object().into_iter().flat_map(serde_json::Map::values);
    let items = |element: &serde_json::Value| {
        let items = element.get("Value").and_then(serde_json::Value::as_array);
        items.into_iter().flatten().map(count).sum::<usize>()
    };
    elements.map(|element| 1 + items(element)).sum()
}

/// The text that comes of what is read from `text`.
fn read_back(text: &str) -> Result<String, Reason> {
    let rules = rules(false);
    let found = read(text, rules.limits, None).map_err(|error| error.reason)?;
    let (index, _) = Index::read(&found.bytes, 0, Encoding::EXPLICIT, rules).unwrap();
    Ok(written(&index, &found.bytes, rules).unwrap())
}
