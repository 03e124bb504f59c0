//! Arrow IPC, mapped without decoding. Geometries are well-known binary, an extension type of `GeoArrow`
//! (<https://geoarrow.org/extension-types>).

use std::io::Write;
use std::sync::Arc;

use polars_arrow::datatypes::{ArrowDataType, ExtensionType, Metadata};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};
use polars_arrow::record_batch::RecordBatchT;
use serde_json::json;

use super::arrays::{GEOMETRY, columns, crs, geo, schema};
use super::feature_table::FeatureTable;
use super::product::Encoded;
use super::style;
use crate::disclosure::Release;
use crate::layer::{Layer, TableGeometry};

/// Rows of a batch.
const BATCH: usize = 1 << 16;

/// The Arrow IPC file format, also known as Feather 2, uncompressed so that it can be mapped.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::typed(layer, TableGeometry::Polygons);
    let shapes = table.shapes();
    let mut schema = schema(&table, &shapes);
    if let Some(field) = schema.get_mut(GEOMETRY) {
        let inner = field.dtype.clone();
        let about = Some(json!({"crs": crs()?, "crs_type": "projjson"}).to_string().into());
        let shapes = ExtensionType { name: "geoarrow.wkb".into(), inner, metadata: about };
        field.dtype = ArrowDataType::Extension(Box::new(shapes));
    }
    let schema = Arc::new(schema);
    let mut writer = FileWriter::try_new(out, Arc::clone(&schema), None, WriteOptions { compression: None })?;
    let mut about = Metadata::from([("tensionmap".into(), serde_json::to_string(layer.provenance())?.into())]);
    about.extend(geo(&table, &shapes)?.map(|geo| ("geo".into(), geo.into())));
    writer.set_custom_schema_metadata(Arc::new(about));
    for start in (0..table.len()).step_by(BATCH) {
        let rows = start..(start + BATCH).min(table.len());
        let arrays = columns(&table, &shapes, rows.clone()).into_iter().map(|(_, array)| array).collect();
        writer.write(&RecordBatchT::try_new(rows.len(), Arc::clone(&schema), arrays)?, None)?;
    }
    writer.finish()?;
    Ok(style::files(layer))
}
