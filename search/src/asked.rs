//! What is asked for, as it comes in an address.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chat::ports::{Mark, Order};
use protocol::{Field, Refusal, limits, query::Query};

/// The clocks of the world are within a day of UTC.
const OFFSET_MAX: i32 = 24 * 60;

/// What an address says, unread.
#[derive(Debug, Default)]
pub(super) struct Params {
    q: Option<String>,
    by: Option<String>,
    after: Option<String>,
    limit: Option<String>,
    offset: Option<String>,
}

impl Params {
    /// Of what is said twice the first counts, as in a browser; what nobody knows is passed over.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            let param = match name.as_str() {
                "q" => &mut params.q,
                "by" => &mut params.by,
                "after" => &mut params.after,
                "limit" => &mut params.limit,
                "offset" => &mut params.offset,
                _ => continue,
            };
            param.get_or_insert(value);
        }
        params
    }
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) order: Order,
    /// How many minutes the asker's clock is ahead of UTC.
    pub(super) offset: i32,
    pub(super) after: Option<Mark>,
    pub(super) n: usize,
}

impl Asked {
    /// Reads an address. Any query is one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] names the first field that is wrong.
    pub(super) fn read(params: &Params) -> Result<Self, Refusal> {
        let order = match params.by.as_deref() {
            None | Some("best") => Order::Best,
            Some("newest") => Order::Newest,
            Some(_) => return Err(invalid(Field::Order, "`best` or `newest`")),
        };
        let n = match params.limit.as_deref().map(str::parse) {
            None => limits::SEARCH_HITS,
            Some(Ok(n)) if (1..=limits::SEARCH_HITS_MAX).contains(&n) => n,
            Some(_) => return Err(invalid(Field::Limit, &format!("1 to {}", limits::SEARCH_HITS_MAX))),
        };
        let offset = match params.offset.as_deref().map(str::parse) {
            None => 0,
            Some(Ok(offset)) if (-OFFSET_MAX..=OFFSET_MAX).contains(&offset) => offset,
            Some(_) => return Err(invalid(Field::Offset, "minutes ahead of UTC, within a day")),
        };
        let query = Query::parse(params.q.as_deref().unwrap_or_default());
        let mut asked = Self { query, order, offset, after: None, n };
        if let Some(cursor) = &params.after {
            let mark = cursor.strip_prefix(&asked.fingerprint()).and_then(|rest| rest.strip_prefix('.'));
            asked.after = Some(Mark(mark.ok_or_else(bad_cursor)?.to_owned()));
        }
        Ok(asked)
    }

    /// Where this search goes on, for the next address.
    pub(super) fn cursor(&self, mark: &Mark) -> String {
        format!("{}.{}", self.fingerprint(), mark.0)
    }

    /// What tells this search from others, so that none goes on where another was.
    fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (self.query.to_string(), self.order == Order::Best, self.offset).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// The cursor is none that was given out for this search.
pub(super) fn bad_cursor() -> Refusal {
    invalid(Field::Cursor, "one that came with the last hits of the same search")
}

fn invalid(field: Field, expected: &str) -> Refusal {
    Refusal::Invalid { field, expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: &[(&str, &str)]) -> Result<Asked, Refusal> {
        let pairs = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked::read(&Params::of(pairs.collect()))
    }

    #[track_caller]
    fn refuses(params: &[(&str, &str)], expected: Field) {
        match read(params) {
            Err(Refusal::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_needs_to_be_said() {
        let asked = read(&[]).unwrap();

        assert_eq!((asked.order, asked.n, asked.offset), (Order::Best, limits::SEARCH_HITS, 0));
        assert_eq!(asked.query, Query::default());
    }

    #[test]
    fn of_what_is_said_twice_the_first_counts_and_the_unknown_is_passed_over() {
        let asked = read(&[("limit", "7"), ("limit", "x"), ("colour", "red")]).unwrap();

        assert_eq!(asked.n, 7);
    }

    #[test]
    fn what_is_wrong_is_named() {
        refuses(&[("by", "luck")], Field::Order);
        refuses(&[("limit", "0")], Field::Limit);
        refuses(&[("limit", "51")], Field::Limit);
        refuses(&[("limit", "ten")], Field::Limit);
        refuses(&[("offset", "1441")], Field::Offset);
        refuses(&[("offset", "")], Field::Offset);
        refuses(&[("q", "tea"), ("after", "7")], Field::Cursor);
    }

    #[test]
    fn a_cursor_goes_on_with_its_own_search_alone() {
        let cursor = read(&[("q", "tea")]).unwrap().cursor(&Mark("7 9".to_owned()));

        assert_eq!(read(&[("q", " TEA")]).unwrap_or_else(|_| panic!()).after, None);
        assert_eq!(read(&[("q", "tea"), ("after", &cursor)]).unwrap().after, Some(Mark("7 9".to_owned())));
        refuses(&[("q", "coffee"), ("after", &cursor)], Field::Cursor);
        refuses(&[("q", "tea"), ("by", "newest"), ("after", &cursor)], Field::Cursor);
        refuses(&[("q", "tea"), ("offset", "60"), ("after", &cursor)], Field::Cursor);
    }
}
