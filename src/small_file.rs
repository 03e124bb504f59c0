//! Small files, such as settings and fonts, which are read whole: regular files of a limited size.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::invalid::Cause;

/// Maximum size of a file of settings: a gazetteer of categories in a million letters is read, a file of reports is not.
const MAX_SETTINGS_BYTES: u64 = 1 << 20;
/// Maximum length in letters of a line that an error shows.
const MAX_SHOWN_LINE: usize = 200;

/// Text of a file of settings.
///
/// # Errors
/// A file that cannot be read, is not a file, is too large or is not UTF-8; the error contains what was found and expected.
pub(crate) fn settings_text(path: &Path) -> io::Result<String> {
    let bytes = bytes(path, MAX_SETTINGS_BYTES, "a file of settings")?;
    String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
        unusable(format!("byte 0x{:02x} in line {line} is not UTF-8 text; save it as UTF-8", bytes[at]))
    })
}

/// Bytes of a file that has at most `max`; `what` is such a file in words.
///
/// # Errors
/// A file that cannot be read, is not a file or is too large.
pub(crate) fn bytes(path: &Path, max: u64, what: &str) -> io::Result<Vec<u8>> {
    // A named pipe is refused before it is opened, as nobody may ever write into it.
    check_kind(path)?;
    let file = File::open(path)?;
    check_metadata(path, &file.metadata()?)?;
    let mut bytes = Vec::new();
    // A file may grow, or state no size at all, as those in /proc do.
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let limit = if max < 1 << 20 { format!("{} KiB", max >> 10) } else { format!("{} MiB", max >> 20) };
        return Err(unusable(format!("it has more than {limit}; expected {what}, which is smaller")));
    }
    Ok(bytes)
}

/// Errors if a path is there, and is neither a file nor a pipe that is open already.
///
/// # Errors
/// A folder, a device, a socket or a named pipe; the error contains what was found and expected.
pub(crate) fn check_kind(path: &Path) -> io::Result<()> {
    fs::metadata(path).map_or(Ok(()), |metadata| check_metadata(path, &metadata))
}

fn check_metadata(path: &Path, metadata: &Metadata) -> io::Result<()> {
    let (found, advice) = match kind(metadata) {
        FileKind::File => return Ok(()),
        // The pipe of `<(command)` is open, and has no place in a folder.
        FileKind::Pipe if fs::canonicalize(path).is_err() => return Ok(()),
        FileKind::Pipe => ("a named pipe", "write to a file what comes out of it, and name that"),
        FileKind::Folder => ("a folder", "name a file in it"),
        FileKind::Other => ("a device or a socket", "copy what it holds into a file, and name that"),
    };
    Err(unusable(format!("it is {found}; expected a file: {advice}")))
}

/// Kind of what a path names.
enum FileKind {
    File,
    Folder,
    Pipe,
    Other,
}

fn kind(metadata: &Metadata) -> FileKind {
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
        return FileKind::Pipe;
    }
    match metadata {
        file if file.is_file() => FileKind::File,
        folder if folder.is_dir() => FileKind::Folder,
        _ => FileKind::Other,
    }
}

fn unusable(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

/// An error in TOML, with the line that is wrong unless it is too long to show.
pub(crate) fn toml_problem(text: &str, error: toml::de::Error) -> Cause {
    let Some(span) = error.span() else { return error.into() };
    let at = text.floor_char_boundary(span.start.min(text.len()));
    let (begin, end) = (text[..at].rfind('\n').map_or(0, |end| end + 1), text[at..].find('\n').map(|end| at + end));
    if text[begin..end.unwrap_or(text.len())].chars().count() <= MAX_SHOWN_LINE {
        return error.into();
    }
    let (line, column) = (1 + text[..begin].matches('\n').count(), 1 + text[begin..at].chars().count());
    format!("line {line}, column {column}: {}", error.message()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &Path) -> String {
        settings_text(path).expect_err("not to be read").to_string()
    }

    #[test]
    fn only_small_files_are_read_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        fs::write(&file, "resolution = 8\n").expect("written");
        assert_eq!(settings_text(&file).expect("small"), "resolution = 8\n");
        fs::write(&file, vec![b'#'; 1 << 20]).expect("written");
        assert_eq!(settings_text(&file).expect("not too large").len(), 1 << 20);
        fs::write(&file, vec![b'#'; (1 << 20) + 1]).expect("written");
        assert_eq!(problem(&file), "it has more than 1 MiB; expected a file of settings, which is smaller");
        fs::write(&file, b"a = 1\nb = \"\xff\"").expect("written");
        assert_eq!(problem(&file), "byte 0xff in line 2 is not UTF-8 text; save it as UTF-8");
        assert_eq!(problem(folder.path()), "it is a folder; expected a file: name a file in it");
        assert!(check_kind(&folder.path().join("none")).is_ok(), "what is missing is told where it is opened");
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("runs").success());
        let _bound = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        assert!(problem(&pipe).starts_with("it is a named pipe; expected a file"));
        for other in [&socket, Path::new("/dev/zero"), Path::new("/dev/urandom")] {
            assert!(problem(other).starts_with("it is a device or a socket; expected a file"), "{other:?}");
        }
    }

    #[test]
    fn a_long_line_is_not_shown() {
        let text = |length: usize| format!("a = 1\nb = {}", "[".repeat(length));
        let problem =
            |text: &str| toml_problem(text, toml::from_str::<toml::Table>(text).expect_err("open")).to_string();
        assert!(problem(&text(3)).contains("b = [[["));
        let long = problem(&text(100_000));
        assert!(long.len() < 200 && long.starts_with("line 2, column "), "{long}");
    }
}
