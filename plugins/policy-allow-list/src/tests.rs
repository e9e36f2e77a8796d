use super::AllowList;
use claviger_sdk::settings::{self, Fault};
use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext, XksOperation};

const ALICE: &str = "arn:aws:iam::111122223333:user/Alice";

fn request() -> RequestContext {
    RequestContext {
        now: 0,
        key_store: "payments".into(),
        operation: XksOperation::Encrypt,
        external_key_id: "billing-2026".into(),
        access_key_id: "CLAVIGEREXAMPLEKEYID234".into(),
        aws_principal_arn: ALICE.into(),
        kms_operation: "GenerateDataKey".into(),
        kms_request_id: "4112f4d6-db54-4af4-ae30-c55a22a8dfae".into(),
        kms_key_arn: Some("arn:aws:kms:us-east-2:111122223333:/key/1234abcd".into()),
        aws_source_vpc: Some("vpc-1234567890abcdef0".into()),
        aws_source_vpce: Some("vpce-1a2b3c4d5e6f1a2b3".into()),
        kms_via_service: Some("ebs".into()),
        unknown_fields: Vec::new(),
    }
}

/// `GetKeyMetadata` of `CreateKey`, from outside any VPC.
fn create_key() -> RequestContext {
    RequestContext {
        operation: XksOperation::GetKeyMetadata,
        kms_operation: "CreateKey".into(),
        kms_key_arn: None,
        aws_source_vpc: None,
        aws_source_vpce: None,
        kms_via_service: None,
        ..request()
    }
}

fn policy(statements: &str) -> AllowList {
    let text = format!(r#"{{"statements":[{statements}]}}"#);
    settings::read(&text, AllowList::configure).unwrap()
}

fn decide(statements: &str, request: &RequestContext) -> Decision {
    policy(statements).authorize(request)
}

fn allows(conditions: &str, request: &RequestContext) -> bool {
    let statement = format!(r#"{{"id":"s","effect":"allow",{conditions}}}"#);
    matches!(decide(&statement, request), Decision::Allow(_))
}

fn denies(conditions: &str, request: &RequestContext) -> bool {
    let statement = format!(r#"{{"id":"s","effect":"deny",{conditions}}}"#);
    matches!(decide(&statement, request), Decision::Deny(_))
}

fn faults(text: &str) -> Vec<String> {
    let faults = settings::read(text, AllowList::configure).unwrap_err();
    faults.iter().map(Fault::to_string).collect()
}

#[test]
fn xks_112_each_list_matches_its_attribute() {
    for (right, wrong) in [
        (
            r#""principals":["arn:aws:iam::*:user/A*"]"#,
            r#""principals":["arn:*:user/B*"]"#,
        ),
        (
            r#""caller_accounts":["111122223333"]"#,
            r#""caller_accounts":["444455556666"]"#,
        ),
        (
            r#""key_accounts":["111122223333"]"#,
            r#""key_accounts":["444455556666"]"#,
        ),
        (
            r#""source_vpcs":["vpc-1234567890abcdef0"]"#,
            r#""source_vpcs":["vpc-2*"]"#,
        ),
        (
            r#""source_vpc_endpoints":["vpce-1a*"]"#,
            r#""source_vpc_endpoints":["vpce-2"]"#,
        ),
        (r#""via_services":["s3","ebs"]"#, r#""via_services":["s3"]"#),
        (
            r#""kms_operations":["Generate*"]"#,
            r#""kms_operations":["Decrypt"]"#,
        ),
        (r#""keys":["billing-*"]"#, r#""keys":["billing"]"#),
    ] {
        assert!(allows(right, &request()), "{right}");
        assert!(denies(right, &request()), "{right}");
        assert!(!allows(wrong, &request()), "{wrong}");
        assert!(!denies(wrong, &request()), "{wrong}");
    }
}

#[test]
fn a_statement_applies_only_when_all_its_lists_match() {
    assert!(allows(
        r#""keys":["billing-*"],"via_services":["ebs"]"#,
        &request()
    ));
    assert!(!allows(
        r#""keys":["billing-*"],"via_services":["s3"]"#,
        &request()
    ));
}

#[test]
fn xks_113_an_allow_does_not_match_what_the_request_does_not_say() {
    for condition in [
        r#""source_vpcs":["*"]"#,
        r#""source_vpc_endpoints":["*"]"#,
        r#""via_services":["*"]"#,
    ] {
        assert!(allows(condition, &request()), "{condition}");
        assert!(!allows(condition, &create_key()), "{condition}");
        assert!(!denies(condition, &create_key()), "{condition}");
    }
}

#[test]
fn xks_113_no_match_abstains_and_leaves_it_to_the_default() {
    let statement = r#"{"id":"s","effect":"allow","keys":["other"]}"#;
    assert_eq!(decide(statement, &request()), Decision::Abstain);
}

#[test]
fn xks_115_create_key_is_allowed_without_a_kms_key_arn() {
    let conditions = r#""caller_accounts":["111122223333"],"kms_operations":["CreateKey"]"#;
    assert!(allows(conditions, &create_key()));
}

#[test]
fn flt_83_the_callers_account_and_the_keys_account_are_told_apart() {
    const OURS: &str = "111122223333";
    const THEIRS: &str = "444455556666";
    let request = |caller: &str, key: &str| RequestContext {
        aws_principal_arn: format!("arn:aws:iam::{caller}:root"),
        kms_key_arn: Some(format!("arn:aws:kms:us-east-2:{key}:key/1234abcd")),
        ..request()
    };
    let callers = format!(r#""caller_accounts":["{OURS}"]"#);
    let keys = format!(r#""key_accounts":["{OURS}"]"#);
    let both = format!("{callers},{keys}");
    for (caller, key, by_caller, by_key) in [
        (OURS, OURS, true, true),
        (THEIRS, OURS, false, true),
        (OURS, THEIRS, true, false),
        (THEIRS, THEIRS, false, false),
    ] {
        let request = request(caller, key);
        for (condition, expected) in [
            (&callers, by_caller),
            (&keys, by_key),
            (&both, by_caller && by_key),
        ] {
            assert_eq!(allows(condition, &request), expected, "{condition}");
            assert_eq!(denies(condition, &request), expected, "{condition}");
        }
    }
}

#[test]
fn flt_83_accounts_is_refused_with_the_names_of_both_conditions() {
    let text = r#"{"statements":[{"id":"s","effect":"allow","accounts":["111122223333"]}]}"#;
    assert_eq!(
        faults(text),
        [
            "statements[0].accounts: does not say whose: the caller's account or the KMS key's; \
          write `caller_accounts` for the account of `awsPrincipalArn`, \
          `key_accounts` for that of `kmsKeyArn`, or both"
        ]
    );
}

#[test]
fn flt_83_a_request_without_the_account_matches_no_list_of_it() {
    let mut by_service = request();
    by_service.aws_principal_arn = "ec2.amazonaws.com".into();
    for (condition, request) in [
        (r#""caller_accounts":["111122223333"]"#, &by_service),
        (r#""key_accounts":["111122223333"]"#, &create_key()),
    ] {
        assert!(!allows(condition, request), "{condition}");
        assert!(!denies(condition, request), "{condition}");
    }
}

#[test]
fn xks_048_a_service_is_named_as_a_principal() {
    let mut by_service = request();
    by_service.aws_principal_arn = "ec2.amazonaws.com".into();
    assert!(allows(r#""principals":["ec2.amazonaws.com"]"#, &by_service));
    assert!(allows(r#""key_accounts":["111122223333"]"#, &by_service));
}

#[test]
fn xks_120_the_first_deny_wins_over_allows_and_names_its_grounds() {
    let statements = r#"
        {"id":"all","effect":"allow","principals":["*"]},
        {"id":"no-alice","effect":"deny","principals":["x","*/Alice"],"keys":["billing-*"]},
        {"id":"later","effect":"deny","principals":["*"]}"#;
    assert_eq!(
        decide(statements, &request()),
        Decision::deny("no-alice", "principals `*/Alice`, keys `billing-*`")
    );
}

#[test]
fn the_first_allow_that_applies_is_named() {
    let statements = r#"
        {"id":"other","effect":"allow","keys":["other"]},
        {"id":"mine","effect":"allow","caller_accounts":["111122223333"]},
        {"id":"all","effect":"allow","principals":["*"]}"#;
    assert_eq!(
        decide(statements, &request()),
        Decision::allow("mine", "caller_accounts `111122223333`")
    );
}

#[test]
fn the_documented_example_is_accepted() {
    let policy = policy(
        r#"{"id":"payments-account","effect":"allow","caller_accounts":["111122223333"],
            "via_services":["ebs","s3"],
            "kms_operations":["Encrypt","Decrypt","GenerateDataKey","CreateKey"],
            "keys":["billing-*"]},
           {"id":"no-interns","effect":"deny",
            "principals":["arn:aws:iam::111122223333:role/intern-*"]}"#,
    );
    assert!(matches!(policy.authorize(&request()), Decision::Allow(_)));
}

#[test]
fn a_policy_without_statements_is_a_fault() {
    assert_eq!(
        faults("{}"),
        ["statements: missing; write at least one statement"]
    );
    assert_eq!(
        faults(r#"{"statements":[]}"#),
        [
            "statements: an empty list: the policy would never allow or deny anything; \
          write at least one statement, or remove the policy"
        ]
    );
}

#[test]
fn all_faults_are_reported_with_their_places() {
    let text = r#"{"statments":1,"statements":[
        {"id":"a","effect":"permit","keys":[]},
        {"id":"a b","effect":"allow"},
        {"effect":"deny","principals":["*",""],"caller_accounts":["1111-2222-3333","*"]},
        {"id":"a","effect":"deny","source_vpcs":["vpce-1","vpc-1","v*"],"key":["x"]},
        {"id":"b","effect":"deny","source_vpc_endpoints":["vpc-1"],"keys":["a/b"]},
        {"id":"b","effect":"allow","principals":["*"]}]}"#;
    assert_eq!(
        faults(text),
        [
            "statements[0].effect: `permit` is not a choice here; write \"allow\" or \"deny\"",
            "statements[0].keys: an empty list matches nothing; \
             name what should match, or remove the list to match everything",
            "statements[1].id: not a statement id: empty, too long, or with spaces or other characters; \
             write 1 to 128 letters, digits and signs, without spaces",
            "statements[1].principals: the statement has no condition and would match every \
             request; if that is meant, say so: principals = [\"*\"]",
            "statements[2].id: missing; name the statement: the audit record will repeat it",
            "statements[2].principals[1]: an empty string matches nothing; \
             remove it, or write \"*\" for everything",
            "statements[2].caller_accounts[0]: not the id of an AWS account; \
             write its 12 digits, in double quotes; accounts have no wildcards",
            "statements[2].caller_accounts[1]: not the id of an AWS account; \
             write its 12 digits, in double quotes; accounts have no wildcards",
            "statements[3].source_vpcs[0]: not the id of a VPC; write \"vpc-…\"",
            "statements[3].key: no such setting; did you mean `keys`?",
            "statements[4].source_vpc_endpoints[0]: not the id of a VPC endpoint; \
             write \"vpce-…\"",
            "statements[4].keys[0]: not an external key id; \
             write letters, digits, `.`, `_`, `-` and `*` for wildcards",
            "statements[5].id: another statement has this id; \
             give each statement an id of its own",
            "statments: no such setting; did you mean `statements`?",
        ]
    );
}
