//! What is kept of a data set that passes: the short values of a few elements.

use std::sync::Arc;

use crate::dataset::encode::put_element;
use crate::dataset::visitor::{Take, Visitor};
use crate::dataset::{Element, Encoding};
use crate::dictionary;
use crate::endian::Endian;
use crate::error::EncodeError;
use crate::tag::Tag;
use crate::vr::Vr;

/// Tags in order, prepared once for many data sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Arc<[Tag]>);

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        let mut tags: Vec<Tag> = tags.into_iter().collect();
        tags.sort_unstable();
        tags.dedup();
        Self(tags.into())
    }
}

impl Tags {
    fn has(&self, tag: Tag) -> bool {
        self.0.binary_search(&tag).is_ok()
    }
}

/// A value that was kept: it ends here in the bytes of all, and starts where the one before ends.
#[derive(Debug, Clone, Copy)]
struct Kept {
    tag: Tag,
    /// As it was written, if it was.
    vr: Option<Vr>,
    end: usize,
}

/// Keeps the values of a few elements of the outermost data set, if they are short.
#[derive(Debug, Default)]
pub struct Harvest {
    wanted: Tags,
    nested: bool,
    /// The first of `wanted` that is not below `last`, the highest tag that was met.
    next: usize,
    last: Option<Tag>,
    kept: Vec<Kept>,
    bytes: Vec<u8>,
    left_out: Vec<Tag>,
}

impl Harvest {
    /// Bytes of the longest value that is kept.
    pub const LONGEST: u64 = 1024;

    /// Wants `tags`; `nested` also has the content of defined-length sequences checked.
    #[must_use]
    pub fn new(tags: Tags, nested: bool) -> Self {
        Self { wanted: tags, nested, ..Self::default() }
    }

    /// What was found, in the order it was met.
    pub fn values(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        let starts = std::iter::once(0).chain(self.kept.iter().map(|kept| kept.end));
        let spans = self.kept.iter().zip(starts);
        spans.map(|(kept, start)| (kept.tag, self.bytes.get(start..kept.end).unwrap_or_default()))
    }

    /// The value of one element, if it was found.
    #[must_use]
    pub fn value(&self, tag: Tag) -> Option<&[u8]> {
        self.values().find(|&(found, _)| found == tag).map(|(_, value)| value)
    }

    /// What was wanted and found, but not kept: values that are too long, or of undefined length.
    #[must_use]
    pub fn left_out(&self) -> &[Tag] {
        &self.left_out
    }

    /// What was found of `tags`, in Explicit VR Little Endian with the VRs of the data dictionary;
    /// `from` is the byte order it arrived in. With it, whether that is all that is to be known of
    /// them: no value was left out, is a sequence, depends on the character set, or was written with
    /// another VR.
    ///
    /// # Errors
    /// None for values as short as these.
    pub fn elements(&self, tags: &Tags, from: Endian) -> Result<(Vec<u8>, bool), EncodeError> {
        let values = self.kept.iter().zip(self.values());
        let mut found: Vec<_> = values.filter(|(kept, _)| tags.has(kept.tag)).collect();
        // A data set may be out of order; what is read of it later is not.
        found.sort_by_key(|(kept, _)| kept.tag);
        let mut whole = !self.left_out.iter().any(|&tag| tags.has(tag));
        let mut out =
            Vec::with_capacity(self.bytes.len().saturating_add(found.len().saturating_mul(8)));
        for (kept, (tag, value)) in found {
            let vr = dictionary::vr_of(tag);
            whole &= kept.vr.is_none_or(|written| written == vr) && is_clear(vr, value);
            put_element(&mut out, tag, vr, (value, from), Encoding::EXPLICIT)?;
        }
        Ok((out, whole))
    }

    /// Whether an element with this tag is the first of it, and wanted.
    fn is_new(&mut self, tag: Tag) -> bool {
        if self.last.is_some_and(|last| tag <= last) {
            let known = self.kept.iter().any(|kept| kept.tag == tag);
            return !known && !self.left_out.contains(&tag) && self.wanted.has(tag);
        }
        // In order, as the standard has it, all of `wanted` is looked at once for the whole walk.
        self.last = Some(tag);
        let rest = self.wanted.0.get(self.next..).unwrap_or_default();
        let passed = rest.iter().take_while(|&&wanted| wanted < tag).count();
        self.next = self.next.saturating_add(passed);
        self.wanted.0.get(self.next) == Some(&tag)
    }
}

impl Visitor for Harvest {
    #[inline]
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if depth == 0 && self.is_new(element.tag) {
            if element.length <= Self::LONGEST && !element.undefined {
                let Element { tag, vr, .. } = element;
                self.kept.push(Kept { tag, vr, end: self.bytes.len() });
                return Take::Value;
            }
            self.left_out.push(element.tag);
        }
        if self.nested && element.vr() == Vr::SQ { Take::Items } else { Take::Skip }
    }

    fn value(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        if let Some(kept) = self.kept.last_mut() {
            kept.end = self.bytes.len();
        }
    }
}

/// Whether the bytes of a value say all of it, without what stands elsewhere in the data set.
fn is_clear(vr: Vr, value: &[u8]) -> bool {
    match vr {
        Vr::SQ => value.is_empty(),
        // PS3.5 6.1.2.3: the VRs of text in a character set. ASCII is the same in all of them, as
        // long as no escape sequence says otherwise (PS3.5 6.1.2.5).
        Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UT => {
            value.is_ascii() && !value.contains(&0x1b)
        }
        _ => vr.unit() == 1 || value.is_empty() || value.len() == vr.unit(),
    }
}
