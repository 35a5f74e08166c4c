//! Names for guests.

use protocol::MemberName;

const QUALITIES: [&str; 32] = [
    "Amber", "Brave", "Bright", "Calm", "Candid", "Cheerful", "Clever", "Cosy", "Curious", "Daring",
    "Gentle", "Glad", "Golden", "Happy", "Honest", "Jolly", "Keen", "Kind", "Lively", "Lucky", "Mellow",
    "Merry", "Nimble", "Patient", "Polite", "Quiet", "Ready", "Silver", "Steady", "Sunny", "Tidy", "Witty",
];
const ANIMALS: [&str; 32] = [
    "Badger", "Beaver", "Bison", "Crane", "Dolphin", "Falcon", "Ferret", "Finch", "Fox", "Gecko", "Heron",
    "Ibis", "Jackdaw", "Kestrel", "Lark", "Lynx", "Marten", "Mole", "Newt", "Otter", "Owl", "Puffin",
    "Quail", "Raven", "Robin", "Seal", "Stoat", "Swift", "Tern", "Vole", "Wombat", "Wren",
];

/// A name from random bytes: `Calm Otter 417`.
pub(super) fn name(random: [u8; 4]) -> MemberName {
    let quality = QUALITIES[usize::from(random[0]) % QUALITIES.len()];
    let animal = ANIMALS[usize::from(random[1]) % ANIMALS.len()];
    let number = 100 + u16::from_le_bytes([random[2], random[3]]) % 900;
    MemberName::parse(&format!("{quality} {animal} {number}")).expect("two words and a number are a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_make_a_name() {
        assert_eq!(name([0; 4]).as_str(), "Amber Badger 100");
        assert_eq!(name([255; 4]).as_str(), "Witty Wren 835");
    }
}
