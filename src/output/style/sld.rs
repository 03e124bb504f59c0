//! SLD 1.0: the style of GeoServer and other software of the standard.

use super::{COLUMN, MARK, escaped, symbols};
use crate::draw::hex;
use crate::layer::{Layer, Symbol, SymbolMark, TableGeometry};

pub(in crate::output) fn sld(layer: &Layer) -> String {
    let is_points = layer.layout().geometry == Some(TableGeometry::Centroids);
    let rules: String = symbols(layer).iter().map(|class| rule(class, is_points)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         {MARK}\n\
         <StyledLayerDescriptor version=\"1.0.0\" xmlns=\"http://www.opengis.net/sld\" xmlns:ogc=\"http://www.opengis.net/ogc\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.opengis.net/sld http://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd\">\n\
         <NamedLayer>\n<Name>tension</Name>\n<UserStyle>\n<Title>{}</Title>\n<FeatureTypeStyle>\n{rules}\
         </FeatureTypeStyle>\n</UserStyle>\n</NamedLayer>\n</StyledLayerDescriptor>\n",
        escaped(&layer.provenance().title)
    )
}

fn rule(class: &Symbol, is_points: bool) -> String {
    let (value, label) = (escaped(&class.value), escaped(&class.label));
    let signs = if is_points { points(class) } else { polygons(class) };
    format!(
        "<Rule>\n<Name>{value}</Name>\n<Title>{label}</Title>\n<ogc:Filter><ogc:PropertyIsEqualTo>\
         <ogc:PropertyName>{COLUMN}</ogc:PropertyName><ogc:Literal>{value}</ogc:Literal>\
         </ogc:PropertyIsEqualTo></ogc:Filter>\n{signs}</Rule>\n"
    )
}

fn parameter(name: &str, value: &str) -> String {
    format!("<CssParameter name=\"{name}\">{value}</CssParameter>")
}

fn polygons(class: &Symbol) -> String {
    let colour = hex(class.colour);
    let solid = |colour: &str| {
        let stroke = parameter("stroke", "#ffffff") + &parameter("stroke-width", "0.5");
        let fill = parameter("fill", colour);
        format!("<PolygonSymbolizer><Fill>{fill}</Fill><Stroke>{stroke}</Stroke></PolygonSymbolizer>\n")
    };
    let pattern = |mark: &str, size: &str| {
        format!(
            "<PolygonSymbolizer><Fill><GraphicFill><Graphic>{mark}<Size>{size}</Size></Graphic></GraphicFill></Fill>\
             </PolygonSymbolizer>\n"
        )
    };
    match class.sign {
        SymbolMark::Plain => solid(&colour),
        SymbolMark::Dot => {
            let fill = parameter("fill", "#5b6472");
            let dot = format!("<Mark><WellKnownName>shape://dot</WellKnownName><Fill>{fill}</Fill></Mark>");
            solid(&colour) + &pattern(&dot, "12")
        }
        SymbolMark::Hatched => {
            let stroke = parameter("stroke", &colour) + &parameter("stroke-width", "0.8");
            let slash = format!("<Mark><WellKnownName>shape://slash</WellKnownName><Stroke>{stroke}</Stroke></Mark>");
            solid("#ffffff") + &pattern(&slash, "8")
        }
    }
}

fn points(class: &Symbol) -> String {
    let (fill, size) = match class.sign {
        SymbolMark::Plain | SymbolMark::Dot => (hex(class.colour), "9"),
        SymbolMark::Hatched => ("#ffffff".to_owned(), "6"),
    };
    format!(
        "<PointSymbolizer><Graphic><Mark><WellKnownName>circle</WellKnownName><Fill>{}</Fill><Stroke>{}</Stroke></Mark>\
         <Size>{size}</Size></Graphic></PointSymbolizer>\n",
        parameter("fill", &fill),
        parameter("stroke", "#5b6472")
    )
}
