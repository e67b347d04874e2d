//! Decoding with code extensions: sets in G0 and G1, switched by escape sequences (PS3.5 6.1.2.5).

use super::set::Set;
use super::{Charset, ESCAPE, resets};
use crate::vr::Vr;

/// The text of `bytes`, and whether every byte belongs to the sets that are declared.
pub(super) fn decode(vr: Vr, bytes: &[u8], charset: Charset) -> (String, bool) {
    let (g0, g1) = charset.start();
    let spare = charset.sets().find(|set| !set.is_left());
    let text = String::with_capacity(bytes.len());
    let mut decoder = Decoder { vr, charset, g0, g1, spare, text, exact: true };
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            ESCAPE => decoder.escape(rest, after),
            0x21..=0x7E if decoder.g0.is_double() => decoder.graphic(decoder.g0, byte, after),
            0x00..=0x7F => decoder.itself(byte, after),
            _ => decoder.right(byte, after),
        };
    }
    (decoder.text, decoder.exact)
}

struct Decoder {
    vr: Vr,
    charset: Charset,
    g0: Set,
    g1: Option<Set>,
    /// What to read bytes by that have no set in G1: there are senders who leave the escape out,
    /// at the start or after a delimiter. The last set that was in G1, else the first declared.
    spare: Option<Set>,
    text: String,
    exact: bool,
}

impl Decoder {
    fn escape<'a>(&mut self, rest: &'a [u8], after: &'a [u8]) -> &'a [u8] {
        let Some((set, after)) = Set::designated(rest) else {
            return self.foreign(ESCAPE, after);
        };
        // Not declared, but what else could it mean?
        self.exact &= self.charset.declares(set);
        if set.is_left() {
            self.g0 = set;
        } else {
            self.g1 = Some(set);
            self.spare = Some(set);
        }
        after
    }

    /// A byte below 80H in a set where each stands for one character.
    fn itself<'a>(&mut self, byte: u8, after: &'a [u8]) -> &'a [u8] {
        self.text.push(char::from(byte));
        if resets(self.vr, byte) {
            (self.g0, self.g1) = self.charset.start();
        }
        after
    }

    /// A byte above 7FH.
    fn right<'a>(&mut self, byte: u8, after: &'a [u8]) -> &'a [u8] {
        self.exact &= self.g1.is_some();
        match self.g1.or(self.spare) {
            Some(set) => self.graphic(set, byte, after),
            None => self.foreign(byte, after),
        }
    }

    /// The character of `set` that starts with `byte`.
    fn graphic<'a>(&mut self, set: Set, byte: u8, after: &'a [u8]) -> &'a [u8] {
        let pair = after.split_first().map(|(&second, rest)| (second, rest));
        // Both bytes of a character are in the same half.
        let own = pair
            .filter(|&(second, _)| set.is_double() && is_graphic(second) && (byte ^ second) < 0x80);
        let (code, rest) = match own {
            Some((second, rest)) => ([byte | 0x80, second | 0x80], rest),
            None => ([0, byte], after),
        };
        if let Some(character) = set.character(code) {
            self.text.push(character);
            self.exact &= set.has(code);
            return rest;
        }
        if let Some((second, rest)) = pair
            && let Some(character) = set.extended([byte, second])
        {
            self.text.push(character);
            self.exact = false;
            return rest;
        }
        self.foreign(byte, after);
        // What follows is in pairs too.
        own.map_or(after, |(second, rest)| self.foreign(second, rest))
    }

    /// A byte that belongs to no set: visible as the character of the same number.
    fn foreign<'a>(&mut self, byte: u8, after: &'a [u8]) -> &'a [u8] {
        self.text.push(char::from(byte));
        self.exact = false;
        after
    }
}

/// Whether `byte` can be in a set of 94 x 94 characters.
fn is_graphic(byte: u8) -> bool {
    matches!(byte & 0x7F, 0x21..=0x7E)
}
