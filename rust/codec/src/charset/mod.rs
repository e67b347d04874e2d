//! Character sets: what Specific Character Set (0008,0005) names (PS3.3 C.12.1.1.2, PS3.5 6.1).
//!
//! Decoding never fails and never drops a byte: what belongs to no set stays visible as the character
//! of the same number. Encoding fails rather than write what would not be read as the same text.

mod encode;
mod iso2022;
mod set;
mod standalone;

use std::fmt;

pub use self::encode::encode;
use self::set::Set;
use crate::value::text::may_be_multiple;
use crate::vr::Vr;

/// Declares the defined terms once: name, number or name in the term, other spellings that are met,
/// and the sets that it brings into G0 and G1.
macro_rules! defined_terms {
    ($($name:ident $key:literal [$($alias:literal)*] $g0:expr, $g1:expr, $repertoire:literal;)*) => {
        /// A defined term, in the order of PS3.3 Tables C.12-2 to C.12-5. One with code extensions
        /// (ISO 2022 IR 100) is the same as the one without (ISO_IR 100).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Term {
            $(#[doc = $repertoire] $name,)*
            /// One that the standard does not have.
            Unknown,
        }

        impl Term {
            /// Every term of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            fn named(key: &[u8]) -> Self {
                $(if key == $key.as_bytes() $(|| key == $alias.as_bytes())* {
                    return Self::$name;
                })*
                Self::Unknown
            }

            const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* Self::Unknown => "unknown" }
            }

            /// What it brings into G0 and G1 (PS3.5 6.1.2).
            const fn sets(self) -> (Option<Set>, Option<Set>) {
                match self { $(Self::$name => ($g0, $g1),)* Self::Unknown => (None, None) }
            }
        }
    };
}

defined_terms! {
    IsoIr6 "6" [] ASCII, None, "ASCII, the default repertoire.";
    IsoIr100 "100" ["88591" "LATIN1"] ASCII, Some(Set::Latin1), "Latin alphabet No. 1.";
    IsoIr101 "101" ["88592" "LATIN2"] ASCII, Some(Set::Latin2), "Latin alphabet No. 2.";
    IsoIr109 "109" ["88593" "LATIN3"] ASCII, Some(Set::Latin3), "Latin alphabet No. 3.";
    IsoIr110 "110" ["88594" "LATIN4"] ASCII, Some(Set::Latin4), "Latin alphabet No. 4.";
    IsoIr144 "144" ["88595"] ASCII, Some(Set::Cyrillic), "Cyrillic.";
    IsoIr127 "127" ["88596"] ASCII, Some(Set::Arabic), "Arabic.";
    IsoIr126 "126" ["88597"] ASCII, Some(Set::Greek), "Greek.";
    IsoIr138 "138" ["88598"] ASCII, Some(Set::Hebrew), "Hebrew.";
    IsoIr148 "148" ["88599" "LATIN5"] ASCII, Some(Set::Latin5), "Latin alphabet No. 5.";
    IsoIr203 "203" ["885915" "LATIN9"] ASCII, Some(Set::Latin9), "Latin alphabet No. 9.";
    IsoIr13 "13" [] Some(Set::Romaji), Some(Set::Katakana), "Japanese: JIS X 0201.";
    IsoIr166 "166" ["TIS620" "885911"] ASCII, Some(Set::Thai), "Thai: TIS 620.";
    IsoIr87 "87" [] Some(Set::JisX0208), None, "Japanese: JIS X 0208, Kanji.";
    IsoIr159 "159" [] Some(Set::JisX0212), None, "Japanese: JIS X 0212, supplementary Kanji.";
    IsoIr149 "149" ["KSX1001"] None, Some(Set::KsX1001), "Korean: KS X 1001, Hangul and Hanja.";
    IsoIr58 "58" ["GB2312"] None, Some(Set::Gb2312), "Simplified Chinese: GB 2312.";
    IsoIr192 "192" ["UTF8"] None, None, "Unicode in UTF-8.";
    Gb18030 "GB18030" [] None, None, "Chinese: GB 18030.";
    Gbk "GBK" [] None, None, "Simplified Chinese: GBK.";
}

const ASCII: Option<Set> = Some(Set::Ascii);

impl Term {
    /// The term spelled `spelled`; misspellings that are met (`ISO-IR 100`, `ISO2022 IR 100`,
    /// `utf-8`) count. An empty one means ISO-IR 6.
    #[must_use]
    pub fn of(spelled: &[u8]) -> Self {
        let letters =
            spelled.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
        let letters: Vec<u8> = letters.map(u8::to_ascii_uppercase).collect();
        if letters.is_empty() {
            return Self::IsoIr6;
        }
        let mut key = letters.as_slice();
        for prefix in [&b"ISO"[..], b"2022", b"IR"] {
            key = key.strip_prefix(prefix).unwrap_or(key);
        }
        Self::named(key)
    }

    /// Whether it can be used neither with nor as a code extension (PS3.3 Table C.12-5).
    #[must_use]
    pub const fn stands_alone(self) -> bool {
        matches!(self, Self::IsoIr192 | Self::Gb18030 | Self::Gbk)
    }

    /// Whether it is of two bytes a character, so that there is no term without code extensions.
    const fn is_extension(self) -> bool {
        matches!(self, Self::IsoIr87 | Self::IsoIr159 | Self::IsoIr149 | Self::IsoIr58)
    }
}

/// Specific Character Set: the terms, without those that are repeated or must stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset {
    first: Term,
    // In their order, which decides what a character is encoded in.
    others: [Option<Term>; 16],
}

impl Charset {
    /// ISO_IR 6: what is in force when nothing is said.
    pub const DEFAULT: Self = Self::only(Term::IsoIr6);
    /// ISO_IR 100.
    pub const LATIN_1: Self = Self::only(Term::IsoIr100);
    /// ISO_IR 192.
    pub const UTF_8: Self = Self::only(Term::IsoIr192);

    /// One term, without code extensions.
    #[must_use]
    pub const fn only(term: Term) -> Self {
        Self { first: term, others: [None; 16] }
    }

    /// What the value of (0008,0005) names, `\` between terms. Of terms that must stand alone only
    /// the first counts, and then nothing else does.
    #[must_use]
    pub fn of(value: &[u8]) -> Self {
        let mut terms = value.split(|&byte| byte == b'\\').map(Term::of);
        let mut charset = Self::only(terms.next().unwrap_or(Term::IsoIr6));
        if charset.first.stands_alone() {
            return charset;
        }
        for term in terms.filter(|term| !term.stands_alone()) {
            if !charset.terms().any(|known| known == term)
                && let Some(free) = charset.others.iter_mut().find(|other| other.is_none())
            {
                *free = Some(term);
            }
        }
        charset
    }

    /// The terms, in their order.
    pub fn terms(self) -> impl Iterator<Item = Term> {
        [Some(self.first)].into_iter().chain(self.others).flatten()
    }

    /// The sets in G0 and G1 at the start of a value: those of the first term, as far as it is of
    /// one byte a character, else ASCII in G0.
    fn start(self) -> (Set, Option<Set>) {
        let (g0, g1) = self.first.sets();
        (g0.filter(|set| !set.is_double()).unwrap_or(Set::Ascii), g1)
    }

    fn declares(self, set: Set) -> bool {
        set == Set::Ascii || self.sets().any(|declared| declared == set)
    }

    /// The sets that can be designated, in the order of the terms.
    fn sets(self) -> impl Iterator<Item = Set> {
        self.terms().flat_map(|term| <[_; 2]>::from(term.sets())).flatten()
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// As the value of (0008,0005): with code extensions where there are several terms.
impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = self.others.iter().any(Option::is_some);
        for (at, term) in self.terms().enumerate() {
            let prefix = match term {
                Term::Gb18030 | Term::Gbk | Term::Unknown => "",
                _ if several || term.is_extension() => "ISO 2022 IR ",
                _ => "ISO_IR ",
            };
            let delimiter = if at == 0 { "" } else { "\\" };
            write!(f, "{delimiter}{prefix}{}", term.key())?;
        }
        Ok(())
    }
}

/// The terms in the value of (0008,0005) that the standard does not have.
pub fn unknown_terms(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let terms = value.split(|&byte| byte == b'\\').map(<[u8]>::trim_ascii);
    terms.filter(|term| Term::of(term) == Term::Unknown)
}

/// Decodes `bytes` of an element of `vr`: the text, and whether every byte of it belongs to the sets
/// that are declared.
pub(crate) fn decode(vr: Vr, bytes: &[u8], charset: Charset) -> (String, bool) {
    match charset.first {
        Term::IsoIr192 | Term::Gb18030 | Term::Gbk => standalone::decode(bytes, charset.first),
        _ => iso2022::decode(vr, bytes, charset),
    }
}

/// Whether the first term's sets are active before and after `byte`, a control character or one
/// that stands for itself (PS3.5 6.1.2.5.3).
fn resets(vr: Vr, byte: u8) -> bool {
    match byte {
        b'\\' => may_be_multiple(vr),
        b'^' | b'=' => vr == Vr::PN,
        _ => byte.is_ascii_control(),
    }
}

const ESCAPE: u8 = 0x1b;

#[cfg(test)]
mod tests;
