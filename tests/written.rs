//! Tables of values as offices write them: numbers with signs, marks of suppressed values, codes that a spreadsheet changed.

use std::path::Path;

use crate::indicators::{EAST, WEST, boxes, put};
use crate::support::{shared, stderr, stdout, tensionmap};

fn check(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = tensionmap(folder, &[&["check", "--indicator"], args].concat());
    (output.status.code(), stdout(&output) + &stderr(&output))
}

/// Two areas, and a table with a value for each.
fn of(codes: [&str; 2], rows: [(&str, &str); 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "areas.geojson", &boxes(&[(codes[0], "", WEST), (codes[1], "", EAST)]));
    let rows: String = rows.iter().map(|(code, value)| format!("\"{code}\",\"{value}\"\n")).collect();
    put(folder.path(), "values.csv", &format!("LSOA21CD,v\n{rows}"));
    folder
}

const JOINED: [&str; 3] = ["values.csv:v:extensive", "--areas", "areas.geojson"];

#[test]
fn numbers_with_signs_are_read_and_said() {
    for (values, said) in [
        (["1,234", "12"], "1 values of \"v\" are read without their signs: \"1,234\" is 1234"),
        (["12.5%", "3.4%"], "2 values of \"v\" are read without their signs: \"12.5%\" is 12.5"),
        (["£12,345", "£1"], "2 values of \"v\" are read without their signs: \"£12,345\" is 12345"),
        (["(123)", "7 "], "1 values of \"v\" are read without their signs: \"(123)\" is -123"),
    ] {
        let folder = of(["a", "b"], [("a", values[0]), ("b", values[1])]);
        // No count is below 0; a rate may be.
        let of_rates = JOINED.map(|arg| if arg == "values.csv:v:extensive" { "values.csv:v:intensive" } else { arg });
        let (code, found) = check(folder.path(), &of_rates);
        assert!(code == Some(0) && found.contains(said), "{values:?}: {found}");
    }
    // A comma is not taken for thousands beside one that is decimal.
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "areas.geojson", &boxes(&[("a", "", WEST), ("b", "", EAST), ("c", "", [2.4, 54.7, 2.5, 54.8])]));
    put(folder.path(), "values.csv", "LSOA21CD,v\na,\"1,234\"\nb,\"1,5\"\nc,2\n");
    let (code, found) = check(folder.path(), &JOINED);
    assert!(code == Some(3) && found.contains("other values of this column have decimal ones"), "{found}");
    assert!(found.contains("a number with a decimal point"), "{found}");
}

#[test]
fn suppressed_values_count_once_and_by_name() {
    for mark in ["*", "c", "[c]", "<5", "..", "-", "x", ":"] {
        let folder = of(["a", "b"], [("a", mark), ("b", "7")]);
        let (code, found) = check(folder.path(), &JOINED);
        assert_eq!(code, Some(3), "{mark}: {found}");
        assert!(found.contains("Q_SUPPRESSED"), "{mark}: {found}");
        assert!(found.contains(&format!("has a mark in its place ({mark}): 1")), "{mark}: {found}");
        assert!(!found.contains("without a row of values") && !found.contains("Q_NO_MATCH"), "{mark}: {found}");
        // One area of two is refused, and no row.
        assert!(
            found.contains("areas.geojson (geojson; value=v)\n  read 2 = accepted 1 + quarantined 1"),
            "{mark}: {found}"
        );
        assert!(found.contains("values.csv (csv; value=v)\n  read 2 = accepted 2 + quarantined 0"), "{mark}: {found}");
        let counted = check(folder.path(), &[&JOINED[..], &["--max-rejects", "1"]].concat());
        assert_eq!(counted.0, Some(0), "{}", counted.1);
    }
}

/// The same holds for properties of areas, which formats with text columns have.
#[test]
fn properties_that_are_numbers_as_text_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let areas = [("a", r#","v":"1,234""#, WEST), ("b", r#","v":"[c]""#, EAST)];
    put(folder.path(), "areas.geojson", &boxes(&areas));
    let (code, found) = check(folder.path(), &["areas.geojson:v:extensive"]);
    assert!(
        code == Some(3) && found.contains("\"1,234\" is 1234") && found.contains("Q_SUPPRESSED v: found \"[c]\""),
        "{found}"
    );
}

/// What is proposed for codes that differ works.
#[test]
fn codes_that_differ_by_a_rule_are_proposed() {
    for (areas, rows, rule) in [
        (["06030", "06031"], ["6030", "6031"], "zeros"),
        (["E01000001", "E01000002"], ["e01000001", "e01000002 "], "case"),
        (["1", "2"], ["1.0", "2.0"], "decimal"),
        (["e1", "e02"], ["E1.0", "0E02"], "all"),
    ] {
        let folder = of(areas, [(rows[0], "1"), (rows[1], "2")]);
        let (code, found) = check(folder.path(), &JOINED);
        let advice = "2 of its codes differ from those of areas by ";
        let rule_advice = format!("--key-rule {rule} overlooks that");
        assert!(code == Some(3) && found.contains(advice) && found.contains(&rule_advice), "{rule}: {found}");
        let (code, found) = check(folder.path(), &[&JOINED[..], &["--key-rule", rule]].concat());
        assert!(code == Some(0) && found.contains("2 codes match, whatever their "), "{rule}: {found}");
    }
    let folder = of(["a", "b"], [("a", "1"), ("b", "2")]);
    assert_eq!(check(folder.path(), &[&JOINED[..], &["--key-rule", "nearly"]].concat()).0, Some(2));
    // Two rows that a rule makes one are not both taken.
    let folder = of(["A", "b"], [("a", "1"), ("A", "2")]);
    let (_, found) = check(folder.path(), &[&JOINED[..], &["--key-rule", "case"]].concat());
    assert!(found.contains("Q_DUP_CODE"), "{found}");
}

#[test]
fn tables_of_exports_are_read_or_say_how() {
    let Some(exports) = shared("exports") else { return };
    let folder = exports.join("43-indicator-tables");
    let wards = |file: &str| {
        [
            format!("{file}:population:extensive"),
            "--areas".into(),
            "wards.geojson".into(),
            "--key".into(),
            "WD23CD".into(),
        ]
    };
    for (file, code, expected) in [
        ("thousands.csv", 0, "without their signs"),
        ("pct.csv", 0, "is 12.5"),
        ("currency.csv", 0, "is 12345"),
        ("suppressed.csv", 3, "Q_SUPPRESSED"),
        ("trailing_space.csv", 0, "codes match"),
        ("lower.csv", 3, "--key-rule case overlooks that"),
    ] {
        let args = wards(file);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (found, said) = check(&folder, &args);
        assert!(found == Some(code) && said.contains(expected), "{file}: {said}");
    }
    for (file, key, rule) in [
        ("lower.csv", "WD23CD", "case"),
        ("geoid_lost_zero.csv", "GEOID", "zeros"),
        ("num_float.csv", "num", "decimal"),
    ] {
        let value = format!("{file}:population:extensive");
        let args = [&value, "--areas", "tracts.geojson", "--key", key];
        let (code, said) = check(&folder, &args);
        assert!(code == Some(3) && said.contains(&format!("--key-rule {rule} overlooks that")), "{file}: {said}");
        let (code, said) = check(&folder, &[&args[..], &["--key-rule", rule]].concat());
        assert!(code == Some(0), "{file}: {said}");
    }
}
