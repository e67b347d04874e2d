//! One element with its bytes: of a file the others stay where they are.

use pyo3::prelude::*;
use russet_codec::dataset::deep::View;

use crate::dataset::DatasetIndex;
use crate::rules::rules;
use crate::source::Loaded;

impl DatasetIndex {
    /// Where everything is, with the bytes that `loaded` has.
    pub(crate) fn view_of<'a>(&'a self, loaded: &'a Loaded<'_>) -> View<'a> {
        let (index, data) = (&self.index, loaded.extract());
        View { index, data, context: self.context, rules: rules(self.strict) }
    }

    /// The bytes of the element in a row, and what else it takes to know its VR.
    pub(crate) fn load(&self, py: Python<'_>, row: usize) -> PyResult<Loaded<'_>> {
        let element = self.element(row)?;
        let (start, end) = self.index.value_vr_range(row).unwrap_or((u64::MAX, 0));
        self.source.load(py, start.min(element.value()), end.max(element.end()))
    }

    /// Whether the value of a row is bytes to Python too.
    pub(crate) fn is_bytes(&self, row: usize) -> bool {
        let element = self.index.element(row);
        element.is_some_and(|element| element.value_vr(self.context).is_bytes())
    }
}
