//! The checks themselves, on fixtures: each line that is marked `~ fault` must be reported, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{imports, prose, release, supply};

/// Runs each check on the fixture of its name.
pub fn check(fixtures: &Path) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for (name, found) in [
        ("imports", imports::check(&fixtures.join("imports"), imports::Limits::default())?),
        ("prose", prose::offenders(&fixtures.join("prose"))?),
        ("release", release::check(&fixtures.join("release"))?),
    ] {
        let expected = marked(&fixtures.join(name), &fixtures.join(name))?;
        // A fault begins with `file:line:`, or with `file:` where it is about the whole file.
        let place = |fault: &String| {
            let mut parts = fault.splitn(3, ':');
            let (file, line) = (parts.next()?, parts.next()?);
            file.contains('.').then(|| (file.to_owned(), line.parse::<usize>().unwrap_or(0)))
        };
        let places: BTreeSet<_> = found.iter().filter_map(place).collect();
        let missed =
            expected.difference(&places).map(|(file, line)| format!("{name}/{file}:{line}: fault not reported"));
        let invented = places
            .difference(&expected)
            .map(|(file, line)| format!("{name}/{file}:{line}: reported, but is not a fault"));
        faults.extend(missed.chain(invented));
        if expected.is_empty() {
            faults.push(format!("{name}: no line is marked with a fault"));
        }
    }
    let (metadata, deny) = (fixtures.join("supply/metadata.json"), fixtures.join("supply/deny.toml"));
    let packages = fs::read_to_string(&metadata).map_err(|error| error.to_string())?;
    let name = |line: &str| line.split('"').nth(3).unwrap_or_default().to_owned();
    let expected: BTreeSet<_> = packages.lines().filter(|line| line.contains("~ fault")).map(name).collect();
    let found = supply::check(&deny, &metadata)?.into_iter();
    let found: BTreeSet<_> = found.filter_map(|fault| Some(fault.split_once(' ')?.0.to_owned())).collect();
    let differing = expected.symmetric_difference(&found);
    faults.extend(differing.map(|package| format!("supply: {package}: a fault not reported, or reported without one")));
    Ok(faults)
}

/// Lines marked `~ fault`; a first line with `~ fault in file` marks the whole file.
fn marked(root: &Path, folder: &Path) -> Result<BTreeSet<(String, usize)>, String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            found.extend(marked(root, &path)?);
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        for (index, line) in text.lines().enumerate() {
            if line.contains("~ fault in file") {
                found.insert((name.clone(), 0));
            } else if line.contains("~ fault") {
                found.insert((name.clone(), index + 1));
            }
        }
    }
    Ok(found)
}
