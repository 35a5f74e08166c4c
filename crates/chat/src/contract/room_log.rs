//! What a room's log is: its messages. Its changes are in [`room_log_changes`](super::room_log_changes), who may make
//! them in [`room_log_rights`](super::room_log_rights), and how it ends in [`room_ends`](super::room_ends).
//!
//! Behaviours take the stores of one engine.

use futures::future::join_all;
use protocol::{Heads, Message, RoomId, Sequence, limits};

use super::{NOW, Stores, draft, draft_by, fresh_room, member, nonce, typed, unique_room};
use crate::ports::{Draft, GROUP_MAX, LogError, Revision, RoomLog};

/// Stamps one test per behaviour; `$fresh` makes the stores of one engine.
#[macro_export]
macro_rules! room_log_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(room_log, $fresh;
            a_new_room_is_empty,
            a_room_that_does_not_exist_has_no_log,
            sequences_have_no_holes,
            a_sequence_is_given_out_once,
            of_fifty_appends_at_one_head_one_wins,
            senders_that_try_again_all_get_in,
            what_was_answered_is_read_at_once,
            a_group_of_the_longest_texts_fits,
            a_text_comes_back_as_it_was_written,
            rooms_count_apart,
            a_page_lies_where_it_is_asked_for,
            past_the_end_there_is_nothing,
        );
        $crate::stamp_contract!(room_log_changes, $fresh;
            a_revision_changes_the_text_and_nothing_else,
            a_deletion_leaves_no_text,
            a_revision_of_what_was_not_seen_is_refused,
            of_ten_revisions_of_one_text_one_wins,
            revisions_of_ten_messages_at_once_all_stand,
            a_repeated_revision_changes_nothing,
            a_revision_repeated_after_a_later_one_changes_nothing,
            a_revision_sent_ten_times_at_once_counts_once,
            what_does_not_exist_cannot_be_revised,
            changes_have_no_holes,
            past_the_last_change_there_is_nothing,
            messages_come_while_others_change,
        );
        $crate::stamp_contract!(room_log_rights, $fresh;
            who_was_in_the_room_when_they_looked_may_edit,
            whose_membership_ended_since_edits_nothing,
            who_was_removed_since_edits_nothing,
            who_is_out_hears_nothing_of_what_a_message_says_now,
            not_even_who_came_back_by_a_right_of_before,
            who_came_back_may_edit_again,
            who_left_twice_is_out_by_the_second_time,
            anothers_lost_membership_takes_nobodys_right,
            a_membership_lost_elsewhere_takes_no_right_here,
            an_edit_before_the_end_is_answered_after_it_too,
            an_edit_and_an_end_at_once_come_one_after_the_other,
            changes_tell_ends_and_edits_in_order,
        );
        $crate::stamp_contract!(room_ends, $fresh;
            a_deleted_room_has_no_log,
            an_append_and_the_end_at_once_come_one_after_the_other,
            a_deleted_room_is_erased_step_by_step,
            an_erased_room_stays_deleted,
            a_room_that_is_not_deleted_is_not_erased,
        );
    };
}

pub async fn a_new_room_is_empty(stores: impl Stores) {
    let room = fresh_room(&stores).await;

    assert_eq!(stores.log().heads(&room).await.unwrap(), Heads::default());
    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), []);
    assert_eq!(stores.log().changes(&room, Sequence(1), 10).await.unwrap(), []);
}

pub async fn a_room_that_does_not_exist_has_no_log(stores: impl Stores) {
    let nowhere = unique_room();
    let revision = Revision {
        message: Sequence(1),
        seen: Sequence::ZERO,
        by: member("ada"),
        since: Sequence::ZERO,
        nonce: nonce("one"),
        at: NOW,
        text: None,
    };

    let refusals = [
        stores.log().heads(&nowhere).await.map(drop),
        stores.log().append(&nowhere, Sequence::ZERO, NOW, &[draft("one")]).await.map(drop),
        stores.log().read(&nowhere, Sequence(1), 10).await.map(drop),
        stores.log().revise(&nowhere, &revision).await.map(drop),
        stores.log().changes(&nowhere, Sequence(1), 10).await.map(drop),
    ];

    for refusal in refusals {
        assert!(matches!(&refusal, Err(LogError::NoSuchRoom { room }) if *room == nowhere), "{refusal:?}");
    }
}

pub async fn sequences_have_no_holes(stores: impl Stores) {
    let room = fresh_room(&stores).await;

    let mut head = Sequence::ZERO;
    for size in [1, GROUP_MAX, 1, 3] {
        let drafts: Vec<Draft> = (0..size).map(|n| draft(&format!("{head}-{n}"))).collect();
        let appended = stores.log().append(&room, head, NOW, &drafts).await.unwrap();
        assert_eq!(as_drafts(&appended), drafts);
        head = appended.last().unwrap().sequence;
    }

    let n = 1 + GROUP_MAX + 1 + 3;
    let messages = stores.log().read(&room, Sequence(1), 100).await.unwrap();
    assert_eq!(sequences(&messages), (1..=n as u64).collect::<Vec<_>>());
    assert_eq!(stores.log().heads(&room).await.unwrap(), Heads { messages: head, changes: Sequence::ZERO });
}

pub async fn a_sequence_is_given_out_once(stores: impl Stores) {
    let room = fresh_room(&stores).await;

    let group = [draft("one"), draft("two")];
    let first = stores.log().append(&room, Sequence::ZERO, NOW, &group).await.unwrap();

    let late = stores.log().append(&room, Sequence::ZERO, NOW, &[draft("late")]).await;

    let Err(LogError::Overtaken { head, between }) = late else { panic!("{late:?}") };
    assert_eq!(head, Sequence(2));
    assert!(between.is_empty() || between == first, "{between:?}");
    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), first);
}

pub async fn of_fifty_appends_at_one_head_one_wins(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let groups: Vec<[Draft; 2]> =
        (0..50).map(|n| [draft(&format!("{n}-a")), draft(&format!("{n}-b"))]).collect();

    let racing = groups.iter().map(|group| stores.log().append(&room, Sequence::ZERO, NOW, group));
    let results = join_all(racing).await;

    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for result in lost {
        assert!(matches!(result, Err(LogError::Overtaken { head, .. }) if head == Sequence(2)), "{result:?}");
    }
    let messages = stores.log().read(&room, Sequence(1), 100).await.unwrap();
    assert_eq!(messages, won.into_iter().next().unwrap().unwrap());
    assert_eq!(sequences(&messages), [1, 2]);
}

pub async fn senders_that_try_again_all_get_in(stores: impl Stores) {
    const SENDERS: usize = 10;
    const EACH: usize = 5;
    let room = fresh_room(&stores).await;

    join_all((0..SENDERS).map(|sender| send_all(stores.log(), &room, format!("s{sender}"), EACH))).await;

    let messages = stores.log().read(&room, Sequence(1), 1000).await.unwrap();
    assert_eq!(sequences(&messages), (1..=(SENDERS * EACH) as u64).collect::<Vec<_>>());
    for sender in 0..SENDERS {
        let author = member(&format!("s{sender}"));
        let sent: Vec<&str> = messages
            .iter()
            .filter(|message| message.author == author)
            .map(|message| message.nonce.as_str())
            .collect();
        assert_eq!(sent, ["n0", "n1", "n2", "n3", "n4"]);
    }
}

pub async fn what_was_answered_is_read_at_once(stores: impl Stores) {
    let room = fresh_room(&stores).await;

    for n in 0..30 {
        let head = Sequence(n);
        let appended = stores.log().append(&room, head, NOW, &[draft(&format!("n{n}"))]).await.unwrap();

        assert_eq!(stores.log().heads(&room).await.unwrap().messages, head.next());
        assert_eq!(stores.log().read(&room, head.next(), 10).await.unwrap(), appended);
    }
}

pub async fn a_group_of_the_longest_texts_fits(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let longest_id = "z".repeat(limits::ID_MAX);
    let drafts: Vec<Draft> = (0..GROUP_MAX)
        .map(|n| Draft {
            text: typed(&"😀".repeat(limits::TEXT_MAX)),
            ..draft_by(&longest_id, &format!("{n:z>width$}", width = limits::ID_MAX))
        })
        .collect();

    let appended = stores.log().append(&room, Sequence::ZERO, NOW, &drafts).await.unwrap();

    assert_eq!(as_drafts(&appended), drafts);
    assert_eq!(stores.log().read(&room, Sequence(1), GROUP_MAX).await.unwrap(), appended);
}

pub async fn a_text_comes_back_as_it_was_written(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let texts = [
        "  spaces and\n\n\tlines  ",
        "a\0nul",
        "👩‍👩‍👧 ﷽ e\u{301} \u{202E}turned",
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script>",
        "{\"json\": \"\\u0000\"}",
        "null",
    ];

    let drafts: Vec<Draft> = (0..)
        .zip(texts)
        .map(|(n, text): (u32, _)| Draft { text: typed(text), ..draft(&format!("n{n}")) })
        .collect();
    stores.log().append(&room, Sequence::ZERO, NOW, &drafts).await.unwrap();

    let read = stores.log().read(&room, Sequence(1), 10).await.unwrap();
    assert_eq!(as_drafts(&read), drafts);
    assert!(read.iter().all(|message| message.at == NOW && message.revision == Sequence::ZERO));
}

pub async fn rooms_count_apart(stores: impl Stores) {
    let (one, other) = (fresh_room(&stores).await, fresh_room(&stores).await);

    stores.log().append(&one, Sequence::ZERO, NOW, &[draft("a"), draft("b")]).await.unwrap();
    stores.log().append(&other, Sequence::ZERO, NOW, &[draft("c")]).await.unwrap();

    assert_eq!(as_drafts(&stores.log().read(&one, Sequence(1), 10).await.unwrap()), [draft("a"), draft("b")]);
    assert_eq!(as_drafts(&stores.log().read(&other, Sequence(1), 10).await.unwrap()), [draft("c")]);
    assert_eq!(stores.log().heads(&other).await.unwrap().messages, Sequence(1));
}

pub async fn a_page_lies_where_it_is_asked_for(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    // Groups of 7, so that pages begin and end within them.
    for head in (0..70).step_by(7) {
        let drafts: Vec<Draft> = (head..head + 7).map(|n| draft(&format!("n{n}"))).collect();
        stores.log().append(&room, Sequence(head), NOW, &drafts).await.unwrap();
    }

    for (first, n, expected) in
        [(1, 3, 1..4), (5, 10, 5..15), (8, 7, 8..15), (69, 50, 69..71), (0, 2, 1..3), (30, 0, 30..30)]
    {
        let page = stores.log().read(&room, Sequence(first), n).await.unwrap();
        assert_eq!(sequences(&page), expected.collect::<Vec<_>>(), "{n} from {first}");
    }
}

pub async fn past_the_end_there_is_nothing(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    stores.log().append(&room, Sequence::ZERO, NOW, &[draft("a"), draft("b")]).await.unwrap();

    for beyond in [3, 4, 1000, u64::MAX - 1] {
        assert_eq!(stores.log().read(&room, Sequence(beyond), 10).await.unwrap(), []);
    }
}

/// Sends messages in order, each until it is in.
async fn send_all(log: &impl RoomLog, room: &RoomId, author: String, n: usize) {
    let mut head = Sequence::ZERO;
    for n in 0..n {
        let drafts = [draft_by(&author, &format!("n{n}"))];
        loop {
            match log.append(room, head, NOW, &drafts).await {
                Ok(appended) => break head = appended[0].sequence,
                Err(LogError::Overtaken { head: now, .. }) => head = now,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

fn sequences(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.sequence.0).collect()
}

fn as_drafts(messages: &[Message]) -> Vec<Draft> {
    let as_draft = |message: &Message| Draft {
        author: message.author.clone(),
        nonce: message.nonce.clone(),
        text: message.text.clone().unwrap(),
    };
    messages.iter().map(as_draft).collect()
}
