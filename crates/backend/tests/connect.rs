//! A backend from its configuration.

use backend::{Backend, Config};
use chat::{
    accounts::{self, FIRST_ROOMS},
    ports::{Members, Memberships, Rooms},
};
use protocol::{MemberName, Person, RoomId, Timestamp};

const NOW: Timestamp = Timestamp(1);

#[tokio::test]
async fn what_is_kept_is_in_the_folder_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let named =
        |name: &str| (name == "HUBBUB_DATA").then(|| folder.path().join("chat").display().to_string());
    let config = Config::parse(named).unwrap();
    let person =
        Person { id: accounts::member_id([7; 16]), name: MemberName::parse("Ada").unwrap(), guest: true };

    let before = Backend::connect(&config).await.unwrap();
    accounts::found(&before.rooms, NOW).await.unwrap();
    accounts::admit(&before.members, &before.memberships, &before.log, (&person, None), NOW).await.unwrap();
    drop(before);

    let after = Backend::connect(&config).await.unwrap();
    accounts::found(&after.rooms, NOW).await.unwrap();
    let first = RoomId::parse(FIRST_ROOMS[0].0).unwrap();
    assert_eq!(after.rooms.list(None, 10).await.unwrap().len(), FIRST_ROOMS.len());
    assert_eq!(after.members.by_name(&person.name).await.unwrap().unwrap().person, person);
    assert!(after.memberships.find(&first, &person.id).await.unwrap().is_some());
    assert!(folder.path().join("chat/hubbub.db").exists());
}
