//! Many objects of Python, made in parts: between those other threads have their turn.

use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyList;

/// Objects that are made at once: takes much less than a turn.
const PART: usize = 1 << 12;

/// How long a turn is. Somebody who is offered the interpreter more often than every 5 ms, after which
/// Python lets him insist on it, is too slow to take it.
const TURN: Duration = Duration::from_millis(8);

/// When others had their turn last.
struct Turn(Instant);

impl Turn {
    fn begin() -> Self {
        Self(Instant::now())
    }

    /// Lets others run, if it has been long enough.
    fn offer(&mut self, py: Python<'_>) {
        if self.0.elapsed() >= TURN {
            py.detach(|| ());
            *self = Self::begin();
        }
    }
}

/// A list of `values`: in parts if nobody can write to the bytes that they are made of.
pub(crate) fn list<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    mut values: impl Iterator<Item = T>,
    in_parts: bool,
) -> PyResult<Bound<'py, PyList>> {
    let length = if in_parts { PART } else { usize::MAX };
    let mut part = |py| PyList::new(py, values.by_ref().take(length).collect::<Vec<_>>());
    let list = part(py)?;
    if list.len() < length {
        return Ok(list);
    }
    let mut turn = Turn::begin();
    loop {
        turn.offer(py);
        let more = part(py)?;
        if more.is_empty() {
            return Ok(list);
        }
        list.set_slice(list.len(), list.len(), more.as_any())?;
    }
}

/// A list of values that are nobody's bytes.
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for Many<T> {
    type Target = PyList;
    type Output = Bound<'py, PyList>;
    type Error = PyErr;

    #[cfg(feature = "inspect")]
    const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = Vec::<T>::OUTPUT_TYPE;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, self.0.into_iter(), true)
    }
}

/// Counts objects that are made one by one.
pub(crate) struct Made {
    count: usize,
    turn: Turn,
}

impl Made {
    pub(crate) fn none() -> Self {
        Self { count: 0, turn: Turn::begin() }
    }

    /// One more; others have their turn now and then.
    pub(crate) fn one(&mut self, py: Python<'_>) {
        self.count = self.count.saturating_add(1);
        if self.count.is_multiple_of(PART) {
            self.turn.offer(py);
        }
    }
}
