//! Errors of JSON records, and the way past records that are broken or too large.

use super::container::{Container, NextRecord, ReadState, next};
use super::json::JsonError;
use super::{Code, Fault, FormatError, JsonRecords, Step};
use crate::format::window::{More, too_large};

impl JsonRecords {
    /// Handles a record that is not JSON: a line of a sequence is quarantined, anything else is an error of the file.
    pub(super) fn broken_line(&mut self, syntax: Option<(usize, &'static str)>) -> Result<Step, FormatError> {
        let text = self.window.text();
        let from = text.len() - text.trim_start_matches(['\u{1e}', ' ', '\t', '\r', '\n']).len();
        let line = memchr::memchr(b'\n', &text.as_bytes()[from..]).map(|end| from + end);
        let end = line.unwrap_or(text.len());
        match syntax {
            Some((at, problem)) if self.container == Container::Sequence && self.read > 0 && at <= end => {
                let found = format!("{problem} at byte {} of the line", at - from + 1);
                self.window.consume(end);
                self.length = end - from;
                self.read += 1;
                Ok(Step::Broken(Fault::new(Code::Json, "", found, "a JSON object on a line")))
            }
            Some((at, problem)) => Err(self.broken(JsonError::Syntax(at, problem))),
            None => Err(self.truncated()),
        }
    }

    /// Skips a record that is too large to be kept; only its brackets are followed.
    pub(super) fn skip_record(&mut self) -> Result<Step, FormatError> {
        let Ok(NextRecord::Record(ahead)) = next(self.window.text(), self.container, self.state) else {
            return Err(self.syntax(0, "more than 16 MiB without a record", Code::JsonDocument));
        };
        self.window.consume(ahead);
        let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
        loop {
            let mut end = None;
            for (index, &byte) in self.window.text().as_bytes().iter().enumerate() {
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if in_string => is_escaped = true,
                    b'"' => in_string = !in_string,
                    b'{' | b'[' if !in_string => depth += 1,
                    b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 {
                    end = Some(index + 1);
                    break;
                }
            }
            self.window.consume(end.unwrap_or(self.window.text().len()));
            if end.is_some() {
                (self.length, self.state) = (0, ReadState::Next);
                self.read += 1;
                return Ok(Step::Broken(too_large(self.window.max_bytes())));
            }
            if self.window.more()? != More::Text {
                return Err(self.truncated());
            }
        }
    }

    pub(super) fn broken(&self, error: JsonError) -> FormatError {
        match error {
            JsonError::Incomplete => self.truncated(),
            JsonError::Syntax(at, problem) => self.syntax(at, problem, Code::JsonDocument),
            JsonError::Depth(at) => {
                self.syntax(at, "brackets nested more than 64 deep; features need eight", Code::Depth)
            }
        }
    }

    pub(super) fn truncated(&self) -> FormatError {
        self.syntax(self.window.text().len(), "the file ends half-way", Code::Truncated)
    }

    pub(super) fn syntax(&self, ahead: usize, problem: &str, code: Code) -> FormatError {
        let (line, column) = self.window.position(ahead);
        let found = self.window.quoted(ahead);
        let problem = if found.is_empty() { problem.to_owned() } else { format!("{problem}, found `{found}`") };
        FormatError::Syntax { file: self.window.file().to_owned(), code, line, column, problem }
    }
}
