//! Makes the embedded sample in `data/`: Dogger Haven, a city that does not exist, on a sandbank where nobody lives.
//!
//! `cargo run --example make_sample` writes the same bytes every time: the only source of chance is the seed below, and no
//! function whose last digit differs between machines is used.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::type_complexity,
    reason = "small numbers made here, and tables written as they are read"
)]

use std::fs;
use std::path::Path;

use polars::prelude::{Column, DataFrame};
use polars_io::parquet::write::ParquetWriter;
use serde_json::{Map, Value, json};
use tensionmap::{Category, Day};

type Failure = Box<dyn std::error::Error>;

/// Centre of the city in degrees, and its half-axes.
const CENTRE: (f64, f64) = (2.31, 54.76);
const HALF_AXES: (f64, f64) = (0.055, 0.029);
/// Small areas along each side.
const SIDE: usize = 8;
const FIRST: &str = "2024-01-01";
/// Days up to the end of February 2026, so that no month in the files is still running at the as-of.
const DAYS: u64 = 790;
const QUARTERS: [&str; 8] =
    ["Herring Row", "Netmakers", "Lanternside", "Sandbank", "Chandlery", "Tidewell", "Ropewalk", "Gull Green"];

/// `SplitMix64` (Steele, Lea & Flood 2014): six lines that will give the same numbers in any year.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn one_of<T: Copy>(&mut self, weighted: &[(T, u64)]) -> T {
        let mut left = self.below(weighted.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in weighted {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        weighted[0].0
    }
}

/// A report on its way into the files; empty text where nothing is stated.
struct Report {
    occurred_at: String,
    reported_at: String,
    category: Category,
    strand: &'static str,
    severity: Option<u64>,
    grade: &'static str,
    source: &'static str,
    at: Option<(f64, f64)>,
}

/// The city: a lattice bent into an oval, whose meshes are the small areas.
struct City {
    corners: Vec<(f64, f64)>,
}

impl City {
    fn new(chance: &mut Chance) -> Self {
        let mut corners = Vec::new();
        for row in 0..=SIDE {
            for column in 0..=SIDE {
                let inside = row % SIDE != 0 && column % SIDE != 0;
                let mut shift = || if inside { (chance.unit() - 0.5) * 0.12 } else { (chance.unit() - 0.5) * 0.05 };
                let x = column as f64 / SIDE as f64 * 2.0 - 1.0 + shift();
                let y = row as f64 / SIDE as f64 * 2.0 - 1.0 + shift();
                let (across, up) = (x * (1.0 - y * y / 2.0).sqrt(), y * (1.0 - x * x / 2.0).sqrt());
                corners.push((rounded(CENTRE.0 + across * HALF_AXES.0), rounded(CENTRE.1 + up * HALF_AXES.1)));
            }
        }
        Self { corners }
    }

    fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        self.corners[row * (SIDE + 1) + column]
    }

    /// Corners of an area, counter-clockwise and closed.
    fn ring(&self, area: usize) -> Vec<(f64, f64)> {
        let (row, column) = (area / SIDE, area % SIDE);
        [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)].map(|(up, right)| self.corner(row + up, column + right)).to_vec()
    }

    fn boundary(&self) -> Vec<(f64, f64)> {
        let south = (0..SIDE).map(|column| self.corner(0, column));
        let east = (0..SIDE).map(|row| self.corner(row, SIDE));
        let north = (1..=SIDE).rev().map(|column| self.corner(SIDE, column));
        let west = (0..=SIDE).rev().map(|row| self.corner(row, 0));
        south.chain(east).chain(north).chain(west).collect()
    }

    /// A position in an area.
    fn place(&self, area: usize, chance: &mut Chance) -> (f64, f64) {
        let ring = self.ring(area);
        let (u, v) = (chance.unit(), chance.unit());
        let mix = |axis: fn(&(f64, f64)) -> f64| {
            let along = |a: usize, b: usize| axis(&ring[a]) * (1.0 - u) + axis(&ring[b]) * u;
            rounded(along(0, 1) * (1.0 - v) + along(3, 2) * v)
        };
        (mix(|at| at.0), mix(|at| at.1))
    }

    /// 0 in the middle, 1 at the edge.
    fn remoteness(area: usize) -> f64 {
        let off = |index: usize| ((index as f64 + 0.5) / SIDE as f64 * 2.0 - 1.0).abs();
        off(area / SIDE).max(off(area % SIDE))
    }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

/// Background: category, number of reports and their source.
const EVERYDAY: [(Category, u64, &[(&str, u64)]); 14] = {
    use Category as C;
    [
        (C::Asb, 2000, &[("Police", 5), ("Council wardens", 4), ("Housing association", 3)]),
        (C::CriminalDamage, 760, &[("Police", 1)]),
        (C::PublicOrder, 720, &[("Police", 1)]),
        (C::Violence, 700, &[("Police", 1)]),
        (C::ServicePressure, 380, &[("Housing association", 3), ("Council wardens", 1)]),
        (C::GraffitiOther, 300, &[("Council wardens", 1)]),
        (C::NotTension, 300, &[("Police", 1)]),
        (C::HateIncident, 200, &[("Community network", 3), ("Schools", 1)]),
        (C::PositiveCohesion, 150, &[("Community network", 1)]),
        (C::GraffitiHate, 90, &[("Council wardens", 1)]),
        (C::School, 80, &[("Schools", 1)]),
        (C::HateCrime, 80, &[("Police", 1)]),
        (C::PlanningDispute, 60, &[("Council wardens", 1)]),
        (C::RumourMisinformation, 50, &[("Community network", 1)]),
    ]
};

/// The episode, week by week: first day, categories and numbers of reports in its two neighbourhoods.
const EPISODE: [(&str, &[(Category, &str, u64, u64)]); 5] = {
    use Category as C;
    [
        (
            "2026-01-26",
            &[(C::RumourMisinformation, "Community network", 6, 0), (C::OnlineMobilisation, "Schools", 2, 0)],
        ),
        (
            "2026-02-02",
            &[(C::LeafletStickerFlag, "Council wardens", 7, 1), (C::RumourMisinformation, "Community network", 4, 1)],
        ),
        (
            "2026-02-09",
            &[
                (C::AsylumAccommodation, "Community network", 6, 1),
                (C::GraffitiHate, "Council wardens", 4, 1),
                (C::IntimidationThreat, "Community network", 3, 1),
                (C::ProtestPeaceful, "Police", 2, 0),
            ],
        ),
        (
            "2026-02-16",
            &[
                (C::ProtestDisorder, "Police", 4, 1),
                (C::PublicOrder, "Police", 9, 4),
                (C::CriminalDamage, "Police", 5, 2),
                (C::HateIncident, "Schools", 3, 2),
            ],
        ),
        (
            "2026-02-23",
            &[
                (C::ProtestDisorder, "Police", 6, 4),
                (C::Violence, "Police", 8, 6),
                (C::PublicOrder, "Police", 9, 8),
                (C::Arson, "Police", 2, 1),
                (C::IntimidationThreat, "Community network", 4, 5),
                (C::HateCrime, "Police", 4, 3),
            ],
        ),
    ]
};
/// The two neighbourhoods of the episode, side by side.
const FIRST_HIT: usize = 43;
const THEN_HIT: usize = 44;

fn reports(city: &City, chance: &mut Chance) -> Result<Vec<Report>, Failure> {
    let first: Day = FIRST.parse()?;
    let busy: Vec<(usize, u64)> = (0..SIDE * SIDE)
        .map(|area| (area, 4 + (40.0 * (1.0 - City::remoteness(area))) as u64 + chance.below(12)))
        .collect();
    let mut reports = Vec::new();
    for (category, n, sources) in EVERYDAY {
        for _ in 0..n {
            let source = chance.one_of(sources);
            let area = chance.one_of(&busy);
            let day = first + chance.below(DAYS) as i32;
            reports.push(report(category, source, day, city.place(area, chance), chance));
        }
    }
    for (week, events) in EPISODE {
        let week: Day = week.parse()?;
        for &(category, source, here, there) in events {
            for nth in 0..here + there {
                let area = if nth < here { FIRST_HIT } else { THEN_HIT };
                let day = week + chance.below(7) as i32;
                reports.push(report(category, source, day, city.place(area, chance), chance));
            }
        }
    }
    // What is still to come: a march announced for the week after the as-of day.
    for (day, known, area) in [("2026-03-07", "2026-02-26", FIRST_HIT), ("2026-03-07", "2026-02-27", THEN_HIT)] {
        let mut coming = report(Category::AnniversaryFixture, "Police", day.parse()?, city.place(area, chance), chance);
        known.clone_into(&mut coming.reported_at);
        reports.push(coming);
    }
    for _ in 0..43 {
        let index = chance.below(reports.len() as u64) as usize;
        reports[index].at = None;
    }
    reports.sort_by(|a, b| (&a.occurred_at, a.category, a.source).cmp(&(&b.occurred_at, b.category, b.source)));
    Ok(reports)
}

fn report(category: Category, source: &'static str, day: Day, at: (f64, f64), chance: &mut Chance) -> Report {
    // The housing association files by month; a fifth of the wardens' reports came in late.
    let monthly = source == "Housing association";
    let late = source == "Council wardens" && chance.below(5) == 0;
    let graded = matches!(source, "Community network" | "Schools");
    Report {
        occurred_at: if monthly { day.to_string()[..7].to_owned() } else { day.to_string() },
        reported_at: if late { (day + 1 + chance.below(9) as i32).to_string() } else { String::new() },
        category,
        strand: if category == Category::PublicOrder && chance.below(20) == 0 { "experienced" } else { "" },
        severity: (chance.below(3) == 0).then(|| 1 + chance.below(5)),
        grade: if graded { chance.one_of(&[("1A", 2), ("2B", 5), ("2C", 3), ("3D", 2), ("B2", 1)]) } else { "" },
        source,
        at: Some(at),
    }
}

fn main() -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut chance = Chance(20_260_302);
    let city = City::new(&mut chance);
    let areas = (0..SIDE * SIDE).map(|area| {
        let remote = City::remoteness(area);
        let deprivation = ((62.0 - 44.0 * remote + 14.0 * chance.unit()) * 10.0).round() / 10.0;
        let population = 900 + (900.0 * (1.0 - remote)) as u64 + chance.below(500);
        let name = format!("{} {}", QUARTERS[area / SIDE], area % SIDE + 1);
        let properties = json!({"code": format!("D{:02}", area + 1), "name": name,
                                "deprivation": deprivation, "population": population});
        feature(json!({"type": "Polygon", "coordinates": [city.ring(area)]}), properties)
    });
    fs::write(folder.join("areas.geojson"), collection(areas.collect()))?;
    let boundary = json!({"type": "Polygon", "coordinates": [city.boundary()]});
    fs::write(folder.join("boundary.geojson"), collection(vec![feature(boundary, json!({"name": "Dogger Haven"}))]))?;

    let reports = reports(&city, &mut chance)?;
    fs::write(folder.join("incidents.csv"), csv(&reports))?;
    fs::write(folder.join("incidents.geojson"), geojson(&reports))?;
    parquet(&reports, &folder.join("incidents.parquet"))
}

fn feature(geometry: Value, properties: Value) -> String {
    json!({"type": "Feature", "geometry": geometry, "properties": properties}).to_string()
}

fn collection(features: Vec<String>) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

fn id(index: usize) -> String {
    format!("DH-{:05}", index + 1)
}

fn csv(reports: &[Report]) -> String {
    let mut csv = "report_id,occurred_at,reported_at,category,strand,severity,grade,source,lon,lat\n".to_owned();
    for (index, report) in reports.iter().enumerate() {
        let (lon, lat) = report.at.map_or((String::new(), String::new()), |at| (at.0.to_string(), at.1.to_string()));
        let severity = report.severity.map_or(String::new(), |severity| severity.to_string());
        let Report { occurred_at, reported_at, strand, grade, source, .. } = report;
        let category = report.category.id();
        csv += &format!(
            "{},{occurred_at},{reported_at},{category},{strand},{severity},{grade},{source},{lon},{lat}\n",
            id(index)
        );
    }
    csv
}

fn geojson(reports: &[Report]) -> String {
    let features = reports.iter().enumerate().map(|(index, report)| {
        let text = [
            ("occurred_at", report.occurred_at.as_str()),
            ("reported_at", &report.reported_at),
            ("category", report.category.id()),
            ("strand", report.strand),
            ("grade", report.grade),
            ("source", report.source),
        ];
        let mut properties = Map::from_iter([("report_id".to_owned(), json!(id(index)))]);
        properties
            .extend(text.iter().filter(|(_, text)| !text.is_empty()).map(|&(k, text)| (k.to_owned(), json!(text))));
        properties.extend(report.severity.map(|severity| ("severity".to_owned(), json!(severity))));
        let geometry = report.at.map_or(Value::Null, |at| json!({"type": "Point", "coordinates": at}));
        feature(geometry, Value::Object(properties))
    });
    collection(features.collect())
}

fn parquet(reports: &[Report], path: &Path) -> Result<(), Failure> {
    fn text<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Column {
        let values: Vec<Option<&str>> = values.map(|value| (!value.is_empty()).then_some(value)).collect();
        Column::new(name.into(), values)
    }
    let ids: Vec<String> = (0..reports.len()).map(id).collect();
    let severity: Vec<Option<u32>> = reports.iter().map(|report| report.severity.map(|s| s as u32)).collect();
    let lon: Vec<Option<f64>> = reports.iter().map(|report| report.at.map(|at| at.0)).collect();
    let lat: Vec<Option<f64>> = reports.iter().map(|report| report.at.map(|at| at.1)).collect();
    let columns = vec![
        text("report_id", ids.iter().map(String::as_str)),
        text("occurred_at", reports.iter().map(|report| report.occurred_at.as_str())),
        text("reported_at", reports.iter().map(|report| report.reported_at.as_str())),
        text("category", reports.iter().map(|report| report.category.id())),
        text("strand", reports.iter().map(|report| report.strand)),
        Column::new("severity".into(), severity),
        text("grade", reports.iter().map(|report| report.grade)),
        text("source", reports.iter().map(|report| report.source)),
        Column::new("lon".into(), lon),
        Column::new("lat".into(), lat),
    ];
    let mut frame = DataFrame::new(reports.len(), columns)?;
    ParquetWriter::new(fs::File::create(path)?).finish(&mut frame)?;
    Ok(())
}
