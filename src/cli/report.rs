//! Report of a command that is done: three lines that matter to stderr, the result or its paths to stdout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::code::Code;
use crate::ingest::FileTally;
use crate::visible::visible;
use crate::{Error, Ledger};

use super::console::{Completion, Console};
use super::machine;

/// All that is reported of a command.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// Accounts of reports and of areas.
    pub(super) ledgers: [&'a Ledger; 2],
    pub(super) notices: &'a [String],
    /// Sentences on the result, the most important first.
    pub(super) lines: Vec<String>,
    /// Members of the result in JSON.
    pub(super) result: Map<String, Value>,
    /// Files that were written.
    pub(super) outputs: &'a [PathBuf],
    /// Text for stdout in place of the paths of files.
    pub(super) text: Option<String>,
    /// File of the quarantined records.
    pub(super) quarantine: Option<&'a Path>,
    /// Sentence on more quarantined records than the settings allow.
    pub(super) excess: Option<String>,
}

impl<'a> Report<'a> {
    /// A report of these accounts and notices alone.
    pub(super) fn of(ledgers: [&'a Ledger; 2], notices: &'a [String]) -> Self {
        let (lines, result, outputs) = (Vec::new(), Map::new(), &[][..]);
        Self { ledgers, notices, lines, result, outputs, text: None, quarantine: None, excess: None }
    }
}

impl Console {
    /// Reports on a command that is done: to stderr, then to stdout.
    pub(super) fn report(self, report: Report<'_>) -> Result<Completion, Error> {
        let left = if self.verbose { self.accounts(&report) } else { self.summary(&report) };
        self.notices(&report, left);
        self.answer(report)
    }

    /// Every account and every sentence on the result.
    fn accounts(self, report: &Report<'_>) -> usize {
        account(report.ledgers).lines().for_each(|line| self.note(line));
        report.lines.iter().for_each(|line| self.note(line));
        0
    }

    /// Three lines: what was read, what was accepted, what stands out. Returns how much is left for `-v`.
    fn summary(self, report: &Report<'_>) -> usize {
        let [reports, areas] = report.ledgers;
        match reports.files.as_slice() {
            [] => {}
            [file] => self.note(format!("read {} reports from {}", file.read, file.name)),
            files => self.note(format!("read {} reports from {} files", reports.read(), files.len())),
        }
        let mut harmless = 0;
        for (ledger, what) in [(reports, ""), (areas, "areas: ")] {
            harmless += ledger.warnings().keys().filter(|code| code.is_harmless()).count();
            // Areas are worth a line only where something is wrong with them.
            let asks = ledger.quarantined() > 0 || ledger.warnings().keys().any(|code| !code.is_harmless());
            if asks || (what.is_empty() && !ledger.files.is_empty()) {
                self.note(format!("{what}{}", accepted(ledger, report.quarantine)));
            }
        }
        if let Some(line) = report.lines.first() {
            self.note(line);
        }
        report.lines.len().saturating_sub(1) + harmless
    }

    /// Notices that ask for a decision: they name a setting, a warning or a doubt about all of the data. With `-v` all notices; else a line
    /// says how much is left.
    pub(super) fn notices(self, report: &Report<'_>, left: usize) {
        let short = Shortener::of(report.ledgers);
        let more = report.notices.iter().filter(|notice| !report.lines.contains(notice));
        let asks = |notice: &String| notice.contains("--") || notice.contains("W_") || notice.contains(Ledger::PART);
        let (shown, others): (Vec<_>, Vec<_>) = more.partition(|notice| self.verbose || asks(notice));
        for notice in shown {
            self.note(short.shorten(notice));
        }
        if left + others.len() > 0 {
            self.note(format!("{} more lines: -v", left + others.len()));
        }
    }

    /// Writes the result, or what was written, to stdout.
    pub(super) fn answer(self, report: Report<'_>) -> Result<Completion, Error> {
        let Report { ledgers, notices, result, outputs, text, excess, .. } = report;
        if let Some(excess) = &excess {
            // Exit code 3 has its reason beside it, whatever else is kept quiet.
            Console { quiet: false, ..self }.note(excess);
        }
        let outputs: Vec<String> = outputs.iter().map(|path| path.display().to_string()).collect();
        if self.json {
            let document = machine::document(self.verb, excess.is_none(), &outputs, ledgers, notices, result);
            Self::json(&document)?;
        } else if let Some(text) = text {
            Self::result(text.trim_end())?;
        } else {
            outputs.iter().try_for_each(|path| Self::result(visible(path)))?;
        }
        Ok(if excess.is_none() { Completion::Clean } else { Completion::Quarantined })
    }
}

/// Accounts in full. The folder of a file is shown once, at the head of its account.
pub(super) fn account(ledgers: [&Ledger; 2]) -> String {
    let short = Shortener::of(ledgers);
    let account = |file: &FileTally| {
        let text = file.to_string();
        let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
        format!("{head}\n{}", short.shorten(rest))
    };
    ledgers.iter().flat_map(|ledger| &ledger.files).map(account).collect()
}

/// Line of an account: accepted and quarantined records, with codes and where to look, and warnings that ask for something.
fn accepted(ledger: &Ledger, quarantine: Option<&Path>) -> String {
    let mut line = format!("accepted {}, quarantined {}", ledger.accepted(), ledger.quarantined());
    if ledger.quarantined() > 0 {
        let place = quarantine.map_or_else(|| "--quarantine FILE".to_owned(), |path| path.display().to_string());
        line += &format!(" ({}): see {place}", counts(ledger.codes()));
    }
    let warnings = ledger.warnings().into_iter().filter(|(code, _)| !code.is_harmless()).collect::<BTreeMap<_, _>>();
    if !warnings.is_empty() {
        line += &format!("; {}", counts(warnings));
    }
    line
}

fn counts(codes: BTreeMap<Code, u64>) -> String {
    codes.iter().map(|(code, count)| format!("{code} {count}")).collect::<Vec<_>>().join(", ")
}

/// Names of input files in folders, each with its last part if no other file has that.
struct Shortener(Vec<(String, String)>);

impl Shortener {
    fn of(ledgers: [&Ledger; 2]) -> Self {
        let files = ledgers.into_iter().flat_map(|ledger| &ledger.files);
        let named = |name: &str| Some((name.to_owned(), Path::new(name).file_name()?.to_string_lossy().into_owned()));
        let all: BTreeMap<String, String> = files.filter_map(|file| named(&file.name)).collect();
        let is_alone = |short: &String| all.values().filter(|other| *other == short).count() == 1;
        let mut names: Vec<_> = all.clone().into_iter().filter(|(_, short)| is_alone(short)).collect();
        // A longer name first: it may begin with a shorter one.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(names)
    }

    fn shorten(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, short)| text.replace(name.as_str(), short))
    }
}
