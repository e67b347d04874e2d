//! Rows on their way to columns in Arrow's memory layout.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use russet_codec::error::DecodeError;
use russet_codec::scan::{Cell, Kind, Scanner};

use super::list::text;

/// The columns of a scan: `path`, one for each of `names`, and `error`.
pub(super) fn schema(names: Vec<String>, kinds: &[Kind]) -> SchemaRef {
    let value = |(name, kind): (String, &Kind)| {
        let form = match kind {
            Kind::Text => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
        };
        Field::new(name, form, true)
    };
    let mut fields = vec![Field::new("path", DataType::Utf8, false)];
    fields.extend(names.into_iter().zip(kinds).map(value));
    fields.push(Field::new("error", DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
}

impl Column {
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Integer(column), Cell::Integer(number)) => column.append_value(number),
            (Self::Float(column), Cell::Float(number)) => column.append_value(number),
            (Self::Text(column), _) => column.append_null(),
            (Self::Integer(column), _) => column.append_null(),
            (Self::Float(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Float(column) => Arc::new(column.finish()),
        }
    }
}

/// The rows of one batch.
pub(super) struct Rows {
    path: StringBuilder,
    columns: Vec<Column>,
    error: StringBuilder,
}

impl Rows {
    pub(super) fn new(kinds: &[Kind], rows: usize) -> Self {
        let column = |kind: &Kind| match kind {
            Kind::Text => Column::Text(StringBuilder::with_capacity(rows, rows << 4)),
            Kind::Integer => Column::Integer(Int64Builder::with_capacity(rows)),
            Kind::Float => Column::Float(Float64Builder::with_capacity(rows)),
        };
        Self {
            path: StringBuilder::with_capacity(rows, rows << 6),
            columns: kinds.iter().map(column).collect(),
            error: StringBuilder::with_capacity(rows, 0),
        }
    }

    /// Adds the row of `path` with what `scanner` found, and what went wrong first.
    pub(super) fn push(&mut self, path: &Path, scanner: &mut Scanner, outcome: Result<(), String>) {
        self.path.append_value(text(path));
        let mut wrong: Option<DecodeError> = None;
        for (at, column) in self.columns.iter_mut().enumerate() {
            match scanner.cell(at) {
                Ok(cell) => column.push(cell),
                Err(error) => {
                    column.push(Cell::Empty);
                    wrong.get_or_insert(error);
                }
            }
        }
        let wrong = outcome.err().or_else(|| wrong.map(|error| error.to_string()));
        self.error.append_option(wrong);
    }

    pub(super) fn len(&self) -> usize {
        self.path.len()
    }

    pub(super) fn finish(mut self, schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.path.finish())];
        columns.extend(self.columns.iter_mut().map(Column::finish));
        columns.push(Arc::new(self.error.finish()));
        RecordBatch::try_new(schema, columns)
    }
}
