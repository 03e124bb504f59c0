//! Reader of a context layer, feature by feature: only parts that a map may show are kept in memory.

use geo::{BoundingRect, Coord, Intersects, MultiPoint, Rect};

use super::{
    ContextError, ContextFile, ContextLayer, ContextLayerSummary, ContextShape, Extent, GeometryPart, PartKind, Style,
    cut, is_seam,
};
use crate::format::features::{Feature, Features, Property};
use crate::format::{Fault, FilePosition, FormatError, Geometries, Input, MAX_RECORD_BYTES, archive};
use crate::memory::Budget;

/// Features between two checks of memory.
const CHECK_EVERY: u64 = 1 << 12;

impl ContextFile {
    /// Checks the beginning of the file, so that its errors come before any report is read. The rest is only read once the cells
    /// are known: keeping it until then would have no bound.
    pub(crate) fn check(&self) -> Result<(), ContextError> {
        let failed = |source| FormatError::Io { file: self.input.name(), source };
        // A pipe can be read only once.
        let can_be_reopened = match &self.input {
            Input::Path(_) if archive::is_member(self.input.part().file) => true,
            Input::Path(_) => std::fs::metadata(self.input.part().file).map_err(failed)?.is_file(),
            input => !matches!(input, Input::Stdin),
        };
        if can_be_reopened {
            self.open()?;
        }
        Ok(())
    }

    fn open(&self) -> Result<Features, ContextError> {
        Features::open(&self.input, Geometries::Any, MAX_RECORD_BYTES)?.ok_or(ContextError::NotAFile)
    }

    /// Reads the features within an extent.
    pub(crate) fn read(&self, extent: Extent, memory: &Budget) -> Result<ContextLayer, ContextError> {
        let file = self.input.name();
        let mut features = self.open()?;
        let converter = features.converter.clone();
        let mut gathered = Gathered::default();
        loop {
            match features.next() {
                Ok(Some(feature)) => {
                    let position = feature.position;
                    match feature.parts(&converter) {
                        Ok(feature) => gathered.add(feature, extent),
                        Err(fault) => gathered.reject(position, &fault),
                    }
                }
                Ok(None) => break,
                Err(error) => return Err(error.into()),
            }
            if gathered.read().is_multiple_of(CHECK_EVERY) {
                let (bytes, advice) =
                    (gathered.points * size_of::<Coord>() as u64, "give one that is coarser, or cut to the place");
                memory.allow(bytes, "what is drawn of a file of --context", advice)?;
            }
        }
        if let Some(first) = gathered.first.as_ref().filter(|_| gathered.read() == gathered.unusable) {
            let (read, first) = (gathered.read(), first.clone());
            return Err(ContextError::NothingDrawn { file, read, first });
        }
        Ok(self.layer(gathered, extent))
    }

    fn layer(&self, mut gathered: Gathered, extent: Extent) -> ContextLayer {
        let style = self.style.unwrap_or_else(|| gathered.style());
        if !style.is_named {
            gathered.shapes.iter_mut().for_each(|shape| shape.name = None);
        }
        let name = self.input.file_name();
        let (place, read) = (self.place.unwrap_or(style.place), gathered.read());
        let Gathered { inside, outside, unusable, shapes, first: first_unusable, .. } = gathered;
        let about = ContextLayerSummary { name, style: style.name.into(), place, read, inside, outside, unusable };
        ContextLayer { about, style, shapes, extent, first_unusable, is_style_chosen: self.style.is_none() }
    }
}

/// Features read so far.
#[derive(Default)]
struct Gathered {
    inside: u64,
    outside: u64,
    unusable: u64,
    /// Reason of the first unusable feature.
    first: Option<String>,
    shapes: Vec<ContextShape>,
    /// Positions that were kept.
    points: u64,
    /// Features with polygons, lines, and points.
    kinds: [u64; 3],
    is_named: bool,
}

impl Gathered {
    fn read(&self) -> u64 {
        self.inside + self.outside + self.unusable
    }

    /// The style of what most features are.
    fn style(&self) -> &'static Style {
        let [polygons, lines, points] = self.kinds;
        let name = if points > polygons.max(lines) {
            if self.is_named { "places" } else { "points" }
        } else if lines > polygons {
            "roads"
        } else {
            "boundaries"
        };
        Style::named(name).unwrap_or(&super::STYLES[0])
    }

    fn reject(&mut self, position: FilePosition, fault: &Fault) {
        self.unusable += 1;
        self.first.get_or_insert_with(|| {
            let (line, byte) = (position.line.unwrap_or(1), position.byte.unwrap_or_default());
            format!("line {line}, byte {byte}: found {}, expected {}", fault.found, fault.expected)
        });
    }

    fn add(&mut self, feature: Feature<'_>, extent: Extent) {
        let has = |kind: PartKind| feature.parts.iter().any(|part| part.kind == kind);
        let kind = [has(PartKind::Ring), has(PartKind::Line), true].iter().position(|&has| has).unwrap_or(2);
        self.kinds[kind] += 1;
        let name = name(&feature);
        self.is_named |= kind == 2 && name.is_some();
        let (mut parts, mut is_inside) = (Vec::new(), false);
        // A hole goes where its ring goes.
        for polygon in feature.parts.chunk_by(|_, next| next.kind == PartKind::Hole) {
            let mut polygon: Vec<GeometryPart> = polygon.iter().map(unrolled).collect();
            let Some(bounds) = polygon.first().and_then(|part| bounds(&part.at)) else { continue };
            for hole in polygon.iter_mut().skip(1) {
                let away = hole.at.first().map_or(0.0, |at| ((bounds.center().x - at.x) / 360.0).round() * 360.0);
                hole.at.iter_mut().for_each(|at| at.x += away);
            }
            for turn in [-720.0, -360.0, 0.0, 360.0, 720.0] {
                let moved = Rect::new(by(bounds.min(), turn), by(bounds.max(), turn));
                if !moved.intersects(&extent.all) {
                    continue;
                }
                for part in &polygon {
                    let at: Vec<Coord> = part.at.iter().map(|&at| by(at, turn)).collect();
                    is_inside = is_inside || (part.kind != PartKind::Hole && reaches(part.kind, &at, extent.cells));
                    keep(part.kind, at, extent, &mut parts);
                }
            }
        }
        *(if is_inside { &mut self.inside } else { &mut self.outside }) += 1;
        if parts.is_empty() {
            return;
        }
        self.points += parts.iter().map(|part| part.at.len() as u64 + 2).sum::<u64>();
        let number = |names: &[&str]| {
            let is_one = |key: &str| names.iter().any(|name| key.eq_ignore_ascii_case(name));
            let (_, value) = feature.properties.iter().find(|(key, _)| is_one(key))?;
            if let Property::Number(number) = value { Some(*number).filter(|number| number.is_finite()) } else { None }
        };
        let (population, rank) = (number(&POPULATIONS), number(&RANKS));
        let code = name.as_ref().and_then(|_| code(&feature));
        self.shapes.push(ContextShape { parts, name, code, population, rank });
    }
}

/// Properties that say how important a place is.
const POPULATIONS: [&str; 4] = ["pop_max", "population", "pop", "pop_est"];
const RANKS: [&str; 3] = ["scalerank", "min_zoom", "rank"];

/// Name of a feature: `name`, or a column of an official register such as `WD13NM`.
fn name(feature: &Feature<'_>) -> Option<String> {
    let text = |wanted: &dyn Fn(&str) -> bool| {
        feature.properties.iter().find_map(|(key, value)| match value {
            Property::Text(text) if wanted(key) && !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        })
    };
    text(&|key| key.eq_ignore_ascii_case("name")).or_else(|| text(&|key| key.len() > 2 && key.ends_with("NM")))
}

/// Code of a feature: `code`, `id`, or a column of an official register such as `WD13CD`.
fn code(feature: &Feature<'_>) -> Option<String> {
    let value = |wanted: &dyn Fn(&str) -> bool| {
        feature.properties.iter().find_map(|(key, value)| match value {
            Property::Text(text) if wanted(key) && !text.trim().is_empty() => Some(text.trim().to_owned()),
            Property::Number(number) if wanted(key) && number.is_finite() => Some(number.to_string()),
            _ => None,
        })
    };
    let is_named = |name: &'static str| value(&move |key| key.eq_ignore_ascii_case(name));
    let of_register = value(&|key| key.len() > 2 && key.ends_with("CD"));
    ["code", "ref"]
        .into_iter()
        .find_map(is_named)
        .or(of_register)
        .or_else(|| ["geoid", "gid", "id"].into_iter().find_map(is_named))
}

fn by(at: Coord, turn: f64) -> Coord {
    Coord { x: at.x + turn, y: at.y }
}

fn bounds(at: &[Coord]) -> Option<Rect> {
    at.iter().copied().map(geo::Point::from).collect::<MultiPoint>().bounding_rect()
}

/// A part whose longitudes run on where they jump across 180°, so that nothing is smeared over the map.
fn unrolled(part: &GeometryPart) -> GeometryPart {
    let GeometryPart { kind, at } = part;
    if *kind == PartKind::Points {
        return part.clone();
    }
    let is_jump = |step: f64| step.abs() > 180.0 && (*kind == PartKind::Line || step.abs() < 360.0);
    let closing = at.first().zip(at.last()).map_or(0.0, |(first, last)| first.x - last.x);
    if !at.windows(2).any(|pair| is_jump(pair[1].x - pair[0].x)) && (*kind == PartKind::Line || !is_jump(closing)) {
        return part.clone();
    }
    let (mut turned, mut before) = (0.0, at[0].x);
    let mut run = |at: &Coord| {
        let step = at.x - before;
        before = at.x;
        if is_jump(step) {
            turned -= 360.0 * step.signum();
        }
        Coord { x: at.x + turned, y: at.y }
    };
    let mut on: Vec<Coord> = at.iter().map(&mut run).collect();
    let (first, end) = (at[0], run(&at[0]));
    if *kind != PartKind::Line && (end.x - first.x).abs() > 180.0 {
        // Once round the world: it goes back along the pole that it is nearer to.
        let pole = 90.0_f64.copysign(on.iter().map(|at| at.y).sum());
        on.extend([end, Coord { x: end.x, y: pole }, Coord { x: first.x, y: pole }]);
    }
    GeometryPart { kind: *kind, at: on }
}

/// True if a part reaches into a rectangle.
fn reaches(kind: PartKind, at: &[Coord], within: Rect) -> bool {
    match kind {
        PartKind::Points => at.iter().any(|at| within.intersects(at)),
        PartKind::Line => !cut::line(at, within).is_empty(),
        PartKind::Ring | PartKind::Hole => !cut::ring(at.to_vec(), within).is_empty(),
    }
}

/// Keeps the stretch of a part that a map may show.
fn keep(kind: PartKind, at: Vec<Coord>, extent: Extent, parts: &mut Vec<GeometryPart>) {
    let snapped = |at: Vec<Coord>| cut::snapped(at.into_iter(), extent.min_step, is_seam);
    let kept: Vec<Vec<Coord>> = match kind {
        PartKind::Points => vec![at.into_iter().filter(|at| extent.all.intersects(at)).collect()],
        PartKind::Line => cut::line(&snapped(at), extent.all),
        PartKind::Ring | PartKind::Hole => vec![cut::ring(snapped(at), extent.all)],
    };
    parts.extend(kept.into_iter().filter(|at| !at.is_empty()).map(|at| GeometryPart { kind, at }));
}

#[cfg(test)]
mod tests {
    use geo::{Area, LineString, Polygon};

    use super::*;

    fn at(x: f64, y: f64) -> Coord {
        Coord { x, y }
    }

    fn gathered(cells: &[(f64, f64)], features: &str) -> (Extent, Gathered) {
        let cell =
            |&(lat, lng): &(f64, f64)| h3o::LatLng::new(lat, lng).expect("a place").to_cell(h3o::Resolution::Five);
        let extent = Extent::of(cells.iter().map(cell)).expect("cells");
        let input = Input::Bytes("a.geojson".to_owned(), features.into());
        let source = Features::open(&input, Geometries::Any, MAX_RECORD_BYTES).expect("GeoJSON");
        let mut source = source.expect("a file");
        let converter = source.converter.clone();
        let mut gathered = Gathered::default();
        while let Some(feature) = source.next().expect("JSON") {
            gathered.add(feature.parts(&converter).expect("a feature"), extent);
        }
        (extent, gathered)
    }

    fn ground(part: &GeometryPart) -> f64 {
        Polygon::new(LineString::new(part.at.clone()), Vec::new()).unsigned_area()
    }

    /// A square cut at 180°, not cut, and with longitudes up to 360: each covers equal ground of a map across it.
    #[test]
    fn what_crosses_180_degrees_is_drawn_across_it() {
        let ring =
            |west: f64, east: f64| format!("[[[{west},-18],[{east},-18],[{east},-17],[{west},-17],[{west},-18]]]");
        let polygon = |rings: String| format!(r#"{{"type":"Polygon","coordinates":{rings}}}"#);
        let cut =
            format!(r#"{{"type":"MultiPolygon","coordinates":[{},{}]}}"#, ring(179.5, 180.0), ring(-180.0, -179.5));
        let cells = [(-17.5, 179.6), (-17.5, 180.0), (-17.5, -179.6)];
        for text in [cut, polygon(ring(179.5, -179.5)), polygon(ring(179.5, 180.5)), polygon(ring(-180.5, -179.5))] {
            let (extent, gathered) = gathered(&cells, &text);
            let parts: Vec<&GeometryPart> = gathered.shapes.iter().flat_map(|shape| &shape.parts).collect();
            let all: f64 = parts.iter().map(|part| ground(part)).sum();
            assert!((all - 1.0).abs() < 1e-3, "{text}: {all}");
            let inside = |at: &Coord| (179.49..=180.51).contains(&at.x);
            assert!(parts.iter().all(|part| part.at.iter().all(inside)), "{text}: {parts:?}");
            // No line along the cut.
            let edges = parts.iter().flat_map(|part| part.at.iter().zip(part.at.iter().cycle().skip(1)));
            let drawn = edges.filter(|(from, to)| !extent.is_cut(**from, **to) && (from.x - to.x).abs() < 1e-9);
            assert!(drawn.count() == 2, "{text}: {parts:?}");
        }
        // From the other side of the world nothing is smeared over Greenwich.
        let (_, greenwich) = gathered(&[(0.0, 0.0)], &polygon(ring(179.5, -179.5)));
        assert_eq!((greenwich.inside, greenwich.outside, greenwich.shapes.len()), (0, 1, 0));
    }

    #[test]
    fn a_ring_round_a_pole_holds_the_pole() {
        let at = vec![at(0.0, 70.0), at(120.0, 70.0), at(-120.0, 70.0)];
        let round = unrolled(&GeometryPart { kind: PartKind::Ring, at });
        let (low, high) = bounds(&round.at).map(|bounds| (bounds.min(), bounds.max())).expect("bounds");
        assert_eq!((low.x, high.x, high.y), (0.0, 360.0, 90.0));
        assert!((ground(&round) - 360.0 * 20.0).abs() < 1e-9, "{round:?}");
    }

    /// A line from 180° to −180° is at one place; the side of a ring may go all round the world.
    #[test]
    fn all_round_the_world_is_for_ground_only() {
        let ends = vec![at(180.0, 5.0), at(-180.0, 5.0)];
        assert_eq!(unrolled(&GeometryPart { kind: PartKind::Line, at: ends.clone() }).at[1], at(180.0, 5.0));
        let band = [ends, vec![at(-180.0, 7.0), at(180.0, 7.0)]].concat();
        assert_eq!(unrolled(&GeometryPart { kind: PartKind::Ring, at: band.clone() }).at, band);
    }

    /// Memory follows the picture, not the file: a line of 200,000 points within a city keeps what a print can show.
    #[test]
    fn what_no_print_shows_is_not_kept() {
        let points: Vec<String> = (0..200_000).map(|k| format!("[{},{}]", 0.1 + f64::from(k) * 1e-6, 51.5)).collect();
        let text = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, points.join(","));
        let (_, gathered) = gathered(&[(51.5, 0.0), (51.5, 0.3)], &text);
        assert!(gathered.inside == 1 && (1000..20_000).contains(&gathered.points), "{}", gathered.points);
    }

    #[test]
    fn names_are_those_of_people_or_registers() {
        for (properties, expected) in [
            (r#"{"NAME": "Oadby"}"#, Some("Oadby")),
            (r#"{"WD13CD": "E05", "WD13NM": " Fosse "}"#, Some("Fosse")),
            (r#"{"LAD": "x", "name": ""}"#, None),
            (r#"{"name": 3}"#, None),
        ] {
            let text = format!(
                r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Point","coordinates":[0.1,51.5]}}}}"#
            );
            let (_, gathered) = gathered(&[(51.5, 0.1)], &text);
            assert_eq!(gathered.shapes[0].name.as_deref(), expected, "{properties}");
        }
    }
}
