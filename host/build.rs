//! stub until the real one
fn main() {
    for name in ["backend-software", "policy-allow-list", "directory-map"] {
        std::fs::write(format!("{}/{name}.wasm", std::env::var("OUT_DIR").unwrap()), b"").unwrap();
    }
}
