//! `tensionmap list`: the names that settings accept, printed from the registries.

use crate::code::Code;
use crate::config::{SETTINGS, Setting};
use crate::format::FORMATS;
use crate::hotspot::{STATISTICS, StatisticClass, infos};
use crate::ingest::{PRESETS, Role};
use crate::layer::PAGES;
use crate::layer::context::STYLES;
use crate::layer::{CLASSIFIERS, ColumnSchema, PALETTES, Picture, Plane, output_columns};
use crate::output::{ProductEntry, products};
use crate::score::METHODS;
use crate::score::weights::TABLES;
use crate::{Category, Error, InvalidValue, Method};

use super::console::{Completion, Console};

/// Print names that settings accept, such as formats, presets, input column roles, output columns, categories, codes,
/// outputs, palettes and settings, or the method as TOML
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    registry: Registry,
    /// For `method`: a built-in one, see `methods` [default: the first of them]
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Registry {
    Formats,
    Presets,
    Roles,
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
}

pub(super) fn run(args: ListArgs) -> Result<Completion, Error> {
    let method = named_method(&args)?;
    let lines: Vec<String> = match args.registry {
        Registry::Formats => FORMATS.iter().map(|format| row(format.name, format.about)).collect(),
        Registry::Presets => PRESETS.iter().map(|preset| row(&preset.name, &preset.about)).collect(),
        Registry::Roles => Role::ALL.iter().map(|role| row(role.id(), &role.aliases().join(", "))).collect(),
        Registry::Columns => output_columns().iter().map(|(column, products)| column_row(column, products)).collect(),
        Registry::Codes => Code::ALL.iter().map(|code| format!("{:<20} {}", code.id(), code.about())).collect(),
        Registry::Outputs => {
            let line = |extensions: String, about: &str| format!("  {extensions:<26} {about}");
            let product = |product: ProductEntry| {
                let encoders = product.encoders.into_iter();
                let lines = encoders.map(|one| line(format!(".{}", one.extensions.join(" .")), one.about));
                std::iter::once(format!("{}: {}", product.name, product.about)).chain(lines).collect::<Vec<_>>()
            };
            products().into_iter().flat_map(product).collect()
        }
        Registry::Palettes => PALETTES
            .iter()
            .map(|palette| {
                let colours = (0..5).map(|k| palette.colour(k, 5));
                let colours: String =
                    colours.map(|[red, green, blue]| format!("#{red:02x}{green:02x}{blue:02x} ")).collect();
                row(palette.name, &format!("{colours} {}", palette.about))
            })
            .collect(),
        Registry::Classes => CLASSIFIERS.iter().map(|(name, about)| row(name, about)).collect(),
        Registry::Pages => PAGES.iter().map(|page| row(page.name, page.about)).collect(),
        Registry::Pictures => Picture::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        Registry::Projections => Plane::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        Registry::Categories => Category::ALL
            .iter()
            .map(|&category| {
                let weight = method.category_weight(category);
                format!("{:<24} {weight:>4}  {:<12} {}", category.id(), category.strand().id(), category.about())
            })
            .collect(),
        Registry::ContextStyles => STYLES.iter().map(|style| row(style.name, style.about)).collect(),
        Registry::Weights => TABLES.iter().map(|(name, about, _)| row(name, about)).collect(),
        Registry::Statistics => statistics(),
        Registry::Settings => SETTINGS.iter().map(setting).collect(),
        Registry::Methods => METHODS.iter().map(|(name, _, about)| row(name, about)).collect(),
        Registry::Method => vec![method.to_toml().trim_end().to_owned()],
    };
    Console::result(lines.join("\n"))?;
    Ok(Completion::Clean)
}

/// The method to print: the default unless another is named, which only `method` takes.
fn named_method(args: &ListArgs) -> Result<Method, Error> {
    let Some(name) = &args.name else { return Ok(Method::default()) };
    let names: Vec<&str> = METHODS.iter().map(|(name, ..)| *name).collect();
    let is_method = matches!(args.registry, Registry::Method);
    let expected = if is_method { names.join(" or ") } else { "a name only after `list method`".to_owned() };
    let method = Method::named(name).filter(|_| is_method);
    Ok(method.ok_or_else(|| InvalidValue::expecting("name", name, expected))?)
}

/// The statistics, then the classes of each as a legend has them.
fn statistics() -> Vec<String> {
    let class = |class: StatisticClass| {
        let ([red, green, blue], (name, about)) = (class.colour, class.listed);
        row(&name, &format!("#{red:02x}{green:02x}{blue:02x}  {about}"))
    };
    let fills = STATISTICS.iter().filter_map(|statistic| statistic.fill());
    let classes = fills.flat_map(|fill| fill.classes.into_iter().rev()).map(class);
    infos().map(|info| row(info.id, info.about)).chain(classes).collect()
}

/// Line of a setting: name, type, meaning, default and verbs.
fn setting(setting: &Setting) -> String {
    let Setting { name, kind, verbs, about, .. } = setting;
    format!("{name:<16} {kind:<10} {about} [default: {}] [{}]", setting.default.unwrap_or("none"), verbs.join(", "))
}

fn row(name: &str, about: &str) -> String {
    format!("{name:<18} {about}")
}

/// Name, type, unit, range, products and meaning of an output column.
fn column_row(column: &ColumnSchema, products: &[&str]) -> String {
    let range = match column.range {
        Some((min, _)) if min <= f64::MIN => "any".to_owned(),
        Some((min, max)) if max >= f64::MAX => format!("{min} or more"),
        Some((min, max)) => format!("{min} to {max}"),
        None => String::new(),
    };
    let (name, kind, unit, products) = (column.name, column.kind.id(), column.unit, products.join(","));
    format!("{name:<18} {kind:<6} {unit:<13} {range:<12} {products:<36} {}", column.about)
}
