//! The visitor of a scan: keeps the bytes of what is looked for, and stops after the last of it.

use std::sync::Arc;

use crate::charset::Charset;
use crate::dataset::index::Index;
use crate::dataset::visitor::{Take, Visitor};
use crate::dataset::{Element, Encoding};
use crate::endian::Endian;
use crate::scan::selection::Selection;
use crate::tag::Tag;
use crate::value::Context;
use crate::vr::Vr;

/// Bytes of the longest value that is kept.
pub const LONGEST: u64 = 1 << 16;

/// An element that was met, and its value.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) element: Element,
    pub(super) endian: Endian,
    /// What its data set says of its values.
    pub(super) around: usize,
    /// Where its bytes start among those kept, and where they end.
    start: usize,
    end: usize,
}

/// What a data set or item says of its values, as far as it does; the rest is as around it.
#[derive(Debug, Default)]
struct Says {
    parent: usize,
    charset: Option<usize>,
    signed: Option<usize>,
}

/// A data set or item that is being read.
#[derive(Debug)]
struct Open {
    level: usize,
    endian: Endian,
    says: usize,
    /// The first target that has not been passed.
    next: usize,
    previous: Tag,
    /// The target whose items come now, and how many have.
    sequence: Option<usize>,
    count: usize,
}

/// What was found in one file. Kept from file to file, so that nothing is allocated anew.
#[derive(Debug)]
pub(super) struct Gather {
    selection: Arc<Selection>,
    open: Vec<Open>,
    says: Vec<Says>,
    found: Vec<Found>,
    /// How many of them are of the file meta.
    in_meta: usize,
    /// For each column, which of `found`.
    columns: Vec<Option<usize>>,
    bytes: Vec<u8>,
    /// The walk stopped because nothing that follows is looked for.
    pub(super) complete: bool,
}

impl Gather {
    pub(super) fn new(selection: Arc<Selection>) -> Self {
        let columns = vec![None; selection.paths().len()];
        Self {
            selection,
            open: Vec::new(),
            says: Vec::new(),
            found: Vec::new(),
            in_meta: 0,
            columns,
            bytes: Vec::new(),
            complete: false,
        }
    }

    /// Forgets the last file, and expects a data set with numbers in `endian`.
    pub(super) fn begin(&mut self, endian: Endian) {
        self.open.clear();
        self.says.clear();
        self.found.clear();
        self.bytes.clear();
        self.columns.fill(None);
        self.in_meta = 0;
        self.complete = false;
        self.enter(0, endian);
    }

    /// Keeps what is looked for in `meta`, the file meta in `data`.
    pub(super) fn take_meta(&mut self, meta: &Index, data: &[u8]) {
        for column in 0..self.columns.len() {
            let path = self.selection.paths().get(column).filter(|path| path.items.is_empty());
            let row = path.and_then(|path| meta.find(path.tag));
            if let Some(element) = row.and_then(|row| meta.element(row)) {
                self.keep(*element, Endian::Little, 0, Some(column));
                if element.length <= LONGEST {
                    self.value(Index::value(element, data));
                }
            }
        }
        self.in_meta = self.found.len();
    }

    /// What was found for `column`.
    pub(super) fn column(&self, column: usize) -> Option<&Found> {
        self.found.get((*self.columns.get(column)?)?)
    }

    /// The bytes of a value.
    pub(super) fn bytes(&self, found: &Found) -> &[u8] {
        self.bytes.get(found.start..found.end).unwrap_or_default()
    }

    /// What the data set or item number `says` says of its values.
    pub(super) fn context(&self, says: usize) -> Context {
        let (mut charset, mut signed, mut at) = (None, None, says);
        let bytes = |kept: Option<usize>| Some(self.bytes(self.found.get(kept?)?));
        // Out through what is around it: a parent always comes before its items.
        while let Some(said) = self.says.get(at) {
            charset = charset.or_else(|| bytes(said.charset).map(Charset::of));
            signed = signed.or_else(|| bytes(said.signed).map(|value| value.contains(&1)));
            if at == 0 {
                break;
            }
            at = said.parent;
        }
        Context { charset: charset.unwrap_or_default(), signed: signed.unwrap_or_default() }
    }

    /// Forgets a value that was cut short.
    pub(super) fn forget(&mut self, tag: Tag) {
        let found = &self.found;
        let is_cut = |at: usize| found.get(at).is_some_and(|found| found.element.tag == tag);
        for column in &mut self.columns {
            *column = column.filter(|&at| !is_cut(at));
        }
    }

    fn enter(&mut self, level: usize, endian: Endian) {
        let parent = self.open.last().map_or(0, |open| open.says);
        let says = self.says.len();
        self.says.push(Says { parent, ..Says::default() });
        let (next, previous, sequence, count) = (0, Tag(0), None, 0);
        self.open.push(Open { level, endian, says, next, previous, sequence, count });
    }

    /// Notes `element`, whose value follows; of a tag that is repeated, the first counts.
    fn keep(&mut self, element: Element, endian: Endian, around: usize, column: Option<usize>) {
        let (at, start) = (self.found.len(), self.bytes.len());
        self.found.push(Found { element, endian, around, start, end: start });
        if let Some(slot) = column.and_then(|column| self.columns.get_mut(column)) {
            slot.get_or_insert(at);
        }
        if let Some(says) = self.says.get_mut(around) {
            match element.tag {
                Tag::SPECIFIC_CHARACTER_SET => _ = says.charset.get_or_insert(at),
                Tag::PIXEL_REPRESENTATION => _ = says.signed.get_or_insert(at),
                _ => {}
            }
        }
    }

    /// An element that is looked for, or that holds what is.
    fn target(&mut self, element: Element, at: usize) -> Take {
        let Some(open) = self.open.last_mut() else { return Take::Skip };
        let Some(target) = self.selection.level(open.level).get(at) else { return Take::Skip };
        if !target.items.is_empty() && matches!(element.vr(), Vr::SQ | Vr::UN) {
            (open.sequence, open.count) = (Some(at), 0);
            return Take::Items;
        }
        let (endian, says, column) = (open.endian, open.says, target.column);
        let fits = element.length <= LONGEST && !element.undefined;
        self.keep(element, endian, says, column);
        if fits { Take::Value } else { Take::Skip }
    }
}

impl Visitor for Gather {
    #[inline]
    fn element(&mut self, element: Element, depth: usize) -> Take {
        if self.open.len() != depth.saturating_add(1) {
            return Take::Skip;
        }
        let Some(open) = self.open.last_mut() else { return Take::Skip };
        let targets = self.selection.level(open.level);
        if element.tag < open.previous {
            open.next = 0;
        }
        open.previous = element.tag;
        open.sequence = None;
        while let Some(target) = targets.get(open.next) {
            if target.tag > element.tag {
                return Take::Skip;
            } else if target.tag == element.tag {
                let at = open.next;
                return self.target(element, at);
            }
            open.next = open.next.saturating_add(1);
        }
        // A data set that begins above everything looked for is not in order: look on.
        if depth > 0 || self.found.len() == self.in_meta {
            return Take::Skip;
        }
        self.complete = true;
        Take::Stop
    }

    fn value(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        if let Some(found) = self.found.last_mut() {
            found.end = self.bytes.len();
        }
    }

    fn item(&mut self, _: u64, depth: usize) {
        if self.open.len() != depth {
            return;
        }
        let Some(open) = self.open.last_mut() else { return };
        let target = open.sequence.and_then(|at| self.selection.level(open.level).get(at));
        let Some(target) = target else { return };
        let number = open.count;
        open.count = number.saturating_add(1);
        let level = target.items.iter().find(|&&(item, _)| item == number).map(|&(_, level)| level);
        let endian = open.endian;
        if let Some(level) = level {
            self.enter(level, endian);
        }
    }

    fn settled(&mut self, encoding: Encoding, depth: usize) {
        if self.open.len() == depth.saturating_add(1)
            && let Some(open) = self.open.last_mut()
        {
            open.endian = encoding.endian;
        }
    }

    fn item_closed(&mut self, _: u64, depth: usize) {
        if depth > 0 && self.open.len() == depth.saturating_add(1) {
            self.open.pop();
        }
    }
}
