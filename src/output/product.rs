//! Products and their encoders: one interface to everything that can be written.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value};

use super::{Companion, EncodeError, OutputError};
use crate::disclosure::{Disclose, Release};
use crate::invalid::Cause;

/// A file format of a product. A new one is a file with an encoder and a line in the product's list.
pub trait Encoder<T: Clone>: Sync {
    /// Short name, as printed by `tensionmap list outputs`.
    fn name(&self) -> &'static str;

    /// Use of the format, in a line.
    fn about(&self) -> &'static str;

    /// Extensions it is chosen by, lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Writes the whole product and returns the small files that belong beside it. The same release gives the same bytes.
    ///
    /// # Errors
    /// A product that the format cannot hold; a place that cannot be written.
    fn encode(&self, release: &Release<'_, T>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError>;
}

/// The small files beside a result, or the cause why it cannot be written.
pub(super) type Encoded = Result<Vec<Companion>, Cause>;

/// An encoder made from a function.
pub(super) struct FnEncoder<T: Clone> {
    name: &'static str,
    extensions: &'static [&'static str],
    about: &'static str,
    encode: fn(&Release<'_, T>, &mut dyn Write) -> Encoded,
}

/// An encoder by its name, extensions, use in a line, and function.
pub(super) const fn format<T: Clone>(
    name: &'static str,
    extensions: &'static [&'static str],
    about: &'static str,
    encode: fn(&Release<'_, T>, &mut dyn Write) -> Encoded,
) -> FnEncoder<T> {
    FnEncoder { name, extensions, about, encode }
}

impl<T: Clone> Encoder<T> for FnEncoder<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn encode(&self, release: &Release<'_, T>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError> {
        let mut out = WatchedWriter { out, has_failed: false };
        (self.encode)(release, &mut out).map_err(|cause| EncodeError::of(cause, out.has_failed))
    }
}

/// A writer that remembers its failure: libraries of formats hide it in errors of their own.
struct WatchedWriter<'a> {
    out: &'a mut dyn Write,
    has_failed: bool,
}

impl Write for WatchedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).inspect_err(|_| self.has_failed = true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().inspect_err(|_| self.has_failed = true)
    }
}

/// Writes a result that is one text.
pub(super) fn write_text(out: &mut dyn Write, text: &str) -> Encoded {
    out.write_all(text.as_bytes())?;
    Ok(Vec::new())
}

/// A result of the engine: what of it is released, the formats it can be written in and where it came from.
pub trait Product: Sized {
    /// The part that may leave, after disclosure control.
    type Released: Disclose + Sync + 'static;

    /// Name in `tensionmap list outputs`.
    const NAME: &'static str;

    /// Content in a line, with the commands that make it.
    const ABOUT: &'static str;

    /// Formats, in the order in which they are listed.
    const ENCODERS: &'static [&'static dyn Encoder<Self::Released>];

    /// The part that disclosure control starts from.
    fn released(&self) -> &Self::Released;

    /// Provenance as JSON, for the manifest and for `--json`.
    fn provenance_json(release: &Release<'_, Self::Released>) -> Value;

    /// Most important results, for the terminal and for `--json`.
    fn summary(release: &Release<'_, Self::Released>) -> Summary {
        let members = Map::from_iter([("provenance".to_owned(), Self::provenance_json(release))]);
        Summary { lines: Vec::new(), members }
    }
}

/// Most important results of a run.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Sentences for the person at the terminal.
    pub lines: Vec<String>,
    /// Members of the JSON summary.
    pub members: Map<String, Value>,
}

/// Name, use and extensions of an encoder.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EncoderEntry {
    /// Short name.
    pub name: &'static str,
    /// Use of the format, in a line.
    pub about: &'static str,
    /// Extensions, lower case, without the dot.
    pub extensions: &'static [&'static str],
}

/// A product and its encoders, for listing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProductEntry {
    /// Name of the product.
    pub name: &'static str,
    /// Content in a line.
    pub about: &'static str,
    /// Its encoders, in order.
    pub encoders: Vec<EncoderEntry>,
}

impl ProductEntry {
    /// The entry of a product.
    pub(super) fn of<P: Product>() -> Self {
        let entry = |one: &&dyn Encoder<P::Released>| {
            let (name, about, extensions) = (one.name(), one.about(), one.extensions());
            EncoderEntry { name, about, extensions }
        };
        Self { name: P::NAME, about: P::ABOUT, encoders: P::ENCODERS.iter().map(entry).collect() }
    }
}

/// Encoder of a product for a path: the one with the longest matching extension, since `map.kepler.json` is not GeoJSON.
///
/// # Errors
/// An extension that no encoder of the product has.
pub fn encoder_for<P: Product>(path: &Path) -> Result<&'static dyn Encoder<P::Released>, OutputError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let ends = |extension: &&str| name.strip_suffix(*extension).is_some_and(|stem| stem.ends_with('.'));
    let all = || P::ENCODERS.iter().flat_map(|one| one.extensions().iter().map(move |extension| (*extension, *one)));
    let found = all().filter(|(extension, _)| ends(extension)).max_by_key(|(extension, _)| extension.len());
    found.map(|(_, encoder)| encoder).ok_or_else(|| {
        let known: Vec<String> = all().map(|(extension, _)| format!(".{extension}")).collect();
        OutputError::Extension { path: path.display().to_string(), known: known.join(", ") }
    })
}

/// Bytes of a product in the format of an extension.
pub(crate) fn to_bytes<P: Product>(release: &Release<'_, P::Released>, ending: &str) -> Result<Vec<u8>, OutputError> {
    let encoder = encoder_for::<P>(Path::new(&format!("result.{ending}")))?;
    let mut bytes = Vec::new();
    encoder.encode(release, &mut bytes).map_err(|error| error.at(&format!("bytes as .{ending}")))?;
    Ok(bytes)
}
