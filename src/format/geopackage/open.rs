//! Opens a GeoPackage with SQLite, restricted and read-only. Nothing in the file is run: no views, no triggers, no
//! functions of its schema. Values are of a bounded size.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::broken;
use crate::format::{FormatError, Source};

/// Longest value or row in bytes; a polygon of a million corners has 16 million.
const LONGEST: i32 = 64 << 20;

/// Opens the file a source names, or else its bytes.
pub(super) fn open(source: Source) -> Result<Connection, FormatError> {
    let file = source.name().to_owned();
    let db = match source.path() {
        Some(path) => open_file(&file, path)?,
        None => open_bytes(source.into_bytes()?).map_err(|error| broken(&file, error))?,
    };
    harden(&db).map_err(|error| broken(&file, error))?;
    Ok(db)
}

/// Opens a file that is not being written, without leaving anything beside it.
fn open_file(file: &str, path: &Path) -> Result<Connection, FormatError> {
    let failed = |source| FormatError::Io { file: file.to_owned(), source };
    let path = path.canonicalize().map_err(failed)?;
    // An immutable file is read as it stands, without the changes that wait beside it: those would be lost unseen.
    for suffix in ["-wal", "-journal"] {
        let mut beside = path.clone();
        beside.as_mut_os_string().push(suffix);
        // A journal that is done with is emptied or begins with zeros.
        let mut first = [0];
        if File::open(&beside).and_then(|mut journal| journal.read(&mut first)).is_ok() && first != [0] {
            let advice = "close it in the program that has it open, then try again";
            let problem = format!("changes wait beside it in {}; {advice}", beside.display());
            return Err(FormatError::Unreadable { file: file.to_owned(), problem });
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri(&path), flags).map_err(|error| broken(file, error))
}

/// A path as SQLite takes it when there is more to say than the path.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    let bytes = path.as_os_str().as_encoded_bytes();
    // Windows: `\\?\C:\logs` becomes `/C:/logs`.
    let bytes = if cfg!(windows) { bytes.strip_prefix(br"\\?\").unwrap_or(bytes) } else { bytes };
    if !bytes.starts_with(b"/") {
        uri.push('/');
    }
    for &byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b':' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(byte.into()),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri + "?immutable=1"
}

/// Opens bytes in memory: reports are not for temporary directories.
fn open_bytes(mut bytes: Vec<u8>) -> rusqlite::Result<Connection> {
    // A database that was last written with a log beside it looks for that log; in memory there is none.
    if let Some([write, read]) = bytes.get_mut(18..20) {
        (*write, *read) = (1, 1);
    }
    let mut db = Connection::open_in_memory()?;
    let size = bytes.len();
    db.deserialize_read_exact(MAIN_DB, Cursor::new(bytes), size, true)?;
    Ok(db)
}

fn harden(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    for config in [
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
        // A misspelt column must not turn into text.
        DbConfig::SQLITE_DBCONFIG_DQS_DML,
    ] {
        db.set_db_config(config, false)?;
    }
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    Ok(())
}
