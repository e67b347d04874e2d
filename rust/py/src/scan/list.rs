//! The files to scan: named one by one, or found in folders.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec::IntoIter;

/// What is wrong with a device, or a pipe.
pub(super) const NEITHER: &str = "neither a file nor a folder";

/// What stands for one row.
pub(super) enum Listed {
    /// A file to read.
    File(PathBuf),
    /// What was named, and may be anything.
    Named(PathBuf),
    /// What cannot be read, and why.
    Failed(PathBuf, String),
}

/// A folder that is being listed: what is in it, by name. What was named by the caller is in none.
struct Folder {
    path: PathBuf,
    entries: IntoIter<(OsString, Option<FileType>)>,
}

/// The files of some paths, in order; those of a folder sorted by name, with what is in its folders.
pub(super) struct Listing {
    open: Vec<Folder>,
    /// Paths that were dealt with before, as text.
    skip: Arc<HashSet<String>>,
    /// Whether what is named is looked at here, as folders should be whose files are to be shared out.
    look: bool,
    /// Whether no folder was met.
    flat: bool,
}

impl Listing {
    pub(super) fn new(skip: Arc<HashSet<String>>) -> Self {
        Self { open: Vec::new(), skip, look: true, flat: true }
    }

    /// Leaves it to whoever reads what is named from now on to look at it, if all so far were files.
    pub(super) fn trust(&mut self) {
        self.look = !self.flat;
    }

    /// Lists `paths` next.
    pub(super) fn add(&mut self, paths: Vec<PathBuf>) {
        let named: Vec<_> = paths.into_iter().map(|path| (path.into_os_string(), None)).collect();
        self.open.push(Folder { path: PathBuf::new(), entries: named.into_iter() });
    }

    /// Whether everything added was listed.
    pub(super) fn is_empty(&self) -> bool {
        self.open.iter().all(|folder| folder.entries.as_slice().is_empty())
    }

    /// Descends into the folder `path`.
    fn enter(&mut self, path: PathBuf) -> Result<(), (PathBuf, io::Error)> {
        let mut entries = match fs::read_dir(&path).and_then(entries) {
            Ok(entries) => entries,
            Err(error) => return Err((path, error)),
        };
        self.flat = false;
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        self.open.push(Folder { path, entries: entries.into_iter() });
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
            let folder = self.open.last_mut()?;
            let Some((name, kind)) = folder.entries.next() else {
                self.open.pop();
                continue;
            };
            let path = folder.path.join(name);
            if kind.is_none() && !self.look {
                if self.is_skipped(&path) {
                    continue;
                }
                return Some(Listed::Named(path));
            }
            // What was named may be a link to anything; a named pipe would be waited for.
            let kind = kind.map_or_else(|| fs::metadata(&path).map(|meta| meta.file_type()), Ok);
            let (path, failure) = match kind {
                Ok(kind) if kind.is_dir() => match self.enter(path) {
                    Ok(()) => continue,
                    Err((path, error)) => (path, reason(&error)),
                },
                _ if self.is_skipped(&path) => continue,
                Ok(kind) if kind.is_file() => return Some(Listed::File(path)),
                Ok(_) => (path, NEITHER.to_owned()),
                Err(error) => (path, reason(&error)),
            };
            return Some(Listed::Failed(path, failure));
        }
    }
}

/// What is to be looked at in a folder.
fn entries(folder: fs::ReadDir) -> io::Result<Vec<(OsString, Option<FileType>)>> {
    let mut entries = Vec::new();
    for entry in folder {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".")
            && let Some(kind) = followed(&entry)?
        {
            entries.push((name, Some(kind)));
        }
    }
    Ok(entries)
}

/// What `entry` is, if it is to be looked at. A link to a file counts as that file; one to a folder
/// does not, since it may lead back to where we are.
fn followed(entry: &fs::DirEntry) -> io::Result<Option<FileType>> {
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        let target = fs::metadata(entry.path()).map(|meta| meta.file_type());
        return Ok(target.ok().filter(FileType::is_file));
    }
    Ok((kind.is_dir() || kind.is_file()).then_some(kind))
}

/// What the system says of `error`, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}
