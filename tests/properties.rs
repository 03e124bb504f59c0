//! The fast ways of reading against slow ones that are right: records that look alike, and rows without quotes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tensionmap::Code;
use tensionmap::Input;
use tensionmap::unstable::ingest::{Quarantined, ReadOptions, read};

fn config() -> ProptestConfig {
    const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/properties.proptest-regressions");
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(SEEDS)) as Box<_>);
    ProptestConfig { failure_persistence, ..ProptestConfig::default() }
}

/// All that can be told of a reading but the name of the file and the bytes at which records stand.
#[derive(Debug, PartialEq)]
struct Told {
    incidents: Vec<String>,
    refused: Vec<Quarantined>,
    warnings: BTreeMap<Code, u64>,
    unmapped: BTreeMap<String, u64>,
    read: u64,
}

fn tell(name: &str, text: &str) -> Result<Told, Code> {
    let (mut incidents, mut refused) = (Vec::new(), Vec::new());
    let input = Input::Bytes(name.to_owned(), text.as_bytes().to_vec());
    let tally = read(
        &input,
        &ReadOptions::default(),
        &mut |batch| {
            let bits = |one: &tensionmap::Incident| (one.at.lat().to_bits(), one.at.lng().to_bits());
            incidents.extend(batch.incidents().map(|one| format!("{:?} {one:?}", bits(&one))));
        },
        &mut |one| {
            refused.push(Quarantined { file: String::new(), byte: None, ..one.clone() });
            Ok(())
        },
    );
    let tally = tally.map_err(|error| error.code())?;
    assert_eq!(tally.read, tally.accepted + tally.quarantined());
    Ok(Told { incidents, refused, warnings: tally.warnings, unmapped: tally.unmapped, read: tally.read })
}

/// How the records of one program look: the order of members, white space, and what else stands in them.
#[derive(Clone, Debug)]
struct Look {
    order: Vec<usize>,
    space: &'static str,
    has_id: bool,
    extra: Option<&'static str>,
    bare: Option<&'static str>,
}

fn look() -> impl Strategy<Value = Look> {
    let order = Just((0..3).collect::<Vec<usize>>()).prop_shuffle();
    let space = prop::sample::select(vec!["", "", " ", "\t", "\n", "  "]);
    let extra = prop::option::of(prop::sample::select(vec![
        r#""bbox":[1,2,3,4]"#,
        r#""note":{"a":[1,{"b":"}"}],"c":"]"}"#,
        r#""x":"a\"b\\""#,
        r#""type":"Feature""#,
    ]));
    let bare = prop::option::weighted(
        0.1,
        prop::sample::select(vec![r#""properties":null"#, r#""properties":[1]"#, r#""properties":{}"#]),
    );
    (order, space, any::<bool>(), extra, bare).prop_map(|(order, space, has_id, extra, bare)| Look {
        order,
        space,
        has_id,
        extra,
        bare,
    })
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(values).prop_map(str::to_owned)
}

/// A value as JSON: mostly what belongs there, at times anything.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => one_of(&[r#""asb""#, r#""hate_crime""#, r#""riot""#]),
        1 => one_of(&["null", "5", "1.5", "-0", "1e2", "true", "[1,[2]]", r#"{"a":1}"#, r#""""#, r#"" ""#]),
        1 => one_of(&[r#""\u00e9""#, r#""a\tb""#, r#""\"""#, r#""\\""#, r#""é}""#, r#""\ud83d\ude00""#, r#""\u0000""#]),
        1 => ".{0,9}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ]
}

const DATES: &[&str] = &[
    r#""2026-01-05""#,
    r#""2026-01-06T23:59:60Z""#,
    r#""2026-01-07T10:00:00+02:00""#,
    r#""2026-01""#,
    "2026",
    r#""2026\u002d01-08""#,
    r#""05/01/2026""#,
    r#""""#,
    "null",
    "1e3",
];
const NUMBERS: &[&str] =
    &["2.3", "54.7", "-1.13158", "0", "-0.0", "1e1", "2.5E+1", "181", "1e400", "12345678901234567890", "0.1e-7"];
const ORDINATES: &[&str] = &["null", r#""1""#, "true", "[1]", "1,2", "-17.25,3,4"];
const SEVERITIES: &[&str] = &["1", "2", "5", "6", "3.0", r#""4""#, r#""x""#, "null", "-1"];
const IDS: &[&str] = &["1", "2", "3", "1", r#""1""#, "null", "9007199254740993", "1.5", "{}", r#""\u0031""#];

/// What differs from record to record.
type Values = (usize, [String; 2], String, String, String, String, Option<&'static str>);

fn values() -> impl Strategy<Value = Values> {
    let ordinate = || prop_oneof![12 => one_of(NUMBERS), 1 => one_of(ORDINATES)];
    let geometry = prop::sample::select(vec![
        "null",
        "{}",
        "5",
        r#"{"type":"Point"}"#,
        r#"{"type":"Point","coordinates":[]}"#,
        r#"{"coordinates":[1,2],"type":"Point","coordinates":[1,2]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
        r#"{"type":"Poi\u006et","coordinates":[1,2]}"#,
    ]);
    (
        any::<usize>(),
        [ordinate(), ordinate()],
        one_of(DATES),
        text(),
        one_of(SEVERITIES),
        one_of(IDS),
        prop::option::weighted(0.15, geometry),
    )
}

fn feature(looks: &[Look], (look, [x, y], date, category, severity, id, geometry): &Values) -> String {
    let Look { order, space, has_id, extra, bare } = &looks[look % looks.len()];
    let geometry = geometry.map_or_else(
        || format!(r#"{{"type":{space}"Point",{space}"coordinates":[{x},{space}{y}{space}]}}"#),
        str::to_owned,
    );
    let nested = format!(r#""place":{{"ward":{category}}},"source":{category}"#);
    let properties = format!(
        r#"{{{space}"occurred"{space}:{space}{date}{space},"category":{category},{space}{nested},"severity":{severity}}}"#
    );
    let members = [
        r#""type":"Feature""#.to_owned(),
        format!(r#""geometry"{space}:{space}{geometry}"#),
        bare.map_or_else(|| format!(r#""properties":{space}{properties}"#), str::to_owned),
    ];
    let mut members: Vec<String> = order.iter().map(|&member| members[member].clone()).collect();
    members.extend(has_id.then(|| format!(r#""id":{space}{id}"#)));
    members.extend(extra.map(str::to_owned));
    format!("{{{space}{}{space}}}", members.join(&format!("{space},{space}")))
}

proptest! {
    #![proptest_config(config())]

    /// Records that look like an earlier one are read without being taken apart again. A record separator before each
    /// switches that off; the account must be the same. So it must be for a collection of the same features.
    #[test]
    fn alike_records_are_read_as_if_each_were_the_first(
        looks in prop::collection::vec(look(), 1..5),
        values in prop::collection::vec(values(), 1..80),
    ) {
        let features: Vec<String> = values.iter().map(|values| feature(&looks, values)).collect();
        let sequence = |before: &str| features.iter().map(|one| format!("{before}{one}\n")).collect::<String>();
        let (fast, slow) = (tell("a.geojsonl", &sequence("")), tell("a.geojsonl", &sequence("\u{1e}")));
        prop_assert_eq!(&fast, &slow);
        let collection = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"));
        prop_assert_eq!(&tell("a.geojson", &collection), &slow);
    }

    /// Rows with and without quotes, empty lines, line ends of either kind: fields as the `csv` crate has them, lines as
    /// they are counted.
    #[test]
    fn rows_are_split_as_the_csv_crate_splits_them(
        rows in prop::collection::vec((["zz[ -~é\n\r\t]{0,6}", "[ -~é\",;\n]{0,6}", "(\"|,|\n|\r|a){0,5}"], 0_usize..9, 0_usize..3, any::<bool>()), 1..60),
        is_crlf in any::<bool>(),
        is_ended in any::<bool>(),
    ) {
        let end = if is_crlf { "\r\n" } else { "\n" };
        let mut text = format!("lon,lat,date,category,source,note{end}");
        let (mut lines, mut bodies) = (Vec::new(), Vec::new());
        for ([category, source, note], cut, blanks, quoted) in &rows {
            text += &end.repeat(*blanks);
            lines.push(1 + text.matches('\n').count() as u64);
            let mut row = vec!["2.3", "54.7", "2026-01-05", category, source, note];
            match cut {
                0 => row.truncate(5),
                1 => row.push("one too many"),
                _ => {}
            }
            let style = if *quoted { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
            let terminator = if is_crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
            let mut writer = ::csv::WriterBuilder::new().flexible(true).quote_style(style).terminator(terminator).from_writer(Vec::new());
            writer.write_record(&row).unwrap();
            let body = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            text += &body;
            bodies.push(body);
        }
        if !is_ended {
            text.truncate(text.len() - end.len());
        }
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(records.len(), rows.len());
        let told = tell("a.csv", &text).unwrap();
        prop_assert_eq!(told.read, rows.len() as u64);
        let wrong = (0..rows.len()).filter(|&row| records[row].len() != 6);
        let wrong: Vec<(u64, Option<u64>, String)> =
            wrong.map(|row| (row as u64 + 1, Some(lines[row]), bodies[row].trim_end_matches(['\r', '\n']).to_owned())).collect();
        let refused: Vec<(u64, Option<u64>, String)> =
            told.refused.iter().map(|one| (one.record, one.line, one.raw.clone())).collect();
        prop_assert_eq!(refused, wrong);
        let right: Vec<&::csv::StringRecord> = records.iter().filter(|record| record.len() == 6).collect();
        let mut labels = BTreeMap::<String, u64>::new();
        for record in &right {
            *labels.entry(record[3].trim().to_owned()).or_default() += 1;
        }
        prop_assert_eq!(&told.unmapped, &labels);
        prop_assert_eq!(told.incidents.len(), right.len());
        for (incident, record) in told.incidents.iter().zip(right) {
            let source = Some(record[4].trim_ascii()).filter(|source| !source.is_empty());
            prop_assert!(incident.contains(&format!("source: {source:?}")), "{incident} is not from {source:?}");
        }
    }
}
