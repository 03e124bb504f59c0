//! Shapefiles: the shapes (.shp), their index (.shx) and their table (.dbf), read side by side.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use geojson::{GeometryValue, Position};

mod dbf;
mod shp;

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
    let path = source.path().ok_or_else(|| wrong("give the .shp by its path, with its .dbf beside it".to_owned()))?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shx")) {
        return Err(wrong("is only the index of a shapefile; give the .shp beside it".to_owned()));
    }
    let missing = || format!("{} is missing; it holds the columns", path.with_extension("dbf").display());
    let table = beside(path, "dbf").ok_or_else(|| wrong(missing()))?;
    let unknown =
        |label: &str| format!("its .cpg names the encoding {label:?}, which is not known; write UTF-8 or 1252 into it");
    let label = text_beside(path, "cpg").map_err(failed(path))?;
    let encoding = label.map(|label| dbf::named(&label).ok_or_else(|| wrong(unknown(label.trim())))).transpose()?;
    let table = File::open(&table).and_then(|dbf| DbfTable::open(dbf, encoding)).map_err(failed(&table))?;
    if table.encoding() != "UTF-8" {
        notices.push(format!("{file}: text is read as {}, as the shapefile states", table.encoding()));
    }
    let crs = text_beside(path, "prj").map_err(failed(path))?.map(|wkt| wkt::reference_system(&wkt));
    let index = beside(path, "shx").map(|shx| ShapeIndex::open(&shx).map_err(failed(&shx))).transpose()?;
    if let Some(count) = index.as_ref().map(|index| index.count).filter(|count| *count != table.count) {
        let rows = format!("its .dbf {} rows; the files do not belong together", table.count);
        return Err(wrong(format!("its .shx has {count} shapes but {rows}")));
    }
    let has_shapes = options.geometries != Geometries::Points;
    let shapes = ShapeReader::open(path, index, has_shapes).map_err(failed(path))?;
    let names = table.names();
    Ok(Box::new(ShapefileRecords {
        wanted: vec![true; names.len()],
        path: path.to_owned(),
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

/// The text of a small file beside; `None` where there is none.
fn text_beside(path: &Path, extension: &str) -> io::Result<Option<String>> {
    let Some(path) = beside(path, extension) else { return Ok(None) };
    let mut bytes = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
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
