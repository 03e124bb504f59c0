//! `tensionmap list`: names and meanings, printed from the registries.

use tensionmap::hotspot::{Bin, Category as History, Quadrant, STATISTICS};
use tensionmap::ingest::{Code, FORMATS, PRESETS, Role};
use tensionmap::layer::context::STYLES;
use tensionmap::layer::{CLASSIFIERS, ColumnSchema, PALETTES, Picture, Plane, output_columns};
use tensionmap::output::{OUTPUTS, PAGES};
use tensionmap::score::weights::TABLES;
use tensionmap::{Category, Error, Method};

use super::{Outcome, Voice};

/// Print names and meanings: formats, presets, roles of input columns, output columns, categories, codes, outputs, palettes and the like, or the method as TOML
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    what: What,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
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
    Method,
}

pub(super) fn run(args: Args) -> Result<Outcome, Error> {
    let method = Method::default();
    let lines: Vec<String> = match args.what {
        What::Formats => FORMATS.iter().map(|format| row(format.name(), format.about())).collect(),
        What::Presets => PRESETS.iter().map(|preset| row(&preset.name, &preset.about)).collect(),
        What::Roles => Role::ALL.iter().map(|role| row(role.id(), &role.aliases().join(", "))).collect(),
        What::Columns => output_columns().iter().map(|(column, products)| column_row(column, products)).collect(),
        What::Codes => Code::ALL.iter().map(|code| format!("{:<20} {}", code.id(), code.about())).collect(),
        What::Outputs => {
            let line = |extensions: String, about: &str| format!("{extensions:<28} {about}");
            OUTPUTS.iter().map(|output| line(format!(".{}", output.extensions().join(" .")), output.about())).collect()
        }
        What::Palettes => PALETTES
            .iter()
            .map(|palette| {
                let colours = (0..5).map(|k| palette.colour(k, 5));
                let colours: String =
                    colours.map(|[red, green, blue]| format!("#{red:02x}{green:02x}{blue:02x} ")).collect();
                row(palette.name, &format!("{colours} {}", palette.about))
            })
            .collect(),
        What::Classes => CLASSIFIERS.iter().map(|(name, about)| row(name, about)).collect(),
        What::Pages => PAGES.iter().map(|page| row(page.name, page.about)).collect(),
        What::Pictures => Picture::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        What::Projections => Plane::ALL.iter().map(|(_, name, about)| row(name, about)).collect(),
        What::Categories => Category::ALL
            .iter()
            .map(|&category| {
                let weight = method.category_weight(category);
                format!("{:<24} {weight:>4}  {:<12} {}", category.id(), category.strand().id(), category.about())
            })
            .collect(),
        What::ContextStyles => STYLES.iter().map(|style| row(style.name, style.about)).collect(),
        What::Weights => TABLES.iter().map(|(name, about, _)| row(name, about)).collect(),
        What::Statistics => statistics(),
        What::Method => vec![method.to_toml().trim_end().to_owned()],
    };
    Voice::result(lines.join("\n"))?;
    Ok(Outcome::Clean)
}

/// The statistics, then the classes of each as a legend has them.
fn statistics() -> Vec<String> {
    let class = |name: &str, [red, green, blue]: [u8; 3], about: &str| {
        row(name, &format!("#{red:02x}{green:02x}{blue:02x}  {about}"))
    };
    let named = STATISTICS.iter().map(|named| row(named.name, named.about));
    let bins = Bin::ALL.iter().rev().map(|bin| class(&format!("gi_bin {}", bin.number), bin.colour, bin.name));
    let quadrants = Quadrant::ALL
        .iter()
        .map(|quadrant| class(&format!("moran {}", quadrant.id()), quadrant.colour(), quadrant.name()));
    let histories = History::ALL.iter().map(|history| {
        let about = format!("{}: {}", history.name(), history.about());
        class(&format!("ehsa_code {}", history.code()), history.colour(), &about)
    });
    named.chain(bins).chain(quadrants).chain(histories).collect()
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
