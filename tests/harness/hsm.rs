//! Keys on PKCS#11 tokens: SoftHSM as it is, and the simulator of other HSMs in
//! front of it. Every folder has a token directory of its own, because SoftHSM
//! does not bear several servers that write into one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use toml::{Table, Value};

use super::deployment::{KEYS, change, dev_template, program, template_directory};
use super::folder::{copy, text};
use super::simulator::Simulator;

/// How a token is made that the tests can use: by its own name, and with the
/// `profile` that goes with it.
pub(crate) struct Hsm {
    pub(crate) name: &'static str,
    profile: &'static str,
    /// The settings of the simulator; `None` where there is none in front.
    simulation: Option<&'static [(&'static str, &'static str)]>,
}

/// All of them.
pub(crate) static HSMS: [Hsm; 6] = [
    Hsm {
        name: "softhsm",
        profile: "softhsm",
        simulation: None,
    },
    Hsm {
        name: "cloudhsm",
        profile: "cloudhsm",
        simulation: Some(&[("convention", "cloudhsm")]),
    },
    Hsm {
        name: "cloudhsm-vendor",
        profile: "cloudhsm-vendor",
        simulation: Some(&[("convention", "cloudhsm")]),
    },
    Hsm {
        name: "luna-fips",
        profile: "luna-fips",
        simulation: Some(&[("convention", "luna")]),
    },
    Hsm {
        name: "luna",
        profile: "luna",
        simulation: Some(&[
            ("convention", "caller"),
            ("bad_tag", "encrypted-data-invalid"),
        ]),
    },
    Hsm {
        name: "nshield",
        profile: "nshield",
        simulation: Some(&[("convention", "nshield")]),
    },
];

/// What is said when a program or library is not there.
pub(crate) const INSTALL: &str = "these tests need SoftHSM 2, OpenSC's pkcs11-tool, NSS and p11-kit: \
                                  apt-get install softhsm2 opensc libnss3 libnss3-tools p11-kit p11-kit-modules";

/// The name of the template's folder, before the run's number.
pub(crate) const TEMPLATE: &str = "token";

/// The PIN of every token here, in the form of AWS CloudHSM's.
pub(crate) const PIN: &str = "crypto-user:never-log-this";

/// A key on the token that is none of the key store's: nobody is ever told of it.
pub(crate) const FOREIGN_LABEL: &str = "payroll-of-another-team";

/// The labels of the tokens: of the deployment's key store, and of another one.
pub(crate) const LABELS: [&str; 2] = ["claviger", "other"];

impl Hsm {
    /// The one of this name.
    pub(crate) fn called(name: &str) -> Option<&'static Self> {
        HSMS.iter().find(|hsm| hsm.name == name)
    }

    /// Makes a copy of the template one of this HSM, with a token directory and a
    /// library of its own.
    pub(crate) fn settle(&self, directory: &Path, config: &mut Table) {
        point_to_tokens(directory);
        let module = match self.simulation {
            None => softhsm(),
            Some(settings) => {
                Simulator::install(directory, "hsm", settings);
                // Relative to the configuration, as an operator may write it.
                PathBuf::from("hsm.so")
            }
        };
        for name in ["hsm", "other"] {
            let token = &mut config["tokens"][name];
            token["module"] = text(&module).into();
            token["profile"] = self.profile.into();
        }
    }

    /// Puts a second library for the token in, and returns its path in the folder.
    pub(crate) fn install_again(&self, directory: &Path, name: &str) -> String {
        let settings = self.simulation.expect("SoftHSM is loaded once");
        Simulator::install(directory, name, settings);
        format!("{name}.so")
    }
}

/// Where distributions put SoftHSM.
pub(crate) fn softhsm() -> PathBuf {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let mut places = places.map(PathBuf::from).into_iter();
    places.find(|path| path.exists()).expect(INSTALL)
}

/// The file that tells SoftHSM where the tokens of a folder are.
pub(crate) fn environment(directory: &Path) -> (&'static str, PathBuf) {
    ("SOFTHSM2_CONF", directory.join("softhsm2.conf"))
}

/// Tells `SoftHSM` that the tokens of a folder are in it.
pub(crate) fn point_to_tokens(directory: &Path) {
    let (_, file) = environment(directory);
    let tokens = directory.join("tokens");
    let settings = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        text(&tokens)
    );
    fs::write(file, settings).expect("room to write");
}

/// A folder whose keys are on SoftHSM, once for each run of the tests. Not to be
/// served from.
pub(crate) fn template() -> &'static Path {
    static MADE: LazyLock<PathBuf> = LazyLock::new(|| {
        let dev = dev_template();
        let template = template_directory(TEMPLATE);
        if !template.exists() {
            fs::create_dir(&template).expect("room for a directory");
            copy(dev, &template);
            fill(&template);
        }
        template
    });
    &MADE
}

fn fill(template: &Path) {
    for file in ["keys.sqlite", "keys.kek"] {
        fs::remove_file(template.join(file)).expect("claviger dev made it");
    }
    fs::create_dir(template.join("tokens")).expect("room for a directory");
    point_to_tokens(template);
    for label in LABELS {
        let arguments = ["--init-token", "--free", "--label", label];
        let pins = ["--pin", PIN, "--so-pin", "officer:never-log-this"];
        run(template, "softhsm2-util", &[&arguments[..], &pins].concat());
    }
    let secret = template.join("credentials/hsm.pin");
    fs::write(&secret, PIN).expect("room to write");
    let demo = template.join("credentials/demo.secret");
    let private = fs::metadata(demo).expect("claviger dev made it");
    fs::set_permissions(&secret, private.permissions()).expect("it is ours");

    let mut config: Table = fs::read_to_string(template.join("claviger.toml"))
        .expect("claviger dev writes a configuration")
        .parse()
        .expect("the configuration is TOML");
    configure(&mut config);
    HSMS[0].settle(template, &mut config);
    config["plugin_cache"]["directory"] = text(&dev_template().join("plugin-cache")).into();
    let config = toml::to_string(&config).expect("a table is TOML");
    fs::write(template.join("claviger.toml"), config).expect("room to write");

    for (key, usage) in [
        (KEYS.usable, "encrypt,decrypt"),
        (KEYS.encrypt_only, "encrypt"),
        (KEYS.decrypt_only, "decrypt"),
        (KEYS.no_usage, "none"),
        (KEYS.disabled, "encrypt,decrypt"),
        ("claviger-health", "encrypt,decrypt"),
    ] {
        let mut command = program();
        command.args(["key", "create", "--key-store", "demo", "--usage", usage]);
        command
            .args([key, "--config"])
            .arg(template.join("claviger.toml"));
        let (name, file) = environment(template);
        command.env(name, file);
        succeeded(&command.output().expect("the program starts"));
    }
    make_key(template, "AES:32", FOREIGN_LABEL);
}

/// Has the tool of `OpenSC` make a key of this type on the key store's token.
pub(crate) fn make_key(directory: &Path, key_type: &str, label: &str) {
    let module = text(&softhsm());
    let key = ["--keygen", "--key-type", key_type, "--label", label];
    let token = ["--module", &module, "--token-label", LABELS[0], "--login"];
    let arguments = [&token[..], &["--pin", PIN], &key].concat();
    run(directory, "pkcs11-tool", &arguments);
}

/// What `claviger dev` makes, with tokens in place of its storage. The key store is
/// not to see foreign keys, and a token cannot disable one: a directory does both.
fn configure(config: &mut Table) {
    config.remove("storage");
    let changes: Table = r#"
        [tokens.hsm]
        module = ""
        profile = ""
        token_label = "claviger"
        pin_file = "credentials/hsm.pin"
        sessions = 4

        [tokens.other]
        module = ""
        profile = ""
        token_label = "other"
        pin_file = "credentials/hsm.pin"
        sessions = 4

        [plugin.hsm]
        component = "builtin:backend-pkcs11"

        [plugin.names]
        component = "builtin:directory-map"

        [plugin.allow-list]
        component = "builtin:policy-allow-list"

        [backend]
        plugin = "hsm"
        grants = { log = true, pkcs11 = ["hsm"] }
        settings = { tokens = ["hsm"], label = "{key}.v{version}" }

        [directory]
        plugin = "names"
        settings = { keys = {}, disabled = [] }
    "#
    .parse()
    .expect("TOML");
    change(config, changes);
    for key in [
        KEYS.usable,
        KEYS.encrypt_only,
        KEYS.decrypt_only,
        KEYS.no_usage,
        KEYS.disabled,
        // So that it is the token that does not know it.
        KEYS.unknown,
    ] {
        add_to_directory(&mut config["key_store"][0], key);
    }
    disable_in_directory(&mut config["key_store"][0], KEYS.disabled);
}

/// Lets the directory of a key store, if it has one, name a key.
pub(crate) fn add_to_directory(key_store: &mut Value, key: &str) {
    if let Some(directory) = key_store.get_mut("directory") {
        let keys = directory["settings"]["keys"].as_table_mut();
        keys.expect("a table").insert(key.to_owned(), key.into());
    }
}

/// Lets the directory of a key store disable a key.
pub(crate) fn disable_in_directory(key_store: &mut Value, key: &str) {
    let disabled = key_store["directory"]["settings"]["disabled"].as_array_mut();
    disabled.expect("a list").push(key.into());
}

/// Runs a tool on the tokens of a folder.
#[track_caller]
pub(crate) fn run(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let (name, file) = environment(directory);
    let output = Command::new(program)
        .args(arguments)
        .env(name, file)
        .output();
    succeeded(&output.expect(INSTALL))
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{error}");
    text
}
