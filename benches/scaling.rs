//! Growth of time and memory with rows, cells and dates: whole processes, measured from outside, and a chart.
//!
//! `TENSIONMAP_PEERS=FOLDER cargo bench -- scaling-curve`, where the folder holds `inc_100000.parquet` to `inc_100000000.parquet` of
//! `../shared/peers/gen.py`. Writes `benches/scaling.csv` and `benches/scaling.svg`. It takes some minutes, and GNU time.

use std::path::Path;
use std::process::Command;

use plotters::prelude::*;
use plotters::style::register_font;

/// One process: size of its input, time and memory.
#[derive(Clone, Copy, Debug)]
struct Point {
    size: f64,
    wall: f64,
    cpu: f64,
    megabytes: f64,
}

/// A quantity that grows, and the measured points.
struct Curve {
    name: &'static str,
    points: Vec<Point>,
}

const ROUNDS: usize = 3;
const BIN: &str = env!("CARGO_BIN_EXE_tensionmap");

pub(crate) fn draw() {
    let folder = std::env::var("TENSIONMAP_PEERS").unwrap_or_default();
    let folder = Path::new(&folder);
    let scratch = tempfile::tempdir().unwrap();
    let file = |rows: u64| folder.join(format!("inc_{rows}.parquet")).display().to_string();
    if !Path::new(&file(100_000)).exists() {
        eprintln!("skipped: TENSIONMAP_PEERS does not name the folder of inc_100000.parquet and larger ones");
        return;
    }
    let map = |rows: u64, resolution: &str| {
        let (input, out) = (file(rows), scratch.path().join("x").display().to_string());
        let outputs = [format!("{out}.png"), format!("{out}.geojson")];
        let mut args = vec!["map", &input, "--resolution", resolution, "--as-of", "2025-01-01", "--json", "-q"];
        args.extend(["-o", &outputs[0], "-o", &outputs[1]]);
        measured(&args)
    };
    let rows = [100_000, 316_228, 1_000_000, 3_162_278, 10_000_000, 31_622_777, 100_000_000];
    let rows = rows.into_iter().filter(|&rows| Path::new(&file(rows)).exists());
    let rows = rows.map(|rows| Point { size: rows as f64, ..map(rows, "9").0 }).collect();
    let cells = ["6", "7", "8", "9", "10", "11"].map(|resolution| {
        let (point, summary) = map(1_000_000, resolution);
        let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
        Point { size: summary["provenance"]["study_cells"].as_f64().unwrap(), ..point }
    });
    let dates = [1, 10, 50, 100, 365].map(|dates: i32| {
        let (input, out) = (file(1_000_000), scratch.path().join("x.csv").display().to_string());
        let last: tensionmap::Day = "2025-01-01".parse().unwrap();
        let first = (last - (dates - 1)).to_string();
        let args = [
            "series",
            &input,
            "--resolution",
            "8",
            "--from",
            &first,
            "--to",
            "2025-01-01",
            "--every",
            "1d",
            "-o",
            &out,
        ];
        Point { size: f64::from(dates), ..measured(&[&args[..], &["-q"]].concat()).0 }
    });
    let curves = [
        Curve { name: "rows", points: rows },
        Curve { name: "cells", points: cells.to_vec() },
        Curve { name: "dates", points: dates.to_vec() },
    ];
    let place = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name);
    std::fs::write(place("scaling.csv"), table(&curves)).unwrap();
    picture(&curves, &place("scaling.svg"));
    eprint!("{}", table(&curves));
}

/// A process by its arguments: the median of three rounds, and its standard output.
fn measured(args: &[&str]) -> (Point, String) {
    let run = || {
        let out = Command::new("/usr/bin/time").args(["-f", "%e %U %S %M", BIN]).args(args).output().unwrap();
        let figures = String::from_utf8_lossy(&out.stderr);
        // A report or two in a skipped hour is quarantined: exit code 3, which GNU time reports in a line of its own.
        assert!(matches!(out.status.code(), Some(0 | 3)), "{args:?}: {figures}");
        let last: Vec<f64> = figures.lines().last().unwrap().split(' ').map(|word| word.parse().unwrap()).collect();
        let point = Point { size: 0.0, wall: last[0], cpu: last[1] + last[2], megabytes: last[3] / 1000.0 };
        (point, String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let mut runs: Vec<(Point, String)> = (0..ROUNDS).map(|_| run()).collect();
    runs.sort_by(|a, b| a.0.wall.total_cmp(&b.0.wall));
    runs.swap_remove(ROUNDS / 2)
}

fn table(curves: &[Curve]) -> String {
    let mut table = "grown,size,wall_s,cpu_s,megabytes,exponent_of_cpu\n".to_owned();
    for Curve { name, points } in curves {
        let mut before: Option<&Point> = None;
        for point in points {
            let exponent = before.map_or_else(String::new, |before| {
                format!("{:.2}", (point.cpu / before.cpu).ln() / (point.size / before.size).ln())
            });
            let Point { size, wall, cpu, megabytes } = point;
            table += &format!("{name},{size},{wall},{cpu:.2},{megabytes:.0},{exponent}\n");
            before = Some(point);
        }
    }
    table
}

/// Two charts for each curve, both axes logarithmic.
fn picture(curves: &[Curve], path: &Path) {
    for (style, bytes) in [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())] {
        register_font("sans-serif", style, bytes).map_err(|_invalid| "a font").unwrap();
    }
    let page = SVGBackend::new(path, (1200, 700)).into_drawing_area();
    page.fill(&WHITE).unwrap();
    let charts = page.split_evenly((2, curves.len()));
    let (wall, cpu) = (RGBColor(0, 114, 178), RGBColor(213, 94, 0));
    for (column, Curve { name, points }) in curves.iter().enumerate() {
        let sizes = points[0].size * 0.8..points[points.len() - 1].size * 1.25;
        let lines = |values: &dyn Fn(&Point) -> f64| points.iter().map(|p| (p.size, values(p))).collect::<Vec<_>>();
        let wide = |values: &[f64]| {
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
            low * 0.7..high * 1.4
        };
        let seconds: Vec<f64> = points.iter().flat_map(|point| [point.wall, point.cpu]).collect();
        let memory: Vec<f64> = points.iter().map(|point| point.megabytes).collect();
        let parts = [
            ("seconds (CPU orange, wall blue)", seconds, vec![(lines(&|p| p.wall), wall), (lines(&|p| p.cpu), cpu)]),
            ("most memory, MB,", memory, vec![(lines(&|p| p.megabytes), wall)]),
        ];
        for (row, (unit, values, series)) in parts.into_iter().enumerate() {
            let mut chart = ChartBuilder::on(&charts[row * curves.len() + column])
                .margin(12)
                .caption(format!("{unit} by {name}"), ("sans-serif", 17))
                .x_label_area_size(30)
                .y_label_area_size(54)
                .build_cartesian_2d(sizes.clone().log_scale(), wide(&values).log_scale())
                .unwrap();
            let short = |value: &f64| if *value >= 1e5 { format!("{value:.0e}") } else { format!("{value}") };
            chart
                .configure_mesh()
                .x_label_formatter(&short)
                .y_label_formatter(&short)
                .light_line_style(WHITE)
                .draw()
                .unwrap();
            for (points, colour) in series {
                chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(2))).unwrap();
                chart.draw_series(points.iter().map(|&at| Circle::new(at, 4, colour.filled()))).unwrap();
            }
        }
    }
    page.present().unwrap();
}
