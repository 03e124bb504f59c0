//! Reports to a map in one call: scores the sample and writes `out/quickstart.png`.

use tensionmap::{Engine, Error, sample};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all("out")?;
    let path = "out/quickstart.png";
    score().and_then(|run| Ok(run.layer.save(path)?))?;
    Ok(())
}

fn score() -> Result<tensionmap::Run, Error> {
    Engine::builder()
        .as_of(sample::AS_OF)
        .area(sample::boundary())
        .title("Dogger Haven")
        .build()?
        .incidents(sample::incidents())?
        .indicator(sample::deprivation())?
        .run()
}
