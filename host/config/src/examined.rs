//! Everything that can be said of a configuration file, whatever is wrong with it
//! (FLT-82).

use crate::{Configuration, document, scalar};
use claviger_settings::{Fault, Map, Value, read_partly};
use std::path::{Path, PathBuf};

/// A configuration file, to find all faults of it and of what it names at once.
#[derive(Debug)]
pub struct Examined {
    /// The faults of its text.
    pub faults: Vec<Fault>,
    /// As much as can be read; to be served only when there are no faults.
    pub readable: Option<Configuration>,
    /// The files that it names, with the key paths of their settings: those that have to
    /// be there.
    pub files: Vec<(String, PathBuf)>,
}

/// The settings of files that have to be there, wherever they are.
const FILES: [&str; 8] = [
    "certificate",
    "component",
    "key_encryption_key_file",
    "module",
    "pin_file",
    "private_key",
    "roots",
    "secret_access_key_file",
];

/// How `component` names one that is in the binary.
const BUILTIN: &str = "builtin:";

impl Examined {
    /// Of the text of a file that lies in the directory `base`. Opens no file.
    pub fn of(text: &str, base: &Path) -> Self {
        let (map, syntax) = document::parse_partly(text);
        let mut files = Vec::new();
        find_files(&map, "", base, &mut files);
        if !syntax.is_empty() {
            // What is missing may be what the parser stumbled over.
            return Self {
                faults: syntax,
                readable: None,
                files,
            };
        }
        let (readable, faults) = read_partly(&map, |root| Configuration::read(root, base));
        Self {
            faults,
            readable,
            files,
        }
    }
}

/// The document is not nested deeper than its parser permits.
fn find_files(
    map: &Map<String, Value>,
    within: &str,
    base: &Path,
    files: &mut Vec<(String, PathBuf)>,
) {
    for (key, value) in map {
        let path = match within {
            "" => key.clone(),
            within => format!("{within}.{key}"),
        };
        match value {
            Value::Object(map) => find_files(map, &path, base, files),
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    if let Value::Object(map) = value {
                        find_files(map, &format!("{path}[{index}]"), base, files);
                    }
                }
            }
            // A plugin's own settings are its own business.
            Value::String(text)
                if FILES.contains(&&**key)
                    && !(path.starts_with("key_store[") && path.contains(".settings."))
                    && !text.starts_with(BUILTIN) =>
            {
                if let Ok(file) = scalar::parse_path(text, base) {
                    files.push((path, file));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_82_files_are_found_although_the_text_has_faults() {
        let text = r#"
            [server]
            listen = 127.0.0.1:8443
            [server.tls]
            certificate = "tls/server.pem"
            private_key = "/elsewhere/server.key"
            [plugin.one]
            component = "builtin:backend-software"
            [plugin.two]
            component = "two.wasm"
            [[key_store]]
            nmae = "demo"
            [[key_store.credential]]
            secret_access_key_file = "demo.secret"
            [key_store.backend.settings]
            certificate = "not a file"
        "#;
        let examined = Examined::of(text, Path::new("/etc/claviger"));
        assert!(examined.readable.is_none());
        assert_eq!(examined.faults.len(), 1, "{:?}", examined.faults);
        let files: Vec<_> = examined
            .files
            .iter()
            .map(|(setting, file)| (setting.as_str(), file.to_str().unwrap()))
            .collect();
        assert_eq!(
            files,
            [
                (
                    "key_store[0].credential[0].secret_access_key_file",
                    "/etc/claviger/demo.secret"
                ),
                ("plugin.two.component", "/etc/claviger/two.wasm"),
                ("server.tls.certificate", "/etc/claviger/tls/server.pem"),
                ("server.tls.private_key", "/elsewhere/server.key"),
            ]
        );
    }

    #[test]
    fn flt_82_what_is_readable_is_returned_beside_the_faults() {
        let text = r#"
            [server]
            listen = "127.0.0.1:0"
            deadline_ms = 1
            [server.tls]
            certificate = "server.pem"
            private_key = "server.key"
            [plugin.software]
            component = "builtin:backend-software"
            [[key_store]]
            name = "good"
            uri_path_prefix = "/good"
            [[key_store.credential]]
            access_key_id = "AKIAIOSFODNN7EXAMPLE"
            secret_access_key_file = "good.secret"
            [key_store.backend]
            plugin = "software"
            [[key_store]]
            name = "bad"
        "#;
        let examined = Examined::of(text, Path::new(""));
        let paths: Vec<_> = examined.faults.iter().map(|it| &*it.path).collect();
        assert!(paths.contains(&"server.deadline_ms"), "{paths:?}");
        assert!(paths.contains(&"key_store[1].backend"), "{paths:?}");
        let readable = examined.readable.unwrap();
        assert_eq!(readable.key_stores.len(), 1);
        assert_eq!(readable.key_stores[0].name.as_str(), "good");
    }
}
