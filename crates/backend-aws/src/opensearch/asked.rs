//! What is looked for, as OpenSearch reads it.

use std::ops::Range;

use chat::{
    ports::{Order, Search},
    search::{Clause, Criteria},
};
use protocol::{RoomId, Timestamp};
use serde_json::{Value, json};

use super::documents::long;

/// A request for a page of hits, after one that ended with a hit of these values.
pub(super) fn request(search: &Search, after: Option<Vec<Value>>) -> Value {
    let mut sort = vec![json!({ "at": "desc" }), json!({ "room": "asc" }), json!({ "sequence": "desc" })];
    if search.order == Order::Best {
        sort.insert(0, json!({ "_score": "desc" }));
    }
    let mut request = json!({
        "query": query(&search.criteria, &search.inside),
        "sort": sort,
        "size": search.n,
        // What a hit is sorted by says where it stands, which is all that is asked.
        "_source": false,
        "track_total_hits": false,
    });
    if let Some(after) = after {
        request["search_after"] = after.into();
    }
    request
}

/// What is wanted of the text weighs a hit; all else it meets or does not.
fn query(criteria: &Criteria, inside: &[RoomId]) -> Value {
    let readable = [json!({ "term": { "private": false } }), json!({ "terms": { "room": inside } })];
    let mut filter = vec![json!({ "term": { "gone": false } }), any(&readable)];
    filter.extend(criteria.rooms.as_ref().map(|rooms| json!({ "terms": { "room": rooms } })));
    filter.extend(criteria.authors.as_ref().map(|authors| json!({ "terms": { "author": authors } })));
    filter.extend(criteria.times.as_ref().map(within));
    filter.extend(criteria.link.then(has_link));
    let mut must_not: Vec<Value> = criteria.none.iter().map(clause).collect();
    must_not.push(json!({ "terms": { "room": criteria.not_rooms } }));
    must_not.push(json!({ "terms": { "author": criteria.not_authors } }));
    must_not.extend(criteria.not_times.iter().map(within));
    must_not.extend(criteria.no_link.then(has_link));
    let must: Vec<Value> = criteria.all.iter().map(clause).collect();
    json!({ "bool": { "must": must, "filter": filter, "must_not": must_not } })
}

fn clause(clause: &Clause) -> Value {
    match clause {
        Clause::Stem(stem) => json!({ "term": { "stems": stem } }),
        Clause::Prefix { word, stem } => any(&[begun_word(word), json!({ "term": { "stems": stem } })]),
        Clause::Phrase { words, begun: false } => json!({ "match_phrase": { "words": words.join(" ") } }),
        Clause::Phrase { words, begun: true } => match words.as_slice() {
            [word] => begun_word(word),
            [whole @ .., last] => {
                let whole = json!({ "match": { "query": whole.join(" "), "ordered": true, "max_gaps": 0 } });
                let last = json!({ "match": { "query": last, "use_field": "words.begun" } });
                let all = json!({ "all_of": { "intervals": [whole, last], "ordered": true, "max_gaps": 0 } });
                json!({ "intervals": { "words": all } })
            }
            [] => json!({ "match_none": {} }),
        },
    }
}

fn begun_word(word: &str) -> Value {
    json!({ "term": { "words.begun": word } })
}

fn any(of: &[Value]) -> Value {
    json!({ "bool": { "should": of } })
}

fn within(times: &Range<Timestamp>) -> Value {
    json!({ "range": { "at": { "gte": long(times.start.0), "lt": long(times.end.0) } } })
}

fn has_link() -> Value {
    json!({ "term": { "link": true } })
}
