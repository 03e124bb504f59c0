//! Intake: from records of any format to accepted reports.

mod finish;

use std::path::Path;

use super::batch::{Batch, Held};
use super::days::DayAccount;
use super::dedupe::SeenIds;
use super::labels::{Labels, SourceNames};
use super::other_position::OtherPosition;
use super::parts;
use super::pile::Piles;
use super::position::{PositionColumns, Positions};
use super::precision::Precisions;
use super::time::Dates;
use super::versions::FileMonths;
use super::whereabouts::Whereabouts;
use super::{Columns, Dedupe, FileTally, IngestError, Quarantine, ReadOptions, Role};
use crate::code::Code;
use crate::format::{Fault, Field, FormatError, Records, Step};
use crate::incident::{Grade, ReportClass, Severity, Strand, When};
use crate::invalid::InvalidValue;
use crate::watch;

/// Takes batches of accepted reports.
pub type Accept<'a> = dyn FnMut(&Batch) + 'a;

/// Intake of the records of one file.
pub struct Intake<'a> {
    pub(super) options: &'a ReadOptions,
    pub(super) columns: Columns,
    pub(super) tally: FileTally,
    pub(super) dates: Dates,
    pub(super) positions: Positions,
    /// Another position of the records, where they have one.
    pub(super) other: Option<OtherPosition>,
    /// Precision of positions; `None` where nothing tells of it.
    pub(super) precisions: Option<Precisions>,
    pub(super) labels: Labels,
    pub(super) whereabouts: Whereabouts,
    piles: Piles,
    /// Classes of reports that state a category and a severity only, by both.
    simple: Vec<Option<u32>>,
    /// Ids that a spreadsheet rounded.
    pub(super) scientific: u64,
    pub(super) days: DayAccount,
    pub(super) sources: SourceNames,
    /// Records placed by the gazetteer, though they have another position column.
    pub(super) placed: u64,
    pub(super) batch: Batch,
    /// Records whose date may stand for none.
    pub(super) held: Vec<Held>,
    pub(super) seen: &'a mut SeenIds,
    /// Months of sources, where the layout holds whole ones.
    pub(super) months: Option<FileMonths<'a>>,
    /// The file, where it can be read a second time.
    pub(super) path: Option<&'a Path>,
    accept: &'a mut Accept<'a>,
    pub(super) quarantine: &'a mut Quarantine<'a>,
}

impl std::fmt::Debug for Intake<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Intake").field("tally", &self.tally).finish_non_exhaustive()
    }
}

impl<'a> Intake<'a> {
    #[allow(clippy::too_many_arguments, reason = "what a file's intake rests on, put together in one place")]
    pub(super) fn new(
        options: &'a ReadOptions,
        columns: Columns,
        mut tally: FileTally,
        seen: &'a mut SeenIds,
        path: Option<&'a Path>,
        accept: &'a mut Accept<'a>,
        quarantine: &'a mut Quarantine<'a>,
        crs: crate::format::Crs,
    ) -> Self {
        let of_preset = || columns.preset.and_then(|preset| preset.date_format.as_ref());
        let formats = match options.date_format.as_slice() {
            [] => of_preset().map(std::slice::from_ref).unwrap_or_default(),
            stated => stated,
        };
        let mut positions = Positions::new(crs, options.expected(), options.decimal_comma);
        positions.places = options.gazetteer.as_ref().and_then(|gazetteer| gazetteer.loaded());
        tally.columns = columns.chosen();
        tally.attribution = columns.preset.and_then(|preset| preset.attribution.clone());
        tally.unread = columns.unread().to_vec();
        Self {
            options,
            tally,
            dates: Dates::new(&options.zone, formats, options.naive_times),
            positions,
            other: None,
            precisions: Precisions::of(&columns, options),
            labels: Labels::default(),
            whereabouts: Whereabouts::new(),
            piles: Piles::new(),
            simple: Vec::new(),
            scientific: 0,
            sources: SourceNames::new(options.source.as_deref()),
            days: DayAccount::default(),
            placed: 0,
            batch: Batch::default(),
            held: Vec::new(),
            seen,
            months: None,
            path,
            accept,
            quarantine,
            columns,
        }
    }

    /// Takes every record of a cursor.
    ///
    /// # Errors
    /// Those of [`Records::advance`]; too many sources; a quarantine file that cannot be written.
    pub fn take_all<R: Records + ?Sized>(&mut self, records: &mut R) -> Result<(), IngestError> {
        loop {
            let taken = match records.advance()? {
                Step::End => return Ok(()),
                Step::Broken(fault) => Err(fault),
                Step::Record => self.take(records),
            };
            self.count_outcome(records, taken)?;
        }
    }

    /// Counts a record as accepted or quarantined.
    #[inline]
    pub(super) fn count_outcome<R: Records + ?Sized>(
        &mut self,
        records: &R,
        taken: Result<(), Box<Fault>>,
    ) -> Result<(), IngestError> {
        match taken {
            Ok(()) if self.is_to_be_held() => {
                self.hold(records);
                Ok(())
            }
            Ok(()) => {
                let record = self.tally.read + 1;
                self.see_last(|| (record, records.position().line));
                self.accepted(1)
            }
            Err(fault) => {
                self.tally.read += 1;
                self.quarantine_record(records, *fault)
            }
        }
    }

    /// Enters the last report of the batch into the accounts of places and days; `found` returns number and line of its record.
    #[inline]
    pub(super) fn see_last(&mut self, found: impl Fn() -> (u64, Option<u64>)) {
        if let (Some(&lat), Some(&lng)) = (self.batch.lat.last(), self.batch.lng.last()) {
            self.whereabouts.see(lat, lng, &found);
        }
        self.days.add_one(&self.batch, found);
    }

    /// Counts records that were put into the batch.
    #[inline]
    pub(super) fn accepted(&mut self, count: usize) -> Result<(), IngestError> {
        self.tally.read += count as u64;
        self.tally.accepted += count as u64;
        self.flush_full()
    }

    /// Hands a full batch over.
    #[inline]
    pub(super) fn flush_full(&mut self) -> Result<(), IngestError> {
        if self.batch.len() == Batch::MAX { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        if self.sources.list.len() > SourceNames::MAX {
            let (file, column) = (self.tally.name.clone(), self.columns.name(Role::Source).to_owned());
            return Err(IngestError::TooManySources { file, column, max: SourceNames::MAX });
        }
        for &precision in &self.batch.precision {
            *self.tally.precisions.entry(precision).or_default() += 1;
        }
        self.piles.see(&self.batch.lat, &self.batch.lng);
        (self.accept)(&self.batch);
        self.batch.clear();
        watch::check().map_err(FormatError::from)?;
        let advice =
            "choose larger cells with --resolution, sort the file by id or use --dedupe off, or count files apart";
        let allowed = self.options.file.memory.allow(self.seen.bytes(), "remembering ids", advice);
        allowed.map_err(|source| FormatError::Memory { file: self.tally.name.clone(), source }.into())
    }

    #[cold]
    fn quarantine_record<R: Records + ?Sized>(&mut self, records: &R, fault: Fault) -> Result<(), IngestError> {
        // Forget the precision of a position that came to nothing.
        (self.positions.side, self.positions.is_nominal) = (0.0, false);
        let quarantined = self.tally.quarantine(self.tally.read, records.position(), fault, || records.raw());
        (self.quarantine)(&quarantined)
    }

    /// Takes one record.
    #[inline]
    fn take<R: Records + ?Sized>(&mut self, records: &R) -> Result<(), Box<Fault>> {
        self.check_version(records)?;
        if self.options.dedupe != Dedupe::Off {
            self.check_repeat(records)?;
        }
        self.accept_record(records)
    }

    /// Puts a record that is not a repeat into the batch.
    #[inline]
    pub(super) fn accept_record<R: Records + ?Sized>(&mut self, records: &R) -> Result<(), Box<Fault>> {
        let field = |column: Option<usize>| column.map_or(Field::Null, |column| records.field(column));
        let (lat, lng) = match self.positions.read(self.columns.position, records) {
            Ok(at) => at,
            Err(fault) => self.place(fault, records)?,
        };
        if let Some(other) = &mut self.other {
            other.compare(lat, lng, self.tally.read + 1, records);
        }
        let (start, end) = (field(self.columns.index(Role::Start)), field(self.columns.index(Role::End)));
        let when = if self.columns.is_date_joined && start.is_blank() {
            self.joined_date(records)?
        } else {
            self.when(field(self.columns.index(Role::Date)), start, end)?
        };
        let known = match field(self.columns.index(Role::ReportedAt)) {
            blank if blank.is_blank() => when.end,
            // Reported some time in a month: known for sure only on its last day.
            reported => self.date(Role::ReportedAt, reported)?.end - 1,
        };
        // One by one: an array of them would be copied for every record.
        let class = self.class(
            field(self.columns.index(Role::Category)),
            field(self.columns.index(Role::Strand)),
            field(self.columns.index(Role::Severity)),
            field(self.columns.index(Role::Grade)),
            field(self.columns.index(Role::Source)),
        )?;
        if let Some(precisions) = &mut self.precisions {
            let (code, metres) = (self.columns.index(Role::Precision), self.columns.index(Role::PrecisionM));
            let stated = precisions.read(code, metres, self.positions.side, records)?;
            if code.is_some() {
                self.batch.precision.push(stated.code);
            }
            // Areas are sized by what is known, and not by what is usual.
            self.batch.side.push(if self.positions.is_nominal { 0.0 } else { stated.side as f32 });
            (self.positions.side, self.positions.is_nominal) = (0.0, false);
        }
        self.batch.push(lat, lng, when, known, class);
        Ok(())
    }

    /// The days that the value in the column of a role covers.
    #[inline]
    fn date(&mut self, role: Role, field: Field<'_>) -> Result<When, Box<Fault>> {
        self.dates.when(field).map_err(|fault| fault.in_column(self.columns.name(role)))
    }

    /// The days of a date in several columns.
    #[cold]
    fn joined_date<R: Records + ?Sized>(&mut self, records: &R) -> Result<When, Box<Fault>> {
        let field = |role: Role| self.columns.index(role).map_or(Field::Null, |column| records.field(column));
        let mut text = field(Role::Date).displayed().trim().to_owned();
        let mut named = Role::Date;
        if self.columns.index(Role::Year).is_some() {
            let part = |role: Role| field(role).displayed();
            let date = parts::date(&part(Role::Year), &part(Role::Month), &part(Role::Day));
            text = date.map_err(|(role, found, expected)| {
                let code = if found.is_empty() { Code::NoTime } else { Code::BadDate };
                Fault::new(code, self.columns.name(role), found, expected)
            })?;
            named = Role::Year;
        }
        let time = field(Role::Time);
        if !text.is_empty() && !time.is_blank() {
            text = format!("{text} {}", time.displayed().trim());
        }
        let found = if text.is_empty() { Field::Null } else { Field::Text(&text) };
        let column = self.columns.name(named);
        // Parts are put together as ISO 8601.
        let days = if named == Role::Year { self.dates.iso(&text) } else { self.dates.when(found) };
        days.map_err(|fault| fault.in_column(column))
    }

    /// The days of a record: its interval where it has one, else its date.
    #[inline]
    fn when(&mut self, date: Field<'_>, start: Field<'_>, end: Field<'_>) -> Result<When, Box<Fault>> {
        if matches!(start, Field::Null)
            && let Some(day) = self.dates.day(date)
        {
            return Ok(When::day(day));
        }
        self.any_when(date, start, end)
    }

    /// The days of a record in any form.
    fn any_when(&mut self, date: Field<'_>, start: Field<'_>, end: Field<'_>) -> Result<When, Box<Fault>> {
        if start.is_blank() {
            return self.date(self.columns.date_role(), date);
        }
        let first = self.date(Role::Start, start)?;
        // An interval that is open at its end is not known to last longer than it is known to have begun.
        if end.is_blank() {
            return Ok(first);
        }
        let last = self.date(Role::End, end)?;
        if last.end < first.end || last.start < first.start {
            let found = format!("{} to {}", start.displayed(), end.displayed());
            let column = self.columns.name(Role::End);
            return Err(Fault::new(Code::Interval, column, found, "an end that is not before the start"));
        }
        Ok(When { start: first.start, end: last.end })
    }

    #[inline]
    fn class(
        &mut self,
        category: Field<'_>,
        strand: Field<'_>,
        severity: Field<'_>,
        grade: Field<'_>,
        source: Field<'_>,
    ) -> Result<u32, Box<Fault>> {
        let label = self.labels.number(category, self.options, &self.columns);
        let severity = match severity {
            Field::Null => None,
            Field::Integer(number @ 1..=5) => Severity::new(number as u8).ok(),
            // One digit is the usual severity, and has no need of a parser.
            Field::Text(text) if text.len() == 1 && (b'1'..=b'5').contains(&text.as_bytes()[0]) => {
                Severity::new(text.as_bytes()[0] - b'0').ok()
            }
            other => self.optional(Role::Severity, other, |label| Severity::new(label.parse().unwrap_or(0)))?,
        };
        // The class of a report that states no more than this, as most do, is looked up by two small numbers.
        let simple = matches!((strand, grade, source), (Field::Null, Field::Null, Field::Null));
        let slot = label as usize * 6 + usize::from(severity.map_or(0, Severity::get));
        if simple && let Some(Some(class)) = self.simple.get(slot) {
            self.labels.count(label);
            return Ok(*class);
        }
        let category = self.labels.category(label);
        let strand = self.optional(Role::Strand, strand, str::parse::<Strand>)?.unwrap_or(category.strand());
        let grade = self.optional(Role::Grade, grade, str::parse::<Grade>)?;
        let source = self.sources.number(source);
        let marks = grade.map_or(0, |grade| {
            let (source, information) = grade.marks();
            u64::from(source as u32 & 0x7f) << 8 | u64::from(information as u32 & 0x7f)
        });
        let rank = u64::from(severity.map_or(0, Severity::get));
        let key = u64::from(source) << 32 | (category as u64) << 24 | (strand as u64) << 20 | rank << 16 | marks;
        let class = self.batch.classes.number(key, || {
            let source = self.sources.list.get((source as usize).wrapping_sub(1)).cloned();
            ReportClass { category, strand, severity, grade, source }
        });
        self.labels.count(label);
        if simple {
            if self.simple.len() <= slot {
                self.simple.resize(slot + 1, None);
            }
            self.simple[slot] = Some(class);
        }
        Ok(class)
    }

    /// A value that may be absent, but not wrong.
    #[inline]
    fn optional<T>(
        &self,
        role: Role,
        field: Field<'_>,
        parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Result<Option<T>, Box<Fault>> {
        if field.is_blank() {
            return Ok(None);
        }
        let label = field.displayed();
        let wrong = |error: InvalidValue| Fault::new(Code::BadValue, self.columns.name(role), &label, error.expected());
        parse(label.trim()).map(Some).map_err(wrong)
    }

    /// The position by the gazetteer, of a record that has none of its own.
    #[cold]
    fn place<R: Records + ?Sized>(&mut self, fault: Box<Fault>, records: &R) -> Result<(f64, f64), Box<Fault>> {
        match (self.columns.index(Role::Place), self.columns.position) {
            (Some(_), PositionColumns::Place(_)) | (None, _) => Err(fault),
            (Some(column), _) if fault.code == Code::NoGeometry => {
                self.placed += 1;
                self.positions.place(records.field(column))
            }
            _ => Err(fault),
        }
    }
}
