//! Vocabulary of a report: its parts, and the closed lists of their values.
//!
//! Terms follow UK practice. *Strand* is the police division of tension information into potential, evidenced and
//! experienced. *Grade* is the 3x5x2 or Admiralty mark of a source and its information.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::code::ids;
use crate::invalid::{InvalidValue, did_you_mean};

/// Calendar day in the analysis time zone, counted from 1970-01-01.
///
/// ```
/// use tensionmap::Day;
/// let day: Day = "2026-03-02".parse()?;
/// assert_eq!((day - 28).to_string(), "2026-02-02");
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Source for readers where none is stated.
pub(crate) const NOT_STATED: &str = "not stated";

impl Day {
    const EPOCH: Date = Date::constant(1970, 1, 1);

    /// Days of four-digit years; the last one is left free for the ends of intervals.
    pub const RANGE: std::ops::Range<Self> = Self(-719_162)..Self(2_932_896);

    /// Civil date of this day, limited to the years −9999 to 9999.
    #[must_use]
    pub fn date(self) -> Date {
        Self::EPOCH.saturating_add(jiff::Span::new().days(self.0.clamp(-4_371_587, 2_932_896)))
    }

    /// The first day of this day's calendar month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self::from(self.date().first_of_month())
    }

    /// The day after the last day of this day's calendar month.
    #[must_use]
    pub fn end_of_month(self) -> Self {
        Self::from(self.date().last_of_month()) + 1
    }
}

impl Day {
    /// Expectation of a day; words such as `today` are refused with the reason.
    pub(crate) fn expected(text: &str) -> String {
        let day = "a calendar day such as 2026-03-02";
        let shell = match text.trim().to_ascii_lowercase().as_str() {
            "today" | "now" => "date +%F",
            "yesterday" => "date -d yesterday +%F",
            "tomorrow" => "date -d tomorrow +%F",
            _ => return day.to_owned(),
        };
        format!(
            "{day}: no clock is read, so that the same command gives the same bytes; a shell has the date as $({shell})"
        )
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date.since((jiff::Unit::Day, Self::EPOCH)).map_or(0, |span| span.get_days()))
    }
}

impl FromStr for Day {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let date: Date = text.parse().map_err(|error| InvalidValue::new("date", text, Self::expected(text), error))?;
        Ok(Self::from(date))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(out)
    }
}

impl serde::Serialize for Day {
    /// As `2026-03-02`.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl std::ops::Add<i32> for Day {
    type Output = Self;
    fn add(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

impl std::ops::Sub<i32> for Day {
    type Output = Self;
    fn sub(self, days: i32) -> Self {
        Self(self.0 - days)
    }
}

/// Time of a report: the half-open interval of whole days `[start, end)`.
///
/// A dated report covers its one day; a report dated `2022-09` covers the whole of September, not only its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// First day.
    pub start: Day,
    /// Day after the last one; always later than `start`.
    pub end: Day,
}

impl When {
    /// The interval of one day.
    #[must_use]
    pub fn day(day: Day) -> Self {
        Self { start: day, end: day + 1 }
    }

    /// The calendar month that contains `day`.
    #[must_use]
    pub fn month(day: Day) -> Self {
        Self { start: day.first_of_month(), end: day.end_of_month() }
    }

    /// Length in days, at least 1.
    #[must_use]
    pub fn days(self) -> i32 {
        self.end.0 - self.start.0
    }

    /// True if it is a valid interval within [`Day::RANGE`].
    #[must_use]
    pub fn is_sound(self) -> bool {
        self.start < self.end && Day::RANGE.contains(&self.start) && self.end <= Day::RANGE.end
    }

    /// Share of its days in `[from, to)`, 0 to 1.
    #[must_use]
    pub fn share(self, from: Day, to: Day) -> f64 {
        f64::from(self.overlap(from, to)) / f64::from(self.days())
    }

    /// Days shared with `[from, to)`.
    #[must_use]
    pub fn overlap(self, from: Day, to: Day) -> i32 {
        (self.end.min(to).0 - self.start.max(from).0).max(0)
    }
}

/// Step from one date of a series to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Every {
    /// A number of days.
    Days(u16),
    /// A number of calendar months, for reports that are dated by month.
    Months(u16),
}

impl Every {
    /// Seven days, the rhythm of tension meetings.
    pub const WEEK: Self = Self::Days(7);

    /// The dates from `from` to `to`, ascending, counted back from `to`; empty if `from` is later.
    ///
    /// A step of months keeps the day of the month, or takes the last day of a shorter month.
    ///
    /// ```
    /// use tensionmap::{Day, Every};
    /// let dates = |every: Every, from: &str, to: &str| {
    ///     let dates = every.dates(from.parse()?, to.parse()?);
    ///     Ok::<_, tensionmap::InvalidValue>(dates.iter().map(Day::to_string).collect::<Vec<_>>())
    /// };
    /// assert_eq!(dates(Every::WEEK, "2026-02-10", "2026-03-02")?, ["2026-02-16", "2026-02-23", "2026-03-02"]);
    /// assert_eq!(dates("1mo".parse()?, "2026-01-01", "2026-03-31")?, ["2026-01-31", "2026-02-28", "2026-03-31"]);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn dates(self, from: Day, to: Day) -> Vec<Day> {
        let back = |k: i32| match self {
            Self::Days(days) => to - k * i32::from(days.max(1)),
            Self::Months(months) => {
                Day::from(to.date().saturating_sub(jiff::Span::new().months(k * i32::from(months.max(1)))))
            }
        };
        // One step per day of the range at most: beyond four-digit years the date no longer moves.
        let all = 0..=Day::RANGE.end.0 - Day::RANGE.start.0;
        let mut dates: Vec<Day> = all.map(back).take_while(|&date| date >= from && date >= Day::RANGE.start).collect();
        dates.reverse();
        dates
    }
}

impl FromStr for Every {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let lower = text.trim().to_ascii_lowercase();
        let short = match lower.as_str() {
            "day" => "1d",
            "week" => "1w",
            "month" => "1mo",
            other => other,
        };
        let unit = short.find(|c: char| !c.is_ascii_digit()).unwrap_or(short.len());
        let every = match (short[..unit].parse::<u16>(), &short[unit..]) {
            (Ok(days @ 1..=3660), "d") => Some(Self::Days(days)),
            (Ok(weeks @ 1..=520), "w") => Some(Self::Days(7 * weeks)),
            (Ok(months @ 1..=120), "mo") => Some(Self::Months(months)),
            _ => None,
        };
        every.ok_or_else(|| {
            let advice = did_you_mean(text, ["day", "week", "month"]).unwrap_or_default();
            let expected = format!("day, week or month, or several up to ten years, such as 10d, 2w or 3mo{advice}");
            InvalidValue::expecting("every", text, expected)
        })
    }
}

ids! {
    /// Strand of tension information.
    Strand {
        /// Perceptions and experiences of communities.
        Experienced "experienced";
        /// Recorded crime, incidents and intelligence.
        Evidenced "evidenced";
        /// A possible event with a date.
        Potential "potential";
    }
}

impl Strand {
    /// Every strand, in the order of scores and outputs.
    pub const ALL: [Self; 3] = [Self::Experienced, Self::Evidenced, Self::Potential];
}

impl FromStr for Strand {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text.trim().to_ascii_lowercase().as_str() {
            "experienced" | "e" => Ok(Self::Experienced),
            "evidenced" | "v" => Ok(Self::Evidenced),
            "potential" | "p" => Ok(Self::Potential),
            _ => Err(InvalidValue::expecting("strand", text, "experienced (E), evidenced (V) or potential (P)")),
        }
    }
}

/// The taxonomy, one row a category: variant, id, default strand, description.
macro_rules! categories {
    ($($variant:ident $id:literal $strand:ident $about:literal;)*) => {
        /// Category of a report. Its weight is part of the scoring method.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Category { $(#[doc = $about] $variant,)* }

        impl Category {
            /// Every category, in the order of the taxonomy.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name used in files.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The strand a report of this category has unless it states another.
            #[must_use]
            pub fn strand(self) -> Strand {
                match self { $(Self::$variant => Strand::$strand,)* }
            }

            /// Description of the category.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

categories! {
    Riot "riot" Evidenced "Riot or widespread disorder.";
    ProtestDisorder "protest_disorder" Evidenced "Protest that turned to disorder.";
    Arson "arson" Evidenced "Deliberate fire-setting.";
    Weapons "weapons" Evidenced "Weapons carried, used or found.";
    Violence "violence" Evidenced "Violence against people.";
    PlaceOfWorship "place_of_worship" Evidenced "Incident aimed at a place of worship.";
    GangTerritorial "gang_territorial" Evidenced "Territorial or gang-related incident.";
    IntimidationThreat "intimidation_threat" Experienced "Intimidation or threats.";
    HateCrime "hate_crime" Evidenced "Recorded hate crime.";
    PublicOrder "public_order" Evidenced "Public order offence.";
    GraffitiHate "graffiti_hate" Evidenced "Hateful graffiti.";
    HateIncident "hate_incident" Experienced "Hate incident that is not a recorded crime.";
    RumourMisinformation "rumour_misinformation" Experienced "Rumour or false information going round.";
    OnlineMobilisation "online_mobilisation" Potential "Calls to gather or act, made online.";
    AsylumAccommodation "asylum_accommodation" Experienced "Concern or activity around asylum accommodation.";
    InternationalEvent "international_event" Experienced "Local effect of an event abroad.";
    ProtestCounter "protest_counter" Potential "Protest with an announced counter-protest.";
    CriminalDamage "criminal_damage" Evidenced "Criminal damage.";
    LeafletStickerFlag "leaflet_sticker_flag" Evidenced "Leaflets, stickers or flags put up to provoke.";
    PlanningDispute "planning_dispute" Experienced "Dispute over a planning application or building.";
    PoliceCommunity "police_community" Experienced "Strained relations between police and a community.";
    School "school" Experienced "Tension in or around a school.";
    AnniversaryFixture "anniversary_fixture" Potential "Anniversary, fixture or other dated flashpoint.";
    GraffitiOther "graffiti_other" Evidenced "Other graffiti.";
    Asb "asb" Evidenced "Anti-social behaviour.";
    ServicePressure "service_pressure" Experienced "Pressure on services felt as unfair.";
    ProtestPeaceful "protest_peaceful" Evidenced "Lawful, peaceful protest.";
    Other "other" Evidenced "A report whose category is missing or not in the taxonomy.";
    PositiveCohesion "positive_cohesion" Experienced "Good relations at work; shown beside the score, never netted.";
    NotTension "not_tension" Evidenced "Recorded, counted in the ledger, and outside every score.";
}

impl Category {
    /// The category of an id.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|category| category.id() == id)
    }
}

impl FromStr for Category {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::of_id(text).ok_or_else(|| {
            InvalidValue::expecting("category", text, "a category id; `tensionmap list categories` prints them")
        })
    }
}

/// Severity of a report, 1 (minor) to 5 (gravest).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// A severity of 1 to 5.
    ///
    /// # Errors
    /// Returns an error for any other number.
    #[inline]
    pub fn new(value: u8) -> Result<Self, InvalidValue> {
        if (1..=5).contains(&value) {
            Ok(Self(value))
        } else {
            Err(InvalidValue::expecting("severity", value, "a whole number from 1 to 5"))
        }
    }

    /// The number, 1 to 5.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// Evidence grade of a report: reliability of its source and of its content.
///
/// `2B` is the 3x5x2 system (source 1–3, information A–E). A handling code such as the `P` of `2BP` is accepted and not
/// kept. `B2` is the Admiralty system and the older 5x5x5 (source A–F, information 1–6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade {
    source: u8,
    information: u8,
}

impl Grade {
    /// Source and information marks, as ASCII characters.
    #[must_use]
    pub fn marks(self) -> (char, char) {
        (self.source.into(), self.information.into())
    }
}

impl FromStr for Grade {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let marks = text.trim().to_ascii_uppercase();
        match *marks.as_bytes() {
            [source @ b'1'..=b'3', information @ b'A'..=b'E']
            | [source @ b'1'..=b'3', information @ b'A'..=b'E', b'P' | b'C']
            | [source @ b'A'..=b'F', information @ b'1'..=b'6']
            | [source @ b'A'..=b'E', information @ b'1'..=b'5', b'1'..=b'5'] => Ok(Self { source, information }),
            _ => Err(InvalidValue::expecting("grade", text, "3x5x2 such as 2B, or Admiralty such as B2")),
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source, information) = self.marks();
        write!(out, "{source}{information}")
    }
}

/// Class of a report: everything a weight may depend on. Reports of one class, place and time are interchangeable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportClass {
    /// Category.
    pub category: Category,
    /// Strand.
    pub strand: Strand,
    /// Severity, if stated.
    pub severity: Option<Severity>,
    /// Grade, if stated.
    pub grade: Option<Grade>,
    /// Source, if stated.
    pub source: Option<String>,
}

impl ReportClass {
    /// Source for readers: `not stated` without one.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.source.as_deref().unwrap_or(NOT_STATED)
    }
}

/// Accepted report with its position and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Position.
    pub at: crate::grid::LatLng,
    /// Time.
    pub when: When,
    /// First day on which it was known; scores at earlier dates do not use it.
    pub known: Day,
    /// Class.
    pub class: ReportClass,
}

impl Incident {
    /// A report that was known at the end of its time, of the category's strand, without severity, grade and source. Set the fields
    /// that say more:
    ///
    /// ```
    /// use tensionmap::{Category, Day, Incident, LatLng, When};
    /// let day: Day = "2026-02-27".parse()?;
    /// let mut report = Incident::new(LatLng::new(54.7, 2.5)?, When::day(day), Category::HateIncident);
    /// report.class.source = Some("Schools".to_owned());
    /// assert_eq!(report.known, day + 1);
    /// # Ok::<(), tensionmap::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn new(at: crate::grid::LatLng, when: When, category: Category) -> Self {
        let class = ReportClass { category, strand: category.strand(), severity: None, grade: None, source: None };
        Self { at, when, known: when.end, class }
    }
}
