//! End of the intake of a file: verdicts on all its records, and its tally.

use super::{Intake, PositionColumns};
use crate::code::Code;
use crate::ingest::date_format::{proposals, two_ways};
use crate::ingest::scale::{OtherUnit, short_year};
use crate::ingest::{FileTally, IngestError, NaiveTimes, Role};

impl Intake<'_> {
    /// # Errors
    /// Dates that are numbers of another unit than the stated one.
    fn check_scale(&mut self) -> Result<(), IngestError> {
        if let Some(other) = self.dates.numbers.as_ref().and_then(|numbers| numbers.other_unit()) {
            let (file, column) = self.date_column();
            let OtherUnit { stated, fits, count, found, now, then: (from, to) } = other;
            let now = now.map_or_else(|| "not a date".to_owned(), |day| day.to_string());
            let found = format!("{count} numbers such as {found}, which is {now} by {stated}");
            let then = format!("dates from {from} to {to} by {fits}");
            return Err(IngestError::DateScale { file, column, found, then, fits: Box::new(fits) });
        }
        Ok(())
    }

    /// Name of the file, and of the column that dates are in.
    fn date_column(&self) -> (String, String) {
        (self.tally.name.clone(), self.columns.name(self.columns.date_role()).to_owned())
    }

    /// # Errors
    /// Dates whose years have two digits, where four are stated.
    fn check_years(&mut self) -> Result<(), IngestError> {
        self.tally.days = self.days.finish();
        if let Some((fits, first)) = short_year(self.dates.formats(), &self.tally.days.first) {
            let (file, column) = self.date_column();
            let found = format!("dates such as {first}");
            let then = format!("dates of our time by {fits}, which reads years of two digits");
            return Err(IngestError::DateScale { file, column, found, then, fits: Box::new(fits) });
        }
        Ok(())
    }

    /// The tally of the file.
    ///
    /// # Errors
    /// None of its records could be accepted for one common reason.
    pub(in crate::ingest) fn finish(mut self, warnings: Vec<(Code, u64)>) -> Result<FileTally, IngestError> {
        self.check_scale()?;
        self.settle_held()?;
        self.flush()?;
        self.check_years()?;
        let mut tally = self.tally;
        self.months.map_or(Ok(()), |months| months.finish(&mut tally, self.options.dedupe))?;
        if tally.read == 0 {
            tally.warn(Code::NoRecords, 1);
        }
        tally.warn_all(warnings);
        tally.notices.extend(self.positions.notices(&tally.name, tally.accepted));
        if let PositionColumns::Geometry(_) = self.columns.position {
            tally.is_by_geometry = true;
            if self.other.as_ref().is_none_or(|other| other.missing == 0) {
                tally.columns.retain(|(role, _)| !matches!(role, Role::Longitude | Role::Latitude));
            }
        }
        if let Some(other) = &self.other {
            let shapes = tally.quarantined.get(&Code::GeomType).copied().unwrap_or(0);
            tally.notices.extend(other.notices(&tally.name, &self.columns, shapes));
            let is_read = |name: &String| tally.columns.iter().any(|(_, read)| read == name);
            let compared = self.columns.other.map(|other| self.columns.names_of(other)).unwrap_or_default();
            tally.compared = compared.into_iter().map(str::to_owned).filter(|name| !is_read(name)).collect();
        }
        let name = |role| self.columns.name(role).to_owned();
        self.positions.order_verdict(&tally.name, self.columns.position, name)?;
        tally.warn(Code::MonthOnly, self.dates.months);
        tally.warn(Code::YearOnly, self.dates.years);
        tally.warn(Code::DstFold, self.dates.folds);
        tally.warn(Code::SciId, self.scientific);
        if self.dates.clocks > 0 {
            let clock = match self.options.naive_times {
                NaiveTimes::Local => self.options.zone.iana_name().unwrap_or("the analysis time zone"),
                NaiveTimes::Utc => "UTC",
            };
            tally.notices.push(format!("{}: times without an offset are read as times in {clock}", tally.name));
        }
        let midnights = self.dates.midnights.suspects();
        if midnights > 0 {
            tally.warn(Code::LocalMidnight, midnights);
            tally.notices.push(format!(
                "{}: {midnights} times are all an offset before midnight, as dates are when local midnight was written in UTC; if \
                 so, --naive-times utc puts them on the right day",
                tally.name
            ));
        }
        tally.see_places(self.whereabouts, &self.piles);
        tally.assumed_grid = self.positions.assumed_example();
        tally.other_order = tally.advice_on_order(self.positions.crs);
        tally.unmapped = self.labels.unmapped();
        tally.warn(Code::Unmapped, tally.unmapped.values().sum());
        self.positions.verdict(&tally)?;
        if let Some(doubt) = self.positions.doubt() {
            tally.notices.push(format!("{}: {doubt}", tally.name));
        }
        if tally.accepted == 0 {
            let ambiguous = tally.quarantined.get(&Code::AmbiguousDate).copied().unwrap_or(0);
            if ambiguous > 0 && ambiguous * 2 >= tally.read {
                let example = tally.examples.into_iter().find(|one| one.code == Code::AmbiguousDate);
                let (column, found) = example.map(|one| (one.column, one.value)).unwrap_or_default();
                let ways = Box::new(two_ways(&proposals(&found)));
                return Err(IngestError::AmbiguousDates { file: tally.name, column, found, ways });
            }
        }
        Ok(tally)
    }
}
