//! Everything in a data set at once: as Python objects, and as arrays that say where it is.

use std::sync::{Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use russet_codec::dataset::deep::{Met, Reader};
use russet_codec::dictionary;
use russet_codec::error::{DecodeError, ErrorKind};
use russet_codec::tag::Tag;
use russet_codec::value::Value;

use crate::buffer::column;
use crate::dataset::DatasetIndex;
use crate::error::CodecError;
use crate::many::Made;
use crate::value::to_python;

/// Every value of a data set, sequences entered: a dict by keyword, else by the eight digits of the tag.
/// A sequence is a list of such dicts, bytes come without a copy, values that cannot be read as bytes.
///
/// Raises:
///     DecodeError: Sequences that cannot be read.
#[pyfunction]
pub(crate) fn values<'py>(py: Python<'py>, index: &DatasetIndex) -> PyResult<Bound<'py, PyAny>> {
    let items = vec![PyDict::new(py)];
    let mut reader = Values {
        py,
        index,
        items,
        lists: Vec::new(),
        keys: Keys::new(),
        made: Made::none(),
        failed: None,
    };
    let outcome = index.view_but_bytes(py)?.read(&mut reader);
    if let Some(error) = reader.failed {
        return Err(error);
    }
    outcome.map_err(CodecError)?;
    Ok(reader.items.swap_remove(0).into_any())
}

struct Values<'a, 'py> {
    py: Python<'py>,
    index: &'a DatasetIndex,
    /// The outermost data set, and the items that are open.
    items: Vec<Bound<'py, PyDict>>,
    lists: Vec<Bound<'py, PyList>>,
    keys: Keys,
    made: Made,
    failed: Option<PyErr>,
}

impl<'py> Values<'_, 'py> {
    fn put(
        &mut self,
        met: &Met<'_>,
        value: PyResult<Bound<'py, PyAny>>,
    ) -> Result<(), DecodeError> {
        let Some(item) = self.items.last() else { return Ok(()) };
        if self.index.source.is_fixed() {
            self.made.one(self.py);
        }
        let key = self.keys.of(self.py, met.element.tag);
        let put = value.and_then(|value| item.set_item(key, value));
        put.map_err(|error| {
            self.failed = Some(error);
            DecodeError::new(STOPPED, met.element.offset)
        })
    }

    fn raw(&self, met: &Met<'_>) -> PyResult<Bound<'py, PyAny>> {
        self.index.source.view(self.py, met.element.value(), met.element.end())
    }
}

const STOPPED: ErrorKind = ErrorKind::Invalid("Python raised an exception");

impl Reader for Values<'_, '_> {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let decoded = self.index.source.work_on(self.py, met.bytes.len(), || met.decode());
        let value = match decoded {
            Ok(Value::Bytes(_)) | Err(_) => self.raw(met),
            Ok(value) => to_python(self.py, met.vr, value, self.index.source.is_fixed()),
        };
        self.put(met, value)
    }

    fn fragments(&mut self, met: &Met<'_>, _: &[(u64, u64)]) -> Result<(), DecodeError> {
        let value = self.raw(met);
        self.put(met, value)
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        let list = PyList::empty(self.py);
        self.lists.push(list.clone());
        self.put(met, Ok(list.into_any()))
    }

    fn item(&mut self, _: u64) {
        self.items.push(PyDict::new(self.py));
    }

    fn item_end(&mut self, _: u64) {
        let (Some(item), Some(list)) = (self.items.pop(), self.lists.last()) else { return };
        if let Err(error) = list.append(item) {
            self.failed.get_or_insert(error);
        }
    }

    fn sequence_end(&mut self, _: u64) {
        self.lists.pop();
    }
}

/// What tags are called; the names met last are made once.
struct Keys(Option<MutexGuard<'static, Vec<Key>>>);

type Key = Option<(Tag, Py<PyString>)>;

static KNOWN: Mutex<Vec<Key>> = Mutex::new(Vec::new());

impl Keys {
    const COUNT: usize = 1 << 12;

    /// Whoever comes while another has them does without.
    fn new() -> Self {
        let mut known = KNOWN.try_lock().ok();
        if let Some(known) = &mut known {
            known.resize_with(Self::COUNT, || None);
        }
        Self(known)
    }

    fn of<'py>(&mut self, py: Python<'py>, tag: Tag) -> Bound<'py, PyString> {
        let hash = u16::try_from(tag.0.wrapping_mul(0x9e37_79b1) >> 16).unwrap_or_default();
        let place = usize::from(hash) % Self::COUNT;
        match self.0.as_mut().and_then(|known| known.get_mut(place)) {
            Some(Some((other, key))) if *other == tag => key.bind(py).clone(),
            Some(place) => {
                let key = name(py, tag);
                *place = Some((tag, key.clone().unbind()));
                key
            }
            None => name(py, tag),
        }
    }
}

fn name(py: Python<'_>, tag: Tag) -> Bound<'_, PyString> {
    match dictionary::entry(tag).map_or("", |entry| entry.keyword) {
        // That of a repeating group has a tag for each plane (PS3.5 7.6).
        keyword if dictionary::tag_of(keyword) == Some(tag) => PyString::intern(py, keyword),
        _ => PyString::new(py, &format!("{:08X}", tag.0)),
    }
}

/// Where every element is: tags (u32), VRs (two letters each), offsets of values (u64), lengths (u64)
/// and how many sequences are around each (u16), all in the byte order of this machine.
///
/// Raises:
///     DecodeError: Sequences that cannot be read.
#[pyfunction]
#[pyo3(signature = (index, nested = true))]
pub(crate) fn index_arrays<'py>(
    py: Python<'py>,
    index: &DatasetIndex,
    nested: bool,
) -> PyResult<[Bound<'py, PyBytes>; 5]> {
    let octets = index.index.end().saturating_sub(index.index.start());
    // One element for 32 bytes, at first for no more than some ten thousand.
    let room = if nested { usize::try_from(octets >> 5)? } else { index.index.len() };
    let mut arrays = Arrays { rows: Vec::with_capacity(room.min(MOST_ROOM)), open: Vec::new() };
    let outcome = index.work(py, |view| {
        if nested {
            view.read(&mut arrays)
        } else {
            let mut all = (0..view.index.len()).filter_map(|row| view.met(row));
            all.try_for_each(|met| arrays.element(&met))
        }
    })?;
    outcome.map_err(CodecError)?;
    let rows = &arrays.rows;
    Ok([
        column(py, rows, |row| row.tag.to_ne_bytes())?,
        column(py, rows, |row| row.vr)?,
        column(py, rows, |row| row.offset.to_ne_bytes())?,
        column(py, rows, |row| row.length.to_ne_bytes())?,
        column(py, rows, |row| row.depth.to_ne_bytes())?,
    ])
}

const MOST_ROOM: usize = 1 << 16;

struct Row {
    offset: u64,
    length: u64,
    tag: u32,
    vr: [u8; 2],
    depth: u16,
}

struct Arrays {
    rows: Vec<Row>,
    /// The rows of the sequences that are open, and where their values start.
    open: Vec<(usize, u64)>,
}

impl Reader for Arrays {
    fn element(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.rows.push(Row {
            offset: met.element.value(),
            length: met.element.length,
            tag: met.element.tag.0,
            vr: met.vr.letters(),
            depth: u16::try_from(met.depth).unwrap_or(u16::MAX),
        });
        Ok(())
    }

    fn fragments(&mut self, met: &Met<'_>, _: &[(u64, u64)]) -> Result<(), DecodeError> {
        self.element(met)
    }

    fn sequence(&mut self, met: &Met<'_>) -> Result<(), DecodeError> {
        self.open.push((self.rows.len(), met.element.value()));
        self.element(met)
    }

    fn item(&mut self, _: u64) {}

    fn item_end(&mut self, _: u64) {}

    fn sequence_end(&mut self, end: u64) {
        let Some((at, start)) = self.open.pop() else { return };
        if let Some(row) = self.rows.get_mut(at) {
            row.length = end.saturating_sub(start);
        }
    }
}
