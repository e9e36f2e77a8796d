//! Three servers that keep one storage by Raft, on this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{OpenBao, ROOT, free_address};
use crate::harness::process::LIMIT;

/// Three nodes, one of which is active.
pub(crate) struct Cluster {
    nodes: Vec<OpenBao>,
}

impl Cluster {
    /// Starts them, with their storages below this folder.
    pub(crate) fn start(directory: &Path) -> Self {
        let nodes: Vec<_> = (0..3).map(|number| node(directory, number)).collect();
        let cluster = Self { nodes };
        let [first, others @ ..] = &*cluster.nodes else {
            unreachable!("there are three")
        };
        first.wait_for_health(&[501]);
        let shares = json!({ "secret_shares": 1, "secret_threshold": 1 });
        let made = first.ok("POST", "sys/init", &shares);
        let unseal = json!({ "key": made["keys"][0] });
        first.ok("POST", "sys/unseal", &unseal);
        first.wait_for_health(&[200]);
        let root = made["root_token"].as_str().expect("it has a root token");
        let token = json!({ "id": ROOT, "policies": ["root"], "no_parent": true });
        let answer = first.ask("POST", "auth/token/create", &token, root);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let leader = json!({ "leader_api_addr": format!("http://{}", first.address) });
        for node in others {
            node.wait_for_health(&[501, 503]);
            node.ok("POST", "sys/storage/raft/join", &leader);
            node.ok("POST", "sys/unseal", &unseal);
            node.wait_for_health(&[200, 429]);
        }
        cluster.wait_for_voters(3);
        cluster
    }

    /// A node that joins gets a vote some seconds later.
    fn wait_for_voters(&self, count: usize) {
        let end = Instant::now() + LIMIT;
        let voters = || {
            let path = "sys/storage/raft/configuration";
            let found = self.active().ok("GET", path, &Value::Null);
            let servers = found["data"]["config"]["servers"].as_array().cloned();
            let servers = servers.unwrap_or_default();
            servers
                .iter()
                .filter(|server| server["voter"] == true)
                .count()
        };
        while voters() < count {
            assert!(Instant::now() < end, "there are not {count} voters");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// For an upstream.
    pub(crate) fn origins(&self) -> Vec<String> {
        let origin = |node: &OpenBao| format!("http://{}", node.address);
        self.nodes.iter().map(origin).collect()
    }

    /// Waits for the node that is active.
    pub(crate) fn active(&self) -> &OpenBao {
        let end = Instant::now() + LIMIT;
        loop {
            let active = self.nodes.iter().find(|node| node.health() == Some(200));
            if let Some(active) = active {
                return active;
            }
            assert!(Instant::now() < end, "no node is active");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the active node.
    pub(crate) fn kill_active(&mut self) {
        let address = self.active().address;
        self.nodes.retain(|node| node.address != address);
    }
}

fn node(directory: &Path, number: u32) -> OpenBao {
    let storage = directory.join(format!("raft-{number}"));
    std::fs::create_dir(&storage).expect("room to write");
    let storage = storage.to_str().expect("a path of UTF-8");
    let (api, cluster) = (free_address(), free_address());
    let configuration = format!(
        r#"
        storage "raft" {{
            path = {storage:?}
            node_id = "node-{number}"
            performance_multiplier = 1
            autopilot_reconcile_interval = "1s"
            autopilot_update_interval = "500ms"
        }}
        listener "tcp" {{
            address = "{api}"
            cluster_address = "{cluster}"
            tls_disable = true
        }}
        api_addr = "http://{api}"
        cluster_addr = "https://{cluster}"
        "#
    );
    OpenBao::run(api, &configuration, &[])
}
