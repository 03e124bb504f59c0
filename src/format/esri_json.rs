//! Esri JSON, the answer of a map service without `f=geojson`: its features become those of GeoJSON.

use geojson::{GeometryValue, Position};
use serde_json::{Map, Value, json};

use super::geometry::polygons_of_rings;
use super::heads::{begins, has};
use super::{FormatError, InputFormat, Source, geojson as geo_json, wkt};

/// Feature sets of the ArcGIS REST API.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "esri-json",
    about: "Esri JSON with points, lines or polygons; times are those that its fields declare",
    extensions: &["json"],
    recognises,
    open: |source, options, notices| (geo_json::FORMAT.open)(as_geojson(source)?, options, notices),
};

fn recognises(head: &[u8]) -> bool {
    let is_esri = has(head, "\"esriGeometry")
        || has(head, "\"spatialReference\"")
            && ["\"rings\"", "\"paths\"", "\"attributes\""].iter().any(|part| has(head, part));
    begins(head.trim_ascii_start(), "{")
        && is_esri
        && !has(head, "\"FeatureCollection\"")
        && !has(head, "\"coordinates\"")
}

/// The features as GeoJSON, in the reference system that they are in.
///
/// # Errors
/// Text that is not JSON, or has no features.
pub(super) fn as_geojson(source: Source) -> Result<Source, FormatError> {
    let file = source.name().to_owned();
    let broken = |problem: &str| FormatError::broken(&file, "Esri JSON", problem);
    let text = source.read_text()?;
    let set: Value = serde_json::from_str(&text).map_err(|error| broken(&error.to_string()))?;
    // A geometry by itself is a feature without values.
    let alone = [json!({ "geometry": set })];
    let features = match set["features"].as_array() {
        Some(features) => features.as_slice(),
        None if set.get("rings").or(set.get("paths")).or(set.get("x")).is_some() => &alone,
        None => return Err(broken("it has no `features`")),
    };
    let declared = set["fields"].as_array().map_or(&[][..], Vec::as_slice).iter();
    let times: Vec<&str> = declared
        .filter(|field| field["type"] == "esriFieldTypeDate")
        .filter_map(|field| field["name"].as_str())
        .collect();
    let features: Vec<Value> = features.iter().map(|feature| converted(feature, &times)).collect();
    let first = features.first().map(|_| &set["features"][0]["geometry"]["spatialReference"]);
    let stated = [&set["spatialReference"]].into_iter().chain(first).find_map(system);
    let mut collection = json!({ "type": "FeatureCollection" });
    if let Some(name) = stated {
        collection["crs"] = json!({ "type": "name", "properties": { "name": name } });
    }
    collection["exceededTransferLimit"] = set["exceededTransferLimit"].clone();
    collection["features"] = Value::Array(features);
    Source::bytes(&file, collection.to_string().into_bytes())
}

/// Name of a spatial reference; `None` where none is stated.
fn system(stated: &Value) -> Option<String> {
    let number = |key: &str| stated[key].as_u64();
    match (number("latestWkid").or(number("wkid")), stated["wkt"].as_str()) {
        (Some(102_100 | 102_113), _) => Some("EPSG:3857".to_owned()),
        // Numbers from here on are Esri's own.
        (Some(code @ 37_001..), _) => Some(format!("ESRI:{code}")),
        (Some(code), _) => Some(format!("EPSG:{code}")),
        (None, Some(text)) => Some(wkt::reference_system(text)),
        (None, None) => None,
    }
}

fn converted(feature: &Value, times: &[&str]) -> Value {
    let attributes = feature["attributes"].as_object().cloned().unwrap_or_default();
    let properties: Map<String, Value> = attributes
        .into_iter()
        .map(|(name, value)| {
            let moment = value.as_i64().filter(|_| times.contains(&name.as_str()));
            let moment = moment.and_then(|thousandths| jiff::Timestamp::from_millisecond(thousandths).ok());
            let value = moment.map_or(value, |moment| Value::from(moment.to_string()));
            (name, value)
        })
        .collect();
    json!({ "type": "Feature", "properties": properties, "geometry": geometry(&feature["geometry"]) })
}

/// A geometry as GeoJSON has it; null where there is none. One with arcs keeps its name, to be named in a message.
fn geometry(esri: &Value) -> Value {
    if let (Some(x), Some(y)) = (esri["x"].as_f64(), esri["y"].as_f64()) {
        return json!({ "type": "Point", "coordinates": [x, y] });
    }
    if let Some(points) = esri["points"].as_array() {
        return json!({ "type": "MultiPoint", "coordinates": points });
    }
    if let Some(paths) = esri["paths"].as_array() {
        return json!({ "type": "MultiLineString", "coordinates": paths });
    }
    if let Some(rings) = esri["rings"].as_array() {
        let position = |at: &Value| {
            let numbers: Option<Vec<f64>> = at.as_array()?.iter().take(2).map(Value::as_f64).collect();
            numbers.map(Position::from)
        };
        let ring = |ring: &Value| ring.as_array()?.iter().map(position).collect();
        let rings: Option<Vec<Vec<Position>>> = rings.iter().map(ring).collect();
        return match rings {
            Some(rings) if !rings.is_empty() => match polygons_of_rings(rings) {
                GeometryValue::Polygon { coordinates } => json!({ "type": "Polygon", "coordinates": coordinates }),
                GeometryValue::MultiPolygon { coordinates } => {
                    json!({ "type": "MultiPolygon", "coordinates": coordinates })
                }
                _ => Value::Null,
            },
            Some(_) => Value::Null,
            None => json!({ "type": "Polygon", "coordinates": esri["rings"] }),
        };
    }
    for arcs in ["curveRings", "curvePaths"] {
        if esri.get(arcs).is_some() {
            return json!({ "type": arcs, "coordinates": [] });
        }
    }
    Value::Null
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(text: &str) -> String {
        assert!(recognises(text.as_bytes()), "{text}");
        let source = Source::bytes("a.json", text.as_bytes().to_vec()).expect("bytes");
        as_geojson(source).and_then(Source::read_text).expect("features")
    }

    #[test]
    fn points_with_declared_times() {
        let text = r#"{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":102100,"latestWkid":3857},
            "fields":[{"name":"at","type":"esriFieldTypeDate"}],"exceededTransferLimit":true,
            "features":[{"attributes":{"at":1748892060000,"n":3},"geometry":{"x":1.5,"y":2}}]}"#;
        let text = converted(text);
        for part in
            [r#""name":"EPSG:3857""#, r#""at":"2025-06-02T19:21:00Z""#, r#""n":3"#, r#""coordinates":[1.5,2.0]"#]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains(r#""exceededTransferLimit":true"#), "{text}");
    }

    #[test]
    fn a_hole_of_rings_stays_a_hole() {
        let text = r#"{"geometryType":"esriGeometryPolygon","features":[{"geometry":{"rings":
            [[[0,0],[0,4],[4,4],[4,0],[0,0]],[[1,1],[2,1],[2,2],[1,2],[1,1]]]}}]}"#;
        let text = converted(text);
        assert!(text.contains(r#""type":"Polygon""#) && text.matches("[[").count() >= 2, "{text}");
    }
}
