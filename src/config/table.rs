//! Settings table. To add a setting, add one row here and use the value where it matters. The row generates the field
//! of [`Settings`](super::Settings), the TOML key, the flag with its help, and the layering. It also generates the
//! default, the path of the file, the setter of [`Builder`](crate::Builder) and the line of `tensionmap list settings`.
//!
//! A row is documentation, which is also the help; its first line alone is the short help of `-h`. Then come
//! `name: Type, Group, "VALUE in the help", VERBS` from [`verbs`](super::verbs) and, where they apply and in this order,
//! - `default "…"`: value of the setting when unset, as text;
//! - `shown "…"`: default in the help, where it depends on the input or needs an explanation;
//! - `file …`: a [`FileRole`](super::value::FileRole), for a setting that names a file;
//! - `flag …`: a [`FlagShape`](super::value::FlagShape) other than a plain flag with a value;
//! - `setter Typed`: the setter is written by hand in `engine/builder.rs`, with other types.
//!
//! Settings of the group `Input` may be given for one input alone, see [`Reading`](super::Reading).
//!
//! The order of rows is the order of keys in `--print-config` and manifests.

/// Calls a macro with every row.
macro_rules! settings_table {
    ($callback:ident) => {
        $callback! {
            /// H3 resolution of the cells, 0 to 15
            resolution: Option<u8>, Place, "0-15", READ, default "8", shown "8, cells of 0.74 km²";
            /// Date to score at, such as 2026-03-02;
            /// reports that became known on it or later do not count
            as_of: Option<String>, Place, "DATE", DATED, shown "the day after the latest report";
            /// Time zone whose calendar days are counted
            timezone: Option<String>, Place, "ZONE", READ, default "Europe/London";
            /// Study area: GeoJSON polygons
            area: Option<PathBuf>, Place, "FILE", READ,
                shown "cells with reports and their neighbours", file FileRole::Read, setter Typed;
            /// Cells that belong to the study area:
            /// centroid, full, overlapping, covers or overlapping-bbox
            containment: Option<String>, Place, "MODE", CELLS, default "overlapping", setter Typed;
            /// Reports that mostly lie outside the study area:
            /// stop ends the run, unless they lie all round it; keep goes on with what is inside
            outside_area: Option<String>, Place, "stop|keep", READ, default "stop";
            /// Values to bring onto the cells (repeatable).
            /// KIND of areas and H3 cells: extensive (a count) or intensive (a rate or score, averaged by area or with
            /// `intensive,weight=COLUMN`). KIND of points: count, sum, within=METRES or nearest, which also takes areas. Of these only
            /// sum has a COLUMN. `,name=NAME` at the end renames
            indicator: Vec<String>, Place, "FILE:COLUMN:KIND", JOIN, file FileRole::Prefix(indicator_file);
            /// Polygons of the area codes in tables,
            /// such as those of indicators; for rollup and coverage, the areas to score or report
            areas: Option<PathBuf>, Place, "FILE", AREAS, file FileRole::Read;
            /// Property of --areas that holds the area code,
            /// and the column of the table that holds it
            key: Option<String>, Place, "NAME[=COLUMN]", AREAS,
                shown "an ONS code such as LSOA21CD, and a column of that name";
            /// Difference between codes of areas and of tables to overlook:
            /// case, zeros (leading ones), decimal (.0 at the end), all of these, or exact
            key_rule: Option<String>, Place, "RULE", JOIN, shown "exact";
            /// Indicator in the index of context, and its weight;
            /// cells are ranked by it, and with a weight below 0 low values count (repeatable)
            context_index: Vec<String>, Method, "NAME[=WEIGHT]", CONTEXT, flag FlagShape::Hyphenated, setter Typed;
            /// Layers drawn under or over the cells,
            /// such as wards.geojson:boundaries or lakes.geojson:water (repeatable); styles: `tensionmap list context-styles`
            context: Vec<String>, Picture, "FILE[:STYLE[:under|over]]", BACKDROP,
                shown "style by the kind of features", file FileRole::Prefix(context_file);
            /// Repair areas with crossing rings or misplaced holes
            /// instead of quarantining them; each change is reported
            repair_geometry: Option<bool>, Place, "true|false", READ, default "false", flag FlagShape::Switch;
            /// Method: tension-2, tension-1, or a method file (TOML)
            method: Option<String>, Method, "NAME|FILE", DATED,
                shown "tension-2; `tensionmap list method` prints it", file FileRole::Prefix(method_file), setter Typed;
            /// Category weights: tension, count, cchi-sqrt, or a file;
            /// a TOML file has weights that replace the method's
            weights: Option<String>, Method, "TABLE|FILE", WEIGHED,
                shown "the method's", file FileRole::Prefix(weights_file);
            /// Number of residents, for density per 1,000 of them:
            /// an indicator, or for rollup a property of --areas; the method decides whether it is needed
            residents: Option<String>, Method, "NAME", SCORE;
            /// Days that the data covers, or those of one source,
            /// from FROM up to, and without, TO (repeatable)
            covered: Vec<String>, Method, "[SOURCE=]FROM..TO", SCORE,
                shown "all days but silences of a source in which many reports were to be expected", setter Typed;
            /// Earlier date; results show the change since
            compare_to: Option<String>, Place, "DATE", CHANGE;
            /// Levels set by named assessors (CSV);
            /// its columns: cell or area, level, assessor, reason, date
            assessments: Option<PathBuf>, Method, "FILE", LEVELS, file FileRole::Read;
            /// Layout of the input by name;
            /// `tensionmap list presets` prints them
            preset: Option<String>, Input, "NAME", READ, shown "recognised by its exact columns";
            /// Column of a role, such as date=When (repeatable);
            /// `tensionmap list roles` prints them
            #[serde(deserialize_with = "columns")]
            column: Vec<String>, Input, "ROLE=NAME", READ, shown "by its name", setter Typed;
            /// Positions of postcodes, codes or names in the reports:
            /// a file with a column for the key and columns or a geometry for the position. ONSPD, NSPL, Code-Point Open and OS
            /// Open UPRN are recognised. The key of a report is its column of the role place
            gazetteer: Option<String>, Input, "FILE[:KEY[:X:Y]]", READ, shown "none", file FileRole::Prefix(gazetteer_file);
            /// Reports known to no more than ground larger than a cell:
            /// hold keeps them out of cells, under `Q_COARSE`; point takes them as points
            coarse: Option<String>, Place, "hold|point", READ, default "hold";
            /// Category of each label in the input (TOML);
            /// replaces entries of the built-in tables
            categories: Option<PathBuf>, Input, "FILE", READ, file FileRole::Read, setter Typed;
            /// Source of reports that name none, such as council
            source: Option<String>, Input, "NAME", SCORE;
            /// Layer or sheet of a file of several;
            /// FILE#NAME names that of one file
            layer: Option<String>, Input, "NAME", READ, shown "the only one that fits";
            /// Reference system of positions, such as EPSG:27700;
            /// `tensionmap list systems` prints them. WGS84:latlon is degrees with the latitude first
            input_crs: Option<String>, Input, "CRS", READ, shown "as stated in the file, else EPSG:4326";
            /// Quarantine positions outside this box of degrees:
            /// west, south, east and north
            bbox: Option<String>, Place, "W,S,E,N", READ,
                shown "positions that are in the time zone only when swapped", flag FlagShape::Hyphenated;
            /// Format of dates, such as %d/%m/%Y, %b-%y or excel (repeatable);
            /// a pattern without a day covers the month. Seconds since 1970 are epoch-s, thousandths of them epoch-ms, then
            /// epoch-us and epoch-ns; days are epoch-days. Days of spreadsheets are excel. Years from April to March, such as 2025/26, are financial-year. Of several formats the
            /// first that reads a date is followed; a date that two read differently is quarantined
            #[serde(with = "one_or_more")]
            date_format: Vec<String>, Input, "FORMAT", READ, shown "ISO 8601 only";
            /// Clock of times without an offset: local or utc;
            /// local is the time zone of --timezone
            naive_times: Option<String>, Input, "CLOCK", READ, default "local";
            /// Duplicates to leave out: row, id or off;
            /// row: same id and same record; id: same id; records without an id are always kept
            dedupe: Option<String>, Run, "POLICY", READ, default "row";
            /// Reports of one month in two files: stop, replace or keep;
            /// a month of a force (data.police.uk), or a file given twice. With replace the one named last counts, with keep both
            /// count
            revised: Option<String>, Run, "POLICY", READ, shown "stop";
            /// Encoding of text, such as windows-1252 or utf-16le
            encoding: Option<String>, Input, "NAME", READ, default "utf-8";
            /// Separator of CSV columns, one character or tab
            delimiter: Option<String>, Input, "CHAR", READ, shown "as in the header";
            /// Line of a CSV file or row of a sheet with the names of columns
            header_row: Option<u32>, Input, "N", READ, shown "the first row that is likely to be it";
            /// Decimal separator of numbers in text: . or ,
            decimal: Option<String>, Input, "CHAR", READ, default ".";
            /// Read a column about people; requires --reason (repeatable)
            allow_column: Vec<String>, Run, "NAME", READ;
            /// Reason to read a column about people;
            /// recorded in every result
            reason: Option<String>, Run, "TEXT", READ;
            /// File for every quarantined report and area,
            /// with its place and reason (NDJSON)
            quarantine: Option<PathBuf>, Output, "FILE", READ, file FileRole::Written;
            /// Quarantined records for exit code 0: a number or share,
            /// such as 3%; applies to reports, and again to the areas of all polygon files together
            max_rejects: Option<String>, Run, "N|P%", READ, default "0";
            /// Go on without a file of which no record can be used;
            /// else it ends the run, as a broken export would pass for calm. Empty files of quiet days are its use
            allow_empty: Option<bool>, Run, "true|false", READ, default "false", flag FlagShape::Switch;
            /// Memory limit, such as 500MB or 4GB;
            /// a step that would exceed it is an error with advice
            max_memory: Option<String>, Run, "SIZE", ALL, shown "no limit";
            /// Title of the map
            title: Option<String>, Picture, "TEXT", PAGES, default "Community tension";
            /// Protective marking of every output;
            /// none leaves it out, and every output says that it has no marking
            marking: Option<String>, Output, "TEXT", MARKED, default "OFFICIAL-SENSITIVE";
            /// Font for characters that the built-in one lacks (repeatable):
            /// a .ttf, .otf or .ttc file, in the order given. `system` stands for known fonts of this machine, with which pictures
            /// differ from machine to machine
            font: Vec<String>, Picture, "FILE|system", PAGES, shown "the built-in DejaVu Sans", file FileRole::Prefix(font_file);
            /// Page of pictures, such as a4, slide or 1920x1080:
            /// sheet, a4, a4-portrait, a3, a3-portrait, slide, square, or a size in pixels
            page: Option<String>, Picture, "SIZE", PAGES, shown "sheet, 1600 × 1200 pixels", setter Typed;
            /// Pixels per inch of pictures, 48 to 300
            dpi: Option<u16>, Picture, "N", PAGES, shown "96; 144 on a slide, 150 on paper";
            /// Content of pictures: map, two-up or strands;
            /// two-up is this cycle beside the change since --compare-to, strands the intensity by strand
            picture: Option<String>, Picture, "KIND", LAYER, shown "map";
            /// Column that colours the cells, such as score or level;
            /// also rag, rr (the rate ratio) or an indicator
            fill: Option<String>, Picture, "COLUMN", FILLED, shown "score; for hot spots their classes";
            /// Classes of the column, such as jenks:5 or 0,10,50:
            /// quantile, equal, jenks or pretty, with :N for N classes, or breaks
            classes: Option<String>, Picture, "CLASSES", LEGEND,
                shown "breaks of the method file for this column, else fixed ones for scores, else quantile:5",
                flag FlagShape::Hyphenated;
            /// Colours of the classes; `tensionmap list palettes`
            palette: Option<String>, Picture, "NAME", COLOUR, shown "tension; purple-orange for changes";
            /// Map projection: mercator, bng or equal-area
            projection: Option<String>, Picture, "PLANE", MAPS, shown "mercator";
            /// Attribution of the data, at the foot of the page
            attribution: Option<String>, Picture, "TEXT", PAGES, shown "as the publisher of a recognised layout asks";
            /// Geometry in tables: polygons, centroids, outlines or none;
            /// outlines are those of the cells of each level, dissolved
            geometry: Option<String>, Output, "SHAPE", LAYER, shown "polygons; none in a CSV";
            /// Name of the column of H3 cells,
            /// such as `hex_id`, which kepler.gl recognises
            id_column: Option<String>, Output, "NAME", LAYER, shown "h3";
            /// Type of the column of H3 cells: text or u64;
            /// in GeoJSON and kepler.gl always text, whose readers would round numbers
            id_type: Option<String>, Output, "TYPE", TABLE, shown "text";
            /// Columns of tables, such as score,level,rag;
            /// the cell and its class on the map are always written
            #[serde(skip_serializing_if = "Vec::is_empty")]
            select: Vec<String>, Output, "NAME", LAYER, shown "all", flag FlagShape::CommaList;
            /// Name columns of statistics as ArcGIS does
            arcgis_names: Option<bool>, Output, "true|false", LAYER, flag FlagShape::Switch;
            /// Add colours to GeoJSON as simplestyle properties,
            /// for geojson.io, GitHub and uMap
            simplestyle: Option<bool>, Output, "true|false", LAYER, flag FlagShape::Switch;
            /// Threads, at most 1024;
            /// results do not depend on their number
            threads: Option<usize>, Run, "N", READ, shown "all cores";
        }
    };
}

pub(crate) use settings_table;
