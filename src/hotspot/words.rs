//! What statistics found, in a few words for those who read no table.

use super::{Bin, Category, Clusters, Histories, LEAST_SLICES, LocalG, LocalMoran, Permutations, Quadrant};
use crate::incident::Day;

pub(super) fn gi_in_words(found: &[LocalG], counted: &str) -> Vec<String> {
    let bins: Vec<String> = Bin::ALL
        .iter()
        .filter_map(|bin| {
            let cells = found.iter().filter(|cell| cell.bin() == bin.number).count();
            (cells > 0).then(|| format!("{} {cells}", bin.name.to_lowercase()))
        })
        .collect();
    let mut words = vec![format!("Gi* of {counted}: {}", bins.join(" · "))];
    let undefined = found.iter().filter(|cell| !cell.is_defined).count();
    if undefined > 0 {
        words.push(format!(
            "cells whose z is not defined (equal counts, or a neighbourhood that is all or nothing): {undefined}"
        ));
    }
    words
}

pub(super) fn moran_in_words(found: &[LocalMoran], counted: &str, permutations: Permutations) -> Vec<String> {
    let clear = |quadrant: &Quadrant| {
        let cells = found.iter().filter(|cell| cell.q <= 0.05 && cell.quadrant == Some(*quadrant)).count();
        format!("{} {cells}", quadrant.name().to_lowercase())
    };
    let clear: Vec<String> = Quadrant::ALL.iter().map(clear).collect();
    let mut words = vec![format!("local Moran of {counted}, q at most 0.05: {}", clear.join(" · "))];
    let undefined = found.iter().filter(|cell| cell.quadrant.is_none()).count();
    if undefined > 0 {
        words.push(format!("cells whose I is not defined (equal counts, or no neighbour): {undefined}"));
    }
    // q is p times all cells, divided by those that have it or less.
    let together = (permutations.least_p() * found.len() as f64 / 0.05).ceil();
    if together > 1.0 {
        let (draws, least) = (permutations.draws, permutations.least_p());
        words.push(format!(
            "p of {draws} draws is {least} at least, so that q is at most 0.05 for {together} cells together or none; \
             --permutations takes more draws"
        ));
    }
    words
}

pub(super) fn emerging_in_words(found: &Histories, counted: &str) -> Vec<String> {
    let of = |category: &Category| {
        let cells = found.places.iter().filter(|place| place.category == *category).count();
        (cells > 0).then(|| format!("{} {cells}", category.name().to_lowercase()))
    };
    let categories: Vec<String> = Category::ALL.iter().filter_map(of).collect();
    let mut words = vec![format!("{counted}: {}", categories.join(" · "))];
    if found.slices < 2 * LEAST_SLICES {
        words.push(format!("only {} slices: a single one decides much", found.slices));
    }
    words
}

pub(super) fn scan_in_words(found: &Clusters, borders: &[Day], counted: &str) -> Vec<String> {
    let told = |(number, cluster): (usize, &super::Cluster)| {
        let (from, to) = (borders[cluster.from], borders[cluster.to] - 1);
        let cells =
            if cluster.cells.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", cluster.cells.len()) };
        format!(
            "cluster {number}: {} reports in {cells} from {from} to {to}, {:.1} expected (p {})",
            cluster.observed, cluster.expected, cluster.p
        )
    };
    let mut words = vec![format!("scan of {counted}: clusters {}", found.clusters.len())];
    words.extend((1..).zip(&found.clusters).map(told));
    if found.clusters.is_empty() {
        words.push("no disk of cells holds more reports than expected over any stretch of time: none at all, or all in one cell or slice".to_owned());
    }
    words
}
