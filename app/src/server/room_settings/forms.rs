//! What the forms send.

use serde::Deserialize;

use protocol::{Field, MemberId, Refusal};

#[derive(Deserialize)]
pub(super) struct DescribeForm {
    pub(super) name: String,
    pub(super) topic: String,
}

#[derive(Deserialize)]
pub(super) struct AddForm {
    pub(super) name: String,
}

/// A member of the list, or one by name.
#[derive(Deserialize)]
pub(super) struct RemoveForm {
    pub(super) member: Option<MemberId>,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct RoleForm {
    pub(super) member: MemberId,
    pub(super) role: Wanted,
}

/// The role that a member is to have.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    Admin,
    Member,
}

/// Numbers as they were typed: what is wrong with them is said at their fields.
#[derive(Deserialize)]
pub(super) struct InviteForm {
    pub(super) days: String,
    pub(super) uses: String,
}

#[derive(Deserialize)]
pub(super) struct WithdrawForm {
    pub(super) invite: String,
}

#[derive(Deserialize)]
pub(super) struct LeaveForm {}

#[derive(Deserialize)]
pub(super) struct DeleteForm {
    pub(super) name: String,
}

/// A number from 1 to `max`.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(super) fn number(text: &str, field: Field, max: u32) -> Result<u32, Refusal> {
    let number = text.trim().parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| Refusal::Invalid { field, expected: format!("1 to {max}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_within_its_limits() {
        assert_eq!(number(" 90 ", Field::InviteDays, 90), Ok(90));
        for bad in ["", "0", "91", "-1", "1.5", "seven", "99999999999"] {
            let refused = number(bad, Field::InviteDays, 90);
            assert!(matches!(refused, Err(Refusal::Invalid { field: Field::InviteDays, .. })), "{bad}");
        }
    }
}
