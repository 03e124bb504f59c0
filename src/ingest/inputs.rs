//! What a word on the command line stands for: a file, a pattern, a folder of Parquet partitions, or standard input.

use std::path::{Path, PathBuf};

use super::{IngestError, Input};

impl Input {
    /// The inputs of one word: `-` is standard input, a folder its Parquet files at any depth, a pattern such as
    /// `2022-*/*-street.csv` the files it matches; anything else the file of that name. Files come in the order of their names.
    ///
    /// # Errors
    /// A pattern without a match, a folder without Parquet files.
    pub fn expand(word: &Path) -> Result<Vec<Self>, IngestError> {
        if word == Path::new("-") {
            return Ok(vec![Self::Stdin]);
        }
        if word.is_dir() {
            let mut files = Vec::new();
            let failed = |source| IngestError::Io { file: word.display().to_string(), source };
            collect(word, 0, &mut files).map_err(failed)?;
            files.sort();
            if files.is_empty() {
                return Err(IngestError::Directory { file: word.display().to_string() });
            }
            return Ok(files.into_iter().map(Self::Path).collect());
        }
        let text = word.to_string_lossy();
        // A name that exists is a name, whatever characters it has.
        if word.exists() || !text.contains(['*', '?', '[']) {
            return Ok(vec![Self::Path(word.to_owned())]);
        }
        let no_match = || IngestError::NoMatch { pattern: text.to_string() };
        let matches = glob::glob(&text).map_err(|_not_a_pattern| no_match())?;
        let mut files: Vec<PathBuf> = matches.filter_map(Result::ok).filter(|path| path.is_file()).collect();
        files.sort();
        if files.is_empty() {
            return Err(no_match());
        }
        Ok(files.into_iter().map(Self::Path).collect())
    }
}

/// Parquet files of a folder and the folders in it; hidden ones and what jobs leave behind (`_SUCCESS`) are passed over.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    const MOST_DEPTH: usize = 16;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() && depth < MOST_DEPTH {
            collect(&path, depth + 1, files)?;
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(path);
        }
    }
    Ok(())
}
