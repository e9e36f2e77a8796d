use crate::name::Name;
use crate::scalar;
use claviger_settings::Table;
use claviger_xks::hex;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `[plugin.NAME]`: a component and how its instances are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// Where the component comes from.
    pub component: ComponentSource,
    /// How long an instance lives.
    pub isolation: Isolation,
    /// The linear memory of one instance: 1 to 512 MiB, in bytes.
    pub memory_bytes: usize,
    /// Instances at the most, per key store: 1 to 1024.
    pub instances: usize,
    /// What its compilation may take.
    pub compile: CompileLimits,
    /// Where this plugin stands in the configuration, for faults that show when
    /// it is loaded: `plugin.software`.
    pub table_path: String,
}

/// What the compilation of a component may take before it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// 1 to 3600 seconds.
    pub time: Duration,
    /// 64 to 65536 MiB, in bytes.
    pub memory_bytes: u64,
}

impl Default for CompileLimits {
    /// A minute and 2 GiB: components of 10 MiB, which is what language runtimes
    /// bring along, take less on a small machine.
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            memory_bytes: 2 << 30,
        }
    }
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentSource {
    /// Inside the host's binary, under this name. Which names there are, the
    /// host knows.
    Builtin(Name),
    /// A file.
    File {
        /// The component.
        path: PathBuf,
        /// What the file must be.
        digest: Digest,
    },
}

/// What a component's file must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// The file has this SHA-256.
    Sha256([u8; 32]),
    /// Whatever is there; for development only.
    Unchecked,
}

/// How long an instance of a plugin lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Kept and reused within one key store.
    #[default]
    Warm,
    /// One request.
    PerRequest,
}

pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Plugin> {
    let component = read_component(&table, base);
    let choices = [
        ("warm", Isolation::Warm),
        ("per-request", Isolation::PerRequest),
    ];
    let isolation = table.choice("isolation", &choices).unwrap_or_default();
    let memory_mib = scalar::count(&table, "memory_mib", 1..=512, 16);
    let instances = scalar::count(&table, "instances", 1..=1024, 16);
    let compile = table.table("compile").map(read_limits).unwrap_or_default();
    let table_path = table.path().to_owned();
    table.finish();
    Some(Plugin {
        component: component?,
        isolation,
        memory_bytes: memory_mib.saturating_mul(1024 * 1024),
        instances,
        compile,
        table_path,
    })
}

fn read_limits(table: Table<'_>) -> CompileLimits {
    let default = CompileLimits::default();
    let time = table.integer("seconds", 1..=3600);
    let memory_mib = table.integer("memory_mib", 64..=65536);
    table.finish();
    CompileLimits {
        time: time.map_or(default.time, Duration::from_secs),
        memory_bytes: memory_mib.map_or(default.memory_bytes, |mib| mib.saturating_mul(1 << 20)),
    }
}

fn read_component(table: &Table<'_>, base: &Path) -> Option<ComponentSource> {
    let fix = "write \"builtin:NAME\" or the path of a component file";
    let component = table.required_text("component", fix);
    let digest = table.parsed("digest", |text| {
        Digest::parse(text).ok_or((
            "not a digest",
            "write \"sha256:\" and 64 hexadecimal digits; `claviger check` prints them",
        ))
    });
    if let Some(builtin) = component?.strip_prefix("builtin:") {
        if digest.is_some() {
            table.fault(
                "digest",
                "a stock plugin has no digest: it is inside the binary",
                "remove it",
            );
        }
        let builtin = builtin.parse::<Name>();
        if let Err(fault) = &builtin {
            let fix = format!("after \"builtin:\", {}", fault.fix());
            table.fault("component", fault.to_string(), fix);
        }
        return builtin.ok().map(ComponentSource::Builtin);
    }
    table.require(
        "digest",
        "write the file's SHA-256, which `claviger check` prints: \"sha256:…\"",
    );
    let path = scalar::path(table, "component", base);
    Some(ComponentSource::File {
        path: path?,
        digest: digest?,
    })
}

impl Digest {
    /// `unchecked`, or `sha256:` and 64 hexadecimal digits of either case.
    fn parse(text: &str) -> Option<Self> {
        if text == "unchecked" {
            return Some(Self::Unchecked);
        }
        let digits = text.strip_prefix("sha256:")?.as_bytes();
        let (pairs, []) = digits.as_chunks::<2>() else {
            return None;
        };
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?))
            .collect();
        bytes?.try_into().ok().map(Self::Sha256)
    }

    /// A SHA-256 in lower-case hexadecimal digits, without the name of the hash.
    pub fn digits(sha256: &[u8; 32]) -> String {
        hex::text(sha256)
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// As it is written in a configuration.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(bytes) => {
                write!(f, "sha256:{}", Self::digits(bytes))
            }
            Self::Unchecked => f.write_str("unchecked"),
        }
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_what_it_writes() {
        let digits = "0123456789abcdef".repeat(4);
        let digest = Digest::parse(&format!("sha256:{digits}")).unwrap();
        assert_eq!(digest.to_string(), format!("sha256:{digits}"));
        assert_eq!(
            Digest::parse(&format!("sha256:{}", digits.to_uppercase())),
            Some(digest)
        );
        assert_eq!(Digest::parse("unchecked"), Some(Digest::Unchecked));
    }

    #[test]
    fn a_digest_of_another_length_or_alphabet_is_refused() {
        let digits = "0".repeat(64);
        for text in [
            digits.clone(),
            format!("sha256:{digits}0"),
            format!("sha256:{digits}00"),
            format!("sha256:{}", &digits[1..]),
            format!("sha256:{}+f", &digits[2..]),
            format!("sha256:{}é", &digits[2..]),
            "sha256:".to_owned(),
            "Unchecked".to_owned(),
        ] {
            assert_eq!(Digest::parse(&text), None, "{text}");
        }
    }
}
