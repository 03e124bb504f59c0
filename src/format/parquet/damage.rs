//! Checks for damage at which the decoder of polars panics, or allocates as much memory as the damage states.

use std::io::{Cursor, Read, Seek, SeekFrom};

use super::native::{NativeColumn, without};
use polars::prelude::{PolarsError, PolarsResult};
use polars_io::mmap::{MmapBytesReader, ReaderBytes};
use polars_io::parquet::metadata::FileMetadata;
use polars_parquet::parquet::metadata::{ColumnChunkMetadata, RowGroupMetadata};
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::PageReader;
use polars_parquet::read::read_metadata;
use polars_parquet_format::FileMetaData as FooterAlone;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;

use super::super::caught::caught;

/// Reads Parquet. A damaged file may make the decoder of polars panic; that is an error of the file, not of the run.
pub(crate) fn guarded<T>(read: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    let damaged = |problem: String| PolarsError::ComputeError(problem.into());
    // A value of the library, printed with its fields, says nothing to people.
    let told = |error: PolarsError| {
        if error.to_string().contains(" { ") {
            damaged("the file is damaged: its decoder cannot read on".to_owned())
        } else {
            error
        }
    };
    caught(read).unwrap_or_else(|problem| Err(damaged(problem))).map_err(told)
}

/// The footer of a file. Lists longer than the file are an error: polars would allocate them, and a failed allocation ends the
/// program.
pub(crate) fn footer<R: Read + Seek>(bytes: &mut R) -> PolarsResult<(FileMetadata, Vec<NativeColumn>)> {
    let size = bytes.seek(SeekFrom::End(0))?;
    let (mut tail, mut footer) = ([0; 8], Vec::new());
    if let Some(end) = size.checked_sub(8) {
        bytes.seek(SeekFrom::Start(end))?;
        bytes.read_exact(&mut tail)?;
        let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]])).min(end);
        bytes.seek(SeekFrom::Start(end - length))?;
        bytes.take(length).read_to_end(&mut footer)?;
    }
    let native = without(&footer).filter(|_| tail.ends_with(b"PAR1"));
    if let Some((kept, _)) = &native {
        footer.clone_from(kept);
    }
    if tail.ends_with(b"PAR1") {
        // The reader counts 8 bytes for each element of a list and 2 for each struct; either takes up one byte at least.
        let mut counted = TCompactInputProtocol::new(footer.as_slice(), footer.len().saturating_mul(16));
        // Whatever it stumbles over, polars would read on past some of it, into lists of any length.
        if let Err(error) = FooterAlone::read_from_in_protocol(&mut counted) {
            return Err(PolarsError::ComputeError(format!("the file is damaged: its footer ({error})").into()));
        }
    }
    if let Some((kept, columns)) = native {
        let length = u32::try_from(kept.len()).unwrap_or(u32::MAX).to_le_bytes();
        let alone = [&b"PAR1"[..], &kept, &length, b"PAR1"].concat();
        return Ok((read_metadata(&mut Cursor::new(alone))?, columns));
    }
    bytes.rewind()?;
    Ok((read_metadata(bytes)?, Vec::new()))
}

/// Errors if pages state more values than there are rows, or headers are longer than their column. Polars would ask for
/// that much memory, and a program that cannot have it ends. Only headers are read.
pub(crate) fn check_pages<R: MmapBytesReader>(
    bytes: &mut R,
    group: &RowGroupMetadata,
    wanted: impl Fn(&str) -> bool,
) -> PolarsResult<()> {
    let file = ReaderBytes::from(bytes);
    let is_wanted =
        |column: &&ColumnChunkMetadata| column.descriptor().path_in_schema.first().is_some_and(|name| wanted(name));
    for column in group.parquet_columns().iter().filter(is_wanted) {
        let range = column.byte_range();
        let damaged = |what: String| {
            let name = column.descriptor().path_in_schema.join(".");
            PolarsError::ComputeError(format!("the file is damaged: {what} of column {name:?}").into())
        };
        let from = usize::try_from(range.start).unwrap_or(usize::MAX).min(file.len());
        let to = usize::try_from(range.end).unwrap_or(usize::MAX).clamp(from, file.len());
        let chunk = match &file {
            ReaderBytes::Owned(all) => all.clone().sliced(from..to),
            ReaderBytes::Borrowed(all) => all[from..to].to_vec().into(),
        };
        for page in PageReader::new(Cursor::new(chunk), column, Vec::new(), to - from) {
            let page = page.map_err(|error| damaged(format!("a page ({error})")))?;
            let CompressedPage::Data(page) = page else { continue };
            let (values, rows) = (page.num_values(), group.num_rows());
            // The values of lists are many a row, but each takes some of the page.
            let is_nested = column.descriptor().descriptor.max_rep_level > 0;
            let most = if is_nested { page.uncompressed_size().saturating_mul(64) } else { rows };
            if values > most {
                return Err(damaged(format!("a page of {values} values for {rows} rows")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_decoder_is_an_error() {
        let read = |value: Option<u8>| guarded(|| Ok(value.expect("a page that is there")));
        assert_eq!(read(Some(7)).unwrap(), 7);
        let message = read(None).unwrap_err().to_string();
        assert_eq!(message, "the file is damaged: its decoder stopped");
    }
}
