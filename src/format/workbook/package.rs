//! The ZIP package of a workbook, checked before its parts are decoded.

use std::io::{Read, Seek};

use memchr::memmem;
use zip::ZipArchive;

use super::super::swelling::is_swollen;
use super::super::{FormatError, archive};
use crate::memory::Budget;

/// Kind of workbook in a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Xlsx,
    Xlsb,
    Ods,
}

/// Content of a package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) kind: Kind,
    pub(super) has_macros: bool,
    /// True if any sheet has merged cells.
    pub(super) has_merged: bool,
}

impl Package {
    /// Looks through every part that is decoded: `calamine` reads some of them into memory, whatever they swell to.
    ///
    /// # Errors
    /// A package of another kind, an encrypted one, and parts that swell beyond reason or state more than they hold.
    pub(super) fn check<R: Read + Seek>(
        file: &str,
        zip: &mut ZipArchive<R>,
        memory: &Budget,
    ) -> Result<Self, FormatError> {
        let wrong = |problem: &str| FormatError::Unreadable { file: file.to_owned(), problem: problem.to_owned() };
        let broken = |error: zip::result::ZipError| FormatError::broken(file, "a workbook", error);
        let names: Vec<String> = zip.file_names().filter_map(|name| Some(name.ok()?.replace('\\', "/"))).collect();
        let has = |part: &str| names.iter().any(|name| name.eq_ignore_ascii_case(part));
        let kind = if has("mimetype") && has("content.xml") {
            Kind::Ods
        } else if has("xl/workbook.bin") {
            Kind::Xlsb
        } else if has("[Content_Types].xml") && names.iter().any(|name| name.to_lowercase().starts_with("xl/")) {
            Kind::Xlsx
        } else if archive::is_document(names.iter().map(String::as_str)) {
            return Err(wrong("is an office document, but not a workbook; save its table as CSV UTF-8"));
        } else {
            return Err(wrong("is a ZIP archive, of which members are read only where it is named by its path"));
        };
        let mut package = Self { kind, has_macros: false, has_merged: false };
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(broken)?;
            let name = entry.name().map_err(broken)?.to_lowercase().replace('\\', "/");
            if entry.encrypted() {
                return Err(wrong(ENCRYPTED));
            }
            package.has_macros |= name.ends_with("vbaproject.bin");
            let packed = entry.compressed_size();
            drop(entry);
            let is_media = name.contains("/media/") || name.starts_with("pictures/") || name.contains("thumbnail");
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            if is_media || !["xml", "bin", "rels"].contains(&extension) {
                continue;
            }
            let is_sheet = name.contains("worksheets/");
            let size = package.scan(zip.by_index(index).map_err(broken)?, packed, &name, file, is_sheet)?;
            // Sheets are read as a stream, other parts as a whole.
            if !is_sheet && kind != Kind::Ods {
                let advice = "save the sheet as CSV";
                let allowed = memory.allow(size * 2, "holding the texts of the workbook", advice);
                allowed.map_err(|source| FormatError::Memory { file: file.to_owned(), source })?;
            }
        }
        Ok(package)
    }

    /// Reads a part through; its bytes when unpacked.
    fn scan(
        &mut self,
        mut part: impl Read,
        packed: u64,
        name: &str,
        file: &str,
        is_sheet: bool,
    ) -> Result<u64, FormatError> {
        const MERGED: &[u8] = b"mergeCell ";
        let (mut block, mut kept, mut size) = (vec![0; 1 << 16], 0, 0_u64);
        loop {
            let broken = |error: std::io::Error| FormatError::broken(file, "a workbook", error);
            let read = part.read(&mut block[kept..]).map_err(broken)?;
            if read == 0 {
                return Ok(size);
            }
            let seen = &block[..kept + read];
            if size == 0 {
                check_count(file, seen, packed)?;
                let is_encrypted = name == "meta-inf/manifest.xml" && memmem::find(seen, b"encryption-data").is_some();
                if is_encrypted {
                    let problem = ENCRYPTED.to_owned();
                    return Err(FormatError::Unreadable { file: file.to_owned(), problem });
                }
            }
            size += read as u64;
            if is_swollen(packed, size) {
                return Err(FormatError::Ratio { file: file.to_owned(), read: packed, written: size });
            }
            self.has_merged |= is_sheet && !self.has_merged && memmem::find(seen, MERGED).is_some();
            // The word may lie across two blocks.
            let end = seen.len();
            kept = MERGED.len().min(end);
            block.copy_within(end - kept..end, 0);
        }
    }
}

pub(super) const ENCRYPTED: &str =
    "is encrypted; open it with its password, and save it without one, or the sheet as CSV UTF-8";

/// Errors if a table of texts states more of them than its bytes can hold: `calamine` makes room for as many.
fn check_count(file: &str, head: &[u8], packed: u64) -> Result<(), FormatError> {
    const COUNT: &[u8] = b"uniqueCount";
    let Some(at) = memmem::find(head, COUNT) else { return Ok(()) };
    let digits = head[at + COUNT.len()..].iter().skip_while(|byte| !byte.is_ascii_digit());
    let digits: String = digits.take_while(|byte| byte.is_ascii_digit()).map(|&byte| char::from(byte)).collect();
    // A text takes up a dozen bytes, which may shrink to a hundredth.
    if digits.parse::<u64>().map_or(!digits.is_empty(), |count| count > 4096 + packed.saturating_mul(16)) {
        let problem = format!("the file is damaged: it states {digits} texts");
        return Err(FormatError::broken(file, "a workbook", problem));
    }
    Ok(())
}
