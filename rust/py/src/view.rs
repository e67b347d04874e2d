//! The bytes of a data set, as many as are needed: of a file the others stay where they are.

use pyo3::prelude::*;
use russet_codec::dataset::Element;
use russet_codec::dataset::deep::View;

use crate::dataset::DatasetIndex;
use crate::rules::rules;
use crate::source::Loaded;

impl DatasetIndex {
    /// Its bytes and where everything is in them, for whoever reads all of it.
    pub(crate) fn view(&self, py: Python<'_>) -> PyResult<View<'_>> {
        self.view_up_to(py, u64::MAX)
    }

    /// Where everything is, with the bytes of all values but those that are bytes to Python too.
    pub(crate) fn view_but_bytes(&self, py: Python<'_>) -> PyResult<View<'_>> {
        let of_bytes = |row: &&Element| row.value_vr(self.context).is_bytes();
        let rows = (!self.source.is_whole()).then(|| self.index.elements().iter());
        let read = rows.into_iter().flatten().filter(|row| !of_bytes(row));
        self.view_up_to(py, read.map(Element::end).max().unwrap_or_default())
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

    /// Where everything is, with the bytes between two offsets, which `loaded` has.
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

    /// The bytes of some rows, and what else it takes to know their VRs; None for all.
    pub(crate) fn load_rows(&self, py: Python<'_>, rows: Option<&[usize]>) -> PyResult<Loaded<'_>> {
        match rows {
            Some(&[row]) => self.load(py, row),
            _ => Ok(Loaded::AtHand(self.source.all(py)?)),
        }
    }

    /// Where everything is, with its bytes at least up to offset `end`.
    fn view_up_to(&self, py: Python<'_>, end: u64) -> PyResult<View<'_>> {
        let (index, data) = (&self.index, self.source.up_to(py, end)?);
        Ok(View { index, data, context: self.context, rules: rules(self.strict) })
    }
}
