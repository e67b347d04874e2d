//! Deflating data sets (PS3.5 A.5): the counterpart of [`inflate`](crate::dataset::inflate).

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::error::EncodeError;

/// `data` as one RFC 1951 stream without any header, padded with NUL to even length.
///
/// # Errors
/// `Invalid` should the deflater give up, for which it has no reason.
pub fn deflate(data: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut stream = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(data.len() / 2);
    loop {
        out.reserve(STEP);
        let consumed = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let rest = data.get(consumed..).unwrap_or_default();
        let status = stream
            .compress_vec(rest, &mut out, FlushCompress::Finish)
            .map_err(|_| EncodeError::Invalid("a data set that could not be deflated"))?;
        if status == Status::StreamEnd {
            break;
        }
    }
    if !out.len().is_multiple_of(2) {
        out.push(0);
    }
    Ok(out)
}

/// Room for what the deflater gives at once.
const STEP: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::inflate::inflate;
    use crate::limits::Inflated;

    #[test]
    fn what_is_deflated_inflates_again() {
        let noise =
            |count: u32| (0..count).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[2]);
        for data in [vec![], b"\x08\0".to_vec(), vec![7; 1 << 20], noise(300_001).collect()] {
            let deflated = deflate(&data).unwrap();
            assert_eq!(deflated.len() % 2, 0);
            assert_eq!(inflate(&deflated, Inflated::up_to(1 << 30)), Ok((data, true)));
        }
    }
}
