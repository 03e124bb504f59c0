//! Columns of the logical types GEOMETRY and GEOGRAPHY, which Parquet has had since 2025 and the reader of polars does not know.
//!
//! Their entries in the footer are taken out before polars sees it: what is left is the column of bytes that it is.

use std::ops::Range;

/// A column that the file declares to hold geometries, as WKB.
#[derive(Debug, PartialEq)]
pub(crate) struct NativeColumn {
    pub(super) name: String,
    /// Reference system as the file has it; empty for longitude and latitude.
    pub(super) crs: String,
}

/// A footer without these types, and the columns that had them; `None` if it has none, or cannot be followed.
pub(super) fn without(footer: &[u8]) -> Option<(Vec<u8>, Vec<NativeColumn>)> {
    let mut thrift = Thrift { bytes: footer, at: 0 };
    let (mut last, mut cuts, mut found) = (0, Vec::new(), Vec::new());
    while let Some((field, kind)) = thrift.field(&mut last)? {
        if (field, kind) != (SCHEMA, LIST) {
            thrift.skip(kind, MAX_DEPTH)?;
            continue;
        }
        let (count, _) = thrift.list()?;
        for _ in 0..count {
            let (name, native) = thrift.element()?;
            if let Some((cut, crs)) = native {
                // Fields are numbered by steps: one after this would get another number.
                if footer.get(cut.end) != Some(&0) {
                    return None;
                }
                cuts.push(cut);
                found.push(NativeColumn { name, crs });
            }
        }
    }
    let mut kept = Vec::with_capacity(footer.len());
    let mut from = 0;
    for cut in &cuts {
        kept.extend_from_slice(footer.get(from..cut.start)?);
        from = cut.end;
    }
    kept.extend_from_slice(footer.get(from..)?);
    (!cuts.is_empty()).then_some((kept, found))
}

/// Field of the schema in the footer, of the name and the logical type in its elements, and of the types in that.
const SCHEMA: i16 = 2;
const NAME: i16 = 4;
const LOGICAL_TYPE: i16 = 10;
const GEOMETRY: i16 = 17;
const GEOGRAPHY: i16 = 18;

/// Types of Thrift's compact protocol.
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Most levels of structures in structures.
const MAX_DEPTH: usize = 16;

/// Name of an element of the schema; of a native geometry the bytes of its logical type, and its reference system.
type SchemaElement = (String, Option<(Range<usize>, String)>);

/// A reader of Thrift's compact protocol.
struct Thrift<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Thrift<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Number and type of the next field; the inner `None` at the end of a structure.
    #[allow(clippy::option_option, reason = "the outer is for bytes that are no Thrift")]
    fn field(&mut self, last: &mut i16) -> Option<Option<(i16, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *last = match head >> 4 {
            0 => {
                let number = self.varint()?;
                i16::try_from((number >> 1) as i64 ^ -((number & 1) as i64)).ok()?
            }
            step => last.checked_add(i16::from(step))?,
        };
        Some(Some((*last, head & 0x0f)))
    }

    /// Number and type of the elements of a list.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((count, head & 0x0f))
    }

    fn binary(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        let found = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(found)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        match kind {
            // Booleans of a field are in its type.
            1 | 2 => {}
            3 => {
                self.byte()?;
            }
            4..=6 => {
                self.varint()?;
            }
            7 => self.at = self.at.checked_add(8)?,
            BINARY => {
                self.binary()?;
            }
            LIST | 10 => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    self.skip(if kind <= 2 { 3 } else { kind }, inner)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, inner)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The next element of the schema.
    fn element(&mut self) -> Option<SchemaElement> {
        let (mut name, mut native, mut last) = (String::new(), None, 0);
        loop {
            let begin = self.at;
            let Some((field, kind)) = self.field(&mut last)? else { return Some((name, native)) };
            match (field, kind) {
                (NAME, BINARY) => name = String::from_utf8_lossy(self.binary()?).into_owned(),
                (LOGICAL_TYPE, STRUCT) => {
                    let crs = self.logical_type()?;
                    native = crs.map(|crs| (begin..self.at, crs));
                }
                _ => self.skip(kind, MAX_DEPTH)?,
            }
        }
    }

    /// The reference system of a logical type that is a geometry.
    #[allow(clippy::option_option, reason = "the outer is for bytes that are no Thrift")]
    fn logical_type(&mut self) -> Option<Option<String>> {
        let (mut found, mut last) = (None, 0);
        while let Some((field, kind)) = self.field(&mut last)? {
            if !matches!(field, GEOMETRY | GEOGRAPHY) || kind != STRUCT {
                self.skip(kind, MAX_DEPTH)?;
                continue;
            }
            let (mut crs, mut inner) = (String::new(), 0);
            while let Some((field, kind)) = self.field(&mut inner)? {
                if (field, kind) == (1, BINARY) {
                    crs = String::from_utf8_lossy(self.binary()?).into_owned();
                } else {
                    self.skip(kind, MAX_DEPTH)?;
                }
            }
            found = Some(crs);
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer of version 2 with one column `g` of the logical type GEOMETRY in `srid:27700`, then one row.
    #[test]
    fn a_native_type_is_taken_out_with_its_name() {
        let element = |logical: &[u8]| [&[0x48, 1, b'g'], logical, &[0]].concat();
        let logical = [&[0x6c, 0x0c, 0x22, 0x18, 10][..], b"srid:27700", &[0, 0]].concat();
        let footer = |logical: &[u8]| [&[0x15, 4, 0x19, 0x1c][..], &element(logical), &[0x16, 2, 0]].concat();
        let column = NativeColumn { name: "g".to_owned(), crs: "srid:27700".to_owned() };
        assert_eq!(without(&footer(&logical)), Some((footer(&[]), vec![column])));
        assert_eq!(without(&footer(&[])), None);
        // Cut anywhere, it is left as it is.
        let whole = footer(&logical);
        assert!((0..whole.len() - 1).all(|end| without(&whole[..end]).is_none()));
    }
}
