//! The index of a GeoPackage, an R-tree of SQLite, packed from the bottom up instead of row by row: neighbours in the order of H3
//! are neighbours on the ground. Its nodes are laid out as SQLite's `ext/rtree/rtree.c` describes them, and SQLite's own
//! `rtreecheck` finds nothing wrong with them.

use rusqlite::{Connection, params};

use super::super::feature_table::{RowGeometries, RowGeometry};
use crate::invalid::Cause;

/// Most entries of a node, and bytes of a node: SQLite reads no other size with pages of 4,096 bytes and two dimensions.
const MOST: usize = 51;
const NODE_BYTES: usize = 4 + MOST * 24;

/// A row or a node, and west, east, south and north of what is in it.
type Entry = (i64, [f32; 4]);

/// Makes the index and fills it.
pub(super) fn write(db: &Connection, shapes: &RowGeometries) -> Result<(), Cause> {
    db.execute_batch("CREATE VIRTUAL TABLE rtree_tension_geom USING rtree(id, minx, maxx, miny, maxy)")?;
    let entry = |(row, shape): (i64, RowGeometry<'_>)| {
        let [west, south, east, north] = shape.bounds()?;
        Some((row, [below(west), above(east), below(south), above(north)]))
    };
    let entries: Vec<Entry> = (1..).zip(shapes.iter()).filter_map(entry).collect();
    if entries.is_empty() {
        return Ok(());
    }
    let mut node = db.prepare("INSERT OR REPLACE INTO rtree_tension_geom_node VALUES (?, ?)")?;
    let mut of_row = db.prepare("INSERT INTO rtree_tension_geom_rowid VALUES (?, ?)")?;
    let mut of_node = db.prepare("INSERT INTO rtree_tension_geom_parent VALUES (?, ?)")?;
    // The root is node 1; the others are numbered from the leaves up.
    let (mut level, mut next, mut depth) = (entries, 2, 0_u16);
    loop {
        let is_root = level.len() <= MOST;
        let mut above = Vec::with_capacity(level.len() / MOST + 1);
        for part in level.chunks(even(level.len())) {
            let number = if is_root { 1 } else { next };
            next += 1;
            node.execute(params![number, bytes(part, if is_root { depth } else { 0 })])?;
            for (child, _) in part {
                let parents = if depth == 0 { &mut of_row } else { &mut of_node };
                parents.execute(params![child, number])?;
            }
            above.push((number, all(part)));
        }
        if is_root {
            return Ok(());
        }
        (level, depth) = (above, depth + 1);
    }
}

/// Entries of each node, so that none is nearly empty.
fn even(entries: usize) -> usize {
    entries.div_ceil(entries.div_ceil(MOST))
}

/// What all of these lie in.
fn all(part: &[Entry]) -> [f32; 4] {
    let join = |a: [f32; 4], b: [f32; 4]| [a[0].min(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].max(b[3])];
    part.iter().map(|(_, bounds)| *bounds).reduce(join).unwrap_or_default()
}

/// A node: how far it is from the leaves if it is the root, how many entries, the entries, all with the highest byte first.
fn bytes(part: &[Entry], depth: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NODE_BYTES);
    bytes.extend_from_slice(&depth.to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(part.len()).unwrap_or_default().to_be_bytes());
    for (number, bounds) in part {
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend(bounds.iter().flat_map(|edge| edge.to_be_bytes()));
    }
    bytes.resize(NODE_BYTES, 0);
    bytes
}

/// The nearest number of single precision that is not above, or not below: an index may find too much, never too little.
#[allow(clippy::cast_possible_truncation, reason = "what is lost is made up for")]
fn below(edge: f64) -> f32 {
    let near = edge as f32;
    if f64::from(near) > edge { near.next_down() } else { near }
}

#[allow(clippy::cast_possible_truncation, reason = "what is lost is made up for")]
fn above(edge: f64) -> f32 {
    let near = edge as f32;
    if f64::from(near) < edge { near.next_up() } else { near }
}
