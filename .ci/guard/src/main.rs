//! Checks that keep the plan of the tree: stage order, prose, the one way out, the public interface, licences and sources.
//!
//! `guard self-test | imports [--NAME LIMIT]… | release | prose [--NAME LIMIT]… | api JSON [--bless] | supply JSON…`, run from the root of the checkout.

mod api;
mod imports;
mod prose;
mod release;
mod self_test;
mod signature;
mod source;
mod supply;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(".");
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["self-test"] => self_test::check(Path::new(".ci/fixtures")),
        ["imports", limits @ ..] => limits_of(limits, &["direct", "through-mod"]).and_then(|limits| {
            let limit = |name| limits.get(name).copied().unwrap_or(0);
            imports::check(root, imports::Limits { direct: limit("direct"), through_mod: limit("through-mod") })
        }),
        ["release"] => release::check(root),
        ["prose", limits @ ..] => limits_of(limits, prose::NAMES).and_then(|limits| prose::check(root, &limits)),
        ["supply", metadata @ ..] if !metadata.is_empty() => metadata.iter().try_fold(Vec::new(), |mut faults, path| {
            faults.extend(supply::check(&root.join("deny.toml"), Path::new(path))?);
            Ok(faults)
        }),
        ["api", json, rest @ ..] => api::check(Path::new(json), Path::new("docs/public-api.txt"), rest),
        _ => Err(
            "usage: guard self-test | imports [--NAME LIMIT]… | release | prose [--NAME LIMIT]… | api JSON [--bless] | supply JSON…"
                .to_owned(),
        ),
    };
    match outcome {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            faults.iter().for_each(|fault| println!("{fault}"));
            println!("{}: {} found, 0 allowed", words[0], faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("guard: {error}");
            ExitCode::from(2)
        }
    }
}

/// Pairs such as `--direct 2`.
fn limits_of<'a>(words: &[&'a str], known: &[&str]) -> Result<BTreeMap<&'a str, usize>, String> {
    let pair = |pair: &[&'a str]| {
        let name = pair[0].strip_prefix("--").filter(|name| known.contains(name));
        let name = name.ok_or_else(|| format!("{}: unknown limit (expected --{})", pair[0], known.join(", --")))?;
        let limit = pair.get(1).and_then(|limit| limit.parse().ok());
        Ok((name, limit.ok_or_else(|| format!("--{name}: expected a whole number after it"))?))
    };
    words.chunks(2).map(pair).collect()
}
