//! The threads of a scan.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use russet_codec::dataset::Rules;
use russet_codec::scan::{Scanner, Selection};

use super::list::Listed;
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
}

impl Workers {
    pub(super) fn new(selection: &Arc<Selection>, schema: &SchemaRef, threads: usize) -> Self {
        let ((jobs, todo), (done, outcomes)) = (channel(), channel());
        let shared = Arc::new(Shared {
            jobs: Mutex::new(todo),
            abandoned: AtomicBool::new(false),
            octets: AtomicU64::new(0),
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
            let rows = batch(&mut reader, files, selection, shared);
            rows.finish(SchemaRef::clone(schema)).map_err(|error| error.to_string())
        }));
        let batch = batch.unwrap_or_else(|_| Err("a fault in russet: a scan panicked".to_owned()));
        if done.send(batch.map(|batch| (number, batch))).is_err() {
            return;
        }
    }
}

fn batch(reader: &mut Reader, files: Vec<Listed>, selection: &Selection, shared: &Shared) -> Rows {
    let mut rows = Rows::new(selection.kinds(), files.len());
    for file in files {
        if shared.abandoned.load(Ordering::Relaxed) {
            break;
        }
        let (path, outcome) = match file {
            Listed::File(path) => {
                let outcome = reader.read(&path);
                (path, outcome)
            }
            Listed::Failed(path, why) => {
                reader.scanner.begin();
                (path, Err(why))
            }
        };
        rows.push(&path, &mut reader.scanner, outcome);
    }
    shared.octets.fetch_add(std::mem::take(&mut reader.octets), Ordering::Relaxed);
    rows
}
