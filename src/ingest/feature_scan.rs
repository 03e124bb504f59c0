//! Splits a `FeatureCollection` into its features as it streams by: any member order, any length of line, memory for one
//! feature only. Brackets and strings are followed here; the JSON inside a feature is parsed by `serde_json`.

use std::io::{self, BufRead};

/// Where and why a document cannot be read on.
#[derive(Debug)]
pub(super) enum ScanError {
    Io(io::Error),
    Syntax { line: u64, column: u64, problem: String },
}

/// A cursor over the elements of the `features` array.
pub(super) struct FeatureScan<R> {
    reader: R,
    line: u64,
    column: u64,
    /// The document with its features left out: checked once it has all been seen.
    envelope: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before the features array.
    Before,
    /// Inside it, at its start.
    First,
    /// Inside it, after an element.
    Next,
    /// The document has been read to its end.
    Done,
}

/// Most bytes of a document outside its features.
const MOST_ENVELOPE: usize = 16 << 20;

impl<R: BufRead> FeatureScan<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 1, column: 0, envelope: Vec::new(), state: State::Before }
    }

    /// Puts the next feature's bytes into `feature` and returns the line it starts on; `None` after the last.
    pub(super) fn next(&mut self, feature: &mut Vec<u8>) -> Result<Option<u64>, ScanError> {
        feature.clear();
        if self.state == State::Before {
            self.state = if self.envelope_until_features()? { State::First } else { State::Done };
        }
        if self.state == State::Done {
            return Ok(None);
        }
        let mut byte = self.after_space()?;
        if byte == b']' {
            self.envelope.push(b']');
            self.envelope_until_features()?;
            self.state = State::Done;
            return Ok(None);
        }
        if self.state == State::Next {
            if byte != b',' {
                return Err(self.wrong("expected `,` or `]` after a feature"));
            }
            byte = self.after_space()?;
        }
        let line = self.line;
        self.element(byte, feature)?;
        self.state = State::Next;
        Ok(Some(line))
    }

    /// The document without its features; complete once [`Self::next`] has returned `None`.
    pub(super) fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// Copies one array element, whose first byte has been read.
    fn element(&mut self, first: u8, feature: &mut Vec<u8>) -> Result<(), ScanError> {
        if first != b'{' {
            return Err(self.wrong("expected a feature, an object in `{}`"));
        }
        let mut nesting = Nesting::default();
        nesting.follow(first);
        feature.push(first);
        while nesting.depth > 0 {
            let block = self.reader.fill_buf().map_err(ScanError::Io)?;
            if block.is_empty() {
                return Err(self.wrong("the file ends inside a feature"));
            }
            let mut taken = block.len();
            for (index, &byte) in block.iter().enumerate() {
                nesting.follow(byte);
                if byte == b'\n' {
                    self.line += 1;
                    self.column = 0;
                } else {
                    self.column += 1;
                }
                if nesting.depth == 0 {
                    taken = index + 1;
                    break;
                }
            }
            feature.extend_from_slice(&block[..taken]);
            self.reader.consume(taken);
        }
        Ok(())
    }

    /// Copies the document up to and with the `[` of its features, or else to its end. True when features follow.
    fn envelope_until_features(&mut self) -> Result<bool, ScanError> {
        let mut nesting = Nesting::default();
        for &byte in &self.envelope {
            nesting.follow(byte);
        }
        let mut token_start = self.envelope.len();
        while let Some(byte) = self.byte()? {
            if nesting.depth == 0 && !self.envelope.is_empty() && !byte.is_ascii_whitespace() {
                return Err(self.wrong("expected nothing after the end of the document"));
            }
            if self.envelope.len() > MOST_ENVELOPE {
                return Err(self.wrong("expected features; more than 16 MiB of other members came first"));
            }
            if nesting.depth == 1 && !nesting.in_string && matches!(byte, b'{' | b',') {
                token_start = self.envelope.len() + 1;
            }
            if !(nesting.depth == 0 && byte.is_ascii_whitespace()) {
                self.envelope.push(byte);
            }
            nesting.follow(byte);
            if byte == b'[' && nesting.depth == 2 && !nesting.in_string {
                let member: Vec<u8> =
                    self.envelope[token_start..].iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
                if member.ends_with(b"\"features\":[") {
                    return Ok(true);
                }
            }
        }
        if nesting.depth > 0 || self.envelope.is_empty() {
            return Err(self.wrong("the file ends before the document does"));
        }
        Ok(false)
    }

    fn after_space(&mut self) -> Result<u8, ScanError> {
        while let Some(byte) = self.byte()? {
            if !byte.is_ascii_whitespace() {
                return Ok(byte);
            }
        }
        Err(self.wrong("the file ends inside the features"))
    }

    fn byte(&mut self) -> Result<Option<u8>, ScanError> {
        let byte = match self.reader.fill_buf() {
            Ok([]) => return Ok(None),
            Ok([byte, ..]) => *byte,
            Err(error) => return Err(ScanError::Io(error)),
        };
        self.reader.consume(1);
        if byte == b'\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Ok(Some(byte))
    }

    fn wrong(&self, problem: &str) -> ScanError {
        ScanError::Syntax { line: self.line, column: self.column, problem: problem.to_owned() }
    }
}

/// How deep in brackets, and whether inside a string.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    fn follow(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<(Vec<(String, u64)>, String), String> {
        let mut scan = FeatureScan::new(text.as_bytes());
        let (mut features, mut buffer) = (Vec::new(), Vec::new());
        loop {
            match scan.next(&mut buffer) {
                Ok(Some(line)) => features.push((String::from_utf8_lossy(&buffer).into_owned(), line)),
                Ok(None) => return Ok((features, String::from_utf8_lossy(scan.envelope()).into_owned())),
                Err(ScanError::Syntax { line, column, problem }) => return Err(format!("{line}:{column} {problem}")),
                Err(ScanError::Io(error)) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn features_are_found_whatever_stands_round_them() {
        let text = "{\"bbox\":[1,2],\"x\":{\"features\":[1]},\n \"features\" : [ {\"a\":\"}]\\\"\"},\n{\"b\":[]} ], \"type\":\"F\"}\n";
        let (features, envelope) = scan(text).expect("well formed");
        assert_eq!(features, [(r#"{"a":"}]\""}"#.to_owned(), 2), (r#"{"b":[]}"#.to_owned(), 3)]);
        assert!(serde_json::from_str::<serde_json::Value>(&envelope).is_ok(), "{envelope}");
    }

    #[test]
    fn broken_documents_stop_with_a_position() {
        for (text, expected) in [
            (r#"{"features":[{"a":1},"#, "1:21 the file ends inside the features"),
            (r#"{"features":[{"a":1"#, "1:19 the file ends inside a feature"),
            (r#"{"features":[{}{}]}"#, "1:16 expected `,` or `]` after a feature"),
            (r#"{"features":[{}]} {}"#, "1:19 expected nothing after the end of the document"),
            (r#"{"features":[7]}"#, "1:14 expected a feature, an object in `{}`"),
            (r#"{"features":[]"#, "1:14 the file ends before the document does"),
        ] {
            assert_eq!(scan(text), Err(expected.to_owned()), "{text}");
        }
    }
}
