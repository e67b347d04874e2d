//! The bytes of a data set, as many as are needed: of a file the others stay where they are.

use pyo3::prelude::*;
use russet_codec::dataset::Element;
use russet_codec::dataset::deep::View;

use crate::dataset::DatasetIndex;
use crate::rules::rules;
use crate::source::Loaded;

/// Bytes beyond what is shown of a value: of the number that is cut, and to know that it is.
const NEXT: u64 = 16;

impl DatasetIndex {
    /// Where everything is, with the bytes of all values but those that are bytes to Python too.
    pub(crate) fn view_but_bytes(&self, py: Python<'_>) -> PyResult<View<'_>> {
        let end = self.last(|element| {
            let is_bytes = element.value_vr(self.context).is_bytes();
            if is_bytes { 0 } else { element.end() }
        });
        self.view_up_to(py, end)
    }

    /// Where everything is, with the bytes that `loaded` has.
    pub(crate) fn view_of<'a>(&'a self, loaded: &'a Loaded<'_>) -> View<'a> {
        let (index, data) = (&self.index, loaded.extract());
        View { index, data, context: self.context, rules: rules(self.strict) }
    }

    /// The bytes of the element in a row, and what else it takes to know its VR.
    pub(crate) fn load(&self, py: Python<'_>, row: usize) -> PyResult<Loaded<'_>> {
        self.load_start(py, row, None)
    }

    /// What it takes to show `longest` characters of the value in a row, and to know its VR.
    pub(crate) fn load_start(
        &self,
        py: Python<'_>,
        row: usize,
        longest: Option<usize>,
    ) -> PyResult<Loaded<'_>> {
        let element = self.element(row)?;
        let (start, end) = self.index.value_vr_range(row).unwrap_or((u64::MAX, 0));
        self.source.load(py, start.min(element.value()), end.max(self.shown(element, longest)))
    }

    /// The same for some rows; None for all.
    pub(crate) fn load_starts(
        &self,
        py: Python<'_>,
        rows: Option<&[usize]>,
        longest: Option<usize>,
    ) -> PyResult<Loaded<'_>> {
        if let Some(&[row]) = rows {
            return self.load_start(py, row, longest);
        }
        let end = self.last(|element| self.shown(element, longest));
        self.source.at_hand_to(py, end)
    }

    /// Works on all of it, without the interpreter when it is large.
    pub(crate) fn work<T: Send>(
        &self,
        py: Python<'_>,
        work: impl Send + FnOnce(View<'_>) -> T,
    ) -> PyResult<T> {
        let (index, context, rules) = (&self.index, self.context, rules(self.strict));
        self.source.work(py, |data| work(View { index, data, context, rules }))
    }

    /// Where everything is, with its bytes at least up to offset `end`.
    fn view_up_to(&self, py: Python<'_>, end: u64) -> PyResult<View<'_>> {
        let (index, data) = (&self.index, self.source.up_to(py, end)?);
        Ok(View { index, data, context: self.context, rules: rules(self.strict) })
    }

    /// Up to where an element is read to show `longest` characters of its value.
    fn shown(&self, element: &Element, longest: Option<usize>) -> u64 {
        let longest = longest.and_then(|longest| u64::try_from(longest).ok());
        let Some(longest) = longest.filter(|_| self.is_long(element)) else { return element.end() };
        element.end().min(element.value().saturating_add(longest).saturating_add(NEXT))
    }

    /// Whether it can be shown without its end.
    fn is_long(&self, element: &Element) -> bool {
        element.value_vr(self.context).is_bytes() && !element.undefined
    }

    /// The greatest of the offsets that `end` says for each element, and of those where it is known what
    /// VR each has; no matter which when all bytes are at hand.
    fn last(&self, end: impl Fn(&Element) -> u64) -> u64 {
        if self.source.is_whole() {
            return u64::MAX;
        }
        let known = |row| self.index.value_vr_range(row).map_or(0, |(_, end)| end);
        let rows = self.index.elements().iter().enumerate();
        rows.map(|(row, element)| end(element).max(known(row))).max().unwrap_or_default()
    }
}
