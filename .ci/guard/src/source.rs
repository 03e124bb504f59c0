//! Rust files as flat token lists, without tests and documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token, with its place.
#[derive(Clone, Debug)]
pub struct Token {
    pub text: String,
    pub line: usize,
    /// Module path from the crate root, inline modules included.
    pub module: Rc<[String]>,
}

/// One source file.
#[derive(Debug)]
pub struct SourceFile {
    /// Path below the root that was scanned, such as `src/score/mod.rs`.
    pub path: String,
    pub module: Vec<String>,
    pub text: String,
    pub tokens: Vec<Token>,
}

impl SourceFile {
    /// First segment of the module path; none for `lib.rs` and `main.rs`.
    pub fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    pub fn is_mod(&self) -> bool {
        self.path.ends_with("/mod.rs")
    }
}

/// Every non-test Rust file of `folder` below `root`, sorted by path.
pub fn files(root: &Path, folder: &str) -> Result<Vec<SourceFile>, String> {
    let mut paths = Vec::new();
    walk(&root.join(folder), &mut paths).map_err(|error| format!("{}: {error}", root.join(folder).display()))?;
    paths.sort();
    let mut test_files = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let module = module_of(path.strip_prefix(root.join(folder)).unwrap_or(&path));
        let stream: TokenStream = text.parse().map_err(|error| format!("{}: not Rust: {error}", path.display()))?;
        let mut reader = Reader { file: &path, tokens: Vec::new(), test_files: &mut test_files, is_test: false };
        reader.read(stream, &Rc::from(module.as_slice()));
        let (tokens, is_test) = (reader.tokens, reader.is_test);
        if !is_test {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.push((path, SourceFile { path: name, module, text, tokens }));
        }
    }
    found.retain(|(path, _)| !test_files.iter().any(|test| path == test || path.starts_with(test.with_extension(""))));
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn module_of(path: &Path) -> Vec<String> {
    let mut segments: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(segments.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        segments.pop();
    }
    segments
}

struct Reader<'a> {
    file: &'a Path,
    tokens: Vec<Token>,
    /// Files that a `#[cfg(test)] mod x;` names; for `x/mod.rs` the path `x.rs` stands for the folder.
    test_files: &'a mut BTreeSet<PathBuf>,
    is_test: bool,
}

impl Reader<'_> {
    fn read(&mut self, stream: TokenStream, module: &Rc<[String]>) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            if let Some((attribute, inner, next)) = attribute(&trees, at) {
                if only_for_tests(&attribute) {
                    if inner {
                        self.is_test = true;
                        return;
                    }
                    at = self.skip_item(&trees, at);
                    continue;
                }
                if !matches!(word(attribute.first()).as_deref(), Some("doc" | "cfg")) {
                    attribute.into_iter().for_each(|tree| self.push(tree, module));
                }
                at = next;
                continue;
            }
            if let (Some("mod"), Some(name), Some(TokenTree::Group(body))) =
                (word(trees.get(at)).as_deref(), word(trees.get(at + 1)), trees.get(at + 2))
            {
                let inner: Rc<[String]> = module.iter().cloned().chain([name]).collect();
                self.push(trees[at].clone(), module);
                self.push(trees[at + 1].clone(), module);
                self.read(body.stream(), &inner);
                at += 3;
                continue;
            }
            self.push(trees[at].clone(), module);
            at += 1;
        }
    }

    fn push(&mut self, tree: TokenTree, module: &Rc<[String]>) {
        let mut token = |text: String, line| self.tokens.push(Token { text, line, module: Rc::clone(module) });
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                token(open.to_owned(), group.span_open().start().line);
                self.read(group.stream(), module);
                self.tokens.push(Token {
                    text: close.to_owned(),
                    line: group.span_close().start().line,
                    module: Rc::clone(module),
                });
            }
            other => token(other.to_string(), other.span().start().line),
        }
    }

    /// Index after the item that starts at `at` with its attributes.
    fn skip_item(&mut self, trees: &[TokenTree], mut at: usize) -> usize {
        let mut path = None;
        while let Some((attribute, _, next)) = attribute(trees, at) {
            if word(attribute.first()).as_deref() == Some("path") {
                path = attribute.get(2).map(|literal| literal.to_string().trim_matches('"').to_owned());
            }
            at = next;
        }
        let is_item = !matches!(trees.get(at + 1), Some(TokenTree::Punct(sign)) if ":=".contains(sign.as_char()));
        while let Some(tree) = trees.get(at) {
            if word(Some(tree)).as_deref() == Some("mod")
                && matches!(trees.get(at + 2), Some(TokenTree::Punct(sign)) if sign.as_char() == ';')
            {
                let name = word(trees.get(at + 1)).unwrap_or_default();
                let folder = self.file.parent().unwrap_or(self.file);
                let stem = self.file.file_stem().unwrap_or_default();
                let own = if ["mod", "lib", "main"].iter().any(|root| stem == *root) {
                    folder.to_owned()
                } else {
                    folder.join(stem)
                };
                self.test_files.insert(path.map_or_else(|| own.join(format!("{name}.rs")), |path| folder.join(path)));
                return at + 3;
            }
            at += 1;
            match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(sign) if sign.as_char() == ';' || (!is_item && sign.as_char() == ',') => break,
                _ => {}
            }
        }
        at
    }
}

/// Content of the attribute at `at`, true if it is an inner one, and the index after it.
fn attribute(trees: &[TokenTree], at: usize) -> Option<(Vec<TokenTree>, bool, usize)> {
    let sign = |at: usize, wanted| matches!(trees.get(at), Some(TokenTree::Punct(sign)) if sign.as_char() == wanted);
    if !sign(at, '#') {
        return None;
    }
    let inner = sign(at + 1, '!');
    let place = at + 1 + usize::from(inner);
    match trees.get(place) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some((group.stream().into_iter().collect(), inner, place + 1))
        }
        _ => None,
    }
}

/// True for `#[test]` and `#[cfg(…)]` with `test`, `doc` or `doctest` outside `not(…)`.
fn only_for_tests(attribute: &[TokenTree]) -> bool {
    fn names_test(stream: TokenStream) -> bool {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        trees.iter().enumerate().any(|(at, tree)| match tree {
            TokenTree::Ident(name) => name == "test" || name == "doctest" || name == "doc",
            TokenTree::Group(group) => {
                word(at.checked_sub(1).and_then(|before| trees.get(before))).as_deref() != Some("not")
                    && names_test(group.stream())
            }
            _ => false,
        })
    }
    match attribute {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(group)] => name == "cfg" && names_test(group.stream()),
        _ => false,
    }
}

fn word(tree: Option<&TokenTree>) -> Option<String> {
    match tree {
        Some(TokenTree::Ident(name)) => Some(name.to_string()),
        _ => None,
    }
}

/// True if the token is a name or keyword.
pub fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
}
