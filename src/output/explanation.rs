//! Explanation of a cell as a page of text or as JSON.

use std::io::Write;

use super::{Companion, Encoder};
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::ExplainedCell;

/// The explanation in sentences.
#[derive(Debug)]
pub(super) struct TextEncoder;

impl Encoder<ExplainedCell> for TextEncoder {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "the explanation in sentences"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
    }

    fn encode(&self, release: &Release<'_, ExplainedCell>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        write!(out, "{}", release.product())?;
        Ok(Vec::new())
    }
}

/// Every number of the explanation, with its provenance.
#[derive(Debug)]
pub(super) struct JsonEncoder;

impl Encoder<ExplainedCell> for JsonEncoder {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "every number of the explanation, with its provenance"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn encode(&self, release: &Release<'_, ExplainedCell>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        writeln!(out, "{}", release.product().to_json()?)?;
        Ok(Vec::new())
    }
}
