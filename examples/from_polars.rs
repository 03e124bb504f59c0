//! Reports from a polars query the caller already has, scores back as a frame: writes `out/top_cells.csv`.

use polars::prelude::{IntoLazy, SerReader, SortMultipleOptions, col, lit};
use tensionmap::{Engine, polars};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/incidents.parquet"))?;
    let reports = polars_io::parquet::read::ParquetReader::new(file).finish()?;
    let from_people = reports.lazy().filter(col("source").neq(lit("Police")));

    let run = Engine::builder().as_of("2026-03-02").max_rejects("1%").build()?.incidents(from_people)?.run()?;

    let top =
        run.scores.frame()?.lazy().sort(["score"], SortMultipleOptions::new().with_order_descending(true)).limit(10);
    let top = top.collect()?;
    let (cells, scores) = (top.column("h3")?.u64()?.clone(), top.column("score")?.f64()?.clone());
    let lines = cells
        .iter()
        .zip(scores.iter())
        .map(|(cell, score)| format!("{:x},{:.1}\n", cell.unwrap_or_default(), score.unwrap_or_default()));
    std::fs::create_dir_all("out")?;
    std::fs::write("out/top_cells.csv", "h3,score\n".to_owned() + &lines.collect::<String>())?;
    Ok(())
}
