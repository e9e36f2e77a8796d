//! K, V and X: files of AWS in, findings out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use claviger_doctor::catalogue::ALL;
use claviger_doctor::command::Ended;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::answers::{
    Answers, CONFIGURATIONS, KEY_STORES, LOAD_BALANCERS, PERMISSIONS, SERVICES, TARGET_GROUPS,
};
use crate::faulty;
use crate::harness::{Ran, SECRET, findings, folder, of_verdict, private_file, run};

/// Values of the key store `payments`, whose secret nothing needs here.
const REGION: [&str; 2] = ["--region", "eu-central-1"];

fn judge(answers: &Answers, more: &[&str]) -> (Ran, Vec<Value>) {
    let folder = tempdir().unwrap();
    answers.write(folder.path());
    judge_folder(folder.path(), more)
}

fn judge_folder(folder: &Path, more: &[&str]) -> (Ran, Vec<Value>) {
    let folder = folder.to_str().unwrap();
    let ran = run(
        &[&["--aws", folder, "--json"], &REGION[..], more].concat(),
        "",
    );
    let found = findings(&ran);
    (ran, found)
}

/// The checks that found something.
fn found(all: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut found = of_verdict(all, "warning");
    for (check, seen) in of_verdict(all, "failure") {
        found.entry(check).or_default().extend(seen);
    }
    found
}

#[test]
fn the_good_set_has_no_finding_and_every_check_could_tell() {
    let (ran, all) = judge(&Answers::good(), &[]);
    assert_eq!(ran.ended, Ended::Well, "{}", ran.output);
    assert_eq!(found(&all), BTreeMap::new());
    assert_eq!(of_verdict(&all, "cannot_tell"), BTreeMap::new());
    let ok: BTreeSet<_> = of_verdict(&all, "ok").into_keys().collect();
    for check in ALL
        .iter()
        .filter(|check| check.id.starts_with(['K', 'V', 'X']))
    {
        // Nothing of a proxy was given to compare with.
        assert!(
            check.id == "K02" || ok.contains(check.id),
            "{}: {ok:?}",
            check.id
        );
    }
}

#[test]
fn each_faulty_set_is_found_by_its_check_and_by_no_other() {
    for faulty in faulty::all() {
        let (ran, all) = judge(&faulty.answers, &[]);
        let mut found = found(&all);
        let name = format!("{} «{}»", faulty.check, faulty.seen);
        let seen = found
            .remove(faulty.check)
            .unwrap_or_else(|| panic!("{name}: {found:?}"));
        assert!(
            seen.iter().any(|seen| seen.contains(faulty.seen)),
            "{name}: {seen:?}"
        );
        let of_check = of_verdict(&all, faulty.verdict);
        assert!(
            of_check.contains_key(faulty.check),
            "{name}: {}",
            ran.output
        );
        let others: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(others, faulty.others, "{name}: {found:?}");
        let failed = faulty.verdict == "failure";
        let ended = if failed {
            Ended::WithFailures
        } else {
            Ended::Well
        };
        assert_eq!(ran.ended, ended, "{name}");
        for finding in all.iter().filter(|finding| finding["verdict"] == "failure") {
            assert!(finding["fix"].is_string(), "{name}: {finding}");
            assert!(
                !finding["aws_kms"].as_array().unwrap().is_empty(),
                "{name}: {finding}"
            );
        }
    }
}

#[test]
fn every_check_of_the_aws_side_has_a_faulty_set() {
    let have: BTreeSet<_> = faulty::all().iter().map(|faulty| faulty.check).collect();
    // K02 and V20 need values of the command line: they have tests of their own. K04
    // explains, and finds nothing.
    for check in ALL
        .iter()
        .filter(|check| check.id.starts_with(['K', 'V', 'X']))
    {
        let apart = ["K02", "K04", "V20"].contains(&check.id);
        assert!(apart || have.contains(check.id), "{}", check.id);
    }
}

#[test]
fn a_member_that_is_missing_is_never_ok() {
    let good = Answers::good();
    let (_, all) = judge(&good, &[]);
    let ok = |all: &[Value]| -> BTreeSet<(String, String)> {
        all.iter()
            .filter(|finding| finding["verdict"] == "ok")
            .map(|finding| (finding["check"].to_string(), finding["subject"].to_string()))
            .collect()
    };
    let before = ok(&all);
    let mut read = BTreeSet::new();
    for (file, at, name) in good.pointers() {
        let (_, all) = judge(&good.clone().remove(&file, &at, &name), &[]);
        let after = ok(&all);
        // Nothing becomes ok that was not, under whatever name the subject has now.
        let gained: Vec<_> = after.difference(&before).map(|(check, _)| check).collect();
        for check in gained {
            assert!(
                before.iter().any(|(other, _)| other == check),
                "{file}{at}/{name}: {check}"
            );
        }
        if after.len() < before.len() {
            read.insert(name);
        }
    }
    for member in [
        "ConnectionState",
        "ServiceState",
        "ServiceType",
        "NetworkLoadBalancerArns",
        "AcceptanceRequired",
        "State",
        "Principal",
        "SupportedIpAddressTypes",
        "Code",
        "Port",
        "Protocol",
        "SubnetId",
        "Routes",
        "CidrIp",
        "VpcEndpointState",
        "Hsms",
        "PrivateDnsName",
        "UriEndpoint",
        "AvailabilityZones",
        "ZoneName",
        "SecurityGroups",
        "AvailabilityZone",
    ] {
        assert!(
            read.contains(member),
            "{member} can be missing unnoticed: {read:?}"
        );
    }
}

#[test]
fn a_file_that_is_missing_is_never_ok() {
    let good = Answers::good();
    let (_, all) = judge(&good, &[]);
    let ok = of_verdict(&all, "ok").values().flatten().count();
    for name in good.names() {
        // Only looked at in certain cases: cross-account services, TLS listeners.
        let apart = [
            "ec2-vpc-endpoint-services",
            "elbv2-ssl-policies",
            "acm-certificate",
        ];
        let (_, all) = judge(&good.clone().without(name), &[]);
        let left = of_verdict(&all, "ok").values().flatten().count();
        let used =
            !apart.iter().any(|apart| name.starts_with(apart)) && name != "sts-caller-identity";
        assert!(!used || left < ok, "{name}");
        assert_eq!(found(&all), BTreeMap::new(), "{name}");
    }
}

#[test]
fn a_list_that_is_not_complete_proves_nothing() {
    let gone = Answers::good()
        .set(CONFIGURATIONS, "/ServiceConfigurations", json!([]))
        .add(CONFIGURATIONS, "", "NextToken", json!("more"))
        .without(SERVICES);
    let (_, all) = judge(&gone, &[]);
    assert!(of_verdict(&all, "cannot_tell").contains_key("V01"));
    let principals = Answers::good()
        .set(PERMISSIONS, "/AllowedPrincipals", json!([]))
        .add(PERMISSIONS, "", "NextToken", json!("more"));
    let (_, all) = judge(&principals, &[]);
    assert!(of_verdict(&all, "cannot_tell").contains_key("V12"));
}

#[test]
fn another_accounts_service_is_judged_by_what_may_be_seen_of_it() {
    let proxy = "/CustomKeyStores/0/XksProxyConfiguration";
    let answers = Answers::good()
        .set(CONFIGURATIONS, "/ServiceConfigurations", json!([]))
        .set(SERVICES, "/ServiceDetails/0/Owner", json!("777788889999"))
        .add(
            KEY_STORES,
            proxy,
            "VpcEndpointServiceOwner",
            json!("777788889999"),
        )
        .without(PERMISSIONS)
        .without(LOAD_BALANCERS);
    let (_, all) = judge(&answers, &[]);
    assert_eq!(found(&all), BTreeMap::new());
    let ok = of_verdict(&all, "ok");
    for check in ["V01", "V02", "V07", "V08", "V09", "V10", "V13", "V14"] {
        assert!(ok.contains_key(check), "{check}: {ok:?}");
    }
    let cannot_tell = of_verdict(&all, "cannot_tell");
    for check in [
        "V03", "V04", "V05", "V06", "V12", "V15", "V16", "V17", "V18", "V19",
    ] {
        assert!(cannot_tell.contains_key(check), "{check}: {cannot_tell:?}");
    }
}

#[test]
fn values_given_are_compared_with_those_that_aws_kms_has() {
    let good = Answers::good();
    let same = [
        "https://xks.example.com",
        "--uri-path",
        "/payments-7cq2/kms/xks/v1",
    ];
    let (_, all) = judge(&good, &same);
    assert!(of_verdict(&all, "ok").contains_key("K02"));
    let moved = [
        "https://other.example.com",
        "--uri-path",
        "/payments-7cq2/kms/xks/v1",
    ];
    let (_, all) = judge(&good, &moved);
    let seen = &of_verdict(&all, "failure")["K02"][0];
    assert!(
        seen.contains("UriEndpoint: AWS KMS has https://xks.example.com"),
        "{seen}"
    );
}

#[test]
fn k02_other_values_at_the_endpoint_of_one_key_store_are_judged() {
    let folder = tempdir().unwrap();
    let text = format!(
        r#"{{"AccessKeyId": "CLAVIGEREXAMPLEKEYID777", "RawSecretAccessKey": "{SECRET}"}}"#
    );
    let credential = private_file(folder.path(), "credential.json", &text);
    let other = [
        "https://XKS.example.com",
        "--uri-path",
        "/other-7cq2/kms/xks/v1",
        "--credential-file",
        credential.to_str().unwrap(),
    ];
    let (ran, all) = judge(&Answers::good(), &other);
    let seen = &of_verdict(&all, "failure")["K02"][0];
    for part in [
        "UriPath: AWS KMS has /payments-7cq2/kms/xks/v1, given is /other-7cq2/kms/xks/v1",
        "AccessKeyId: AWS KMS has ",
    ] {
        assert!(seen.contains(part), "{seen}");
    }
    // Neither is it a key store that is still to be made.
    assert!(!ran.output.contains("the new key store"), "{}", ran.output);
    assert!(
        ran.output
            .contains("--xks-proxy-uri-path /other-7cq2/kms/xks/v1")
    );

    // Where two have the endpoint, either may be meant.
    let archive = "/CustomKeyStores/1/XksProxyConfiguration";
    let two = Answers::good().set(
        KEY_STORES,
        &format!("{archive}/UriEndpoint"),
        "https://xks.example.com",
    );
    let (_, all) = judge(&two, &other);
    let seen = &of_verdict(&all, "cannot_tell")["K02"][0];
    assert!(
        seen.contains("payments, archive have this endpoint"),
        "{seen}"
    );
}

#[test]
fn k02_a_value_of_another_form_is_not_put_into_a_command() {
    let malformed = ["https://xks.example.com", "--uri-path", "/payments/'$(x)"];
    let (_, all) = judge(&Answers::good(), &malformed);
    let k02 = all
        .iter()
        .find(|finding| finding["check"] == "K02")
        .unwrap();
    assert_eq!(k02["fix"], "correct the values given: see C01", "{k02}");
}

/// Whoever gives a value that is not known here has not shown that all is well.
#[test]
fn a_value_that_is_not_known_is_never_ok() {
    let store = "/CustomKeyStores/0";
    let proxy = "/CustomKeyStores/0/XksProxyConfiguration";
    for (file, at, checks) in [
        (
            KEY_STORES,
            format!("{store}/ConnectionState"),
            &["K01", "K04"][..],
        ),
        (KEY_STORES, format!("{store}/CustomKeyStoreType"), &["K03"]),
        (KEY_STORES, format!("{proxy}/Connectivity"), &["K03", "V01"]),
        (
            TARGET_GROUPS,
            "/TargetGroups/0/Protocol".to_owned(),
            &["V15"],
        ),
    ] {
        let (_, all) = judge(&Answers::good().set(file, &at, "BLAH"), &[]);
        let cannot_tell = of_verdict(&all, "cannot_tell");
        for check in checks {
            assert!(cannot_tell.contains_key(*check), "{at}: {check}: {all:?}");
        }
    }
}

#[test]
fn k03_key_stores_with_missing_members_may_share_them() {
    let stores = |list: Value| {
        let answers = Answers::good().set(KEY_STORES, "/CustomKeyStores", list);
        judge(&answers, &[]).1
    };
    let one = |id: &str| {
        json!({
            "CustomKeyStoreId": id, "CustomKeyStoreName": id,
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyConfiguration": {
                "Connectivity": "PUBLIC_ENDPOINT", "UriEndpoint": "https://a.example.com",
            },
        })
    };
    for list in [json!([one("cks-1"), one("cks-2")]), json!([{}, {}])] {
        let all = stores(list);
        assert!(
            of_verdict(&all, "cannot_tell").contains_key("K03"),
            "{all:?}"
        );
        assert!(!of_verdict(&all, "ok").contains_key("K03"));
    }
}

#[test]
fn no_file_no_list_and_an_empty_list_are_told_apart() {
    let good = Answers::good();
    let list = |value: Value| good.clone().set(KEY_STORES, "/CustomKeyStores", value);
    for (answers, verdict, part) in [
        (
            good.clone().without(KEY_STORES),
            "cannot_tell",
            "kms-custom-key-stores.json is not in the folder",
        ),
        (
            list(Value::Null),
            "cannot_tell",
            "CustomKeyStores is missing, or null, in the answer",
        ),
        (
            list(json!([])),
            "skipped",
            "there is no custom key store yet",
        ),
    ] {
        let (_, all) = judge(&answers, &[]);
        let found = of_verdict(&all, verdict);
        for check in ["K01", "K03", "K04"] {
            assert!(found[check][0].contains(part), "{check}: {found:?}");
        }
    }
}

/// Each is looked at once, not with every other.
#[test]
fn many_key_stores_come_to_an_end() {
    let one = |number: usize| {
        json!({
            "CustomKeyStoreId": format!("cks-{number}"), "CustomKeyStoreName": "same",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE", "ConnectionState": "CONNECTED",
            "XksProxyConfiguration": {
                "Connectivity": "VPC_ENDPOINT_SERVICE", "UriEndpoint": "https://a.example.com",
                "UriPath": format!("/{number}/kms/xks/v1"), "AccessKeyId": "A",
                "VpcEndpointServiceName": format!("service-{number}"),
            },
        })
    };
    let list: Vec<_> = (0..60_000).map(one).collect();
    let answers = Answers::good().set(KEY_STORES, "/CustomKeyStores", list);
    let (_, all) = judge(&answers, &[]);
    let seen = &of_verdict(&all, "failure")["K03"];
    assert!(seen[0].contains("60000 custom key stores"), "{seen:?}");
    assert!(
        seen[1].starts_with("same, same and 59998 more: all are called"),
        "{seen:?}"
    );
    assert_eq!(seen.len(), 3);
}

#[test]
fn commands_work_in_both_versions_of_the_aws_cli() {
    let moved = [
        "https://other.example.com",
        "--uri-path",
        "/payments-7cq2/kms/xks/v1",
    ];
    let (ran, _) = judge(&Answers::good(), &moved);
    let input = r#"update-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --cli-input-json '{\"XksProxyUriEndpoint\":\"https://other.example.com\"}'"#;
    assert!(ran.output.contains(input), "{}", ran.output);
    for check in ALL {
        // Version 1 fetches values that begin with https://.
        assert!(!check.fix.contains("uri-endpoint https"), "{}", check.id);
    }
}

#[test]
fn a_key_store_that_is_planned_is_judged_too() {
    let answers = Answers::good();
    let service = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0";
    let planned = [
        "https://xks.example.com",
        "--uri-path",
        "/new-aaaa/kms/xks/v1",
        "--vpc-endpoint-service",
        service,
    ];
    let (_, all) = judge(&answers, &planned);
    let failures = of_verdict(&all, "failure");
    assert_eq!(failures["K03"].len(), 2, "{failures:?}");
    assert!(failures["K03"][0].contains("the new key store: both use the endpoint service"));
    assert!(failures["V11"][0].starts_with("the new key store: xks.example.com is also that of"));
}

#[test]
fn regions_of_china_have_no_external_key_stores() {
    let folder = tempdir().unwrap();
    Answers::good().write(folder.path());
    let path = folder.path().to_str().unwrap();
    let ran = run(&["--aws", path, "--json", "--region", "cn-north-1"], "");
    let all = findings(&ran);
    assert!(of_verdict(&all, "warning").contains_key("V20"));
    // The service is in another Region than that.
    assert!(of_verdict(&all, "failure").contains_key("V02"));
}

#[test]
fn the_files_have_only_members_that_aws_has() {
    let root = tempdir().unwrap();
    let mut folders = vec![folder("aws-side")];
    for (number, faulty) in faulty::all().into_iter().enumerate() {
        let folder = root.path().join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        faulty.answers.write(&folder);
        folders.push(folder);
    }
    let script = folder("check-members.py");
    // The one in the path, and where Debian's package is seen.
    let answers = ["python3", "/usr/bin/python3"].map(|python| {
        let ran = Command::new(python).arg(&script).args(&folders).output();
        ran.map(|ran| {
            (
                ran.status.success(),
                String::from_utf8_lossy(&ran.stdout).into_owned(),
            )
        })
    });
    let with_botocore = answers
        .into_iter()
        .flatten()
        .find(|(_, text)| !text.is_empty());
    let (fine, text) =
        with_botocore.expect("python3 with botocore: apt-get install python3-botocore");
    assert!(fine, "{text}");
}
