//! What is asked of CloudFormation, by how a stack is.

use super::*;

#[test]
fn how_a_stack_is_says_what_is_to_be_done() {
    check(None, Way::Create);
    for (status, way) in [
        ("CREATE_COMPLETE", Way::Update),
        ("UPDATE_ROLLBACK_COMPLETE", Way::Update),
        ("IMPORT_COMPLETE", Way::Update),
        ("ROLLBACK_COMPLETE", Way::CreateAnew),
        ("REVIEW_IN_PROGRESS", Way::CreateAnew),
        ("DELETE_FAILED", Way::CreateAnew),
        ("IMPORT_ROLLBACK_COMPLETE", Way::CreateAnew),
        ("DELETE_IN_PROGRESS", Way::Wait),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Way::Wait),
        ("UPDATE_ROLLBACK_FAILED", Way::GoOnBack),
    ] {
        check(Some(status), way);
    }
}

#[test]
fn a_request_says_what_is_to_be_taken_up() {
    let parameters = [("Prefix".to_owned(), "chat".to_owned())].into();
    let (prefix, home) = ("chat", "eu-west-1");
    let wanted = Wanted { name: "chat-tables", template: "{}", parameters: &parameters, prefix, home };

    let of_kind = |kind, more| request(&wanted, kind, "xtask", more);
    let (taken_up, changed) =
        (of_kind(IMPORT, json!({ "ResourcesToImport": [1] })), of_kind("UPDATE", json!({})));

    assert_eq!(taken_up["ChangeSetType"], "IMPORT");
    assert_eq!(taken_up["ResourcesToImport"], json!([1]));
    assert_eq!(taken_up["Parameters"], json!([{ "ParameterKey": "Prefix", "ParameterValue": "chat" }]));
    assert!(taken_up.get("Tags").is_none(), "with tags nothing is taken up");
    let marks = [("hubbub", "chat"), ("hubbub-region", "eu-west-1")];
    assert_eq!(changed["Tags"], json!(marks.map(|(key, value)| json!({ "Key": key, "Value": value }))));
}

#[test]
fn nothing_to_do_is_no_failure() {
    assert!(is_nothing(
        "The submitted information didn't contain changes. Submit different information to create."
    ));
    assert!(is_nothing("No updates are to be performed."));
    assert!(!is_nothing("Transform failed"));
}

#[track_caller]
fn check(status: Option<&str>, expected: Way) {
    let stack = status.map(|it| Stack { status: it.to_owned(), ..Stack::default() });
    assert_eq!(Way::of(stack.as_ref()), expected, "{status:?}");
}
