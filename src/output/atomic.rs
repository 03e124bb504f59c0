//! Atomic files: written beside their path, synced, then renamed.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::OutputError;
use crate::watch::Watch;

/// A file under way. [`Self::commit`] renames it to its path; dropped before that, it leaves no trace.
///
/// It grows as `.NAME.tmp` in the same folder, locked and readable by its owner only. The next run takes over the file of a
/// killed one.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temporary: PathBuf,
    out: Option<BufWriter<File>>,
    /// Hash of the bytes written so far, if a manifest needs it.
    digest: Option<Sha256>,
    bytes: u64,
    watch: Watch,
}

/// Temporary files of this process. Held while files are renamed, so that nobody interrupts between two of them.
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

type UnderWay = MutexGuard<'static, BTreeSet<PathBuf>>;

fn under_way() -> UnderWay {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all temporary files of a process that ends at once; from here on none is begun, and none gets its final name.
#[cfg(feature = "cli")]
pub(crate) fn abandon_all() {
    let files = under_way();
    for file in files.iter() {
        let _gone_already = std::fs::remove_file(file);
    }
    std::mem::forget(files);
}

impl AtomicFile {
    /// Starts a file that will be called `path`.
    ///
    /// # Errors
    /// A folder that does not exist or cannot be written to; a path that is a directory; another run writing the same file.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let failed = OutputError::at(path);
        // A link stays a link: its target is replaced. A device or pipe cannot be replaced by a file.
        let target = if path.is_symlink() { path.canonicalize().map_err(failed)? } else { path.to_owned() };
        if target.exists() && !target.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it exists and is not a regular file")));
        }
        let name = target.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
        let temporary = target.with_file_name(format!(".{}.tmp", name.to_string_lossy()));
        let mut files = under_way();
        let file = loop {
            let file = open_owned(&temporary).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(OutputError::Locked { path: path.display().to_string() }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Between opening and locking, another run may have renamed this file to its path: then it must not be truncated.
            if is_still(&file, &temporary) {
                break file;
            }
        };
        files.insert(temporary.clone());
        drop(files);
        let emptied = file.set_len(0).map_err(failed);
        let out = Some(BufWriter::with_capacity(1 << 16, file));
        let begun = Self { path: target, temporary, out, digest: None, bytes: 0, watch: Watch::default() };
        emptied.map(|()| begun)
    }

    /// Fails to write once a run is stopped.
    pub(super) fn watched(mut self, watch: &Watch) -> Self {
        self.watch = watch.clone();
        self
    }

    /// Hashes all bytes written from here on, if `digests` is true.
    pub(super) fn digested(mut self, digests: bool) -> Self {
        self.digest = digests.then(Sha256::new);
        self
    }

    /// Number and hash of its bytes, if they were hashed.
    pub(super) fn digest(&mut self) -> Option<(u64, Sha256)> {
        self.digest.take().map(|digest| (self.bytes, digest))
    }

    /// Final path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a value as a line of JSON.
    ///
    /// # Errors
    /// A value that is not JSON; a disk that takes no more bytes.
    pub fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self, value)?;
        self.write_all(b"\n")
    }

    /// Renames the finished file to its path, once all bytes are on disk.
    ///
    /// # Errors
    /// Bytes, name or folder that cannot be written; an earlier file at the path stays.
    pub fn commit(mut self) -> Result<(), OutputError> {
        let finished = self.sync().and_then(|()| self.rename(&mut under_way())).and_then(|()| sync_folder(&self.path));
        finished.map_err(OutputError::at(&self.path))
    }

    /// Syncs all bytes to disk.
    fn sync(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), |out| {
            out.flush()?;
            out.get_ref().sync_all()
        })
    }

    fn rename(&mut self, files: &mut UnderWay) -> io::Result<()> {
        std::fs::rename(&self.temporary, &self.path)?;
        files.remove(&self.temporary);
        self.out = None;
        Ok(())
    }
}

/// Renames finished files to their paths, in this order, once the bytes of all are on disk and unless the run is stopped.
pub(super) fn commit_all(mut files: Vec<AtomicFile>, watch: &Watch) -> Result<(), OutputError> {
    files.par_iter_mut().try_for_each(|file| file.sync().map_err(OutputError::at(&file.path)))?;
    {
        let mut names = under_way();
        watch.check()?;
        files.iter_mut().try_for_each(|file| file.rename(&mut names).map_err(OutputError::at(&file.path)))?;
    }
    let mut folders: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    folders.dedup_by_key(|path| path.parent());
    folders.into_iter().try_for_each(|path| sync_folder(path).map_err(OutputError::at(path)))
}

/// Syncs the folder of a file, so that its name survives a power cut. Windows cannot open a folder: there it does nothing.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all())
}

/// Opens or creates a file for its owner only, never through a link.
fn open_owned(path: &Path) -> io::Result<File> {
    if cfg!(unix) && path.is_symlink() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is a link", path.display())));
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.write(true).create(true).truncate(false).open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// True if a path still leads to this opened file.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: &std::fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), std::fs::metadata(path)), (Ok(a), Ok(b)) if id(&a) == id(&b))
}

#[cfg(not(unix))]
fn is_still(_file: &File, _path: &Path) -> bool {
    true
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.watch.check().map_err(io::Error::other)?;
        let written = self.out.as_mut().map_or(Err(io::ErrorKind::BrokenPipe.into()), |out| out.write(bytes))?;
        if let Some(digest) = &mut self.digest {
            digest.update(&bytes[..written]);
            self.bytes += written as u64;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(out) = self.out.take() {
            // Drops the buffer without writing it.
            let (_file, _unwritten) = out.into_parts();
            let mut files = under_way();
            let _gone_already = std::fs::remove_file(&self.temporary);
            files.remove(&self.temporary);
        }
    }
}
