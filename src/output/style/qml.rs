//! QML: the style of QGIS, categorized, with the names of fields.

use super::{COLUMN, MARK, alias, escaped, symbols};
use crate::layer::{Layer, Symbol, SymbolMark, TableGeometry};
use crate::output::feature_table::FeatureTable;

/// Outlines between cells of one colour, and the ground of hatching.
const WHITE: &str = "255,255,255,255";

/// Ink of dots, and outline of silent cells.
const FAINT: &str = "91,100,114,255";
const PALE: &str = "213,216,221,255";

pub(in crate::output) fn qml(layer: &Layer) -> String {
    let table = FeatureTable::of(layer, TableGeometry::Polygons);
    let (mut categories, mut signs, mut aliases) = (String::new(), String::new(), String::new());
    for (place, class) in symbols(layer).iter().enumerate() {
        let (value, label) = (escaped(&class.value), escaped(&class.label));
        categories += &format!(
            "   <category symbol=\"{place}\" value=\"{value}\" label=\"{label}\" type=\"string\" render=\"true\"/>\n"
        );
        signs += &if table.geometry == TableGeometry::Centroids { marker(place, class) } else { fill(place, class) };
    }
    for (place, column) in table.columns.iter().enumerate() {
        let (field, name) = (escaped(&column.name), escaped(alias(&column.about)));
        aliases += &format!("  <alias index=\"{place}\" field=\"{field}\" name=\"{name}\"/>\n");
    }
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
         {MARK}\n\
         <qgis version=\"3.22.0\" styleCategories=\"Symbology|Fields\">\n \
         <renderer-v2 type=\"categorizedSymbol\" attr=\"{COLUMN}\" symbollevels=\"0\" forceraster=\"0\" enableorderby=\"0\">\n  \
         <categories>\n{categories}  </categories>\n  <symbols>\n{signs}  </symbols>\n </renderer-v2>\n \
         <aliases>\n{aliases} </aliases>\n</qgis>\n"
    )
}

/// A symbol of one or more layers.
fn symbol(kind: &str, name: &str, layers: &str) -> String {
    format!(
        "   <symbol type=\"{kind}\" name=\"{name}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\n{layers}   </symbol>\n"
    )
}

/// A layer of a symbol, with its options and nested symbols.
fn layer(class: &str, options: &[(&str, &str)], within: &str) -> String {
    let options: String = options
        .iter()
        .map(|(name, value)| format!("      <Option type=\"QString\" name=\"{name}\" value=\"{value}\"/>\n"))
        .collect();
    format!(
        "    <layer class=\"{class}\" enabled=\"1\" locked=\"0\" pass=\"0\">\n     <Option type=\"Map\">\n{options}     \
         </Option>\n{within}    </layer>\n"
    )
}

fn rgba([red, green, blue]: [u8; 3]) -> String {
    format!("{red},{green},{blue},255")
}

fn fill(place: usize, class: &Symbol) -> String {
    let plain = |colour: &str, outline: &str| {
        let options = [
            ("color", colour),
            ("style", "solid"),
            ("outline_color", outline),
            ("outline_style", "solid"),
            ("outline_width", "0.1"),
            ("outline_width_unit", "MM"),
        ];
        layer("SimpleFill", &options, "")
    };
    let layers = match class.sign {
        SymbolMark::Plain => plain(&rgba(class.colour), WHITE),
        SymbolMark::Dot => {
            let dot =
                [("name", "circle"), ("color", FAINT), ("outline_style", "no"), ("size", "0.8"), ("size_unit", "MM")];
            let dot = symbol("marker", &format!("@{place}@1"), &layer("SimpleMarker", &dot, ""));
            plain(&rgba(class.colour), WHITE) + &layer("CentroidFill", &[("point_on_surface", "1")], &dot)
        }
        SymbolMark::Hatched => {
            let line =
                [("line_color", rgba(class.colour)), ("line_width", "0.2".into()), ("line_width_unit", "MM".into())];
            let line = line.each_ref().map(|(name, value)| (*name, value.as_str()));
            let line = symbol("line", &format!("@{place}@1"), &layer("SimpleLine", &line, ""));
            let hatch = [("angle", "45"), ("distance", "1.2"), ("distance_unit", "MM")];
            plain(WHITE, PALE) + &layer("LinePatternFill", &hatch, &line)
        }
    };
    symbol("fill", &place.to_string(), &layers)
}

fn marker(place: usize, class: &Symbol) -> String {
    let disk = |colour: &str, size: &str| {
        let options = [
            ("name", "circle"),
            ("color", colour),
            ("outline_color", FAINT),
            ("outline_width", "0.1"),
            ("size", size),
            ("size_unit", "MM"),
        ];
        layer("SimpleMarker", &options, "")
    };
    let layers = match class.sign {
        SymbolMark::Plain => disk(&rgba(class.colour), "2.4"),
        SymbolMark::Dot => disk(&rgba(class.colour), "2.4") + &disk(FAINT, "0.6"),
        SymbolMark::Hatched => disk(WHITE, "1.6"),
    };
    symbol("marker", &place.to_string(), &layers)
}
