//! Imports that no plugin can have: FLT-63.

use super::plugin;
use crate::harness::{Deployment, Folder};

/// What `claviger check` says of a policy with this import.
fn refusal(import: &str) -> String {
    let text = format!(
        r#"(component (import "{import}" (instance)) (instance $i)
          (export "claviger:plugin/lifecycle@0.1.0" (instance $i))
          (export "claviger:plugin/authorization@0.1.0" (instance $i)))"#
    );
    let mut folder = Folder::new(Deployment::software());
    plugin(&mut folder, "importer", &text);
    let (good, stderr) = folder.check();
    assert!(!good, "{import}");
    stderr
}

#[test]
fn flt_63_an_import_that_no_plugin_can_have_is_named_with_what_to_do() {
    for (import, fix) in [
        (
            "wasi:http/outgoing-handler@0.2.0",
            "without what uses the network",
        ),
        (
            "wasi:http/incoming-handler@0.2.0",
            "without what uses the network",
        ),
        ("wasi:sockets/tcp@0.2.6", "without what uses the network"),
        (
            "wasi:sockets/ip-name-lookup@0.2.0",
            "without what uses the network",
        ),
        ("wasi:cli/environment@0.3.0", "WASI 0.2"),
        ("wasi:keyvalue/store@0.2.0", "wasm32-unknown-unknown"),
        ("wasi:made-up/thing@0.2.0", "wasm32-unknown-unknown"),
        ("acme:thing/face@1.0.0", "built for this host"),
        ("claviger:plugin/everything@0.1.0", "built for this host"),
    ] {
        let stderr = refusal(import);
        assert!(stderr.contains("plugin.importer.component"), "{stderr}");
        assert!(stderr.contains(&format!("`{import}`")), "{stderr}");
        assert!(stderr.contains(fix), "{stderr}");
    }
}
