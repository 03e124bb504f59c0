//! What is said of indicators that cannot be used, and of values and areas that do not belong together.

use crate::indicators::{EAST, WEST, boxes, put, two};
use crate::support::{stderr, stdout, tensionmap};

/// A folder of input that cannot be used.
struct Bad(tempfile::TempDir);

impl Bad {
    fn new() -> Self {
        let bad = Self(tempfile::tempdir().unwrap());
        let folder = bad.0.path();
        let area = |properties: &str, ring: &str| {
            format!(
                r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
            )
        };
        let sound = "[[2.2,54.7],[2.3,54.7],[2.3,54.8],[2.2,54.8],[2.2,54.7]]";
        for (name, ring) in [
            ("bow", "[[2.2,54.7],[2.3,54.8],[2.3,54.7],[2.2,54.8],[2.2,54.7]]".to_owned()),
            ("hole", format!("{sound},[[3,54.7],[3,54.8],[3.1,54.8],[3,54.7]]")),
            ("zero", "[[2.2,54.7],[2.3,54.8],[2.2,54.7],[2.2,54.7]]".to_owned()),
            ("open", "[[2.2,54.7],[2.3,54.7],[2.3,54.8],[2.2,54.8]]".to_owned()),
        ] {
            put(folder, &format!("{name}.geojson"), &area(r#""v":1"#, &ring));
        }
        put(folder, "text.geojson", &area(r#""v":"high""#, sound));
        put(folder, "nan.geojson", &boxes(&[("a", r#","v":"NaN""#, WEST), ("b", r#","v":2"#, EAST)]));
        put(folder, "twice.geojson", &boxes(&[("a", r#","v":1"#, WEST), ("a", r#","v":2"#, EAST)]));
        put(folder, "lsoa.geojson", &two());
        put(folder, "plain.geojson", &area("", sound));
        put(folder, "values.csv", "lsoa21_code,v\nE01000001,1\nE01000002,NaN\nE01000002,x\nE01000001,3\nE01000005,4\n");
        put(folder, "words.csv", "lsoa21_code,v\nE01000001,low\nE01000002,high\n");
        put(folder, "nameless.csv", "area,v\nE01000001,1\n");
        put(folder, "mixed.csv", "h3,v\n8819434dbbfffff,1\n8919434dbb3ffff,2\n");
        put(folder, "cells.csv", "h3,v\n8819434dbbfffff,1\nx,2\n8819434dbbfffff,3\n8819434db9fffff,inf\n");
        bad
    }

    /// Checks indicators, and that the program ends with a code and says what is wrong.
    fn says(&self, cases: &[(&[&str], i32, &[&str])]) {
        for &(args, code, messages) in cases {
            let output = tensionmap(self.0.path(), &[&["check", "--indicator"], args].concat());
            let said = stdout(&output) + &stderr(&output);
            assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
            for message in messages {
                assert!(said.contains(message), "{args:?}: {message:?} is not in {said}");
            }
        }
    }
}

/// What is wrong with areas or their values has a code and says what to do.
#[test]
fn unusable_areas_say_so() {
    Bad::new().says(&[
        (
            &["bow.geojson:v:extensive"],
            3,
            &["Q_SELF_INTERSECTION geometry: found \"ring 1 crosses itself at 2.25,54.75\""],
        ),
        (&["hole.geojson:v:extensive"], 3, &["Q_HOLE geometry: found "]),
        (&["zero.geojson:v:extensive"], 3, &["Q_ZERO_AREA geometry: found "]),
        (&["open.geojson:v:extensive"], 3, &["Q_RING_OPEN geometry: found "]),
        (
            &["twice.geojson:v:extensive"],
            3,
            &["Q_DUP_CODE LSOA21CD: found \"a\", expected each area once"],
        ),
        (
            &["nan.geojson:v:extensive"],
            3,
            &["Q_VALUE_NONFINITE v: found \"NaN\", expected a finite number; leave out rows and areas without a value"],
        ),
        (
            &["text.geojson:v:extensive"],
            3,
            &[
                "Q_VALUE v: found \"high\"",
                "E_VALUE_TEXT: text.geojson: the column \"v\" holds text, such as \"high\"; expected numbers, with a decimal point. Name another column",
            ],
        ),
    ]);
    Bad::new().says(&[(
        &["bow.geojson:v:extensive", "--repair-geometry"],
        0,
        &["bow.geojson: areas repaired: 1: feature 1 by +100.0000% of its area"],
    )]);
    let listed = stdout(&tensionmap(std::path::Path::new("."), &["list", "codes"]));
    for code in [
        "Q_SELF_INTERSECTION",
        "Q_HOLE",
        "Q_ZERO_AREA",
        "Q_RING_OPEN",
        "Q_DUP_CODE",
        "Q_VALUE_NONFINITE",
        "E_VALUE_TEXT",
        "E_H3_MIXED",
    ] {
        assert_eq!(listed.lines().filter(|line| line.starts_with(&format!("{code} "))).count(), 1, "{code}");
    }
}

/// And so has what is wrong with a table.
#[test]
fn unusable_tables_say_so() {
    Bad::new().says(&[
        (
            &["mixed.csv:v:extensive"],
            4,
            &[
                "error: E_H3_MIXED: mixed.csv: row 2: 8919434dbb3ffff is of resolution 9, and the first cell of resolution 8; cells of \
               several resolutions overlap and leave gaps, so their values cannot be added up. Give one file a resolution",
            ],
        ),
        (
            &["cells.csv:v:extensive"],
            3,
            &[
                "read 4 = accepted 1 + quarantined 3",
                "Q_H3_CELL h3: found \"x\", expected an H3 cell such as 8819434dbbfffff",
                "Q_DUP_CODE h3: found \"8819434dbbfffff\", expected each once, and row 1 has it",
                "Q_VALUE_NONFINITE v: found \"inf\"",
            ],
        ),
        (
            &["values.csv:v:extensive"],
            4,
            &[
                "error: E_COLUMN: values.csv: is a table without a column of H3 cells (found lsoa21_code, v); give the polygons that its \
               values belong to with --areas and --key, or choose a kind of points: count, sum, nearest or within=METRES",
            ],
        ),
        (
            &["values.csv:v:extensive", "--areas", "lsoa.geojson", "--key", "LSOA21CD"],
            3,
            &[
                "read 5 = accepted 3 + quarantined 2",
                // A row without a value is a fault of its area, and counts once.
                "Q_VALUE_NONFINITE v: found \"NaN\"",
                "Q_DUP_CODE lsoa21_code: found \"E01000002\", expected each once, and row 2 has it",
                "Q_DUP_CODE lsoa21_code: found \"E01000001\", expected each once, and row 1 has it",
                "W_NO_MATCH",
                "lsoa.geojson: joined by \"LSOA21CD\" to \"lsoa21_code\" of values.csv: 2 codes match",
                "lsoa.geojson: rows of values without an area in values.csv: 1: E01000005",
            ],
        ),
        (
            &["words.csv:v:intensive", "--areas", "lsoa.geojson", "--key", "LSOA21CD"],
            4,
            &["error: E_VALUE_TEXT: words.csv: the column \"v\" holds text, such as \"low\""],
        ),
        (
            &["nameless.csv:v:intensive", "--areas", "lsoa.geojson", "--key", "LSOA21CD"],
            4,
            &[
                "error: E_COLUMN: nameless.csv: cannot determine which column holds the codes of \"LSOA21CD\"; found area, v. Name it with \
               --key LSOA21CD=COLUMN",
            ],
        ),
        (
            &["nameless.csv:v:intensive", "--areas", "lsoa.geojson", "--key", "LSOA21CD=area"],
            3,
            &["1 codes match"],
        ),
        (
            &["values.csv:v:intensive", "--areas", "plain.geojson"],
            4,
            &["error: E_COLUMN: plain.geojson: no property holds area codes; found . Name it with --key NAME"],
        ),
        (
            &["values.csv:w:intensive", "--areas", "lsoa.geojson", "--key", "LSOA21CD"],
            4,
            &["error: E_COLUMN: values.csv: has no column \"w\"; found lsoa21_code, v"],
        ),
    ]);
}

/// And with the words of an indicator.
#[test]
fn unusable_words_say_so() {
    Bad::new().says(&[
        (&["values.csv:v:mean"], 2, &["indicator kind \"mean\" is not usable: expected extensive (a count of an area"]),
        (&["values.csv::sum"], 2, &["expected FILE:COLUMN:KIND, with a column for this kind"]),
        (&["values.csv:v:count"], 2, &["expected FILE::KIND, since this kind reads no column"]),
        (&["values.csv::within=0"], 2, &["radius \"0\" is not usable: expected whole metres from 1 to 20000000"]),
        (
            &["values.csv:v:extensive,weight=p"],
            2,
            &["after the kind only name=NAME and, for an intensive value, weight=COLUMN"],
        ),
        (&["lsoa.geojson:v:intensive", "--key", "LSOA21CD"], 2, &["key \"LSOA21CD\" is not usable: expected polygons"]),
    ]);
}

/// Values and areas of two censuses are told apart: by codes that only one of them has, or by the names of the columns.
#[test]
fn vintages_are_told_apart() {
    let polygons = boxes(&[("E01000001", "", WEST), ("E01033770", "", EAST)]);
    let check = |table: &str, polygons: &str| {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "values.csv", table);
        put(folder.path(), "lsoa.geojson", polygons);
        let key = if polygons.contains("lsoa_code") { "lsoa_code" } else { "LSOA21CD" };
        let args = ["check", "--indicator", "values.csv:v:intensive", "--areas", "lsoa.geojson", "--key", key];
        let output = tensionmap(folder.path(), &args);
        stdout(&output) + &stderr(&output)
    };
    let said = check("code,lsoa_code,v\n1,E01000001,1\n2,E01000002,2\n", &polygons);
    let expected = "lsoa.geojson: values.csv: values of 2011 on areas of 2021: 1 codes match, of areas that stayed the same; 1 areas \
                    without values and 1 values without an area were split, merged or redrawn in between. Give values and areas of one \
                    census";
    assert!(said.contains(expected) && said.contains("W_VINTAGE"), "{said}");
    let said = check("lsoa11_code,v\nE01000001,1\n", &boxes(&[("E01000001", "", WEST)]));
    assert!(said.contains("values of 2011 on areas of 2021: every code has its counterpart"), "{said}");
    let said = check("lsoa21_code,v\nE01000001,1\nE01033771,1\n", &polygons);
    assert!(!said.contains("W_VINTAGE"), "{said}");
    let old = boxes(&[("E01000001", "", WEST), ("E01000002", "", EAST)]).replace("LSOA21CD", "lsoa_code");
    let said = check("lsoa_code,v\nE01000001,1\nE01033770,1\n", &old);
    assert!(said.contains("values of 2021 on areas of 2011: 1 codes match"), "{said}");
}
