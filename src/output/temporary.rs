//! Temporary files of results: in the folder of the result, under a name that nobody can foresee, and locked while a run uses them.
//!
//! A name that could be foreseen could be taken by somebody else before. With a link to another file there, the run would empty
//! that; at a pipe, it would wait for ever.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile, TempPath};

use super::OutputError;

/// Begin and end of every name; between them are the digest of the result's name and random letters.
const PREFIX: &str = ".tensionmap-";
const SUFFIX: &str = ".tmp";
/// Random letters of a name: 71 bits.
const LETTERS: usize = 12;
/// Leave for other programs on Windows to rename or remove an open file, and its error for one that another has open.
#[cfg(windows)]
const FILE_SHARE_DELETE: u32 = 4;
const SHARING_VIOLATION: i32 = 32;
/// Longest wait for the lock of a folder. A run that gets none can still tell that another writes its result.
const PATIENCE: Duration = Duration::from_secs(1);

/// Temporary files of this process. Held while files are renamed, so that nobody interrupts between two of them.
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

pub(super) type UnderWay = MutexGuard<'static, BTreeSet<PathBuf>>;

pub(super) fn under_way() -> UnderWay {
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

/// Folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Begins the temporary file of a result, and removes those of runs that were killed in this folder.
///
/// # Errors
/// Another run that writes the same result; a folder that cannot be written to.
pub(super) fn begin(target: &Path) -> Result<(File, TempPath), OutputError> {
    let failed = OutputError::at(target);
    let folder = folder_of(target);
    let digest = name_digest(target);
    let begun = Instant::now();
    // Two runs that begin at once look for each other one after the other.
    let (mut files, lock) = loop {
        let files = under_way();
        match lock_folder(folder) {
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {}
            lock => break (files, lock.ok()),
        }
        drop(files);
        thread::sleep(Duration::from_millis(2));
    };
    let (file, path) = make(target, &digest, open_new).map_err(failed)?.into_parts();
    file.lock().map_err(failed)?;
    // Windows opens the file of another run for nobody, so that no lock of the folder is needed.
    let removes = lock.is_some() || cfg!(windows);
    if is_written_elsewhere(&files, folder, &digest, &path, removes) {
        return Err(OutputError::Locked { path: target.display().to_string() });
    }
    files.insert(path.to_path_buf());
    Ok((file, path))
}

/// A second name of an existing result, under which it survives while another takes its place. `None` where that cannot be had.
pub(super) fn keep(target: &Path) -> Option<(File, TempPath)> {
    // The lock keeps runs that clean up from removing it.
    let file = open_regular(target).ok()?;
    file.try_lock().ok()?;
    let kept = make(target, &name_digest(target), |path| std::fs::hard_link(target, path)).ok()?;
    Some((file, kept.into_temp_path()))
}

/// Gives a temporary file its final name.
///
/// Windows renames over a file that is open, as an earlier result that is kept, only in the way of the standard library.
pub(super) fn rename(mut temporary: TempPath, path: &Path) -> io::Result<()> {
    std::fs::rename(&temporary, path)?;
    temporary.disable_cleanup(true);
    Ok(())
}

/// Asks for the right to replace an earlier result, which on Windows a program denies while it has it open, such as Excel.
///
/// # Errors
/// A file that another program has open so.
#[cfg(windows)]
pub(super) fn check_replaceable(path: &Path) -> io::Result<()> {
    use std::os::windows::fs::OpenOptionsExt;
    const DELETE: u32 = 0x0001_0000;
    match OpenOptions::new().access_mode(DELETE).open(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Elsewhere than on Windows a file that is open can be replaced.
#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps, reason = "it fails on Windows")]
pub(super) fn check_replaceable(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Reason why Windows cannot give a file this name, or would write elsewhere.
pub(super) fn problem_on_windows(name: &str) -> Option<&'static str> {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_port = |kind: &str| {
        let number = stem.strip_prefix(kind).map(|number| number.chars().collect::<Vec<_>>());
        matches!(number.as_deref(), Some(['1'..='9' | '¹' | '²' | '³']))
    };
    if DEVICES.contains(&&*stem) || is_port("com") || is_port("lpt") {
        return Some("Windows has a device of this name; choose another");
    }
    if name.contains(['<', '>', ':', '"', '|', '?', '*']) || name.chars().any(char::is_control) {
        return Some("a name cannot have < > : \" | ? * on Windows; choose another");
    }
    name.ends_with(['.', ' ']).then_some("a name cannot end with a point or a blank on Windows; choose another")
}

/// Opens an existing result for reading, never through a link planted in its place, and never a pipe, which would not end.
pub(super) fn open_result(path: &Path) -> io::Result<File> {
    if path.is_symlink() { open_regular(&path.canonicalize()?) } else { open_regular(path) }
}

fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.read(true).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it exists and is not a regular file"))
}

/// Creates a file for its owner only.
fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    // Others may only rename it, so that no run takes it for that of a killed one before it is locked.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, FILE_SHARE_DELETE);
    options.write(true).create_new(true).open(path)
}

/// Makes something in the folder of a result under a random name.
fn make<T>(target: &Path, digest: &str, make: impl FnMut(&Path) -> io::Result<T>) -> io::Result<NamedTempFile<T>> {
    let prefix = format!("{PREFIX}{digest}-");
    Builder::new().prefix(&prefix).suffix(SUFFIX).rand_bytes(LETTERS).make_in(folder_of(target), make)
}

/// Digest of the name of a result, of one length however long the name is.
fn name_digest(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    Sha256::digest(name).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Locks a folder for a moment. Windows cannot open one, and some file systems cannot lock one.
fn lock_folder(folder: &Path) -> Result<File, TryLockError> {
    let folder = File::open(folder).map_err(TryLockError::Error)?;
    folder.try_lock().map(|()| folder)
}

/// True if this or another run has one more temporary file of this digest. Files that no run has locked are removed, if the
/// folder is locked.
fn is_written_elsewhere(files: &UnderWay, folder: &Path, digest: &str, begun: &Path, removes: bool) -> bool {
    let mut is_written = false;
    // A folder that can be written to and not listed shows no other run.
    for name in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name()) {
        let Some(found) = digest_in(&name).filter(|_| Some(&*name) != begun.file_name()) else { continue };
        let path = folder.join(&name);
        if files.contains(&path) {
            is_written |= found == digest;
            continue;
        }
        let file = match open_regular(&path) {
            Ok(file) => file,
            Err(error) => {
                let is_open = cfg!(windows) && error.raw_os_error() == Some(SHARING_VIOLATION);
                is_written |= is_open && found == digest;
                continue;
            }
        };
        match file.try_lock() {
            Ok(()) if removes => drop(std::fs::remove_file(&path)),
            Err(TryLockError::WouldBlock) => is_written |= found == digest,
            _ => {}
        }
    }
    is_written
}

/// Digest in a name that only our temporary files have.
fn digest_in(name: &OsStr) -> Option<&str> {
    let inner = name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (digest, letters) = inner.split_once('-')?;
    let is_ours = digest.len() == 16
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        && letters.len() == LETTERS
        && letters.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ours.then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_gives_to_devices_or_streams_are_known() {
        for name in
            ["NUL", "con.png", "Com1.geojson", "lpt¹", "aux .csv", "CONOUT$", "map:1.png", "a?.csv", "map.", "b "]
        {
            assert!(problem_on_windows(name).is_some(), "{name}");
        }
        for name in ["map.png", "console.png", "com.png", "com10.csv", "nul-points.csv", "Größe 1.csv", ".hidden"] {
            assert_eq!(problem_on_windows(name), None, "{name}");
        }
    }
}
