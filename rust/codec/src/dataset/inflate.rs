//! Deflated data sets (PS3.5 A.5): inflated in steps, under a quota.

use std::ops::ControlFlow;

use flate2::{Decompress, FlushDecompress, Status};

use crate::dataset::wide;
use crate::error::{DecodeError, ErrorKind};
use crate::limits::Inflated;

const STEP: usize = 1 << 16;

/// One RFC 1951 stream that inflates as it arrives. What follows its end is ignored: the padding to
/// even length, and the garbage that some writers leave.
#[derive(Debug)]
pub struct Inflate {
    stream: Decompress,
    step: Box<[u8]>,
    quota: Inflated,
    ended: bool,
}

impl Inflate {
    /// A stream that may inflate to as many bytes as `quota` says.
    #[must_use]
    pub fn new(quota: Inflated) -> Self {
        let stream = Decompress::new(false);
        Self { stream, step: vec![0; STEP].into_boxed_slice(), quota, ended: false }
    }

    /// Inflates `data`, the next bytes of the stream, and hands what comes of it to `sink` in steps
    /// of at most 64 KiB, until it has had enough.
    ///
    /// # Errors
    /// `Invalid` for what is no deflate stream, `AboveLimit` over the quota, what `sink` says. The
    /// offset counts deflated bytes.
    pub fn feed(
        &mut self,
        mut data: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<ControlFlow<()>, DecodeError>,
    ) -> Result<(), DecodeError> {
        while !self.ended {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            // At most one byte more than there may be, to see whether there is one.
            let most = self.quota.of(read.saturating_add(wide(data.len()))).saturating_add(1);
            let step = self.step.get_mut(..count(most, written).min(STEP)).unwrap_or_default();
            let outcome = self.stream.decompress(data, step, FlushDecompress::None);
            let (read_to, value) = (self.stream.total_in(), self.stream.total_out());
            let limit = self.quota.of(read_to);
            let produced = count(value.min(limit), written);
            // What comes before a fault is as good as if it had come alone.
            if sink(self.step.get(..produced).unwrap_or_default())?.is_break() {
                break;
            }
            let status = outcome.map_err(|_| DecodeError::new(NOT_DEFLATED, read_to))?;
            if value > limit {
                let kind = ErrorKind::AboveLimit { what: "inflated bytes", value, limit };
                // All of it may have been read by now: the byte that led here is the last one.
                return Err(DecodeError::new(kind, read_to.saturating_sub(1)));
            }
            let consumed = count(read_to, read);
            data = data.get(consumed..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            if consumed == 0 && produced == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Whether the stream has come to its end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Deflated bytes used so far.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.stream.total_in()
    }
}

/// Inflates all of `data`; also whether the stream was whole.
///
/// # Errors
/// As [`Inflate::feed`].
pub fn inflate(data: &[u8], quota: Inflated) -> Result<(Vec<u8>, bool), DecodeError> {
    let mut inflated = Vec::new();
    let mut stream = Inflate::new(quota);
    stream.feed(data, |step| {
        inflated.extend_from_slice(step);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((inflated, stream.has_ended() && stream.consumed() <= wide(data.len())))
}

fn count(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

const NOT_DEFLATED: ErrorKind = ErrorKind::Invalid("not a deflate stream");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::deflate::deflate;

    const FEW: Inflated = Inflated { most: 1 << 24, freely: 1 << 20, each: 500 };

    fn limit(length: usize, quota: Inflated) -> Option<ErrorKind> {
        let bomb = deflate(&vec![0; length]).unwrap();
        inflate(&bomb, quota).err().map(|error| {
            assert!(error.offset <= wide(bomb.len()), "{error}");
            error.kind
        })
    }

    #[test]
    fn few_bytes_may_come_of_any_number_and_many_only_of_many() {
        assert_eq!(limit(1 << 20, FEW), None);
        let kind = limit(1 << 22, FEW).unwrap();
        assert!(matches!(kind, ErrorKind::AboveLimit { limit, .. } if limit == 1 << 20), "{kind}");
        assert_eq!(limit(1 << 22, Inflated { each: 2000, ..FEW }), None);
        assert_eq!(limit(1 << 22, Inflated::up_to(1 << 22)), None);
        assert!(limit(1 << 22, Inflated::up_to(1 << 21)).is_some());
        let most = limit((1 << 24) + 1, Inflated { each: 2000, ..FEW }).unwrap();
        assert!(matches!(most, ErrorKind::AboveLimit { limit, .. } if limit == 1 << 24), "{most}");
    }
}
