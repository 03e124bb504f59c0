//! `tensionmap list`: what is known by name, printed from the registries.

use tensionmap::ingest::{Code, FORMATS, PRESETS, Role};
use tensionmap::layer::Band;
use tensionmap::output::OUTPUTS;
use tensionmap::score::weights::TABLES;
use tensionmap::{Category, Error, Method};

use super::{Outcome, Voice};

/// Print what is known by name: formats, presets, columns, categories, codes, outputs, palettes, weights, or the method as TOML
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
    Weights,
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
        What::Palettes => Band::ALL
            .iter()
            .map(|Band { from, to, colour: [red, green, blue] }| {
                row("tension", &format!("{from:>3} to {to:>3} points  #{red:02x}{green:02x}{blue:02x}"))
            })
            .collect(),
        What::Categories => Category::ALL
            .iter()
            .map(|&category| {
                let weight = method.category_weight(category);
                format!("{:<24} {weight:>4}  {:<12} {}", category.id(), category.strand().id(), category.about())
            })
            .collect(),
        What::Weights => TABLES.iter().map(|(name, about, _)| row(name, about)).collect(),
        What::Method => vec![method.to_toml().trim_end().to_owned()],
    };
    Voice::result(lines.join("\n"))?;
    Ok(Outcome::Clean)
}

fn row(name: &str, about: &str) -> String {
    format!("{name:<18} {about}")
}
