//! The properties of a FlatGeobuf feature: column number and value, one after the other, by the types of the header.

use ::flatgeobuf::ColumnType;

use crate::format::Field;

/// The current feature's properties.
#[derive(Default)]
pub(super) struct Properties {
    kinds: Vec<ColumnType>,
    bytes: Vec<u8>,
    /// Begin and end of each column's value in `bytes`.
    values: Vec<Option<(usize, usize)>>,
}

impl Properties {
    pub(super) fn push_column(&mut self, kind: ColumnType) {
        self.kinds.push(kind);
        self.values.push(None);
    }

    /// Takes those of another feature; `None` when they do not follow the header.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<()> {
        self.clear();
        self.bytes.extend_from_slice(bytes);
        self.find()
    }

    pub(super) fn clear(&mut self) {
        self.values.fill(None);
        self.bytes.clear();
    }

    /// Finds where each column's value is.
    fn find(&mut self) -> Option<()> {
        let mut at = 0;
        // Fewer bytes than the number of a column takes are padding, which other readers pass over too.
        while self.bytes.len() - at >= 2 {
            let column = usize::from(u16::from_le_bytes(*self.bytes.get(at..)?.first_chunk()?));
            at += 2;
            let length = match *self.kinds.get(column)? {
                ColumnType::Byte | ColumnType::UByte | ColumnType::Bool => 1,
                ColumnType::Short | ColumnType::UShort => 2,
                ColumnType::Int | ColumnType::UInt | ColumnType::Float => 4,
                ColumnType::Long | ColumnType::ULong | ColumnType::Double => 8,
                ColumnType::String | ColumnType::Json | ColumnType::DateTime | ColumnType::Binary => {
                    let length = u32::from_le_bytes(*self.bytes.get(at..)?.first_chunk()?);
                    at += 4;
                    usize::try_from(length).ok()?
                }
                _ => return None,
            };
            let end = at.checked_add(length).filter(|&end| end <= self.bytes.len())?;
            *self.values.get_mut(column)? = Some((at, end));
            at = end;
        }
        Some(())
    }

    /// The value of a column; `None` where the feature has none.
    pub(super) fn value(&self, column: usize) -> Option<Field<'_>> {
        let (begin, end) = (*self.values.get(column)?)?;
        let bytes = self.bytes.get(begin..end)?;
        Some(match *self.kinds.get(column)? {
            ColumnType::Byte => Field::Integer(i8::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::UByte => Field::Integer(u8::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::Bool => Field::Other(if bytes == [0] { "false" } else { "true" }),
            ColumnType::Short => Field::Integer(i16::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::UShort => Field::Integer(u16::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::Int => Field::Integer(i32::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::UInt => Field::Integer(u32::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::Long => Field::Integer(i64::from_le_bytes(*bytes.first_chunk()?)),
            ColumnType::ULong => {
                let number = u64::from_le_bytes(*bytes.first_chunk()?);
                i64::try_from(number).map_or(Field::Number(number as f64), Field::Integer)
            }
            ColumnType::Float => Field::Number(f32::from_le_bytes(*bytes.first_chunk()?).into()),
            ColumnType::Double => Field::Number(f64::from_le_bytes(*bytes.first_chunk()?)),
            ColumnType::String | ColumnType::Json | ColumnType::DateTime => {
                std::str::from_utf8(bytes).map_or(Field::Other("text that is not UTF-8"), Field::Text)
            }
            _ => Field::Other("bytes"),
        })
    }
}
