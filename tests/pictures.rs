//! Pictures: what they look like, that no text runs into another or off the page, and what cannot be drawn.

use std::path::{Path, PathBuf};

use tensionmap::geo::{Rect, coord};
use tensionmap::{Engine, Error, Input, Layer, Run, Settings, Surface, sample};

use crate::support::{csv, own, stderr, tensionmap};

/// Settings of pictures, one a pair.
fn settings(pairs: &[(&str, &str)]) -> Settings {
    let toml: String = pairs.iter().map(|(key, value)| format!("{key} = \"{value}\"\n")).collect();
    toml::from_str(&toml).unwrap()
}

fn engine(pairs: &[(&str, &str)]) -> Engine {
    let builder = Engine::builder().settings(settings(pairs)).as_of(sample::AS_OF).area(sample::boundary());
    let builder = builder.max_rejects("1%").title("Dogger Haven: community tension");
    builder.build().unwrap().incidents(sample::incidents()).unwrap()
}

fn run(pairs: &[(&str, &str)]) -> Result<Run, Error> {
    engine(pairs).indicator(sample::deprivation())?.run()
}

/// Every kind of page: its name, and how it is saved.
type Page = (&'static str, fn(&[(&str, &str)], &Path));
const PAGES: [Page; 9] = [
    ("map", |page, path| run(page).unwrap().layer.save(path).unwrap()),
    ("two-up", |page, path| {
        let more = [("picture", "two-up"), ("compare-to", "2026-02-02")];
        run(&[page, &more].concat()).unwrap().layer.save(path).unwrap();
    }),
    ("strands", |page, path| run(&[page, &[("picture", "strands")]].concat()).unwrap().layer.save(path).unwrap()),
    ("indicator", |page, path| {
        let more =
            [("fill", "deprivation"), ("classes", "jenks:6"), ("palette", "viridis"), ("projection", "equal-area")];
        run(&[page, &more].concat()).unwrap().layer.save(path).unwrap();
    }),
    ("levels", |page, path| {
        let more = [("fill", "level"), ("attribution", "Made-up data, from nobody. Ŵ and ŷ are Welsh letters.")];
        run(&[page, &more].concat()).unwrap().layer.save(path).unwrap();
    }),
    ("series", |page, path| {
        let every = "14d".parse().unwrap();
        engine(page).series(Some("2025-10-01".parse().unwrap()), every).unwrap().save(path).unwrap();
    }),
    ("cell", |page, path| engine(page).explain("54.7679,2.3005").unwrap().save(path).unwrap()),
    ("coverage", |page, path| engine(page).prepare().unwrap().coverage().unwrap().save(path).unwrap()),
    ("names", |page, path| {
        let ward = |(number, name): (usize, &&str)| {
            let (x, y) = (2.27 + 0.02 * (number % 3) as f64, 54.74 + 0.02 * (number / 3) as f64);
            let square = Rect::new(coord! { x: x, y: y }, coord! { x: x + 0.02, y: y + 0.02 });
            (square, [("name", (*name).into()), ("code", format!("W{number}").into())])
        };
        let names = ["Ŵyn", "חוף צפון (3)", "حي الميناء", "दिल्ली", "ตลาด", "קרית Quay 12"];
        let builder = Engine::builder().settings(settings(page)).as_of(sample::AS_OF).area(sample::boundary());
        let builder =
            builder.max_rejects("1%").font(own("tests/fonts/devanagari.ttf").display()).marking("رسمي – حساس");
        let builder = builder.context_layer(Input::features("wards", names.iter().enumerate().map(ward)), "districts");
        let engine = builder.title("خريطة التوتر: दिल्ली (2026) Dogger").source("משטרת הנמל").build().unwrap();
        engine.incidents(sample::incidents()).unwrap().run().unwrap().layer.save(path).unwrap();
    }),
];

/// Width, height and pixels, three bytes each.
fn pixels(path: &Path) -> (u32, u32, Vec<u8>) {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

/// Every kind of page looks as it was approved: no more than a thousandth of its pixels differ by more than a tenth, and all of
/// them by a quarter of a step on average. What differs is written out; `TENSIONMAP_BLESS=1` approves what is drawn now.
#[test]
fn pages_look_as_approved() {
    let sizes = [("map", "1000x750"), ("two-up", "960x540"), ("series", "800x1131"), ("cell", "1000x750")];
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&drawn).unwrap();
    let mut differ = Vec::new();
    for (name, save) in PAGES {
        let size = sizes.iter().find(|(of, _)| *of == name).map_or("800x600", |(_, size)| size);
        let (path, approved) = (drawn.join(format!("{name}.png")), own("tests/golden").join(format!("{name}.png")));
        save(&[("page", size)], &path);
        if std::env::var_os("TENSIONMAP_BLESS").is_some() {
            std::fs::copy(&path, &approved).unwrap();
        }
        let ((wide, high, now), (was_wide, was_high, was)) = (pixels(&path), pixels(&approved));
        assert_eq!((wide, high), (was_wide, was_high), "{name}");
        let off: Vec<u8> = now.iter().zip(&was).map(|(now, was)| now.abs_diff(*was)).collect();
        let far = off.chunks_exact(3).filter(|pixel| pixel.iter().any(|off| *off > 25)).count();
        let mean = off.iter().map(|off| f64::from(*off)).sum::<f64>() / off.len() as f64;
        if far * 1000 > off.len() / 3 || mean > 0.25 {
            let diff = drawn.join(format!("{name}.diff.png"));
            let mut encoder = png::Encoder::new(std::fs::File::create(&diff).unwrap(), wide, high);
            encoder.set_color(png::ColorType::Rgb);
            let strong: Vec<u8> = off.iter().map(|off| 255 - off.saturating_mul(4)).collect();
            encoder.write_header().unwrap().write_image_data(&strong).unwrap();
            differ.push(format!(
                "{name}: {far} pixels far off, {mean:.3} on average; see {} and {}",
                path.display(),
                diff.display()
            ));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

/// A text of an SVG page: left, top, right and bottom of its letters.
type Letters = ([f64; 4], String);

fn letters(svg: &str) -> Vec<Letters> {
    let number = |line: &str, name: &str| {
        let value = line.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0;
        value.parse::<f64>().unwrap()
    };
    let text = |line: &str| {
        let [x, y, size, width] = ["x", "y", "font-size", "textLength"].map(|name| number(line, name));
        let left = match line.contains("\"middle\"") {
            true => x - width / 2.0,
            false if line.contains("\"end\"") || line.contains("\"rtl\"") => x - width,
            false => x,
        };
        let words = line.split_once("\"preserve\">").unwrap().1.trim_end_matches("</text>").to_owned();
        // From the top of a capital to below a g.
        ([left, y - 0.73 * size, left + width, y + 0.22 * size], words)
    };
    svg.lines().filter(|line| line.starts_with("<text")).map(text).collect()
}

/// On every kind of page, on paper, slides and squares, upright and small: no text touches another, and none leaves the page.
#[test]
fn texts_keep_apart_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let long =
        "Nadolig yn Llanfairpwllgwyngyll: ŵ, ŷ, é and ß in a title that is so long that it takes two lines of it";
    for size in ["sheet", "a4-portrait", "slide", "square", "720x480", "480x720"] {
        // Two keys, and all about a cell, do not fit on the smallest pages: refused, below.
        let is_small = |name: &str| size == "720x480" && name == "two-up" || size.contains("720") && name == "cell";
        let fits = |(name, _): &Page| !is_small(name);
        for (name, save) in PAGES.into_iter().filter(fits) {
            let path = folder.path().join("page.svg");
            save(&[("page", size), ("title", if name == "map" { long } else { "Dogger Haven" })], &path);
            let svg = std::fs::read_to_string(&path).unwrap();
            let bounds = svg.split_once("viewBox=\"0 0 ").unwrap().1.split_once('"').unwrap().0;
            let (width, height) = bounds.split_once(' ').unwrap();
            let (width, height): (f64, f64) = (width.parse().unwrap(), height.parse().unwrap());
            let letters = letters(&svg);
            assert!(letters.len() > 20, "{name} on {size}");
            for (place, (one, words)) in letters.iter().enumerate() {
                let [left, top, right, bottom] = *one;
                let is_on = left >= 0.0 && top >= 0.0 && right <= width && bottom <= height;
                assert!(is_on, "{name} on {size}: {words:?} leaves the page: {one:?}");
                for (other, others) in &letters[..place] {
                    let apart = left >= other[2] - 1.0
                        || other[0] >= right - 1.0
                        || top >= other[3] - 1.0
                        || other[1] >= bottom - 1.0;
                    assert!(apart, "{name} on {size}: {words:?} {one:?} runs into {others:?} {other:?}");
                }
            }
        }
    }
}

/// The same bytes whatever the machine's language, place and fonts.
#[test]
fn pages_do_not_depend_on_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let draw = |name: &str, set: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tensionmap"));
        command.env_clear().envs(set.iter().copied()).current_dir(folder.path());
        let out = [format!("{name}.png"), format!("{name}.svg")];
        command.args(["map", data.to_str().unwrap(), "--as-of", "2026-03-02", "--max-rejects", "1%", "-q"]);
        assert!(command.args(["-o", &out[0], "-o", &out[1]]).output().unwrap().status.success());
        out.map(|name| std::fs::read(folder.path().join(name)).unwrap())
    };
    let plain = draw("plain", &[]);
    let odd = [("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("TZ", "Pacific/Kiritimati"), ("HOME", "/nowhere")];
    assert!(plain == draw("odd", &odd));
}

/// Time-lapses hold every date, loop, and are as large as the page.
#[test]
fn time_lapses_move() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let series =
        engine(&[("page", "960x720")]).series(Some("2026-02-01".parse().unwrap()), "7d".parse().unwrap()).unwrap();
    for name in ["lapse.gif", "lapse.apng"] {
        series.save(path(name)).unwrap();
    }
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut film = options.read_info(std::fs::File::open(path("lapse.gif")).unwrap()).unwrap();
    assert_eq!((film.width(), film.height(), film.repeat()), (960, 720, gif::Repeat::Infinite));
    let mut delays = Vec::new();
    while let Some(frame) = film.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    assert_eq!(delays, [60, 60, 60, 60, 300]);
    let file = std::io::BufReader::new(std::fs::File::open(path("lapse.apng")).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    assert_eq!(reader.info().animation_control.map(|film| (film.num_frames, film.num_plays)), Some((5, 0)));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    for _ in 0..5 {
        reader.next_frame(&mut pixels).unwrap();
    }
}

/// Breaks frozen in a method file are the legend of later maps; no score depends on them.
#[test]
fn breaks_are_frozen_with_the_method() {
    let classes = [("fill", "intensity"), ("classes", "jenks:4")];
    let method = engine(&classes).prepare().unwrap().calibrate().unwrap();
    let breaks = method.breaks["intensity"].clone();
    assert!(breaks.len() == 5 && breaks.is_sorted());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frozen.toml");
    std::fs::write(&file, method.to_toml()).unwrap();
    let later = |pairs: &[(&str, &str)]| {
        let settings = Settings { method: Some(file.display().to_string()), ..settings(pairs) };
        let builder = Engine::builder().settings(settings).as_of("2025-09-01").area(sample::boundary());
        builder.build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap()
    };
    let frozen = later(&[("fill", "intensity")]);
    assert_eq!(frozen.layer.legend().breaks(), breaks);
    assert_ne!(later(&classes).layer.legend().breaks(), breaks);
    let bare = tensionmap::Method { breaks: std::collections::BTreeMap::new(), ..method.clone() };
    assert_eq!(bare.hash(), method.hash());
    let wrong = method.to_toml().replace("intensity = [0.0, ", "intensity = [99.0, ");
    let error = tensionmap::Method::from_toml(&wrong).unwrap_err().to_string();
    assert!(error.contains("breaks of intensity must be 2 to 10 numbers that rise, not [99.0, "), "{error}");
}

/// Values that cannot be drawn are rejected with those that can.
#[test]
fn pictures_that_cannot_be_are_refused() {
    let refused = |pairs: &[(&str, &str)]| run(pairs).unwrap_err().to_string();
    assert!(refused(&[("fill", "mood")]).starts_with("fill \"mood\" is not usable: expected one of h3, score, "));
    assert!(refused(&[("fill", "h3")]).ends_with("a column of numbers, or of at most 8 kinds; h3 has 72"));
    assert!(refused(&[("fill", "rag"), ("classes", "jenks")]).ends_with("expected none, since rag holds no numbers"));
    assert!(refused(&[("picture", "two-up")]).contains("a date to compare with, --compare-to"));
    assert!(refused(&[("projection", "bng")]).contains("expected cells within Great Britain; 8819"));
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let said = |args: &[&str]| {
        let common = ["map", data.to_str().unwrap(), "-o", "x.png", "--max-rejects", "1%"];
        let output = tensionmap(folder.path(), &[&common[..], args].concat());
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    for (args, expected) in [
        (["--page", "100x100"], "at least 720 pixels one way and 480 the other"),
        (["--classes", "9,1"], "or breaks that rise, as in 0,10,50"),
        (["--palette", "jet"], "expected one of tension, cividis, viridis, magma, purple-orange"),
        (["--projection", "flat"], "expected one of mercator, bng, equal-area"),
        (["--picture", "film"], "expected one of map, two-up, strands"),
        (["--dpi", "7"], "expected 48 to 300 pixels an inch"),
    ] {
        let said = said(&args);
        assert!(said.contains(expected) && !folder.path().join("x.png").exists(), "{said}");
    }
    let small = run(&[("page", "720x480"), ("picture", "two-up"), ("compare-to", "2026-02-02")]).unwrap();
    let small = small.layer.save(folder.path().join("small.png")).unwrap_err();
    assert!(matches!(small, tensionmap::unstable::error::OutputError::Draw { .. }), "{small}");
    let why = std::error::Error::source(&small).unwrap().to_string();
    assert!(why.starts_with("the page is too small: its key and words need a height of "), "{why}");
    let series = engine(&[("fill", "rr")]).series(None, "7d".parse().unwrap()).unwrap_err();
    assert!(series.to_string().contains("score: a series shows scores"), "{series}");
}

/// One cell, cells that are all alike, and a column without any value still make a page with a legend.
#[test]
fn odd_layers_have_pages() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "lon,lat,date,category\n".to_owned() + &"2.5,54.7,2026-02-27,public_order\n".repeat(3);
    let input = || crate::support::csv("one.csv", &csv);
    for (fill, classes) in [("score", 5), ("n_window", 1), ("rr", 0), ("sources", 1), ("sparse", 1)] {
        let builder = Engine::builder().settings(settings(&[("fill", fill)])).as_of("2026-03-02");
        let run = builder.build().unwrap().incidents(input()).unwrap().run().unwrap();
        assert_eq!(run.layer.legend().classes.len(), classes, "{fill}: {:?}", run.layer.legend());
        let path: PathBuf = folder.path().join("one.png");
        run.layer.save(&path).unwrap();
        assert_eq!(pixels(&path).0, 1600);
    }
}

/// Classes of values need values: a series whose last date has none still shows the dates before it.
#[test]
fn a_series_that_ends_without_data_is_drawn() {
    let builder = Engine::builder().settings(settings(&[("classes", "quantile:4")])).as_of("2026-06-01");
    let engine = builder.area(sample::boundary()).build().unwrap().incidents(sample::incidents()).unwrap();
    let series = engine.series(Some("2026-02-01".parse().unwrap()), "1mo".parse().unwrap()).unwrap();
    assert_eq!(series.layer.legend().breaks(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
    let folder = tempfile::tempdir().unwrap();
    series.save(folder.path().join("series.png")).unwrap();
    assert_eq!(pixels(&folder.path().join("series.png")).0, 1600);
}

/// A map of coverage opens in its place as any other does.
#[test]
fn coverage_says_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let coverage = engine(&[]).prepare().unwrap().coverage().unwrap();
    for name in ["coverage.csv", "coverage.svg", "coverage.png"] {
        coverage.save(folder.path().join(name)).unwrap();
    }
    let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["coverage.csv", "coverage.pgw", "coverage.png", "coverage.png.aux.xml", "coverage.svg"]);
}

/// The statement that the publisher of a recognised layout asks for is at the foot, unless another is given.
#[test]
fn publishers_are_named() {
    let header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,\
                  Last outcome category,Context";
    let row = ",2022-09,Leicestershire Police,Leicestershire Police,-1.13,52.63,On or near,,,Burglary,,\n";
    let police = csv("street.csv", &format!("{header}\n{}", row.repeat(9)));
    let log = csv("log.csv", "lon,lat,date,category\n-1.13,52.63,2022-09-20,asb\n");
    let licence =
        "Contains public sector information licensed under the Open Government Licence v3.0 (data.police.uk).";
    // Words of a page, whose lines are broken where the page has it.
    let words = |svg: &[u8]| {
        let texts = letters(std::str::from_utf8(svg).unwrap()).into_iter().map(|(_, text)| text);
        texts.collect::<Vec<_>>().join(" ")
    };
    let run = |input: &Input, attribution: Option<&str>| {
        let attribution = attribution.map(str::to_owned);
        let engine = Engine::builder().settings(Settings { attribution, ..Settings::default() }).build().unwrap();
        engine.incidents(input.clone()).unwrap().run().unwrap()
    };
    let published = run(&police, None);
    assert_eq!(published.layer.provenance().attributions, [licence]);
    assert!(words(&published.encode(tensionmap::Format::Svg).unwrap()).contains(licence));
    let own = words(&run(&police, Some("© somebody")).encode(tensionmap::Format::Svg).unwrap());
    assert!(own.contains("© somebody") && !own.contains("Licence"), "{own}");
    assert!(!words(&run(&log, None).encode(tensionmap::Format::Svg).unwrap()).contains("Licence"));
    // A saved layer keeps it.
    let saved = Input::Bytes("map.geojson".into(), published.encode(tensionmap::Format::GeoJson).unwrap());
    let again = Layer::open(saved).unwrap().render(&Settings::default()).unwrap();
    assert!(words(&again.encode(tensionmap::Format::Svg).unwrap()).contains(licence));
    let engine = Engine::builder().without_counts().build().unwrap().keep_positions().incidents(police).unwrap();
    let density = engine.density(&Surface::default()).unwrap();
    assert!(words(&density.encode(tensionmap::Format::Svg).unwrap()).contains(licence));
}
