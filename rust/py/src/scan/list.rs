//! The files to scan: named one by one, or found in folders.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
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

/// What was named, as far as it was come to; shared with those who list folders later.
pub(super) type Named = Arc<Mutex<HashSet<PathBuf>>>;

/// Paths not to read, each whole.
pub(super) fn skipped(paths: &HashSet<String>) -> HashSet<String> {
    paths.iter().map(|path| text(&whole(Path::new(path)))).collect()
}

/// The files of some paths, in order; those of a folder sorted by name, with what is in its folders.
/// Each comes once, however often and in whatever spelling it was named.
pub(super) struct Listing {
    open: Vec<Folder>,
    /// Paths that were dealt with before, as `skipped` has them.
    skip: Arc<HashSet<String>>,
    named: Named,
    /// Whether what is named is looked at here, as folders should be whose files are to be shared out.
    look: bool,
    /// Whether no folder was met.
    flat: bool,
    /// A folder of which nothing was named that is around it: that of the file before, mostly.
    clear: Option<PathBuf>,
}

impl Listing {
    pub(super) fn new(skip: Arc<HashSet<String>>, named: Named) -> Self {
        Self { open: Vec::new(), skip, named, look: true, flat: true, clear: None }
    }

    /// Lists what is in the folder `path`, which was named and counted already.
    pub(super) fn descend(&mut self, path: PathBuf) -> Result<(), (PathBuf, io::Error)> {
        self.enter(path)
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
        !self.skip.is_empty() && self.skip.contains(&text(&whole(path)))
    }

    /// Whether `path`, which the caller named if `is_named`, was listed already.
    fn is_repeated(&mut self, path: &Path, is_named: bool) -> bool {
        let Ok(mut named) = self.named.lock() else { return false };
        // A folder that was named alone has nothing twice.
        if !is_named {
            return named.len() > 1 && named.contains(&whole(path));
        }
        let path = whole(path);
        let is_clear = is_same(self.clear.as_deref(), path.parent());
        let around = path.ancestors().skip(1).find(|around| !is_clear && named.contains(*around));
        let repeated = around.is_some_and(|around| is_found(around, &path));
        if around.is_none() && !is_clear {
            self.clear = path.parent().map(Path::to_path_buf);
        } else if self.clear.as_ref().is_some_and(|clear| clear.starts_with(&path)) {
            self.clear = None;
        }
        // What a folder around it gives is not put down: that may be searched only later.
        repeated || !named.insert(path)
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
            if self.is_repeated(&path, kind.is_none()) {
                continue;
            }
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

/// `path` from the root of the file system on, without a look at that.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Whether two paths are spelled alike.
fn is_same(one: Option<&Path>, other: Option<&Path>) -> bool {
    one.map(Path::as_os_str) == other.map(Path::as_os_str)
}

/// Whether whoever searches the folder `around` comes to `path` in it.
fn is_found(around: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(around) else { return false };
    let hidden = |name: Component<'_>| name.as_os_str().as_encoded_bytes().starts_with(b".");
    let mut folders = path.ancestors().take_while(|folder| *folder != around);
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    // A link to a file is followed, one to a folder is not.
    !inside.components().any(hidden)
        && !folders.next().is_some_and(|last| last.is_dir() && is_link(last))
        && !folders.any(is_link)
}

/// A path as the tables have it: as it is; where it is no Unicode, what is none as `\xff`, so that no
/// two paths are the same.
pub(crate) fn text(path: &Path) -> String {
    if let Some(text) = path.to_str() {
        return text.to_owned();
    }
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}
