//! A data set with its bytes, for whoever reads more of it than one value.

use pyo3::prelude::*;
use russet_codec::dataset::Element;
use russet_codec::dataset::deep::View;

use crate::dataset::DatasetIndex;
use crate::rules::rules;

/// Bytes beyond what is shown of a value: of the number that is cut, and to know that it is.
const NEXT: u64 = 16;

impl DatasetIndex {
    /// Its bytes and where everything is in them, for whoever reads all of it.
    pub(crate) fn view(&self, py: Python<'_>) -> PyResult<View<'_>> {
        self.view_up_to(py, u64::MAX)
    }

    /// Where everything is, with the bytes of all values but those that are bytes to Python too.
    pub(crate) fn view_but_bytes(&self, py: Python<'_>) -> PyResult<View<'_>> {
        self.view_with(py, |element, is_bytes| if is_bytes { 0 } else { element.end() })
    }

    /// Where everything is, with what it takes to show `longest` characters of each value.
    pub(crate) fn view_of_starts(
        &self,
        py: Python<'_>,
        longest: Option<usize>,
    ) -> PyResult<View<'_>> {
        let Some(longest) = longest else { return self.view(py) };
        let few = u64::try_from(longest)?.saturating_add(NEXT);
        self.view_with(py, |element, is_bytes| {
            let start = if is_bytes && !element.undefined { element.value() } else { u64::MAX };
            element.end().min(start.saturating_add(few))
        })
    }

    /// Where everything is, with its bytes at least up to offset `end`.
    pub(crate) fn view_up_to(&self, py: Python<'_>, end: u64) -> PyResult<View<'_>> {
        let (index, data) = (&self.index, self.source.up_to(py, end)?);
        Ok(View { index, data, context: self.context, rules: rules(self.strict) })
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

    /// Where everything is, with the bytes of each element up to where `end` says; of which it is told
    /// whether it is bytes to Python too.
    fn view_with(&self, py: Python<'_>, end: impl Fn(&Element, bool) -> u64) -> PyResult<View<'_>> {
        if self.source.is_whole() {
            return self.view(py);
        }
        let rows = self.index.elements().iter();
        let ends = rows.map(|row| end(row, row.value_vr(self.context).is_bytes()));
        self.view_up_to(py, ends.max().unwrap_or_default())
    }
}
