//! Tables on DynamoDB Local.

use backend_aws::{
    Dynamo, DynamoConfig, DynamoErasures, DynamoInvites, DynamoLog, DynamoMembers, DynamoMemberships,
    DynamoRecords, DynamoRooms, DynamoSessions,
};
use chat::contract::Stores;
use tokio::sync::OnceCell;

/// All stores of one set of tables.
pub(crate) struct Tables {
    pub(crate) prefix: String,
    pub(crate) dynamo: Dynamo,
    pub(crate) log: DynamoLog,
    pub(crate) rooms: DynamoRooms,
    pub(crate) members: DynamoMembers,
    pub(crate) sessions: DynamoSessions,
    pub(crate) memberships: DynamoMemberships,
    pub(crate) invites: DynamoInvites,
    pub(crate) records: DynamoRecords,
    pub(crate) erasures: DynamoErasures,
}

/// Tables that no other test has.
pub(crate) async fn fresh_tables() -> Tables {
    let tables = tables(fresh_prefix()).await;
    tables.dynamo.create_tables().await.expect("DynamoDB Local makes tables");
    tables
}

/// Tables that other tests of this process have too.
pub(crate) async fn shared_tables() -> Tables {
    static PREFIX: OnceCell<String> = OnceCell::const_new();
    let prefix = PREFIX.get_or_init(|| async {
        let prefix = fresh_prefix();
        tables(prefix.clone()).await.dynamo.create_tables().await.expect("DynamoDB Local makes tables");
        prefix
    });
    tables(prefix.await.clone()).await
}

async fn tables(prefix: String) -> Tables {
    tables_at(prefix, endpoint()).await
}

/// Tables that another way leads to.
pub(crate) async fn tables_at(prefix: String, endpoint: String) -> Tables {
    let config = DynamoConfig { prefix: prefix.clone(), endpoint: Some(endpoint) };
    let dynamo = Dynamo::connect(&config).await;
    Tables {
        prefix,
        log: DynamoLog::new(&dynamo),
        rooms: DynamoRooms::new(&dynamo),
        members: DynamoMembers::new(&dynamo),
        sessions: DynamoSessions::new(&dynamo),
        memberships: DynamoMemberships::new(&dynamo),
        invites: DynamoInvites::new(&dynamo),
        records: DynamoRecords::new(&dynamo),
        erasures: DynamoErasures::new(&dynamo),
        dynamo,
    }
}

pub(crate) fn endpoint() -> String {
    engines::told("HUBBUB_TEST_DYNAMODB")
}

fn fresh_prefix() -> String {
    format!("test-{}-", engines::fresh())
}

impl Stores for Tables {
    type Log = DynamoLog;
    type Rooms = DynamoRooms;
    type Members = DynamoMembers;
    type Sessions = DynamoSessions;
    type Memberships = DynamoMemberships;
    type Invites = DynamoInvites;
    type Records = DynamoRecords;
    type Erasures = DynamoErasures;

    fn log(&self) -> &DynamoLog {
        &self.log
    }

    fn rooms(&self) -> &DynamoRooms {
        &self.rooms
    }

    fn members(&self) -> &DynamoMembers {
        &self.members
    }

    fn sessions(&self) -> &DynamoSessions {
        &self.sessions
    }

    fn memberships(&self) -> &DynamoMemberships {
        &self.memberships
    }

    fn invites(&self) -> &DynamoInvites {
        &self.invites
    }

    fn records(&self) -> &DynamoRecords {
        &self.records
    }

    fn erasures(&self) -> &DynamoErasures {
        &self.erasures
    }
}
