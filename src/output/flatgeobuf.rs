//! FlatGeobuf: typed features with a spatial index, streamed by QGIS, GDAL and web maps.
//!
//! The crate's own writer goes through a file in the system's temporary folder, and scores must not lie there. So only its tables
//! and its index are used, in memory.

use std::io::Write;

use ::flatgeobuf::packed_r_tree::{NodeItem, PackedRTree, calc_extent, hilbert_sort};
use ::flatgeobuf::{
    Column, ColumnArgs, ColumnType, Crs, CrsArgs, Feature, FeatureArgs, Geometry, GeometryArgs, GeometryType, Header,
    HeaderArgs,
};
use flatbuffers::FlatBufferBuilder;
use rayon::prelude::*;

use super::feature_table::{FeatureTable, RowGeometry, RowRing, geometry_needed};
use super::product::Encoded;
use super::style;
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{ColumnValue, Layer, TableGeometry, ValueKind};

/// First bytes of a file.
const MAGIC: [u8; 8] = *b"fgb\x03fgb\x00";

/// FlatGeobuf 3.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    geometry_needed(layer.layout(), "FlatGeobuf")?;
    let table = FeatureTable::typed(layer, TableGeometry::Polygons);
    let shapes = table.shapes();
    let kind = match table.geometry {
        TableGeometry::Centroids => GeometryType::Point,
        _ if !shapes.any_multi() => GeometryType::Polygon,
        _ => GeometryType::MultiPolygon,
    };
    let features: Vec<Vec<u8>> = (0..table.len())
        .into_par_iter()
        .with_min_len(256)
        .map_init(FlatBufferBuilder::new, |buffer, row| feature(buffer, &table, row, shapes.of(row), kind))
        .collect();
    let node = |(row, shape): (u64, RowGeometry<'_>)| {
        let [min_x, min_y, max_x, max_y] = shape.bounds().unwrap_or_default();
        NodeItem { min_x, min_y, max_x, max_y, offset: row }
    };
    let mut nodes: Vec<NodeItem> = (0..).zip(shapes.iter()).map(node).collect();
    let extent = calc_extent(&nodes);
    out.write_all(&MAGIC)?;
    out.write_all(&header(layer, &table, kind, &extent)?)?;
    if nodes.is_empty() {
        return Ok(style::files(layer));
    }
    // Features lie in the order of the index, with an offset for each.
    hilbert_sort(&mut nodes, &extent);
    let mut offset = 0;
    let mut order = Vec::with_capacity(nodes.len());
    for node in &mut nodes {
        let feature = &features[usize::try_from(node.offset)?];
        order.push(feature);
        node.offset = offset;
        offset += feature.len() as u64;
    }
    PackedRTree::build(&nodes, &extent, PackedRTree::DEFAULT_NODE_SIZE)?.stream_write(&mut &mut *out)?;
    order.into_iter().try_for_each(|feature| out.write_all(feature))?;
    Ok(style::files(layer))
}

fn header(layer: &Layer, table: &FeatureTable<'_>, kind: GeometryType, extent: &NodeItem) -> Result<Vec<u8>, Cause> {
    let mut buffer = FlatBufferBuilder::new();
    let (title, about) = (&layer.provenance().title, serde_json::to_string(&layer.metadata())?);
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            let type_ = match column.kind {
                ValueKind::Flag => ColumnType::Bool,
                ValueKind::Whole => ColumnType::Long,
                ValueKind::Real => ColumnType::Double,
                ValueKind::Text => ColumnType::String,
                // The format has no type for a day alone; its readers take one as midnight.
                ValueKind::Date => ColumnType::DateTime,
            };
            let name = Some(buffer.create_string(&column.name));
            let title = Some(buffer.create_string(style::alias(&column.about)));
            let description = Some(buffer.create_string(&column.about));
            Column::create(&mut buffer, &ColumnArgs { name, type_, title, description, ..ColumnArgs::default() })
        })
        .collect();
    let (org, name) = (Some(buffer.create_string("EPSG")), Some(buffer.create_string("WGS 84")));
    let crs = Crs::create(&mut buffer, &CrsArgs { org, code: 4326, name, ..CrsArgs::default() });
    let envelope = [extent.min_x, extent.min_y, extent.max_x, extent.max_y];
    let args = HeaderArgs {
        name: Some(buffer.create_string("tension")),
        envelope: (table.len() > 0).then(|| buffer.create_vector(&envelope)),
        geometry_type: kind,
        columns: Some(buffer.create_vector(&columns)),
        features_count: table.len() as u64,
        index_node_size: if table.len() > 0 { PackedRTree::DEFAULT_NODE_SIZE } else { 0 },
        crs: Some(crs),
        title: Some(buffer.create_string(title)),
        metadata: Some(buffer.create_string(&about)),
        ..HeaderArgs::default()
    };
    let header = Header::create(&mut buffer, &args);
    buffer.finish_size_prefixed(header, None);
    Ok(buffer.finished_data().to_vec())
}

/// A feature, with its length before it.
fn feature(
    buffer: &mut FlatBufferBuilder<'_>,
    table: &FeatureTable<'_>,
    row: usize,
    shape: RowGeometry<'_>,
    kind: GeometryType,
) -> Vec<u8> {
    buffer.reset();
    let geometry = match shape {
        RowGeometry::None => None,
        RowGeometry::Point(at) => {
            let xy = Some(buffer.create_vector(&[at.x, at.y]));
            Some(Geometry::create(buffer, &GeometryArgs { xy, ..GeometryArgs::default() }))
        }
        RowGeometry::Ring(_) | RowGeometry::Polygons(_) if kind == GeometryType::Polygon => {
            shape.polygons().next().map(|rings| part(buffer, rings, GeometryType::Unknown))
        }
        RowGeometry::Ring(_) | RowGeometry::Polygons(_) => {
            let parts: Vec<_> = shape.polygons().map(|rings| part(buffer, rings, GeometryType::Polygon)).collect();
            let parts = Some(buffer.create_vector(&parts));
            Some(Geometry::create(buffer, &GeometryArgs { parts, type_: kind, ..GeometryArgs::default() }))
        }
    };
    let properties = Some(buffer.create_vector(&properties(table, row)));
    let feature = Feature::create(buffer, &FeatureArgs { geometry, properties, columns: None });
    buffer.finish_size_prefixed(feature, None);
    buffer.finished_data().to_vec()
}

/// A polygon; it states its type only within a multipolygon.
fn part<'a, 'b>(
    buffer: &mut FlatBufferBuilder<'a>,
    rings: impl Iterator<Item = RowRing<'b>>,
    type_: GeometryType,
) -> flatbuffers::WIPOffset<Geometry<'a>> {
    let (mut xy, mut ends) = (Vec::with_capacity(16), Vec::with_capacity(1));
    for ring in rings {
        xy.extend(ring.corners().flat_map(|at| [at.x, at.y]));
        ends.push(u32::try_from(xy.len() / 2).unwrap_or(u32::MAX));
    }
    // A single ring needs no ends.
    let ends = (ends.len() > 1).then(|| buffer.create_vector(&ends));
    let xy = Some(buffer.create_vector(&xy));
    Geometry::create(buffer, &GeometryArgs { xy, ends, type_, ..GeometryArgs::default() })
}

/// The values of a row that are not null, each after the number of its column.
fn properties(table: &FeatureTable<'_>, row: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    for (place, column) in (0_u16..).zip(&table.columns) {
        let start = bytes.len();
        bytes.extend_from_slice(&place.to_le_bytes());
        match column.value(row) {
            ColumnValue::Null => bytes.truncate(start),
            ColumnValue::Flag(flag) => bytes.push(flag.into()),
            ColumnValue::Whole(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            ColumnValue::Real(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            ColumnValue::Text(value) => text(&value, &mut bytes),
            ColumnValue::Date(day) => text(&day.to_string(), &mut bytes),
        }
    }
    bytes
}

/// A text after its length.
fn text(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
