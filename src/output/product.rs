//! Products and their encoders: one interface to everything that can be written.

use std::any::Any;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Companion, EncodeError, Format, OutputError};
use crate::disclosure::{Disclose, Release};
use crate::invalid::Cause;
use crate::layer::{TableLayout, View};

/// A file format of a product. A new one is a file with an encoder and a line in the product's list.
pub trait Encoder<T: Clone>: Sync {
    /// Short name, as printed by `tensionmap list outputs`.
    fn name(&self) -> &'static str;

    /// Use of the format, in a line.
    fn about(&self) -> &'static str;

    /// Extensions it is chosen by, lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Checks what settings ask of the result, before anything is read.
    ///
    /// # Errors
    /// A layout that the format cannot hold, or words that no font can draw.
    fn check(&self, _asked: &Request<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Writes the whole product and returns the small files that belong beside it. The same release gives the same bytes.
    ///
    /// # Errors
    /// A product that the format cannot hold; a place that cannot be written.
    fn encode(&self, release: &Release<'_, T>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError>;
}

/// Wishes of the settings for a result, known before it is made.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// Layout of tables.
    pub layout: &'a TableLayout,
    /// View in pictures.
    pub view: &'a View,
    /// Title of pages.
    pub title: &'a str,
    /// Marking of pages.
    pub marking: &'a str,
    /// True for areas, false for cells.
    pub of_areas: bool,
    /// Number of dates, where the settings state it.
    pub dates: Option<usize>,
}

/// The small files beside a result, or the cause why it cannot be written.
pub(super) type Encoded = Result<Vec<Companion>, Cause>;

/// An encoder made from a function.
pub(super) struct FnEncoder<T: Clone> {
    format: Format,
    extensions: &'static [&'static str],
    about: &'static str,
    encode: fn(&Release<'_, T>, &mut dyn Write) -> Encoded,
    check: fn(&Request<'_>) -> Result<(), Cause>,
}

impl<T: Clone> FnEncoder<T> {
    /// The encoder with a check of what settings ask of it.
    pub(super) const fn unless(self, check: fn(&Request<'_>) -> Result<(), Cause>) -> Self {
        Self { check, ..self }
    }
}

/// An encoder by its format, extensions, use in a line, and function.
pub(super) const fn format<T: Clone>(
    format: Format,
    extensions: &'static [&'static str],
    about: &'static str,
    encode: fn(&Release<'_, T>, &mut dyn Write) -> Encoded,
) -> FnEncoder<T> {
    FnEncoder { format, extensions, about, encode, check: |_| Ok(()) }
}

impl<T: Clone> Encoder<T> for FnEncoder<T> {
    fn name(&self) -> &'static str {
        self.format.name()
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn check(&self, asked: &Request<'_>) -> Result<(), EncodeError> {
        (self.check)(asked).map_err(|cause| EncodeError::of(cause, false))
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

/// Encoders that a program adds to the registry's, each for one kind of product.
#[derive(Clone, Default)]
pub(crate) struct OwnEncoders(Vec<Arc<dyn Any + Send + Sync>>);

/// An encoder as it is kept among those of other products.
type OwnEncoder<T> = Box<dyn Encoder<T> + Send>;

impl OwnEncoders {
    pub(crate) fn push<T: Clone + 'static>(&mut self, encoder: impl Encoder<T> + Send + 'static) {
        let encoder: OwnEncoder<T> = Box::new(encoder);
        self.0.push(Arc::new(encoder));
    }

    /// Those of a product after those of the registry.
    fn with<P: Product>(&self) -> impl DoubleEndedIterator<Item = &dyn Encoder<P::Released>> + Clone {
        let own = self.0.iter().filter_map(|one| one.downcast_ref::<OwnEncoder<P::Released>>());
        P::ENCODERS.iter().copied().chain(own.map(|one| &**one as &dyn Encoder<P::Released>))
    }

    /// Encoder of a product for a path: the one with the longest matching extension, since `map.kepler.json` is not GeoJSON.
    /// Of two with the same one, the last.
    pub(crate) fn for_path<P: Product>(&self, path: &Path) -> Result<&dyn Encoder<P::Released>, OutputError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let ends = |extension: &&str| name.strip_suffix(*extension).is_some_and(|stem| stem.ends_with('.'));
        let extensions = |one| Encoder::extensions(one).iter().map(move |extension| (*extension, one));
        let all = || self.with::<P>().flat_map(extensions);
        let found = all().filter(|(extension, _)| ends(extension)).max_by_key(|(extension, _)| extension.len());
        found.map(|(_, encoder)| encoder).ok_or_else(|| {
            let known: Vec<String> = all().map(|(extension, _)| format!(".{extension}")).collect();
            OutputError::Extension { path: path.display().to_string(), known: known.join(", ") }
        })
    }

    /// Bytes of a product in a format.
    pub(crate) fn encode<P: Product>(
        &self,
        release: &Release<'_, P::Released>,
        format: Format,
    ) -> Result<Vec<u8>, OutputError> {
        let encoder = self.with::<P>().rfind(|one| one.name() == format.name()).ok_or_else(|| {
            let known: Vec<&str> = self.with::<P>().map(Encoder::name).collect();
            OutputError::Format { product: P::NAME, format: format.name(), known: known.join(", ") }
        })?;
        let mut bytes = Vec::new();
        encoder.encode(release, &mut bytes)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for OwnEncoders {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("OwnEncoders").field(&self.0.len()).finish()
    }
}

/// Encoder of a product for a path, by its extension.
///
/// # Errors
/// An extension that no encoder of the product has.
pub fn encoder_for<P: Product>(path: &Path) -> Result<&'static dyn Encoder<P::Released>, OutputError> {
    static NONE: OwnEncoders = OwnEncoders(Vec::new());
    NONE.for_path::<P>(path)
}
