//! The host itself: its certificate, configuration, connections, audit log, process.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::samples::Samples;
use crate::assembly::Snapshot;
use crate::server::handshakes::Handshakes;
use crate::server::live::Live;
use crate::server::process;
use crate::server::seats::Seats;
use crate::words::VERSION;

pub(super) fn write(samples: &mut Samples<'_>, live: &Live, snapshot: &Snapshot) -> fmt::Result {
    let mut metric = samples.gauge("claviger_build_info", "Which version it is")?;
    metric.is_so(&[("version", VERSION)], true)?;
    samples
        .gauge("claviger_ready", "What the probe of readiness says")?
        .is_so(&[], live.is_ready())?;
    if let Some(certificate) = snapshot.certificate() {
        let name = certificate.common_name.as_deref().unwrap_or_default();
        let expires = seconds(Some(certificate.chain_not_after));
        samples
            .gauge(
                "claviger_certificate_not_after_timestamp_seconds",
                "When the chain of the server's certificate expires",
            )?
            .is(&[("common_name", name)], expires)?;
    }
    resources(samples, live)?;
    configuration(samples, live)?;
    requests(samples, snapshot)?;
    audit(samples, snapshot)?;
    process(samples, live)
}

/// Seconds since 1970; 0 for never.
pub(super) fn seconds(time: Option<SystemTime>) -> f64 {
    time.and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default()
        .as_secs_f64()
}

fn resources(samples: &mut Samples<'_>, live: &Live) -> fmt::Result {
    let mut metric = samples.gauge("claviger_token_up", "1 while the token answers")?;
    for (token, up) in live.tokens() {
        metric.is_so(&[("token", &token)], up)?;
    }
    let mut metric = samples.gauge(
        "claviger_storage_up",
        "1 while the storage can be read and written",
    )?;
    for (storage, up) in live.storages() {
        metric.is_so(&[("storage", &storage)], up)?;
    }
    Ok(())
}

fn configuration(samples: &mut Samples<'_>, live: &Live) -> fmt::Result {
    let history = live.history();
    let generation = usize::try_from(live.generation()).unwrap_or(usize::MAX);
    samples
        .gauge(
            "claviger_configuration_generation",
            "How many configurations were taken up",
        )?
        .is_count(&[], generation)?;
    samples
        .gauge(
            "claviger_configuration_taken_up_timestamp_seconds",
            "When the one in force was taken up",
        )?
        .is(&[], seconds(Some(history.taken_up)))?;
    samples
        .gauge(
            "claviger_configuration_last_change_refused",
            "1 while the last change was refused",
        )?
        .is_so(&[], history.refused.is_some())?;
    samples
        .counter(
            "claviger_configuration_refused",
            "Changes of the configuration that were refused",
        )?
        .counted(&[], history.refusals)
}

fn requests(samples: &mut Samples<'_>, snapshot: &Snapshot) -> fmt::Result {
    let counters = snapshot.xks.counters();
    let mut metric = samples.counter(
        "claviger_unrouted_errors",
        "Requests that were refused before their key store was known",
    )?;
    for (error, count) in counters.unrouted_errors().filter(|(_, count)| *count > 0) {
        metric.counted(&[("error", error.name())], count)?;
    }
    let behind =
        i32::try_from(snapshot.xks.clock_difference(SystemTime::now())).unwrap_or(i32::MAX);
    samples
        .gauge(
            "claviger_clock_difference_seconds",
            "How far the last signed date was behind the clock",
        )?
        .is(&[], behind.into())
}

fn audit(samples: &mut Samples<'_>, snapshot: &Snapshot) -> fmt::Result {
    let Some(audit) = snapshot.xks.audit_condition() else {
        return Ok(());
    };
    samples
        .counter("claviger_audit_records", "Audit records that are written")?
        .counted(&[], audit.written)?;
    let waiting = usize::try_from(audit.unwritten).unwrap_or(usize::MAX);
    samples
        .gauge(
            "claviger_audit_records_waiting",
            "Audit records that are not written yet",
        )?
        .is_count(&[], waiting)?;
    samples
        .gauge("claviger_audit_bytes_waiting", "The same in bytes")?
        .is_count(&[], audit.waiting)?;
    samples
        .gauge(
            "claviger_audit_failing",
            "1 while audit records cannot be written",
        )?
        .is_so(&[], audit.failure.is_some())?;
    let mut metric = samples.gauge(
        "claviger_audit_head_failing",
        "1 while the head cannot be handed out",
    )?;
    let mut heads = BTreeMap::new();
    for (head, fails) in &audit.heads {
        *heads.entry(kind(head)).or_default() |= *fails;
    }
    for (head, fails) in heads {
        metric.is_so(&[("head", head)], fails)?;
    }
    let mut metric = samples.counter(
        "claviger_audit_second_lost",
        "Lines that a second sink has lost",
    )?;
    let mut seconds = BTreeMap::<_, u64>::new();
    for (second, lost) in &audit.second {
        *seconds.entry(kind(second)).or_default() += *lost;
    }
    for (second, lost) in seconds {
        metric.counted(&[("second", second)], lost)?;
    }
    Ok(())
}

/// `syslog` of `syslog /dev/log`.
fn kind(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// The listener of AWS KMS.
pub(super) fn connections(
    samples: &mut Samples<'_>,
    handshakes: &Handshakes,
    seats: &Seats,
) -> fmt::Result {
    let (taken, most) = seats.taken();
    samples
        .gauge("claviger_connections", "Connections that are open")?
        .is_count(&[], taken)?;
    samples
        .gauge("claviger_connections_limit", "As many there can be")?
        .is_count(&[], most)?;
    samples
        .counter(
            "claviger_connections_gave_way",
            "Connections that were ended because others wanted their seat",
        )?
        .counted(&[], seats.gave_way())?;
    let counts = handshakes.counts();
    let mut metric = samples.counter(
        "claviger_handshake_failures",
        "Connections that came to nothing",
    )?;
    for (cause, count) in counts.failed {
        metric.counted(&[("cause", cause.name())], count)?;
    }
    samples
        .counter(
            "claviger_connections_without_a_byte",
            "Connections that the peer closed at once",
        )?
        .counted(&[], counts.pings)
}

fn process(samples: &mut Samples<'_>, live: &Live) -> fmt::Result {
    let process = process::look();
    samples
        .gauge("process_start_time_seconds", "When the process began")?
        .is(&[], seconds(Some(live.began())))?;
    if let Some(bytes) = process.resident_bytes {
        samples
            .gauge("process_resident_memory_bytes", "Resident memory")?
            .is_count(&[], bytes)?;
    }
    if let Some(count) = process.open_files {
        samples
            .gauge("process_open_fds", "Open files")?
            .is_count(&[], count)?;
    }
    if let Some(most) = process.most_open_files {
        samples
            .gauge("process_max_fds", "As many files can be open")?
            .is_count(&[], most)?;
    }
    if let Some(time) = process.processor_time {
        samples
            .counter("process_cpu_seconds", "Time of processors")?
            .counted_parts(&[], time.as_secs_f64())?;
    }
    Ok(())
}
