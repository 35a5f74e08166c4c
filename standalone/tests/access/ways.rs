//! The ways in: everything by which somebody could come to read or do something in a room.

use bench::{crowd::Member, peer::Peer};
use http::StatusCode;
use protocol::{
    Anchor, ClientMessage, Hits, MessageText, Nonce, RequestId, RoomInfo, Sequence, ServerMessage,
};
use rand::{RngExt as _, rngs::StdRng};

use crate::world::{World, path};

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The room's page, as the server renders it.
    Page,
    /// `/api/history`.
    History,
    /// `/api/rooms`: the list of rooms.
    List,
    /// The page of the room's settings.
    Settings,
    /// `/api/search`.
    Search,
    /// A form that only admins may send.
    Administer,
    /// `page` on a socket.
    SocketPage,
    /// `open` on a socket: history, presence, typing and what comes.
    SocketOpen,
    /// `browse` on a socket.
    SocketList,
    /// `read` on a socket.
    Cursor,
    /// `send` on a socket.
    Send,
    /// `edit` on a socket, of a message that is their own.
    Edit,
}

/// All of them. Pages take long to render, so there are more of the others.
pub(crate) const ALL: [Way; 12] = [
    Way::Page,
    Way::History,
    Way::List,
    Way::Settings,
    Way::Search,
    Way::Administer,
    Way::SocketPage,
    Way::SocketOpen,
    Way::SocketList,
    Way::Cursor,
    Way::Send,
    Way::Edit,
];

impl Way {
    pub(crate) fn is_by_socket(self) -> bool {
        !matches!(
            self,
            Self::Page | Self::History | Self::List | Self::Settings | Self::Search | Self::Administer
        )
    }
}

/// Tries a way that needs no connection. Whether it is open, and all that was to be read.
pub(crate) async fn by_http(
    world: &World,
    member: Option<&Member>,
    room: &RoomInfo,
    way: Way,
) -> (bool, String) {
    let session = member.map(|member| &member.token);
    match way {
        Way::Page => by_status(world.get(session, &path("/r/", &room.id, "")).await),
        Way::History => by_status(world.get(session, &path("/api/history?room=", &room.id, "")).await),
        Way::Settings => by_status(world.get(session, &path("/room/", &room.id, "")).await),
        Way::List => {
            let after = just_before(room);
            let (_, listed) = world.get(session, &format!("/api/rooms?after={after}")).await;
            (listed.contains(&format!("\"{}\"", room.id)), listed)
        }
        Way::Search => {
            let (_, body) = world.get(session, &path("/api/search?q=in:", &room.id, "")).await;
            let is_found = serde_json::from_str(&body).is_ok_and(|hits: Hits| !hits.hits.is_empty());
            (is_found, body)
        }
        Way::Administer => {
            let (name, topic) = (room.name.as_str().replace(' ', "+"), "now");
            let form = format!("name={name}&topic={topic}");
            let (status, body) = world.post(session, &path("/room/", &room.id, "/describe"), &form).await;
            (status.is_redirection(), body)
        }
        _ => unreachable!("a way by socket"),
    }
}

/// An address before a room's, with few others in between: lists are long.
fn just_before(room: &RoomInfo) -> &str {
    let address = room.id.as_str();
    &address[..address.len() - 1]
}

fn by_status((status, body): (StatusCode, String)) -> (bool, String) {
    (status == StatusCode::OK, body)
}

/// Tries a way by socket. Whether it is open, and all that came meanwhile.
pub(crate) async fn by_socket(
    peer: &mut Peer,
    room: &RoomInfo,
    way: Way,
    own: Option<Sequence>,
    random: &mut StdRng,
) -> (bool, Vec<ServerMessage>) {
    let (request, id) = (RequestId(random.random()), room.id.clone());
    let nonce = Nonce::parse(&format!("n{:x}", random.random::<u64>())).unwrap();
    let text = MessageText::parse(&format!("said {nonce}")).unwrap();
    let message = match way {
        Way::SocketPage => ClientMessage::Page { request, room: id, anchor: Anchor::End, limit: 50 },
        Way::SocketOpen => ClientMessage::Open { request, room: id, have: None },
        Way::SocketList => {
            let after = protocol::RoomId::parse(just_before(room)).ok();
            ClientMessage::Browse { request, after }
        }
        Way::Cursor => ClientMessage::Read { room: id, upto: Sequence(1) },
        Way::Send => ClientMessage::Send { room: id, nonce: nonce.clone(), since: Sequence::ZERO, text },
        Way::Edit => {
            let sequence = own.unwrap_or(Sequence(1));
            ClientMessage::Edit {
                request,
                room: id,
                sequence,
                seen: Sequence::ZERO,
                nonce: nonce.clone(),
                text,
            }
        }
        _ => unreachable!("a way without a socket"),
    };
    peer.say(&message).await.unwrap();
    let mut came = Vec::new();
    loop {
        let heard = peer.hear().await.unwrap();
        let answer = match &heard {
            ServerMessage::Page { request: it, .. }
            | ServerMessage::Opened { request: it, .. }
            | ServerMessage::Revised { request: it, .. } => (*it == request).then_some(true),
            ServerMessage::Rooms { request: it, listed, .. } if *it == request => {
                Some(listed.iter().any(|listed| listed.id == room.id))
            }
            ServerMessage::Read { room: it, .. } if way == Way::Cursor => (*it == room.id).then_some(true),
            ServerMessage::Sent { nonce: it, .. } => (*it == nonce).then_some(true),
            ServerMessage::NotSent { nonce: it, .. } => (*it == nonce).then_some(false),
            // Which of two editions stands is not asked here: either way the door was open.
            ServerMessage::Refused { refusal: protocol::Refusal::Overtaken { .. }, .. }
                if way == Way::Edit =>
            {
                Some(true)
            }
            ServerMessage::Refused { request: it, .. } if way == Way::Cursor => it.is_none().then_some(false),
            ServerMessage::Refused { request: it, .. } => (*it == Some(request)).then_some(false),
            _ => None,
        };
        came.push(heard);
        if let Some(is_open) = answer {
            return (is_open, came);
        }
    }
}
