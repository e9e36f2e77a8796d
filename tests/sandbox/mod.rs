//! The wall around a plugin: what it is made of, what it may import, what it can make
//! the host do, and what it can say.

use toml::Table;

use crate::harness::Folder;

mod answers;
mod arbitrary;
mod cache;
mod compilation;
mod imports;
mod parts;
mod wasi;

/// Adds a component, given as text, as the plugin `NAME`.
fn plugin(folder: &mut Folder, name: &str, text: &str) {
    let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let file = format!("{name}.wasm");
    std::fs::write(folder.path(&file), component).unwrap();
    folder.set(&format!("plugin.{name}.component"), &*file);
    folder.set(&format!("plugin.{name}.digest"), "unchecked");
}

/// Makes it the only policy of the deployment's key store.
fn only_policy(folder: &mut Folder, name: &str, text: &str) {
    plugin(folder, name, text);
    let mut policy = Table::new();
    policy.insert("plugin".to_owned(), name.into());
    let key_store = folder.main_key_store();
    key_store.insert("policy".to_owned(), vec![policy].into());
}
