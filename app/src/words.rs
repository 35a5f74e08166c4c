//! What members read when something was not done: what happened, what stays safe, what to do.

use protocol::{Action, Ending, Field, Refusal, limits};

/// A refusal in plain words.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::BadFrame { .. } | Refusal::SinceAhead => {
            "This page and the server don't understand each other. Reload the page; what you wrote is kept."
                .to_owned()
        }
        Refusal::TooShort { field: Field::Text, .. } => {
            "There is nothing in it yet. Write something first.".to_owned()
        }
        Refusal::TooShort { field, limit } => {
            format!("{} needs at least {limit} {}.", the(*field), plural(*limit, "character"))
        }
        Refusal::TooLong { field, limit } => {
            format!("{} is too long. At most {limit} {} fit.", the(*field), plural(*limit, "character"))
        }
        Refusal::Invalid { field: Field::RecoveryCode, .. } => {
            "That doesn't look like a recovery code. It has 20 letters and digits, in groups of four."
                .to_owned()
        }
        Refusal::Invalid { field: Field::Room, .. } => "There is no room at this address.".to_owned(),
        Refusal::Invalid { field: field @ Field::InviteDays, .. } => {
            format!("{} is from 1 to {}.", the(*field), limits::INVITE_DAYS_MAX)
        }
        Refusal::Invalid { field: field @ Field::InviteUses, .. } => {
            format!("{} is from 1 to {}.", the(*field), limits::INVITE_USES_MAX)
        }
        Refusal::Invalid { field, .. } => {
            format!("{} has characters in it that can't be seen. Type it anew without them.", the(*field))
        }
        Refusal::TooFast { action, retry_ms } => {
            format!("That was {} too quickly. Wait {} and try again.", doing(*action), wait(*retry_ms))
        }
        Refusal::NoSuchRoom { .. } => {
            "There is no such room. It may have been closed, or the address is mistyped.".to_owned()
        }
        Refusal::NotInRoom { .. } => "You're not in this room. Join it first; your text is kept.".to_owned(),
        Refusal::RoomNotOpen { .. } => {
            "This room isn't open here. Reload the page; your text is kept.".to_owned()
        }
        Refusal::NoSuchMessage { .. } => "That message isn't there any longer.".to_owned(),
        Refusal::NotYours { .. } => "Only who wrote a message can change it.".to_owned(),
        Refusal::NotAdmin { .. } => "Only an admin of this room can do that.".to_owned(),
        Refusal::LastAdmin { room } => format!(
            "You're the only admin of /r/{room}. Make somebody else an admin first, or delete the room."
        ),
        Refusal::Overtaken { .. } => {
            "It was edited elsewhere meanwhile. Your text is still here: save again to have it instead."
                .to_owned()
        }
        Refusal::RoomExists { room } => {
            format!(
                "There is a room at /r/{room} already, or there was. Join that one, or choose another name."
            )
        }
        Refusal::TooMany { field: Field::Rooms, limit } => {
            format!("You're in {limit} rooms, which is the most. Leave one to join another.")
        }
        Refusal::TooMany { field: Field::Invites, limit } => {
            format!("The room has {limit} invitations, which is the most. Withdraw one to make another.")
        }
        Refusal::TooMany { limit, .. } => format!("That's the most there can be: {limit}."),
        Refusal::Stale { .. } => {
            "Your text has waited a long time. It goes out once the room has caught up.".to_owned()
        }
        Refusal::NoSuchMember => "Nobody here has that name. Check how they write it.".to_owned(),
        Refusal::NoSuchInvite => {
            "This invitation doesn't hold. It was withdrawn, or the link is not whole. Ask for another."
                .to_owned()
        }
        Refusal::InviteExpired => "This invitation has run out. Ask for another.".to_owned(),
        Refusal::InviteUsedUp => {
            "As many as it was meant for have come by this invitation. Ask for another.".to_owned()
        }
        Refusal::NotConfirmed { expected } => format!("Nothing was done. To do it, type: {expected}"),
        Refusal::Banned => {
            "You were shut out from here. Only those who run this place can let you in again.".to_owned()
        }
        Refusal::NameTaken => "Somebody has that name already. Choose another.".to_owned(),
        Refusal::WrongCredentials => {
            "Name and password don't go together. Check both and try again.".to_owned()
        }
        Refusal::WrongRecovery => {
            "Name and recovery code don't go together, or the code was used before. Check both and try again."
                .to_owned()
        }
        Refusal::NotSignedIn => "You're not signed in. Sign in and try again.".to_owned(),
        Refusal::NotAGuest => "You have an account already.".to_owned(),
        Refusal::SwitchedOff { action } => format!("{} is switched off here.", sentence(doing_noun(*action))),
        Refusal::Busy { retry_ms } => {
            format!(
                "The server has its hands full. Wait {} and try again; nothing was lost.",
                wait(*retry_ms)
            )
        }
        Refusal::Unavailable => {
            "Hubbub doesn't answer just now. Nothing was lost; try again in a moment.".to_owned()
        }
    }
}

/// Why somebody is in a room no longer.
pub(crate) fn ending(why: Ending) -> &'static str {
    match why {
        Ending::Left => "You're not in this room any longer.",
        Ending::Removed => "You were removed from this room.",
        Ending::Deleted => "This room was deleted.",
    }
}

/// Which field of a form a refusal belongs to.
#[cfg(feature = "ssr")]
pub(crate) fn field_of(refusal: &Refusal) -> Option<Field> {
    match refusal {
        Refusal::TooShort { field, .. }
        | Refusal::TooLong { field, .. }
        | Refusal::Invalid { field, .. }
        | Refusal::TooMany { field, .. } => Some(*field),
        Refusal::NameTaken | Refusal::NoSuchMember => Some(Field::Name),
        Refusal::NotConfirmed { .. } | Refusal::RoomExists { .. } => Some(Field::RoomName),
        Refusal::WrongCredentials => Some(Field::Password),
        Refusal::WrongRecovery => Some(Field::RecoveryCode),
        _ => None,
    }
}

fn the(field: Field) -> &'static str {
    match field {
        Field::Frame => "The request",
        Field::Text => "The message",
        Field::Name => "The name",
        Field::Password => "The password",
        Field::RecoveryCode => "The recovery code",
        Field::Room => "The address",
        Field::RoomName => "The room's name",
        Field::Topic => "The topic",
        Field::Member => "The member",
        Field::Nonce => "The draft's name",
        Field::Limit => "The page",
        Field::Rooms => "The list of rooms",
        Field::OpenRooms => "The list of open rooms",
        Field::Invites => "The list of invitations",
        Field::InviteUses => "The number of people",
        Field::InviteDays => "The number of days",
        Field::Order => "The order",
        Field::Offset => "The clock",
        Field::Cursor => "The place in the hits",
    }
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Send => "sent",
        Action::Join => "joined",
        Action::CreateRoom => "made",
        Action::Typing => "typed",
        Action::Request => "asked",
        Action::SignUp | Action::SignIn | Action::Guest | Action::Reset => "tried",
        Action::Connect => "connected",
        Action::Administer => "done",
        Action::Search => "searched",
    }
}

fn doing_noun(action: Action) -> &'static str {
    match action {
        Action::SignUp => "sign-up",
        Action::SignIn => "sign-in",
        Action::Guest => "coming as a guest",
        _ => "that",
    }
}

fn sentence(text: &str) -> String {
    let mut sentence = text.to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

/// A wait in words, rounded up: nobody should try too early because of us.
fn wait(ms: u64) -> String {
    match ms.div_ceil(1000) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { noun.to_owned() } else { format!("{noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let check = |it: Refusal, expected: &str| assert_eq!(refusal(&it), expected);

        check(
            Refusal::TooShort { field: Field::Password, limit: 8 },
            "The password needs at least 8 characters.",
        );
        check(
            Refusal::TooFast { action: Action::Send, retry_ms: 1500 },
            "That was sent too quickly. Wait 2 seconds and try again.",
        );
        check(Refusal::SwitchedOff { action: Action::SignUp }, "Sign-up is switched off here.");
    }

    #[test]
    fn a_wait_is_never_too_short() {
        assert_eq!(wait(1), "a second");
        assert_eq!(wait(1001), "2 seconds");
        assert_eq!(wait(120_001), "3 minutes");
    }
}
