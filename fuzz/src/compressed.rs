//! gzip and Zstandard: as it comes, and around text that is then read as if it were plain.

use std::io::Write;

use tensionmap::unstable::ingest::ReadOptions;

use crate::Choice;
use crate::outcome::{bytes, read, read_twice, same, shown};

/// A compressed file. The first byte says how it is made of the rest, the next two what is done to it.
pub fn compressed(data: &[u8]) {
    let mut choice = Choice(data);
    let (form, place, turn) = (choice.byte() % 8, choice.byte(), choice.byte());
    let text = choice.rest();
    let reading = ReadOptions::default();
    let packed = match form {
        0 => text.to_vec(),
        1 | 2 => gzip(text),
        3 => [gzip(&text[..text.len() / 2]), gzip(&text[text.len() / 2..])].concat(),
        4 => [zstd(&text[..text.len() / 2]), zstd(&text[text.len() / 2..])].concat(),
        _ => zstd(text),
    };
    let name = if form < 4 { "x.csv.gz" } else { "x.csv.zst" };
    // Cut short, or with a byte that is another: it may be refused, and must not be more than there was.
    let spoilt = match form {
        2 | 6 => {
            let mut spoilt = packed.clone();
            let at = usize::from(place) * packed.len() / 256;
            spoilt[at] ^= turn;
            Some(spoilt)
        }
        7 => Some(packed[..usize::from(place) * packed.len() / 256].to_vec()),
        _ => None,
    };
    if let Some(spoilt) = spoilt {
        let _spoilt = read_twice(&bytes(name, spoilt), &reading);
        return;
    }
    let found = read_twice(&bytes(name, packed), &reading);
    if form == 0 || text.is_empty() || text.starts_with(&[0x1f, 0x8b]) || text.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return;
    }
    match (found, read(&bytes("x.csv", text), &reading)) {
        (Ok(found), Ok(plain)) => same(&found, &plain, name),
        (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => panic!("{name}: {}", shown(&error)),
        (Ok(_), Err(error)) => panic!("plain only: {}", shown(&error)),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).and_then(|()| out.finish()).unwrap_or_else(|error| panic!("{error}"))
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap_or_else(|error| panic!("{error}"))
}
