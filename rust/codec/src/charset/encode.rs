//! Text back to bytes, with the escape sequences it needs (PS3.5 6.1.2.5).

use super::set::Set;
use super::{Charset, ESCAPE, resets, standalone};
use crate::error::EncodeError;
use crate::value::text::follows_charset;
use crate::vr::Vr;

/// Encodes `text` of an element of `vr`: one value, or several with `\` between them; no padding.
///
/// What the first term has is written without an escape sequence, the rest in the first of the other
/// terms that has it. Before delimiters, control characters and the end, the sets of the first term
/// are active again (PS3.5 6.1.2.5.3).
///
/// # Errors
/// `Unencodable` for a character that none of the declared sets has; `NotAscii` in a VR that follows
/// no character set.
pub fn encode(vr: Vr, text: &str, charset: Charset) -> Result<Vec<u8>, EncodeError> {
    if !follows_charset(vr) {
        let beyond = text.chars().find(|character| !character.is_ascii());
        let failure = beyond.map(|character| EncodeError::NotAscii { vr, character });
        return failure.map_or_else(|| Ok(text.as_bytes().to_vec()), Err);
    }
    let unencodable = |character| EncodeError::Unencodable { character, charset };
    if charset.first.stands_alone() {
        return standalone::encode(text, charset.first).map_err(unencodable);
    }
    if text.is_ascii() && !text.as_bytes().contains(&ESCAPE) {
        return Ok(text.as_bytes().to_vec());
    }
    let (g0, g1) = charset.start();
    let bytes = Vec::with_capacity(text.len());
    let mut encoder = Encoder { charset, g0, g1, settled: true, bytes };
    for character in text.chars() {
        match u8::try_from(character) {
            // A character for itself; the escape sequences are ours to write.
            Ok(byte) if resets(vr, byte) && byte != ESCAPE => {
                encoder.reset();
                encoder.bytes.push(byte);
            }
            _ => encoder.graphic(character).ok_or(unencodable(character))?,
        }
    }
    encoder.reset();
    Ok(encoder.bytes)
}

struct Encoder {
    charset: Charset,
    g0: Set,
    g1: Option<Set>,
    /// Whether G1 is as the last escape sequence says, or as at the start of a value. There are
    /// readers for whom one that goes into G0 ends what G1 held.
    settled: bool,
    bytes: Vec<u8>,
}

impl Encoder {
    /// Writes `character` in the sets at hand, else in the first declared one that has it.
    fn graphic(&mut self, character: char) -> Option<()> {
        let at_hand = [Some(self.g0), self.g1].into_iter().flatten();
        let (g0, _) = self.charset.start();
        let mut sets = at_hand.chain([g0]).chain(self.charset.sets());
        let (set, code) = sets.find_map(|set| Some((set, set.code(character)?)))?;
        if set.is_left() {
            self.designate_left(set);
        } else {
            self.designate_right(set);
        }
        let mask = if set.is_left() { 0x7F } else { 0xFF };
        let first = usize::from(!set.is_double());
        self.bytes.extend(code.iter().skip(first).map(|byte| byte & mask));
        Some(())
    }

    /// Makes the sets of the first term active. Where that has none in G1, nothing takes the place
    /// of what is there.
    fn reset(&mut self) {
        let (g0, g1) = self.charset.start();
        self.designate_left(g0);
        if let Some(set) = g1.filter(|_| self.g1 != g1) {
            self.bytes.extend_from_slice(set.escape());
        }
        self.g1 = g1;
        self.settled = true;
    }

    fn designate_left(&mut self, set: Set) {
        if self.g0 != set {
            self.bytes.extend_from_slice(set.escape());
            self.g0 = set;
            self.settled = false;
        }
    }

    fn designate_right(&mut self, set: Set) {
        let (g0, _) = self.charset.start();
        self.designate_left(g0);
        if self.g1 != Some(set) || !self.settled {
            self.bytes.extend_from_slice(set.escape());
            self.g1 = Some(set);
            self.settled = true;
        }
    }
}
