//! Days, months and years, as a query names them.

use std::{fmt, ops::Range};

use crate::Timestamp;

/// A day, a month or a year that is in the calendar: `2026-11-01`, `2026-11`, `2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    year: u16,
    /// 0 for all months.
    month: u8,
    /// 0 for all days.
    day: u8,
}

impl Period {
    /// Takes a year of four digits; month and day may have one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = parts.next().filter(|year| year.len() == 4).and_then(number)?;
        let [month, day] = [parts.next(), parts.next()];
        if parts.next().is_some() {
            return None;
        }
        let one = |part: Option<&str>, max: u16| match part {
            Some(part) if part.len() <= 2 => number(part).filter(|n| (1..=max).contains(n)),
            Some(_) => None,
            None => Some(0),
        };
        let month = one(month, 12)?;
        let n_days = days_to(year, month + 1, 1) - days_to(year, month, 1);
        let day = one(day, u16::try_from(n_days).ok()?)?;
        Some(Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? })
    }

    /// From its first moment up to the next one's, by a clock that is `offset_minutes` ahead of UTC.
    pub fn times(self, offset_minutes: i32) -> Range<Timestamp> {
        let Self { year, month, day } = self;
        let [month, day] = [u16::from(month), u16::from(day)];
        let first = days_to(year, month.max(1), day.max(1));
        let next = match (month, day) {
            (0, _) => days_to(year + 1, 1, 1),
            (_, 0) => days_to(year, month + 1, 1),
            _ => first + 1,
        };
        let moment = |days: i64| {
            let minutes = days * 24 * 60 - i64::from(offset_minutes);
            // Nothing was written before 1970.
            Timestamp(u64::try_from(minutes * 60_000).unwrap_or(0))
        };
        moment(first)..moment(next)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().take_while(|part| *part > 0) {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

fn number(digits: &str) -> Option<u16> {
    match digits.bytes().all(|b| b.is_ascii_digit()) {
        true => digits.parse().ok(),
        false => None,
    }
}

/// Days from the first of 1970 to a day of the Gregorian calendar. A month 13 is the next year's first.
/// Source: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days_to(year: u16, month: u16, day: u16) -> i64 {
    let [year, month, day] = [year, month, day].map(i64::from);
    // Years begin in March here, so that the leap day is a year's last.
    let months = year * 12 + month - 3;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_period_is_in_the_calendar() {
        for good in ["2026", "0000", "9999", "2026-11", "2026-12-31", "2024-02-29", "2000-02-29"] {
            assert_eq!(period(good).to_string(), good);
        }
        for bad in [
            "",
            "26",
            "20266",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-11-",
            "2026-11-31",
            "2026-02-29",
            "1900-02-29",
            "2026-11-00",
            "2026-11-01-01",
            "2026-011",
            "+026",
            "2026-+1",
            "２０２６",
            "yesterday",
        ] {
            assert_eq!(Period::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_digit_is_enough_for_a_day_or_a_month() {
        assert_eq!(period("2026-3-1").to_string(), "2026-03-01");
    }

    #[test]
    fn a_period_goes_up_to_the_next_one() {
        check("1970-01-01", 0, 0..86_400);
        check("1970", 0, 0..31_536_000);
        check("2026-11-26", 0, 1_795_651_200..1_795_737_600);
        check("2024-02", 0, 1_706_745_600..1_709_251_200);
        check("2026-12", 0, 1_796_083_200..1_798_761_600);
    }

    #[test]
    fn a_day_begins_by_the_callers_clock() {
        check("2026-11-26", 60, 1_795_647_600..1_795_734_000);
        check("2026-11-26", -330, 1_795_671_000..1_795_757_400);
    }

    #[test]
    fn nothing_was_written_before_1970() {
        check("1066", 0, 0..0);
        check("0000-01-01", 0, 0..0);
        check("1970-01-01", 60, 0..82_800);
    }

    proptest! {
        #[test]
        fn days_follow_on_each_other(days in 0..2_900_000_i64) {
            let at = |day: i64| Timestamp(u64::try_from(day).unwrap() * 86_400_000);
            let (year, month, day) = civil(days);
            let period = period(&format!("{year:04}-{month:02}-{day:02}"));

            prop_assert_eq!(period.times(0), at(days)..at(days + 1));
        }
    }

    /// A day's date, found by counting.
    fn civil(mut days: i64) -> (i64, usize, i64) {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut year = 1970;
        while days >= 365 + i64::from(leap(year)) {
            days -= 365 + i64::from(leap(year));
            year += 1;
        }
        let february = 28 + i64::from(leap(year));
        let mut month = 0;
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        while days >= lengths[month] {
            days -= lengths[month];
            month += 1;
        }
        (year, month + 1, days + 1)
    }

    #[track_caller]
    fn check(text: &str, offset_minutes: i32, seconds: Range<u64>) {
        let times = period(text).times(offset_minutes);
        assert_eq!(times, Timestamp(seconds.start * 1000)..Timestamp(seconds.end * 1000));
    }

    #[track_caller]
    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }
}
