//! How entries are put in: many with one request, and each hears what became of it.

use std::time::Duration;

use chat::ports::{Entry, Put};
use opensearch::{BulkParts, OpenSearch};
use serde::Deserialize;
use serde_json::json;

use super::{
    documents::{document, id, long},
    fault::{Fault, Kind, granted},
};

/// A request is at most so large, unless one entry is larger. Source: AWS, "Amazon OpenSearch Service quotas": of its
/// smallest machines a request has 10 MiB at most; OpenSearch's documentation advises 5 to 15 MiB.
const REQUEST_MAX: usize = 5 << 20;

/// So much is written within this time, or is given again.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Puts entries into each of some indexes, which are named by aliases of theirs: an index that is gone is not to be made
/// anew by whoever writes to it.
///
/// # Errors
/// [`Fault`], when any may or may not have been taken.
pub(super) async fn put(
    client: &OpenSearch,
    indexes: &[String],
    entries: &[Entry],
) -> Result<Vec<Put>, Fault> {
    let mut put = vec![Put::Taken; entries.len()];
    for batch in batches(indexes, entries, REQUEST_MAX) {
        let request = client.bulk(BulkParts::None).require_alias(true).request_timeout(ANSWER_WITHIN);
        let answer: Answer = granted(request.body(vec![batch.lines]).send().await?).await?.json().await?;
        if answer.items.len() != batch.entries.len() {
            return Err(Fault::Partial);
        }
        for (n, item) in batch.entries.into_iter().zip(answer.items) {
            put[n] = worse(std::mem::replace(&mut put[n], Put::Taken), became(item.index));
        }
    }
    Ok(put)
}

/// A request.
#[derive(Default)]
struct Batch {
    /// Which entries it is of, in the order of its answer.
    entries: Vec<usize>,
    /// What is done and a document, in turn.
    lines: String,
}

fn batches(indexes: &[String], entries: &[Entry], max: usize) -> impl Iterator<Item = Batch> {
    let mut operations = entries
        .iter()
        .enumerate()
        .flat_map(move |(n, entry)| {
            let document = document(entry).to_string();
            indexes.iter().map(move |index| (n, operation(index, entry, &document)))
        })
        .peekable();
    std::iter::from_fn(move || {
        let mut batch = Batch::default();
        while let Some((n, lines)) =
            operations.next_if(|(_, lines)| batch.lines.is_empty() || batch.lines.len() + lines.len() <= max)
        {
            batch.entries.push(n);
            batch.lines.push_str(&lines);
        }
        (!batch.entries.is_empty()).then_some(batch)
    })
}

fn operation(index: &str, entry: &Entry, document: &str) -> String {
    let version = long(entry.revision.0);
    let what = json!({
        "index": { "_index": index, "_id": id(entry), "version": version, "version_type": "external" },
    });
    format!("{what}\n{document}\n")
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Became,
}

#[derive(Deserialize)]
struct Became {
    status: u16,
    error: Option<Kind>,
}

fn became(item: Became) -> Put {
    match item.status {
        // 409: something as new is there.
        200..=299 | 409 => Put::Taken,
        400 => Put::Never(format!("400 {}", item.error.map_or_else(String::new, |error| error.kind))),
        // It is busy, or somebody must mend it first: rights are missing, its disk is full, the index is gone.
        _ => Put::Later,
    }
}

/// Of two indexes' words those that ask for more.
fn worse(one: Put, other: Put) -> Put {
    match (one, other) {
        (Put::Later, _) | (_, Put::Later) => Put::Later,
        (Put::Never(why), _) | (_, Put::Never(why)) => Put::Never(why),
        (Put::Taken, Put::Taken) => Put::Taken,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomId, Sequence};

    use super::*;

    #[test]
    fn a_request_has_a_size_and_every_entry_is_in_one_for_each_index() {
        let room = RoomId::parse("lobby").unwrap();
        let entries: Vec<Entry> = (0..10).map(|n| Entry::erased(&room, Sequence(n))).collect();
        let indexes = ["old".to_owned(), "new".to_owned()];
        let one = operation("old", &entries[0], &document(&entries[0]).to_string()).len();

        for (max, n_requests) in [(0, 20), (one, 20), (2 * one, 10), (7 * one, 3), (20 * one, 1)] {
            let batches: Vec<Batch> = batches(&indexes, &entries, max).collect();

            assert_eq!(batches.len(), n_requests, "{max}");
            assert!(batches.iter().all(|batch| batch.lines.len() <= max || batch.entries.len() == 1));
            let put: Vec<usize> = batches.iter().flat_map(|batch| batch.entries.clone()).collect();
            assert_eq!(put, (0..20).map(|n| n / 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn only_what_can_never_be_taken_is_given_up() {
        let became = |status| became(Became { status, error: Some(Kind { kind: "x_exception".to_owned() }) });

        for status in [200, 201, 409] {
            assert_eq!(became(status), Put::Taken);
        }
        for status in [401, 403, 404, 429, 500, 502, 503, 504] {
            assert_eq!(became(status), Put::Later);
        }
        assert_eq!(became(400), Put::Never("400 x_exception".to_owned()));
    }

    #[test]
    fn what_one_index_does_not_take_is_not_taken() {
        let never = || Put::Never("400".to_owned());

        assert_eq!(worse(Put::Taken, Put::Taken), Put::Taken);
        assert_eq!(worse(Put::Taken, Put::Later), Put::Later);
        assert_eq!(worse(never(), Put::Taken), never());
        assert_eq!(worse(never(), Put::Later), Put::Later);
    }
}
