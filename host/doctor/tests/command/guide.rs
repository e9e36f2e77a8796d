//! The commands of the guide are run as they stand there, and what it says of `--json`
//! is what comes out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use claviger_doctor::command::Ended;
use serde_json::Value;
use tempfile::tempdir;

use crate::answers::Answers;
use crate::harness::run;

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor/guide.md");
    fs::read_to_string(path).unwrap()
}

/// The lines of the `console` blocks that are not said to be not run.
fn commands(guide: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut skipped = false;
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        skipped |= line.starts_with("<!-- not run: ");
        if line == "```console" {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let block: Vec<_> = block.map(str::to_owned).collect();
            if !std::mem::take(&mut skipped) {
                commands.extend(block);
            }
        }
    }
    commands
}

/// The words of a command, with what stands in quotes as one.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_command_of_the_guide_works() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(at("aws-side")).unwrap();
    Answers::good().write(Path::new(&at("aws-side")));
    fs::write(at("audit.jsonl"), "").unwrap();
    let record =
        r#"{"eventName":"Encrypt","requestID":"1","errorCode":"KMSInvalidStateException"}"#;
    fs::write(at("record.json"), record).unwrap();
    let files = ["aws-side", "audit.jsonl", "record.json"];

    let commands = commands(&guide());
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let mut words = words(&command);
        assert_eq!(words[..2], ["claviger", "doctor"], "{command}");
        let mut input = String::new();
        let mut output = None;
        if let Some(place) = words.iter().position(|word| word == "<") {
            input = fs::read_to_string(at(&words[place + 1])).unwrap();
            words.truncate(place);
        }
        if let Some(place) = words.iter().position(|word| word == ">") {
            output = Some(words[place + 1].clone());
            words.truncate(place);
        }
        let words: Vec<_> = words[2..]
            .iter()
            .map(|word| {
                if files.contains(&&**word) {
                    at(word)
                } else {
                    word.clone()
                }
            })
            .collect();
        let ran = run(
            &words.iter().map(String::as_str).collect::<Vec<_>>(),
            &input,
        );
        assert_eq!(ran.ended, Ended::Well, "{command}: {}", ran.errors);
        assert!(!ran.output.is_empty(), "{command}");
        assert!(output.is_none_or(|name| name == "read-aws.sh"), "{command}");
    }
}

#[test]
fn the_guide_names_every_member_of_the_json() {
    let guide = guide();
    let described: BTreeSet<_> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name.to_owned())
        .collect();
    let folder = tempdir().unwrap();
    let answers = Answers::good().set(
        "ec2-vpc-endpoint-service-configurations",
        "/ServiceConfigurations/0/SupportedIpAddressTypes",
        serde_json::json!(["ipv6"]),
    );
    answers.write(folder.path());
    let ran = run(&["--aws", folder.path().to_str().unwrap(), "--json"], "");
    let document: Value = serde_json::from_str(&ran.output).unwrap();
    let mut there = BTreeSet::new();
    names(&document, "", &mut there);
    there.retain(|name| !name.starts_with("summary."));
    assert_eq!(there, described);
    let summary = document["summary"].as_object().unwrap();
    assert!(
        summary
            .keys()
            .all(|name| guide.contains(&format!("`{name}`")))
    );
}

fn names(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let path = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                found.insert(path.clone());
                names(inner, &path, found);
            }
        }
        Value::Array(list) => {
            for inner in list {
                names(inner, &format!("{at}[]"), found);
            }
        }
        _ => {}
    }
}
