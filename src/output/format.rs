//! Names of the formats of results.

/// Makes [`Format`] and the names of its values.
macro_rules! formats {
    ($($(#[doc = $about:literal])+ $format:ident $name:literal;)+) => {
        /// A format of results. Each product can be encoded in some of them; `tensionmap list outputs` says which.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[doc = $about])+ $format,)+
            /// The format of an encoder by its name, such as one of your own.
            Named(&'static str),
        }

        impl Format {
            /// Every format that comes with the library.
            pub const ALL: &[Self] = &[$(Self::$format),+];

            /// Name of its encoder, as printed by `tensionmap list outputs`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name,)+
                    Self::Named(name) => name,
                }
            }
        }
    };
}

formats! {
    /// Pixels.
    Png "png";
    /// Vectors.
    Svg "svg";
    /// One collection of features, with provenance.
    GeoJson "geojson";
    /// Features one a line.
    GeoJsonLines "geojsonl";
    /// `SQLite` file of one layer.
    GeoPackage "geopackage";
    /// Features with a spatial index.
    FlatGeobuf "flatgeobuf";
    /// Columns on disk; with the feature `polars`.
    Parquet "parquet";
    /// Columns as in memory; with the feature `polars`.
    Arrow "arrow";
    /// Table as text.
    Csv "csv";
    /// Workbook of Excel.
    Xlsx "xlsx";
    /// Whole map of kepler.gl.
    Kepler "kepler";
    /// Animation in 256 colours.
    Gif "gif";
    /// Animation in true colours.
    Apng "apng";
    /// Sentences.
    Text "text";
    /// Every number, with provenance.
    Json "json";
}
