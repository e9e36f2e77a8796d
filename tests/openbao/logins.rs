//! Tokens that expire, are revoked, or may do less than they should; certificates;
//! namespaces.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{POLICY, folder_on, log_in_by_role, write_policy};
use crate::harness::certificates::Authority;
use crate::harness::demo::{encrypts, is_answered, round_trip, until};
use crate::harness::openbao::{OpenBao, mount_of};

#[tokio::test]
async fn tokens_are_renewed_and_replaced_before_they_end() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    // Renewed after a second, and at its end after four.
    log_in_by_role(&mut folder, &bao, "2s", "4s");
    let server = folder.serve();
    let end = Instant::now() + Duration::from_secs(9);
    while Instant::now() < end {
        encrypts(&server).await;
    }
    server.stop();
}

#[tokio::test]
async fn a_revoked_token_is_replaced_within_the_request_that_meets_it() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    log_in_by_role(&mut folder, &bao, "1h", "2h");
    let server = folder.serve();
    encrypts(&server).await;
    for _ in 0..3 {
        // The last login was long enough ago.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let accessors = bao.ok("GET", "auth/token/accessors?list=true", &Value::Null);
        for accessor in accessors["data"]["keys"].as_array().unwrap() {
            let body = json!({ "accessor": accessor });
            let found = bao.ok("POST", "auth/token/lookup-accessor", &body);
            if found["data"]["path"] == "auth/approle/login" {
                bao.ok("POST", "auth/token/revoke-accessor", &body);
            }
        }
        encrypts(&server).await;
    }
    server.stop();
}

#[tokio::test]
async fn a_policy_that_is_taken_away_is_nobodys_missing_key() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    log_in_by_role(&mut folder, &bao, "1h", "2h");
    let server = folder.serve();
    encrypts(&server).await;
    write_policy(&bao, r#"path "nothing" { capabilities = ["read"] }"#);
    until(&server, |response| response.status != 200).await;
    is_answered(&server, 503, "DependencyTimeoutException").await;
    write_policy(&bao, POLICY);
    until(&server, |response| response.status == 200).await;
    let stopped = server.stop();
    // FLT-93: what the server says is withheld, and its number is not.
    let mut records = stopped.audit.iter().map(ToString::to_string);
    let coded = records.any(|record| record.contains("code 403"));
    assert!(coded, "{:?}", stopped.audit);
}

#[tokio::test]
async fn a_wrong_secret_id_is_told_to_the_operator_and_never_shown() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    log_in_by_role(&mut folder, &bao, "1h", "2h");
    folder.write_private("credentials/secret-id", "0d5cbfba-never-log-this-0000000");
    let server = folder.serve();
    is_answered(&server, 503, "DependencyTimeoutException").await;
    server.wait_for_log("not logged in: the server answered: invalid role or secret ID");
    server.stop();
}

#[tokio::test]
async fn a_certificate_of_the_host_logs_in_over_tls() {
    let authority = Authority::new("clients of OpenBao");
    let client = authority.client("claviger");
    let servers = Authority::new("OpenBao");
    let directory = tempfile::tempdir().unwrap();
    let identity = servers.server(&rcgen::PKCS_ECDSA_P256_SHA256);
    let (bao, address) = OpenBao::start_with_tls(&identity, directory.path());
    bao.ok("POST", "sys/auth/cert", &json!({ "type": "cert" }));
    let role = json!({ "certificate": authority.pem(), "token_policies": "claviger" });
    bao.ok("POST", "auth/cert/certs/claviger", &role);
    let mut folder = folder_on(&bao);
    fs::write(folder.path("vault-ca.pem"), servers.pem()).unwrap();
    fs::write(folder.path("client.pem"), &client.chain).unwrap();
    folder.write_private("client.key", &client.key);
    let origin = format!("https://localhost:{}", address.port());
    folder.set("upstream.vault.origins", vec![origin]);
    folder.set("upstream.vault.ca", "vault-ca.pem");
    folder.set("upstream.vault.certificate", "client.pem");
    folder.set("upstream.vault.private_key", "client.key");
    let backend = &mut folder.main_key_store()["backend"];
    backend["grants"]["secrets"] = Vec::<String>::new().into();
    let login: toml::Table = "method = \"cert\"\nrole = \"claviger\"".parse().unwrap();
    backend["settings"]["login"] = login.into();
    let server = folder.serve();
    round_trip(&server).await;
    server.stop();
}

#[tokio::test]
async fn keys_in_a_namespace_are_found_there() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    let mount = mount_of(&folder.config["key_store"][0]);
    bao.ok("POST", "sys/namespaces/team", &json!({}));
    bao.ok(
        "POST",
        &format!("team/sys/mounts/{mount}"),
        &json!({ "type": "transit" }),
    );
    bao.ok(
        "POST",
        &format!("team/{mount}/keys/of-the-team"),
        &json!({}),
    );
    let settings = folder.main_key_store()["backend"]["settings"].as_table_mut();
    settings
        .unwrap()
        .insert("namespace".to_owned(), "team".into());
    let server = folder.serve();
    let call = server
        .store
        .encrypt("of-the-team", crate::harness::plaintext());
    let encrypted = server.send(call).await.ok();
    server
        .send(server.store.decrypt("of-the-team", &encrypted))
        .await
        .ok();
    // In the root namespace only.
    let other = server.store.encrypt("demo", crate::harness::plaintext());
    assert_eq!(server.send(other).await.status, 404);
    server.stop();
}
