//! Encodings of text. The default is UTF-8: other bytes are an error that names their position, never
//! turned into garbage.

use std::io::Read;
use std::str::FromStr;

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::{FormatError, Source};
use crate::invalid::InvalidValue;

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
            None => Err(InvalidValue::expecting("encoding", label, "a name such as utf-8, windows-1252 or utf-16le")),
        }
    }
}

impl Encoding {
    /// The text of a source, as UTF-8.
    pub(crate) fn reader(self, source: Source) -> Box<dyn Read + Send> {
        match self.0 {
            None => source.into_reader(),
            Some(encoding) => {
                Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(source.into_reader()))
            }
        }
    }

    /// The first bytes of a source in UTF-8, to recognise the format of UTF-16 text.
    pub(crate) fn head(self, head: &[u8]) -> Vec<u8> {
        match self.0 {
            Some(encoding) if !encoding.is_ascii_compatible() => encoding.decode(head).0.into_owned().into_bytes(),
            _ => head.to_vec(),
        }
    }

    /// Errors if text begins like UTF-16 and no encoding was stated.
    pub(crate) fn check(self, source: &Source) -> Result<(), FormatError> {
        let head = source.head();
        let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        match head.iter().position(|&byte| byte == 0) {
            at if self.0.is_none() && (utf16 || at.is_some()) => {
                let byte = if utf16 { 0 } else { at.unwrap_or_default() };
                let found = head.get(byte).copied().unwrap_or_default();
                Err(FormatError::Encoding { file: source.name().to_owned(), line: 1, byte: byte as u64, found })
            }
            _ => Ok(()),
        }
    }
}
