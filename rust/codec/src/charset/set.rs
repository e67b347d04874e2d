//! The graphic character sets that code extensions switch between (PS3.3 Tables C.12-3 and C.12-4).

use std::sync::OnceLock;

use encoding_rs as tables;

/// Declares the sets once: name, how it is designated, whether a character has two bytes, and what
/// character a code stands for.
macro_rules! graphic_sets {
    ($($name:ident $escape:literal $double:literal $character:expr, $registration:literal;)*) => {
        /// A set of 94, 96 or 94 x 94 characters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Set { $(#[doc = $registration] $name),* }

        impl Set {
            pub(super) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The escape sequence that designates it.
            pub(super) const fn escape(self) -> &'static [u8] {
                match self { $(Self::$name => $escape),* }
            }

            /// Whether a character has two bytes.
            pub(super) const fn is_double(self) -> bool {
                match self { $(Self::$name => $double),* }
            }

            /// Its characters, worked out once.
            fn plane(self) -> &'static Plane {
                match self {
                    $(Self::$name => {
                        static PLANE: OnceLock<Plane> = OnceLock::new();
                        PLANE.get_or_init(|| Plane::new(Self::$name, $character))
                    })*
                }
            }
        }
    };
}

graphic_sets! {
    Ascii b"\x1b(B" false ascii, "ISO-IR 6.";
    Romaji b"\x1b(J" false ascii, "ISO-IR 14, the left half of JIS X 0201.";
    Katakana b"\x1b)I" false katakana, "ISO-IR 13, the right half of JIS X 0201.";
    Latin1 b"\x1b-A" false |[_, code]| Some(char::from(code)), "ISO-IR 100.";
    Latin2 b"\x1b-B" false |[_, code]| listed(tables::ISO_8859_2, &[code]), "ISO-IR 101.";
    Latin3 b"\x1b-C" false |[_, code]| listed(tables::ISO_8859_3, &[code]), "ISO-IR 109.";
    Latin4 b"\x1b-D" false |[_, code]| listed(tables::ISO_8859_4, &[code]), "ISO-IR 110.";
    Greek b"\x1b-F" false |[_, code]| listed(tables::ISO_8859_7, &[code]), "ISO-IR 126.";
    Arabic b"\x1b-G" false |[_, code]| listed(tables::ISO_8859_6, &[code]), "ISO-IR 127.";
    Hebrew b"\x1b-H" false |[_, code]| listed(tables::ISO_8859_8, &[code]), "ISO-IR 138.";
    Cyrillic b"\x1b-L" false |[_, code]| listed(tables::ISO_8859_5, &[code]), "ISO-IR 144.";
    Latin5 b"\x1b-M" false |[_, code]| Some(latin5(code)), "ISO-IR 148.";
    Thai b"\x1b-T" false thai, "ISO-IR 166.";
    Latin9 b"\x1b-b" false |[_, code]| listed(tables::ISO_8859_15, &[code]), "ISO-IR 203.";
    JisX0208 b"\x1b$B" true jis_x_0208, "ISO-IR 87.";
    JisX0212 b"\x1b$(D" true |[row, cell]| listed(tables::EUC_JP, &[0x8F, row, cell]), "ISO-IR 159.";
    KsX1001 b"\x1b$)C" true |code| listed(tables::EUC_KR, &code), "ISO-IR 149.";
    Gb2312 b"\x1b$)A" true |code| listed(tables::GBK, &code), "ISO-IR 58.";
}

impl Set {
    /// The set that the escape sequence at the start of `bytes` designates, and the bytes after it.
    pub(super) fn designated(bytes: &[u8]) -> Option<(Self, &[u8])> {
        Self::ALL.iter().find_map(|set| Some((*set, bytes.strip_prefix(set.escape())?)))
    }

    /// Whether it goes into G0, for bytes below 80H, and not into G1.
    pub(super) const fn is_left(self) -> bool {
        matches!(self, Self::Ascii | Self::Romaji | Self::JisX0208 | Self::JisX0212)
    }

    /// The character of `code`, two bytes of which the first is 0 in a set of one byte each. The
    /// bytes have their high bit set, whichever half they are written in.
    pub(super) fn character(self, code: [u8; 2]) -> Option<char> {
        self.plane().characters.get(place(self, code)?).copied().flatten()
    }

    /// The code of `character`, as [`Set::character`] takes it.
    pub(super) fn code(self, character: char) -> Option<[u8; 2]> {
        let codes = &self.plane().codes;
        let at = codes.binary_search_by_key(&character, |&(known, _)| known).ok()?;
        codes.get(at).map(|&(_, code)| code)
    }

    /// The character of `code` in the set of Windows that extends this one, and is met under its name.
    pub(super) fn extended(self, code: [u8; 2]) -> Option<char> {
        let table = match self {
            Self::Katakana => tables::SHIFT_JIS,
            Self::KsX1001 => tables::EUC_KR,
            Self::Gb2312 => tables::GBK,
            _ => return None,
        };
        listed(table, &code)
    }

    /// Whether the standard of the set has the code, and not only vendors' versions of it.
    pub(super) fn has(self, [row, cell]: [u8; 2]) -> bool {
        let (row, cell) = (row.wrapping_sub(0xA0), cell.wrapping_sub(0xA0));
        match self {
            // The rest is of NEC and IBM.
            Self::JisX0208 => matches!(row, 1..=8 | 16..=84),
            // The rest is of GBK.
            Self::Gb2312 => match row {
                2 => matches!(cell, 17..=66 | 69..=78 | 81..=92),
                4 => cell <= 83,
                5 => cell <= 86,
                6 => matches!(cell, 1..=24 | 33..=56),
                7 => matches!(cell, 1..=33 | 49..=81),
                8 => matches!(cell, 1..=26 | 37..=73),
                9 => matches!(cell, 4..=79),
                55 => cell <= 89,
                _ => matches!(row, 1 | 3 | 16..=87),
            },
            _ => true,
        }
    }
}

/// A set in both directions.
struct Plane {
    /// By place; None where nothing is.
    characters: Vec<Option<char>>,
    /// Sorted by character.
    codes: Vec<(char, [u8; 2])>,
}

impl Plane {
    fn new(set: Set, character: impl Fn([u8; 2]) -> Option<char>) -> Self {
        let rows = if set.is_double() { 0xA1..=0xFE } else { 0..=0 };
        let cells = if set.is_double() { 0xA1..=0xFE } else { 0xA0..=0xFF };
        let all = rows.flat_map(|row: u8| cells.clone().map(move |cell: u8| [row, cell]));
        let all: Vec<_> = all.map(|code| (character(code), code)).collect();
        let own = all.iter().filter(|(_, code)| set.has(*code));
        let mut codes: Vec<_> = own.filter_map(|&(found, code)| Some((found?, code))).collect();
        codes.sort_unstable();
        codes.dedup_by_key(|(character, _)| *character);
        Self { characters: all.into_iter().map(|(character, _)| character).collect(), codes }
    }
}

/// Where `code` is among the codes of `set`.
fn place(set: Set, [row, cell]: [u8; 2]) -> Option<usize> {
    if !set.is_double() {
        return cell.checked_sub(0xA0).map(usize::from);
    }
    let (row, cell) = (row.checked_sub(0xA1)?, cell.checked_sub(0xA1).filter(|&cell| cell < 94)?);
    usize::from(row).checked_mul(94)?.checked_add(cell.into())
}

/// The one character of `code` in a table of the Encoding Standard.
fn listed(table: &'static tables::Encoding, code: &[u8]) -> Option<char> {
    let text = table.decode_without_bom_handling_and_without_replacement(code)?;
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// ISO-IR 14 is read as ASCII: what it shows as yen sign and overline are the bytes of backslash,
/// which delimits values (PS3.5 6.1.2.3), and tilde.
fn ascii([_, code]: [u8; 2]) -> Option<char> {
    let character = char::from(code & 0x7F);
    (character == ' ' || character.is_ascii_graphic()).then_some(character)
}

fn katakana([_, code]: [u8; 2]) -> Option<char> {
    from('\u{FF61}', code, 0xA1, 0xDF)
}

/// Latin-1 with six letters of Turkish instead of Icelandic.
fn latin5(code: u8) -> char {
    match code {
        0xD0 => 'Ğ',
        0xDD => 'İ',
        0xDE => 'Ş',
        0xF0 => 'ğ',
        0xFD => 'ı',
        0xFE => 'ş',
        _ => char::from(code),
    }
}

fn thai([_, code]: [u8; 2]) -> Option<char> {
    from('\u{0E01}', code, 0xA1, 0xDA).or_else(|| from('\u{0E3F}', code, 0xDF, 0xFB))
}

/// The character as far after `first` as `code` is after `low`.
fn from(first: char, code: u8, low: u8, high: u8) -> Option<char> {
    let distance = code.checked_sub(low).filter(|_| code <= high)?;
    char::from_u32(u32::from(first).checked_add(distance.into())?)
}

/// Six signs are in the Encoding Standard as Windows has them; JIS X 0208 itself names others.
fn jis_x_0208(code: [u8; 2]) -> Option<char> {
    match code {
        [0xA1, 0xC1] => Some('〜'),
        [0xA1, 0xC2] => Some('‖'),
        [0xA1, 0xDD] => Some('−'),
        [0xA1, 0xF1] => Some('¢'),
        [0xA1, 0xF2] => Some('£'),
        [0xA2, 0xCC] => Some('¬'),
        _ => listed(tables::EUC_JP, &code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_for_a_delimiter_but_in_ascii() {
        for &set in Set::ALL.iter().filter(|set| !matches!(set, Set::Ascii | Set::Romaji)) {
            let plane = set.plane();
            assert!(plane.characters.iter().flatten().all(|character| !character.is_ascii()));
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        for &set in Set::ALL {
            for &(character, code) in &set.plane().codes {
                assert_eq!(set.character(code), Some(character), "{set:?} {code:02x?}");
                assert_eq!(set.code(character), Some(code), "{set:?} {code:02x?}");
            }
        }
    }

    #[test]
    fn each_set_is_as_large_as_its_standard_says() {
        for (set, count) in [
            (Set::Ascii, 95),
            (Set::Katakana, 63),
            (Set::Latin1, 96),
            (Set::Thai, 87),
            (Set::JisX0208, 6879),
            (Set::JisX0212, 6067),
            (Set::KsX1001, 8226),
            (Set::Gb2312, 7445),
        ] {
            assert_eq!(set.plane().codes.len(), count, "{set:?}");
        }
    }
}
