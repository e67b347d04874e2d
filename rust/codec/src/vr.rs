//! Value representations (PS3.5 6.2).

/// Declares the VRs once: name, letters, whether Explicit VR uses the 32-bit length form
/// (PS3.5 7.1.2), the unit that byte order reverses, and the byte that pads to even length.
macro_rules! value_representations {
    ($($name:ident $letters:literal $long:literal $unit:literal $pad:literal $meaning:literal),* $(,)?) => {
        /// A value representation, in the order of PS3.5 Table 6.2-1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Vr { $(#[doc = $meaning] $name),* }

        impl Vr {
            /// Every VR of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The VR written with these two letters, if the standard has it.
            #[must_use]
            #[inline]
            pub fn from_letters([first, second]: [u8; 2]) -> Option<Self> {
                let (row, column) = (first.wrapping_sub(b'A'), second.wrapping_sub(b'A'));
                BY_LETTERS.get(usize::from(row))?.get(usize::from(column)).copied().flatten()
            }

            /// The same, slowly.
            const fn matching(letters: [u8; 2]) -> Option<Self> {
                match &letters { $($letters => Some(Self::$name),)* _ => None }
            }

            /// The two letters of Explicit VR.
            #[must_use]
            pub const fn letters(self) -> [u8; 2] {
                match self { $(Self::$name => *$letters),* }
            }

            /// The two letters as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Whether Explicit VR writes two reserved bytes and a 32-bit length (PS3.5 7.1.2).
            #[must_use]
            pub const fn has_long_length(self) -> bool {
                match self { $(Self::$name => $long),* }
            }

            /// Bytes of one number, the unit that big endian reverses; 1 for text and bytes.
            #[must_use]
            pub const fn unit(self) -> usize {
                match self { $(Self::$name => $unit),* }
            }

            /// The byte that brings a value to even length.
            #[must_use]
            pub const fn padding(self) -> u8 {
                match self { $(Self::$name => $pad),* }
            }
        }
    };
}

/// The VR of each two letters: one look instead of a search, once for every element of a file.
#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "done while compiling")]
static BY_LETTERS: [[Option<Vr>; 32]; 26] = {
    let mut table = [[None; 32]; 26];
    let mut first = b'A';
    while first <= b'Z' {
        let mut second = b'A';
        while second <= b'Z' {
            let vr = Vr::matching([first, second]);
            table[(first - b'A') as usize][(second - b'A') as usize] = vr;
            second += 1;
        }
        first += 1;
    }
    table
};

value_representations! {
    AE b"AE" false 1 b' ' "Application Entity",
    AS b"AS" false 1 b' ' "Age String",
    AT b"AT" false 2 0 "Attribute Tag: two 16-bit numbers",
    CS b"CS" false 1 b' ' "Code String",
    DA b"DA" false 1 b' ' "Date",
    DS b"DS" false 1 b' ' "Decimal String",
    DT b"DT" false 1 b' ' "Date Time",
    FD b"FD" false 8 0 "Floating Point Double",
    FL b"FL" false 4 0 "Floating Point Single",
    IS b"IS" false 1 b' ' "Integer String",
    LO b"LO" false 1 b' ' "Long String",
    LT b"LT" false 1 b' ' "Long Text",
    OB b"OB" true 1 0 "Other Byte",
    OD b"OD" true 8 0 "Other Double",
    OF b"OF" true 4 0 "Other Float",
    OL b"OL" true 4 0 "Other Long",
    OV b"OV" true 8 0 "Other 64-bit Very Long",
    OW b"OW" true 2 0 "Other Word",
    PN b"PN" false 1 b' ' "Person Name",
    SH b"SH" false 1 b' ' "Short String",
    SL b"SL" false 4 0 "Signed Long",
    SQ b"SQ" true 1 0 "Sequence of Items",
    SS b"SS" false 2 0 "Signed Short",
    ST b"ST" false 1 b' ' "Short Text",
    SV b"SV" true 8 0 "Signed 64-bit Very Long",
    TM b"TM" false 1 b' ' "Time",
    UC b"UC" true 1 b' ' "Unlimited Characters",
    UI b"UI" false 1 0 "Unique Identifier",
    UL b"UL" false 4 0 "Unsigned Long",
    UN b"UN" true 1 0 "Unknown",
    UR b"UR" true 1 b' ' "Universal Resource Identifier",
    US b"US" false 2 0 "Unsigned Short",
    UT b"UT" true 1 b' ' "Unlimited Text",
    UV b"UV" true 8 0 "Unsigned 64-bit Very Long",
}

impl Vr {
    /// Whether its values are bytes or words of whatever meaning: OB, OD, OF, OL, OV, OW and UN.
    #[must_use]
    pub const fn is_bytes(self) -> bool {
        matches!(self, Self::OB | Self::OD | Self::OF | Self::OL | Self::OV | Self::OW | Self::UN)
    }
}

impl std::fmt::Display for Vr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_name_their_vr_and_nothing_else_does() {
        assert_eq!(Vr::ALL.len(), 34);
        for &vr in Vr::ALL {
            assert_eq!(Vr::from_letters(vr.letters()), Some(vr));
            assert_eq!(vr.as_str().as_bytes(), vr.letters());
        }
        assert_eq!(Vr::from_letters(*b"??"), None);
    }
}
