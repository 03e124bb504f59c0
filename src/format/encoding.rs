//! Encodings of text. The default is UTF-8: other bytes are an error that names their position, never
//! turned into garbage.

use std::io::Read;
use std::str::FromStr;

use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::invalid::{InvalidValue, did_you_mean};

/// Encoding of the text of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Encoding(Option<&'static encoding_rs::Encoding>);

impl FromStr for Encoding {
    type Err = InvalidValue;

    fn from_str(label: &str) -> Result<Self, InvalidValue> {
        let label = if label.eq_ignore_ascii_case("cp1252") { "windows-1252" } else { label };
        match encoding_rs::Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding == encoding_rs::UTF_8 => Ok(Self(None)),
            Some(encoding) => Ok(Self(Some(encoding))),
            None => {
                let usual = ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-16le", "utf-16be", "macintosh"];
                let advice = did_you_mean(label, usual).unwrap_or_default();
                let expected = format!("a name such as utf-8, windows-1252 or utf-16le{advice}");
                Err(InvalidValue::expecting("encoding", label, expected))
            }
        }
    }
}

impl Encoding {
    /// True if text needs no decoding.
    pub(crate) fn is_utf8(self) -> bool {
        self.0.is_none()
    }

    /// Bytes in this encoding as UTF-8.
    pub(crate) fn decoded(self, bytes: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self.0 {
            None => bytes,
            Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(bytes)),
        }
    }

    /// The first bytes of a source in UTF-8, to recognise the format of UTF-16 text.
    pub(crate) fn head(self, head: &[u8]) -> Vec<u8> {
        match self.0 {
            Some(encoding) if !encoding.is_ascii_compatible() => encoding.decode(head).0.into_owned().into_bytes(),
            _ => head.to_vec(),
        }
    }
}
