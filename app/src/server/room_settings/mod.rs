//! Looking after a room, and leaving it: plain forms, as those of accounts. Each asks for access first, so that whoever is
//! outside of a private room hears of all of them what they hear of a room that is not there.

mod forms;
mod landing;
mod loading;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Form, Path, State},
    response::Response,
    routing::post,
};
use http::request::Parts;

use chat::{
    access::{self, Insider},
    invite::{InviteKey, InviteToken},
    ports::{Deed, Invites as _, Members as _, Memberships as _, Role},
    rooms,
};
use protocol::{Action, Field, MemberId, MemberName, Refusal, RoomId, RoomName, Topic, limits};

use self::{
    forms::{
        AddForm, DeleteForm, DescribeForm, InviteForm, LeaveForm, RemoveForm, RoleForm, Wanted, WithdrawForm,
        number,
    },
    landing::{Landing, answer},
};
use super::{
    Site,
    identity::{self, now, random},
    limiter::Whose,
    news::publish,
    refusals::{refusal, unavailable},
};

pub(super) use self::{landing::INVITE_COOKIE, loading::load};

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/room/{id}/describe", post(describe))
        .route("/room/{id}/add", post(add))
        .route("/room/{id}/remove", post(remove))
        .route("/room/{id}/role", post(role))
        .route("/room/{id}/invite", post(invite))
        .route("/room/{id}/withdraw", post(withdraw))
        .route("/room/{id}/leave", post(leave))
        .route("/room/{id}/delete", post(delete))
        .with_state(site)
}

async fn describe(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<DescribeForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let (name, topic) = (RoomName::parse(&form.name)?, Topic::parse(&form.topic)?);
        let described = rooms::describe(&site.backend.rooms, &admin, (name, topic), now()).await;
        publish(&site, described.map_err(refusal)?).await;
        Ok(Landing::OnPage)
    };
    let typed = [("name", form.name.as_str()), ("topic", form.topic.as_str())];
    answer(&site, (&parts, &room), ("describe", "about"), &typed, done.await)
}

async fn add(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<AddForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let member = by_name(&site, &form.name).await?;
        let backend = &site.backend;
        let stores = (&backend.members, &backend.memberships, &backend.log);
        let added = rooms::add(stores, &admin, &member, now()).await;
        publish(&site, added.map_err(refusal)?).await;
        Ok(Landing::OnPage)
    };
    answer(&site, (&parts, &room), ("add", "members"), &[("name", form.name.as_str())], done.await)
}

async fn remove(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<RemoveForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let member = match form.member {
            Some(member) => member,
            None => by_name(&site, &form.name).await?,
        };
        let memberships = &site.backend.memberships;
        memberships.find(&room, &member).await.map_err(unavailable)?.ok_or(Refusal::NoSuchMember)?;
        let deed = Deed::of(&admin.membership().member, now());
        let removed = rooms::leave(memberships, &room, &member, &deed).await;
        publish(&site, removed.map_err(refusal)?).await;
        Ok(Landing::OnPage)
    };
    answer(&site, (&parts, &room), ("remove", "members"), &[("name", form.name.as_str())], done.await)
}

async fn role(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<RoleForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let role = match form.role {
            Wanted::Admin => Role::Admin,
            Wanted::Member => Role::Member,
        };
        let deed = Deed::of(&admin.membership().member, now());
        let set = rooms::set_role(&site.backend.memberships, &room, &form.member, role, &deed).await;
        publish(&site, set.map_err(refusal)?).await;
        Ok(Landing::OnPage)
    };
    answer(&site, (&parts, &room), ("role", "members"), &[], done.await)
}

async fn invite(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<InviteForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let days = number(&form.days, Field::InviteDays, limits::INVITE_DAYS_MAX)?;
        let uses = number(&form.uses, Field::InviteUses, limits::INVITE_USES_MAX)?;
        let token = InviteToken::from_random(random());
        let invited = rooms::invite(&site.backend.invites, &admin, &token, (days, uses), now()).await;
        invited.map_err(refusal)?;
        Ok(Landing::WithInvitation(token))
    };
    let typed = [("days", form.days.as_str()), ("uses", form.uses.as_str())];
    answer(&site, (&parts, &room), ("invite", "invitations"), &typed, done.await)
}

async fn withdraw(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<WithdrawForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let deed = Deed::of(&admin.membership().member, now());
        let invite = InviteKey::from_stored(form.invite);
        site.backend.invites.withdraw(&room, &invite, &deed).await.map_err(unavailable)?;
        Ok(Landing::OnPage)
    };
    answer(&site, (&parts, &room), ("withdraw", "invitations"), &[], done.await)
}

async fn leave(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(_): Form<LeaveForm>,
) -> Response {
    let done = async {
        let me = limited(&site, &parts).await?;
        let backend = &site.backend;
        let insider = access::insider(&backend.rooms, &backend.memberships, &me, &room).await;
        insider.map_err(refusal)?;
        let left = rooms::leave(&backend.memberships, &room, &me, &Deed::of(&me, now())).await;
        publish(&site, left.map_err(refusal)?).await;
        Ok(Landing::Elsewhere)
    };
    answer(&site, (&parts, &room), ("leave", "leave"), &[], done.await)
}

async fn delete(
    State(site): State<Arc<Site>>,
    Path(room): Path<RoomId>,
    parts: Parts,
    Form(form): Form<DeleteForm>,
) -> Response {
    let done = async {
        let admin = admin(&site, &parts, &room).await?;
        let name = &admin.room().name;
        if RoomName::parse(&form.name).ok().map(|typed| typed.key()) != Some(name.key()) {
            return Err(Refusal::NotConfirmed { expected: name.to_string() });
        }
        let deed = Deed::of(&admin.membership().member, now());
        let deleted = rooms::delete(&site.backend.erasures, &room, &deed).await;
        publish(&site, deleted.map_err(refusal)?).await;
        Ok(Landing::Elsewhere)
    };
    answer(&site, (&parts, &room), ("delete", "delete"), &[("name", form.name.as_str())], done.await)
}

/// Lets an admin of the room go on.
async fn admin(site: &Site, parts: &Parts, room: &RoomId) -> Result<Insider, Refusal> {
    let me = limited(site, parts).await?;
    let backend = &site.backend;
    access::admin(&backend.rooms, &backend.memberships, &me, room).await.map_err(refusal)
}

/// Who asks, as long as that is not too often.
async fn limited(site: &Site, parts: &Parts) -> Result<MemberId, Refusal> {
    site.take(Action::Administer, Whose::Address(identity::address(site, parts))).await?;
    let session = identity::session(site, &parts.headers).await.map_err(unavailable)?;
    session.map(|(_, account)| account.person.id).ok_or(Refusal::NotSignedIn)
}

async fn by_name(site: &Site, name: &str) -> Result<MemberId, Refusal> {
    let account = site.backend.members.by_name(&MemberName::parse(name)?).await.map_err(unavailable)?;
    account.map(|account| account.person.id).ok_or(Refusal::NoSuchMember)
}
