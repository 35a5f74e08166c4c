//! What members are. Behaviours take them.

use futures::future::join_all;
use protocol::{MemberName, Person};

use super::{NOW, unique, unique_account, unique_guest, unique_member, unique_name};
use crate::{
    ports::{Account, Credentials, Members, MembersError},
    secrets::{CodeHash, PasswordHash},
};

/// Stamps one test per behaviour; `$fresh` makes the members.
#[macro_export]
macro_rules! members_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(members, $fresh;
            an_account_is_found_by_name_and_by_id,
            a_guest_is_found_by_name_and_by_id,
            nobody_is_found_who_is_not_there,
            a_name_is_one_name_however_it_is_written,
            of_fifty_that_want_a_name_one_gets_it,
            whose_name_was_taken_is_nobody,
            people_are_told_each_once,
            a_guest_becomes_an_account_and_stays_themselves,
            a_guest_keeps_their_name_as_an_account,
            a_guests_old_name_is_free_again,
            a_guest_cannot_take_anothers_name,
            an_account_is_no_guest,
            a_guest_becomes_an_account_once,
            a_member_is_called_otherwise_and_stays_themselves,
            a_member_writes_their_name_otherwise,
            a_name_that_was_given_up_is_free_again,
            nobody_takes_the_name_of_another,
            who_is_not_there_has_no_other_name,
            of_fifty_who_take_a_name_at_once_one_gets_it,
            new_credentials_replace_the_old,
            a_recovery_code_is_used_once,
            what_was_proved_by_an_old_password_comes_after_no_new_one,
            only_accounts_have_credentials_to_replace,
        );
    };
}

pub async fn an_account_is_found_by_name_and_by_id(members: impl Members) {
    let account = fresh_account(&members).await;

    assert_eq!(members.by_id(&account.person.id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(members.by_name(&account.person.name).await.unwrap(), Some(account));
}

pub async fn a_guest_is_found_by_name_and_by_id(members: impl Members) {
    let guest = fresh_guest(&members).await;

    let expected = Account { person: guest.clone(), created: NOW, credentials: None };
    assert_eq!(members.by_id(&guest.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(members.by_name(&guest.name).await.unwrap(), Some(expected));
}

pub async fn nobody_is_found_who_is_not_there(members: impl Members) {
    assert_eq!(members.by_id(&unique_member()).await.unwrap(), None);
    assert_eq!(members.by_name(&unique_name()).await.unwrap(), None);
}

pub async fn a_name_is_one_name_however_it_is_written(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let loud = MemberName::parse(&guest.name.as_str().to_uppercase()).unwrap();

    let refused = members.create(&Person { name: loud.clone(), ..unique_guest() }, None, NOW).await;
    let found = members.by_name(&loud).await.unwrap();

    assert!(matches!(refused, Err(MembersError::NameTaken)), "{refused:?}");
    assert_eq!(found.map(|account| account.person), Some(guest));
}

pub async fn of_fifty_that_want_a_name_one_gets_it(members: impl Members) {
    let name = unique_name();
    let wanting: Vec<Person> = (0..50).map(|_| Person { name: name.clone(), ..unique_account() }).collect();
    let credentials = unique_credentials();

    let results =
        join_all(wanting.iter().map(|person| members.create(person, Some(&credentials), NOW))).await;

    let has_it = members.by_name(&name).await.unwrap().unwrap().person;
    for (person, result) in wanting.iter().zip(results) {
        match result {
            Ok(()) => assert_eq!(*person, has_it),
            Err(MembersError::NameTaken) => assert_ne!(*person, has_it),
            Err(other) => panic!("{other}"),
        }
    }
}

pub async fn whose_name_was_taken_is_nobody(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let late = Person { name: guest.name.clone(), ..unique_account() };

    let refused = members.create(&late, Some(&unique_credentials()), NOW).await;

    assert!(matches!(refused, Err(MembersError::NameTaken)), "{refused:?}");
    assert_eq!(members.by_id(&late.id).await.unwrap(), None);
    assert_eq!(members.people(std::slice::from_ref(&late.id)).await.unwrap(), []);
}

pub async fn people_are_told_each_once(members: impl Members) {
    let account = fresh_account(&members).await.person;
    let guest = fresh_guest(&members).await;
    let asked = [guest.id.clone(), unique_member(), account.id.clone(), guest.id.clone()];

    let mut people = members.people(&asked).await.unwrap();

    let mut expected = [account, guest];
    people.sort_unstable();
    expected.sort_unstable();
    assert_eq!(people, expected);
    assert_eq!(members.people(&[]).await.unwrap(), []);
}

pub async fn a_guest_becomes_an_account_and_stays_themselves(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let (name, credentials) = (unique_name(), unique_credentials());

    members.upgrade(&guest.id, &name, &credentials).await.unwrap();

    let person = Person { id: guest.id.clone(), name: name.clone(), guest: false };
    let expected = Account { person: person.clone(), created: NOW, credentials: Some(credentials) };
    assert_eq!(members.by_id(&guest.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(members.by_name(&name).await.unwrap(), Some(expected));
    assert_eq!(members.people(&[guest.id]).await.unwrap(), [person]);
}

pub async fn a_guest_keeps_their_name_as_an_account(members: impl Members) {
    let guest = fresh_guest(&members).await;

    members.upgrade(&guest.id, &guest.name, &unique_credentials()).await.unwrap();

    let found = members.by_name(&guest.name).await.unwrap().unwrap();
    assert_eq!(found.person, Person { guest: false, ..guest });
}

pub async fn a_guests_old_name_is_free_again(members: impl Members) {
    let guest = fresh_guest(&members).await;
    members.upgrade(&guest.id, &unique_name(), &unique_credentials()).await.unwrap();

    let next = Person { name: guest.name.clone(), ..unique_guest() };
    members.create(&next, None, NOW).await.unwrap();

    let found = members.by_name(&guest.name).await.unwrap();
    assert_eq!(found.map(|account| account.person), Some(next));
}

pub async fn a_guest_cannot_take_anothers_name(members: impl Members) {
    let (guest, other) = (fresh_guest(&members).await, fresh_account(&members).await);

    let refused = members.upgrade(&guest.id, &other.person.name, &unique_credentials()).await;

    assert!(matches!(refused, Err(MembersError::NameTaken)), "{refused:?}");
    let still = Account { person: guest.clone(), created: NOW, credentials: None };
    assert_eq!(members.by_name(&guest.name).await.unwrap(), Some(still));
    assert_eq!(members.by_name(&other.person.name).await.unwrap(), Some(other));
}

pub async fn an_account_is_no_guest(members: impl Members) {
    let account = fresh_account(&members).await;

    let refused = members.upgrade(&account.person.id, &unique_name(), &unique_credentials()).await;
    let nobody = members.upgrade(&unique_member(), &unique_name(), &unique_credentials()).await;

    assert!(matches!(refused, Err(MembersError::NotAGuest)), "{refused:?}");
    assert!(matches!(nobody, Err(MembersError::NoSuchMember)), "{nobody:?}");
    assert_eq!(members.by_id(&account.person.id).await.unwrap(), Some(account));
}

pub async fn a_guest_becomes_an_account_once(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let wanted: Vec<(MemberName, Credentials)> =
        (0..10).map(|_| (unique_name(), unique_credentials())).collect();

    let racing = wanted.iter().map(|(name, credentials)| members.upgrade(&guest.id, name, credentials));
    let results = join_all(racing).await;

    let won: Vec<_> = wanted.iter().zip(&results).filter(|(_, result)| result.is_ok()).collect();
    let [((name, credentials), _)] = won[..] else { panic!("{} succeeded", won.len()) };
    let account = members.by_id(&guest.id).await.unwrap().unwrap();
    assert_eq!((&account.person.name, account.credentials.as_ref()), (name, Some(credentials)));
    for (other, _) in wanted.iter().filter(|(other, _)| other != name) {
        assert_eq!(members.by_name(other).await.unwrap(), None);
    }
}

pub async fn a_member_is_called_otherwise_and_stays_themselves(members: impl Members) {
    let account = fresh_account(&members).await;
    let guest = fresh_guest(&members).await;
    let guest = Account { person: guest, created: NOW, credentials: None };

    for member in [account, guest] {
        let name = unique_name();
        members.rename(&member.person.id, &name).await.unwrap();

        let person = Person { name: name.clone(), ..member.person.clone() };
        let expected = Account { person: person.clone(), ..member };
        assert_eq!(members.by_id(&person.id).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(members.by_name(&name).await.unwrap(), Some(expected));
        assert_eq!(members.people(std::slice::from_ref(&person.id)).await.unwrap(), [person]);
    }
}

pub async fn a_member_writes_their_name_otherwise(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let loud = MemberName::parse(&guest.name.as_str().to_uppercase()).unwrap();

    for name in [&loud, &loud, &guest.name] {
        members.rename(&guest.id, name).await.unwrap();

        let found = members.by_name(&guest.name).await.unwrap().unwrap();
        assert_eq!(found.person, Person { name: name.clone(), ..guest.clone() });
    }
}

pub async fn a_name_that_was_given_up_is_free_again(members: impl Members) {
    let [first, second] = [fresh_guest(&members).await, fresh_guest(&members).await];
    members.rename(&first.id, &unique_name()).await.unwrap();
    assert_eq!(members.by_name(&first.name).await.unwrap(), None);

    members.rename(&second.id, &first.name).await.unwrap();
    let next = Person { name: second.name, ..unique_guest() };
    members.create(&next, None, NOW).await.unwrap();

    let found = members.by_name(&first.name).await.unwrap().unwrap();
    assert_eq!(found.person.id, second.id);
}

pub async fn nobody_takes_the_name_of_another(members: impl Members) {
    let (guest, other) = (fresh_guest(&members).await, fresh_account(&members).await);
    let loud = MemberName::parse(&other.person.name.as_str().to_uppercase()).unwrap();

    for name in [&other.person.name, &loud] {
        let refused = members.rename(&guest.id, name).await;
        assert!(matches!(refused, Err(MembersError::NameTaken)), "{refused:?}");
    }
    assert_eq!(members.by_name(&guest.name).await.unwrap().unwrap().person, guest);
    assert_eq!(members.by_name(&other.person.name).await.unwrap(), Some(other));
}

pub async fn who_is_not_there_has_no_other_name(members: impl Members) {
    let name = unique_name();

    let refused = members.rename(&unique_member(), &name).await;

    assert!(matches!(refused, Err(MembersError::NoSuchMember)), "{refused:?}");
    assert_eq!(members.by_name(&name).await.unwrap(), None);
}

pub async fn of_fifty_who_take_a_name_at_once_one_gets_it(members: impl Members) {
    let wanted = unique_name();
    let guests = join_all((0..50).map(|_| fresh_guest(&members))).await;

    let results = join_all(guests.iter().map(|guest| members.rename(&guest.id, &wanted))).await;

    let has_it = members.by_name(&wanted).await.unwrap().unwrap().person;
    for (guest, result) in guests.iter().zip(results) {
        let now = members.by_id(&guest.id).await.unwrap().unwrap().person;
        match result {
            Ok(()) => assert_eq!(now, has_it),
            Err(MembersError::NameTaken) => assert_eq!(now, *guest),
            Err(other) => panic!("{other}"),
        }
    }
    assert!(guests.iter().any(|guest| guest.id == has_it.id));
}

pub async fn new_credentials_replace_the_old(members: impl Members) {
    let account = fresh_account(&members).await;
    let (old, new) = (account.credentials.clone().unwrap(), unique_credentials());

    members.set_credentials(&account.person.id, &old, &new).await.unwrap();

    let expected = Account { credentials: Some(new), ..account.clone() };
    assert_eq!(members.by_name(&account.person.name).await.unwrap(), Some(expected));
}

pub async fn a_recovery_code_is_used_once(members: impl Members) {
    let account = fresh_account(&members).await;
    let old = account.credentials.unwrap();
    let wanted: Vec<Credentials> = (0..10).map(|_| unique_credentials()).collect();

    let racing = wanted.iter().map(|new| members.set_credentials(&account.person.id, &old, new));
    let results = join_all(racing).await;
    let late = members.set_credentials(&account.person.id, &old, &unique_credentials()).await;

    let won: Vec<&Credentials> =
        wanted.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(new, _)| new).collect();
    assert_eq!(won.len(), 1);
    assert!(matches!(late, Err(MembersError::Changed)), "{late:?}");
    // Whose answer got lost asks again.
    members.set_credentials(&account.person.id, &old, won[0]).await.unwrap();
    let now = members.by_id(&account.person.id).await.unwrap().unwrap().credentials;
    assert_eq!(now.as_ref(), won.first().copied());
}

pub async fn what_was_proved_by_an_old_password_comes_after_no_new_one(members: impl Members) {
    let account = fresh_account(&members).await;
    let old = account.credentials.unwrap();
    let change = || Credentials { recovery: old.recovery.clone(), ..unique_credentials() };
    let (new, late) = (change(), change());

    members.set_credentials(&account.person.id, &old, &new).await.unwrap();
    let refused = members.set_credentials(&account.person.id, &old, &late).await;

    assert!(matches!(refused, Err(MembersError::Changed)), "{refused:?}");
    assert_eq!(members.by_id(&account.person.id).await.unwrap().unwrap().credentials, Some(new));
}

pub async fn only_accounts_have_credentials_to_replace(members: impl Members) {
    let guest = fresh_guest(&members).await;
    let credentials = unique_credentials();

    let of_guest = members.set_credentials(&guest.id, &credentials, &credentials).await;
    let of_nobody = members.set_credentials(&unique_member(), &credentials, &credentials).await;

    assert!(matches!(of_guest, Err(MembersError::Changed)), "{of_guest:?}");
    assert!(matches!(of_nobody, Err(MembersError::NoSuchMember)), "{of_nobody:?}");
    assert!(members.by_id(&guest.id).await.unwrap().unwrap().person.guest);
}

async fn fresh_guest(members: &impl Members) -> Person {
    let guest = unique_guest();
    members.create(&guest, None, NOW).await.unwrap();
    guest
}

async fn fresh_account(members: &impl Members) -> Account {
    let (person, credentials) = (unique_account(), unique_credentials());
    members.create(&person, Some(&credentials), NOW).await.unwrap();
    Account { person, created: NOW, credentials: Some(credentials) }
}

/// Not real hashes: a store does not look into them.
pub(super) fn unique_credentials() -> Credentials {
    Credentials {
        password: PasswordHash::from_stored(format!("password {:x}", unique())),
        recovery: CodeHash::from_stored(format!("recovery {:x}", unique())),
    }
}
