//! Published points and their cells: uber/h3's and h3o's own test inputs.

use std::fs;
use std::io::Read as _;
use std::path::{Path as File, PathBuf};

use h3_batch::{Path, Resolution};

fn read(file: &File) -> String {
    let bytes = fs::read(file).unwrap();
    if file.extension().is_some_and(|end| end == "gz") {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn published_points_have_their_published_cells() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/h3-vectors"));
    let folder = if folder.is_dir() { folder } else { PathBuf::from("/work/shared/data/h3-vectors") };
    if !folder.is_dir() {
        println!("skipped: no {}", folder.display());
        return;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("uber-h3"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.to_string_lossy().ends_with("centers.txt") || file.to_string_lossy().ends_with("ic.txt"))
        .collect();
    files.push(folder.join("h3o/latLngToCell.txt.gz"));
    let mut lines = 0;
    for file in files {
        for line in read(&file).lines().filter(|line| !line.trim().is_empty()) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let cell = u64::from_str_radix(fields[0], 16).unwrap();
            let [lat, lng] = [1, 2].map(|n| fields[n].parse::<f64>().unwrap());
            let resolution = Resolution::try_from((cell >> 52 & 15) as u8).unwrap();
            for path in Path::available() {
                let mut ours = [0];
                path.cells(&[lat], &[lng], resolution, &mut ours);
                assert_eq!(ours, [cell], "{path}: {}: {line}", file.display());
            }
            lines += 1;
        }
    }
    println!("{lines} published points");
    assert!(lines > 90_000, "{lines}");
}
