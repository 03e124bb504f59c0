//! Near repeats as a table of bands: CSV, or JSON with the parameters.

use std::io::Write;

use super::csv::CsvEncoder;
use super::{Companion, Encoder};
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::NearRepeatsTable;

impl Encoder<NearRepeatsTable> for CsvEncoder {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "one row a band of distance and time"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn encode(&self, release: &Release<'_, NearRepeatsTable>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        out.write_all(release.product().near_repeats.csv().as_bytes())?;
        Ok(Vec::new())
    }
}

/// The bands with the parameters of the test.
#[derive(Debug)]
pub(super) struct BandsEncoder;

impl Encoder<NearRepeatsTable> for BandsEncoder {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "the same table with the parameters of the test"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn encode(&self, release: &Release<'_, NearRepeatsTable>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        out.write_all(release.product().near_repeats.json().as_bytes())?;
        Ok(Vec::new())
    }
}
