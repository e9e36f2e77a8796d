//! Second sinks, and heads that leave the machine.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use claviger_audit::verify::{self, Expectation};
use claviger_audit::{AuditLog, Head, HeadExport, Second, Settings, Target};

use crate::{log_in, long, record};

fn daemon(path: &std::path::Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    socket
}

fn datagram(socket: &UnixDatagram) -> String {
    let mut buffer = vec![0; 65536];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn each_line_goes_to_syslog_and_journald_as_well_and_lost_ones_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let [syslog, journald, nobody] =
        ["syslog", "journald", "nobody"].map(|name| folder.path().join(name));
    let [at_syslog, at_journald] = [&syslog, &journald].map(|path| daemon(path));
    let settings = Settings {
        target: Target::File(path),
        second: vec![
            Second::Syslog(syslog),
            Second::Journald(journald),
            Second::Syslog(nobody),
        ],
        ..Settings::default()
    };
    let log = AuditLog::open(&settings).unwrap();
    let _ = record(&log, 7);
    let line = datagram(&at_syslog);
    let id = std::process::id();
    assert_eq!(
        line,
        format!("<86>claviger-audit[{id}]: {{\"id\":7,\"seq\":1}}")
    );
    let line = datagram(&at_journald);
    assert!(line.starts_with("PRIORITY=6\n"), "{line}");
    assert!(line.ends_with("\nMESSAGE={\"id\":7,\"seq\":1}\n"), "{line}");
    assert_eq!(log.close(long()).lost, 0);
    assert!(datagram(&at_syslog).contains("\"reason\":\"closed\""));
}

#[test]
fn a_second_sink_that_is_not_there_loses_lines_and_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = folder.path().join("nobody");
    let settings = Settings {
        target: Target::File(log_in(&folder)),
        second: vec![Second::Journald(nobody)],
        ..Settings::default()
    };
    let log = AuditLog::open(&settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for id in 0..1000 {
            record(&log, id).written().await.unwrap();
        }
    });
    assert_eq!(log.state().second.len(), 1);
    assert_eq!(log.close(long()).lost, 0);
}

#[test]
fn flt_39_heads_leave_the_machine_and_the_log_is_verified_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = log_in(&folder);
    let elsewhere = tempfile::tempdir().unwrap();
    let [last, all, command, socket] =
        ["last", "all", "command", "socket"].map(|name| elsewhere.path().join(name));
    let syslog = daemon(&socket);
    let script = format!("cat > {}", command.display());
    let settings = Settings {
        target: Target::File(path.clone()),
        heads: vec![
            HeadExport::Replace(last.clone()),
            HeadExport::Append(all.clone()),
            HeadExport::Syslog(socket),
            HeadExport::Command {
                argv: ["/bin/sh", "-c", &script].map(str::to_owned).into(),
                limit: Duration::from_mins(1),
            },
        ],
        ..Settings::default()
    };
    let log = AuditLog::open(&settings).unwrap();
    let _ = record(&log, 7);
    assert_eq!(log.state().heads.len(), 4);
    assert_eq!(log.close(long()).lost, 0);
    let text = fs::read_to_string(&last).unwrap();
    assert_eq!(text, fs::read_to_string(&command).unwrap());
    assert!(fs::read_to_string(&all).unwrap().ends_with(&text));
    let mut sent = datagram(&syslog);
    while !sent.ends_with(text.trim_end()) {
        sent = datagram(&syslog);
    }
    let head = Head::parse(&text);
    assert_eq!(head.as_ref().unwrap().seq, 1);
    let expectation = Expectation {
        head,
        ..Expectation::default()
    };
    let report = verify::log(&path, expectation).unwrap();
    assert!(report.is_ok(), "{report}");
    assert!(!report.to_string().contains("not checked"), "{report}");
}
