//! A program around the engine, in ten wishes: everything comes from memory and goes there, but for `out/embed.md` and `out/embed.png`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tensionmap::geo::{LineString, Rect, coord};
use tensionmap::{
    Categories, Category, Companion, Day, EncodeError, Encoder, Engine, Error, Format, Incident, Indicator, Input,
    InputFormat, LatLng, Layer, Page, Progress, Release, Settings, TextRows, When, sample,
};

/// 1. An input format of one's own: lines such as `@2.31 54.76 2026-02-27 aggro`.
const PAGER: InputFormat = InputFormat {
    name: "pager",
    about: "messages of the night patrol's pager",
    extensions: &["pgr"],
    recognises: |head| head.starts_with(b"@"),
    open: |source, _options, _notices| {
        let row = |line: &str| line.trim_start_matches('@').split(' ').map(str::to_owned).collect();
        let rows: Vec<Vec<String>> = source.read_text()?.lines().map(row).collect();
        Ok(Box::new(TextRows::new(["lon", "lat", "date", "category"], rows)))
    },
};

/// 2. An output format of one's own: what stands out, one cell a line.
struct Markdown;

impl Encoder<Layer> for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn about(&self) -> &'static str {
        "cells that stand out, one a line"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md"]
    }

    fn encode(&self, release: &Release<'_, Layer>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError> {
        let layer = release.product();
        writeln!(out, "# {} as of {}\n", layer.provenance().title, layer.provenance().as_of)?;
        for cell in layer.scores().standing_out() {
            writeln!(out, "- `{}`: {:.0} points", cell.cell, cell.score)?;
        }
        Ok(Vec::new())
    }
}

/// Every step may fail with an error of its own, and `?` takes them all.
fn embed() -> Result<(), Error> {
    let (west, east) = (2.25, 2.37);
    let city = Rect::new(coord! { x: west, y: 54.73 }, coord! { x: east, y: 54.79 });
    let as_of: Day = sample::AS_OF.parse()?;
    let stop = Arc::new(AtomicBool::new(false));

    let engine = Engine::builder()
        // 3. Dates and pages with types.
        .as_of(as_of)
        .page(Page::A4)
        // 4. Settings of a file or a form, laid over those above; what they leave unset stays.
        .settings(Settings { title: Some("Dogger Haven".to_owned()), ..Settings::default() })
        // 5. The flag that another thread or a signal sets to end the run, and progress to show meanwhile.
        .cancel(stop.clone())
        .on_progress(|progress| {
            if let Progress::Reading { input, bytes, total: Some(total), accepted } = progress {
                println!("{input}: {bytes} of {total} bytes, {accepted} reports");
            }
            ControlFlow::Continue(())
        })
        // 6. Area, context and (below) indicators from shapes in memory.
        .area(city.to_polygon())
        .context_layer(Input::features("roads", [(road(west, east), [("name", "Quay Street".into())])]), "roads")
        // 7. A table of categories from text.
        .categories(Categories::from_toml("[categories]\n\"aggro\" = \"public_order\"\n")?)
        .reader(PAGER)
        .encoder(Markdown)
        .build()?;

    // 8. Reports from values, beside those of files.
    let quay = LatLng::new(54.76, 2.31)?;
    let heard = (1..=3).map(|days| Incident::new(quay, When::day(as_of - days), Category::HateIncident));
    let pager = Input::Bytes("night.pgr".to_owned(), b"@2.31 54.76 2026-02-27 aggro\n".to_vec());
    let halves = [(city.split_x()[0], [("need", 31.5.into())]), (city.split_x()[1], [("need", 12.0.into())])];
    let run = engine
        .incidents(sample::incidents())?
        .incidents(pager)?
        .incidents_from(heard)?
        .indicator(Indicator::intensive(Input::features("halves", halves), "need"))?
        .run()?;

    // 9. Results as bytes and features.
    let png = run.encode(Format::Png)?;
    let markdown = run.encode(Format::Named("markdown"))?;
    let features = run.layer.to_geojson()?.features;
    println!("{} bytes of PNG, {} of Markdown, {} features", png.len(), markdown.len(), features.len());

    // 10. Files, complete or not there; one's own format is found by its extension.
    run.save_all(&["out/embed.md", "out/embed.png"], &[], None)?;

    // A run that is stopped says so, and leaves nothing.
    stop.store(true, Ordering::Relaxed);
    assert!(matches!(run.save("out/stopped.png").map_err(Error::from), Err(Error::Cancelled(_))));
    Ok(())
}

fn road(west: f64, east: f64) -> LineString {
    [(west, 54.75), (east, 54.77)].into_iter().collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all("out")?;
    Ok(embed()?)
}
