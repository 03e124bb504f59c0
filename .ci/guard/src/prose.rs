//! House rules for prose and names, with limits so that a gain is kept.

use std::collections::BTreeMap;
use std::path::Path;

use crate::source::{SourceFile, files, is_word};

/// Folders whose prose is checked.
const FOLDERS: &[&str] = &["src", "crates/h3-batch/src"];

/// Words that withhold the subject of a doc line.
const OPENINGS: &[&str] = &["What", "Whether", "How", "The same", "As ["];

/// Words of a sentence above which it is reported, and above which it fails.
const LONG: usize = 25;
const TOO_LONG: usize = 32;

/// Names that only the authors understood; `docs/glossary.md` has the words to use.
const PRIVATE: &[&str] = &[
    "told",
    "told_with",
    "as_told",
    "Own",
    "OWN",
    "Story",
    "Standing",
    "Room",
    "Ground",
    "Given",
    "Voice",
    "Heard",
    "judge",
    "judged",
    "Judged",
    "perhaps",
    "leveled",
    "settle",
    "in_words",
    "bare",
    "whole",
    "long",
    "taken_apart",
    "made_ready",
    "make_ready",
    "Patch",
    "Mesh",
    "Laid",
    "Situation",
    "Walker",
    "Seen",
    "Pass",
    "Terms",
    "lapse",
    "near",
    "Moving",
    "remarks",
    "story",
    "Ready",
    "Kept",
    "stand_in",
];

/// Names of the limits.
pub const NAMES: &[&str] = &["opening", "long", "too-long", "is-no", "shared-types", "private-words"];

/// A count with a limit on the command line.
struct Measure {
    /// Name of the limit, as in `--opening 0`.
    name: &'static str,
    meaning: &'static str,
    offenders: Vec<String>,
}

/// Prints each count and checks it against its limit; without a limit it only reports.
///
/// # Errors
/// A file that cannot be read or is not Rust.
pub fn check(root: &Path, limits: &BTreeMap<&str, usize>) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    let (measures, summary) = measures(root)?;
    println!("{summary}");
    for measure in measures {
        let found = measure.offenders.len();
        let limit = limits.get(measure.name).copied();
        let over = limit.is_some_and(|limit| found > limit);
        if over || limits.is_empty() {
            measure.offenders.iter().for_each(|offender| println!("{}: {offender}", measure.name));
        }
        match limit {
            Some(limit) if over => faults.push(format!(
                "{}: {} (found {found}, at most {limit} allowed); reword or rename what is listed above",
                measure.name, measure.meaning
            )),
            Some(limit) if found < limit => println!("{}: {found}; lower its limit from {limit}", measure.name),
            _ => println!("{}: {found} ({})", measure.name, measure.meaning),
        }
    }
    Ok(faults)
}

/// All measures, and a line on sentences and types.
fn measures(root: &Path) -> Result<(Vec<Measure>, String), String> {
    let mut all = Vec::new();
    for folder in FOLDERS.iter().filter(|folder| root.join(folder).is_dir()) {
        all.extend(files(root, folder)?);
    }
    let mut openings = Vec::new();
    let mut long = Vec::new();
    let mut too_long = Vec::new();
    let mut denials = Vec::new();
    let mut words = (0u32, 0u32);
    for file in &all {
        for paragraph in paragraphs(&file.text) {
            let place = format!("{}:{}", file.path, paragraph.line);
            if paragraph.opens_docs && OPENINGS.iter().any(|opening| opens_with(&paragraph.text, opening)) {
                openings.push(format!("{place}: {}", start_of(&paragraph.text)));
            }
            for sentence in sentences(&paragraph.text) {
                let length = length(sentence);
                words = (words.0 + length as u32, words.1 + 1);
                if length > TOO_LONG {
                    too_long.push(format!("{place}: {length} words: {}", start_of(sentence)));
                } else if length > LONG {
                    long.push(format!("{place}: {length} words: {}", start_of(sentence)));
                }
                if denies(sentence) {
                    denials.push(format!("{place}: {}", start_of(sentence)));
                }
            }
        }
    }
    let average = f64::from(words.0) / f64::from(words.1.max(1));
    let (types, shared) = shared_types(&all);
    let sharing: usize = shared.iter().map(|(_, places)| places.len()).sum();
    let summary = format!(
        "sentences: {} of {average:.1} words on average\ntypes: {types}, of which {:.1} % share their name with another",
        words.1,
        100.0 * sharing as f64 / types.max(1) as f64
    );
    let shared = shared.into_iter().flat_map(|(name, places)| {
        let all = places.join(" ");
        places.into_iter().map(move |place| format!("{place}: {name} is one of {all}")).collect::<Vec<_>>()
    });
    let measures = vec![
        Measure {
            name: "opening",
            meaning: "doc comments that begin with What, Whether, How, The same or As [",
            offenders: openings,
        },
        Measure { name: "long", meaning: "sentences of 26 to 32 words in comments", offenders: long },
        Measure { name: "too-long", meaning: "sentences of more than 32 words in comments", offenders: too_long },
        Measure { name: "is-no", meaning: "\"is no\" for \"is not a\" in comments", offenders: denials },
        Measure {
            name: "shared-types",
            meaning: "types whose name another type of the crate has too",
            offenders: shared.collect(),
        },
        Measure {
            name: "private-words",
            meaning: "items with a name that docs/glossary.md replaces",
            offenders: private_words(&all),
        },
    ];
    Ok((measures, summary))
}

/// Every offender of any measure, for the self-test.
///
/// # Errors
/// A file that cannot be read or is not Rust.
pub fn offenders(root: &Path) -> Result<Vec<String>, String> {
    Ok(measures(root)?.0.into_iter().flat_map(|measure| measure.offenders).collect())
}

struct Paragraph {
    line: usize,
    text: String,
    /// True for the first paragraph of a doc comment.
    opens_docs: bool,
}

/// Paragraphs of all line comments; code blocks, tables and headings are left out, list items stand alone.
fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut found: Vec<Paragraph> = Vec::new();
    let mut last_kind = "";
    let mut is_open = false;
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let kind = ["///", "//!", "//"].into_iter().find(|kind| line.starts_with(kind)).unwrap_or("");
        let begins = kind != last_kind;
        last_kind = kind;
        if begins {
            (is_open, in_code) = (false, false);
        }
        let content = line[kind.len()..].trim();
        if kind.is_empty() {
            continue;
        }
        if content.starts_with("```") {
            in_code = !in_code;
            is_open = false;
            continue;
        }
        let item = content.starts_with("- ")
            || content.starts_with("* ")
            || content.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if in_code
            || content.is_empty()
            || content.starts_with(['|', '#', '['])
                && (content.starts_with('|') || content.starts_with('#') || content.contains("]: "))
        {
            is_open = false;
            continue;
        }
        match found.last_mut() {
            Some(open) if is_open && !item => {
                open.text.push(' ');
                open.text.push_str(content);
            }
            _ => {
                found.push(Paragraph { line: index + 1, text: content.to_owned(), opens_docs: begins && kind != "//" })
            }
        }
        is_open = true;
    }
    found
}

fn opens_with(text: &str, opening: &str) -> bool {
    text.strip_prefix(opening)
        .is_some_and(|rest| opening.ends_with('[') || !rest.starts_with(|next: char| next.is_alphanumeric()))
}

/// Sentences end with `.`, `?` or `!` before a space and a capital, a digit, a bracket or code.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(['.', '?', '!']) {
        let (before, after) = (&text[start..=at], &text[at + 1..]);
        let after = after.strip_prefix([')', '"', '`']).unwrap_or(after);
        let begins = after.strip_prefix(' ').and_then(|rest| rest.chars().next());
        let abbreviated =
            ["e.g.", "i.e.", "cf.", "vs.", "al.", "No.", "p."].iter().any(|short| before.ends_with(short));
        if begins.is_some_and(|next| next.is_uppercase() || "`[(\"*".contains(next)) && !abbreviated {
            found.push(before);
            start = at + 1;
        }
    }
    found.push(&text[start..]);
    found
}

/// Words of a sentence; a span of code is one word, the target of a link none.
fn length(sentence: &str) -> usize {
    let spans = sentence.split('`').enumerate();
    let prose: String = spans.map(|(index, span)| if index % 2 == 1 { "code" } else { span }).collect();
    let mut links = String::new();
    let mut rest = prose.as_str();
    while let Some((before, target)) = rest.split_once("](") {
        links.push_str(before);
        links.push(']');
        rest = target.split_once(')').map_or("", |(_, after)| after);
    }
    links.push_str(rest);
    links.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count()
}

/// True for "this is no report", false for "is no longer" and "there is no report".
fn denies(sentence: &str) -> bool {
    const COMPARING: [&str; 8] = ["longer", "more", "other", "less", "better", "worse", "smaller", "larger"];
    let sentence = format!(" {}", sentence.replace(['`', ',', ';', ':'], ""));
    sentence.match_indices(" is no ").any(|(at, found)| {
        let (before, after) = (sentence[..at].to_lowercase(), &sentence[at + found.len()..]);
        !before.ends_with(" there") && !COMPARING.iter().any(|word| after.starts_with(word))
    })
}

fn start_of(text: &str) -> String {
    let text = text.trim();
    let end = text.char_indices().nth(90).map_or(text.len(), |(end, _)| end);
    if end < text.len() { format!("{}…", &text[..end]) } else { text.to_owned() }
}

/// Count of all types, and the names that several of one crate have, with their places.
fn shared_types(files: &[SourceFile]) -> (usize, Vec<(String, Vec<String>)>) {
    // Crates are apart: a name may be used once in each.
    let mut places: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for (file, name, line) in definitions(files, &["struct", "enum", "trait", "union"]) {
        let crate_folder = FOLDERS.iter().find(|folder| file.path.starts_with(**folder)).copied().unwrap_or_default();
        places.entry((crate_folder, name)).or_default().push(format!("{}:{line}", file.path));
    }
    let count = places.values().map(Vec::len).sum();
    let shared = places.into_iter().filter(|(_, places)| places.len() > 1);
    (count, shared.map(|((_, name), places)| (name.to_owned(), places)).collect())
}

fn private_words(files: &[SourceFile]) -> Vec<String> {
    let kinds = ["struct", "enum", "trait", "fn", "mod", "const", "static", "type"];
    let found = definitions(files, &kinds).filter(|(_, name, _)| PRIVATE.contains(name));
    found.map(|(file, name, line)| format!("{}:{line}: {name}", file.path)).collect()
}

/// Items of some kinds: file, name and line.
fn definitions<'a>(
    files: &'a [SourceFile],
    kinds: &'a [&'a str],
) -> impl Iterator<Item = (&'a SourceFile, &'a str, usize)> {
    files.iter().flat_map(move |file| {
        let pairs =
            file.tokens.windows(2).filter(|pair| kinds.contains(&pair[0].text.as_str()) && is_word(&pair[1].text));
        pairs.map(move |pair| (file, pair[1].text.as_str(), pair[1].line))
    })
}
