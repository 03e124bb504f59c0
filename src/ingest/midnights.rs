//! Dates that were written as midnights of another clock, noticed by the times of a whole file.

/// Times of day, to notice dates that were written as local midnight in UTC. Then all of a month's are at 23:00 while
/// the clocks are an hour ahead.
#[derive(Debug, Default)]
pub(super) struct Midnights {
    /// Times by the month of the day they mean, and those of them an offset before local midnight.
    months: Vec<(u32, u32)>,
}

impl Midnights {
    #[inline]
    pub(super) fn see(&mut self, month: usize, is_suspect: bool) {
        if month >= self.months.len() {
            self.months.resize(month + 1, (0, 0));
        }
        let (seen, suspect) = &mut self.months[month];
        *seen += 1;
        *suspect += u32::from(is_suspect);
    }

    /// Months with times, and how many.
    #[cfg(all(test, feature = "polars"))]
    pub(super) fn seen(&self) -> Vec<(usize, &(u32, u32))> {
        self.months.iter().enumerate().filter(|(_, (seen, _))| *seen > 0).collect()
    }

    /// Times in months of which nearly every one looks like a date at local midnight.
    pub(super) fn suspects(&self) -> u64 {
        let telling = self.months.iter().filter(|(seen, suspect)| *suspect >= 10 && suspect * 10 >= seen * 9);
        telling.map(|(_, suspect)| u64::from(*suspect)).sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use jiff::tz::TimeZone;

    use crate::format::Field;
    use crate::incident::Day;
    use crate::ingest::time::{Dates, NaiveTimes};

    /// A month of dates written as local midnight in UTC begins on the last day of the month before.
    #[test]
    fn dates_written_as_midnight_in_utc_are_noticed_within_their_month() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let noticed = |naive| {
            let mut dates = Dates::new(&zone, &[], naive);
            let of_june = (0..30).map(|day| Day::from(Date::constant(2023, 5, 31)) + day);
            for day in of_june {
                dates.when(Field::Text(&format!("{day} 23:00:00.000"))).unwrap();
            }
            for day in 1..29 {
                for month in ["05", "07"] {
                    dates.when(Field::Text(&format!("2023-{month}-{day:02} 14:{day:02}:00"))).unwrap();
                }
            }
            dates.midnights.suspects()
        };
        assert_eq!((noticed(NaiveTimes::Local), noticed(NaiveTimes::Utc)), (30, 0));
    }
}
