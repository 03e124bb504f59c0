//! `tensionmap list`: what is known by name, printed from the registries.

use tensionmap::hotspot::{STATISTICS, StatisticClass, infos};
use tensionmap::ingest::{Code, FORMATS, PRESETS, Role};
use tensionmap::layer::context::STYLES;
use tensionmap::layer::{CLASSIFIERS, PALETTES, Picture, Plane};
use tensionmap::output::{OUTPUTS, PAGES};
use tensionmap::score::weights::TABLES;
use tensionmap::{Category, Error, Method};

use super::{Outcome, Voice};

/// Print what is known by name: formats, presets, columns, categories, codes, outputs, palettes and the like, or the method as TOML
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    what: What,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    Formats,
    Presets,
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
        What::Columns => Role::ALL.iter().map(|role| row(role.id(), &role.aliases().join(", "))).collect(),
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
    let class = |class: StatisticClass| {
        let ([red, green, blue], (name, about)) = (class.colour, class.listed);
        row(&name, &format!("#{red:02x}{green:02x}{blue:02x}  {about}"))
    };
    let fills = STATISTICS.iter().filter_map(|statistic| statistic.fill());
    let classes = fills.flat_map(|fill| fill.classes.into_iter().rev()).map(class);
    infos().map(|info| row(info.id, info.about)).chain(classes).collect()
}

fn row(name: &str, about: &str) -> String {
    format!("{name:<18} {about}")
}
