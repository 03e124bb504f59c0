//! `tensionmap list`: the names that settings accept, printed from the registries.

use crate::code::Code;
use crate::config::{SETTINGS, Setting};
use crate::format::{FORMATS, InputFormat, ReferenceSystem, systems};
use crate::hotspot::{STATISTICS, StatisticClass, infos};
use crate::ingest::{PRESETS, Role};
use crate::invalid::unknown;
use crate::layer::PAGES;
use crate::layer::context::STYLES;
use crate::layer::{CLASSIFIERS, ColumnSchema, PALETTES, Picture, Plane, output_columns};
use crate::output::{EncoderEntry, ProductEntry, products};
use crate::score::METHODS;
use crate::score::weights::TABLES;
use crate::{Category, Error, InvalidValue, Ledger, Method};
use clap::CommandFactory;
use serde_json::{Map, Value, json};

use super::commands::{CommandEntry, commands};
use super::console::{Completion, Console};
use super::report::Report;

/// Print names that settings accept, such as formats, presets, roles, reference systems, columns, codes, outputs,
/// palettes, settings and commands, or the method as TOML
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Names to print
    registry: Registry,
    /// For `method`: a built-in one, see `methods` [default: the first of them]
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Registry {
    Formats,
    Presets,
    Roles,
    Systems,
    Columns,
    Categories,
    Codes,
    Outputs,
    Palettes,
    Classes,
    Pages,
    Pictures,
    Projections,
    ContextStyles,
    Weights,
    Statistics,
    Methods,
    Method,
    Settings,
    Commands,
}

pub(super) fn run(args: ListArgs, console: Console) -> Result<Completion, Error> {
    let method = named_method(&args)?;
    let entries: Vec<ListEntry> = match args.registry {
        Registry::Formats => FORMATS.iter().map(format_row).collect(),
        Registry::Presets => PRESETS.iter().map(|preset| row(&preset.name, &preset.about)).collect(),
        Registry::Roles => Role::ALL.iter().copied().map(role).collect(),
        Registry::Systems => systems().map(system).collect(),
        Registry::Columns => output_columns().iter().map(|(column, products)| column_row(column, products)).collect(),
        Registry::Codes => {
            let code = |code: &Code| entry(format!("{:<20} {}", code.id(), code.about()), code.id(), code.about());
            Code::ALL.iter().map(code).collect()
        }
        Registry::Outputs => products().into_iter().map(outputs).collect(),
        Registry::Palettes => PALETTES
            .iter()
            .map(|palette| {
                let colours: Vec<String> = (0..5).map(|k| css(palette.colour(k, 5))).collect();
                let text = row(palette.name, &format!("{}  {}", colours.join(" "), palette.about)).text;
                entry(text, palette.name, palette.about).with("colours", json!(colours))
            })
            .collect(),
        Registry::Classes => CLASSIFIERS.iter().map(|(name, about)| row(name, about)).collect(),
        Registry::Pages => PAGES.iter().map(|page| row(page.name, page.about)).collect(),
        Registry::Pictures => Picture::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        Registry::Projections => Plane::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        Registry::Categories => Category::ALL
            .iter()
            .map(|&category| {
                let (id, about, strand) = (category.id(), category.about(), category.strand().id());
                let weight = method.category_weight(category);
                let entry = entry(format!("{id:<24} {weight:>4}  {strand:<12} {about}"), id, about);
                entry.with("weight", json!(weight)).with("strand", json!(strand))
            })
            .collect(),
        Registry::ContextStyles => STYLES.iter().map(|style| row(style.name, style.about)).collect(),
        Registry::Weights => TABLES.iter().map(|(name, about, _)| row(name, about)).collect(),
        Registry::Statistics => statistics(),
        Registry::Settings => SETTINGS.iter().map(setting).collect(),
        Registry::Commands => commands(&super::Cli::command()).into_iter().map(command).collect(),
        Registry::Methods => METHODS.iter().map(|(name, _, about)| row(name, about)).collect(),
        Registry::Method => {
            let (text, about) = (method.to_toml(), "the method as TOML");
            vec![entry(text.trim_end().to_owned(), &method.name, about).with("toml", json!(text))]
        }
    };
    let (lines, items): (Vec<String>, Vec<Value>) = entries.into_iter().map(|entry| (entry.text, entry.json)).unzip();
    let result = Map::from_iter([("items".to_owned(), items.into())]);
    let nothing = Ledger::default();
    console.report(Report { text: Some(lines.join("\n")), result, ..Report::of([&nothing, &nothing], &[]) })
}

/// Entry of a registry: as a line, and as JSON with name, meaning and further members.
struct ListEntry {
    text: String,
    json: Value,
}

fn entry(text: String, name: &str, about: &str) -> ListEntry {
    ListEntry { text, json: json!({"name": name, "about": about}) }
}

impl ListEntry {
    /// Adds a member to the JSON.
    fn with(mut self, member: &str, value: Value) -> Self {
        self.json[member] = value;
        self
    }
}

/// An input format with the roles of its files.
fn format_row(format: &InputFormat) -> ListEntry {
    let roles = format.roles();
    let text = format!("{:<12} {:<36} {}", format.name, roles.join(", "), format.about);
    entry(text, format.name, format.about).with("roles", roles.iter().map(|role| Value::from(*role)).collect())
}

/// A role with the names of its columns.
fn role(role: Role) -> ListEntry {
    let aliases = role.aliases().join(", ");
    let only = format!("(only where --column {role}=NAME names it)");
    row(role.id(), if aliases.is_empty() { &only } else { &aliases })
}

/// A reference system with the metres that its conversion is accurate to.
fn system(ReferenceSystem { crs, name, metres }: ReferenceSystem) -> ListEntry {
    let entry = entry(format!("{:<11} {:<7} {name}", crs.to_string(), format!("{metres} m")), &crs.to_string(), &name);
    entry.with("metres", json!(metres))
}

/// A product with its formats.
fn outputs(product: ProductEntry) -> ListEntry {
    let line =
        |encoder: &EncoderEntry| format!("\n  {:<26} {}", format!(".{}", encoder.extensions.join(" .")), encoder.about);
    let lines: String = product.encoders.iter().map(line).collect();
    let format = |one: &EncoderEntry| json!({"name": one.name, "about": one.about, "extensions": one.extensions});
    let formats = product.encoders.iter().map(format).collect();
    let text = format!("{}: {}{lines}", product.name, product.about);
    entry(text, product.name, product.about).with("formats", formats)
}

/// A command with the names of its parameters.
fn command(command: CommandEntry) -> ListEntry {
    let names = command.parameters.iter().filter_map(|parameter| parameter["name"].as_str());
    let text = format!("{}\n  {}", row(&command.name, &command.about).text, names.collect::<Vec<_>>().join(" "));
    entry(text, &command.name, &command.about).with("parameters", command.parameters.into())
}

/// The method to print: the default unless another is named, which only `method` takes.
fn named_method(args: &ListArgs) -> Result<Method, Error> {
    let Some(name) = &args.name else { return Ok(Method::default()) };
    let names: Vec<&str> = METHODS.iter().map(|(name, ..)| *name).collect();
    let is_method = matches!(args.registry, Registry::Method);
    if !is_method {
        return Err(InvalidValue::expecting("name", name, "a name only after `list method`").into());
    }
    Ok(Method::named(name).ok_or_else(|| unknown("name", name, &names, ""))?)
}

/// The statistics, then the classes of each as a legend has them.
fn statistics() -> Vec<ListEntry> {
    let class = |class: StatisticClass| {
        let (colour, (name, about)) = (css(class.colour), class.listed);
        entry(row(&name, &format!("{colour}  {about}")).text, &name, &about).with("colour", json!(colour))
    };
    let fills = STATISTICS.iter().filter_map(|statistic| statistic.fill());
    let classes = fills.flat_map(|fill| fill.classes.into_iter().rev()).map(class);
    infos().map(|info| row(info.id, info.about)).chain(classes).collect()
}

/// Line of a setting: name, type, meaning, default and verbs.
fn setting(setting: &Setting) -> ListEntry {
    let Setting { name, kind, verbs, about, .. } = setting;
    let default = setting.default.unwrap_or("none");
    let text = format!("{name:<16} {kind:<10} {about} [default: {default}] [{}]", verbs.join(", "));
    let entry = entry(text, name, about).with("type", json!(kind)).with("default", json!(setting.default));
    entry.with("commands", json!(verbs))
}

fn row(name: &str, about: &str) -> ListEntry {
    entry(format!("{name:<18} {about}"), name, about)
}

/// A colour as CSS has it.
fn css([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Name, type, unit, range, products and meaning of an output column.
fn column_row(column: &ColumnSchema, products: &[&str]) -> ListEntry {
    let range = match column.range {
        Some((min, _)) if min <= f64::MIN => "any".to_owned(),
        Some((min, max)) if max >= f64::MAX => format!("{min} or more"),
        Some((min, max)) => format!("{min} to {max}"),
        None => String::new(),
    };
    let (name, kind, unit, about, joined) =
        (column.name, column.kind.id(), column.unit, column.about, products.join(","));
    let entry = entry(format!("{name:<18} {kind:<6} {unit:<13} {range:<12} {joined:<36} {about}"), name, about);
    let typed = entry.with("type", json!(kind)).with("unit", json!(unit)).with("range", json!(range));
    typed.with("products", json!(products))
}
