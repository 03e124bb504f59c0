//! Result of reading an input, in a form that can be compared.

use std::collections::BTreeMap;

use tensionmap::Code;
use tensionmap::unstable::ingest;
use tensionmap::{FileTally, Role};
use tensionmap::unstable::ingest::{IngestError, ReadOptions};
use tensionmap::{Day, Incident, Input};

/// The reports of an input, and what became of the others.
#[derive(Debug, PartialEq)]
pub struct Read {
    pub read: u64,
    pub accepted: u64,
    pub refused: BTreeMap<&'static str, u64>,
    /// Code and value of every refused record, in order.
    pub faults: Vec<(&'static str, String)>,
    /// Latitude and longitude to the last bit, and all else of a report.
    pub incidents: Vec<(u64, u64, Incident)>,
    pub format: &'static str,
    /// Which column was taken for what.
    pub columns: Vec<(Role, String)>,
}

pub fn bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    Input::Bytes(name.to_owned(), bytes.into())
}

/// Reads an input and checks what always holds.
pub fn read(input: &Input, reading: &ReadOptions) -> Result<Read, IngestError> {
    let (mut incidents, mut batches, mut faults, mut last) = (Vec::new(), 0, Vec::new(), 0);
    let tally = ingest::read(
        input,
        reading,
        &mut |batch| {
            let length = batch.len();
            assert!(length <= 1 << 14, "a batch of {length}");
            assert!([batch.lat().len(), batch.lng().len(), batch.when().len(), batch.known().len()] == [length; 4]);
            assert!(batch.precision().is_empty() || batch.precision().len() == length);
            batches += length as u64;
            let all = batch.incidents().collect::<Vec<_>>();
            // Nothing that was accepted may be lost for being out of range later.
            assert_eq!(all.len(), length, "an accepted report that cannot be placed");
            for (row, incident) in all.into_iter().enumerate() {
                let (lat, lng) = (batch.lat()[row], batch.lng()[row]);
                assert!((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng), "{lat} {lng}");
                assert!(incident.when.is_sound(), "{:?}", incident.when);
                assert!(Day::RANGE.contains(&incident.known), "{:?}", incident.known);
                incidents.push((lat.to_bits(), lng.to_bits(), incident));
            }
        },
        &mut |refused| {
            assert!(refused.record > last, "record {} refused after {last}", refused.record);
            last = refused.record;
            assert!(["Q_", "W_"].contains(&&refused.code.id()[..2]), "{}", refused.code);
            assert!(refused.value.chars().count() <= 201);
            let _shown = refused.to_string();
            faults.push((refused.code.id(), refused.value.clone()));
            Ok(())
        },
    );
    let tally = tally.inspect_err(|error| check_error(error, error.code()))?;
    account(&tally, batches, faults.len() as u64, last);
    Ok(Read {
        read: tally.read,
        accepted: tally.accepted,
        refused: tally.quarantined.iter().map(|(code, &n)| (code.id(), n)).collect(),
        faults,
        incidents,
        format: tally.format,
        columns: tally.columns,
    })
}

/// Checks the sum rule and the other promises of a tally.
fn account(tally: &FileTally, accepted: u64, refused: u64, last: u64) {
    assert_eq!(tally.read, tally.accepted + tally.quarantined(), "{tally}");
    assert_eq!((tally.accepted, tally.quarantined()), (accepted, refused), "{tally}");
    assert!(last <= tally.read);
    assert!(tally.unmapped.values().sum::<u64>() <= tally.accepted, "{tally}");
    assert!(tally.precisions.values().sum::<u64>() <= tally.accepted, "{tally}");
    assert!(tally.quarantined.values().all(|&n| n > 0) && tally.warnings.values().all(|&n| n > 0));
    for example in &tally.examples {
        assert!(tally.quarantined.contains_key(&example.code));
    }
}

/// Checks that an error has a code of its kind and prints with its causes.
fn check_error(error: &dyn std::error::Error, code: Code) {
    assert!(code.id().starts_with("E_"), "{code}");
    shown(error);
}

/// A message with its causes.
pub fn shown(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| text + ": " + &cause.to_string())
}

/// Reads an input twice, which must come to the same.
pub fn read_twice(input: &Input, reading: &ReadOptions) -> Result<Read, IngestError> {
    let (first, second) = (read(input, reading), read(input, reading));
    match (&first, &second) {
        (Ok(first), Ok(second)) => assert_eq!(first, second),
        (Err(first), Err(second)) => assert_eq!(shown(first), shown(second)),
        _ => panic!("{first:?} and then {second:?}"),
    }
    first
}

/// Checks that two inputs which say the same come to the same; what is shown of a fault may differ.
pub fn same(one: &Read, other: &Read, how: &str) {
    // Whether a record is too large to be kept depends on where blocks end, by a block at most.
    if [one, other].iter().any(|read| read.refused.contains_key("Q_TOO_LARGE")) {
        return;
    }
    assert_eq!(one.read, other.read, "{how}");
    // A column that one of them looked far enough ahead to see may have taken the role of another.
    if one.columns != other.columns {
        return;
    }
    assert_eq!((one.read, one.accepted, &one.refused), (other.read, other.accepted, &other.refused), "{how}");
    assert_eq!(one.incidents, other.incidents, "{how}");
}
