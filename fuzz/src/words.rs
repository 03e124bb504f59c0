//! Settings, tables of categories and methods: TOML, and the small words in it.

use std::fmt::Debug;
use std::path::PathBuf;
use std::str::FromStr;

use tensionmap::IndicatorKind;
use tensionmap::unstable::config::{MaxRejects, Plan};
use tensionmap::unstable::ingest::time::{DateFormat, NaiveTimes};
use tensionmap::unstable::ingest::{Categories, Dedupe, PRESETS, Preset, ReadOptions};
use tensionmap::Role;
use tensionmap::unstable::format::Encoding;
use tensionmap::{Category, Containment, Day, Grade, Indicator, Method, Settings, Severity, Strand};

use crate::outcome::{bytes, read, shown};

/// A file of settings; where it is none, one of the words that settings are made of.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(settings) = toml::from_str::<Settings>(text) else { return words(text) };
    let written = settings.to_toml();
    let back: Settings = toml::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(back, settings, "{written}");
    assert_eq!(settings.clone().over(Settings::default()), settings);
    assert_eq!(Settings::default().over(settings.clone()), settings);
    let resolved = settings.clone().resolved();
    assert_eq!(resolved.clone().resolved(), resolved);
    // Nothing an input names may be opened here.
    let closed = |settings: Settings| Settings { categories: None, ..settings };
    let plan = |settings: &Settings| Plan::try_from(settings).map_err(|error| shown(&error));
    let (one, other) = (plan(&closed(settings)), plan(&closed(back)));
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    let again = plan(&closed(resolved));
    assert_eq!(one.is_ok(), again.is_ok(), "{one:?} {again:?}");
}

/// Words of settings and of records: what is taken is what it says it is.
fn words(text: &str) {
    fn word<T: FromStr<Err: std::error::Error> + Debug>(text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                shown(&error);
                None
            }
        }
    }
    if let Some(day) = word::<Day>(text) {
        assert_eq!(word::<Day>(&day.to_string()), Some(day));
    }
    if let Some(role) = word::<Role>(text) {
        assert_eq!(role.id(), text);
    }
    if let Some(category) = word::<Category>(text) {
        assert_eq!(category.id(), text);
    }
    if let Some(strand) = word::<Strand>(text) {
        assert_eq!(word::<Strand>(strand.id()), Some(strand));
    }
    if let Some(grade) = word::<Grade>(text) {
        assert_eq!(word::<Grade>(&grade.to_string()), Some(grade));
    }
    if let Some(mode) = word::<Containment>(text) {
        assert_eq!(mode.id(), text);
    }
    if let Some(kind) = word::<IndicatorKind>(text) {
        assert_eq!(kind.id(), text.to_ascii_lowercase());
    }
    if let Some(Indicator { column, kind, .. }) = word::<Indicator>(text) {
        let (_, written) = text.rsplit_once(':').unwrap_or_default();
        assert!(text.ends_with(&format!(":{column}:{written}")) && written.eq_ignore_ascii_case(kind.id()), "{text}");
    }
    if let Some(MaxRejects::Percent(percent)) = word::<MaxRejects>(text) {
        assert!((0.0..=100.0).contains(&percent));
    }
    let _formats = (word::<DateFormat>(text), word::<NaiveTimes>(text), word::<Dedupe>(text), word::<Encoding>(text));
    let _preset = Preset::named(text).is_ok_and(|preset| preset.name == text);
    let _denied = tensionmap::unstable::ingest::privacy::is_denied(text);
    if let Ok(number) = text.parse::<u8>() {
        assert_eq!((1..=5).contains(&number), Severity::new(number).is_ok());
    }
}

/// A table of categories, then a zero byte and a label to look up by it.
pub fn categories(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (table, label) = text.split_once('\0').unwrap_or((text, "riot"));
    let path = scratch("categories.toml");
    let written = std::fs::write(&path, table);
    assert!(written.is_ok(), "{written:?}");
    let categories = match Categories::load(&path) {
        Ok(categories) => categories,
        Err(error) => {
            shown(&error);
            Categories::default()
        }
    };
    let label = label.replace('"', "\"\"");
    let row = format!("lon,lat,date,category\n1,52,2022-09-17,\"{label}\"\n");
    for preset in std::iter::once(None).chain(PRESETS.iter().map(Some)) {
        let reading = ReadOptions { categories: categories.clone(), preset, ..ReadOptions::default() };
        let Ok(found) = read(&bytes("x.csv", &*row), &reading) else { continue };
        if let Ok(category) = label.trim().parse::<Category>()
            && categories == Categories::default()
            && preset.is_none()
        {
            assert_eq!(found.incidents[0].2.class.category, category);
        }
    }
}

/// A method: what is taken is sound, and reads back the same.
pub fn method(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let method = match Method::from_toml(text) {
        Ok(method) => method,
        Err(error) => {
            shown(&error);
            return;
        }
    };
    assert!(method.check().is_ok());
    let written = method.to_toml();
    let back = Method::from_toml(&written).unwrap_or_else(|error| panic!("{}: {written}", shown(&error)));
    assert_eq!((&back, back.hash()), (&method, method.hash()), "{written}");
    for &category in Category::ALL {
        let weight = method.category_weight(category);
        assert!(weight.is_finite() && weight >= 0.0);
    }
    for strand in Strand::ALL {
        let half_life = method.half_life(strand);
        assert!(half_life > 0.0 && half_life.is_finite());
    }
}

/// A file of this process in memory.
pub fn scratch(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = folder.join(format!("tensionmap-fuzz-{}", std::process::id()));
    let made = std::fs::create_dir_all(&folder);
    assert!(made.is_ok(), "{made:?}");
    folder.join(name)
}
