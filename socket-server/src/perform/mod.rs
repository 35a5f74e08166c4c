//! Does what a connection has decided.

mod rights;

use std::{collections::BTreeSet, sync::Arc};

use chat::{
    access::{self, Insider, Viewer},
    history,
    ports::{Deed, Event, LogError, Membership, Role, RoomLog as _, Rooms as _, Unavailable},
    rooms::{self, News},
};
use protocol::{
    Anchor, Ending, Heads, Refusal, RequestId, RoomId, RoomInfo, RoomName, RoomState, Sequence,
    ServerMessage, Topic, limits,
};
use tokio::time::Instant;

pub(crate) use self::rights::RIGHTS_FOR;
use self::rights::Right;
use crate::{
    effect::Effect,
    hub::{Command, Offer, Opening, Place, Revising, timestamp},
    patience::in_time,
    refusals::{BUSY, access_refusal, log_refusal, not_in_room, unavailable},
    service::Service,
    tasks::of_node,
};

/// How often a right is looked up that ends at once: each time somebody has removed the member and brought them back.
const ENTERS_TRIED: usize = 3;

/// The outer half of a connection: it has the store and the hub at hand.
pub(crate) struct Shell {
    service: Arc<Service>,
    place: Arc<Place>,
    rights: Vec<Right>,
    /// What the welcome found out, for the opening that follows it as a rule.
    welcomed: Vec<Right>,
}

impl Shell {
    pub(crate) fn new(service: Arc<Service>, place: Arc<Place>) -> Self {
        Self { service, place, rights: Vec::new(), welcomed: Vec::new() }
    }

    /// Brings the member into their rooms and tells them how far each is. What the bus says meanwhile may be newer than
    /// what was read, and is overtaken by the welcome: then it is read again. So it is where a room was not active here
    /// before, since nobody hears of what ended in between.
    ///
    /// # Errors
    /// [`Unavailable`]: then the connection is of no use.
    pub(crate) async fn welcome(&mut self) -> Result<(), Unavailable> {
        loop {
            let (rights, n_begun) = (self.place.rights(), self.service.hub.n_begun());
            let rooms = self.come_in((rights, n_begun)).await?;
            if rooms.iter().any(|state| self.service.hub.has_begun_since(&state.info.id, n_begun)) {
                continue;
            }
            let listed: BTreeSet<RoomId> = rooms.iter().map(|state| state.info.id.clone()).collect();
            let welcome = ServerMessage::Welcome {
                me: self.place.person.clone(),
                rooms,
                now: timestamp(),
                build: self.service.build.clone(),
            };
            if self.place.welcome(&welcome, (&listed, rights)) {
                return Ok(());
            }
            for room in self.place.rooms().iter().filter(|room| !listed.contains(*room)) {
                self.service.hub.left(&self.place, room, None);
            }
        }
    }

    /// The numbers are those of before: how often the member's rights had changed, and a room had become active.
    async fn come_in(&mut self, (rights, n_begun): (u64, u64)) -> Result<Vec<RoomState>, Unavailable> {
        let (backend, hub) = (&self.service.backend, &self.service.hub);
        let at = Instant::now();
        let found = access::insiders(&hub.known_rooms, &backend.memberships, &self.place.person.id);
        let insiders: Vec<Insider> =
            in_time("memberships of a new connection", self.service.look_up(found)).await?;
        for insider in &insiders {
            hub.joined(&self.place, insider.membership()).await;
        }
        let mut rooms = Vec::with_capacity(insiders.len());
        for insider in &insiders {
            let info = insider.room().clone();
            match self.heads(&info.id).await? {
                Some(heads) => {
                    let (read, admin) = (self.cursor(insider), insider.is_admin());
                    rooms.push(RoomState { info, heads, read, admin });
                }
                None => hub.left(&self.place, &info.id, None),
            }
        }
        let right = |insider: Insider| Right { at, insider, n_begun, rights, changes: None };
        self.welcomed = insiders.into_iter().map(right).collect();
        Ok(rooms)
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
            Effect::Page { request, room, anchor, limit } => {
                if let Err(refusal) = self.page(request, &room, (anchor, limit)).await {
                    place.tell(&ServerMessage::Refused { request: Some(request), refusal });
                }
            }
            Effect::Append { room, since, draft } => match self.right(&room).await {
                Ok(Right { at, .. }) => self.append(room, Offer { draft, since, allowed_at: at }),
                Err(refusal) => place.tell(&ServerMessage::NotSent { room, nonce: draft.nonce, refusal }),
            },
            Effect::Revise { request, room, sequence, nonce, wanted } => {
                match self.right_to_revise(&room).await {
                    Ok((Right { insider, at: allowed_at, .. }, changes)) => {
                        self.revise(Revising {
                            request,
                            insider,
                            allowed_at,
                            changes,
                            sequence,
                            nonce,
                            wanted,
                        });
                    }
                    Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
                }
            }
            Effect::Read { room, upto } => {
                if let Err(refusal) = self.read(&room, upto).await {
                    place.tell(&ServerMessage::Refused { request: None, refusal });
                }
            }
            Effect::WriteCursors => hub.write_cursors_of(&place.person.id),
            Effect::ShowTyping { room } => hub.command(&room, Command::Typing(place)).await,
            effect @ (Effect::Join { .. } | Effect::Leave { .. } | Effect::CreateRoom { .. }) => {
                // To its end, should the connection end meanwhile: what is so then, others have to be told.
                let it = Self::new(Arc::clone(&self.service), place);
                let _ = tokio::spawn(of_node(async move { it.change_membership(effect).await })).await;
            }
            Effect::Browse { request, after } => match self.browse(after.as_ref()).await {
                Ok((listed, more)) => place.tell(&ServerMessage::Rooms { request, listed, more }),
                Err(refusal) => place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
            },
            Effect::TellHeads => hub.tell_heads(&place),
            Effect::Refuse { request, refusal } => place.tell(&ServerMessage::Refused { request, refusal }),
            Effect::RefuseDraft { room, nonce, refusal } => {
                place.tell(&ServerMessage::NotSent { room, nonce, refusal });
            }
            Effect::Ignore => {}
        }
        Performed::Done
    }

    /// Joins, leaves or makes a room.
    async fn change_membership(&self, effect: Effect) {
        let (request, done) = match effect {
            Effect::Join { request, room } => (request, self.join(&room).await.map(Some)),
            Effect::Leave { request, room } => (request, self.leave(request, &room).await.map(|()| None)),
            Effect::CreateRoom { request, name, topic, private } => {
                (request, self.create_room(name, topic, private).await.map(Some))
            }
            _ => return,
        };
        match done {
            Ok(Some(state)) => {
                let room = state.info.id.clone();
                let joined = ServerMessage::Joined { request: Some(request), state };
                if self.place.while_inside(&room, |it| it.tell(&joined)).is_none() {
                    self.place.tell(&not_in_room(&room, request)); // Somebody has put them out again.
                }
            }
            Ok(None) => {}
            Err(refusal) => self.place.tell(&ServerMessage::Refused { request: Some(request), refusal }),
        }
    }

    async fn open(&mut self, request: RequestId, room: RoomId, have: Option<Heads>) -> Performed {
        let Right { insider, n_begun, .. } = match self.enter(&room).await {
            Ok(right) => right,
            Err(refusal) => {
                self.place.tell(&ServerMessage::Refused { request: Some(request), refusal });
                return Performed::NotOpened(room);
            }
        };
        let (read, admin) = (self.cursor(&insider), insider.is_admin());
        let opening = Opening { request, info: insider.room().clone(), have, read, admin, n_begun };
        self.service.hub.command(&room, Command::Open(Arc::clone(&self.place), opening)).await;
        Performed::Done
    }

    /// Brings the connection into a room that its member is in: that may be news to it, since the bus loses some. Where the
    /// membership ended since it was looked up, it is looked up again.
    async fn enter(&mut self, room: &RoomId) -> Result<Right, Refusal> {
        for _ in 0..ENTERS_TRIED {
            let right = self.right(room).await?;
            if self.service.hub.joined(&self.place, right.insider.membership()).await {
                return Ok(right);
            }
        }
        Err(Refusal::NotInRoom { room: room.clone() })
    }

    /// Shows a page of a room; of a private one only to who is in it still.
    async fn page(
        &self,
        request: RequestId,
        room: &RoomId,
        (anchor, limit): (Anchor, usize),
    ) -> Result<(), Refusal> {
        let (backend, rooms) = (&self.service.backend, &self.service.hub.known_rooms);
        let rights = self.place.rights();
        let viewer = Viewer::Member(self.place.person.id.clone());
        let reader = access::reader(rooms, &backend.memberships, &viewer, room, true);
        let reader = match in_time("memberships before a page", reader).await {
            Ok(reader) => reader,
            Err(error) => return Err(self.refused(room, error).await),
        };
        let page = history::page(&backend.log, &backend.members, &reader, anchor, limit);
        let page = in_time("log while reading a page", page).await.map_err(log_refusal)?;
        let page = ServerMessage::Page { request, page };
        if !reader.room().private {
            self.place.tell(&page);
            return Ok(());
        }
        let told = self.place.unless_left((room, rights), |it| it.tell(&page));
        told.ok_or_else(|| Refusal::NoSuchRoom { room: room.clone() })
    }

    /// Hands a draft to its room. Where too many wait there, the sender hears *busy* instead of waiting too.
    fn append(&self, room: RoomId, offer: Offer) {
        let nonce = offer.draft.nonce.clone();
        let command = Command::Append(Arc::clone(&self.place), offer);
        if !self.service.hub.try_command(&room, command) {
            self.place.tell(&ServerMessage::NotSent { room, nonce, refusal: BUSY });
        }
    }

    /// Hands an edit or a deletion to its room, as [`append`](Self::append) does.
    fn revise(&self, revising: Revising) {
        let (room, request) = (revising.insider.room().id.clone(), revising.request);
        let command = Command::Revise(Arc::clone(&self.place), revising);
        if !self.service.hub.try_command(&room, command) {
            self.place.tell(&ServerMessage::Refused { request: Some(request), refusal: BUSY });
        }
    }

    /// Moves the read cursor as far as asked, but not past the end of the log. A client may know of messages that have
    /// not come to this node's notice: then the store is asked.
    async fn read(&mut self, room: &RoomId, upto: Sequence) -> Result<(), Refusal> {
        self.right(room).await?;
        let hub = &self.service.hub;
        let known = hub.heads(room).filter(|heads| upto <= heads.messages);
        let heads = match known {
            Some(heads) => heads,
            None => in_time("log", self.service.backend.log.heads(room)).await.map_err(log_refusal)?,
        };
        hub.read(&self.place.person.id, room, upto.min(heads.messages));
        Ok(())
    }

    /// How far the member has read.
    fn cursor(&self, insider: &Insider) -> Sequence {
        let Membership { room, member, read, .. } = insider.membership();
        self.service.hub.cursor(member, room, *read)
    }

    async fn join(&self, room: &RoomId) -> Result<RoomState, Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        let rooms = &self.service.hub.known_rooms;
        let joined = async {
            let reader = access::joiner(rooms, &backend.memberships, member, room).await?;
            let stores = (&backend.members, &backend.memberships, &backend.log);
            let joined = rooms::join(stores, &reader, member, timestamp()).await?;
            Ok((reader.room().clone(), joined))
        };
        let (info, (membership, heads, news)) =
            in_time("memberships while joining", joined).await.map_err(access_refusal)?;
        Ok(self.entered(info, &membership, heads, news).await)
    }

    async fn create_room(&self, name: RoomName, topic: Topic, private: bool) -> Result<RoomState, Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the system has randomness");
        let id = rooms::address(&name, private, random, timestamp());
        let info = RoomInfo { id, name, topic, private };
        let stores = (&backend.rooms, &backend.members, &backend.erasures);
        let created = rooms::create(stores, &info, member, timestamp());
        let (membership, news) =
            in_time("rooms while creating one", created).await.map_err(access_refusal)?;
        Ok(self.entered(info, &membership, Heads::default(), news).await)
    }

    /// The member is in a room now: tells this connection's part of it, and all others.
    async fn entered(
        &self,
        info: RoomInfo,
        membership: &Membership,
        heads: Heads,
        news: Vec<News>,
    ) -> RoomState {
        self.service.hub.joined(&self.place, membership).await;
        self.service.hub.publish(news).await;
        RoomState { info, heads, read: membership.read, admin: membership.role == Role::Admin }
    }

    async fn leave(&self, request: RequestId, room: &RoomId) -> Result<(), Refusal> {
        let (backend, member) = (&self.service.backend, &self.place.person.id);
        let deed = Deed::of(member, timestamp());
        let left = rooms::leave(&backend.memberships, room, member, &deed);
        let news = in_time("memberships while leaving", left).await.map_err(access_refusal)?;
        let change = news.iter().find_map(|(_, event)| match event {
            Event::Left { change, .. } => *change,
            _ => None,
        });
        // Before others hear of it: somebody may bring the member back at once.
        let told = ServerMessage::Left { request: Some(request), room: room.clone(), why: Ending::Left };
        self.service.hub.leave(&self.place, room, (change, &told)).await;
        self.service.hub.publish(news).await;
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
}

/// What the connection must know of what was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Performed {
    /// Nothing.
    Done,
    /// The room is not shown after all.
    NotOpened(RoomId),
}
