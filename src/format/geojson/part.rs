//! Members of a document by which a service says that it sent a part of its data.
//!
//! These are a limit that was hit, a next page, and a total that is larger.

use serde_json::Value;

use crate::format::Code;

/// Statements of a document about the rest of its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PartStatements {
    /// Member that says so by itself, such as `exceededTransferLimit`.
    flag: Option<String>,
    /// Address of the next page; empty where there is one without an address.
    next: Option<String>,
    /// Member with the number of all records, and the number.
    total: Option<(String, u64)>,
}

/// Members that are true for a part.
const FLAGS: [&str; 7] =
    ["exceededTransferLimit", "hasMore", "has_more", "hasNextPage", "has_next", "truncated", "isTruncated"];
/// Members with the address of the next page.
const NEXT: [&str; 7] = ["next", "nextLink", "@odata.nextLink", "next_page", "nextPage", "next_url", "nextPageUrl"];
/// Members with the number of all records that fit a request.
const TOTALS: [&str; 6] =
    ["numberMatched", "totalFeatures", "totalCount", "total_count", "totalResults", "totalRecords"];
/// Members with such members inside.
const AROUND: [&str; 7] = ["properties", "meta", "metadata", "pagination", "paging", "page", "pageInfo"];
/// Longest member that is looked into.
const MAX_BYTES: usize = 1 << 16;

impl PartStatements {
    /// True for a member that may say that data is missing.
    pub(super) fn is_one(key: &str) -> bool {
        [&FLAGS[..], &NEXT, &TOTALS, &AROUND, &["links", "_links"]].concat().contains(&key)
    }

    /// Looks at a member of the document.
    pub(super) fn see(&mut self, key: &str, json: &str) {
        if json.len() <= MAX_BYTES
            && let Ok(value) = serde_json::from_str(json)
        {
            self.look(key, &value, true);
        }
    }

    fn look(&mut self, key: &str, value: &Value, is_outer: bool) {
        let number = || value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        let address = |link: &Value| {
            let text = link.as_str().or_else(|| link["href"].as_str())?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        if FLAGS.contains(&key) {
            if value == true || value == "true" {
                self.flag.get_or_insert_with(|| key.to_owned());
            }
        } else if NEXT.contains(&key) {
            let is_page = value.as_u64().is_some_and(|page| page > 0);
            self.next = self.next.take().or_else(|| address(value)).or_else(|| is_page.then(String::new));
        } else if TOTALS.contains(&key) || key == "total" && !is_outer {
            if let Some(number) = number() {
                self.total.get_or_insert_with(|| (key.to_owned(), number));
            }
        } else if key == "links" || key == "_links" {
            let next = match value {
                Value::Array(links) => links.iter().find(|link| link["rel"] == "next"),
                links => links.get("next"),
            };
            self.next = self.next.take().or_else(|| address(next?));
        } else if let (true, Value::Object(members)) = (is_outer && AROUND.contains(&key), value) {
            members.iter().for_each(|(key, value)| self.look(key, value, false));
        }
    }

    /// The statements of members before and after the features.
    pub(super) fn or(self, other: Self) -> Self {
        Self { flag: self.flag.or(other.flag), next: self.next.or(other.next), total: self.total.or(other.total) }
    }

    /// Statement that a document of so many records is a part, and the way to the rest; `None` where it says nothing of the kind.
    pub(super) fn notice(&self, records: u64) -> Option<String> {
        let total = self.total.as_ref().filter(|(_, total)| *total > records);
        let says = match (&self.flag, &self.next, total) {
            (Some(flag), ..) => format!("it has {flag}, so the service stopped at its limit"),
            (_, Some(address), _) if address.is_empty() => "it names a next page".to_owned(),
            (_, Some(address), _) => format!("it names a next page, {}", shortened(address)),
            (_, _, Some((member, total))) => format!("its {member} is {total}"),
            _ => return None,
        };
        let of = total.filter(|_| self.flag.is_some() || self.next.is_some());
        let of = of.map_or(String::new(), |(_, total)| format!(" of {total}"));
        let rest = if self.flag.as_deref() == Some(FLAGS[0]) {
            format!("ask for the rest with resultOffset={records}")
        } else {
            "get the other pages".to_owned()
        };
        Some(format!(
            "is only a part of its data, {records} records{of}: {says}. To have all, {rest} and name those files too, or download the \
             whole layer as one file ({})",
            Code::Part
        ))
    }
}

/// An address as far as a message has room for it.
fn shortened(address: &str) -> String {
    const MAX_CHARS: usize = 200;
    let shown: String = address.chars().filter(|letter| !letter.is_control()).take(MAX_CHARS).collect();
    if address.chars().count() > MAX_CHARS { shown + "…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(members: &[(&str, &str)], records: u64) -> Option<String> {
        let mut part = PartStatements::default();
        for (key, json) in members {
            assert!(PartStatements::is_one(key), "{key}");
            part.see(key, json);
        }
        part.notice(records)
    }

    #[test]
    fn parts_are_recognised_by_what_services_write() {
        for (members, says) in [
            (&[("exceededTransferLimit", "true")][..], "it has exceededTransferLimit"),
            (&[("properties", r#"{"exceededTransferLimit":true}"#)], "ask for the rest with resultOffset=80"),
            (
                &[("links", r#"[{"rel":"self","href":"a"},{"rel":"next","href":"http://x/?page=2"}]"#)],
                "a next page, http://x/?page=2",
            ),
            (&[("_links", r#"{"next":{"href":"/p2"}}"#)], "a next page, /p2"),
            (&[("next", r#""https://x/2""#)], "a next page, https://x/2"),
            (&[("numberMatched", "81"), ("numberReturned", "80")][..1], "its numberMatched is 81"),
            (&[("totalFeatures", "\"5000\"")], "its totalFeatures is 5000"),
            (&[("meta", r#"{"total":200}"#)], "its total is 200"),
            (&[("next", r#""u""#), ("totalCount", "90")], "80 records of 90: it names a next page, u"),
        ] {
            let found = notice(members, 80).unwrap_or_default();
            assert!(found.contains(says) && found.starts_with("is only a part"), "{members:?}: {found}");
        }
    }

    #[test]
    fn whole_documents_are_not_parts() {
        for members in [
            &[("exceededTransferLimit", "false")][..],
            &[("exceededTransferLimit", "null"), ("next", "null"), ("numberMatched", "80")],
            &[("next", "\"\""), ("totalFeatures", "\"unknown\"")],
            &[("links", r#"[{"rel":"self","href":"a"},{"rel":"prev","href":"b"}]"#)],
            &[("properties", r#"{"total":5000,"name":"Wards"}"#), ("totalCount", "79")][1..],
            &[("links", "[]"), ("_links", "{}"), ("metadata", r#"{"count":900,"title":"next"}"#)],
        ] {
            assert_eq!(notice(members, 80), None, "{members:?}");
        }
    }
}
