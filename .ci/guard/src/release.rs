//! `Release` is the only way out: files and scores leave through `disclosure`, `draw` and `output` alone.

use std::path::Path;

use crate::source::{SourceFile, files};

/// Token sequences that put bytes outside the process, or read what disclosure has not passed.
const FORBIDDEN: &[Rule] = &[
    Rule { code: &["AtomicFile"], within: "", advice: "hand a `Release` to an encoder of src/output" },
    Rule { code: &["File", ":", ":", "create"], within: "", advice: "use an encoder of src/output" },
    Rule { code: &["File", ":", ":", "options"], within: "", advice: "use an encoder of src/output" },
    Rule { code: &["OpenOptions"], within: "", advice: "use an encoder of src/output" },
    Rule { code: &["fs", ":", ":", "write"], within: "", advice: "use an encoder of src/output" },
    Rule { code: &["println", "!"], within: "", advice: "use `cli::Console`" },
    Rule { code: &["print", "!"], within: "", advice: "use `cli::Console`" },
    Rule { code: &["eprintln", "!"], within: "", advice: "use `cli::Console`" },
    Rule { code: &["eprint", "!"], within: "", advice: "use `cli::Console`" },
    Rule { code: &["stdout", "("], within: "", advice: "use `cli::Console`" },
    Rule { code: &["stderr", "("], within: "", advice: "use `cli::Console`" },
    // The command line prints what is released, not what was computed.
    Rule { code: &[".", "scores"], within: "src/cli/", advice: "read the release of the run" },
    Rule { code: &[".", "cube"], within: "src/cli/", advice: "read the release of the run" },
];

/// Rooms through which results leave.
const WAYS_OUT: &[&str] = &["src/output/", "src/disclosure/", "src/draw/"];

/// Exceptions: file, first token of the rule, reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("src/cli/console.rs", "stdout", "the one place that prints"),
    ("src/cli/console.rs", "stderr", "the one place that prints"),
    ("src/engine/quarantine.rs", "AtomicFile", "quarantined records go back to their owner unread"),
    ("src/engine/builder.rs", "AtomicFile", "opens the quarantine file before any work"),
    ("src/format/archive.rs", "File", "unpacks an input into a private folder that is removed once it is read"),
];

struct Rule {
    code: &'static [&'static str],
    /// Folder to which the rule applies; all of `src` if empty.
    within: &'static str,
    advice: &'static str,
}

/// Checks `root/src`; one text for each fault.
pub fn check(root: &Path) -> Result<Vec<String>, String> {
    let files = files(root, "src")?;
    let mut faults = Vec::new();
    for file in &files {
        if !WAYS_OUT.iter().any(|way| file.path.starts_with(way)) {
            faults.extend(forbidden(file));
        }
        if file.path.starts_with("src/output/") {
            faults.extend(encoders(file));
        }
        if file.path.starts_with("src/disclosure") {
            faults.extend(open_release(file));
        }
    }
    Ok(faults)
}

fn forbidden(file: &SourceFile) -> Vec<String> {
    let mut faults = Vec::new();
    for rule in FORBIDDEN.iter().filter(|rule| file.path.starts_with(rule.within)) {
        if ALLOWED.iter().any(|(path, first, _)| *path == file.path && *first == rule.code[0]) {
            continue;
        }
        for window in file.tokens.windows(rule.code.len()) {
            if window.iter().zip(rule.code).all(|(token, code)| token.text == *code) {
                faults.push(format!(
                    "{}:{}: `{}` outside {}; {}, or add the file to ALLOWED in .ci/guard/src/release.rs with the reason",
                    file.path, window[0].line, rule.code.concat(), WAYS_OUT.join(" "), rule.advice
                ));
            }
        }
    }
    faults
}

/// An encoder that takes something else than a `Release`.
fn encoders(file: &SourceFile) -> Vec<String> {
    let text = |at: usize| file.tokens.get(at).map_or("", |token| token.text.as_str());
    let starts = (0..file.tokens.len()).filter(|&at| text(at) == "fn" && text(at + 1) == "encode");
    let mut faults = Vec::new();
    for at in starts {
        let signature = (at..).take_while(|&at| !matches!(text(at), "{" | ";" | ""));
        if !signature.into_iter().any(|at| text(at) == "Release") {
            faults.push(format!(
                "{}:{}: `fn encode` takes no `Release`; what is encoded must have passed disclosure",
                file.path, file.tokens[at].line
            ));
        }
    }
    faults
}

/// A `Release` that other rooms could build or change.
fn open_release(file: &SourceFile) -> Vec<String> {
    let text = |at: usize| file.tokens.get(at).map_or("", |token| token.text.as_str());
    let Some(at) = (0..file.tokens.len()).find(|&at| text(at) == "struct" && text(at + 1) == "Release") else {
        return Vec::new();
    };
    let body = (at..).take_while(|&at| !matches!(text(at), "}" | ";" | ""));
    let open = body.into_iter().find(|&at| text(at) == "pub");
    open.map_or_else(Vec::new, |open| {
        vec![format!(
            "{}:{}: `Release` has a public field; make it private and give an accessor",
            file.path, file.tokens[open].line
        )]
    })
}
