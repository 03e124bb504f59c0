//! Which reference system a definition in WKT or PROJJSON describes. Files often carry only this, and its names vary by
//! program.

use serde_json::Value;

use super::crs::offered::code_of_definition;

/// The code of the EPSG registry that the definition states for itself or that means the same; else the name it gives.
pub(crate) fn reference_system(definition: &str) -> String {
    let wkt = definition.trim();
    if wkt.starts_with('{') {
        return in_json(wkt);
    }
    if let Some(code) = stated_code(wkt).or_else(|| code_of_definition(wkt)) {
        return format!("EPSG:{code}");
    }
    let projected = name_of(wkt, &["PROJCS", "PROJCRS"]);
    let geographic = name_of(wkt, &["GEOGCS", "GEOGCRS", "GEODCRS"]);
    match (projected, geographic) {
        (Some(name), _) if plain(name).ends_with("britishnationalgrid") => "EPSG:27700".to_owned(),
        (None, Some(name)) if matches!(&*plain(name), "gcswgs1984" | "wgs84" | "wgs1984") => "EPSG:4326".to_owned(),
        (Some(name), _) | (None, Some(name)) => name.to_owned(),
        // As much of the unknown as a message can bear.
        (None, None) => wkt.trim().chars().take(60).collect(),
    }
}

/// The system of a PROJJSON object.
fn in_json(json: &str) -> String {
    let object: Value = serde_json::from_str(json).unwrap_or_default();
    let id = &object["id"];
    let code = id["code"].as_str().map_or_else(|| id["code"].to_string(), str::to_owned);
    match (id["authority"].as_str(), object["name"].as_str()) {
        (Some(authority), _) => format!("{authority}:{code}"),
        (None, name) => match code_of_definition(json) {
            Some(code) => format!("EPSG:{code}"),
            None => name.map_or_else(|| json.chars().take(60).collect(), str::to_owned),
        },
    }
}

/// The EPSG code given as the authority of the whole, not of one of its parts.
fn stated_code(wkt: &str) -> Option<u32> {
    let (mut depth, mut quoted) = (0_usize, false);
    for (at, byte) in wkt.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b']' | b')' => depth = depth.saturating_sub(1),
            b'[' | b'(' => {
                let before = wkt.get(..at).unwrap_or_default();
                if depth == 1 && (before.ends_with("AUTHORITY") || before.ends_with("ID")) {
                    let inside = wkt.get(at + 1..)?.split([']', ')']).next()?;
                    let (authority, code) = inside.split_once(',')?;
                    let code = code.split(',').next()?.trim().trim_matches('"');
                    return code.parse().ok().filter(|_| authority.trim() == "\"EPSG\"");
                }
                depth += 1;
            }
            _ => {}
        }
    }
    None
}

/// The name right after one of these keywords.
fn name_of<'a>(wkt: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let after = keywords.iter().find_map(|keyword| {
        let rest = wkt.split_once(keyword)?.1.trim_start();
        rest.strip_prefix(['[', '('])?.trim_start().strip_prefix('"')
    })?;
    after.split('"').next()
}

/// Letters and digits only, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::reference_system;

    const OSGB: &str = r#"PROJCS["British_National_Grid",
        GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,299.3249646]],
        PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],UNIT["Meter",1.0]]"#;

    #[test]
    fn names_that_programs_write() {
        assert_eq!(reference_system(OSGB), "EPSG:27700");
        let qgis = r#"PROJCS["OSGB 1936 / British National Grid",GEOGCS["OSGB 1936",AUTHORITY["EPSG","4277"]]]"#;
        assert_eq!(reference_system(qgis), "EPSG:27700");
        assert_eq!(reference_system(r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]"#), "EPSG:4326");
        assert_eq!(reference_system(r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984"]]"#), "EPSG:4326");
        assert_eq!(reference_system(r#"GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936"]]"#), "GCS_OSGB_1936");
        let mercator = r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984"]]"#;
        assert_eq!(reference_system(mercator), "WGS_1984_Web_Mercator_Auxiliary_Sphere");
        assert_eq!(reference_system(r#"LOCAL_CS["a quarry"]"#), r#"LOCAL_CS["a quarry"]"#);
        assert_eq!(reference_system(""), "");
    }

    #[test]
    fn a_stated_code_counts_when_it_is_that_of_the_whole() {
        let utm = r#"PROJCS["x",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]],AUTHORITY["EPSG","32630"]]"#;
        assert_eq!(reference_system(utm), "EPSG:32630");
        assert_eq!(reference_system(r#"PROJCRS["y",BASEGEOGCRS["z",ID["EPSG",4277]],ID["EPSG",27700]]"#), "EPSG:27700");
        assert_eq!(reference_system(r#"GEOGCS["odd ] name",AUTHORITY["OGC","CRS84"]]"#), "odd ] name");
    }
}
