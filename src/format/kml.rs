//! KML: its placemarks become GeoJSON features. Links to other files are never followed.

use std::borrow::Cow;

use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject, Position};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion, escape};
use serde_json::Value;

use super::heads::{has, is_xml};
use super::{FormatError, InputFormat, Source, geojson as json};

/// KML 2.2 and 2.3.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "kml",
    about: "KML with placemarks; values are those of ExtendedData, the name and the time",
    extensions: &["kml"],
    recognises,
    open: |source, options, notices| (json::FORMAT.open)(as_geojson(source, notices)?, options, notices),
};

pub(super) fn recognises(head: &[u8]) -> bool {
    is_xml(head.trim_ascii_start()) && has(head, "<kml")
}

/// Most levels of elements; what is deeper was made to break readers.
const MAX_DEPTH: usize = 64;

/// The placemarks as GeoJSON.
///
/// # Errors
/// Text that is not UTF-8, broken XML, links and no placemark.
pub(super) fn as_geojson(source: Source, notices: &mut Vec<String>) -> Result<Source, FormatError> {
    let file = source.name().to_owned();
    let text = source.read_text()?;
    let mut found = Placemarks::default();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    loop {
        let at = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Eof) if found.path.is_empty() => break,
            Ok(Event::Eof) => return Err(broken(&file, &text, at, "it is cut short")),
            Ok(event) => found.take(event).map_err(|problem| broken(&file, &text, at, problem))?,
            Err(error) => return Err(broken(&file, &text, at, &error.to_string())),
        }
    }
    let Placemarks { features, links, .. } = found;
    if links > 0 && features.is_empty() {
        let problem = "holds only links to other files, which are not followed; open it in Google Earth or QGIS, and save \
                       what it shows";
        return Err(FormatError::Unreadable { file, problem: problem.to_owned() });
    }
    if links > 0 {
        notices.push(format!("{file}: links to other files, which are not followed: {links}"));
    }
    let features = FeatureCollection { features, bbox: None, foreign_members: None };
    Source::bytes(&file, features.to_string().into_bytes())
}

fn broken(file: &str, text: &str, at: u64, problem: &str) -> FormatError {
    let before = usize::try_from(at).ok().and_then(|at| text.get(..at)).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    FormatError::broken(file, "KML", format!("line {line}: {problem}"))
}

/// The placemarks read so far, and the one at hand.
#[derive(Default)]
struct Placemarks {
    features: Vec<Feature>,
    links: u64,
    /// Names of the open elements, without their prefix.
    path: Vec<String>,
    /// Text of the element at hand.
    text: String,
    /// Name of the value at hand, as its element states it.
    name: String,
    /// Fields that a schema declares as numbers.
    numbers: Vec<String>,
    properties: JsonObject,
    geometries: Vec<GeometryValue>,
    /// Rings of the polygon at hand.
    rings: Vec<Vec<Position>>,
}

impl Placemarks {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(start) => {
                let attribute = |name: &str| {
                    let found = start.try_get_attribute(name).ok().flatten()?;
                    found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
                };
                let local = start.local_name().as_ref().to_owned();
                self.begin(&local, attribute);
                self.path.push(local);
                if self.path.len() > MAX_DEPTH {
                    return Err("it has more than 64 levels of elements");
                }
            }
            Event::End(_) => {
                let element = self.path.pop().ok_or("an element ends that did not begin")?;
                self.end(&element);
                self.text.clear();
            }
            Event::Text(text) => self.text += &text.xml10_content(),
            Event::CData(text) => self.text += &text.xml10_content(),
            Event::GeneralRef(reference) => {
                let written = format!("&{};", &*reference);
                // Entities that a document defines for itself stay as they are written.
                self.text += &escape::unescape(&written).unwrap_or_else(|_own| written.as_str().into());
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, element: &str, attribute: impl Fn(&str) -> Option<String>) {
        self.text.clear();
        match element {
            "Placemark" => {
                self.properties.clear();
                self.geometries.clear();
            }
            "Polygon" => self.rings.clear(),
            "Data" | "SimpleData" => self.name = attribute("name").unwrap_or_default(),
            "SimpleField" => {
                let is_number = attribute("type").is_some_and(|kind| kind != "string" && kind != "bool");
                self.numbers.extend(attribute("name").filter(|_| is_number));
            }
            "NetworkLink" => self.links += 1,
            _ => {}
        }
    }

    fn end(&mut self, element: &str) {
        let parent = self.path.last().map_or("", String::as_str);
        match (parent, element) {
            (_, "Placemark") => self.finish(),
            (_, "Polygon") => {
                let coordinates = std::mem::take(&mut self.rings);
                self.geometries.push(GeometryValue::Polygon { coordinates });
            }
            ("Point", "coordinates") => {
                let coordinates = positions(&self.text).pop().unwrap_or_else(|| Position::from(Vec::new()));
                self.geometries.push(GeometryValue::Point { coordinates });
            }
            ("LineString", "coordinates") => {
                self.geometries.push(GeometryValue::LineString { coordinates: positions(&self.text) });
            }
            ("LinearRing", "coordinates") => {
                let ring = positions(&self.text);
                if self.path.iter().any(|element| element == "Polygon") {
                    self.rings.push(ring);
                } else {
                    self.geometries.push(GeometryValue::LineString { coordinates: ring });
                }
            }
            ("Data", "value") | (_, "SimpleData") => {
                let name = std::mem::take(&mut self.name);
                self.put(name);
            }
            ("Placemark", "name" | "description" | "address") | ("TimeStamp" | "TimeSpan", _) => {
                self.put(element.to_owned());
            }
            _ => {}
        }
    }

    /// Keeps the text at hand as a property.
    fn put(&mut self, name: String) {
        let text = self.text.trim();
        let is_number = self.numbers.contains(&name) || self.path.last().is_some_and(|parent| parent == "Data");
        let number = is_number.then(|| serde_json::from_str(text).ok().map(Value::Number)).flatten();
        if !name.is_empty() {
            self.properties.insert(name, number.unwrap_or_else(|| Value::from(text)));
        }
    }

    fn finish(&mut self) {
        let geometries = std::mem::take(&mut self.geometries);
        let feature = Feature {
            geometry: joined(geometries).map(Geometry::new),
            properties: Some(std::mem::take(&mut self.properties)),
            ..Feature::default()
        };
        self.features.push(feature);
    }
}

/// One geometry of the parts of a placemark.
fn joined(mut geometries: Vec<GeometryValue>) -> Option<GeometryValue> {
    if geometries.len() < 2 {
        return geometries.pop();
    }
    let polygons = geometries.iter().map(|part| match part {
        GeometryValue::Polygon { coordinates } => Some(coordinates.clone()),
        _ => None,
    });
    if let Some(coordinates) = polygons.collect() {
        return Some(GeometryValue::MultiPolygon { coordinates });
    }
    Some(GeometryValue::GeometryCollection { geometries: geometries.into_iter().map(Geometry::new).collect() })
}

/// Positions of a text such as `-1.13,52.63,0 -1.12,52.64`; a word that is none has no coordinates.
fn positions(text: &str) -> Vec<Position> {
    let position = |word: &str| {
        let numbers: Option<Vec<f64>> = word.split(',').map(|number| number.parse().ok()).collect();
        Position::from(numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite())).unwrap_or_default())
    };
    text.split_ascii_whitespace().map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(inside: &str) -> Result<(String, Vec<String>), FormatError> {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{inside}</Document></kml>"
        );
        let mut notices = Vec::new();
        let source = as_geojson(Source::bytes("a.kml", text.into_bytes())?, &mut notices)?;
        Ok((source.read_text()?, notices))
    }

    #[test]
    fn a_placemark_is_a_feature() {
        let inside = r#"<Schema id="s"><SimpleField name="homes" type="int"/><SimpleField name="code" type="string"></SimpleField></Schema>
            <Placemark><name>A &amp; B</name><TimeStamp><when>2026-02-01</when></TimeStamp>
            <ExtendedData><Data name="kind"><value>fire</value></Data><SchemaData><SimpleData name="homes">12</SimpleData>
            <SimpleData name="code">007</SimpleData></SchemaData></ExtendedData>
            <MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 4,0,9 4,4 0,0</coordinates></LinearRing></outerBoundaryIs>
            <innerBoundaryIs><LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing></innerBoundaryIs></Polygon></MultiGeometry>
            </Placemark>"#;
        let (text, _) = features(inside).expect("KML");
        for part in [
            r#""name":"A & B""#,
            r#""when":"2026-02-01""#,
            r#""kind":"fire""#,
            r#""homes":12"#,
            r#""code":"007""#,
            r#""type":"Polygon""#,
            "[[1.0,1.0],[2.0,1.0],[2.0,2.0],[1.0,1.0]]",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn links_are_told_of_and_not_followed() {
        let link = "<NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>";
        let error = features(link).expect_err("nothing else");
        assert!(error.to_string().contains("holds only links to other files"), "{error}");
        let point = "<Placemark><Point><coordinates>1,2</coordinates></Point></Placemark>";
        let (_, notices) = features(&format!("{link}{point}")).expect("a placemark");
        assert_eq!(notices, ["a.kml: links to other files, which are not followed: 1"]);
    }

    #[test]
    fn broken_xml_is_an_error_with_its_line() {
        for inside in ["<Placemark>\n<name>", "\n</Folder>", &"<Folder>".repeat(100)] {
            let error = features(inside).expect_err("broken");
            assert!(matches!(error, FormatError::Broken { .. }), "{error}");
        }
    }
}
