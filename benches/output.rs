//! Writing: a layer to each output.

use divan::Bencher;
use tensionmap::output::OUTPUTS;

#[divan::bench(args = OUTPUTS.iter().map(|output| output.name()), sample_count = 20)]
fn write(bencher: Bencher, name: &str) {
    let layer = super::sample().layer;
    let output = OUTPUTS.iter().find(|output| output.name() == name).unwrap();
    bencher.bench_local(|| {
        let mut bytes = Vec::new();
        output.write(&layer, &mut bytes).unwrap();
        bytes
    });
}
