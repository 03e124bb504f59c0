//! A custom result format: a list of amber cells as Markdown, `out/amber.md`.

use std::io::Write;

use tensionmap::unstable::score::Rag;
use tensionmap::{Companion, EncodeError, Encoder};
use tensionmap::{Engine, Layer, sample};
use tensionmap::{Profile, Release};

struct Markdown;

impl Encoder<Layer> for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn about(&self) -> &'static str {
        "amber cells, one a line"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md"]
    }

    fn encode(&self, release: &Release<'_, Layer>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError> {
        let layer = release.product();
        writeln!(out, "# {} as of {}\n", layer.provenance().title, layer.provenance().as_of)?;
        for cell in &layer.scores().cells {
            if let Some(level) = cell.level.filter(|level| level.rag() == Rag::Amber) {
                writeln!(out, "- `{}`: {:.0} points, {}", cell.cell, cell.score, layer.level_name(level))?;
            }
        }
        Ok(Vec::new())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::builder().as_of(sample::AS_OF).title("Dogger Haven").build()?;
    let run = engine.incidents(sample::incidents())?.run()?;
    std::fs::create_dir_all("out")?;
    let mut file = std::fs::File::create("out/amber.md")?;
    Markdown.encode(&Profile::Internal.release(&run.layer), &mut file)?;
    Ok(())
}
