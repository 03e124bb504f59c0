//! Licences and sources of all packages, as `deny.toml` has them, and versions that our own packages take.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The registry that packages may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks the packages that `cargo metadata --format-version 1` lists; one text for each fault, which begins with the package's name.
pub fn check(deny: &Path, metadata: &Path) -> Result<Vec<String>, String> {
    let rules = Rules::read(deny)?;
    let metadata: Value =
        serde_json::from_str(&text(metadata)?).map_err(|error| format!("{}: {error}", metadata.display()))?;
    let packages = metadata["packages"].as_array().filter(|packages| !packages.is_empty());
    let packages = packages.ok_or_else(|| "no packages in what cargo metadata printed".to_owned())?;
    Ok(packages.iter().flat_map(|package| rules.faults(package)).collect())
}

/// The settings of `deny.toml` that are checked.
struct Rules {
    allowed: BTreeSet<String>,
}

impl Rules {
    fn read(path: &Path) -> Result<Self, String> {
        let table: toml::Table = text(path)?.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let list = table.get("licenses").and_then(|section| section.get("allow")).and_then(toml::Value::as_array);
        let list = list.ok_or_else(|| format!("{}: [licenses] has no list `allow`", path.display()))?;
        Ok(Self { allowed: list.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect() })
    }

    fn faults(&self, package: &Value) -> Vec<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let fault = |problem: String| format!("{name} {}: {problem}", package["version"].as_str().unwrap_or_default());
        let mut faults = Vec::new();
        let is_ours = package["source"].is_null();
        // A package that is never published needs no licence.
        let is_private = is_ours && package["publish"].as_array().is_some_and(Vec::is_empty);
        match package["license"].as_str() {
            _ if is_private => {}
            None => faults.push(fault("states no licence".to_owned())),
            Some(licence) => match Licence(licence).is_allowed(&self.allowed) {
                Some(true) => {}
                Some(false) => {
                    faults.push(fault(format!("licence {licence:?} is not among [licenses] allow of deny.toml")))
                }
                None => faults.push(fault(format!("licence {licence:?} cannot be read as an SPDX expression"))),
            },
        }
        if let Some(source) = package["source"].as_str().filter(|source| *source != REGISTRY) {
            faults.push(fault(format!("comes from {source}, not from crates.io")));
        }
        let dependencies = package["dependencies"].as_array().filter(|_| is_ours);
        for dependency in dependencies.into_iter().flatten() {
            if dependency["req"] == "*" && dependency["path"].is_null() {
                faults.push(fault(format!("takes any version of {}; state one", dependency["name"])));
            }
        }
        faults
    }
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A licence as an SPDX expression; `/` is an older way to write `OR`.
struct Licence<'a>(&'a str);

impl Licence<'_> {
    /// True if what is allowed meets it; `None` for an expression that cannot be read.
    fn is_allowed(&self, allowed: &BTreeSet<String>) -> Option<bool> {
        let spaced = self.0.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
        let is_met = any(&mut words, allowed)?;
        words.is_empty().then_some(is_met)
    }
}

/// Alternatives; of the words, the last is read first.
fn any(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut is_met = all(words, allowed)?;
    while words.pop_if(|word| *word == "OR").is_some() {
        is_met |= all(words, allowed)?;
    }
    Some(is_met)
}

/// Licences that hold together.
fn all(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut is_met = one(words, allowed)?;
    while words.pop_if(|word| *word == "AND").is_some() {
        is_met &= one(words, allowed)?;
    }
    Some(is_met)
}

/// One licence with its exception, or an expression in brackets.
fn one(words: &mut Vec<&str>, allowed: &BTreeSet<String>) -> Option<bool> {
    match words.pop()? {
        "(" => {
            let is_met = any(words, allowed)?;
            words.pop_if(|word| *word == ")").map(|_| is_met)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        id if words.pop_if(|word| *word == "WITH").is_some() => {
            Some(allowed.contains(&format!("{id} WITH {}", words.pop()?)))
        }
        id => Some(allowed.contains(id)),
    }
}
