//! Stage order: an import may only point down the list in `lib.rs`, and files of one stage form no circle.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use crate::source::{SourceFile, Token, files, is_word};

/// Numbers of files that may be on a circle within their stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Circles of files that name one another.
    pub direct: usize,
    /// All circles, also where a `mod.rs` re-exports the name.
    pub through_mod: usize,
}

/// A path in the code, absolute from the crate root.
#[derive(Clone, Debug)]
struct Reference {
    segments: Vec<String>,
    /// Name that it has here: the last segment or what follows `as`.
    name: String,
    line: usize,
    is_use: bool,
}

/// Checks `root/src` and, where it exists, the stages and paths of `root/ARCHITECTURE.md`; one text for each fault.
///
/// # Errors
/// A file that cannot be read or is not Rust.
pub fn check(root: &Path, limits: Limits) -> Result<Vec<String>, String> {
    let files = files(root, "src")?;
    let lib = files.iter().find(|file| file.path == "src/lib.rs").ok_or("src/lib.rs: not found")?;
    let stages = numbered(&lib.text, "//! ");
    let modules = child_modules(lib);
    let mut faults = Vec::new();
    for module in modules.iter().filter(|module| !stages.contains(module)) {
        faults.push(format!(
            "src/lib.rs: module {module} is not in the stage list (found {} stages); add the line `//! N. [`{module}`]: …` where it belongs",
            stages.len()
        ));
    }
    for stage in stages.iter().filter(|stage| !modules.contains(stage.as_str())) {
        faults.push(format!(
            "src/lib.rs: stage {stage} of the list is not a module; remove its line or declare `mod {stage};`"
        ));
    }
    let parents = parents(&files);
    let references: Vec<Vec<Reference>> = files.iter().map(|file| references(file, &parents)).collect();
    // Root re-exports: `crate::Day` belongs to the stage that defines it.
    let at_root: BTreeMap<&str, &str> = files
        .iter()
        .zip(&references)
        .filter(|(file, _)| file.path == "src/lib.rs")
        .flat_map(|(_, found)| found.iter().filter(|found| found.is_use))
        .map(|found| (found.name.as_str(), found.segments[0].as_str()))
        .collect();
    let rank = |stage: &str| stages.iter().position(|name| name == stage);
    for (file, found) in files.iter().zip(&references) {
        let Some((stage, own)) = file.room().and_then(|room| Some((room, rank(room)?))) else { continue };
        for reference in found {
            let Some(first) = reference.segments.first() else { continue };
            let target = if rank(first).is_some() || modules.contains(first) {
                first
            } else {
                *at_root.get(first.as_str()).unwrap_or(&first.as_str())
            };
            let item = reference.segments.join("::");
            if let Some(other) = rank(target) {
                if other > own {
                    faults.push(format!(
                        "{}:{}: stage {} {stage} imports crate::{item} of the higher stage {} {target}; move the item down, or let the caller pass the value",
                        file.path, reference.line, own + 1, other + 1
                    ));
                }
            } else if reference.is_use && !modules.contains(first) && !at_root.contains_key(first.as_str()) {
                faults.push(format!("{}:{}: crate::{item} is not in a stage of the list", file.path, reference.line));
            }
        }
    }
    for file in &files {
        let is_alias = |line: &(usize, &str)| line.1.contains("// moved:");
        faults.extend(file.text.lines().enumerate().filter(is_alias).map(|(index, _)| {
            format!(
                "{}:{}: alias of a moved item; import it from its new place and delete the line",
                file.path,
                index + 1
            )
        }));
    }
    let direct = circles(&files, &edges(&files, &references, false));
    faults.extend(above("directly", &direct, limits.direct));
    let all = circles(&files, &edges(&files, &references, true));
    faults.extend(above("also through names of mod.rs", &all, limits.through_mod));
    if let Ok(page) = fs::read_to_string(root.join("ARCHITECTURE.md")) {
        for (index, line) in page.lines().enumerate() {
            let spans = line.split('`').skip(1).step_by(2).filter(|span| span.contains('/') && !span.contains(' '));
            faults.extend(spans.filter(|path| !root.join(path).exists()).map(|path| {
                format!(
                    "ARCHITECTURE.md:{}: names {path}, which does not exist; name the file that has its place",
                    index + 1
                )
            }));
        }
        let found = numbered(&page, "");
        if found != stages {
            let at = stages.iter().zip(&found).position(|(a, b)| a != b).unwrap_or(stages.len().min(found.len()));
            let or_end = |list: &[String]| list.get(at).map_or("the end of the list".to_owned(), Clone::clone);
            faults.push(format!(
                "ARCHITECTURE.md: stage {} differs from src/lib.rs (found {}, expected {}); edit the page",
                at + 1,
                or_end(&found),
                or_end(&stages)
            ));
        }
    }
    Ok(faults)
}

/// Names of the first run of lines such as ``//! 3. [`grid`]: …`` or ``3. `grid`: …``.
fn numbered(text: &str, prefix: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.strip_prefix(prefix)?;
        let (number, rest) = line.split_once(". ")?;
        number.parse::<u32>().ok()?;
        let rest = rest.strip_prefix('[').unwrap_or(rest).strip_prefix('`')?;
        rest.split_once('`').map(|(name, _)| name.to_owned())
    };
    text.lines().skip_while(|line| name(line).is_none()).map_while(name).collect()
}

fn child_modules(file: &SourceFile) -> BTreeSet<String> {
    let own = file.tokens.windows(2).filter(|pair| pair[0].module.len() == file.module.len());
    own.filter(|pair| pair[0].text == "mod" && is_word(&pair[1].text)).map(|pair| pair[1].text.clone()).collect()
}

/// Modules with their children, inline ones included.
fn parents(files: &[SourceFile]) -> BTreeMap<Vec<String>, BTreeSet<String>> {
    let mut parents: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path != "src/main.rs") {
        for pair in file.tokens.windows(2).filter(|pair| pair[0].text == "mod" && is_word(&pair[1].text)) {
            parents.entry(pair[0].module.to_vec()).or_default().insert(pair[1].text.clone());
        }
    }
    parents
}

fn references(file: &SourceFile, parents: &BTreeMap<Vec<String>, BTreeSet<String>>) -> Vec<Reference> {
    let tokens = &file.tokens;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let path_sign = |at: usize| text(at) == ":" && text(at + 1) == ":";
    let mut found = Vec::new();
    let mut is_use = false;
    for at in 0..tokens.len() {
        match text(at) {
            "use" => is_use = true,
            ";" => is_use = false,
            _ => {}
        }
        let after_path = at >= 2 && path_sign(at - 2);
        let in_visibility = at >= 1 && text(at - 1) == "in";
        if !is_word(text(at)) || after_path || in_visibility {
            continue;
        }
        let module = &tokens[at].module;
        let mut base = module.to_vec();
        let start = match text(at) {
            "crate" if path_sign(at + 1) => {
                base.clear();
                at + 3
            }
            "super" if path_sign(at + 1) => {
                base.pop();
                at + 3
            }
            "self" if path_sign(at + 1) => at + 3,
            child
                if (path_sign(at + 1) || is_use && at >= 1 && text(at - 1) == "use")
                    && parents.get(base.as_slice()).is_some_and(|children| children.contains(child)) =>
            {
                at
            }
            _ => continue,
        };
        leaves(tokens, start, base, is_use, &mut found);
    }
    found
}

/// Adds each path that starts with `prefix` and continues at `at`; returns the index after it.
fn leaves(tokens: &[Token], mut at: usize, mut prefix: Vec<String>, is_use: bool, found: &mut Vec<Reference>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    loop {
        let line = tokens.get(at).map_or(0, |token| token.line);
        match text(at) {
            "super" => {
                prefix.pop();
            }
            "self" => {}
            "{" => {
                at += 1;
                while !matches!(text(at), "}" | "") {
                    at = if text(at) == "," { at + 1 } else { leaves(tokens, at, prefix.clone(), is_use, found) };
                }
                return at + 1;
            }
            "*" => {
                found.push(Reference { segments: prefix, name: "*".to_owned(), line, is_use });
                return at + 1;
            }
            name if is_word(name) => prefix.push(name.to_owned()),
            // A turbofish or a macro fragment.
            _ => {
                let name = prefix.last().cloned().unwrap_or_default();
                found.push(Reference { segments: prefix, name, line, is_use });
                return at + 1;
            }
        }
        at += 1;
        if text(at) == ":" && text(at + 1) == ":" {
            at += 2;
            continue;
        }
        let mut name = prefix.last().cloned().unwrap_or_default();
        if is_use && text(at) == "as" {
            name = text(at + 1).to_owned();
            at += 2;
        }
        found.push(Reference { segments: prefix, name, line, is_use });
        return at;
    }
}

/// Files of one stage that use one another: from, to, first line and item.
type Edges = Vec<BTreeMap<usize, (usize, String)>>;

/// Uses between the files of each stage. A file may use its own `mod.rs` and those above it, so these are left out.
///
/// With `through_mod` a name that a `mod.rs` re-exports leads to the file that defines it.
fn edges(files: &[SourceFile], references: &[Vec<Reference>], through_mod: bool) -> Edges {
    let modules: BTreeMap<&[String], usize> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.room().is_some())
        .map(|(index, file)| (file.module.as_slice(), index))
        .collect();
    let holder = |segments: &[String]| {
        (1..=segments.len()).rev().find_map(|length| Some((*modules.get(&segments[..length])?, length)))
    };
    let resolve = |segments: &[String]| {
        let mut segments = segments.to_vec();
        for _ in 0..if through_mod { 4 } else { 0 } {
            let (index, length) = holder(&segments)?;
            let next = segments.get(length).and_then(|name| {
                let mut uses = references[index].iter().filter(|found| found.is_use && found.name == *name);
                uses.find(|found| found.segments != segments && found.segments.first() == segments.first())
            });
            let Some(next) = next.filter(|_| files[index].is_mod()) else { break };
            let rest = segments.split_off(length + 1);
            segments = next.segments.iter().cloned().chain(rest).collect();
        }
        holder(&segments).map(|(index, _)| index)
    };
    let mut edges: Edges = vec![BTreeMap::new(); files.len()];
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.room().is_some()) {
        for found in references[index].iter().filter(|found| found.segments.first() == file.module.first()) {
            let Some(target) = resolve(&found.segments) else { continue };
            let above = files[target].is_mod() && file.module.starts_with(&files[target].module);
            if target != index && !above {
                edges[index].entry(target).or_insert_with(|| (found.line, found.segments.join("::")));
            }
        }
    }
    edges
}

struct Circle {
    files: Vec<usize>,
    text: String,
}

/// The shortest circle of each file that is on one; a file that is on a circle before it is not repeated.
fn circles(files: &[SourceFile], edges: &Edges) -> Vec<Circle> {
    let mut found: Vec<Circle> = Vec::new();
    for start in 0..files.len() {
        if found.iter().any(|circle| circle.files.contains(&start)) {
            continue;
        }
        let Some(path) = shortest_circle(start, edges) else { continue };
        let step = |(from, to): (&usize, &usize)| {
            let (line, item) = &edges[*from][to];
            format!("\n    {}:{line}: {item} → {}", files[*from].path, files[*to].path)
        };
        let steps: String = path.iter().zip(path.iter().cycle().skip(1)).map(step).collect();
        let text = format!(
            "{}: circle of {} files in one stage; move the shared item into a file of its own{steps}",
            files[start].path,
            path.len()
        );
        found.push(Circle { files: path, text });
    }
    found
}

fn above(kind: &str, circles: &[Circle], limit: usize) -> Vec<String> {
    let members: BTreeSet<usize> = circles.iter().flat_map(|circle| circle.files.iter().copied()).collect();
    let found = members.len();
    if found <= limit {
        let hint = if found < limit { "; lower the limit" } else { "" };
        println!("files on circles within a stage, {kind}: {found} of at most {limit}{hint}");
        return Vec::new();
    }
    let mut faults: Vec<String> = circles.iter().map(|circle| circle.text.clone()).collect();
    faults.push(format!(
        "files on circles within a stage, {kind} (found {found}, at most {limit} allowed); break those above"
    ));
    faults
}

fn shortest_circle(start: usize, edges: &[BTreeMap<usize, (usize, String)>]) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &next in edges[at].keys() {
            if next == start {
                let mut path = vec![at];
                while let Some(&before) = came_from.get(path.last()?) {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if let Entry::Vacant(entry) = came_from.entry(next) {
                entry.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}
