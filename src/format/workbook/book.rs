//! Workbooks of the four formats behind one interface: their sheets, and the rows of one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};

use calamine::{Dimensions, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, Xlsx};
use memchr::memmem;
use zip::ZipArchive;

use super::ods;
use super::package::{ENCRYPTED, Kind, Package};
use super::rows::{Gatherer, Merged, Take};
use crate::format::caught::caught;
use crate::format::{FormatError, Source};
use crate::invalid::Cause;
use crate::memory::Budget;

/// First bytes of a compound file, as Excel wrote before 2007 and encrypts into.
pub(super) const COMPOUND: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Bytes of a workbook, on disk or in memory.
trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

type Input = BufReader<Box<dyn Bytes>>;

/// A workbook, opened.
pub(super) struct Book {
    file: String,
    decoder: Decoder,
    pub(super) has_macros: bool,
    has_merged: bool,
    /// Merged cells of the sheets that were looked into: they stand at the end of a sheet.
    merged: BTreeMap<String, Vec<Merged>>,
}

enum Decoder {
    Xlsx(Box<Xlsx<Input>>),
    Xlsb(Box<Xlsb<Input>>),
    Xls(Box<Xls<Cursor<Vec<u8>>>>),
    Ods(Box<ZipArchive<Input>>),
}

/// A sheet of cells.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_hidden: bool,
}

impl Book {
    pub(super) fn open(source: Source, memory: &Budget) -> Result<Self, FormatError> {
        let file = source.name().to_owned();
        let wrong = |problem: String| FormatError::Unreadable { file: file.clone(), problem };
        if source.head().starts_with(COMPOUND) {
            return Self::open_compound(source, memory);
        }
        let failed = |source| FormatError::Io { file: file.clone(), source };
        let bytes: Box<dyn Bytes> = match source.path().map(File::open) {
            Some(bytes) => Box::new(bytes.map_err(failed)?),
            None => Box::new(Cursor::new(source.into_bytes()?)),
        };
        let damaged =
            |error| wrong(format!("begins like a ZIP archive, but is damaged or cut short ({error}); get it again"));
        let mut zip = ZipArchive::new(BufReader::new(bytes)).map_err(damaged)?;
        let Package { kind, has_macros, has_merged } = Package::check(&file, &mut zip, memory)?;
        if kind == Kind::Ods {
            return Ok(Self {
                file,
                decoder: Decoder::Ods(Box::new(zip)),
                has_macros,
                has_merged,
                merged: BTreeMap::new(),
            });
        }
        let mut input = zip.into_inner();
        input.rewind().map_err(failed)?;
        let decoder = decoded(&file, || {
            Ok(if kind == Kind::Xlsb {
                Decoder::Xlsb(Box::new(Xlsb::new(input)?))
            } else {
                Decoder::Xlsx(Box::new(Xlsx::new(input)?))
            })
        })?;
        Ok(Self { file, decoder, has_macros, has_merged, merged: BTreeMap::new() })
    }

    /// Opens a workbook of before 2007, which is decoded as a whole.
    fn open_compound(source: Source, memory: &Budget) -> Result<Self, FormatError> {
        let file = source.name().to_owned();
        let wrong = |problem: &str| FormatError::Unreadable { file: file.clone(), problem: problem.to_owned() };
        let bytes = source.into_bytes()?;
        let allowed = memory.allow(bytes.len() as u64 * 4, "holding the workbook", "save the sheet as CSV");
        allowed.map_err(|source| FormatError::Memory { file: file.clone(), source })?;
        let package: Vec<u8> = "EncryptedPackage".bytes().flat_map(|letter| [letter, 0]).collect();
        if memmem::find(&bytes, &package).is_some() {
            return Err(wrong(ENCRYPTED));
        }
        let has_macros = memmem::find(&bytes, b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0").is_some();
        match decoded(&file, || Ok(Xls::new(Cursor::new(bytes))))? {
            Ok(xls) => {
                let decoder = Decoder::Xls(Box::new(xls));
                Ok(Self { file, decoder, has_macros, has_merged: true, merged: BTreeMap::new() })
            }
            Err(XlsError::Password) => Err(wrong(ENCRYPTED)),
            Err(XlsError::Cfb(_)) => Err(wrong(
                "is an old Office file, but not a workbook that can be read; open it in a spreadsheet program, and save the \
                 sheet as .xlsx or CSV UTF-8",
            )),
            Err(error) => Err(FormatError::broken(&file, "a workbook", error)),
        }
    }

    /// Its sheets in order; those of charts and macros are left out.
    pub(super) fn sheets(&mut self) -> Result<Vec<Sheet>, FormatError> {
        let of = |sheets: &[calamine::Sheet]| {
            let cells = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
            let sheet = |sheet: &calamine::Sheet| Sheet {
                name: sheet.name.clone(),
                is_hidden: sheet.visible != SheetVisible::Visible,
            };
            cells.map(sheet).collect()
        };
        Ok(match &mut self.decoder {
            Decoder::Xlsx(book) => of(book.sheets_metadata()),
            Decoder::Xlsb(book) => of(book.sheets_metadata()),
            Decoder::Xls(book) => of(book.sheets_metadata()),
            Decoder::Ods(zip) => {
                let sheets = decoded(&self.file, || ods::sheets(zip))?;
                sheets.into_iter().map(|(name, is_hidden)| Sheet { name, is_hidden }).collect()
            }
        })
    }

    /// Hands over the rows of a sheet in blocks of so many, until `take` returns false.
    pub(super) fn rows(&mut self, sheet: &str, size: usize, take: &mut Take<'_>) -> Result<(), FormatError> {
        let Self { file, decoder, has_merged, merged: known, .. } = self;
        decoded(file, || {
            let merged = match known.get(sheet) {
                Some(merged) => merged.clone(),
                None if *has_merged => decoder.merged(sheet)?,
                None => Vec::new(),
            };
            known.insert(sheet.to_owned(), merged.clone());
            // Readers of the two formats have the same methods, but share no trait.
            macro_rules! gather {
                ($book:expr) => {{
                    let mut gathered = Gatherer::new(size, merged, take);
                    let mut cells = $book.worksheet_cells_reader(sheet)?;
                    while let Some(cell) = cells.next_cell()? {
                        let (row, column) = cell.get_position();
                        if !gathered.put(row, column as usize, |values| values.excel(cell.get_value())) {
                            return gathered.check_width();
                        }
                    }
                    gathered.finish();
                }};
            }
            match decoder {
                Decoder::Xlsx(book) => gather!(book),
                Decoder::Xlsb(book) => gather!(book),
                Decoder::Xls(book) => {
                    let mut gathered = Gatherer::new(size, merged, take);
                    let range = book.worksheet_range(sheet)?;
                    let (first, left) = range.start().unwrap_or_default();
                    for (row, column, value) in range.used_cells() {
                        let row = first.saturating_add(u32::try_from(row)?);
                        if !gathered.put(row, left as usize + column, |values| values.held(value)) {
                            return gathered.check_width();
                        }
                    }
                    gathered.finish();
                }
                Decoder::Ods(zip) => ods::rows(zip, sheet, size, take)?,
            }
            Ok(())
        })
    }
}

impl Decoder {
    /// Merged cells of a sheet; those of `OpenDocument` come with its rows.
    fn merged(&mut self, sheet: &str) -> Result<Vec<Merged>, Cause> {
        let merged =
            |merged: Dimensions| Merged { rows: (merged.start.0, merged.end.0), column: merged.start.1 as usize };
        let all = match self {
            Self::Xlsx(book) => book.merge_cells_by_sheet_name(sheet)?,
            Self::Xls(book) => book.merge_cells_by_sheet_name(sheet)?,
            Self::Xlsb(_) | Self::Ods(_) => Vec::new(),
        };
        Ok(all.into_iter().map(merged).collect())
    }
}

/// Runs a decoder. What goes wrong in it, a panic too, is an error of the file.
fn decoded<T>(file: &str, read: impl FnOnce() -> Result<T, Cause>) -> Result<T, FormatError> {
    let broken = |cause: Cause| FormatError::broken(file, "a workbook", cause);
    caught(read).map_err(|problem| broken(problem.into()))?.map_err(broken)
}
