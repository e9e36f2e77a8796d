//! Nothing can be done to a sealed log that verification does not find.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Process, copy_all, files_of, folder, log_in, verified};
use crate::checkpoint::{Checkpoint, Reason};
use crate::key::PublicKey;
use crate::settings::Rotation;
use crate::state::{self, Found};
use crate::verify::{self, Expectation, Problem, Report};

const SMALL: Rotation = Rotation {
    size: Some(4000),
    age: None,
    keep: None,
};

/// Two processes, one of which was killed, and some files.
fn sealed_log() -> tempfile::TempDir {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, SMALL, 0);
    for _ in 0..8 {
        process.records(7);
        process.later();
    }
    process.records(2);
    drop(process);
    let mut process = Process::start(&path, SMALL, 3600);
    for _ in 0..8 {
        process.records(7);
        process.later();
    }
    process.records(2);
    process.close();
    folder
}

fn checked(path: &Path, first_key: PublicKey) -> Report {
    let expectation = Expectation {
        first_key: Some(first_key),
        ..Expectation::default()
    };
    verify::log(path, expectation).unwrap()
}

/// Xorshift: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// Does something to one file, and says what.
fn tamper(files: &[PathBuf], random: &mut Random) -> &'static str {
    let file = &files[random.below(files.len())];
    let mut bytes = fs::read(file).unwrap();
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|b| *b == b'\n')
        .map(<[_]>::to_vec)
        .collect();
    let line = random.below(lines.len());
    let other = random.below(lines.len());
    let done = match random.below(12) {
        0 | 1 => {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
            fs::write(file, bytes).unwrap();
            return "a bit was changed";
        }
        2 => {
            let at = random.below(bytes.len());
            bytes.truncate(at);
            fs::write(file, bytes).unwrap();
            return "the end was cut";
        }
        3 => {
            let at = 1 + random.below(bytes.len());
            fs::write(file, &bytes[at..]).unwrap();
            return "the beginning was cut";
        }
        4 => {
            fs::remove_file(file).unwrap();
            return "the file was deleted";
        }
        5 => {
            let beside = format!("{}.copy", file.display());
            fs::copy(file, beside).unwrap();
            return "the file is there twice";
        }
        6 => {
            lines.remove(line);
            "a line was deleted"
        }
        7 => {
            lines.drain(line..lines.len().min(line + 1 + random.below(9)));
            "lines were deleted"
        }
        8 => {
            lines.insert(line, lines[other].clone());
            "a line was repeated"
        }
        9 => {
            lines.insert(
                line,
                format!("{{\"forged\":1,\"seq\":{}}}\n", random.below(120)).into(),
            );
            "a line was inserted"
        }
        10 => {
            let at = random.below(lines[line].len());
            lines[line].insert(at, b' ' + u8::try_from(random.below(95)).unwrap());
            "a character was inserted"
        }
        _ => {
            if lines[line] == lines[other] {
                lines.remove(line);
            } else {
                lines.swap(line, other);
            }
            "two lines changed places"
        }
    };
    fs::write(file, lines.concat()).unwrap();
    done
}

#[test]
fn flt_39_a_thousand_random_tamperings_are_found_and_none_where_there_is_none() {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let named = std::env::var("CLAVIGER_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = named.unwrap_or(now.as_nanos() as u64 | 1);
    println!("CLAVIGER_SEED={seed}");
    let mut random = Random(seed);
    let original = sealed_log();
    let report = verified(&log_in(&original));
    assert!(report.is_ok(), "{report}");
    let first_key = report.first_key.unwrap();
    assert!(files_of(&log_in(&original)).len() >= 4);
    for number in 0..1000 {
        let copy = folder();
        copy_all(original.path(), copy.path());
        let path = log_in(&copy);
        let done = tamper(&files_of(&path), &mut random);
        let report = checked(&path, first_key);
        if report.is_ok() {
            let kept = copy.keep();
            panic!(
                "seed {seed}, {number}: {done}, not found in {}",
                kept.display()
            );
        }
    }
    assert!(checked(&log_in(&original), first_key).is_ok());
}

/// Changes a record and signs its checkpoint, and those after it, with the key that is
/// in the state file.
#[test]
fn flt_39_the_key_of_today_does_not_rewrite_yesterday() {
    let folder = sealed_log();
    let path = log_in(&folder);
    let Found::State(state) = state::read(&state::path_for(&path)).unwrap() else {
        panic!("there is a state");
    };
    let file = &files_of(&path)[1];
    let text = fs::read_to_string(file).unwrap();
    let mut chain = None::<crate::chain::Chain>;
    let mut rewritten = Vec::new();
    for line in text.replacen("\"status\":200", "\"status\":403", 1).lines() {
        let checkpoint = Checkpoint::parse(line.as_bytes());
        match (checkpoint, &mut chain) {
            (Some(first), None) => {
                chain = Some(crate::chain::Chain::resume(
                    state.key.copy().unwrap(),
                    first,
                ));
                rewritten.extend_from_slice(line.as_bytes());
            }
            (Some(it), Some(chain)) => {
                rewritten.extend(chain.seal(it.reason, it.time, it.lost).unwrap());
            }
            (None, chain) => {
                rewritten.extend_from_slice(line.as_bytes());
                let ended = [line.as_bytes(), b"\n"].concat();
                chain.as_mut().unwrap().lines(&ended, 1);
            }
        }
        rewritten.push(b'\n');
    }
    fs::write(file, rewritten).unwrap();
    let report = verified(&path);
    let key = report.findings.iter().any(|it| it.problem == Problem::Key);
    assert!(key, "{report}");
}

#[test]
fn flt_39_each_kind_of_tampering_is_named() {
    let named = |change: &dyn Fn(&[PathBuf])| {
        let folder = sealed_log();
        let path = log_in(&folder);
        change(&files_of(&path));
        let report = verified(&path);
        report.findings.first().expect("a finding").problem.clone()
    };
    let edit = |file: &Path, change: &dyn Fn(&mut Vec<String>)| {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(|line| format!("{line}\n")).collect();
        change(&mut lines);
        fs::write(file, lines.concat()).unwrap();
    };
    let changed = named(&|files| {
        edit(&files[1], &|lines| {
            lines[3] = lines[3].replace("200", "403");
        });
    });
    assert!(
        matches!(changed, Problem::Changed { from_line: 1, .. }),
        "{changed}"
    );
    let deleted = named(&|files| edit(&files[1], &|lines| drop(lines.remove(3))));
    assert!(matches!(deleted, Problem::Sequence { .. }), "{deleted}");
    let missing = named(&|files| fs::remove_file(&files[1]).unwrap());
    assert!(matches!(missing, Problem::Missing { .. }), "{missing}");
    let last = named(&|files| fs::remove_file(files.last().unwrap()).unwrap());
    assert!(matches!(last, Problem::EndMissing { .. }), "{last}");
    let cut = named(&|files| edit(files.last().unwrap(), &|lines| drop(lines.pop())));
    assert!(matches!(cut, Problem::EndMissing { .. }), "{cut}");
    let unended = named(&|files| {
        let bytes = fs::read(&files[1]).unwrap();
        fs::write(&files[1], &bytes[..bytes.len() - 1]).unwrap();
    });
    assert_eq!(unended, Problem::Unended);
    let unended = named(&|files| {
        let bytes = fs::read(files.last().unwrap()).unwrap();
        fs::write(files.last().unwrap(), &bytes[..bytes.len() - 1]).unwrap();
    });
    assert_eq!(unended, Problem::Unended);
    let after = named(&|files| {
        edit(files.last().unwrap(), &|lines| {
            lines.push("{\"seq\":117}\n".to_owned());
        });
    });
    assert_eq!(after, Problem::AfterTheEnd);
    let signature = named(&|files| {
        edit(&files[1], &|lines| {
            lines[0] = lines[0].replace("\"lost\":0", "\"lost\":9");
        });
    });
    assert_eq!(signature, Problem::Signature);
}

/// The log and its state file as they were before: nothing in them shows it.
#[test]
fn flt_39_a_head_from_elsewhere_finds_a_log_that_was_put_back() {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, Rotation::default(), 0);
    process.records(3);
    process.close();
    let before = super::folder();
    copy_all(folder.path(), before.path());
    let mut process = Process::start(&path, Rotation::default(), 60);
    process.records(3);
    process.close();
    let report = verified(&path);
    let expectation = Expectation {
        head: report.head.clone(),
        ..Expectation::default()
    };
    assert!(verify::log(&path, expectation.clone()).unwrap().is_ok());
    let put_back = log_in(&before);
    let blind = verified(&put_back);
    assert!(blind.is_ok(), "{blind}");
    assert!(
        blind.to_string().contains("not checked, without a head"),
        "{blind}"
    );
    // Also when it has gone on in another way since.
    for again in [false, true] {
        if again {
            let mut process = Process::start(&put_back, Rotation::default(), 90);
            process.records(3);
            process.close();
        }
        let found = verify::log(&put_back, expectation.clone()).unwrap();
        let head = |it: &verify::Finding| matches!(it.problem, Problem::HeadMissing { .. });
        assert!(found.findings.iter().any(head), "{found}");
    }
}

#[test]
fn flt_39_chains_of_several_processes_are_expected_on_standard_output() {
    let all = folder();
    let path = log_in(&all);
    let mut text = Vec::new();
    for _ in 0..2 {
        let folder = folder();
        let mut process = Process::start(&log_in(&folder), Rotation::default(), 0);
        process.records(3);
        process.close();
        text.extend(fs::read(log_in(&folder)).unwrap());
    }
    fs::write(&path, text).unwrap();
    for many_chains in [false, true] {
        let expectation = Expectation {
            many_chains,
            ..Expectation::default()
        };
        let report = verify::files(std::slice::from_ref(&path), &expectation).unwrap();
        assert_eq!(report.is_ok(), many_chains, "{report}");
        assert_eq!(report.records, 6);
    }
}

#[test]
fn flt_39_another_chain_is_found_by_its_first_key() {
    let [ours, other] = [sealed_log(), sealed_log()];
    let first_key = verified(&log_in(&ours)).first_key.unwrap();
    assert!(checked(&log_in(&ours), first_key).is_ok());
    let report = checked(&log_in(&other), first_key);
    let found = report
        .findings
        .iter()
        .any(|it| matches!(it.problem, Problem::OtherChain(_)));
    assert!(found, "{report}");
}

#[test]
fn flt_39_what_is_not_sealed_yet_is_said() {
    let folder = folder();
    let path = log_in(&folder);
    let mut process = Process::start(&path, Rotation::default(), 0);
    process.records(5);
    let report = verified(&path);
    assert!(report.is_ok(), "{report}");
    assert!(
        report.notes.contains(&verify::Note::Unsealed(5)),
        "{report}"
    );
    drop(process);
    let mut process = Process::start(&path, Rotation::default(), 60);
    process.journal.seal(Reason::Closed, process.now).unwrap();
    process.journal.flush().unwrap();
    let report = verified(&path);
    let late = |note: &verify::Note| matches!(note, verify::Note::SealedLate { found: 5, .. });
    assert!(report.notes.iter().any(late), "{report}");
}
