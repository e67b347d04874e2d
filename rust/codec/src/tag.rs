//! Data element tags (PS3.5 7.1).

/// A tag as one number, group in the high half, so that tags sort as the standard orders them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

impl Tag {
    /// (FFFE,E000), start of an item (PS3.5 7.5).
    pub const ITEM: Self = Self(0xfffe_e000);
    /// (FFFE,E00D), end of an item of undefined length.
    pub const ITEM_DELIMITATION: Self = Self(0xfffe_e00d);
    /// (FFFE,E0DD), end of a sequence of undefined length.
    pub const SEQUENCE_DELIMITATION: Self = Self(0xfffe_e0dd);
    /// (0008,0005).
    pub const SPECIFIC_CHARACTER_SET: Self = Self(0x0008_0005);
    /// (0028,0103).
    pub const PIXEL_REPRESENTATION: Self = Self(0x0028_0103);
    /// (7FE0,0010).
    pub const PIXEL_DATA: Self = Self(0x7fe0_0010);
    /// (0028,1101) to (0028,1103) and (0028,3002): entries, first value mapped, bits.
    pub const LUT_DESCRIPTORS: [Self; 4] =
        [Self(0x0028_1101), Self(0x0028_1102), Self(0x0028_1103), Self(0x0028_3002)];

    /// The tag of `group` and `element`.
    #[must_use]
    pub const fn new(group: u16, element: u16) -> Self {
        let [a, b] = group.to_be_bytes();
        let [c, d] = element.to_be_bytes();
        Self(u32::from_be_bytes([a, b, c, d]))
    }

    /// The tag written as eight hexadecimal digits, if `digits` are that.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let sound = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| sound).map(Self)
    }

    /// The first half.
    #[must_use]
    pub const fn group(self) -> u16 {
        let [a, b, _, _] = self.0.to_be_bytes();
        u16::from_be_bytes([a, b])
    }

    /// The second half.
    #[must_use]
    pub const fn element(self) -> u16 {
        let [_, _, c, d] = self.0.to_be_bytes();
        u16::from_be_bytes([c, d])
    }

    /// Whether the group is odd (PS3.5 7.8).
    #[must_use]
    pub const fn is_private(self) -> bool {
        self.group() & 1 == 1
    }

    /// Whether this is (gggg,0010-00FF) of an odd group: the name of a block's owner (PS3.5 7.8.1).
    #[must_use]
    pub const fn is_private_creator(self) -> bool {
        self.is_private() && matches!(self.element(), 0x10..=0xff)
    }

    /// The element that names the owner of the block of this one (PS3.5 7.8.1).
    #[must_use]
    pub const fn creator(self) -> Option<Self> {
        let [block, _] = self.element().to_be_bytes();
        if self.is_private() && block >= 0x10 {
            return Some(Self::new(self.group(), u16::from_be_bytes([0, block])));
        }
        None
    }

    /// What tells it from the others of its owner: the group, and the last byte (PS3.5 7.8.1).
    #[must_use]
    pub const fn in_block(self) -> Option<(u16, u8)> {
        let [_, element] = self.element().to_be_bytes();
        if self.creator().is_some() { Some((self.group(), element)) } else { None }
    }

    /// Whether this is (gggg,0000), the group length (PS3.5 7.2).
    #[must_use]
    pub const fn is_group_length(self) -> bool {
        self.element() == 0
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({:04X},{:04X})", self.group(), self.element())
    }
}
