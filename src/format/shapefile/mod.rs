//! Shapefiles: the shapes (.shp), their index (.shx) and their table (.dbf), read side by side.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use geojson::{GeometryValue, Position};

mod dbf;
mod shp;

use super::archive::reopened;
use super::record::PointGeometry;
use super::{
    Code, Fault, Field, FileOptions, FormatError, Geometries, InputFormat, OpenResult, Records, Source, Step,
    TableHeader, wkt,
};
use dbf::DbfTable;
use shp::{Shape, ShapeIndex, ShapeReader, garbled};

/// An ESRI shapefile.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "shapefile",
    about: "ESRI shapefile of points, lines or polygons (.shp with its .dbf beside it), streamed",
    extensions: &["shp"],
    recognises: |head| head.starts_with(&[0, 0, 0x27, 0x0a]) && head.get(28..32) == Some(&1000_u32.to_le_bytes()),
    open,
};

fn open(source: Source, options: &FileOptions, notices: &mut Vec<String>) -> OpenResult {
    let file = source.name().to_owned();
    let wrong = |problem: String| FormatError::Unreadable { file: file.clone(), problem };
    let failed = |part: &Path| {
        let (file, part) = (file.clone(), part.to_owned());
        move |error| broken(&file, &part, error)
    };
    let parts = source.parts().map(|(path, unpacked)| ShapefileParts { path, unpacked });
    let parts = parts.ok_or_else(|| wrong("give the .shp by its path, with its .dbf beside it".to_owned()))?;
    let path = parts.path.clone();
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shx")) {
        return Err(wrong("is only the index of a shapefile; give the .shp beside it".to_owned()));
    }
    let part = |extension: &str| parts.open(extension).map_err(failed(&path.with_extension(extension)));
    let missing = || format!("{} is missing; it holds the columns", path.with_extension("dbf").display());
    let table = part("dbf")?.ok_or_else(|| wrong(missing()))?;
    let unknown =
        |label: &str| format!("its .cpg names the encoding {label:?}, which is not known; write UTF-8 or 1252 into it");
    let text = |extension| part(extension)?.map(|file| text_of(file).map_err(failed(&path))).transpose();
    let label = text("cpg")?;
    let encoding = label.map(|label| dbf::named(&label).ok_or_else(|| wrong(unknown(label.trim())))).transpose()?;
    let table = DbfTable::open(table, encoding).map_err(failed(&path.with_extension("dbf")))?;
    if table.encoding() != "UTF-8" {
        notices.push(format!("{file}: text is read as {}, as the shapefile states", table.encoding()));
    }
    let crs = text("prj")?.map(|wkt| wkt::reference_system(&wkt));
    let index = part("shx")?.map(|shx| ShapeIndex::open(shx).map_err(failed(&path.with_extension("shx"))));
    let index = index.transpose()?;
    if let Some(count) = index.as_ref().map(|index| index.count).filter(|count| *count != table.count) {
        let rows = format!("its .dbf {} rows; the files do not belong together", table.count);
        return Err(wrong(format!("its .shx has {count} shapes but {rows}")));
    }
    let has_shapes = options.geometries != Geometries::Points;
    let shapes = part("shp")?.ok_or_else(|| wrong("is gone".to_owned()))?;
    let shapes = ShapeReader::open(shapes, index, has_shapes).map_err(failed(&path))?;
    let names = table.names();
    Ok(Box::new(ShapefileRecords {
        wanted: vec![true; names.len()],
        path: path.clone(),
        header: TableHeader { names, has_geometry: true, has_cut_names: true, crs, metadata: None },
        table,
        shapes,
        read: 0,
        shape: Shape::Point(PointGeometry::None),
        file,
    }))
}

fn broken(file: &str, part: &Path, error: io::Error) -> FormatError {
    let what = part.display();
    let problem =
        if error.kind() == io::ErrorKind::UnexpectedEof { "it is cut short".to_owned() } else { error.to_string() };
    FormatError::broken(file, "a shapefile", format!("{what}: {problem}"))
}

/// The file of the same name with another extension, in lower or upper case.
fn beside(path: &Path, extension: &str) -> Option<PathBuf> {
    let paths = [path.with_extension(extension), path.with_extension(extension.to_ascii_uppercase())];
    paths.into_iter().find(|path| path.is_file())
}

/// Files beside a shapefile that belong to it; none for any other file.
pub(super) fn parts(path: &Path) -> Vec<PathBuf> {
    let is_shapefile = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shp"));
    let extensions = ["dbf", "shx", "prj", "cpg"].into_iter().filter(|_| is_shapefile);
    extensions.filter_map(|extension| beside(path, extension)).collect()
}

/// Files of a shapefile: beside each other on disk, or unpacked from an archive.
struct ShapefileParts<'a> {
    path: PathBuf,
    unpacked: &'a [(String, File)],
}

impl ShapefileParts<'_> {
    /// Opens the file with an extension; `None` where there is none.
    fn open(&self, extension: &str) -> io::Result<Option<File>> {
        if !self.unpacked.is_empty() {
            return self
                .unpacked
                .iter()
                .find(|(name, _)| name == extension)
                .map(|(_, file)| reopened(file))
                .transpose();
        }
        let path = if extension == "shp" { Some(self.path.clone()) } else { beside(&self.path, extension) };
        path.map(File::open).transpose()
    }
}

/// The text of a small file.
fn text_of(file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(1 << 16).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(crate) struct ShapefileRecords {
    file: String,
    path: PathBuf,
    header: TableHeader,
    wanted: Vec<bool>,
    table: DbfTable,
    shapes: ShapeReader,
    /// Rows read, deleted ones included.
    read: u64,
    shape: Shape,
}

impl Records for ShapefileRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn select(&mut self, wanted: &[bool], _late: &[&'static str]) {
        self.wanted.iter_mut().zip(wanted).for_each(|(own, &wanted)| *own = wanted);
    }

    /// A deleted row is none: the program that deleted it left it in place until the file is packed.
    fn advance(&mut self) -> Result<Step, FormatError> {
        while self.read < self.table.count {
            let failed = |part: &Path, error| broken(&self.file, part, error);
            self.shape = self.shapes.next(self.read).map_err(|error| failed(&self.path, error))?;
            let table = || self.path.with_extension("dbf");
            let alive = self.table.advance(&self.wanted).map_err(|error| failed(&table(), error))?;
            self.read += 1;
            if alive {
                return Ok(Step::Record);
            }
        }
        if self.shapes.is_left_over() {
            let error = garbled(format!("it has more shapes than its .dbf has rows ({})", self.table.count));
            return Err(broken(&self.file, &self.path, error));
        }
        Ok(Step::End)
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.table.field(column)
    }

    fn geometry(&self) -> Field<'_> {
        match &self.shape {
            Shape::Point(shape) => shape.field(),
            Shape::Whole(shape) => Field::Other(shape.type_name()),
        }
    }

    fn shape(&self) -> Result<Option<GeometryValue>, Box<Fault>> {
        match &self.shape {
            Shape::Point(PointGeometry::None) => Ok(None),
            Shape::Point(PointGeometry::Point(x, y) | PointGeometry::OnlyPoint(x, y)) => {
                Ok(Some(GeometryValue::Point { coordinates: Position::from([*x, *y]) }))
            }
            Shape::Point(PointGeometry::Other(kind)) => {
                Err(Fault::new(Code::GeomType, "geometry", kind, "points, lines or polygons"))
            }
            Shape::Whole(shape) => Ok(Some(shape.clone())),
        }
    }

    fn raw(&self) -> String {
        let values = (0..self.header.names.len()).map(|column| self.table.displayed(column));
        std::iter::once(self.geometry().displayed()).chain(values).collect::<Vec<_>>().join(",")
    }
}
