//! Public interface as text: one line an item with its signature, from rustdoc's JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::signature::{bounds, function, generics, list, path_text, text, type_text};

/// Version of rustdoc's JSON that is read here; rustc 1.95 writes it.
const FORMAT: u64 = 57;

/// Compares the text with `list`, or writes it there if `words` are `--bless`.
///
/// # Errors
/// JSON of another version; a file that cannot be read or written.
pub fn check(json: &Path, list: &Path, words: &[&str]) -> Result<Vec<String>, String> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let root: Value = serde_json::from_str(&read(json)?).map_err(|error| format!("{}: {error}", json.display()))?;
    let version = root["format_version"].as_u64().unwrap_or(0);
    if version != FORMAT {
        return Err(format!(
            "{}: rustdoc's JSON has version {version} (expected {FORMAT}, of rustc 1.95); check with that rustc, or read the new version in .ci/guard/src/api.rs and set FORMAT",
            json.display()
        ));
    }
    let mut api = Api {
        index: &root["index"],
        paths: BTreeMap::new(),
        reexports: Vec::new(),
        lines: BTreeSet::new(),
        counts: Counts::default(),
    };
    api.module(&root["root"], "tensionmap", 0);
    api.print();
    println!("{}", api.counts.text());
    let text: String = api.lines.iter().map(|line| format!("{line}\n")).collect();
    match words {
        ["--bless"] => {
            fs::write(list, text).map_err(|error| format!("{}: {error}", list.display()))?;
            println!("wrote {}: {} lines", list.display(), api.lines.len());
            Ok(Vec::new())
        }
        [] => {
            let known = read(list)?;
            let known: BTreeSet<String> = known.lines().map(str::to_owned).collect();
            let gone = known.difference(&api.lines).map(|line| format!("- {line}"));
            let new = api.lines.difference(&known).map(|line| format!("+ {line}"));
            let mut faults: Vec<String> = gone.chain(new).collect();
            if !faults.is_empty() {
                faults.push(format!(
                    "{}: differs from the interface; if that is intended, run .ci/public-api.sh --bless",
                    list.display()
                ));
            }
            Ok(faults)
        }
        _ => Err(format!("{}: unknown option (expected --bless)", words.concat())),
    }
}

#[derive(Default)]
struct Counts {
    modules: usize,
    functions: usize,
    types: usize,
    traits: usize,
    constants: usize,
    methods: usize,
    fields: usize,
    variants: usize,
    /// Structs with a public field, enums; of each all and those that are non-exhaustive.
    open_structs: (usize, usize),
    enums: (usize, usize),
}

impl Counts {
    fn text(&self) -> String {
        let Self { modules, functions, types, traits, constants, methods, fields, variants, open_structs, enums } =
            self;
        format!(
            "public items: {} ({functions} functions, {types} types, {traits} traits, {constants} constants); beside them {modules} modules, {methods} methods, \
             {fields} fields of structs, {variants} variants\nnon-exhaustive: {} of {} structs with public fields, {} of {} enums",
            functions + types + traits + constants,
            open_structs.1,
            open_structs.0,
            enums.1,
            enums.0
        )
    }
}

struct Api<'a> {
    index: &'a Value,
    /// Every public path of an item, by its id.
    paths: BTreeMap<u64, Vec<String>>,
    reexports: Vec<String>,
    lines: BTreeSet<String>,
    counts: Counts,
}

impl<'a> Api<'a> {
    fn item(&self, id: &Value) -> Option<(&'a Value, &'a str, &'a Value)> {
        let item = self.index.get(id.as_u64()?.to_string())?;
        let (kind, inner) = item["inner"].as_object()?.iter().next()?;
        Some((item, kind, inner))
    }

    /// Collects the public paths below a module.
    fn module(&mut self, id: &Value, path: &str, depth: usize) {
        let Some((_, _, inner)) = self.item(id) else { return };
        for child in list(&inner["items"]) {
            let Some((item, kind, inner)) = self.item(child) else { continue };
            if item["visibility"] != "public" || depth > 8 {
                continue;
            }
            match kind {
                "use" => {
                    let name = text(&inner["name"]);
                    match self.item(&inner["id"]) {
                        Some((_, "module", _)) if inner["is_glob"] == true => {
                            self.module(&inner["id"], path, depth + 1)
                        }
                        Some((_, "module", _)) => self.module_at(&inner["id"], &format!("{path}::{name}"), depth),
                        Some(_) => self.place(&inner["id"], format!("{path}::{name}")),
                        None => self.reexports.push(format!("pub use {path}::{name} = {}", text(&inner["source"]))),
                    }
                }
                "module" => self.module_at(child, &format!("{path}::{}", text(&item["name"])), depth),
                _ => self.place(child, format!("{path}::{}", text(&item["name"]))),
            }
        }
    }

    fn module_at(&mut self, id: &Value, path: &str, depth: usize) {
        if self.lines.insert(format!("pub mod {path}")) {
            self.counts.modules += 1;
            self.module(id, path, depth + 1);
        }
    }

    fn place(&mut self, id: &Value, path: String) {
        self.paths.entry(id.as_u64().unwrap_or(0)).or_default().push(path);
    }

    fn print(&mut self) {
        for (id, mut paths) in std::mem::take(&mut self.paths) {
            // An item is listed in its stage; the root re-exports it.
            paths.sort_by_key(|path| (path.matches("::").count() == 1, path.matches("::").count(), path.clone()));
            paths.dedup();
            self.lines.extend(paths[1..].iter().map(|path| format!("pub use {path} = {}", paths[0])));
            self.define(&Value::from(id), &paths[0]);
        }
        self.lines.extend(std::mem::take(&mut self.reexports));
    }

    fn define(&mut self, id: &Value, path: &str) {
        let Some((item, kind, inner)) = self.item(id) else { return };
        let is_open = list(&item["attrs"]).iter().any(|attribute| attribute.to_string().contains("non_exhaustive"));
        let mark = if is_open { "#[non_exhaustive] " } else { "" };
        let parameters = generics(&inner["generics"]);
        let mut line = |text: String| self.lines.insert(text);
        match kind {
            "function" => {
                self.counts.functions += 1;
                line(function(path, inner));
            }
            "constant" | "static" => {
                self.counts.constants += 1;
                line(format!(
                    "pub {} {path}: {}",
                    if kind == "static" { "static" } else { "const" },
                    type_text(&inner["type"])
                ));
            }
            "type_alias" => {
                self.counts.types += 1;
                line(format!("pub type {path}{parameters} = {}", type_text(&inner["type"])));
            }
            "struct" | "union" => {
                self.counts.types += 1;
                line(format!("{mark}pub {kind} {path}{parameters}"));
                let fields = if kind == "union" { &inner["fields"] } else { &inner["kind"]["plain"]["fields"] };
                let fields = if fields.is_array() { fields } else { &inner["kind"]["tuple"] };
                let count = self.fields(fields, path);
                self.counts.fields += count;
                if count > 0 {
                    self.counts.open_structs.0 += 1;
                    self.counts.open_structs.1 += usize::from(is_open);
                }
                self.implementations(&inner["impls"], path);
            }
            "enum" => {
                self.counts.types += 1;
                self.counts.enums.0 += 1;
                self.counts.enums.1 += usize::from(is_open);
                line(format!("{mark}pub enum {path}{parameters}"));
                for variant in list(&inner["variants"]) {
                    self.variant(variant, path);
                }
                self.implementations(&inner["impls"], path);
            }
            "trait" => {
                self.counts.traits += 1;
                line(format!("{mark}pub trait {path}{parameters}{}", bounds(&inner["bounds"], ": ")));
                for member in list(&inner["items"]) {
                    self.member(member, path, true);
                }
            }
            "macro" => {
                line(format!("macro {path}!"));
            }
            _ => {}
        }
    }

    /// Adds a line for each public field; returns their number.
    fn fields(&mut self, fields: &Value, path: &str) -> usize {
        let mut count = 0;
        for field in list(fields) {
            let Some((item, _, inner)) = self.item(field) else { continue };
            if item["visibility"] == "public" {
                self.lines.insert(format!("pub {path}::{}: {}", text(&item["name"]), type_text(inner)));
                count += 1;
            }
        }
        count
    }

    fn variant(&mut self, id: &Value, path: &str) {
        let Some((item, _, inner)) = self.item(id) else { return };
        self.counts.variants += 1;
        let field = |id: &Value, is_named: bool| {
            let Some((item, _, inner)) = self.item(id) else { return "_".to_owned() };
            if is_named { format!("{}: {}", text(&item["name"]), type_text(inner)) } else { type_text(inner) }
        };
        let joined =
            |fields: &Value, is_named| list(fields).iter().map(|id| field(id, is_named)).collect::<Vec<_>>().join(", ");
        let kind = &inner["kind"];
        let content = if kind["tuple"].is_array() {
            format!("({})", joined(&kind["tuple"], false))
        } else if kind["struct"].is_object() {
            format!(" {{ {} }}", joined(&kind["struct"]["fields"], true))
        } else {
            String::new()
        };
        let line = format!("{path}::{}{content}", text(&item["name"]));
        self.lines.insert(line);
    }

    /// Inherent members one by one, implemented traits on one line.
    fn implementations(&mut self, ids: &Value, path: &str) {
        let mut traits = BTreeSet::new();
        for id in list(ids) {
            let Some((_, _, inner)) = self.item(id) else { continue };
            if inner["trait"].is_null() {
                for member in list(&inner["items"]) {
                    self.member(member, path, false);
                }
            } else if inner["is_synthetic"] == false && inner["blanket_impl"].is_null() {
                traits.insert(path_text(&inner["trait"]));
            }
        }
        traits.remove("StructuralPartialEq");
        if !traits.is_empty() {
            self.lines.insert(format!("impl {path}: {}", traits.into_iter().collect::<Vec<_>>().join(", ")));
        }
    }

    fn member(&mut self, id: &Value, path: &str, of_trait: bool) {
        let Some((item, kind, inner)) = self.item(id) else { return };
        if !of_trait && item["visibility"] != "public" {
            return;
        }
        let path = format!("{path}::{}", text(&item["name"]));
        let line = match kind {
            "function" => {
                self.counts.methods += 1;
                let provided = if of_trait && inner["has_body"] == true { " { … }" } else { "" };
                format!("{}{provided}", function(&path, inner))
            }
            "assoc_const" => format!("pub const {path}: {}", type_text(&inner["type"])),
            "assoc_type" => format!("pub type {path}{}", bounds(&inner["bounds"], ": ")),
            _ => return,
        };
        self.lines.insert(line);
    }
}
