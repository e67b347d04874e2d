//! UTF-8, GB 18030 and GBK: sets without code extensions (PS3.3 Table C.12-5).

use encoding_rs::{DecoderResult, Encoding, GB18030, GBK};

use super::Term;

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
    if let Some(bytes) = that_reads_back(text, table) {
        return Ok(bytes);
    }
    let refused =
        |character: &char| that_reads_back(character.encode_utf8(&mut [0; 4]), table).is_none();
    Err(text.chars().find(refused).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn that_reads_back(text: &str, table: &'static Encoding) -> Option<Vec<u8>> {
    // The euro sign is of Windows, not of GBK.
    let foreign = table == GBK && text.contains('€');
    let (bytes, _, unmappable) = table.encode(text);
    let read = table.decode_without_bom_handling_and_without_replacement(&bytes)?;
    (read == text && !unmappable && !foreign).then(|| bytes.into_owned())
}

/// The table of the Encoding Standard; None for UTF-8, which needs none.
fn table(term: Term) -> Option<&'static Encoding> {
    match term {
        Term::Gb18030 => Some(GB18030),
        Term::Gbk => Some(GBK),
        _ => None,
    }
}

/// As much as can be read.
fn salvaged(table: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let mut decoder = table.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len());
    let mut room = [0; 256];
    let mut read = 0_usize;
    loop {
        let rest = bytes.get(read..).unwrap_or_default();
        let (result, more, written) =
            decoder.decode_to_utf8_without_replacement(rest, &mut room, true);
        read = read.saturating_add(more);
        text.extend(room.get(..written).and_then(|part| str::from_utf8(part).ok()));
        if let DecoderResult::Malformed(length, after) = result {
            let end = read.saturating_sub(after.into());
            let wrong = bytes.get(end.saturating_sub(length.into())..end).unwrap_or_default();
            text.extend(wrong.iter().copied().map(char::from));
        } else if result == DecoderResult::InputEmpty {
            return (text, false);
        }
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left of `bytes` after those that `character` stands for.
    fn after(bytes: &[u8], character: char) -> Option<&[u8]> {
        let code = encode(&character.to_string(), Term::Gb18030).unwrap_or_default();
        match bytes.strip_prefix(code.as_slice()).filter(|_| !code.is_empty()) {
            Some(rest) => Some(rest),
            None if character == '€' => bytes.strip_prefix(b"\x80"),
            None => bytes.strip_prefix(&[u8::try_from(character).ok()?]),
        }
    }

    proptest! {
        #[test]
        fn every_byte_that_is_wrong_stays_visible(
            bytes in proptest::collection::vec(
                prop_oneof![any::<u8>(), 0x30..0x3A_u8, 0x80..0x90_u8, 0xF8..=0xFF_u8],
                0..32,
            ),
        ) {
            let (text, _) = salvaged(GB18030, &bytes);
            prop_assert_eq!(text.chars().try_fold(bytes.as_slice(), after), Some(&b""[..]), "{}", text);
        }
    }
}
