//! The threads of a scan.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use russet_codec::dataset::Rules;
use russet_codec::scan::{Scanner, Selection};

use super::list::{Listed, Listing, Named, reason};
use super::read::Reader;
use super::rows::Rows;

/// A batch with its number.
type Job = (usize, Vec<Listed>);
type Outcome = Result<(usize, RecordBatch), String>;

/// Threads that turn lists of files into tables, in any order.
pub(super) struct Workers {
    // In a mutex only because the classes of Python are shared; one thread at a time asks.
    jobs: Mutex<Sender<Job>>,
    outcomes: Mutex<Receiver<Outcome>>,
    shared: Arc<Shared>,
}

struct Shared {
    jobs: Mutex<Receiver<Job>>,
    /// Nobody waits for the rest any more.
    abandoned: AtomicBool,
    octets: AtomicU64,
    /// How many files were found in folders that were listed as if they were files, and those.
    late: (AtomicUsize, AtomicUsize),
    /// Paths not to read in those, and what was named by itself.
    skip: Arc<HashSet<String>>,
    named: Named,
}

impl Workers {
    pub(super) fn new(
        selection: &Arc<Selection>,
        schema: &SchemaRef,
        threads: usize,
        skip: &Arc<HashSet<String>>,
        named: &Named,
    ) -> Self {
        let ((jobs, todo), (done, outcomes)) = (channel(), channel());
        let shared = Arc::new(Shared {
            jobs: Mutex::new(todo),
            abandoned: AtomicBool::new(false),
            octets: AtomicU64::new(0),
            late: (AtomicUsize::new(0), AtomicUsize::new(0)),
            skip: Arc::clone(skip),
            named: Arc::clone(named),
        });
        for _ in 0..threads {
            let (selection, schema) = (Arc::clone(selection), SchemaRef::clone(schema));
            let (shared, done) = (Arc::clone(&shared), done.clone());
            // With fewer than were asked for it takes longer; that there is none is said when it shows.
            let work = move || work(&selection, &schema, &shared, &done);
            _ = thread::Builder::new().spawn(work);
        }
        Self { jobs: Mutex::new(jobs), outcomes: Mutex::new(outcomes), shared }
    }

    /// Has the files of a batch scanned.
    pub(super) fn begin(&mut self, number: usize, files: Vec<Listed>) {
        // That nobody is there to do it is said when the outcome is asked for.
        _ = self.jobs.get_mut().map(|jobs| jobs.send((number, files)));
    }

    /// Waits for any batch to be finished.
    pub(super) fn finished(
        &mut self,
        patience: Duration,
    ) -> Result<Option<(usize, RecordBatch)>, String> {
        let outcomes = self.outcomes.get_mut().map_err(|error| error.to_string())?;
        match outcomes.recv_timeout(patience) {
            Ok(outcome) => outcome.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err("no thread is left to scan".to_owned()),
        }
    }

    /// How many files there are when so many paths were listed: some may have been folders.
    pub(super) fn files(&self, listed: usize) -> usize {
        let (files, folders) = &self.shared.late;
        let files = listed.saturating_add(files.load(Ordering::Relaxed));
        files.saturating_sub(folders.load(Ordering::Relaxed))
    }

    pub(super) fn octets(&self) -> u64 {
        self.shared.octets.load(Ordering::Relaxed)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // They end by themselves after the file at hand, which may be on a disk that hangs.
        self.shared.abandoned.store(true, Ordering::Relaxed);
    }
}

fn work(selection: &Arc<Selection>, schema: &SchemaRef, shared: &Shared, done: &Sender<Outcome>) {
    let mut reader = Reader::new(Scanner::new(Arc::clone(selection), Rules::default()));
    loop {
        let job = shared.jobs.lock().map_or(None, |jobs| jobs.recv().ok());
        let Some((number, files)) = job else { return };
        let batch = catch_unwind(AssertUnwindSafe(|| {
            let mut rows = Rows::new(selection.kinds(), files.len());
            read(&mut reader, files.into_iter(), &mut rows, shared);
            shared.octets.fetch_add(std::mem::take(&mut reader.octets), Ordering::Relaxed);
            rows.finish(SchemaRef::clone(schema)).map_err(|error| error.to_string())
        }));
        let batch = batch.unwrap_or_else(|_| Err("a fault in russet: a scan panicked".to_owned()));
        if done.send(batch.map(|batch| (number, batch))).is_err() {
            return;
        }
    }
}

/// Reads `files` in order, and what is in those that are folders.
fn read(
    reader: &mut Reader,
    files: impl Iterator<Item = Listed>,
    rows: &mut Rows,
    shared: &Shared,
) {
    for file in files {
        if shared.abandoned.load(Ordering::Relaxed) {
            break;
        }
        match file {
            Listed::File(path) => {
                let outcome = reader.read(&path);
                rows.push(&path, &mut reader.scanner, outcome);
            }
            Listed::Named(path) => {
                if let Some(outcome) = reader.read_named(&path) {
                    rows.push(&path, &mut reader.scanner, outcome);
                    continue;
                }
                let (skip, named) = (Arc::clone(&shared.skip), Arc::clone(&shared.named));
                let (mut folder, before) = (Listing::new(skip, named), rows.len());
                let inside: Box<dyn Iterator<Item = Listed>> = match folder.descend(path) {
                    Ok(()) => Box::new(folder),
                    Err((path, error)) => {
                        Box::new(std::iter::once(Listed::Failed(path, reason(&error))))
                    }
                };
                read(reader, inside, rows, shared);
                shared.late.0.fetch_add(rows.len().saturating_sub(before), Ordering::Relaxed);
                shared.late.1.fetch_add(1, Ordering::Relaxed);
            }
            Listed::Failed(path, why) => {
                reader.scanner.begin();
                rows.push(&path, &mut reader.scanner, Err(why));
            }
        }
    }
}
