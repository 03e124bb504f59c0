//! ZIP archives: as they come, packed here, and packed and then spoilt.

use tensionmap::Input;
use tensionmap::unstable::ingest::ReadOptions;

use crate::Choice;
use crate::outcome::{bytes, read, read_twice, same, shown};
use crate::workbook::packed;

/// An archive. The first byte says how it is made of the rest, the next two what is done to it.
pub fn archive(data: &[u8]) {
    let mut choice = Choice(data);
    let (form, place, turn) = (choice.byte() % 4, choice.byte(), choice.byte());
    let rest = choice.rest();
    let reading = ReadOptions::default();
    let mut whole = if form == 0 { rest.to_vec() } else { packed(members(rest)) };
    if form == 3 && !whole.is_empty() {
        let at = usize::from(place) * whole.len() / 256;
        whole[at] ^= turn;
    }
    // Members are read where an archive is named by its path.
    let path = std::env::temp_dir().join(format!("tensionmap-fuzz-{}.zip", std::process::id()));
    std::fs::write(&path, &whole).unwrap_or_else(|error| panic!("{error}"));
    let inputs = match Input::expand(&path) {
        Ok(inputs) => inputs,
        Err(error) => return drop(shown(&error)),
    };
    for input in inputs {
        let found = read_twice(&input, &reading);
        let name = input.name();
        let Some((_, text)) = members(rest).into_iter().find(|(member, _)| name.ends_with(&format!("/{member}")))
        else {
            continue;
        };
        // A member that is whole reads as the file does.
        if form != 1 || text.starts_with(b"PK") {
            continue;
        }
        match (found, read(&bytes(&name, text), &reading)) {
            (Ok(found), Ok(plain)) => same(&found, &plain, &name),
            (Err(_), Err(_)) => {}
            (Err(error), Ok(_)) => panic!("{name}: {}", shown(&error)),
            (Ok(_), Err(error)) => panic!("plain only: {}", shown(&error)),
        }
    }
}

/// Parts of an input, each as a member under the next of some names.
fn members(rest: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    const NAMES: [&str; 6] = ["a.csv", "2026-01/b-street.csv", "c.geojson", "__MACOSX/d.csv", "e.txt", "f.shp"];
    let parts = rest.split(|&byte| byte == 0xff).map(<[u8]>::to_vec);
    NAMES.into_iter().zip(parts).collect()
}
