//! The folder of compiled plugins: FLT-60, FLT-69.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::deployment::program;
use crate::harness::{Deployment, Folder};

/// A folder with a cache of its own, filled.
fn filled() -> Folder {
    let mut folder = Folder::new(Deployment::software());
    folder.set("plugin_cache.directory", "cache");
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");
    assert_eq!(artefacts(&folder).len(), 2);
    folder
}

fn artefacts(folder: &Folder) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.path("cache")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|end| end == "cwasm"))
        .collect()
}

/// Whoever could write to the folder has put code into it. Each file is one that the
/// engine takes: it was compiled here, for another component.
#[test]
fn flt_60_code_that_somebody_planted_is_compiled_anew() {
    let folder = filled();
    let artefacts = artefacts(&folder);
    let [one, other] = &artefacts[..] else {
        panic!("{artefacts:?}")
    };
    let whole = fs::read(one).unwrap();
    fs::write(other, &whole).unwrap();
    fs::write(one, &whole[32..]).unwrap();
    fs::set_permissions(folder.path("cache"), Permissions::from_mode(0o777)).unwrap();

    let (good, stderr) = folder.check();
    assert!(!good);
    assert!(stderr.contains("plugin_cache.directory"), "{stderr}");
    assert!(stderr.contains("remove it with what is in it"), "{stderr}");

    // What the old advice was.
    fs::set_permissions(folder.path("cache"), Permissions::from_mode(0o700)).unwrap();
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");
    assert_eq!(fs::read(one).unwrap(), whole, "compiled anew");
    assert_ne!(fs::read(other).unwrap(), whole, "compiled anew");
}

/// A file system that takes no file of more than 128 KiB from this process.
#[test]
fn flt_69_a_full_disk_is_one_line_and_no_leftovers_and_everything_is_compiled_once() {
    let mut folder = Folder::new(Deployment::software());
    folder.set("plugin_cache.directory", "cache");
    folder.save();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$@\"", "sh"])
        .arg(program().get_program())
        .args(["check", "--config"])
        .arg(folder.path("claviger.toml"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(
        stderr.matches("plugin_cache.directory").count(),
        1,
        "{stderr}"
    );
    assert!(stderr.contains("File too large"), "{stderr}");
    let left: Vec<_> = fs::read_dir(folder.path("cache"))
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(left, ["installation.key"]);
}
