//! Fonts of the machine: a small set of known names, looked for in the usual folders of Linux, macOS and Windows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use unicode_script::Script;

use super::file::FontFile;

/// Maximum depth of folders that are searched.
const MAX_DEPTH: usize = 5;

use Script::{
    Arabic, Armenian, Bengali, Cherokee, Devanagari, Ethiopic, Georgian, Gujarati, Gurmukhi, Han, Hangul, Hebrew,
    Hiragana, Kannada, Katakana, Khmer, Lao, Malayalam, Mongolian, Myanmar, Oriya, Sinhala, Syriac, Tamil, Telugu,
    Thaana, Thai, Tibetan, Tifinagh,
};

const EAST_ASIAN: &[Script] = &[Han, Hiragana, Katakana, Hangul];
const CHINESE: &[Script] = &[Han];
const JAPANESE: &[Script] = &[Han, Hiragana, Katakana];
const KOREAN: &[Script] = &[Hangul, Han];
const INDIC: &[Script] = &[Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Sinhala];
/// Fonts for characters of any script.
const ANY: &[Script] = &[];

/// Scripts that have a Noto Sans of their own.
const NOTO: [Script; 27] = [
    Arabic,
    Armenian,
    Bengali,
    Cherokee,
    Devanagari,
    Ethiopic,
    Georgian,
    Gujarati,
    Gurmukhi,
    Hebrew,
    Kannada,
    Khmer,
    Lao,
    Malayalam,
    Mongolian,
    Myanmar,
    Oriya,
    Sinhala,
    Syriac,
    Tamil,
    Telugu,
    Thaana,
    Thai,
    Tifinagh,
    Script::Nko,
    Script::Canadian_Aboriginal,
    Script::Yi,
];

/// Font files by name, the preferred ones first, each with the scripts it is looked at for. Bold ones come after regular ones.
#[rustfmt::skip]
const FAMILIES: &[(&[&str], &[Script])] = &[
    (&["NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", "NotoSansCJK.ttc", "NotoSansCJK-VF.otf.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansCJKjp-Regular.otf", "SourceHanSans.ttc"], EAST_ASIAN),
    (&["NotoSansSC-Regular.otf", "NotoSansSC[wght].ttf", "NotoSansTC-Regular.otf", "NotoSansTC[wght].ttf", "msyh.ttc", "msyhbd.ttc", "msjh.ttc", "simsun.ttc", "PingFang.ttc", "STHeiti Light.ttc", "STHeiti Medium.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf"], CHINESE),
    (&["NotoSansJP-Regular.otf", "NotoSansJP[wght].ttf", "YuGothM.ttc", "YuGothB.ttc", "meiryo.ttc", "msgothic.ttc", "ヒラギノ角ゴシック W3.ttc", "ヒラギノ角ゴシック W6.ttc", "ipag.ttf", "ipagp.ttf"], JAPANESE),
    (&["NotoSansKR-Regular.otf", "NotoSansKR[wght].ttf", "malgun.ttf", "malgunbd.ttf", "AppleSDGothicNeo.ttc", "NanumGothic.ttf", "NanumGothicBold.ttf", "gulim.ttc"], KOREAN),
    (&["Nirmala.ttc", "Nirmala.ttf", "NirmalaB.ttf"], INDIC),
    (&["mangal.ttf", "Kohinoor.ttc", "KohinoorDevanagari.ttc", "Lohit-Devanagari.ttf"], &[Devanagari]),
    (&["KohinoorBangla.ttc", "vrinda.ttf", "Lohit-Bengali.ttf"], &[Bengali]),
    (&["latha.ttf", "Tamil MN.ttc", "Lohit-Tamil.ttf"], &[Tamil]),
    (&["LeelawUI.ttf", "LeelaUIb.ttf", "leelawad.ttf", "Thonburi.ttc", "Garuda.ttf", "Loma.ttf"], &[Thai, Lao, Khmer]),
    (&["mmrtext.ttf", "mmrtextb.ttf", "NotoSansMyanmar.ttc"], &[Myanmar]),
    (&["ebrima.ttf", "ebrimabd.ttf", "nyala.ttf", "Kefa.ttc"], &[Ethiopic, Script::Nko, Tifinagh]),
    (&["GeezaPro.ttc", "NotoNaskhArabic-Regular.ttf", "arabtype.ttf", "tahoma.ttf"], &[Arabic]),
    (&["Arial Hebrew.ttc", "ArialHB.ttc"], &[Hebrew]),
    (&["NotoSerifTibetan-Regular.ttf", "himalaya.ttf", "Kailasa.ttc"], &[Tibetan]),
    (&["monbaiti.ttf"], &[Mongolian]),
    (&["gadugi.ttf", "Euphemia UCAS.ttc", "Galvji.ttc"], &[Script::Canadian_Aboriginal, Cherokee]),
    (&["NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "segoeui.ttf", "segoeuib.ttf", "Arial Unicode.ttf", "ARIALUNI.TTF", "NotoSansSymbols2-Regular.ttf", "NotoSansSymbols-Regular.ttf", "NotoEmoji-Regular.ttf", "NotoEmoji[wght].ttf", "seguisym.ttf", "seguiemj.ttf", "Apple Symbols.ttf", "FreeSans.ttf", "unifont.ttf", "unifont.otf"], ANY),
];

/// Known fonts in the folders of this machine, in the order of preference.
pub(super) fn files() -> Vec<FontFile> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in folders() {
        search(&folder, MAX_DEPTH, &mut found);
    }
    let of_script = NOTO.into_iter().flat_map(|script| {
        let name = script.full_name().replace('_', "");
        let ends =
            ["-Regular.ttf", "-Regular.otf", "[wdth,wght].ttf", "[wght].ttf", "-VF.ttf", "-Bold.ttf", "-Bold.otf"];
        ends.map(|end| (format!("NotoSans{name}{end}"), vec![script]))
    });
    let of_families =
        FAMILIES.iter().flat_map(|(names, scripts)| names.iter().map(|name| ((*name).to_owned(), scripts.to_vec())));
    let known = of_script.chain(of_families);
    known
        .filter_map(|(name, scripts)| Some(FontFile::of_machine(found.remove(&name.to_lowercase())?, scripts)))
        .collect()
}

/// Folders of fonts, those of the person first.
fn folders() -> Vec<PathBuf> {
    let below = |variable: &str, folders: &[&str]| {
        let root = std::env::var_os(variable).filter(|root| !root.is_empty()).map(PathBuf::from);
        root.into_iter()
            .flat_map(|root| folders.iter().map(|folder| root.join(folder)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let fixed = ["/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts", "/System/Library/Fonts"];
    below("HOME", &[".local/share/fonts", ".fonts", "Library/Fonts"])
        .into_iter()
        .chain(below("LOCALAPPDATA", &["Microsoft/Windows/Fonts"]))
        .chain(below("WINDIR", &["Fonts"]))
        .chain(fixed.map(PathBuf::from))
        .collect()
}

/// Enters font files by their names in lower case; the first of a name is kept.
fn search(folder: &Path, depth: usize, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth > 0 {
                search(&path, depth - 1, found);
            }
        } else if let Some(name) = path.file_name() {
            found.entry(name.to_string_lossy().to_lowercase()).or_insert(path);
        }
    }
}
