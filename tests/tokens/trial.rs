//! `claviger token test`: what it finds out of each kind of token, and what it does
//! when a token has one of its bad days.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::folder;
use super::softokn::with_softokn;
use crate::harness::deployment::program;
use crate::harness::hsm::{HSMS, Hsm, LABELS, PIN, run, softhsm};
use crate::harness::{Folder, text};

/// What was printed, and the status.
struct Tested {
    status: Option<i32>,
    report: Value,
    shown: String,
}

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    folder.save();
    let (name, value) = folder.environment();
    let mut command = program();
    command
        .args(["token", "test", "hsm", "--json", "--seconds", "1"])
        .args(arguments)
        .arg("--config")
        .arg(folder.path("claviger.toml"))
        .env(name, value);
    command
}

#[track_caller]
fn read(output: &Output) -> Tested {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let shown = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!shown.contains(PIN), "the PIN is shown: {shown}");
    let report = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("no report: {shown}"));
    Tested {
        status: output.status.code(),
        report,
        shown,
    }
}

#[track_caller]
fn tested(folder: &Folder, arguments: &[&str]) -> Tested {
    let before = objects(folder);
    let output = command(folder, arguments).output();
    let tested = read(&output.expect("the program starts"));
    assert_eq!(objects(folder), before, "keys are left: {}", tested.shown);
    tested
}

/// What is on the token of the key store, as another program sees it.
fn objects(folder: &Folder) -> String {
    let module = text(&softhsm());
    let arguments = ["--module", &module, "--token-label", LABELS[0], "--login"];
    let arguments = [&arguments[..], &["--pin", PIN, "--list-objects"]].concat();
    run(folder.directory(), "pkcs11-tool", &arguments)
}

impl Tested {
    /// The findings of this check, as `level: found`.
    fn findings(&self, check: &str) -> Vec<String> {
        let findings = self.report["findings"].as_array().expect("a list");
        let of_check = findings.iter().filter(|it| it["check"] == check);
        of_check
            .map(|it| {
                format!(
                    "{}: {}",
                    it["level"].as_str().unwrap(),
                    it["found"].as_str().unwrap()
                )
            })
            .collect()
    }

    #[track_caller]
    fn finding(&self, check: &str) -> String {
        let mut findings = self.findings(check);
        assert!(!findings.is_empty(), "no {check}: {}", self.shown);
        findings.remove(0)
    }

    /// The line of the proposal that is about `profile`.
    fn profile(&self) -> &str {
        let toml = self.report["proposal"]["toml"].as_str().unwrap_or_default();
        let line = toml.lines().find(|line| line.starts_with("profile"));
        line.unwrap_or_default()
    }

    /// Ways that work: what was given, and how the configuration calls it.
    fn ways(&self) -> Vec<(String, String)> {
        let findings = self.report["findings"].as_array().expect("a list");
        let works = findings.iter().filter(|it| it["check"] == "works");
        works
            .map(|it| {
                let (given, _) = it["found"].as_str().unwrap().split_once(": works").unwrap();
                (given.to_owned(), it["means"].as_str().unwrap().to_owned())
            })
            .collect()
    }
}

/// Without its profile, which the test is to find.
fn unknown(hsm: &Hsm) -> Folder {
    let mut folder = folder(hsm.name);
    let token = folder.config["tokens"]["hsm"].as_table_mut().unwrap();
    token.remove("profile");
    folder
}

const CHOSEN_12: &str = "CKM_AES_GCM, pIv: 12 bytes chosen by the caller";
const CHOSEN_16: &str = "CKM_AES_GCM, pIv: 16 bytes chosen by the caller";
const ZEROS_12: &str = "CKM_AES_GCM, pIv: a buffer of 12 zeros";
const NULL: &str = "CKM_AES_GCM, pIv: a null pointer";
const VENDOR: &str = "CKM_CLOUDHSM_AES_GCM (0x80001087), pIv: a null pointer";

const CALLER_12: &str = "iv_convention = \"caller-random\", iv_length = 12";
const CALLER_16: &str = "iv_convention = \"caller-random\", iv_length = 16";
const WRITEBACK: &str = "iv_convention = \"zero-writeback\", iv_length = 12";
const PREFIXED: &str = "iv_convention = \"null-prefixed\", iv_length = 12";
const APPENDED: &str = "iv_convention = \"null-appended\", iv_length = 16";

/// A token of which nothing is known but its name: the ways that work, and the profile
/// that is proposed.
#[test]
fn the_conventions_of_every_kind_of_token_are_found() {
    type Way = (&'static str, &'static str);
    let caller: &[Way] = &[(CHOSEN_12, CALLER_12), (CHOSEN_16, CALLER_16)];
    let expected: [(&str, &[Way], &str); 6] = [
        ("softhsm", caller, "profile = \"softhsm\""),
        (
            "cloudhsm",
            &[(ZEROS_12, WRITEBACK), (VENDOR, PREFIXED)],
            "profile = \"cloudhsm-vendor\"",
        ),
        (
            "cloudhsm-vendor",
            &[(ZEROS_12, WRITEBACK), (VENDOR, PREFIXED)],
            "profile = \"cloudhsm-vendor\"",
        ),
        ("luna-fips", &[(NULL, APPENDED)], "profile = \"luna-fips\""),
        // The simulator does not call itself a Luna then.
        (
            "luna",
            caller,
            "profile = { mechanism = 0x1087, iv_convention = \"caller-random\", iv_length = 12, \
             bad_tag_codes = [0x40] }",
        ),
        ("nshield", &[(ZEROS_12, WRITEBACK)], "profile = \"nshield\""),
    ];
    for (hsm, (name, ways, profile)) in HSMS.iter().zip(expected) {
        assert_eq!(hsm.name, name);
        let tested = tested(&unknown(hsm), &[]);
        let found = tested.ways();
        let found: Vec<_> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(found, ways, "{name}: {}", tested.shown);
        assert_eq!(tested.profile(), profile, "{name}: {}", tested.shown);
        assert_eq!(tested.status, Some(0), "{name}: {}", tested.shown);
    }
}

#[test]
fn a_profile_that_fits_is_confirmed_and_one_that_does_not_is_a_fault() {
    for hsm in &HSMS {
        let mut folder = folder(hsm.name);
        let right = folder.config["tokens"]["hsm"]["profile"].clone();
        let confirmed = tested(&folder, &[]);
        let line = format!("profile = {right}");
        assert_eq!(
            confirmed.report["configured_works"], true,
            "{}",
            confirmed.shown
        );
        assert_eq!(confirmed.profile(), line, "{}", confirmed.shown);
        assert_eq!(confirmed.status, Some(0), "{}", confirmed.shown);
        let other = match hsm.name {
            "luna-fips" => "softhsm",
            _ => "luna-fips",
        };
        folder.set("tokens.hsm.profile", other);
        let refused = tested(&folder, &[]);
        assert_eq!(
            refused.report["configured_works"], false,
            "{}",
            refused.shown
        );
        assert_eq!(refused.status, Some(1), "{}", refused.shown);
        let said = refused.finding("configured-profile");
        assert!(said.contains("does not fit"), "{}", refused.shown);
    }
}

/// What is proposed is what the host takes: without a name, for a token that is a
/// library of somebody else.
#[test]
fn nss_softokn_is_found_out_and_what_is_proposed_works() {
    let mut folder = with_softokn();
    let token = folder.config["tokens"]["hsm"].as_table_mut().unwrap();
    token.remove("profile");
    let found = read(&command(&folder, &[]).output().unwrap());
    let line = "profile = { mechanism = 0x1087, iv_convention = \"caller-random\", iv_length = \
                12, bad_tag_codes = [0x40] }";
    assert_eq!(found.profile(), line, "{}", found.shown);
    assert_eq!(found.status, Some(0), "{}", found.shown);
    let proposed: toml::Table = found.report["proposal"]["toml"]
        .as_str()
        .unwrap()
        .parse()
        .expect("TOML");
    let table = &proposed["tokens"]["hsm"];
    folder.set("tokens.hsm.profile", table["profile"].clone());
    folder.set("tokens.hsm.sessions", table["sessions"].clone());
    let (good, report) = folder.check();
    assert!(good, "{report}");
    let again = read(&command(&folder, &[]).output().unwrap());
    assert_eq!(again.report["configured_works"], true, "{}", again.shown);
}

/// A setting of the simulator, the kind of HSM, the finding that it makes, and a part
/// of what that says; the status.
type Day = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
    i32,
);

#[test]
fn every_manner_of_the_simulator_is_found() {
    let days: [Day; 10] = [
        (
            "cloudhsm",
            &[("iv_written", "init")],
            "works",
            "in C_EncryptInit",
            0,
        ),
        (
            "cloudhsm",
            &[("iv_written", "encrypt")],
            "works",
            "in C_Encrypt;",
            0,
        ),
        (
            "luna",
            &[("bad_tag", "device-error")],
            "wrong-tag",
            "CKR_DEVICE_ERROR (0x30)",
            0,
        ),
        (
            "luna",
            &[("bad_tag", "general-error")],
            "wrong-tag",
            "CKR_GENERAL_ERROR (0x5)",
            0,
        ),
        (
            "luna",
            &[("bad_tag", "function-failed")],
            "wrong-tag",
            "CKR_FUNCTION_FAILED (0x6)",
            0,
        ),
        (
            "cloudhsm",
            &[("throttle_every", "3")],
            "passing-failure",
            "warning: ",
            0,
        ),
        (
            "nshield",
            &[("max_sessions", "9")],
            "sessions-opened",
            "CKR_SESSION_COUNT",
            0,
        ),
        (
            "luna-fips",
            &[("latency_ms", "5")],
            "rate",
            " 1 session: ",
            0,
        ),
        (
            "nshield",
            &[("pin", "count-low")],
            "pin-count-low",
            "warning: ",
            0,
        ),
        ("cloudhsm", &[("crash", "null-iv")], "crash", "warning: ", 0),
    ];
    for (hsm, settings, check, says, status) in days {
        let folder = unknown(Hsm::called(hsm).unwrap());
        let simulator = folder.simulator("hsm");
        for (setting, value) in settings {
            simulator.set(setting, value);
        }
        let tested = tested(&folder, &[]);
        let found = tested.findings(check).join("\n");
        assert!(found.contains(says), "{settings:?}: {}", tested.shown);
        assert_eq!(
            tested.status,
            Some(status),
            "{settings:?}: {}",
            tested.shown
        );
        assert_ne!(tested.profile(), "", "{settings:?}: {}", tested.shown);
    }
}

#[test]
fn a_pin_that_could_be_locked_is_not_tried() {
    for (pin, check) in [("final-try", "pin-final-try"), ("locked", "pin-locked")] {
        let folder = folder("nshield");
        let simulator = folder.simulator("hsm");
        simulator.set("pin", pin);
        simulator.count();
        let tested = tested(&folder, &[]);
        tested.finding(check);
        assert_eq!(tested.status, Some(2), "{}", tested.shown);
        let logins = simulator.counts().get("C_Login").copied();
        assert_eq!(logins.unwrap_or(0), 0, "{}", tested.shown);
    }
}

#[test]
fn a_wrong_pin_is_tried_once_and_not_shown() {
    let folder = folder("nshield");
    let simulator = folder.simulator("hsm");
    folder.write_private("credentials/hsm.pin", "not-the-right-one");
    simulator.count();
    let tested = tested(&folder, &["--make-key"]);
    let said = tested.finding("login");
    assert!(said.contains("CKR_PIN_INCORRECT (0xa0)"), "{said}");
    assert!(
        !tested.shown.contains("not-the-right-one"),
        "{}",
        tested.shown
    );
    assert_eq!(tested.status, Some(2), "{}", tested.shown);
    assert_eq!(simulator.counts()["C_Login"], 1);
}

#[test]
fn a_token_without_session_keys_is_tested_with_one_on_the_token() {
    let folder = folder("cloudhsm");
    folder.simulator("hsm").set("session_keys", "refused");
    let refused = tested(&folder, &[]);
    let said = refused.finding("key");
    assert!(said.contains("CKR_TEMPLATE_INCONSISTENT"), "{said}");
    assert_eq!(refused.status, Some(2), "{}", refused.shown);
    let made = tested(&folder, &["--make-key"]);
    made.finding("key-removed");
    assert_eq!(made.profile(), "profile = \"cloudhsm\"", "{}", made.shown);
}

/// Whatever ends the trials, the key on the token goes.
#[test]
fn a_key_on_the_token_is_removed_after_a_crash_and_a_hang() {
    for (setting, value, check) in [
        ("crash", "encrypt", "crash"),
        ("crash", "null-iv", "crash"),
        ("hang", "encrypt", "hang"),
        ("hang", "decrypt", "hang"),
    ] {
        let folder = folder("luna");
        let simulator = folder.simulator("hsm");
        simulator.set("session_keys", "refused");
        simulator.set(setting, value);
        let tested = tested(&folder, &["--make-key", "--timeout", "1"]);
        tested.finding(check);
        tested.finding("key-removed");
    }
}

#[test]
fn a_library_that_never_returns_is_reported() {
    let folder = folder("luna");
    folder.simulator("hsm").set("hang", "all");
    // What is left cannot be counted: the other program would see another library.
    let tested = read(&command(&folder, &["--timeout", "1"]).output().unwrap());
    let said = tested.finding("hang");
    assert!(said.contains("did not return within 1 s"), "{said}");
    assert_eq!(tested.status, Some(2), "{}", tested.shown);
}

#[test]
fn a_token_that_is_not_there_or_goes_is_reported() {
    let absent = folder("nshield");
    absent.simulator("hsm").set("device", "lost");
    let tested = read(&command(&absent, &[]).output().unwrap());
    assert!(tested.finding("no-token").contains("CKR_DEVICE_ERROR"));
    assert_eq!(tested.status, Some(2), "{}", tested.shown);

    let lost = folder("nshield");
    let simulator = lost.simulator("hsm");
    simulator.set("latency_ms", 20);
    simulator.count();
    let running = command(&lost, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let running = running.expect("the program starts");
    until_encrypting(&simulator, 5);
    simulator.set("device", "lost");
    let tested = read(&running.wait_with_output().unwrap());
    tested.finding("session-lost");
    assert!(
        tested.finding("not-back").contains("CKR_DEVICE_ERROR"),
        "{}",
        tested.shown
    );
    assert_eq!(tested.status, Some(2), "{}", tested.shown);
}

#[test]
fn a_session_that_is_lost_in_the_middle_is_reported_and_the_test_goes_on() {
    let folder = folder("nshield");
    let simulator = folder.simulator("hsm");
    simulator.set("latency_ms", 20);
    simulator.count();
    let running = command(&folder, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let running = running.expect("the program starts");
    until_encrypting(&simulator, 5);
    simulator.set("lose_sessions", 1);
    let tested = read(&running.wait_with_output().unwrap());
    tested.finding("session-lost");
    assert_eq!(
        tested.profile(),
        "profile = \"nshield\"",
        "{}",
        tested.shown
    );
    assert_eq!(tested.status, Some(0), "{}", tested.shown);
}

/// The operator wants no more, and the key on the token goes all the same.
#[test]
fn an_interruption_removes_the_key() {
    let folder = folder("nshield");
    let before = objects(&folder);
    let simulator = folder.simulator("hsm");
    simulator.set("session_keys", "refused");
    simulator.set("latency_ms", 20);
    simulator.count();
    let running = command(&folder, &["--make-key"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    until_encrypting(&simulator, 5);
    let process = running.id().to_string();
    let signalled = Command::new("kill").args(["-INT", &process]).status();
    assert!(signalled.unwrap().success());
    let tested = read(&running.wait_with_output().unwrap());
    tested.finding("interrupted");
    tested.finding("key-removed");
    assert_eq!(tested.status, Some(2), "{}", tested.shown);
    assert_eq!(objects(&folder), before);
}

fn until_encrypting(simulator: &crate::harness::simulator::Simulator, times: u64) {
    let start = std::time::Instant::now();
    while simulator.counts().get("C_Encrypt").copied().unwrap_or(0) < times {
        assert!(start.elapsed().as_secs() < 60, "nothing is encrypted");
        std::thread::yield_now();
    }
}

#[test]
fn a_token_that_is_not_configured_is_named_with_those_that_are() {
    let folder = folder("softhsm");
    folder.save();
    let output = folder.claviger(&["token", "test", "hms"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let said = "there is no token `hms`\n  fix:     there are: hsm, other";
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}
