//! Files opened without reading all of them: large values are stepped over.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use russet_codec::dataset::index::{Index, Select};
use russet_codec::dataset::skim::{Need, Skim};
use russet_codec::error::DecodeError;
use russet_codec::file as codec;
use russet_codec::value::Context;

use crate::dataset::DatasetIndex;
use crate::disk::{failed, read, read_at};
use crate::error::CodecError;
use crate::file::Opened;
use crate::rules::Reading;
use crate::source::{Source, Stamp};

/// Bytes that are read at first: most headers end there. Of those that do not, so many.
pub(crate) const HEAD: u64 = 1 << 14;
const LONG_HEAD: u64 = 1 << 16;
/// How many bytes are read after each value that was stepped over, for one header; how many times more
/// while small values go on, and how many at most.
const PART: usize = 1 << 8;
const GROWTH: usize = 16;
const LONGEST_PART: usize = 1 << 16;
/// What says how to read values is short.
const SAID: u64 = 1 << 10;

/// A file that is open, and what of it is wanted.
pub(crate) struct Wanted<'a, 'py> {
    pub(crate) name: &'a Bound<'py, PyString>,
    pub(crate) path: &'a Path,
    pub(crate) file: &'a File,
    pub(crate) reading: Reading,
    pub(crate) select: &'a Select,
}

impl<'py> Wanted<'_, 'py> {
    /// Its data set with what its index needs of the file; None when that takes all of it.
    pub(crate) fn skim(&self) -> PyResult<Option<DatasetIndex>> {
        let (py, file) = (self.name.py(), self.file);
        let stamp = py.detach(|| Stamp::of(file)).map_err(|error| failed(&error, self.path))?;
        for length in [HEAD, LONG_HEAD] {
            let head = read(py, file, (0, length), self.path)?;
            let Some((opened, mut skim, need)) = self.begin(&head, &stamp)? else {
                return Ok(None);
            };
            if length == HEAD && matches!(need, Need::From(offset) if offset < length) {
                continue;
            }
            let outcome = py.detach(|| go_on(file, need, |part| skim.feed(part)));
            let found = outcome.map_err(|error| failed(&error, self.path))?;
            if !found.map_err(CodecError)? {
                return Ok(None);
            }
            let (index, warnings) = skim.finish();
            let around = self.context(&index, head.as_bytes())?;
            let source = Arc::new(Source::of_file(&head, self.path.to_path_buf(), stamp)?);
            let reading = Reading { around, ..self.reading };
            let dataset = DatasetIndex::in_part(index, Arc::clone(&source), warnings, reading);
            let filename = Some(self.name.clone().unbind());
            let (file, reading) = (opened, self.reading);
            return Ok(Some(dataset.opened_as(Opened { file, filename, source, reading })));
        }
        Ok(None)
    }

    /// Indexes what is in `head`; None for what is no plain file.
    fn begin(
        &self,
        head: &Bound<'py, PyBytes>,
        stamp: &Stamp,
    ) -> PyResult<Option<(codec::File, Skim, Need)>> {
        let rules = self.reading.rules();
        let Ok(opened) = codec::open(head.as_bytes(), rules) else { return Ok(None) };
        if opened.syntax.deflated || opened.warnings.count != 0 {
            return Ok(None);
        }
        let (start, encoding) = (opened.dataset_offset, opened.syntax.into());
        let mut skim = Skim::new(start, stamp.length(), encoding, rules, self.select.clone());
        let first = head.as_bytes().get(usize::try_from(start)?..).unwrap_or_default();
        let need = skim.feed(first).map_err(CodecError)?;
        Ok(Some((opened, skim, need)))
    }

    /// What the data set says of its values, wherever in the file.
    fn context(&self, index: &Index, head: &[u8]) -> PyResult<Context> {
        let mut context = self.reading.around;
        for element in index.said() {
            let length = element.length.min(SAID);
            if element.value().saturating_add(length) <= u64::try_from(head.len())? {
                context = context.with(element.tag, Index::value(element, head));
                continue;
            }
            let py = self.name.py();
            let value = read(py, self.file, (element.value(), length), self.path)?;
            context = context.with(element.tag, value.as_bytes());
        }
        Ok(context)
    }
}

/// Reads what the index needs, and gives it to `feed`; false when that is everything.
pub(crate) fn go_on(
    file: &File,
    mut need: Need,
    mut feed: impl FnMut(&[u8]) -> Result<Need, DecodeError>,
) -> io::Result<Result<bool, DecodeError>> {
    let (mut part, mut end) = (vec![0; PART], 0);
    while let Need::From(offset) = need {
        // A header that was cut: small values go on here, and are worth more at a time.
        let length = if offset < end { part.len().saturating_mul(GROWTH) } else { PART };
        part.resize(length.min(LONGEST_PART), 0);
        let count = read_at(file, &mut part, offset)?;
        if count == 0 {
            return Ok(Ok(false));
        }
        end = offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        need = match feed(part.get(..count).unwrap_or_default()) {
            // A file that became shorter in the middle of a header.
            Ok(need) if need == Need::From(offset) && count < part.len() => return Ok(Ok(false)),
            Ok(need) => need,
            Err(error) => return Ok(Err(error)),
        };
    }
    Ok(Ok(need == Need::Nothing))
}
