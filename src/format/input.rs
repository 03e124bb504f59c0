//! Inputs, and the inputs of a word on the command line: a file, a pattern, a folder of Parquet partitions, standard input.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use geo::{Geometry, MultiPolygon, Polygon};
use geojson::{Feature, FeatureCollection, JsonValue};

use super::{Crs, FormatError, OpenResult, Source, archive};

/// An input: a file, bytes, standard input or a table in memory.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// A file in any of the [`FORMATS`](super::FORMATS), plain or compressed. `FILE#NAME` is one layer of it, `FILE@EPSG:27700`
    /// the file in a stated reference system, `FILE#NAME@EPSG:27700` both.
    Path(PathBuf),
    /// The bytes of such a file, and its name in messages.
    Bytes(String, Vec<u8>),
    /// Such a file on standard input.
    Stdin,
    /// A table in memory, such as a polars frame.
    Table(Arc<dyn MemoryTable>),
}

/// A table in memory whose rows are records.
pub trait MemoryTable: Send + Sync {
    /// A cursor before its first row.
    ///
    /// # Errors
    /// A table that cannot be made or has columns that cannot be read.
    fn open(&self) -> OpenResult;
}

impl Input {
    /// Shapes in memory with their properties, as areas, indicators and context layers are made of. They are read as a GeoJSON file
    /// of this name would be, with the same checks.
    ///
    /// ```
    /// use geo::{Rect, coord};
    /// use tensionmap::{Engine, Indicator, Input, geo, sample};
    /// let west = Rect::new(coord! { x: 2.2, y: 54.6 }, coord! { x: 2.4, y: 54.9 });
    /// let wards = Input::features("wards", [(west, [("name", "West".into()), ("homes", 4000.into())])]);
    /// let run = Engine::builder().as_of(sample::AS_OF).area(west.to_polygon()).build()?
    ///     .incidents(sample::incidents())?
    ///     .indicator(Indicator::extensive(wards, "homes"))?
    ///     .run()?;
    /// assert!(run.layer.indicators().iter().any(|indicator| indicator.name == "homes"));
    /// # Ok::<(), tensionmap::Error>(())
    /// ```
    pub fn features<G, P, K>(name: &str, features: impl IntoIterator<Item = (G, P)>) -> Self
    where
        G: Into<Geometry>,
        P: IntoIterator<Item = (K, JsonValue)>,
        K: Into<String>,
    {
        let feature = |(shape, properties): (G, P)| Feature {
            geometry: Some(geojson::Geometry::new((&shape.into()).into())),
            properties: Some(properties.into_iter().map(|(key, value)| (key.into(), value)).collect()),
            ..Feature::default()
        };
        let features = features.into_iter().map(feature).collect();
        let collection = FeatureCollection { features, bbox: None, foreign_members: None };
        Self::Bytes(name.to_owned(), collection.to_string().into_bytes())
    }

    /// Name in messages: a path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes(name, _) => name.clone(),
            Self::Stdin => "standard input".to_owned(),
            Self::Table(_) => "frame".to_owned(),
        }
    }

    /// Name without its folder.
    pub(crate) fn file_name(&self) -> String {
        let name = self.name();
        Path::new(&name).file_name().map_or_else(|| name.clone(), |file| file.to_string_lossy().into_owned())
    }

    /// Path of a file; `None` for any other input.
    pub(crate) fn path(&self) -> Option<&Path> {
        if let Self::Path(path) = self { Some(path) } else { None }
    }

    /// The file, the layer and the reference system that its path names.
    pub(crate) fn part(&self) -> FilePart<'_> {
        self.path().map_or_else(FilePart::default, FilePart::of)
    }

    /// Path of a file, or of a member of an archive, that can be read again; `None` for any other input.
    pub(crate) fn lasting_path(&self) -> Option<&Path> {
        self.path().filter(|path| path.is_file() || archive::is_member(path))
    }

    /// Opens its bytes; `None` for a table in memory.
    pub(crate) fn source(&self) -> Result<Option<Source>, FormatError> {
        match self {
            Self::Path(path) => Source::open(FilePart::of(path).file).map(Some),
            Self::Bytes(name, bytes) => Source::bytes(name, bytes.clone()).map(Some),
            Self::Stdin => Source::stdin().map(Some),
            Self::Table(_) => Ok(None),
        }
    }

    /// Inputs of one word: `-` is standard input, a folder its Parquet files at any depth, a pattern such as
    /// `2022-*/*-street.csv` the files it matches. A ZIP archive is its members in known formats, and `archive.zip/*-street.csv` those
    /// it matches. Anything else is the file of that name. Files are in order of name.
    ///
    /// # Errors
    /// A pattern without a match, a folder without Parquet files, an archive without a member that can be read.
    pub fn expand(word: &Path) -> Result<Vec<Self>, FormatError> {
        if word == Path::new("-") {
            return Ok(vec![Self::Stdin]);
        }
        if word.is_dir() {
            let mut files = Vec::new();
            let failed = |source| FormatError::Io { file: word.display().to_string(), source };
            collect(word, 0, &mut files).map_err(failed)?;
            files.sort();
            if files.is_empty() {
                return Err(FormatError::folder(word.display().to_string()));
            }
            return Ok(files.into_iter().map(Self::Path).collect());
        }
        let text = word.to_string_lossy();
        // The name of an existing file is never a pattern.
        if FilePart::of(word).file.exists() || !text.contains(['*', '?', '[']) || archive::is_member(word) {
            return Self::unpacked(vec![word.to_owned()]);
        }
        let no_match = || FormatError::NoMatch { pattern: text.to_string() };
        let matches = glob::glob(&text).map_err(|_not_a_pattern| no_match())?;
        let mut files: Vec<PathBuf> = matches.filter_map(Result::ok).filter(|path| path.is_file()).collect();
        files.sort();
        if files.is_empty() {
            let members = archive::matching(&text)?;
            return if members.is_empty() {
                Err(no_match())
            } else {
                Ok(members.into_iter().map(Self::Path).collect())
            };
        }
        Self::unpacked(files)
    }

    /// Files, with the members of an archive in its place.
    fn unpacked(files: Vec<PathBuf>) -> Result<Vec<Self>, FormatError> {
        let mut inputs = Vec::with_capacity(files.len());
        for file in files {
            let members = archive::expand(&file)?;
            inputs.extend(members.unwrap_or_else(|| vec![file]).into_iter().map(Self::Path));
        }
        Ok(inputs)
    }
}

/// File that a path names, with the part of it that is read.
#[derive(Debug)]
pub(crate) struct FilePart<'a> {
    /// The file alone; empty for an input without a path.
    pub(crate) file: &'a Path,
    /// Layer or sheet, by name.
    pub(crate) layer: Option<&'a str>,
    crs: Option<&'a str>,
}

impl Default for FilePart<'_> {
    fn default() -> Self {
        Self { file: Path::new(""), layer: None, crs: None }
    }
}

impl<'a> FilePart<'a> {
    /// Parts of a path. The name of an existing file has none, whatever it looks like.
    pub(crate) fn of(path: &'a Path) -> Self {
        let whole = Self { file: path, layer: None, crs: None };
        let is_whole = path.exists() || archive::is_member(path);
        let Some(mut rest) = path.to_str().filter(|_| !is_whole) else { return whole };
        let (mut layer, mut crs) = (None, None);
        if let Some((before, name)) = rest.rsplit_once('@')
            && is_system(name)
        {
            (rest, crs) = (before, Some(name));
        }
        if let Some((before, name)) = rest.split_once('#')
            && !before.is_empty()
            && !name.is_empty()
        {
            (rest, layer) = (before, Some(name));
        }
        Self { file: Path::new(rest), layer, crs }
    }

    /// The reference system that is stated.
    ///
    /// # Errors
    /// A system that is not known.
    pub(crate) fn crs(&self) -> Result<Option<Crs>, FormatError> {
        let stated = self.crs.map(str::parse).transpose();
        stated.map_err(|error: crate::invalid::InvalidValue| FormatError::Unreadable {
            file: self.file.display().to_string(),
            problem: format!("is given with a reference system that cannot be used: {error}"),
        })
    }
}

/// True for the name of a reference system, such as `EPSG:27700`.
fn is_system(name: &str) -> bool {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.split_once(':').is_some_and(|(authority, code)| is_word(authority) && is_word(code))
}

impl std::fmt::Debug for Input {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Input({:?})", self.name())
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Input {
    fn from(path: &P) -> Self {
        Self::Path(path.as_ref().to_owned())
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// Features in memory; [`Input::features`] names them.
impl From<FeatureCollection> for Input {
    fn from(features: FeatureCollection) -> Self {
        Self::Bytes("features".to_owned(), features.to_string().into_bytes())
    }
}

/// A polygon in memory, in degrees of WGS84.
impl From<Polygon> for Input {
    fn from(polygon: Polygon) -> Self {
        Self::features("polygon", [(polygon, NO_PROPERTIES)])
    }
}

/// Polygons in memory, in degrees of WGS84.
impl From<MultiPolygon> for Input {
    fn from(polygons: MultiPolygon) -> Self {
        Self::features("polygons", [(polygons, NO_PROPERTIES)])
    }
}

const NO_PROPERTIES: [(String, JsonValue); 0] = [];

/// Parquet files of a folder and the folders in it; hidden ones and what jobs leave behind (`_SUCCESS`) are passed over.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    const MAX_DEPTH: usize = 16;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() && depth < MAX_DEPTH {
            collect(&path, depth + 1, files)?;
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(path);
        }
    }
    Ok(())
}
