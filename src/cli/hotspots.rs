//! `tensionmap hotspots`: where reports are many together, and since when.

use std::path::{Path, PathBuf};

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::hotspot::{Bands, Found, Reference, Statistic};
use tensionmap::output::Manifest;
use tensionmap::{Engine, Error, InvalidValue, output};

use super::{ManifestChoice, Outcome, Voice, read};

/// Find hot and cold spots by a named statistic, beside the score
///
/// gi and moran are of the reports in the window of the score, emerging and scan of those in slices of time.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Which statistic: see `tensionmap list statistics`
    #[arg(long, value_name = "NAME", default_value = "gi")]
    statistic: String,
    /// Results, by extension, as of `map`; of knox .csv or .json (repeatable) [default: hotspots.geojson, knox.csv]
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    choices: Choices,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

/// How a statistic decides. What it has no use for is refused.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Statistic")]
struct Choices {
    /// Steps on the grid to the furthest neighbour [default: 1], or from the centre of a disk to its rim [default: scan 100]
    #[arg(long, value_name = "K")]
    rings: Option<u32>,
    /// How weights fall with distance: binary (not at all), triangular, quadratic, quartic, gaussian [default: binary]
    #[arg(long, value_name = "NAME")]
    kernel: Option<String>,
    /// gi: leave the cell itself out of its neighbourhood (Gi, not Gi*)
    #[arg(long)]
    without_self: bool,
    /// gi: which formula: ord-getis, spdep, esda-b, esda-r [default: ord-getis]
    #[arg(long, value_name = "NAME")]
    reading: Option<String>,
    /// gi, moran, scan, knox: random draws behind a p by permutation [default: 999, gi none]
    #[arg(long, value_name = "N")]
    permutations: Option<u32>,
    /// gi, moran, scan, knox: seed of these draws [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// emerging, scan: length of a slice of time, counted back from the as-of: days, weeks or months [default: 7d, scan 1d]
    #[arg(long, value_name = "7d|2w|1mo")]
    slice: Option<String>,
    /// emerging, scan: how many slices at most, 10 or more [default: 52, scan 182]
    #[arg(long, value_name = "N")]
    slices: Option<usize>,
    /// emerging: slices before its own that a neighbourhood reaches back [default: 1]
    #[arg(long, value_name = "N")]
    lag: Option<usize>,
    /// emerging: rules of the categories, esri-3 or esri-2 [default: esri-3]
    #[arg(long, value_name = "NAME")]
    edition: Option<String>,
    /// emerging: compare with all slices (cube) or those of the neighbourhood [default: cube]
    #[arg(long, value_name = "cube|neighbourhood")]
    reference: Option<String>,
    /// emerging: largest q of a slice that is hot or cold [default: 0.05]
    #[arg(long, value_name = "Q")]
    significance: Option<f64>,
    /// emerging: largest p of a trend [default: 0.05]
    #[arg(long, value_name = "P")]
    trend_significance: Option<f64>,
    /// emerging: a trend that allows for what successive slices have in common (Hamed and Rao)
    #[arg(long)]
    hamed_rao: bool,
    /// scan: how many reports there should be: by shares of cells and days (permutation), each cell's past (poisson-past) or its
    /// residents (poisson-residents) [default: permutation]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// scan: clusters that are over too, not only those that last up to the as-of
    #[arg(long)]
    retrospective: bool,
    /// scan: largest share of what is at risk in a disk of cells [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    space: Option<f64>,
    /// scan: largest share of the slices in a cluster [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    time: Option<f64>,
    /// knox: ends of the bands of distance in metres [default: the same cell, and one, two and three steps on the grid]
    #[arg(long, value_name = "M,M,…", value_delimiter = ',')]
    metres: Vec<f64>,
    /// knox: ends of the bands of time in days [default: 7,14,21,28]
    #[arg(long, value_name = "D,D,…", value_delimiter = ',')]
    days: Vec<u32>,
}

impl Choices {
    fn of(self, name: &str) -> Result<Statistic, Error> {
        let mut statistic: Statistic = name.parse()?;
        let refused = self.refused(&statistic);
        if let Some((flag, of)) = refused {
            return Err(InvalidValue::bare("statistic", name, format!("{of}, to which --{flag} belongs")).into());
        }
        match &mut statistic {
            Statistic::Gi { options, .. } => {
                options.with_self = !self.without_self;
                if let Some(reading) = &self.reading {
                    options.reading = reading.parse()?;
                }
                if self.permutations.or(self.seed.map(|_| 0)).is_some() {
                    let mut permutations = options.permutations.unwrap_or_default();
                    permutations.draws = self.permutations.unwrap_or(permutations.draws);
                    permutations.seed = self.seed.unwrap_or(permutations.seed);
                    options.permutations = Some(permutations);
                }
            }
            Statistic::Moran { permutations, .. } => {
                permutations.draws = self.permutations.unwrap_or(permutations.draws);
                permutations.seed = self.seed.unwrap_or(permutations.seed);
            }
            Statistic::Emerging { options, .. } => {
                options.lag = self.lag.unwrap_or(options.lag);
                if let Some(edition) = &self.edition {
                    options.edition = edition.parse()?;
                }
                if let Some(reference) = &self.reference {
                    options.reference = reference.parse::<Reference>()?;
                }
                options.significance = self.significance.unwrap_or(options.significance);
                options.trend_significance = self.trend_significance.unwrap_or(options.trend_significance);
                options.allows_for_autocorrelation = self.hamed_rao;
            }
            Statistic::Scan { model, options, .. } => {
                if let Some(name) = &self.model {
                    *model = name.parse()?;
                }
                options.retrospective = self.retrospective;
                options.space = self.space.unwrap_or(options.space);
                options.time = self.time.unwrap_or(options.time);
                options.rings = self.rings.unwrap_or(options.rings);
                options.replicates.draws = self.permutations.unwrap_or(options.replicates.draws);
                options.replicates.seed = self.seed.unwrap_or(options.replicates.seed);
            }
            Statistic::Knox { bands, permutations } => {
                if self.metres.is_empty() != self.days.is_empty() {
                    let expected = "--metres and --days together, or neither";
                    return Err(InvalidValue::bare("bands", "one of two", expected).into());
                }
                *bands =
                    (!self.metres.is_empty()).then(|| Bands { metres: self.metres.clone(), days: self.days.clone() });
                permutations.draws = self.permutations.unwrap_or(permutations.draws);
                permutations.seed = self.seed.unwrap_or(permutations.seed);
            }
            _ => {}
        }
        if let Some(slices) = statistic.slices_mut() {
            if let Some(slice) = &self.slice {
                slices.every = slice.parse()?;
            }
            slices.most = self.slices.or(slices.most);
        }
        if let Some(neighbours) = statistic.neighbours_mut() {
            neighbours.rings = self.rings.unwrap_or(neighbours.rings);
            if let Some(kernel) = &self.kernel {
                neighbours.kernel = kernel.parse()?;
            }
        }
        statistic.check()?;
        Ok(statistic)
    }

    /// The first flag that a statistic has no use for, and whose it is.
    fn refused(&self, statistic: &Statistic) -> Option<(&'static str, &'static str)> {
        let flags = [
            (self.without_self, "without-self", "gi"),
            (self.reading.is_some(), "reading", "gi"),
            (self.kernel.is_some(), "kernel", "gi or moran or emerging"),
            (self.permutations.is_some(), "permutations", "gi or moran or scan or knox"),
            (self.seed.is_some(), "seed", "gi or moran or scan or knox"),
            (self.slice.is_some(), "slice", "emerging or scan"),
            (self.slices.is_some(), "slices", "emerging or scan"),
            (self.lag.is_some(), "lag", "emerging"),
            (self.edition.is_some(), "edition", "emerging"),
            (self.reference.is_some(), "reference", "emerging"),
            (self.significance.is_some(), "significance", "emerging"),
            (self.trend_significance.is_some(), "trend-significance", "emerging"),
            (self.hamed_rao, "hamed-rao", "emerging"),
            (self.rings.is_some(), "rings", "gi or moran or emerging or scan"),
            (!self.metres.is_empty(), "metres", "knox"),
            (!self.days.is_empty(), "days", "knox"),
            (self.model.is_some(), "model", "scan"),
            (self.retrospective, "retrospective", "scan"),
            (self.space.is_some(), "space", "scan"),
            (self.time.is_some(), "time", "scan"),
        ];
        let fits = |of: &str| of.split(" or ").any(|name| name == statistic.id());
        flags.into_iter().find(|(given, _, of)| *given && !fits(of)).map(|(_, flag, of)| (flag, of))
    }
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let statistic = args.choices.of(&args.statistic)?;
    let base = args.config.as_deref().map(Settings::load).transpose()?.unwrap_or_default();
    let settings = args.settings.over(base);
    let is_knox = matches!(statistic, Statistic::Knox { .. });
    let usual = || vec![if is_knox { "knox.csv" } else { "hotspots.geojson" }.into()];
    let places = if args.output.is_empty() { usual() } else { args.output };
    for path in &places {
        if is_knox {
            is_json(path)?;
        } else {
            output::for_path(path)?;
        }
    }
    let manifest = args.manifest.claim((&args.inputs, args.config.as_ref()), &settings, &places, Manifest::beside)?;
    let engine = Engine::builder().settings(settings).on_progress(voice.progress()).build()?;
    let engine = read(engine, &args.inputs)?;
    let run = engine.hotspots(&statistic)?;
    match run.layer.hotspots() {
        Some(hotspots) if let Found::Knox(found) = &hotspots.found => {
            let text = |path: &PathBuf| {
                let text = if is_json(path)? { found.json(&hotspots.about) } else { found.csv() };
                Ok((path.clone(), text))
            };
            let texts = places.iter().map(text).collect::<Result<Vec<_>, InvalidValue>>()?;
            run.save_all(&[] as &[PathBuf], &texts, manifest)?;
        }
        _ => run.save_all(&places, &[], manifest)?,
    }
    let outcome = voice.account([&run.ledger, &run.areas], &run.notices, run.within_max_rejects);
    let outputs: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    if voice.json {
        let summary = json!({"outputs": outputs, "provenance": run.layer.provenance(), "notices": run.notices});
        Voice::result(summary.to_string())?;
    } else {
        for path in outputs {
            Voice::result(path)?;
        }
    }
    Ok(outcome)
}

/// Whether a table of near repeats is to be JSON; if not, it is CSV.
fn is_json(path: &Path) -> Result<bool, InvalidValue> {
    match path.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
        "json" => Ok(true),
        "csv" => Ok(false),
        _ => Err(InvalidValue::bare("output", path.display(), "a table, .csv or .json, of knox")),
    }
}
