//! Components that are composed of others: FLT-62.

use super::{only_policy, plugin};
use crate::harness::{Deployment, Folder, plaintext};

/// A policy whose words come from another component, with a memory of its own.
pub(super) const COMPOSED: &str = include_str!("composed-policy.wat");

/// A component that lacks the functions of its world.
const HOLLOW: &str = include_str!("../../docs/cases/composed.wat");

#[tokio::test]
async fn flt_62_a_policy_composed_of_two_components_is_loaded_and_asked() {
    let mut folder = Folder::new(Deployment::software());
    only_policy(&mut folder, "composed", COMPOSED);
    let server = folder.serve();
    for _ in 0..3 {
        let call = server.store.encrypt(server.keys().usable, plaintext());
        server.send(call).await.ok();
    }
    let audit = server.stop().audit;
    assert_eq!(audit.len(), 3);
    for record in audit {
        assert_eq!(record["policy"]["statement"], "asked for demo", "{record}");
    }
}

#[test]
fn flt_62_a_composed_component_without_its_functions_is_refused_by_name() {
    let mut folder = Folder::new(Deployment::software());
    only_policy(&mut folder, "hollow", HOLLOW);
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("key_store[0].policy[0].plugin"), "{stderr}");
    assert!(stderr.contains("lifecycle"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn flt_62_a_component_of_more_parts_than_a_plugin_may_have_is_refused_by_name() {
    for part in [
        "(core module $m (memory 1))",
        "(core module $m (table 1 funcref))",
        "(core module $m)",
    ] {
        let instances = "(core instance (instantiate $m))".repeat(65);
        let text = format!(
            r#"(component {part} {instances} (instance $i)
              (export "claviger:plugin/lifecycle@0.1.0" (instance $i))
              (export "claviger:plugin/authorization@0.1.0" (instance $i)))"#
        );
        let mut folder = Folder::new(Deployment::software());
        plugin(&mut folder, "crowd", &text);
        let stderr = folder.serve_refuses();
        assert!(stderr.contains("plugin.crowd.component"), "{stderr}");
        assert!(stderr.contains("exceeds"), "{stderr}");
    }
}
