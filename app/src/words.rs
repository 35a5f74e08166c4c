//! What members read when something was not done: what happened, what stays safe, what to do.

use protocol::{Action, Field, Refusal};

/// A refusal in plain words.
pub fn refusal(refusal: &Refusal) -> String {
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
        Refusal::Overtaken { .. } => {
            "It was edited elsewhere meanwhile. Your text is still here: save again to have it instead."
                .to_owned()
        }
        Refusal::RoomExists { room } => {
            format!("There is a room at /r/{room} already. Join that one, or choose another name.")
        }
        Refusal::TooMany { field: Field::Rooms, limit } => {
            format!("You're in {limit} rooms, which is the most. Leave one to join another.")
        }
        Refusal::TooMany { limit, .. } => format!("That's the most there can be: {limit}."),
        Refusal::Stale { .. } => {
            "Your text has waited a long time. It goes out once the room has caught up.".to_owned()
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
            "The server can't reach its storage just now. Nothing was lost; try again in a moment.".to_owned()
        }
    }
}

/// Which field of a form a refusal belongs to.
#[cfg(feature = "ssr")]
pub fn field_of(refusal: &Refusal) -> Option<Field> {
    match refusal {
        Refusal::TooShort { field, .. }
        | Refusal::TooLong { field, .. }
        | Refusal::Invalid { field, .. }
        | Refusal::TooMany { field, .. } => Some(*field),
        Refusal::NameTaken => Some(Field::Name),
        Refusal::RoomExists { .. } => Some(Field::RoomName),
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
