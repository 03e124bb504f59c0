//! ZIP archives, whose members are read as files: `archive.zip/member.csv` is the path of one.
//!
//! A path that goes on below an archive names a member of it, wherever a file is read. A workbook is packed as a ZIP too, but its
//! members are parts of one file, so that it is none of these archives.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::source::broken_stream;
use super::swelling::{Counted, Swelling};
use super::{FORMATS, FormatError, Source};

/// Endings of the files of a shapefile, that of the shapes first.
const SHAPEFILE: [&str; 5] = ["shp", "dbf", "shx", "prj", "cpg"];

/// Ending of the reports among the files of a month of data.police.uk; the others repeat them, or are about people.
const POLICE_REPORTS: &str = "-street.csv";

/// An archive and its members, in order of name.
pub(super) struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    members: Vec<PackedFile>,
}

/// A file in an archive.
#[derive(Clone, Debug)]
struct PackedFile {
    /// Path in the archive, with `/` between its parts.
    name: String,
    index: usize,
    /// Bytes when unpacked, as the archive states.
    size: u64,
}

impl PackedFile {
    fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Ending in lower case, without that of a compression.
    fn extension(&self) -> String {
        let name = self.file_name().to_lowercase();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_owned())
    }

    /// True for what file managers leave behind: `__MACOSX`, `.DS_Store`.
    fn is_hidden(&self) -> bool {
        self.name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
    }

    fn is_of_format(&self) -> bool {
        // A plain text is most often there to be read by people.
        let extension = self.extension();
        extension != "txt" && FORMATS.iter().any(|format| format.extensions.contains(&extension.as_str()))
    }
}

/// True for the first bytes of a ZIP archive.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// True for the names of the parts of a workbook or another office document.
pub(super) fn is_document<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| name == "[Content_Types].xml" || name == "mimetype")
}

impl Source {
    /// Opens a file, or a member of a ZIP archive: the one that the path names, else the only one that can be read.
    ///
    /// # Errors
    /// A path that does not exist, cannot be read, is neither a file nor a pipe, or holds nothing. An archive of several
    /// files.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(source) => {
                let failed = || Err(FormatError::Io { file: path.display().to_string(), source });
                return open_member(path).unwrap_or_else(failed);
            }
        };
        let source = Self::of_file(path, file)?;
        let is_archive = begins(source.head()) && source.path().is_some();
        let member = if is_archive { open_only(path)? } else { None };
        Ok(member.unwrap_or(source))
    }
}

impl Archive {
    /// Opens a file that begins like an archive; `None` for an office document.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, FormatError> {
        let file = path.display().to_string();
        let broken = |problem: String| FormatError::Unreadable { file: file.clone(), problem };
        let opened = File::open(path).map_err(|source| FormatError::Io { file: file.clone(), source })?;
        let zip = ZipArchive::new(BufReader::new(opened));
        let damaged =
            |error| broken(format!("begins like a ZIP archive, but is damaged or cut short ({error}); get it again"));
        let zip = zip.map_err(damaged)?;
        let mut members = Vec::new();
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(damaged)?;
            let name = within(&entry.name().map_err(damaged)?);
            if !name.is_empty() && !entry.is_dir() {
                members.push(PackedFile { name, index, size: entry.size() });
            }
        }
        if is_document(members.iter().map(|member| member.name.as_str())) {
            return Ok(None);
        }
        members.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Some(Self { path: path.to_owned(), zip, members }))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn wrong(&self, problem: String) -> FormatError {
        FormatError::Unreadable { file: self.name(), problem }
    }

    /// The members that are read where the whole archive is named: those of a known format.
    ///
    /// # Errors
    /// An archive without such members, or with archives in it.
    fn readable(&self) -> Result<Vec<&PackedFile>, FormatError> {
        let seen: Vec<&PackedFile> = self.members.iter().filter(|member| !member.is_hidden()).collect();
        if let Some(nested) = seen.iter().find(|member| member.extension() == "zip") {
            let problem = format!(
                "has another archive in it, {}, which is not read from within; unpack that one, or name the members to read, \
                 such as {}/*.csv",
                nested.name,
                self.name()
            );
            return Err(self.wrong(problem));
        }
        let mut readable: Vec<&PackedFile> = seen.iter().copied().filter(|member| member.is_of_format()).collect();
        if readable.is_empty() {
            readable = seen.iter().copied().filter(|member| member.extension() == "txt").collect();
        }
        let is_report = |member: &&PackedFile| member.name.ends_with(POLICE_REPORTS);
        if readable.iter().any(is_report) {
            readable.retain(is_report);
        }
        if readable.is_empty() {
            let found = listed(&seen);
            let problem = format!("has no member in a known format (found {found}); unpack it to see what it holds");
            return Err(self.wrong(problem));
        }
        Ok(readable)
    }

    /// Notice of the members that are not read where the whole archive is named.
    fn left_out(&self) -> Option<String> {
        let readable = self.readable().ok()?;
        let is_part = |member: &PackedFile| {
            let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
            let shapes = readable.iter().filter(|other| other.extension() == "shp");
            SHAPEFILE.contains(&member.extension().as_str())
                && shapes.map(|other| stem(&other.name)).any(|other| other == stem(&member.name))
        };
        let is_left =
            |member: &&PackedFile| !readable.iter().any(|other| other.index == member.index) && !is_part(member);
        let left: Vec<&PackedFile> = self.members.iter().filter(is_left).collect();
        (!left.is_empty()).then(|| format!("{}: members left out: {}", self.name(), listed(&left)))
    }

    fn find(&self, name: &str) -> Option<&PackedFile> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Reader of the bytes of a member.
    fn reader(&mut self, member: &PackedFile) -> Result<Unpacked, FormatError> {
        let file = self.path.join(&member.name).display().to_string();
        let wrong = |problem: &str| FormatError::Unreadable { file: file.clone(), problem: problem.to_owned() };
        let entry = self.zip.by_index_raw(member.index).map_err(|error| wrong(&format!("is damaged ({error})")))?;
        if entry.encrypted() {
            return Err(wrong("is encrypted; unpack the archive with its password, and give the files"));
        }
        let (method, size, crc) = (entry.compression(), entry.compressed_size(), entry.crc32());
        let start = entry.data_start().ok_or_else(|| wrong("is damaged: it has no beginning"))?;
        let failed = |source| FormatError::Io { file: file.clone(), source };
        let mut bytes = File::open(&self.path).map_err(failed)?;
        bytes.seek(SeekFrom::Start(start)).map_err(failed)?;
        let packed = Counted::new(BufReader::new(bytes).take(size));
        let inner: Box<dyn Read + Send> = match method {
            CompressionMethod::Stored => Box::new(packed),
            CompressionMethod::Deflated => {
                Box::new(Swelling::new(DeflateDecoder::new(packed), |inner| inner.get_ref().read))
            }
            other => {
                let how = other.to_string().to_lowercase();
                return Err(wrong(&format!(
                    "is compressed in a way that is not read ({how}); pack it anew as an ordinary ZIP"
                )));
            }
        };
        Ok(Unpacked { inner, crc: Crc::new(), expected: crc, is_checked: false })
    }

    /// Opens a member as a source of its own.
    fn source(&mut self, member: &PackedFile) -> Result<Source, FormatError> {
        let name = self.path.join(&member.name).display().to_string();
        let notice = self.readable().ok().filter(|all| all.first().is_some_and(|first| first.index == member.index));
        let notice = notice.and_then(|_| self.left_out());
        let source = if member.extension() == "shp" {
            let parts = self.unpack_shapefile(member)?;
            let failed = |source| FormatError::Io { file: name.clone(), source };
            let shapes = parts.iter().find(|(extension, _)| extension == "shp").map(|(_, file)| reopened(file));
            let shapes = shapes.unwrap_or_else(|| Err(io::ErrorKind::NotFound.into())).map_err(failed)?;
            Source::of_member(name, Box::new(shapes))?.with_parts(parts)
        } else {
            Source::of_member(name, Box::new(self.reader(member)?))?
        };
        Ok(source.sized(member.size).noticed(notice))
    }

    /// Unpacks the files of a shapefile, whose reader moves about in them.
    fn unpack_shapefile(&mut self, shapes: &PackedFile) -> Result<Vec<(String, File)>, FormatError> {
        let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
        let of_set = |member: &&PackedFile| {
            stem(&member.name) == stem(&shapes.name) && SHAPEFILE.contains(&member.extension().as_str())
        };
        let mut parts = Vec::new();
        for member in self.members.iter().filter(of_set).cloned().collect::<Vec<_>>() {
            let name = self.path.join(&member.name).display().to_string();
            let mut bytes = self.reader(&member)?;
            let failed = |source| FormatError::Io { file: name.clone(), source };
            let mut file = tempfile::tempfile().map_err(failed)?;
            io::copy(&mut bytes, &mut file).map_err(|error| broken_stream(&name, error))?;
            parts.push((member.extension(), file));
        }
        Ok(parts)
    }
}

/// A file to be read from its beginning; it shares its place with the other.
pub(super) fn reopened(file: &File) -> io::Result<File> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Ok(file)
}

/// Names of members, for a message.
fn listed(members: &[&PackedFile]) -> String {
    const MAX_NAMES: usize = 5;
    let names: Vec<&str> = members.iter().take(MAX_NAMES).map(|member| member.name.as_str()).collect();
    let more = members.len().saturating_sub(MAX_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if names.is_empty() { "none".to_owned() } else { names.join(", ") + &more }
}

/// The unpacked bytes of a member, whose checksum is compared at their end.
struct Unpacked {
    inner: Box<dyn Read + Send>,
    crc: Crc,
    expected: u32,
    is_checked: bool,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        if read == 0
            && !buffer.is_empty()
            && !std::mem::replace(&mut self.is_checked, true)
            && self.crc.sum() != self.expected
        {
            let problem = "the archive is damaged: the checksum of this member is another";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(read)
    }
}

/// Name of a member as a path within its archive, on any system; empty for a folder.
///
/// A name that begins at a root or a drive, or climbs out, would otherwise lead to a file beside the archive.
fn within(name: &str) -> String {
    let name = name.replace('\\', "/");
    let name = if name.ends_with('/') { "" } else { super::drive::without_drive(&name).unwrap_or(&name) };
    name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

/// The archive and the member that a path names; `None` for any other path.
pub(crate) fn split(path: &Path) -> Option<(PathBuf, String)> {
    let archive = path.ancestors().skip(1).find(|ancestor| ancestor.is_file())?;
    let parts: Vec<_> = path.strip_prefix(archive).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    is_zip(archive).then(|| (archive.to_owned(), parts.join("/")))
}

/// True for the path of an existing member of an archive.
pub(crate) fn is_member(path: &Path) -> bool {
    size(path).is_some()
}

/// True for a file that begins like an archive.
fn is_zip(path: &Path) -> bool {
    let mut head = Vec::new();
    path.is_file() && File::open(path).is_ok_and(|file| file.take(4).read_to_end(&mut head).is_ok()) && begins(&head)
}

/// Opens the member that a path names; `None` if it names none.
fn open_member(path: &Path) -> Option<Result<Source, FormatError>> {
    let (file, name) = split(path)?;
    let open = || {
        let no_member = |found: String| {
            let problem = format!("has no member {name:?}; found {found}");
            FormatError::Unreadable { file: file.display().to_string(), problem }
        };
        let mut archive = Archive::open(&file)?.ok_or_else(|| no_member("an office document".to_owned()))?;
        let member = archive.find(&name).cloned();
        let all: Vec<&PackedFile> = archive.members.iter().collect();
        let member = member.ok_or_else(|| no_member(listed(&all)))?;
        archive.source(&member)
    };
    Some(open())
}

/// Opens the only member of an archive that can be read; `None` for an office document.
fn open_only(path: &Path) -> Result<Option<Source>, FormatError> {
    let Some(mut archive) = Archive::open(path)? else { return Ok(None) };
    let readable = archive.readable()?;
    let &[member] = readable.as_slice() else {
        let problem = format!(
            "has {} members ({}); name the one to read, such as {}",
            readable.len(),
            listed(&readable),
            path.join(&readable[0].name).display()
        );
        return Err(archive.wrong(problem));
    };
    let member = member.clone();
    archive.source(&member).map(Some)
}

/// Paths of the members of an archive that are read where the whole is named; `None` for any other file.
pub(super) fn expand(path: &Path) -> Result<Option<Vec<PathBuf>>, FormatError> {
    if !is_zip(path) {
        return Ok(None);
    }
    let Some(archive) = Archive::open(path)? else { return Ok(None) };
    Ok(Some(archive.readable()?.into_iter().map(|member| path.join(&member.name)).collect()))
}

/// Paths of the members that a pattern such as `download.zip/*-street.csv` matches. A part of it before a member may be a
/// pattern of archives. The rest is compared with the path and with the name of each member.
pub(super) fn matching(pattern: &str) -> Result<Vec<PathBuf>, FormatError> {
    let mut found = Vec::new();
    for (at, _) in pattern.match_indices(std::path::is_separator).filter(|(at, _)| *at > 0) {
        let (archives, members) = (&pattern[..at], &pattern[at + 1..]);
        let Ok(wanted) = glob::Pattern::new(members) else { continue };
        let paths = if Path::new(archives).is_file() {
            vec![PathBuf::from(archives)]
        } else {
            glob::glob(archives).map(|paths| paths.filter_map(Result::ok).collect()).unwrap_or_default()
        };
        for path in paths.into_iter().filter(|path: &PathBuf| is_zip(path)) {
            let Some(archive) = Archive::open(&path)? else { continue };
            let is_wanted = |member: &&PackedFile| {
                !member.is_hidden() && (wanted.matches(&member.name) || wanted.matches(member.file_name()))
            };
            found.extend(archive.members.iter().filter(is_wanted).map(|member| path.join(&member.name)));
        }
    }
    Ok(found)
}

/// Unpacked bytes of the member that a path names, as its archive states.
pub(crate) fn size(path: &Path) -> Option<u64> {
    let (file, name) = split(path)?;
    Archive::open(&file).ok()??.find(&name).map(|member| member.size)
}
