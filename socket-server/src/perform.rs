//! Does what a connection has decided.

use std::{sync::Arc, time::Duration};

use chat::{
    access::{self, AccessError, Insider, Viewer},
    history,
    ports::{
        Bus as _, Channel, Draft, Event, LogError, Memberships as _, MembershipsError, RoomLog as _,
        Rooms as _, RoomsError, Start, Unavailable,
    },
};
use protocol::{
    Field, Heads, Page, Refusal, RequestId, RoomId, RoomInfo, RoomName, RoomState, Sequence, ServerMessage,
    Topic, limits,
};
use tokio::time::Instant;

use crate::{
    connection::Effect,
    hub::{BUSY_RETRY_MS, Command, Opening, Place, Revising, timestamp},
    patience::in_time,
    service::Service,
};

/// A check of rights older than this is made again.
const RIGHTS_FOR: Duration = Duration::from_secs(1);

/// The outer half of a connection: it has the store and the hub at hand.
pub(crate) struct Shell {
    service: Arc<Service>,
    place: Arc<Place>,
    rights: Vec<(Instant, Insider)>,
    /// What the welcome found out, for the opening that follows it as a rule.
    welcomed: Option<(Instant, Vec<Insider>)>,
}

impl Shell {
    pub(crate) fn new(service: Arc<Service>, place: Arc<Place>) -> Self {
        Self { service, place, rights: Vec::new(), welcomed: None }
    }

    /// Brings the member into their rooms and tells them how far each is.
    ///
    /// # Errors
    /// [`Unavailable`]: then the connection is of no use.
    pub(crate) async fn welcome(&mut self) -> Result<(), Unavailable> {
        let (backend, hub) = (&self.service.backend, &self.service.hub);
        let now = Instant::now();
        let found = access::insiders(&hub.known_rooms, &backend.memberships, &self.place.person.id);
        let insiders: Vec<Insider> = in_time("memberships of a new connection", found).await?;
        for insider in &insiders {
            hub.joined(&self.place, &insider.room().id).await;
        }
        let mut rooms = Vec::with_capacity(insiders.len());
        for insider in &insiders {
            let info = insider.room().clone();
            if let Some(heads) = self.heads(&info.id).await? {
                rooms.push(RoomState { info, heads, read: insider.membership().read });
            }
        }
        self.welcomed = Some((now, insiders));
        let welcome = ServerMessage::Welcome {
            me: self.place.person.clone(),
            rooms,
            now: timestamp(),
            build: self.service.build.clone(),
        };
        self.place.tell(&welcome);
        self.place.welcomed();
        Ok(())
    }

    /// Whether the member is in a room.
    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        self.place.is_in(room)
    }

    /// Does it.
    pub(crate) async fn perform(&mut self, effect: Effect) -> Performed {
        let (hub, place) = (Arc::clone(&self.service.hub), Arc::clone(&self.place));
        match effect {
            Effect::Open { request, room, have } => return self.open(request, room, have).await,
            Effect::Close { room } => hub.command(&room, Command::Close(place)).await,
            Effect::Page { request, room, anchor, limit } => match self.page(&room, anchor, limit).await {
                Ok(page) => place.tell(&ServerMessage::Page { request, page }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::Append { room, since, draft } => match self.insider(&room).await {
                Ok(_) => self.append(room, since, draft),
                Err(refusal) => place.tell(&ServerMessage::NotSent { room, nonce: draft.nonce, refusal }),
            },
            Effect::Revise { request, room, sequence, nonce, wanted } => match self.insider(&room).await {
                Ok(insider) => self.revise(Revising { request, insider, sequence, nonce, wanted }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::Read { room, upto } => self.read(&room, upto).await,
            Effect::ShowTyping { room } => hub.command(&room, Command::Typing(place)).await,
            Effect::Join { request, room } => match self.join(&room).await {
                Ok(state) => place.tell(&ServerMessage::Joined { request: Some(request), state }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::Leave { request, room } => match self.leave(&room).await {
                Ok(()) => place.tell(&ServerMessage::Left { request: Some(request), room }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::CreateRoom { request, name, topic } => match self.create_room(name, topic).await {
                Ok(state) => place.tell(&ServerMessage::Joined { request: Some(request), state }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::Browse { request, after } => match self.browse(after.as_ref()).await {
                Ok((listed, more)) => place.tell(&ServerMessage::Rooms { request, listed, more }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::TellHeads => place.tell(&ServerMessage::Heads { heads: hub.heads_of(&place) }),
            Effect::Refuse { request, refusal } => place.tell(&ServerMessage::Refused { request, refusal }),
            Effect::RefuseDraft { room, nonce, refusal } => {
                place.tell(&ServerMessage::NotSent { room, nonce, refusal });
            }
            Effect::Ignore => {}
        }
        Performed::Done
    }

    async fn open(&mut self, request: RequestId, room: RoomId, have: Option<Heads>) -> Performed {
        let insider = match self.insider(&room).await {
            Ok(insider) => insider,
            Err(refusal) => {
                self.place.tell(&ServerMessage::Refused { request: Some(request), refusal });
                return Performed::NotOpened(room);
            }
        };
        let opening =
            Opening { request, info: insider.room().clone(), have, read: insider.membership().read };
        // Its membership may be news to the connection: the bus loses some.
        self.service.hub.joined(&self.place, &room).await;
        self.service.hub.command(&room, Command::Open(Arc::clone(&self.place), opening)).await;
        Performed::Done
    }

    async fn page(&self, room: &RoomId, anchor: protocol::Anchor, limit: usize) -> Result<Page, Refusal> {
        let (backend, rooms) = (&self.service.backend, &self.service.hub.known_rooms);
        let viewer = Viewer::Member(self.place.person.id.clone());
        let reader = access::reader(rooms, &backend.memberships, &viewer, room, true);
        let reader = in_time("memberships before a page", reader).await.map_err(access_refusal)?;
        let page = history::page(&backend.log, &backend.members, &reader, anchor, limit);
        in_time("log while reading a page", page).await.map_err(log_refusal)
    }

    /// Hands a draft to its room. Where too many wait there, the sender hears *busy* instead of waiting too.
    fn append(&self, room: RoomId, since: Sequence, draft: Draft) {
        let nonce = draft.nonce.clone();
        let command = Command::Append(Arc::clone(&self.place), since, draft);
        if !self.service.hub.try_command(&room, command) {
            let refusal = Refusal::Busy { retry_ms: BUSY_RETRY_MS };
            self.place.tell(&ServerMessage::NotSent { room, nonce, refusal });
        }
    }

    /// Hands an edit or a deletion to its room, as [`append`](Self::append) does.
    fn revise(&self, revising: Revising) {
        let (room, request) = (revising.insider.room().id.clone(), revising.request);
        let command = Command::Revise(Arc::clone(&self.place), revising);
        if !self.service.hub.try_command(&room, command) {
            let refusal = Refusal::Busy { retry_ms: BUSY_RETRY_MS };
            self.place.tell(&ServerMessage::Refused { request: Some(request), refusal });
        }
    }

    /// The right to take part in a room, looked up at most once a second.
    async fn insider(&mut self, room: &RoomId) -> Result<Insider, Refusal> {
        self.rights.retain(|(at, _)| at.elapsed() < RIGHTS_FOR);
        if let Some((_, insider)) = self.rights.iter().find(|(_, insider)| insider.room().id == *room) {
            return Ok(insider.clone());
        }
        if let Some((at, insiders)) = self.welcomed.take().filter(|(at, _)| at.elapsed() < RIGHTS_FOR)
            && let Some(insider) = insiders.into_iter().find(|insider| insider.room().id == *room)
        {
            self.keep_right(at, &insider);
            return Ok(insider);
        }
        let now = Instant::now();
        let (backend, rooms) = (&self.service.backend, &self.service.hub.known_rooms);
        let insider = access::insider(rooms, &backend.memberships, &self.place.person.id, room);
        let insider = in_time("memberships", insider).await.map_err(access_refusal)?;
        self.keep_right(now, &insider);
        Ok(insider)
    }

    /// Keeps a right for as long as it holds, with room for no other: as a rule there is one.
    fn keep_right(&mut self, at: Instant, insider: &Insider) {
        self.rights.reserve_exact(1);
        self.rights.push((at, insider.clone()));
    }

    async fn read(&self, room: &RoomId, upto: Sequence) {
        match self.move_cursor(room, upto).await {
            Ok(upto) => {
                let member = self.place.person.id.clone();
                self.publish(Event::Read { member, room: room.clone(), upto }).await;
            }
            Err(refusal) => self.place.tell(&ServerMessage::Refused { request: None, refusal }),
        }
    }

    /// Moves the read cursor as far as asked, but not past the end of the log. A client may know of messages that have
    /// not come to this node's notice: then the store is asked.
    async fn move_cursor(&self, room: &RoomId, upto: Sequence) -> Result<Sequence, Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        let known = self.service.hub.heads(room).filter(|heads| upto <= heads.messages);
        let heads = match known {
            Some(heads) => heads,
            None => match in_time("log", backend.log.heads(room)).await {
                Err(LogError::NoSuchRoom { .. }) => Heads::default(), // Told apart by nobody who is in no such room.
                heads => heads.map_err(log_refusal)?,
            },
        };
        let read = backend.memberships.read(room, member, upto.min(heads.messages));
        let read = in_time("memberships", read).await.map_err(unavailable)?;
        read.ok_or_else(|| Refusal::NotInRoom { room: room.clone() })
    }

    async fn join(&mut self, room: &RoomId) -> Result<RoomState, Refusal> {
        let missing = || Refusal::NoSuchRoom { room: room.clone() };
        let found = in_time("rooms", self.service.hub.known_rooms.find(room)).await;
        let info = found.map_err(unavailable)?.ok_or_else(missing)?;
        self.enter(info).await
    }

    async fn create_room(&mut self, name: RoomName, topic: Topic) -> Result<RoomState, Refusal> {
        let backend = &self.service.backend;
        let slug = name.slug().unwrap_or_else(|| {
            // A name in another script has no address of its own: the room's is what nobody else chooses.
            format!("room-{}", timestamp().0)
        });
        let info = RoomInfo { id: RoomId::parse(&slug)?, name, topic };
        match in_time("rooms", backend.rooms.create(&info, timestamp())).await {
            Ok(()) => self.enter(info).await,
            Err(RoomsError::Exists) => Err(Refusal::RoomExists { room: info.id }),
            Err(RoomsError::Unavailable(error)) => Err(unavailable(error)),
        }
    }

    async fn enter(&self, info: RoomInfo) -> Result<RoomState, Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        let heads = in_time("log", backend.log.heads(&info.id)).await.map_err(log_refusal)?;
        let start = Start { at: timestamp(), head: heads.messages, rooms_max: limits::ROOMS_PER_MEMBER };
        let joined = backend.memberships.join(&info.id, member, &start);
        let membership = match in_time("memberships", joined).await {
            Ok(membership) => membership,
            Err(MembershipsError::TooMany) => {
                return Err(Refusal::TooMany { field: Field::Rooms, limit: limits::ROOMS_PER_MEMBER });
            }
            Err(MembershipsError::Unavailable(error)) => return Err(unavailable(error)),
        };
        self.service.hub.joined(&self.place, &info.id).await;
        let event = Event::Joined { member: member.clone(), room: info.clone(), read: membership.read };
        self.publish(event).await;
        Ok(RoomState { info, heads, read: membership.read })
    }

    async fn leave(&mut self, room: &RoomId) -> Result<(), Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        in_time("memberships", backend.memberships.leave(room, member)).await.map_err(unavailable)?;
        self.rights.retain(|(_, insider)| insider.room().id != *room);
        self.welcomed = None;
        self.service.hub.left(&self.place, room).await;
        self.publish(Event::Left { member: member.clone(), room: room.clone() }).await;
        Ok(())
    }

    async fn browse(&self, after: Option<&RoomId>) -> Result<(Vec<RoomInfo>, bool), Refusal> {
        let n = limits::ROOMS_LISTED;
        let listed = self.service.backend.rooms.list(after, n + 1);
        let mut rooms = in_time("rooms", listed).await.map_err(unavailable)?;
        let more = rooms.len() > n;
        rooms.truncate(n);
        Ok((rooms, more))
    }

    async fn heads(&self, room: &RoomId) -> Result<Option<Heads>, Unavailable> {
        if let Some(heads) = self.service.hub.heads_once_begun(room).await {
            return Ok(Some(heads));
        }
        match in_time("log", self.service.backend.log.heads(room)).await {
            Ok(heads) => Ok(Some(heads)),
            Err(LogError::Unavailable(error)) => Err(error),
            Err(_) => Ok(None), // Deleted in between.
        }
    }

    async fn publish(&self, event: Event) {
        let published = self.service.backend.bus.publish(&Channel::Members, &event);
        if let Err(error) = in_time::<_, Unavailable>("bus", published).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not tell a member's other connections");
        }
    }
}

/// What the connection must know of what was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Performed {
    /// Nothing.
    Done,
    /// The room is not shown after all.
    NotOpened(RoomId),
}

fn access_refusal(error: AccessError) -> Refusal {
    match error {
        AccessError::Refused(refusal) => refusal,
        AccessError::Unavailable(error) => unavailable(error),
    }
}

fn log_refusal(error: LogError) -> Refusal {
    match error {
        LogError::NoSuchRoom { room } => Refusal::NoSuchRoom { room },
        LogError::NoSuchMessage { .. } | LogError::Overtaken { .. } | LogError::Revised { .. } => {
            Refusal::Unavailable
        }
        LogError::Unavailable(error) => unavailable(error),
    }
}

fn unavailable(error: Unavailable) -> Refusal {
    tracing::error!(error = &error as &dyn std::error::Error, "The store did not answer a connection");
    Refusal::Unavailable
}
