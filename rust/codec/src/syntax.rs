//! How a transfer syntax encodes a data set (PS3.5 10 and annex A).

use crate::endian::Endian;

/// The properties of a transfer syntax that reading and writing depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// Whether elements carry their VR.
    pub explicit: bool,
    /// The byte order of tags, lengths and numbers.
    pub endian: Endian,
    /// Whether the whole data set is one RFC 1951 stream.
    pub deflated: bool,
    /// Whether Pixel Data is a sequence of fragments.
    pub encapsulated: bool,
}

impl Syntax {
    /// Implicit VR Little Endian, the default (PS3.5 A.1).
    pub const IMPLICIT: Self =
        Self { explicit: false, endian: Endian::Little, deflated: false, encapsulated: false };
    /// Explicit VR Little Endian (PS3.5 A.2): also the best guess for a syntax nobody knows.
    pub const EXPLICIT: Self = Self { explicit: true, ..Self::IMPLICIT };
    /// Explicit VR Big Endian, retired (PS3.5-2016b A.3).
    pub const BIG_ENDIAN: Self = Self { endian: Endian::Big, ..Self::EXPLICIT };
    /// Explicit VR Little Endian, deflated as a whole (PS3.5 A.5).
    pub const DEFLATED: Self = Self { deflated: true, ..Self::EXPLICIT };
    /// Explicit VR Little Endian with encapsulated Pixel Data (PS3.5 A.4).
    pub const ENCAPSULATED: Self = Self { encapsulated: true, ..Self::EXPLICIT };

    /// The properties of the transfer syntax `uid`; None when it is not known, or encodes no data
    /// set at all (RFC 2557 MIME, XML). Callers then assume [`Syntax::EXPLICIT`].
    #[must_use]
    pub fn of(uid: &str) -> Option<Self> {
        Self::named(uid).map(|(_, syntax)| syntax)
    }

    /// The same, with a copy of the UID that lasts.
    pub(crate) fn named(uid: &str) -> Option<(&'static str, Self)> {
        TABLE.iter().find(|&&(known, _)| known == uid).copied()
    }
}

/// The UIDs of every transfer syntax that [`Syntax::of`] knows, in the order of its table.
#[must_use]
pub fn known() -> impl ExactSizeIterator<Item = &'static str> {
    TABLE.iter().map(|&(uid, _)| uid)
}

/// Transfer syntaxes in the order of PS3.6 Table A-1, and the private one that is met in archives.
#[rustfmt::skip]
const TABLE: &[(&str, Syntax)] = &[
    ("1.2.840.10008.1.2", Syntax::IMPLICIT),
    ("1.2.840.10008.1.2.1", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.1.98", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.1.99", Syntax::DEFLATED),
    ("1.2.840.10008.1.2.2", Syntax::BIG_ENDIAN),
    ("1.2.840.10008.1.2.4.50", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.51", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.52", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.53", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.54", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.55", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.56", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.57", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.58", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.59", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.60", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.61", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.62", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.63", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.64", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.65", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.66", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.70", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.80", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.81", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.90", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.91", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.92", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.93", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.94", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.4.95", Syntax::DEFLATED),
    ("1.2.840.10008.1.2.4.100", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.100.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.101", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.101.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.102", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.102.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.103", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.103.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.104", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.104.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.105", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.105.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.106", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.106.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.107", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.108", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.110", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.111", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.112", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.201", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.202", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.203", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.4.204", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.4.205", Syntax::DEFLATED),
    ("1.2.840.10008.1.2.5", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.2.7.1", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.7.2", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.7.3", Syntax::EXPLICIT),
    ("1.2.840.10008.1.2.8.1", Syntax::ENCAPSULATED),
    ("1.2.840.10008.1.20", Syntax::IMPLICIT),
    // GE: Implicit VR, little endian but for the pixels.
    ("1.2.840.113619.5.2", Syntax::IMPLICIT),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uids;

    #[test]
    fn every_registered_syntax_that_encodes_data_sets_is_known() {
        for row in uids::all().iter().filter(|row| row.kind == "Transfer Syntax") {
            let encodes = !row.uid.starts_with("1.2.840.10008.1.2.6.");
            assert_eq!(Syntax::of(row.uid).is_some(), encodes, "{}", row.name);
        }
        for uid in known() {
            assert!(uids::entry(uid).is_some() || !uid.starts_with("1.2.840.10008."), "{uid}");
        }
    }

    #[test]
    fn names_agree_with_properties() {
        for uid in known() {
            let (syntax, name) =
                (Syntax::of(uid).unwrap(), uids::entry(uid).map_or("", |u| u.name));
            assert!(!name.starts_with("Implicit") || !syntax.explicit, "{name}");
            assert_eq!(name.contains("Big Endian"), syntax.endian == Endian::Big, "{name}");
            let deflated = name.contains("Deflate") && !name.contains("Image Frame");
            assert_eq!(deflated, syntax.deflated, "{name}");
        }
    }

    #[test]
    fn an_unknown_syntax_is_said_to_be_unknown() {
        assert_eq!(Syntax::of("1.2.3"), None);
        assert_eq!(Syntax::of(""), None);
    }
}
