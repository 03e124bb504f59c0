//! Signatures as text, from rustdoc's JSON.

use serde_json::Value;

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn function(path: &str, inner: &Value) -> String {
    let signature = &inner["sig"];
    let argument = |pair: &Value| {
        let (name, kind) = (text(&pair[0]), type_text(&pair[1]));
        match (name, kind.as_str()) {
            ("self", "Self") => "self".to_owned(),
            ("self", "&Self") => "&self".to_owned(),
            ("self", "&mut Self") => "&mut self".to_owned(),
            _ => format!("{name}: {kind}"),
        }
    };
    let arguments = list(&signature["inputs"]).iter().map(argument).collect::<Vec<_>>().join(", ");
    let output =
        if signature["output"].is_null() { String::new() } else { format!(" -> {}", type_text(&signature["output"])) };
    let header = &inner["header"];
    let words = [("is_const", "const "), ("is_async", "async "), ("is_unsafe", "unsafe ")];
    let qualifiers: String = words.iter().filter(|(key, _)| header[*key] == true).map(|(_, word)| *word).collect();
    format!(
        "pub {qualifiers}fn {path}{}({arguments}){output}{}",
        generics(&inner["generics"]),
        conditions(&inner["generics"])
    )
}

/// Parameters in angle brackets; `impl Trait` arguments are not repeated.
pub fn generics(generics: &Value) -> String {
    let parameter = |parameter: &Value| {
        let (name, kind) = (text(&parameter["name"]), &parameter["kind"]);
        if kind["type"]["is_synthetic"] == true {
            return None;
        }
        let bounds = bounds(&kind["type"]["bounds"], ": ");
        let constant = if kind["const"].is_object() {
            format!("const {name}: {}", type_text(&kind["const"]["type"]))
        } else {
            format!("{name}{bounds}")
        };
        Some(constant)
    };
    let parameters: Vec<String> = list(&generics["params"]).iter().filter_map(parameter).collect();
    if parameters.is_empty() { String::new() } else { format!("<{}>", parameters.join(", ")) }
}

fn conditions(generics: &Value) -> String {
    let condition = |condition: &Value| {
        let bound = &condition["bound_predicate"];
        bound.is_object().then(|| format!("{}{}", type_text(&bound["type"]), bounds(&bound["bounds"], ": ")))
    };
    let conditions: Vec<String> = list(&generics["where_predicates"]).iter().filter_map(condition).collect();
    if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(", ")) }
}

pub fn bounds(bounds: &Value, before: &str) -> String {
    let bound = |bound: &Value| match &bound["outlives"] {
        Value::String(lifetime) => lifetime.clone(),
        _ if bound["use"].is_array() => String::new(),
        _ => {
            let modifier = if bound["trait_bound"]["modifier"] == "maybe" { "?" } else { "" };
            format!("{modifier}{}", path_text(&bound["trait_bound"]["trait"]))
        }
    };
    let bounds: Vec<String> = list(bounds).iter().map(bound).filter(|bound| !bound.is_empty()).collect();
    if bounds.is_empty() { String::new() } else { format!("{before}{}", bounds.join(" + ")) }
}

/// Last segment of a path with its arguments.
pub fn path_text(path: &Value) -> String {
    let name = text(&path["path"]).rsplit("::").next().unwrap_or_default();
    let arguments = &path["args"];
    let angled = &arguments["angle_bracketed"];
    if let Some(parenthesized) = arguments.get("parenthesized") {
        let inputs = list(&parenthesized["inputs"]).iter().map(type_text).collect::<Vec<_>>().join(", ");
        let output = if parenthesized["output"].is_null() {
            String::new()
        } else {
            format!(" -> {}", type_text(&parenthesized["output"]))
        };
        return format!("{name}({inputs}){output}");
    }
    let argument = |argument: &Value| match argument {
        Value::Object(map) if map.contains_key("lifetime") => text(&map["lifetime"]).to_owned(),
        Value::Object(map) if map.contains_key("type") => type_text(&map["type"]),
        Value::Object(map) if map.contains_key("const") => text(&map["const"]["expr"]).to_owned(),
        _ => "_".to_owned(),
    };
    let constraint = |constraint: &Value| {
        let binding = &constraint["binding"];
        let value = if binding["equality"].is_object() {
            format!(" = {}", type_text(&binding["equality"]["type"]))
        } else {
            bounds(&binding["constraint"], ": ")
        };
        format!("{}{value}", text(&constraint["name"]))
    };
    let all: Vec<String> =
        list(&angled["args"]).iter().map(argument).chain(list(&angled["constraints"]).iter().map(constraint)).collect();
    if all.is_empty() { name.to_owned() } else { format!("{name}<{}>", all.join(", ")) }
}

pub fn type_text(value: &Value) -> String {
    let Some((kind, inner)) = value.as_object().and_then(|map| map.iter().next()) else { return "_".to_owned() };
    match kind.as_str() {
        "resolved_path" => path_text(inner),
        "generic" | "primitive" => text(inner).to_owned(),
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map_or_else(String::new, |lifetime| format!("{lifetime} "));
            let mutable = if inner["is_mutable"] == true { "mut " } else { "" };
            let target = type_text(&inner["type"]);
            if target.starts_with("dyn ") && target.contains(" + ") {
                format!("&{lifetime}{mutable}({target})")
            } else {
                format!("&{lifetime}{mutable}{target}")
            }
        }
        "slice" => format!("[{}]", type_text(inner)),
        "array" => format!("[{}; {}]", type_text(&inner["type"]), text(&inner["len"])),
        "tuple" => format!("({})", list(inner).iter().map(type_text).collect::<Vec<_>>().join(", ")),
        "impl_trait" => format!("impl {}", bounds(inner, "")),
        "dyn_trait" => {
            let traits: Vec<String> = list(&inner["traits"]).iter().map(|bound| path_text(&bound["trait"])).collect();
            let lifetime = inner["lifetime"].as_str().map_or_else(String::new, |lifetime| format!(" + {lifetime}"));
            format!("dyn {}{lifetime}", traits.join(" + "))
        }
        "qualified_path" => {
            let base = type_text(&inner["self_type"]);
            let name = text(&inner["name"]);
            if inner["trait"].is_null() || text(&inner["trait"]["path"]).is_empty() {
                format!("{base}::{name}")
            } else {
                format!("<{base} as {}>::{name}", path_text(&inner["trait"]))
            }
        }
        "raw_pointer" => {
            format!("*{} {}", if inner["is_mutable"] == true { "mut" } else { "const" }, type_text(&inner["type"]))
        }
        "function_pointer" => {
            let signature = &inner["sig"];
            let inputs =
                list(&signature["inputs"]).iter().map(|pair| type_text(&pair[1])).collect::<Vec<_>>().join(", ");
            let output = if signature["output"].is_null() {
                String::new()
            } else {
                format!(" -> {}", type_text(&signature["output"]))
            };
            format!("fn({inputs}){output}")
        }
        _ => "_".to_owned(),
    }
}
