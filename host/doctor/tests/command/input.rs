//! What is given, and what is said when it is wrong.

use std::fs;
use std::path::Path;

use claviger_doctor::command::Ended;
use tempfile::{TempDir, tempdir};

use crate::answers::Answers;
use crate::harness::{SECRET, findings, of_verdict, private_file, refused, run};

fn credential(folder: &TempDir, id: &str) -> String {
    let text = format!("{{\"AccessKeyId\": \"{id}\", \"RawSecretAccessKey\": \"{SECRET}\"}}");
    let path = private_file(folder.path(), "credential.json", &text);
    path.to_str().unwrap().to_owned()
}

fn aws(folder: &TempDir) -> String {
    let path = folder.path().join("aws");
    fs::create_dir(&path).unwrap();
    Answers::good().write(&path);
    path.to_str().unwrap().to_owned()
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    let ran = run(
        &[
            "https://xks.example.com",
            "--region",
            "Frankfurt",
            "--aws",
            "/nowhere",
        ],
        "",
    );
    assert_eq!(ran.ended, Ended::CouldNotRun);
    assert!(ran.output.is_empty());
    for part in [
        "--aws\n",
        "cannot read /nowhere",
        "--region\n",
        "is not the name of an AWS Region",
    ] {
        assert!(ran.errors.contains(part), "{part}: {}", ran.errors);
    }
    let ran = run(&["https://xks.example.com"], "");
    for part in [
        "--uri-path\n",
        "--credential-file\n",
        "fix:     add --credential-file",
    ] {
        assert!(ran.errors.contains(part), "{part}: {}", ran.errors);
    }
    let ran = run(&[], "");
    assert!(ran.errors.contains("nothing to examine"), "{}", ran.errors);
    assert_eq!(ran.ended, Ended::CouldNotRun);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for arguments in [
        &["https://x", "--uri-path", "/a", "--console-file", "f"][..],
        &[
            "https://x",
            "--config",
            "c",
            "--console-file",
            "f",
            "--key-store",
            "n",
        ],
        &["--config", "c"],
        &["--aws-commands", "--json"],
        &["https://x", "--resolve", "nonsense"],
    ] {
        assert!(refused(arguments).contains("error:"), "{arguments:?}");
    }
}

#[test]
fn c01_values_of_another_form_are_found_each() {
    let folder = tempdir().unwrap();
    let ran = run(
        &[
            "https://xks.example.com:8443/",
            "--uri-path",
            "/pay/kms/xks/v1/",
            "--credential-file",
            &credential(&folder, "lower-case"),
            "--vpc-endpoint-service",
            "vpce-svc-1",
            "--key",
            "a/b",
            "--json",
        ],
        "",
    );
    assert_eq!(ran.ended, Ended::WithFailures, "{}", ran.errors);
    let found = findings(&ran);
    let seen = &of_verdict(&found, "failure")["C01"];
    for (index, part) in [
        "XksProxyUriEndpoint: https://xks.example.com:8443/ names a port",
        "XksProxyUriPath: /pay/kms/xks/v1/ does not end with /kms/xks/v1",
        "AccessKeyId: the value is not of the form of 20 to 30",
        "XksProxyVpcEndpointServiceName: vpce-svc-1 is not of the form",
        "XksKeyId: a/b has the character",
    ]
    .iter()
    .enumerate()
    {
        assert!(seen[index].starts_with(part), "{part}: {seen:?}");
    }
    // Nothing is sent anywhere.
    assert!(of_verdict(&found, "skipped")["N01"][0].contains("C01"));
}

#[test]
fn c01_a_secret_in_the_place_of_the_key_id_is_not_shown() {
    let folder = tempdir().unwrap();
    let aws = aws(&folder);
    for (id, path) in [(SECRET, "/payments-7cq2/kms/xks/v1"), ("A", SECRET)] {
        let text = format!(
            r#"{{"XksProxyUriPath": "{path}", "XksProxyAuthenticationCredential":
            {{"AccessKeyId": "{id}", "RawSecretAccessKey": "CLAVIGEREXAMPLEKEYID234"}}}}"#
        );
        let file = private_file(folder.path(), "console.json", &text);
        for more in [&[][..], &["--json"]] {
            let arguments = ["--console-file", file.to_str().unwrap(), "--aws", &aws];
            // Whether the secret is shown is asked of every run.
            let ran = run(&[&arguments[..], more].concat(), "");
            assert_eq!(ran.ended, Ended::WithFailures, "{}", ran.errors);
            assert!(!ran.output.contains("has the character"), "{}", ran.output);
            let swapped = ran.output.contains("swapped?");
            assert_eq!(swapped, id == SECRET, "{}", ran.output);
        }
    }
}

/// A FIFO would be waited for, and a device has no end.
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let aws = aws(&folder);
    for bad in [fifo.to_str().unwrap(), "/dev/zero"] {
        for arguments in [
            &["--aws", &aws, "--ca-file", bad][..],
            &["--aws", &aws, "--trusted-roots", bad],
            &[
                "explain",
                "5b1d5c3e-2f0a-4c56-9d7e-8f9012345678",
                "--audit",
                bad,
            ],
            &["--aws", &aws, "--console-file", bad],
            &["--aws", &aws, "--credential-file", bad],
        ] {
            let ran = run(arguments, "");
            assert_eq!(ran.ended, Ended::CouldNotRun, "{arguments:?}");
            assert!(ran.errors.contains("not a regular file"), "{}", ran.errors);
        }
    }
}

#[test]
fn c02_a_console_file_is_read_as_the_console_reads_it() {
    let folder = tempdir().unwrap();
    let aws = aws(&folder);
    let good = format!(
        r#"{{"XksProxyUriPath": "/payments-7cq2/kms/xks/v1", "XksProxyAuthenticationCredential":
        {{"AccessKeyId": "CLAVIGEREXAMPLEKEYID234", "RawSecretAccessKey": "{SECRET}"}}}}"#
    );
    let judge = |text: &str| {
        let path = private_file(folder.path(), "console.json", text);
        let path = path.to_str().unwrap();
        run(
            &[
                "--console-file",
                path,
                "--aws",
                &aws,
                "--region",
                "eu-central-1",
                "--json",
            ],
            "",
        )
    };
    let ran = judge(&good);
    let found = findings(&ran);
    let ok = of_verdict(&found, "ok");
    assert!(
        ok.contains_key("C02") && ok.contains_key("C01") && ok.contains_key("K02"),
        "{ok:?}"
    );
    let ran = judge(&good.replace("XksProxyUriPath", "UriPath"));
    assert_eq!(ran.ended, Ended::WithFailures);
    let seen = &of_verdict(&findings(&ran), "failure")["C02"][0];
    assert!(seen.ends_with("missing field `XksProxyUriPath`"), "{seen}");
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    let path = credential(&folder, "CLAVIGEREXAMPLEKEYID234");
    fs::set_permissions(Path::new(&path), fs::Permissions::from_mode(0o644)).unwrap();
    let arguments = [
        "https://xks.example.com",
        "--uri-path",
        "/kms/xks/v1",
        "--credential-file",
        &path,
    ];
    let ran = run(&arguments, "");
    assert_eq!(ran.ended, Ended::CouldNotRun);
    assert!(
        ran.errors.contains(&format!("chmod 600 {path}")),
        "{}",
        ran.errors
    );
}

#[test]
fn findings_are_written_as_a_table_and_as_junit() {
    let folder = tempdir().unwrap();
    let aws = aws(&folder);
    let junit = folder.path().join("report.xml");
    let arguments = [
        "--aws",
        &aws,
        "--region",
        "eu-central-1",
        "--junit",
        junit.to_str().unwrap(),
    ];
    let ran = run(&arguments, "");
    assert_eq!(ran.ended, Ended::Well, "{}", ran.errors);
    assert!(
        ran.output
            .contains("\nV07 ok           payments: AcceptanceRequired is false\n")
    );
    assert!(ran.output.contains("0 failures, 0 warnings, 0 cannot tell"));
    assert!(
        ran.output.lines().all(|line| line.chars().count() <= 100),
        "{}",
        ran.output
    );
    let xml = fs::read_to_string(&junit).unwrap();
    assert!(xml.starts_with("<?xml") && xml.contains("classname=\"V07\""));
    let nowhere = [
        "--aws",
        &aws,
        "--region",
        "eu-central-1",
        "--junit",
        "/nowhere/report.xml",
    ];
    let ran = run(&nowhere, "");
    assert_eq!(ran.ended, Ended::CouldNotRun);
    assert!(
        ran.errors.contains("fix: correct --junit"),
        "{}",
        ran.errors
    );
}
