//! Many files at once: threads that read and scan, and the tables that come of it, in order.

mod list;
mod read;
mod rows;
mod table;
mod work;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyIterator;
use russet_codec::scan::{Path, Selection};
use russet_codec::tag::Tag;

use self::list::{Listed, Listing, Named, skipped};
pub(crate) use self::table::ScanTable;
use self::work::Workers;
use crate::disk::path_of;

/// A path as the tables of a scan have it: what is no Unicode in it as `\\xff`.
#[pyfunction]
pub(crate) fn path_text(path: PathBuf) -> String {
    list::text(&path)
}

/// Files of one table.
const BATCH: usize = 256;
/// Batches in work or waiting for an earlier one, for each thread.
const AHEAD: usize = 4;
/// How long a signal may have to wait.
const PATIENCE: Duration = Duration::from_millis(50);

/// The sequences on the way to an element, each with the number of an item, and the element.
type Way = (Vec<(u32, usize)>, u32);

/// A scan of files for a few values each: an iterator over tables of some hundred rows, in the order
/// of the paths. The work is done by threads that do not need the interpreter.
///
/// Args:
///     paths: Files and folders.
///     names: The names of the columns.
///     ways: Where their values are.
///     threads: How many read at a time.
///     skip: Paths not to read, as tables give them.
#[pyclass(module = "russet._core")]
pub(crate) struct Scan {
    paths: Option<Py<PyIterator>>,
    listing: Listing,
    workers: Workers,
    schema: SchemaRef,
    /// Batches that came before their turn.
    ready: BTreeMap<usize, RecordBatch>,
    /// The batch to give out next, and the one to begin next.
    next: usize,
    fresh: usize,
    ahead: usize,
    listed: usize,
}

#[pymethods]
impl Scan {
    #[new]
    fn new(
        paths: &Bound<'_, PyAny>,
        names: Vec<String>,
        ways: Vec<Way>,
        threads: usize,
        skip: HashSet<String>,
    ) -> PyResult<Self> {
        let ways = ways.into_iter().map(|(items, tag)| Path {
            items: items.into_iter().map(|(tag, item)| (Tag(tag), item)).collect(),
            tag: Tag(tag),
        });
        let selection = Selection::new(ways.collect());
        let schema = rows::schema(names, selection.kinds());
        let (skip, known) = (Arc::new(skipped(&skip)), Named::default());
        let selection = Arc::new(selection);
        let workers = Workers::new(&selection, &schema, threads.max(1), &skip, &known);
        Ok(Self {
            paths: Some(paths.try_iter()?.unbind()),
            listing: Listing::new(skip, known),
            workers,
            schema,
            ready: BTreeMap::new(),
            next: 0,
            fresh: 0,
            ahead: threads.max(1).saturating_mul(AHEAD),
            listed: 0,
        })
    }

    /// Files found so far, and whether those are all.
    #[getter]
    fn listed(&self) -> (usize, bool) {
        (self.workers.files(self.listed), self.is_listed())
    }

    /// Bytes read so far.
    #[getter]
    fn octets(&self) -> u64 {
        self.workers.octets()
    }

    /// A table without rows.
    fn empty(&self) -> ScanTable {
        ScanTable::new(SchemaRef::clone(&self.schema), Vec::new())
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<ScanTable>> {
        loop {
            while !self.is_listed() && self.fresh.saturating_sub(self.next) < self.ahead {
                self.begin(py)?;
            }
            if let Some(batch) = self.ready.remove(&self.next) {
                self.next = self.next.saturating_add(1);
                return Ok(Some(ScanTable::new(SchemaRef::clone(&self.schema), vec![batch])));
            }
            if self.next == self.fresh {
                return Ok(None);
            }
            py.check_signals()?;
            let workers = &mut self.workers;
            match py.detach(|| workers.finished(PATIENCE)) {
                Ok(Some((number, batch))) => _ = self.ready.insert(number, batch),
                Ok(None) => {}
                Err(why) => return Err(PyRuntimeError::new_err(why)),
            }
        }
    }
}

impl Scan {
    fn is_listed(&self) -> bool {
        self.paths.is_none() && self.listing.is_empty()
    }

    /// Lists the files of one batch and has it worked on.
    fn begin(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.listing.is_empty() {
            let named = self.named(py)?;
            self.listing.add(named);
        }
        let listing = &mut self.listing;
        let batch: Vec<Listed> = py.detach(|| listing.take(BATCH).collect());
        if !batch.is_empty() {
            // Who names some hundred files one by one goes on to do so. To look at each before it
            // is opened would cost another way to it, and not on the threads that were asked for.
            if self.fresh == 0 && batch.len() == BATCH && self.listing.is_empty() {
                self.listing.trust();
            }
            self.listed = self.listed.saturating_add(batch.len());
            self.workers.begin(self.fresh, batch);
            self.fresh = self.fresh.saturating_add(1);
        }
        Ok(())
    }

    /// The next paths that were given.
    fn named(&mut self, py: Python<'_>) -> PyResult<Vec<PathBuf>> {
        let Some(paths) = &self.paths else { return Ok(Vec::new()) };
        let mut named = Vec::new();
        for path in paths.bind(py).clone().take(BATCH) {
            named.push(path_of(&path?)?);
        }
        if named.len() < BATCH {
            self.paths = None;
        }
        Ok(named)
    }
}
