//! UTF-8, GB 18030 and GBK: sets without code extensions (PS3.3 Table C.12-5).

use encoding_rs::{EncoderResult, Encoding, GB18030, GBK};

use super::Term;
use super::set::listed;

/// The text of `bytes`, and whether every byte belongs to the set. Those that do not stay visible:
/// two values that differ must not read the same, as replacement characters would.
pub(super) fn decode(bytes: &[u8], term: Term) -> (String, bool) {
    let Some(table) = table(term) else { return repaired(bytes) };
    match table.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => (text.into_owned(), true),
        None => salvaged(table, bytes),
    }
}

/// The bytes of `text`.
///
/// # Errors
/// The first character that the set does not have.
pub(super) fn encode(text: &str, term: Term) -> Result<Vec<u8>, char> {
    let Some(table) = table(term) else { return Ok(text.as_bytes().to_vec()) };
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            bytes.extend(u8::try_from(character));
            continue;
        }
        let (mut utf8, mut room) = ([0; 4], [0; 8]);
        let (result, _, written) = table.new_encoder().encode_from_utf8_without_replacement(
            character.encode_utf8(&mut utf8),
            &mut room,
            true,
        );
        let code = room.get(..written).unwrap_or_default();
        // One byte above 7FH is the euro sign of Windows, not of GBK.
        let known = result == EncoderResult::InputEmpty && code.len() > 1;
        if !known || listed(table, code) != Some(character) {
            return Err(character);
        }
        bytes.extend_from_slice(code);
    }
    Ok(bytes)
}

/// The table of the Encoding Standard; None for UTF-8, which needs none.
fn table(term: Term) -> Option<&'static Encoding> {
    match term {
        Term::Gb18030 => Some(GB18030),
        Term::Gbk => Some(GBK),
        _ => None,
    }
}

/// As much as can be read: characters have one, two or four bytes.
fn salvaged(table: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let found = [1, 2, 4].into_iter().find_map(|length| {
            let (code, after) = rest.split_at_checked(length)?;
            Some((listed(table, code)?, after))
        });
        let (character, after) = found.unwrap_or((char::from(byte), after));
        text.push(character);
        rest = after;
    }
    (text, false)
}

fn repaired(bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut exact = true;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(char::from));
        exact &= chunk.invalid().is_empty();
    }
    (text, exact)
}
