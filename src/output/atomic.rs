//! Atomic files: written beside their path, synced, then renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::OutputError;
use super::temporary::{self, UnderWay, folder_of, under_way};
use crate::watch::Watch;

/// A file under way. [`Self::commit`] renames it to its path; dropped before that, it leaves no trace.
///
/// It grows under a hidden, random name in the same folder, locked and readable by its owner only. The next run in this folder
/// removes the file of a killed one.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    /// Name under way; `None` once it is renamed.
    temporary: Option<TempPath>,
    out: Option<BufWriter<File>>,
    /// Hash of the bytes written so far, if a manifest needs it.
    digest: Option<Sha256>,
    bytes: u64,
    watch: Watch,
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
        if let Some(problem) = temporary::problem_on_windows(&name.to_string_lossy()).filter(|_| cfg!(windows)) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidFilename, problem)));
        }
        let (file, temporary) = temporary::begin(&target)?;
        let out = Some(BufWriter::with_capacity(1 << 16, file));
        Ok(Self { path: target, temporary: Some(temporary), out, digest: None, bytes: 0, watch: Watch::default() })
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
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        files.remove(&*temporary);
        let renamed = temporary::rename(temporary, &self.path);
        self.out = None;
        renamed
    }
}

/// Renames finished files to their paths, in this order, once the bytes of all are on disk and unless the run is stopped. None is
/// renamed if another program has one open on Windows. If one cannot be renamed, those before it get their earlier files back.
pub(super) fn commit_all(mut files: Vec<AtomicFile>, watch: &Watch) -> Result<(), OutputError> {
    files.par_iter_mut().try_for_each(|file| file.sync().map_err(OutputError::at(&file.path)))?;
    {
        let mut names = under_way();
        watch.check()?;
        for file in &files {
            temporary::check_replaceable(&file.path).map_err(OutputError::at(&file.path))?;
        }
        let mut replaced = Vec::with_capacity(files.len());
        for file in &mut files {
            let earlier = Earlier::of(&file.path);
            if let Err(error) = file.rename(&mut names) {
                let error = replaced.into_iter().rev().fold(error, Earlier::put_back);
                return Err(OutputError::at(&file.path)(error));
            }
            replaced.push(earlier);
        }
    }
    let mut folders: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    folders.dedup_by_key(|path| path.parent());
    folders.into_iter().try_for_each(|path| sync_folder(path).map_err(OutputError::at(path)))
}

/// The file that a result replaces.
struct Earlier {
    path: PathBuf,
    was_there: bool,
    /// Its second name; `None` where the file system gives it none.
    kept: Option<(File, TempPath)>,
}

impl Earlier {
    fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), was_there: path.exists(), kept: temporary::keep(path) }
    }

    /// Puts it back in place of its result. What cannot be put back is added to the error.
    fn put_back(error: io::Error, earlier: Self) -> io::Error {
        let put_back = match earlier.kept {
            Some((_lock, kept)) => temporary::rename(kept, &earlier.path).is_ok(),
            None if earlier.was_there => false,
            None => std::fs::remove_file(&earlier.path).is_ok(),
        };
        if put_back {
            return error;
        }
        io::Error::new(error.kind(), format!("{error}; {} is of this run already", earlier.path.display()))
    }
}

/// Syncs the folder of a file, so that its name survives a power cut. Windows cannot open a folder: there it does nothing.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path)).map_or(Ok(()), |folder| folder.sync_all())
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
        if let Some(temporary) = self.temporary.take() {
            // Drops the buffer without writing it.
            let _file_and_unwritten = self.out.take().map(BufWriter::into_parts);
            let mut files = under_way();
            files.remove(&*temporary);
            drop(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second of three files cannot be renamed, since a folder has taken its place.
    #[test]
    fn a_file_that_cannot_be_renamed_takes_the_others_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("a"), "the old one").expect("written");
        let begun = ["a", "new", "b", "c"].map(|name| {
            let mut file = AtomicFile::create(&place(name)).expect("begun");
            file.write_all(name.as_bytes()).expect("written");
            file
        });
        std::fs::create_dir(place("b")).expect("made");
        let problem = commit_all(begun.into(), &Watch::default()).expect_err("a folder").to_string();
        assert!(problem.contains("b: cannot be written"), "{problem}");
        assert_eq!(std::fs::read_to_string(place("a")).expect("read"), "the old one");
        let mut left: Vec<_> =
            folder.path().read_dir().expect("read").map(|entry| entry.expect("read").file_name()).collect();
        left.sort();
        assert_eq!(left, ["a", "b"]);
    }
}
