//! The commands of the walk-through do what it says of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use toml::{Table, Value};

use super::{CONTEXT, encrypted_their_way, serve, set};
use crate::harness::calls::KEY_ARN;
use crate::harness::curl::Curl;
use crate::harness::guests::repository;
use crate::harness::{Deployment, Folder, Server, plaintext};

fn example() -> PathBuf {
    repository().join("examples/migrate-from-aws-sample-proxy")
}

/// The blocks of this language in the walk-through, in order.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(example().join("README.md")).unwrap();
    let fence = format!("```{language}\n");
    let after = text.split(&fence).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

/// The one command that begins with these words.
fn command(words: &str) -> String {
    let blocks = blocks("console");
    let mut commands = blocks
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.strip_prefix("$ "))
        .filter(|line| line.starts_with(words));
    let command = commands.next().expect("a command").to_owned();
    assert_eq!(commands.next(), None, "one command only");
    command
}

/// Runs a command in a folder, where `claviger` is the program under test.
fn run(command: &str, directory: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_claviger"));
    let path = std::env::var("PATH").unwrap_or_default();
    let programs = program.parent().expect("a file is in a folder").display();
    Command::new("sh")
        .args(["-c", command])
        .env("PATH", format!("{programs}:{path}"))
        .env("no_proxy", "*")
        .current_dir(directory)
        .output()
        .expect("a shell")
}

#[track_caller]
fn stdout(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_settings_of_the_walk_through_are_good_and_warned_of() {
    let shown: Vec<String> = blocks("toml")
        .iter()
        .map(|block| {
            let table: Table = block.parse().expect("TOML");
            let key_store = table["key_store"][0].as_table().expect("a table");
            key_store["aad_convention"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(shown, ["sample-proxy", "decrypt-sample-proxy"]);
    for convention in shown {
        let mut folder = Folder::new(Deployment::software());
        set(&mut folder, &convention);
        folder.save();
        let output = run(&command("claviger check"), folder.directory());
        assert!(stdout(&output).contains("no faults"));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains("key_store[0].aad_convention"), "{stderr}");
    }
}

#[test]
fn the_key_store_of_the_walk_through_is_what_the_reference_describes() {
    let example: Table = blocks("toml")[0].parse().expect("TOML");
    let mut folder = Folder::new(Deployment::software());
    let Value::Table(shown) = example["key_store"][0].clone() else {
        panic!("a table");
    };
    let mut names = Table::new();
    names.insert("component".to_owned(), "builtin:directory-map".into());
    folder.set("plugin.names", names);
    folder.main_key_store().extend(shown);
    folder.write_private("credentials/payments.secret", &"s".repeat(43));
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");
}

/// The script's run on two servers.
fn both_ways(old: &Server, new: &Server) -> Output {
    Curl::require();
    let folder = old.folder();
    let credential = &old.store.credential;
    let config = format!(
        "user = \"{}:{}\"\ncacert = \"ca.pem\"\n",
        credential.access_key_id, credential.secret_access_key
    );
    folder.write_private("curl.conf", &config);
    let shown = command("sh both-ways.sh curl.conf");
    let shown: Vec<_> = shown.split(' ').collect();
    let ["sh", script, config, uri, "billing", _, _] = shown[..] else {
        panic!("{shown:?}");
    };
    assert_eq!(uri, "https://xks.example.com/payments-7cq2/kms/xks/v1");
    let uri = format!("https://localhost{}", old.store.uri_path);
    let script = example().join(script);
    let [old_address, new_address] = [old.address, new.address];
    let script = script.display();
    let command = format!("sh '{script}' {config} {uri} good {old_address} {new_address}");
    run(&command, folder.directory())
}

/// A server that speaks like the sample proxy stands for it.
#[tokio::test]
async fn both_ways_tells_whether_two_proxies_open_each_other_s_ciphertexts() {
    let old = serve("sample-proxy");
    let new = serve("sample-proxy");
    let good = stdout(&both_ways(&old, &new));
    assert_eq!(good.matches(": good").count(), 4, "{good}");
    let new = serve("specification");
    let bad = both_ways(&old, &new);
    assert_eq!(bad.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(stderr.contains("InvalidCiphertextException"), "{stderr}");
    let usage = run("sh both-ways.sh", &example());
    assert_eq!(usage.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&usage.stderr).contains("CURL_CONFIG"));
}

#[tokio::test]
async fn what_the_sample_proxy_has_made_is_counted_from_the_audit_records() {
    let server = serve("decrypt-sample-proxy");
    let ours = server.store.encrypt("good", plaintext()).with_aad(CONTEXT);
    server.send(ours).await.ok();
    for _ in 0..2 {
        let theirs = encrypted_their_way(&plaintext(), CONTEXT, b"");
        let call = server.store.decrypt("good", &theirs).with_aad(CONTEXT);
        server.send(call).await.ok();
    }
    let stopped = server.stop();
    let output = run(&command("grep"), stopped.folder.directory());
    let expected = format!("2 \"kms_key_arn\":\"{KEY_ARN}\"");
    assert_eq!(stdout(&output).trim(), expected);
}
