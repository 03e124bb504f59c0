//! Writing: a layer of 20,000 cells to each output, beside the usual crates alone.

use divan::Bencher;
use tensionmap::CellScore;
use tensionmap::Page;
use tensionmap::Product;
use tensionmap::Profile;
use tensionmap::{ColumnValue, TableLayout, View};
use tensionmap::{Engine, Layer, sample};

/// Layer of the sample's city at a fine resolution, with as many cells as a county.
fn layer() -> Layer {
    let engine = Engine::builder().as_of("2026-03-02").resolution(11).area(sample::boundary()).build().unwrap();
    engine.incidents(sample::incidents()).unwrap().run().unwrap().product.layer
}

fn written(layer: &Layer, name: &str) -> Vec<u8> {
    let output = Layer::ENCODERS.iter().find(|output| output.name() == name).unwrap();
    let mut bytes = Vec::new();
    output.encode(&Profile::Internal.release(layer), &mut bytes).unwrap();
    bytes
}

#[divan::bench(args = Layer::ENCODERS.iter().map(|output| output.name()), sample_count = 10, sample_size = 1)]
fn write(bencher: Bencher, name: &str) {
    let layer = layer();
    bencher.bench_local(|| written(&layer, name));
}

/// The layer with ten columns, as `t7_write.py` has the peers write it.
#[divan::bench(args = ["geojson", "flatgeobuf", "parquet", "geopackage", "csv"], sample_count = 20, sample_size = 1)]
fn write_ten_columns(bencher: Bencher, name: &str) {
    let mut layer = layer();
    let select = ["score", "level", "rag", "status", "n_window", "n_baseline", "rr", "p_exceed"];
    layer.set_layout(TableLayout { select: select.map(str::to_owned).to_vec(), ..TableLayout::default() }).unwrap();
    bencher.bench_local(|| written(&layer, name));
}

/// The layer on a slide, all cells of one class, as `t6_render.py` has the peers draw it.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn write_slide(bencher: Bencher) {
    let mut layer = layer();
    let page = Page::of("1920x1080", None).unwrap();
    layer.set_view(View { page, fill: Some("n_baseline".to_owned()), ..View::default() }).unwrap();
    bencher.bench_local(|| written(&layer, "png"));
}

/// Features as values of the `geojson` crate, written as text at once.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn write_geojson_crate(bencher: Bencher) {
    let layer = layer();
    bencher.bench_local(|| {
        let columns = layer.columns();
        let feature = |(row, cell): (usize, &CellScore)| {
            let value = |value: ColumnValue<'_>| match value {
                ColumnValue::Null => serde_json::Value::Null,
                ColumnValue::Flag(flag) => flag.into(),
                ColumnValue::Whole(number) => number.into(),
                ColumnValue::Real(number) => number.into(),
                ColumnValue::Text(text) => text.into_owned().into(),
                ColumnValue::Date(day) => day.to_string().into(),
            };
            let properties = columns.iter().map(|column| (column.name.to_string(), value(column.value(row))));
            let outline = tensionmap::unstable::grid::boundary::outline(cell.cell);
            geojson::Feature {
                geometry: Some(geojson::Geometry::new(geojson::GeometryValue::from(&outline))),
                properties: Some(properties.collect()),
                ..Default::default()
            }
        };
        let features = layer.scores().cells.iter().enumerate().map(feature).collect();
        geojson::FeatureCollection { bbox: None, features, foreign_members: None }.to_string()
    });
}

/// The page's pixels, compressed by the `png` crate with its defaults.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn encode_png_crate(bencher: Bencher) {
    let picture = written(&layer(), "png");
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    bencher.bench_local(|| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, info.width, info.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        bytes
    });
}
