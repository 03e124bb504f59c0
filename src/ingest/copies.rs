//! Files given twice: the same bytes under two names.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use foldhash::quality::FixedState;
use rustc_hash::FxHashMap;

use super::FileTally;
use crate::format::{Input, Source, archive};

/// A file that was read, with the number of its records or of those of one month.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) file: String,
    pub(super) records: u64,
}

/// Files that a run has read, by their number of bytes. Only files of one size are compared.
#[derive(Debug, Default)]
pub(super) struct Copies(FxHashMap<u64, Vec<ReadFile>>);

/// A file that was read.
#[derive(Debug)]
struct ReadFile {
    holder: Holder,
    path: Option<PathBuf>,
    /// Hash of its bytes; of a file on disk once it is needed.
    hash: Option<u64>,
}

impl Copies {
    /// The earlier file that an input repeats byte for byte, if there is one.
    pub(super) fn copied(&mut self, input: &Input) -> Option<Holder> {
        let others = self.0.get_mut(&size(input)?)?;
        let hash = hash(input)?;
        others.iter_mut().find_map(|other| {
            if other.hash.is_none() {
                other.hash = other.path.as_deref().and_then(hash_of_file);
            }
            let is_copy = other.hash == Some(hash) && folders(other.path.as_deref()).eq(folders(input.path()));
            is_copy.then(|| other.holder.clone())
        })
    }

    /// Enters a file that was read. Empty files are alike, and nothing in them counts.
    pub(super) fn enter(&mut self, input: &Input, tally: &FileTally) {
        let Some(size) = size(input).filter(|_| tally.read > 0) else { return };
        let holder = Holder { file: tally.name.clone(), records: tally.read };
        let path = input.path().map(Path::to_owned);
        let hash = if path.is_none() { hash(input) } else { None };
        self.0.entry(size).or_default().push(ReadFile { holder, path, hash });
    }
}

/// Number of bytes of a file or of bytes in memory.
fn size(input: &Input) -> Option<u64> {
    match input {
        Input::Path(path) => match path.metadata() {
            Ok(file) => Some(file).filter(Metadata::is_file).map(|file| file.len()),
            Err(_) => archive::size(path),
        },
        Input::Bytes(_, bytes) => Some(bytes.len() as u64),
        _ => None,
    }
}

fn hash(input: &Input) -> Option<u64> {
    match input {
        Input::Path(path) => hash_of_file(path),
        Input::Bytes(_, bytes) => hash_of(bytes.as_slice()).ok(),
        _ => None,
    }
}

fn hash_of_file(path: &Path) -> Option<u64> {
    let file = File::open(path).map(|file| Box::new(file) as Box<dyn Read>);
    let bytes = file.or_else(|_| Source::open(path).map(|member| member.into_reader() as Box<dyn Read>));
    hash_of(bytes.ok()?).ok()
}

fn hash_of(mut bytes: impl Read) -> io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let (mut hasher, mut chunk) = (FixedState::default().build_hasher(), Vec::new());
    while bytes.by_ref().take(CHUNK).read_to_end(&mut chunk)? > 0 {
        hasher.write(&chunk);
        chunk.clear();
    }
    Ok(hasher.finish())
}

/// Folders such as `source=police`, which add columns to the files in them.
fn folders(path: Option<&Path>) -> impl Iterator<Item = &OsStr> {
    let folders = path.and_then(Path::parent).into_iter().flat_map(Path::iter);
    folders.filter(|folder| folder.to_string_lossy().contains('='))
}
