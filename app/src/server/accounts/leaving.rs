//! Going for good.

use std::sync::Arc;

use axum::{
    extract::{Form, State},
    response::Response,
};
use http::request::Parts;

use chat::ports::{Account, Channel, Erasures as _, ErasuresError, Event};
use protocol::{Ending, MemberName, Refusal};

use super::{
    super::{Site, identity::now, news::publish, refusals::unavailable},
    forms::DeleteForm,
    landing::{Landing, Page, answer},
    prove, signed_in,
};

/// Deletes who asks for it: by their name, so that nobody does it unawares, and by their password if they have one.
pub(in crate::server) async fn delete(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<DeleteForm>,
) -> Response {
    let done = async {
        let (_, Account { person, credentials, .. }) = signed_in(&site, &parts).await?;
        let is_sure = MemberName::parse(&form.confirm).is_ok_and(|it| it.key() == person.name.key());
        if !is_sure {
            return Err(Refusal::NotConfirmed { expected: person.name.to_string() });
        }
        if let Some(credentials) = &credentials {
            prove(&site, &parts, &person.id, credentials, &form.password).await?;
        }
        let deleted = site.backend.erasures.delete_member(&person.id, form.legacy.into(), now()).await;
        let rooms = deleted.map_err(|error| match error {
            ErasuresError::LastAdmin { room } => Refusal::LastAdmin { room },
            ErasuresError::NoSuchMember | ErasuresError::NoSuchRoom => Refusal::NotSignedIn,
            ErasuresError::Unavailable(error) => unavailable(error),
        })?;
        // First out of the rooms, then away: who looks on sees them leave.
        let left = |room| Event::Left { member: person.id.clone(), room, why: Ending::Left, change: None };
        let gone = Event::MemberDeleted { member: person.id.clone() };
        let news = rooms.into_iter().map(left).chain([gone]).map(|event| (Channel::Members, event));
        publish(&site, news.collect()).await;
        Ok(Landing::signed_out(form.legacy.said_at()))
    };
    answer(&site, &parts, Page::Delete, &[("legacy", form.legacy.name())], done.await)
}
