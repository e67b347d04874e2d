//! The bytes that a scanner asks for, read from a file.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use russet_codec::scan::Scanner;

use super::list::{NEITHER, reason};
use crate::disk::read_at;

/// Bytes of the first read of the first file; of the others, what the one before took, in pages.
/// Most headers are as long as their neighbours', and what is read for nothing is copied for nothing.
const FIRST: usize = 1 << 14;
const PAGE: usize = 1 << 12;
const LONGEST_FIRST: usize = 1 << 16;
/// Bytes of a header, by which the end of what is looked for is known.
const HEADER: usize = 16;
/// How much more each further read of a file takes, and the most that is read at once of a data set.
const GROWTH: usize = 4;
const MOST: usize = 1 << 20;

/// Reads what a scanner wants of one file after another, into one buffer.
pub(super) struct Reader {
    pub(super) scanner: Scanner,
    buffer: Vec<u8>,
    first: usize,
    /// Bytes read so far.
    pub(super) octets: u64,
}

impl Reader {
    pub(super) fn new(scanner: Scanner) -> Self {
        Self { scanner, buffer: vec![0; LONGEST_FIRST], first: FIRST, octets: 0 }
    }

    /// Finds what there is to find in the file `path`; why not all of it, if so.
    pub(super) fn read(&mut self, path: &Path) -> Result<(), String> {
        self.scanner.begin();
        let file = File::open(path).map_err(|error| reason(&error))?;
        self.scan(&file, None)
    }

    /// The same for a path that may be anything; None, and nothing done, for a folder.
    pub(super) fn read_named(&mut self, path: &Path) -> Option<Result<(), String>> {
        self.scanner.begin();
        let opened = open_at_once(path).and_then(|file| Ok((file.metadata()?, file)));
        match opened {
            Ok((about, _)) if about.is_dir() => None,
            Ok((about, file)) if about.is_file() => Some(self.scan(&file, Some(about.len()))),
            Ok(_) => Some(Err(NEITHER.to_owned())),
            Err(_) if path.is_dir() => None,
            Err(error) => Some(Err(reason(&error))),
        }
    }

    /// Scans a file, whose length may be known.
    fn scan(&mut self, file: &File, length: Option<u64>) -> Result<(), String> {
        let first = self.first;
        let mut count = self.fill(file, 0, first)?;
        // A file ends where a read does; only of longer ones the length has to be asked for.
        let length = match length {
            Some(length) => length,
            None if count < first => u64::try_from(count).unwrap_or(u64::MAX),
            None => file.metadata().map_err(|error| reason(&error))?.len(),
        };
        let mut size = first;
        while let Some(offset) = self.feed(count, length)? {
            size = size.saturating_mul(GROWTH);
            // Only the file meta is wanted again from its start, and the codec limits it.
            if offset > 0 {
                size = size.min(MOST);
            }
            count = self.fill(file, offset, size)?;
        }
        let used = usize::try_from(self.scanner.used()).unwrap_or(LONGEST_FIRST);
        let pages = used.saturating_add(HEADER).div_ceil(PAGE).saturating_mul(PAGE);
        self.first = pages.clamp(PAGE, LONGEST_FIRST);
        Ok(())
    }

    fn feed(&mut self, count: usize, length: u64) -> Result<Option<u64>, String> {
        let data = self.buffer.get(..count).unwrap_or_default();
        self.scanner.feed(data, length).map_err(|error| error.to_string())
    }

    /// Reads `size` bytes from `offset` on, or those that there are.
    fn fill(&mut self, file: &File, offset: u64, size: usize) -> Result<usize, String> {
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        let mut count = 0;
        while let Some(rest) = self.buffer.get_mut(count..size).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            match read_at(file, rest, at) {
                Ok(0) => break,
                Ok(read) => count = count.saturating_add(read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(reason(&error)),
            }
            if offset == 0 {
                break;
            }
        }
        self.octets = self.octets.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

/// Opens what may be a named pipe, without waiting for somebody to write to it.
#[cfg(unix)]
fn open_at_once(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> std::io::Result<File> {
    File::open(path)
}
