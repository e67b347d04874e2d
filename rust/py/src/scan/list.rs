//! The files to scan: named one by one, or found in folders.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

/// What stands for one row.
pub(super) enum Listed {
    /// A file to read.
    File(PathBuf),
    /// What cannot be read, and why.
    Failed(PathBuf, String),
}

/// The files of some paths, in order; those of a folder sorted by name, with what is in its folders.
#[derive(Default)]
pub(super) struct Listing {
    open: Vec<IntoIter<(PathBuf, Option<FileType>)>>,
    /// Paths that were dealt with before, as text.
    skip: HashSet<String>,
}

impl Listing {
    pub(super) fn new(skip: HashSet<String>) -> Self {
        Self { open: Vec::new(), skip }
    }

    /// Lists `paths` next.
    pub(super) fn add(&mut self, paths: Vec<PathBuf>) {
        let named: Vec<_> = paths.into_iter().map(|path| (path, None)).collect();
        self.open.push(named.into_iter());
    }

    /// Whether everything added was listed.
    pub(super) fn is_empty(&self) -> bool {
        self.open.iter().all(|entries| entries.as_slice().is_empty())
    }

    /// Descends into the folder `path`.
    fn enter(&mut self, path: &Path) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let kind = if hidden { None } else { followed(&entry)? };
            if let Some(kind) = kind {
                entries.push((entry.path(), Some(kind)));
            }
        }
        entries.sort_unstable_by(|(a, _), (b, _)| name(a).cmp(name(b)));
        self.open.push(entries.into_iter());
        Ok(())
    }

    fn is_skipped(&self, path: &Path) -> bool {
        !self.skip.is_empty() && self.skip.contains(path.to_string_lossy().as_ref())
    }
}

impl Iterator for Listing {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            let Some((path, kind)) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            // What was named may be a link to anything; a named pipe would be waited for.
            let kind = kind.map_or_else(|| fs::metadata(&path).map(|meta| meta.file_type()), Ok);
            let failure = match kind {
                Ok(kind) if kind.is_dir() => match self.enter(&path) {
                    Ok(()) => continue,
                    Err(error) => reason(&error),
                },
                Ok(kind) if kind.is_file() => {
                    if self.is_skipped(&path) {
                        continue;
                    }
                    return Some(Listed::File(path));
                }
                Ok(_) => "neither a file nor a folder".to_owned(),
                Err(error) => reason(&error),
            };
            if !self.is_skipped(&path) {
                return Some(Listed::Failed(path, failure));
            }
        }
    }
}

/// What `entry` of a folder is, if it is to be looked at. A link to a file counts as that file; one
/// to a folder does not, since it may lead back to where we are.
fn followed(entry: &fs::DirEntry) -> io::Result<Option<FileType>> {
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        let target = fs::metadata(entry.path()).map(|meta| meta.file_type());
        return Ok(target.ok().filter(FileType::is_file));
    }
    Ok((kind.is_dir() || kind.is_file()).then_some(kind))
}

fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// What the system says of `error`, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}
