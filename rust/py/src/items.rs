//! The items of sequences, each a data set over the same bytes.

use std::sync::Arc;

use pyo3::prelude::*;
use russet_codec::dataset::Warnings;
use russet_codec::dataset::extract::Extract;
use russet_codec::dataset::index::Index;
use russet_codec::error::DecodeError;
use russet_codec::value::Context;

use crate::dataset::DatasetIndex;
use crate::error::CodecError;
use crate::many::{Made, Many};
use crate::rules::rules;
use crate::source::Loaded;

/// The items of the sequence in row `row` of `around`.
pub(crate) fn items(
    around: &DatasetIndex,
    py: Python<'_>,
    row: usize,
) -> PyResult<Many<Py<DatasetIndex>>> {
    let element = around.element(row)?;
    let loaded = around.source.load(py, element.value(), element.end())?;
    let length = usize::try_from(element.length)?;
    let found = loaded.work_on(py, length, || find(around, row, loaded.extract()));
    let found = found.map_err(CodecError)?;
    // What was read of a file for them is theirs from now on.
    let source = match loaded {
        Loaded::AtHand(..) => Arc::clone(&around.source),
        Loaded::Read(source) => Arc::new(source),
    };
    let mut made = Made::none();
    let mut values = Vec::with_capacity(found.len());
    for Item { index, context, warnings } in found {
        let (source, strict) = (Arc::clone(&source), around.strict);
        let item = DatasetIndex { index, source, warnings, strict, context, opened: None };
        values.push(Py::new(py, item)?);
        made.one(py);
    }
    Ok(Many(values))
}

/// What an item is made of.
struct Item {
    index: Index,
    context: Context,
    warnings: Warnings,
}

/// The items with what each says of its values, and what was odd in it; the last has what came after.
fn find(around: &DatasetIndex, row: usize, data: Extract<'_>) -> Result<Vec<Item>, DecodeError> {
    let (items, warnings) = around.index.items(row, data, rules(around.strict))?;
    let mut noted = warnings.kept.into_iter().peekable();
    let mut found = Vec::with_capacity(items.len());
    for index in items {
        let mut warnings = Warnings::default();
        while let Some(warning) = noted.next_if(|warning| warning.offset <= index.end()) {
            warnings.push(warning);
        }
        let context = index.context(data, around.context);
        found.push(Item { index, context, warnings });
    }
    if let Some(last) = found.last_mut() {
        noted.for_each(|warning| last.warnings.push(warning));
    }
    Ok(found)
}
