//! Identity of files: hard links, symbolic links and other spellings of a path lead to one file.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::{Input, shapefile};

/// The file, or the member of an archive, that a path leads to, whether or not it exists yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileIdentity {
    /// The last part of the path that exists.
    existing: OnDisk,
    /// The rest of it.
    rest: PathBuf,
}

/// Device and number of a file; elsewhere than on Unix its path without links.
#[cfg(unix)]
type OnDisk = (u64, u64);
#[cfg(not(unix))]
type OnDisk = PathBuf;

impl FileIdentity {
    /// Identity of what a path leads to.
    pub(crate) fn of(path: &Path) -> Self {
        Self::found(path).0
    }

    fn found(path: &Path) -> (Self, bool) {
        for existing in path.ancestors() {
            let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
            let Ok(metadata) = existing.metadata() else { continue };
            let rest = path.strip_prefix(existing).unwrap_or(if existing == path { Path::new("") } else { path });
            let identity = Self { existing: on_disk(existing, &metadata), rest: case_of_names(rest) };
            return (identity, metadata.is_file());
        }
        (Self { existing: OnDisk::default(), rest: path.to_owned() }, false)
    }
}

#[cfg(unix)]
fn on_disk(_path: &Path, metadata: &Metadata) -> OnDisk {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn on_disk(path: &Path, _metadata: &Metadata) -> OnDisk {
    case_of_names(&path.canonicalize().unwrap_or_else(|_| path.to_owned()))
}

/// A path in lower case on systems whose names are alike in either case.
fn case_of_names(path: &Path) -> PathBuf {
    if cfg!(any(windows, target_os = "macos")) { path.to_string_lossy().to_lowercase().into() } else { path.to_owned() }
}

/// Files that a run reads, and must not replace.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadFiles(HashSet<FileIdentity>);

impl ReadFiles {
    /// Adds the files of an input: that which it names, the archive around a member, the parts of a shapefile.
    pub(crate) fn add(&mut self, input: &Input) {
        let file = input.part().file;
        if file.as_os_str().is_empty() {
            return;
        }
        let (identity, is_file) = FileIdentity::found(file);
        if is_file {
            self.0.insert(FileIdentity { rest: PathBuf::new(), ..identity.clone() });
        }
        self.0.insert(identity);
        self.0.extend(shapefile::parts(file).iter().map(|part| FileIdentity::of(part)));
    }

    /// True if a path leads to one of them.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        !self.0.is_empty() && self.0.contains(&FileIdentity::of(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_spellings_are_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("a.csv"), "a").expect("written");
        std::fs::hard_link(place("a.csv"), place("b.csv")).expect("linked");
        std::fs::create_dir(place("sub")).expect("made");
        let identity = |name: &str| FileIdentity::of(&place(name));
        assert_eq!(identity("a.csv"), identity("b.csv"));
        assert_eq!(identity("a.csv"), identity("sub/../a.csv"));
        assert_eq!(identity("new.csv"), identity("sub/../new.csv"));
        assert_ne!(identity("new.csv"), identity("sub/new.csv"));
        assert_ne!(identity("a.csv"), identity("a.csv/member"));
        let mut read = ReadFiles::default();
        read.add(&Input::from(&place("a.csv#layer")));
        assert!(read.holds(&place("b.csv")) && !read.holds(&place("new.csv")));
        read.add(&Input::from(&place("roads.shp")));
        std::fs::write(place("roads.DBF"), "").expect("written");
        assert!(!read.holds(&place("roads.DBF")));
        read.add(&Input::from(&place("roads.shp")));
        assert!(read.holds(&place("roads.DBF")));
    }
}
