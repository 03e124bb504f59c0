//! A map of kepler.gl: data and style in one file.

use std::io::Write;

use serde_json::{Value as Json, json};

use super::feature_table::{FeatureTable, geometry_needed};
use super::geojson;
use super::product::Encoded;
use crate::disclosure::Release;
use crate::draw::hex;
use crate::invalid::Cause;
use crate::layer::{ColumnValue, Layer, ScoredAreas, TableGeometry, TableLayout, ValueKind};
use crate::score::columns::{BAND, H3, LEVEL, N_WINDOW, RR, SCORE, STATUS, TOP_CATEGORIES};

/// Names of the dataset, and of the column with the geometries of areas.
const DATA: &str = "tension";
const SHAPE: &str = "_geojson";

/// Errors if the map cannot have a layout: it is of rows, and those of areas need their shapes.
pub(super) fn check(layout: &TableLayout, of_areas: bool) -> Result<(), Cause> {
    if layout.geometry == Some(TableGeometry::Outlines) {
        let advice = "leave out --geometry outlines, or write .geojson, which kepler.gl opens too";
        return Err(format!("a kepler.gl map is of cells or areas, one by one; {advice}").into());
    }
    if of_areas { geometry_needed(layout, "a kepler.gl map of areas") } else { Ok(()) }
}

/// A map file of kepler.gl 2 and 3.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    // kepler.gl draws hexagons from their ids; areas need their geometries.
    let in_areas = layer.areas().is_some();
    check(layer.layout(), in_areas)?;
    let table = FeatureTable::of(layer, if in_areas { TableGeometry::Polygons } else { TableGeometry::None });
    let shapes = if in_areas { geojson::geometries(&table)? } else { Vec::new() };
    let id = table.columns.first().map_or(H3.name, |column| column.name.as_ref()).to_owned();
    let fields: Vec<Json> = table
        .columns
        .iter()
        .map(|column| {
            let (kind, analyzer) = match column.kind {
                ValueKind::Flag => ("boolean", "BOOLEAN"),
                ValueKind::Whole => ("integer", "INT"),
                ValueKind::Real => ("real", "FLOAT"),
                ValueKind::Text => ("string", "STRING"),
                ValueKind::Date => ("date", "DATE"),
            };
            let format = if column.kind == ValueKind::Date { "YYYY-M-D" } else { "" };
            json!({"name": column.name, "type": kind, "format": format, "analyzerType": analyzer})
        })
        .chain(in_areas.then(|| json!({"name": SHAPE, "type": "geojson", "format": "", "analyzerType": "GEOMETRY"})))
        .collect();
    let config = config(layer, &id);
    let about = serde_json::to_value(layer.provenance())?;
    writeln!(
        out,
        "{{\"datasets\":[{{\"version\":\"v1\",\"data\":{{\"id\":\"{DATA}\",\"label\":{},\"color\":[143,47,191],\"allData\":[",
        json!(layer.provenance().title)
    )?;
    for row in 0..table.len() {
        let value = |value: ColumnValue<'_>| match value {
            ColumnValue::Null => Json::Null,
            ColumnValue::Flag(flag) => flag.into(),
            ColumnValue::Whole(number) => number.into(),
            ColumnValue::Real(number) => number.into(),
            ColumnValue::Text(text) => text.into(),
            ColumnValue::Date(day) => day.to_string().into(),
        };
        let values: Json = table.columns.iter().map(|column| value(column.value(row))).collect();
        let mut values = values.to_string();
        if let Some(shape) = shapes.get(row) {
            values.truncate(values.len() - 1);
            values += &format!(",{{\"type\":\"Feature\",\"geometry\":{shape},\"properties\":{{}}}}]");
        }
        write!(out, "{}{values}", if row == 0 { "" } else { ",\n" })?;
    }
    let info = json!({"app": "kepler.gl", "source": "tensionmap", "title": layer.provenance().title,
                          "description": layer.provenance().marking});
    writeln!(
        out,
        "],\"fields\":{}}}}}],\"config\":{config},\"info\":{info},\"tensionmap\":{about}}}",
        Json::from(fields)
    )?;
    Ok(Vec::new())
}

/// Style of hexagons or areas by class, and the initial view.
fn config(layer: &Layer, id: &str) -> Json {
    // An ordinal scale colours the classes that occur in the order of their names.
    let mut classes: Vec<_> =
        layer.scores().cells.iter().map(|cell| layer.symbol(cell)).map(|class| (&class.value, class.colour)).collect();
    classes.sort_unstable();
    classes.dedup();
    let colours: Vec<String> = classes.iter().map(|(_, colour)| hex(*colour)).collect();
    let map: Vec<Json> = classes.iter().map(|(value, colour)| json!([value, hex(*colour)])).collect();
    let tooltip: Vec<Json> =
        [id, BAND.name, SCORE.name, LEVEL.name, STATUS.name, N_WINDOW.name, RR.name, TOP_CATEGORIES.name]
            .map(|name| json!({"name": name, "format": null}))
            .into();
    let range = json!({"name": "tension", "type": "custom", "category": "Custom", "colors": colours, "colorMap": map});
    let (latitude, longitude, zoom) = view(layer);
    let (id, kind, columns, appearance, mut channels) = match layer.areas() {
        None => (
            "cells",
            "hexagonId",
            json!({"hex_id": id}),
            json!({"opacity": 0.7, "colorRange": range, "coverage": 0.95, "enable3d": false, "sizeRange": [0, 500],
                   "coverageRange": [0, 1], "elevationScale": 5}),
            json!({"sizeField": null, "sizeScale": "linear", "coverageField": null, "coverageScale": "linear"}),
        ),
        Some(_) => (
            "areas",
            "geojson",
            json!({"geojson": SHAPE}),
            json!({"opacity": 0.7, "colorRange": range, "stroked": true, "filled": true, "strokeOpacity": 0.8,
                   "strokeColor": [255, 255, 255], "thickness": 0.5, "enable3d": false, "radius": 10}),
            json!({"strokeColorField": null, "strokeColorScale": "quantile", "sizeField": null, "sizeScale": "linear",
                   "heightField": null, "heightScale": "linear", "radiusField": null, "radiusScale": "linear"}),
        ),
    };
    channels["colorField"] = json!({"name": BAND.name, "type": "string"});
    channels["colorScale"] = "ordinal".into();
    json!({
        "version": "v1",
        "config": {
            "visState": {
                "filters": [],
                "layers": [{
                    "id": id,
                    "type": kind,
                    "config": {
                        "dataId": DATA, "label": layer.provenance().title, "color": [143, 47, 191],
                        "columns": columns, "isVisible": true, "visConfig": appearance, "hidden": false, "textLabel": []
                    },
                    "visualChannels": channels
                }],
                "interactionConfig": {
                    "tooltip": {"fieldsToShow": {DATA: tooltip}, "compareMode": false, "compareType": "absolute",
                                "enabled": true},
                    "brush": {"size": 0.5, "enabled": false}, "geocoder": {"enabled": false},
                    "coordinate": {"enabled": false}
                },
                "layerBlending": "normal", "splitMaps": [], "animationConfig": {"currentTime": null, "speed": 1}
            },
            "mapState": {"bearing": 0, "dragRotate": false, "latitude": latitude, "longitude": longitude, "pitch": 0,
                         "zoom": zoom, "isSplit": false},
            "mapStyle": {"styleType": "light"}
        }
    })
}

/// Latitude and longitude of the middle, and the zoom at which a map of about 800 pixels has everything.
fn view(layer: &Layer) -> (f64, f64, f64) {
    let cells = || layer.scores().cells.iter().map(|cell| h3o::LatLng::from(cell.cell));
    let place = |areas: &ScoredAreas| (0..areas.ids.len()).map(|row| areas.centre(row).x_y()).collect();
    let places: Vec<(f64, f64)> = layer.areas().map_or_else(|| cells().map(|at| (at.lng(), at.lat())).collect(), place);
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)))
    };
    let (south, north) = ends(&mut places.iter().map(|(_, lat)| *lat));
    let mut across = ends(&mut places.iter().map(|(lng, _)| *lng));
    // Across longitude 180°, the short way round.
    let turned = ends(&mut places.iter().map(|(lng, _)| lng.rem_euclid(360.0)));
    if turned.1 - turned.0 < across.1 - across.0 {
        across = turned;
    }
    if south > north {
        return (0.0, 0.0, 1.0);
    }
    let span = (across.1 - across.0).max(2.0 * (north - south)).max(0.005);
    let middle = |(from, to): (f64, f64)| f64::midpoint(from, to);
    let longitude = middle(across);
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let zoom = (800.0 / 512.0 * 360.0 / span).log2().clamp(0.0, 16.0);
    (round(middle((south, north))), round(if longitude > 180.0 { longitude - 360.0 } else { longitude }), round(zoom))
}
