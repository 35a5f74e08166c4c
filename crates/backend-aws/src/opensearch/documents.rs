//! A message as a document, and the index that takes such documents.

use chat::{
    ports::Entry,
    search::{TOKEN_MAX, Token, has_link, tokens},
};
use serde_json::{Value, json};

/// What an index is made with. A sorted one has its documents as the newest first are asked for, so that of very many the
/// first ones suffice.
pub(super) fn index(is_sorted: bool) -> Value {
    let sort = json!({ "field": ["at", "room", "sequence"], "order": ["desc", "asc", "desc"] });
    json!({
        "settings": {
            "sort": if is_sorted { sort } else { json!({}) },
            "analysis": {
                "filter": {
                    "beginnings": { "type": "edge_ngram", "min_gram": 1, "max_gram": TOKEN_MAX },
                },
                "analyzer": {
                    "beginnings": { "type": "custom", "tokenizer": "whitespace", "filter": ["beginnings"] },
                },
            },
        },
        "mappings": {
            "dynamic": "strict",
            // Only to look at: what is found is read from the store.
            "_source": { "excludes": ["words", "stems"] },
            "properties": {
                "room": { "type": "keyword" },
                "sequence": { "type": "long" },
                "revision": { "type": "long" },
                "gone": { "type": "boolean" },
                "author": { "type": "keyword" },
                "at": { "type": "long" },
                "private": { "type": "boolean" },
                "link": { "type": "boolean" },
                "words": {
                    "type": "text",
                    "analyzer": "whitespace",
                    // Every beginning stands where its word does. So one that is looked for is a word like any other: there is
                    // no list of words that begin so, which could be too long.
                    "fields": { "begun": { "type": "text", "analyzer": "beginnings", "search_analyzer": "whitespace" } },
                },
                "stems": { "type": "text", "analyzer": "whitespace" },
                "text": { "type": "text", "index": false },
            },
        },
    })
}

/// The id of a message's document.
pub(super) fn id(entry: &Entry) -> String {
    format!("{}:{}", entry.room, entry.sequence)
}

/// The document of a message. One that says nothing any more has one, too: the version of a document that is deleted is
/// forgotten after a minute, and then an old state could come back.
///
/// Source: OpenSearch's documentation, `index.gc_deletes`.
pub(super) fn document(entry: &Entry) -> Value {
    let Entry { room, sequence, revision, said } = entry;
    let (sequence, revision) = (long(sequence.0), long(revision.0));
    let Some(said) = said else {
        return json!({ "room": room, "sequence": sequence, "revision": revision, "gone": true });
    };
    let text = said.text.as_str();
    let tokens = tokens(text);
    let joined = |of: fn(&Token) -> &str| tokens.iter().map(of).collect::<Vec<_>>().join(" ");
    json!({
        "room": room,
        "sequence": sequence,
        "revision": revision,
        "gone": false,
        "author": said.author,
        "at": long(said.at.0),
        "private": said.private,
        "link": has_link(text),
        "words": joined(|token| &token.word),
        "stems": joined(|token| &token.stem),
        "text": text,
    })
}

/// A number as OpenSearch's `long` holds it, which has a sign.
pub(super) fn long(n: u64) -> u64 {
    n.min(i64::MAX.unsigned_abs())
}
