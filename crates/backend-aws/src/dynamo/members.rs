//! Accounts and guests, as items, and whose each name is.

use serde::{Deserialize, Serialize};

use chat::{
    ports::{Account, Credentials, Members, MembersError, Unavailable},
    secrets::{CodeHash, PasswordHash},
};
use protocol::{MemberId, MemberName, Person, Timestamp};

use super::{
    Dynamo, Table,
    requests::{Item, key, row, s},
    writes::{Conflict, Write, Written},
};

/// Members: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoMembers {
    dynamo: Dynamo,
}

impl DynamoMembers {
    /// The members kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Members for DynamoMembers {
    async fn create(
        &self,
        person: &Person,
        credentials: Option<&Credentials>,
        at: Timestamp,
    ) -> Result<(), MembersError> {
        let account = Account { person: person.clone(), created: at, credentials: credentials.cloned() };
        let writes = vec![
            Write::put(Table::Accounts, &AccountRow::from(&account)).when("attribute_not_exists(#key)"),
            taken(&person.name, &person.id),
        ];
        match self.dynamo.transact("members while creating one", writes).await? {
            Written::Yes => Ok(()),
            Written::No(_) => Err(MembersError::NameTaken),
        }
    }

    async fn by_name(&self, name: &MemberName) -> Result<Option<Account>, Unavailable> {
        let what = "members while looking up a name";
        let named: Option<NameRow> = self.dynamo.get(what, Table::Accounts, name_place(name)).await?;
        let Some(NameRow { member, .. }) = named else { return Ok(None) };
        let account = find(&self.dynamo, what, &member).await?;
        // They may have got another name in between.
        Ok(account.filter(|account| account.person.name.key() == name.key()))
    }

    async fn by_id(&self, id: &MemberId) -> Result<Option<Account>, Unavailable> {
        find(&self.dynamo, "members while looking up an id", id).await
    }

    async fn people(&self, ids: &[MemberId]) -> Result<Vec<Person>, Unavailable> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let places = ids.iter().map(place).collect();
        let what = "members while telling who they are";
        let rows: Vec<AccountRow> = self.dynamo.get_all(what, Table::Accounts, places).await?;
        Ok(rows.into_iter().map(|row| Account::from(row).person).collect())
    }

    async fn upgrade(
        &self,
        id: &MemberId,
        name: &MemberName,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        let what = "members while making a guest an account";
        let mut conflict = Conflict::new(what);
        loop {
            let account = find(&self.dynamo, what, id).await?.ok_or(MembersError::NoSuchMember)?;
            if account.credentials.is_some() {
                return Err(MembersError::NotAGuest);
            }
            let changed = change(&account, "SET #name = :name, #password = :password, #recovery = :recovery")
                .value(":name", s(name.as_str()))
                .value(":password", s(credentials.password.as_stored()))
                .value(":recovery", s(credentials.recovery.as_stored()));
            if self.renamed(what, &account, (name, changed)).await? {
                return Ok(());
            }
            conflict.wait().await?;
        }
    }

    async fn rename(&self, id: &MemberId, name: &MemberName) -> Result<(), MembersError> {
        let what = "members while renaming one";
        let mut conflict = Conflict::new(what);
        loop {
            let account = find(&self.dynamo, what, id).await?.ok_or(MembersError::NoSuchMember)?;
            let changed = change(&account, "SET #name = :name").value(":name", s(name.as_str()));
            if self.renamed(what, &account, (name, changed)).await? {
                return Ok(());
            }
            conflict.wait().await?;
        }
    }

    async fn set_credentials(
        &self,
        id: &MemberId,
        instead_of: &Credentials,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        let update = "SET #password = :password, #recovery = :recovery";
        let write = Write::update(Table::Accounts, place(id), update)
            .when("#password = :old_password AND #recovery = :old_recovery")
            .value(":old_password", s(instead_of.password.as_stored()))
            .value(":old_recovery", s(instead_of.recovery.as_stored()))
            .value(":password", s(credentials.password.as_stored()))
            .value(":recovery", s(credentials.recovery.as_stored()));
        let what = "members while replacing credentials";
        match self.dynamo.update(what, write).await? {
            Ok(()) => Ok(()),
            Err(None) => Err(MembersError::NoSuchMember),
            Err(Some(there)) => match Account::from(row::<AccountRow>(what, there)?).credentials {
                Some(now) if now == *credentials => Ok(()), // Its answer got lost.
                _ => Err(MembersError::Changed),
            },
        }
    }
}

impl DynamoMembers {
    /// Whether it was done; not where the account was changed meanwhile.
    async fn renamed(
        &self,
        what: &'static str,
        account: &Account,
        (name, changed): (&MemberName, Write),
    ) -> Result<bool, MembersError> {
        let Person { id, name: before, .. } = &account.person;
        let mut writes = vec![changed];
        if before.key() != name.key() {
            writes.push(taken(name, id));
            writes.push(Write::delete(Table::Accounts, name_place(before)));
        }
        match self.dynamo.transact(what, writes).await? {
            Written::Yes => Ok(true),
            Written::No(places) if places.contains(&1) => Err(MembersError::NameTaken),
            Written::No(_) => Ok(false),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct AccountRow {
    key: String,
    member: MemberId,
    name: MemberName,
    created: Timestamp,
    /// Neither for a guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovery: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct NameRow {
    key: String,
    member: MemberId,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        let Account { person, created, credentials } = account.clone();
        Self {
            key: key_of(&person.id),
            member: person.id,
            name: person.name,
            created,
            password: credentials.as_ref().map(|it| it.password.as_stored().to_owned()),
            recovery: credentials.as_ref().map(|it| it.recovery.as_stored().to_owned()),
        }
    }
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let credentials = row.password.zip(row.recovery).map(|(password, recovery)| Credentials {
            password: PasswordHash::from_stored(password),
            recovery: CodeHash::from_stored(recovery),
        });
        let person = Person { id: row.member, name: row.name, guest: credentials.is_none() };
        Self { person, created: row.created, credentials }
    }
}

/// An account or a guest.
pub(super) async fn find(
    dynamo: &Dynamo,
    what: &'static str,
    id: &MemberId,
) -> Result<Option<Account>, Unavailable> {
    let row: Option<AccountRow> = dynamo.get(what, Table::Accounts, place(id)).await?;
    Ok(row.map(AccountRow::into))
}

/// Lets go of a member and their name, if both are still so.
pub(super) fn gone(account: &Account) -> [Write; 2] {
    let Person { id, name, .. } = &account.person;
    [
        Write::delete(Table::Accounts, place(id)).when("#name = :before").value(":before", s(name.as_str())),
        Write::delete(Table::Accounts, name_place(name)),
    ]
}

/// A change of a member who is still as they were.
fn change(account: &Account, update: &str) -> Write {
    let Person { id, name, guest } = &account.person;
    let is_the_same = match guest {
        true => "#name = :before AND attribute_not_exists(#recovery)",
        false => "#name = :before AND attribute_exists(#recovery)",
    };
    Write::update(Table::Accounts, place(id), update).when(is_the_same).value(":before", s(name.as_str()))
}

/// Takes a name that nobody has.
fn taken(name: &MemberName, member: &MemberId) -> Write {
    let row = NameRow { key: format!("name:{}", name.key()), member: member.clone() };
    Write::put(Table::Accounts, &row).when("attribute_not_exists(#key)")
}

fn place(id: &MemberId) -> Item {
    key([("key", s(key_of(id)))])
}

fn name_place(name: &MemberName) -> Item {
    key([("key", s(format!("name:{}", name.key())))])
}

fn key_of(id: &MemberId) -> String {
    format!("id:{id}")
}
