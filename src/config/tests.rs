//! Every row of the table of settings, one after the other.

use super::{SETTINGS, Setting, SettingGroup, Settings};

/// A value for a setting, as text.
pub(crate) fn example(setting: &Setting) -> &'static str {
    match setting.kind {
        "number" => "3",
        "true|false" => "true",
        _ => "x",
    }
}

/// Settings of TOML with this setting alone.
pub(crate) fn from_toml(setting: &Setting) -> Settings {
    let value = match setting.kind {
        "number" | "true|false" => example(setting).to_owned(),
        "list" => format!("[\"{}\"]", example(setting)),
        _ => format!("\"{}\"", example(setting)),
    };
    toml::from_str(&format!("{} = {value}", setting.name)).expect(&setting.name)
}

/// Editors on Windows begin a file with a byte order mark, and end lines with two characters.
#[test]
fn settings_saved_on_windows_are_the_same_settings() {
    let text = "resolution = 7\n# A comment.\narea = 'C:\\data\\ring.geojson'\ncontext = [\n\"a\",\n]\n";
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let settings = |text: &str| toml::from_str::<Settings>(text).expect("settings");
    assert_eq!(settings(&windows), settings(text));
    assert_ne!(settings(text), Settings::default());
}

#[test]
fn every_setting_has_help_a_default_that_is_usable_and_verbs() {
    use SettingGroup::{Input, Method, Output, Picture, Place, Run};
    for setting in SETTINGS.iter() {
        assert!(!setting.about.is_empty() && !setting.about.ends_with('.'), "{}", setting.name);
        assert!(!setting.verbs.is_empty() && setting.verbs.is_sorted(), "{}", setting.name);
        assert!(!setting.group.heading().is_empty() && !setting.placeholder.is_empty(), "{}", setting.name);
    }
    for group in [Input, Place, Method, Picture, Output, Run] {
        assert!(SETTINGS.iter().any(|setting| setting.group == group), "{group:?}");
    }
    let resolved = Settings::default().resolved();
    let defaults: Vec<&str> = resolved.present().map(|setting| setting.name.as_str()).collect();
    let expected = "resolution timezone containment outside-area repair-geometry coarse naive-times dedupe encoding decimal max-rejects allow-empty title marking";
    assert_eq!(defaults.join(" "), expected);
    assert_eq!(resolved.clone().resolved(), resolved);
    super::Plan::try_from(&resolved).expect("usable");
}

#[test]
fn every_setting_is_written_to_toml_and_read_back() {
    for setting in SETTINGS.iter() {
        let settings = from_toml(setting);
        assert_eq!(settings.present().map(|setting| &setting.name).collect::<Vec<_>>(), [&setting.name]);
        assert_eq!(toml::from_str::<Settings>(&settings.to_toml()).expect("its own TOML"), settings);
        assert_eq!(settings.clone().over(Settings::default()), settings);
        assert_eq!(Settings::default().over(settings.clone()), settings);
    }
}

#[cfg(feature = "cli")]
#[test]
fn every_setting_is_a_flag_of_the_verbs_that_use_it() {
    use clap::{Args, Command, FromArgMatches};

    for verb in ["map", "check", "render", "a verb of another program"] {
        let command = Settings::augment_args(Command::new(verb));
        for setting in SETTINGS.iter() {
            let flag = format!("--{}={}", setting.name, example(setting));
            let matches = command.clone().try_get_matches_from([verb, &flag]);
            if !verb.contains(' ') && !setting.verbs.contains(&verb) {
                assert!(matches.is_err(), "{verb} {flag}");
                continue;
            }
            assert_eq!(
                Settings::from_arg_matches(&matches.expect(&flag)).expect("parsed"),
                from_toml(setting),
                "{flag}"
            );
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(setting.name.as_str())).expect(&flag);
            assert_eq!(arg.get_help_heading(), Some(setting.group.heading()), "{flag}");
        }
    }
    let command = Settings::augment_args(Command::new("map"));
    let parsed = |args: &[&str]| {
        let matches = command.clone().try_get_matches_from([&["map"], args].concat()).expect("usable");
        Settings::from_arg_matches(&matches).expect("parsed")
    };
    let settings =
        parsed(&["--bbox", "-1,2,3,4", "--select", "a,b", "--select", "c", "--arcgis-names", "--column", "a,b=c"]);
    assert_eq!((settings.bbox.as_deref(), settings.arcgis_names), (Some("-1,2,3,4"), Some(true)));
    assert_eq!((settings.select.len(), settings.column.len()), (3, 1));
    assert_eq!(parsed(&["--arcgis-names=false"]).arcgis_names, Some(false));
    for args in
        [&["map", "--title", "-x"][..], &["map", "--resolution", "300"], &["map", "--title", "a", "--title", "b"]]
    {
        assert!(command.clone().try_get_matches_from(args).is_err(), "{args:?}");
    }
}

#[test]
fn paths_of_files_are_relative_to_the_settings_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("c.toml");
    let text = "area = 'a.geojson'\nweights = 'w.toml'\nquarantine = 'q.ndjson'\nindicator = ['i.csv:v:intensive', 'odd']\n\
                context = ['c.geojson:water', 'l.geojson']\n";
    std::fs::write(&file, text).expect("written");
    let settings = Settings::load(&file).expect("usable");
    let place = |name: &str| folder.path().join(name);
    let files: Vec<_> = settings.files().into_iter().map(|file| (file.setting, file.path, file.is_output)).collect();
    let expected = [
        ("area", place("a.geojson"), false),
        ("indicator", place("i.csv"), false),
        ("indicator", place("odd"), false),
        ("context", place("c.geojson"), false),
        ("context", place("l.geojson"), false),
        ("weights", place("w.toml"), false),
        ("quarantine", place("q.ndjson"), true),
    ];
    assert_eq!(files, expected);
    assert_eq!(settings.indicator[0], format!("{}:v:intensive", place("i.csv").display()));
    assert_eq!(settings.context[0], format!("{}:water", place("c.geojson").display()));
    assert_eq!(settings.clone().absolute().expect("usable"), settings);
    assert_eq!(settings.without_folders(), toml::from_str(text).expect("usable"));
    // The name of a table is not a path, whatever files there are.
    std::fs::write(&file, "weights = 'count'").expect("written");
    let settings = Settings::load(&file).expect("usable").absolute().expect("usable");
    assert_eq!((settings.weights.as_deref(), settings.files().len()), (Some("count"), 0));
    let empty = Settings { area: Some("".into()), ..Settings::default() }.absolute().expect_err("empty");
    assert_eq!(empty.to_string(), "path \"\" is not usable: expected the path of a file");
}
