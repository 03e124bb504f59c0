//! A strict JSON reader (RFC 8259) over text that may be cut off. It separates incomplete text from syntax errors, which have
//! a position; never recurses; and allocates only for strings with escapes.

use std::borrow::Cow;

use crate::format::number::{self, Number};

/// Brackets deeper than this are an attack or an accident: a multipolygon needs eight.
pub(super) const MAX_DEPTH: usize = 64;

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum JsonError {
    /// The text ends inside it.
    Incomplete,
    /// It is nested too deep, at this byte.
    Depth(usize),
    /// It is not JSON, at this byte.
    Syntax(usize, &'static str),
}

pub(super) type Json<T> = Result<T, JsonError>;

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    depth: usize,
}

/// A scalar value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    fn wrong<T>(&self, problem: &'static str) -> Json<T> {
        Err(JsonError::Syntax(self.at, problem))
    }

    /// Skips white space; the byte after it.
    #[inline]
    pub(super) fn peek(&mut self) -> Json<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(JsonError::Incomplete)
    }

    /// Takes one byte of punctuation.
    #[inline]
    pub(super) fn take(&mut self, byte: u8, problem: &'static str) -> Json<()> {
        if self.peek()? != byte {
            return self.wrong(problem);
        }
        self.at += 1;
        Ok(())
    }

    /// Steps into an object or array whose bracket is next; true, as [`Self::goes_on`] takes it.
    pub(super) fn enter(&mut self) -> Json<bool> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError::Depth(self.at));
        }
        self.depth += 1;
        self.at += 1;
        Ok(true)
    }

    /// True if the object or array has another element; leaves it if not. `first` is true right after entering it.
    pub(super) fn goes_on(&mut self, close: u8, first: &mut bool) -> Json<bool> {
        let byte = self.peek()?;
        if byte == close {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !std::mem::take(first) {
            if byte != b',' {
                return self.wrong(if close == b'}' { "expected `,` or `}`" } else { "expected `,` or `]`" });
            }
            self.at += 1;
            if self.peek()? == close {
                return self.wrong("a comma before the closing bracket");
            }
        }
        Ok(true)
    }

    /// A member's key and the colon after it.
    pub(super) fn key(&mut self) -> Json<Cow<'a, str>> {
        if self.peek()? != b'"' {
            return self.wrong("expected a key in double quotes");
        }
        let key = self.string()?;
        self.take(b':', "expected `:` after a key")?;
        Ok(key)
    }

    /// A string whose opening quote is next.
    pub(super) fn string(&mut self) -> Json<Cow<'a, str>> {
        self.at += 1;
        let from = self.at;
        let bytes = self.text.as_bytes();
        match plain_end(&bytes[from..]) {
            Some(length) if bytes[from + length] == b'"' => {
                self.at = from + length + 1;
                Ok(Cow::Borrowed(&self.text[from..from + length]))
            }
            Some(length) => self.escaped(from, from + length).map(Cow::Owned),
            None => Err(JsonError::Incomplete),
        }
    }

    /// The rest of a string from its first escape or forbidden character at `at`.
    fn escaped(&mut self, from: usize, at: usize) -> Json<String> {
        let bytes = self.text.as_bytes();
        let mut text = self.text[from..at].to_owned();
        self.at = at;
        loop {
            match bytes.get(self.at) {
                None => return Err(JsonError::Incomplete),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(..=0x1f) => return self.wrong("a control character inside a string"),
                Some(_) => {
                    let length = plain_end(&bytes[self.at..]).ok_or(JsonError::Incomplete)?;
                    text.push_str(&self.text[self.at..self.at + length]);
                    self.at += length;
                }
            }
        }
    }

    /// The text of the value that is next, of any kind.
    pub(super) fn value_text(&mut self) -> Json<&'a str> {
        self.peek()?;
        let from = self.at;
        self.skip()?;
        Ok(&self.text[from..self.at])
    }

    /// The character an escape stands for. Half of a surrogate pair stands for none, and becomes U+FFFD.
    fn escape(&mut self) -> Json<char> {
        let Some(&byte) = self.text.as_bytes().get(self.at) else { return Err(JsonError::Incomplete) };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                let pair = (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u");
                if !pair {
                    return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let before = self.at;
                self.at += 2;
                let low = self.hex()?;
                if !(0xdc00..0xe000).contains(&low) {
                    self.at = before;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at -= 1;
                return self.wrong("an escape that JSON does not have");
            }
        })
    }

    fn hex(&mut self) -> Json<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(&byte) = self.text.as_bytes().get(self.at) else { return Err(JsonError::Incomplete) };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return self.wrong("expected four hexadecimal digits");
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// A value that is not an object or array.
    pub(super) fn scalar(&mut self) -> Json<Scalar<'a>> {
        let rest = &self.text[self.at..];
        for (word, value) in [("null", Scalar::Null), ("true", Scalar::Bool(true)), ("false", Scalar::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
            if word.starts_with(rest) {
                return Err(JsonError::Incomplete);
            }
        }
        if rest.starts_with('"') {
            return self.string().map(Scalar::Text);
        }
        let Some((number, length)) = number::json(rest) else {
            // `-`, `1.` and `1e` may be the beginning of a number; anything else is the beginning of nothing.
            let number_like = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
            return if rest.bytes().all(number_like) && !starts_with_zero(rest) {
                Err(JsonError::Incomplete)
            } else {
                self.wrong("expected a value")
            };
        };
        if length == rest.len() {
            // More digits may follow.
            return Err(JsonError::Incomplete);
        }
        self.at += length;
        Ok(Scalar::Number(number))
    }

    /// Passes over a value of any kind, checking it.
    pub(super) fn skip(&mut self) -> Json<()> {
        // Which bracket closes each level: a bit an open array.
        let (mut arrays, outer) = (0_u128, self.depth);
        let mut first;
        loop {
            let byte = self.peek()?;
            if matches!(byte, b'{' | b'[') {
                first = self.enter()?;
                arrays = (arrays << 1) | u128::from(byte == b'[');
            } else {
                self.scalar()?;
                first = false;
            }
            // Steps to the next value, out of every level that ends here.
            loop {
                if self.depth == outer {
                    return Ok(());
                }
                let close = if arrays & 1 == 1 { b']' } else { b'}' };
                if self.goes_on(close, &mut first)? {
                    if close == b'}' {
                        self.key()?;
                    }
                    break;
                }
                arrays >>= 1;
                first = false;
            }
        }
    }
}

fn starts_with_zero(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit)
}

/// Distance to the first byte that ends a run of plain characters in a string: a quote, a backslash or a control character.
#[inline]
pub(super) fn plain_end(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = 0;
    // Eight bytes at a time: a byte's high bit is set where it is zero after the difference, or below 0x20.
    while let Some(word) = bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map(u64::from_le_bytes) {
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let quote = zero(word ^ (ONES * 0x22));
        let backslash = zero(word ^ (ONES * 0x5c));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        // Borrows between bytes only reach upwards, so the lowest bit that is set is right.
        let found = (quote | backslash | control) & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|&byte| matches!(byte, b'"' | b'\\' | ..=0x1f))?;
    Some(at + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn skip(text: &str) -> Json<usize> {
        let mut cursor = Cursor::new(text);
        cursor.skip().map(|()| cursor.at)
    }

    #[test]
    fn values_end_where_they_end() {
        for text in [r#"{"a":[1,{"b":null}],"c":"x\"]"} "#, "[] ", "[[],{}] ", r#""\ud83d\ude00" "#, "-1.5e3 ", "true "]
        {
            assert_eq!(skip(text), Ok(text.len() - 1), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, at) in [
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("[1 2]", 3),
            ("[NaN]", 1),
            ("[01]", 1),
            ("\"\\x\"", 2),
            ("\"a\nb\"", 2),
            ("[1}", 2),
            ("nul]", 0),
            ("{\"a\":1,}", 7),
            ("[.5]", 1),
        ] {
            assert!(matches!(skip(text), Err(JsonError::Syntax(found, _)) if found == at), "{text}: {:?}", skip(text));
        }
        assert_eq!(skip(&"[".repeat(100_000)), Err(JsonError::Depth(64)));
    }

    proptest! {
        /// Against serde_json: the same documents are JSON, and every beginning of one is incomplete.
        #[test]
        fn serde_json_agrees(text in "[\\[\\]{}:,\"a\\\\u00e9 019.eE+-]{0,14}|(\\{\"a\":(\\[1.5,\"b\",null\\]|true|-2)\\}){1,2}") {
            let ours = skip(&(text.clone() + " ")).is_ok_and(|end| text[end.min(text.len())..].trim().is_empty());
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Ours keeps numbers that overflow and lone surrogates, each a matter of one record.
            let known = theirs.as_ref().is_err_and(|error| {
                let message = error.to_string();
                message.contains("out of range") || message.contains("surrogate") || message.contains("hex escape")
            });
            prop_assert!(known || ours == theirs.is_ok(), "{} {:?} {:?}", text, skip(&text), theirs);
        }

        #[test]
        fn a_plain_run_ends_where_a_search_byte_by_byte_says(bytes in prop::collection::vec(prop_oneof![0x20_u8..0xff, Just(b'"'), Just(b'\\'), 0_u8..0x20], 0..40)) {
            let slow = bytes.iter().position(|&byte| matches!(byte, b'"' | b'\\' | ..=0x1f));
            prop_assert_eq!(plain_end(&bytes), slow);
        }
    }
}
