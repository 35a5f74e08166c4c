//! Times as people read them, in the zone of a cookie: the same words on the server and in the browser.

use leptos::prelude::*;

use protocol::Timestamp;

#[cfg(feature = "hydrate")]
use crate::browser;

/// The cookie that names the reader's zone, as in `Europe/Berlin`. Set by the page's script.
pub(crate) const COOKIE: &str = "tz";
/// The zone of those whose browser has not said.
pub(crate) const UTC: &str = "UTC";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment as a clock and a calendar in some zone show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    days: i64,
    minutes: i64,
}

/// How a moment looks in a zone.
pub(crate) fn civil(zone: &str, at: Timestamp) -> Civil {
    let utc_ms = i64::try_from(at.0).unwrap_or(i64::MAX / 2);
    let local_ms = utc_ms + offset_minutes(zone, at) * 60_000;
    Civil { days: local_ms.div_euclid(DAY_MS), minutes: local_ms.rem_euclid(DAY_MS) / 60_000 }
}

impl Civil {
    /// The time of day: `14:05`.
    pub(crate) fn time(self) -> String {
        format!("{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }

    /// Which day it is, to tell days apart.
    pub(crate) fn day(self) -> i64 {
        self.days
    }

    /// The day in words: `Monday 3 November 2025`, or `Today` and `Yesterday` as seen from `now`.
    pub(crate) fn day_in_words(self, now: Self) -> String {
        match now.days - self.days {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ => self.date(),
        }
    }

    /// `Monday 3 November 2025`.
    pub(crate) fn date(self) -> String {
        let weekday = WEEKDAYS[usize::try_from(self.days.rem_euclid(7)).expect("0 to 6")];
        format!("{weekday} {}", self.day_month_year())
    }

    /// `3 November 2025`.
    pub(crate) fn day_month_year(self) -> String {
        let (year, month, day) = self.year_month_day();
        let month = MONTHS[usize::try_from(month - 1).expect("0 to 11")];
        format!("{day} {month} {year}")
    }

    /// For machines: `2025-11-03T14:05`.
    pub(crate) fn iso(self) -> String {
        let (year, month, day) = self.year_month_day();
        format!("{year:04}-{month:02}-{day:02}T{}", self.time())
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    fn year_month_day(self) -> (i64, i64, i64) {
        let z = self.days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

/// The zone to show times in: the one that the page was rendered with, and once it is alive the browser's own, which
/// the cookie then names for the next page.
pub(crate) fn live(rendered: String) -> Signal<String> {
    let zone = RwSignal::new(rendered);
    #[cfg(feature = "hydrate")]
    crate::reactive::effect(move || {
        let Some(own) = browsers_own() else { return };
        if zone.with_untracked(|zone| *zone != own) {
            // Where cookies are forbidden, the next page is rendered in UTC and corrected when it is alive.
            browser::remember(COOKIE, &own);
            zone.set(own);
        }
    });
    zone.into()
}

/// Whether the page may come alive as it is. Where a cookie of before has named another zone than the browser's, what was
/// rendered is not what would wake up: the page is to be loaded anew. Once, since the cookie may be refused.
#[cfg(feature = "hydrate")]
pub(crate) fn is_ours() -> bool {
    const TRIED: &str = "hubbub-zone";
    let rendered = document().document_element().and_then(|root| root.get_attribute("data-zone"));
    let own = browsers_own().filter(|own| rendered.is_some_and(|it| it != *own && it != UTC));
    let is_tried = browser::kept(TRIED) == own;
    browser::keep(TRIED, own.as_deref().unwrap_or_default());
    let Some(own) = own else { return true };
    browser::remember(COOKIE, &own);
    is_tried || browser::kept(TRIED).is_none() // Where a tab keeps nothing, nobody would know that it was tried.
}

#[cfg(feature = "hydrate")]
fn browsers_own() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}

/// Whether a zone of that name exists.
#[cfg(feature = "ssr")]
pub(crate) fn is_known(zone: &str) -> bool {
    jiff::tz::TimeZone::get(zone).is_ok()
}

#[cfg(feature = "ssr")]
fn offset_minutes(zone: &str, at: Timestamp) -> i64 {
    let zone = jiff::tz::TimeZone::get(zone);
    let at = i64::try_from(at.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    match (zone, at) {
        (Ok(zone), Some(at)) => i64::from(zone.to_offset(at).seconds()) / 60,
        _ => 0,
    }
}

/// The browser knows its own zone only; the server renders with the one that the cookie names, which is the same.
#[cfg(not(feature = "ssr"))]
pub(crate) fn offset_minutes(zone: &str, at: Timestamp) -> i64 {
    #[cfg(feature = "hydrate")]
    if zone != UTC {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "JavaScript's own numbers"
        )]
        return -(js_sys::Date::new(&(at.0 as f64).into()).get_timezone_offset() as i64);
    }
    let _ = (zone, at);
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-03 13:05:09 UTC.
    const AT: Timestamp = Timestamp(1_762_175_109_000);

    #[test]
    fn a_time_is_that_of_the_zone() {
        assert_eq!(civil(UTC, AT).time(), "13:05");
        assert_eq!(civil(UTC, AT).iso(), "2025-11-03T13:05");
        assert_eq!(civil("Europe/Berlin", AT).time(), "14:05");
        assert_eq!(civil("Asia/Kolkata", AT).time(), "18:35");
        assert_eq!(civil("Pacific/Kiritimati", AT).date(), "Tuesday 4 November 2025");
    }

    #[test]
    fn a_day_is_in_words_as_seen_from_now() {
        let later = |days: u64| civil(UTC, Timestamp(AT.0 + days * 86_400_000));

        assert_eq!(civil(UTC, AT).day_in_words(later(0)), "Today");
        assert_eq!(civil(UTC, AT).day_in_words(later(1)), "Yesterday");
        assert_eq!(civil(UTC, AT).day_in_words(later(2)), "Monday 3 November 2025");
    }

    #[test]
    fn dates_are_right_at_their_edges() {
        let date = |ms| civil(UTC, Timestamp(ms)).date();

        assert_eq!(date(0), "Thursday 1 January 1970");
        assert_eq!(date(951_782_400_000), "Tuesday 29 February 2000");
        assert_eq!(date(1_735_689_599_999), "Tuesday 31 December 2024");
    }

    #[test]
    fn a_zone_that_does_not_exist_is_none() {
        assert!(is_known("Europe/Berlin"));
        assert!(!is_known("Mars/Olympus"));
        assert!(!is_known("../../etc/passwd"));
    }
}
