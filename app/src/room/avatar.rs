//! Who somebody is, at a glance: initials on a colour of their own, made here and fetched from nowhere.

use leptos::prelude::*;

/// How many colours the style has.
const COLOURS: u32 = 12;

/// Initials on a colour. The name stands beside it, so that it says nothing to a screen reader.
#[component]
pub(crate) fn Avatar(
    /// Whose: gives the colour.
    id: String,
    /// What they are called.
    name: String,
) -> impl IntoView {
    let class = format!("avatar avatar--{}", colour(&id));
    view! { <span class=class aria-hidden="true">{initials(&name)}</span> }
}

/// The same colour for the same member, everywhere.
fn colour(id: &str) -> u32 {
    let sum = id.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    sum % COLOURS
}

/// The first letters of the first two words. The style makes them capitals.
fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|it| it.is_alphanumeric()));
    letters.take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_two_words() {
        assert_eq!(initials("Ada Lovelace King"), "AL");
        assert_eq!(initials("ben"), "b");
        assert_eq!(initials("(éva) zoë"), "éz");
        assert_eq!(initials("🦊"), "");
    }

    #[test]
    fn a_member_keeps_a_colour() {
        assert_eq!(colour("abc"), colour("abc"));
        assert!(colour("xyz") < COLOURS);
    }
}
