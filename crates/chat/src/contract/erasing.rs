//! What [`erase::step`](crate::erase::step) does over a store. Stamped with [`erasures`](super::erasures).

use futures::future::join;
use protocol::{MemberId, Message, RoomId, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, draft_by, enter,
    erasures::pending_in_turn,
    former_members::{fresh_person, leave, say},
    founded_room, fresh_room, newcomer, nonce, typed, unique_member,
};
use crate::{
    erase::{Step, step},
    ports::{Channel, Erasure, Erasures, Event, GROUP_MAX, Legacy, LogError, Records, Revision, RoomLog},
};

/// Long after everything: no late text is waited for.
const SETTLED: Timestamp = Timestamp(NOW.0 + 60_000);

pub async fn where_nothing_goes_there_is_nothing_to_do(stores: impl Stores) {
    let (room, author) = founded_room(&stores).await;
    say(&stores, &room, &author, "one").await;

    assert_eq!(step(stores.log(), stores.erasures(), SETTLED).await.unwrap(), Step::Nothing);
    assert_eq!(read(&stores, &room).await.len(), 1);
}

pub async fn a_deleted_room_is_emptied(stores: impl Stores) {
    let [(room, admin), (other, author)] = [founded_room(&stores).await, founded_room(&stores).await];
    say(&stores, &room, &admin, "one").await;
    say(&stores, &other, &author, "two").await;
    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    let news = erase_all(&stores, NOW).await;

    assert_eq!(news, []);
    assert!(!stores.log().erase(&room, 10).await.unwrap());
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
    assert_eq!(read(&stores, &other).await.len(), 1);
}

pub async fn a_large_room_is_emptied_in_more_than_one_step(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    talk(&stores, &room, &admin, 30).await;
    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    step(stores.log(), stores.erasures(), NOW).await.unwrap();

    assert!(stores.erasures().pending().await.unwrap().is_some());
    erase_all(&stores, NOW).await;
    assert!(!stores.log().erase(&room, 10).await.unwrap());
}

pub async fn a_former_members_texts_go_and_nobody_elses(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let (here, left, elsewhere) =
        (fresh_room(&stores).await, fresh_room(&stores).await, fresh_room(&stores).await);
    for room in [&here, &left] {
        enter(&stores, room, &gone).await;
        let other = newcomer(&stores, room).await;
        for (n, author) in [&gone, &other, &gone, &other].into_iter().enumerate() {
            say(&stores, room, author, &format!("n{n}")).await;
        }
    }
    leave(&stores, &left, &gone).await;
    say(&stores, &elsewhere, &unique_member(), "one").await;
    // Enough that it takes more than one step.
    talk(&stores, &here, &gone, 25).await;
    let before = [read(&stores, &here).await, read(&stores, &left).await, read(&stores, &elsewhere).await];

    stores.erasures().delete_member(&gone, Legacy::Goes, NOW).await.unwrap();
    erase_all(&stores, SETTLED).await;

    for (room, before) in [here, left, elsewhere].into_iter().zip(before) {
        let after = read(&stores, &room).await;
        assert_eq!(after.len(), before.len());
        for (now, then) in after.into_iter().zip(before) {
            match now.author == gone {
                true => assert_eq!((now.text, now.sequence, now.nonce), (None, then.sequence, then.nonce)),
                false => assert_eq!(now, then),
            }
        }
        assert_eq!(stores.records().acts(&room, None, 10).await.unwrap(), []);
    }
}

pub async fn each_change_is_told(stores: impl Stores) {
    let (gone, rooms) = former_member_with_texts(&stores).await;

    let news = erase_all(&stores, SETTLED).await;

    assert_eq!(news.len(), 6);
    for room in rooms {
        let messages = read(&stores, &room).await;
        // The first change is the lost membership.
        let mut heard = Sequence(1);
        for (_, event) in news.iter().filter(|(channel, _)| *channel == Channel::Room(room.clone())) {
            let Event::Changed { after, changed, lost, upto } = event else { panic!("{event:?}") };
            let [message] = &changed[..] else { panic!("{changed:?}") };
            assert_eq!((*after, *upto, &lost[..]), (heard, heard.next(), &[][..]));
            assert_eq!(*message, messages[usize::try_from(message.sequence.0).unwrap() - 1]);
            assert_eq!((&message.author, message.revision), (&gone, *upto));
            heard = *upto;
        }
        assert_eq!(stores.log().heads(&room).await.unwrap().changes, heard);
    }
}

pub async fn what_was_deleted_before_is_not_deleted_again(stores: impl Stores) {
    let (gone, room) = (fresh_person(&stores).await.id, fresh_room(&stores).await);
    enter(&stores, &room, &gone).await;
    for name in ["one", "two", "three"] {
        say(&stores, &room, &gone, name).await;
    }
    stores.log().revise(&room, &revision(1, &gone, "d1", None)).await.unwrap();
    stores.log().revise(&room, &revision(2, &gone, "e1", Some("edited"))).await.unwrap();

    stores.erasures().delete_member(&gone, Legacy::Goes, NOW).await.unwrap();
    erase_all(&stores, SETTLED).await;

    let messages = read(&stores, &room).await;
    assert!(messages.iter().all(|message| message.text.is_none()), "{messages:?}");
    let revisions: Vec<u64> = messages.iter().map(|message| message.revision.0).collect();
    assert_eq!(revisions, [1, 4, 5]);
}

pub async fn no_name_of_an_edit_keeps_a_text(stores: impl Stores) {
    let (gone, room) = (fresh_person(&stores).await.id, fresh_room(&stores).await);
    enter(&stores, &room, &gone).await;
    for name in ["one", "two", "three"] {
        say(&stores, &room, &gone, name).await;
    }
    // As the erasing itself would call them, of the same message and of another.
    for (message, name) in [(1, "erase-1-0"), (3, "erase-2-0"), (2, "erase-2-1")] {
        stores.log().revise(&room, &revision(message, &gone, name, Some("edited"))).await.unwrap();
    }

    stores.erasures().delete_member(&gone, Legacy::Goes, NOW).await.unwrap();
    erase_all(&stores, SETTLED).await;

    let messages = read(&stores, &room).await;
    assert!(messages.iter().all(|message| message.text.is_none()), "{messages:?}");
}

pub async fn a_step_that_is_done_again_changes_nothing_twice(stores: impl Stores) {
    let (_, rooms) = former_member_with_texts(&stores).await;
    let first = stores.erasures().pending().await.unwrap().unwrap();
    let Step::Done(news) = step(stores.log(), stores.erasures(), NOW).await.unwrap() else { panic!() };
    assert_eq!(news.len(), 3);
    let before = [read(&stores, &rooms[0]).await, read(&stores, &rooms[1]).await];

    // As if it had ended before it remembered how far it was.
    stores.erasures().advance(&Erasure { upto: Sequence::ZERO, ..first }).await.unwrap();
    let again = step(stores.log(), stores.erasures(), NOW).await.unwrap();

    assert_eq!(again, Step::Done(Vec::new()));
    assert_eq!([read(&stores, &rooms[0]).await, read(&stores, &rooms[1]).await], before);
    assert_eq!(erase_all(&stores, SETTLED).await.len(), 3);
    for room in rooms {
        assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(4));
    }
}

pub async fn two_who_erase_at_once_change_nothing_twice(stores: impl Stores) {
    let (_, rooms) = former_member_with_texts(&stores).await;

    let (one, other) = join(erase_all(&stores, SETTLED), erase_all(&stores, SETTLED)).await;

    assert!(one.len() + other.len() >= 6);
    for room in rooms {
        let messages = read(&stores, &room).await;
        let mut revisions: Vec<u64> = messages.iter().map(|message| message.revision.0).collect();
        revisions.sort_unstable();
        assert!(messages.iter().all(|message| message.text.is_none()), "{messages:?}");
        assert_eq!(revisions, [2, 3, 4]);
        assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(4));
    }
}

pub async fn a_text_that_came_late_goes_too(stores: impl Stores) {
    let (gone, room) = (fresh_person(&stores).await.id, fresh_room(&stores).await);
    enter(&stores, &room, &gone).await;
    say(&stores, &room, &gone, "one").await;
    stores.erasures().delete_member(&gone, Legacy::Goes, NOW).await.unwrap();
    assert_eq!(erase_all(&stores, NOW).await.len(), 1);

    // Whoever appends had looked up the author's right before they went.
    say(&stores, &room, &gone, "late").await;
    let just_now = erase_all(&stores, NOW).await;
    let waiting = step(stores.log(), stores.erasures(), NOW).await.unwrap();
    erase_all(&stores, SETTLED).await;

    assert_eq!((just_now.len(), waiting), (1, Step::Later));
    assert!(read(&stores, &room).await.iter().all(|message| message.text.is_none()));
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
}

pub async fn a_room_that_is_deleted_meanwhile_ends_its_erasures(stores: impl Stores) {
    let (_, rooms) = former_member_with_texts(&stores).await;
    let admin = unique_member();
    stores.erasures().delete_room(&rooms[0], &deed(&admin)).await.unwrap();

    erase_all(&stores, SETTLED).await;

    assert_eq!(pending_in_turn(&stores).await, []);
    let deleted = stores.log().heads(&rooms[0]).await;
    assert!(matches!(deleted, Err(LogError::NoSuchRoom { .. })), "{deleted:?}");
    assert!(!stores.log().erase(&rooms[0], 10).await.unwrap());
    assert!(read(&stores, &rooms[1]).await.iter().all(|message| message.text.is_none()));
}

/// Takes steps until none can be taken at `now`, and returns what is to be told.
async fn erase_all(stores: &impl Stores, now: Timestamp) -> Vec<(Channel, Event)> {
    let mut told = Vec::new();
    for _ in 0..100 {
        match step(stores.log(), stores.erasures(), now).await.unwrap() {
            Step::Done(news) => told.extend(news),
            Step::Later | Step::Nothing => return told,
        }
    }
    panic!("no end in sight");
}

/// One who went and left three texts in each of two rooms.
async fn former_member_with_texts(stores: &impl Stores) -> (MemberId, [RoomId; 2]) {
    let gone = fresh_person(stores).await.id;
    let rooms = [fresh_room(stores).await, fresh_room(stores).await];
    for room in &rooms {
        enter(stores, room, &gone).await;
        for name in ["one", "two", "three"] {
            say(stores, room, &gone, name).await;
        }
    }
    stores.erasures().delete_member(&gone, Legacy::Goes, NOW).await.unwrap();
    (gone, rooms)
}

/// Adds groups of messages, each as large as may be.
async fn talk(stores: &impl Stores, room: &RoomId, author: &MemberId, n_groups: usize) {
    for group in 0..n_groups {
        let head = stores.log().heads(room).await.unwrap().messages;
        let drafts: Vec<_> =
            (0..GROUP_MAX).map(|n| draft_by(author.as_str(), &format!("g{group}-{n}"))).collect();
        stores.log().append(room, head, NOW, &drafts).await.unwrap();
    }
}

async fn read(stores: &impl Stores, room: &RoomId) -> Vec<Message> {
    stores.log().read(room, Sequence(1), 5000).await.unwrap()
}

fn revision(message: u64, by: &MemberId, name: &str, text: Option<&str>) -> Revision {
    Revision {
        message: Sequence(message),
        seen: Sequence::ZERO,
        by: by.clone(),
        since: Sequence::ZERO,
        nonce: nonce(name),
        at: NOW,
        text: text.map(typed),
    }
}
