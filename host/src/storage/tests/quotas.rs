//! What one plugin may use.

use super::*;

const SMALL: StorageQuota = StorageQuota {
    records: 5,
    bytes: 10_000,
    counters: 5,
    writes_per_second: 100,
};

/// With the writers' limits of a host.
fn host_storage() -> (tempfile::TempDir, PathBuf, Storage) {
    let (directory, path) = temporary();
    drop(Storage::create(&path, &[1; 32]).unwrap());
    let storage = host(&path).unwrap();
    (directory, path, storage)
}

#[tokio::test]
async fn flt_03_counters_are_bounded_and_memory_comes_back() {
    let (_directory, _path, storage) = host_storage();
    let scope = storage.scope("a", SMALL);
    for number in 0..100_000 {
        drop(scope.counter(&format!("never-used-{number}")).unwrap());
    }
    assert_eq!(scope.counters_open(), 0);
    let held: Vec<_> = (0..5)
        .map(|number| scope.counter(&format!("c{number}")).unwrap())
        .collect();
    let refused = Err(StorageFault::Quota(QuotaFault::Counters));
    assert_eq!(scope.counter("c5").map(drop), refused);
    for counter in &held {
        counter.next(soon()).await.unwrap();
    }
    drop(held);
    // They are stored, and stay.
    assert_eq!(scope.counter("c5").map(drop), refused);
    assert!(scope.counter("c4").is_ok());
    // The neighbour has its own.
    assert!(storage.scope("b", SMALL).counter("c5").is_ok());
}

#[tokio::test]
async fn flt_04_records_are_bounded_in_number_and_size() {
    let (_directory, _path, storage) = host_storage();
    let scope = storage.scope("a", SMALL);
    let mut last = 0;
    for number in 0..5 {
        last = scope.set(&format!("r{number}"), None, b"").await.unwrap();
    }
    let records = Err(StorageFault::Quota(QuotaFault::Records));
    assert_eq!(scope.set("r5", None, b"").await, records);
    let large = vec![0; 10_000];
    let bytes = Err(StorageFault::Quota(QuotaFault::Bytes));
    assert_eq!(scope.set("r4", Some(last), &large).await, bytes);
    scope.delete("r4", last, soon()).await.unwrap();
    scope.set("r5", None, b"").await.unwrap();
}

#[tokio::test]
async fn flt_04_writes_are_bounded_in_time() {
    let (_directory, path, storage) = host_storage();
    let quota = StorageQuota {
        writes_per_second: 2,
        ..SMALL
    };
    let scope = storage.scope("a", quota);
    let mut written = 0;
    let mut last = None;
    let refused = loop {
        match scope.set("r", last, b"").await {
            Ok(revision) => last = Some(revision),
            Err(fault) => break fault,
        }
        written += 1;
    };
    assert_eq!(refused, StorageFault::Quota(QuotaFault::Rate));
    assert!((20..60).contains(&written), "{written}");
    // A new counter is a write; one that is stored is not.
    let counter = scope.counter("c").unwrap();
    assert_eq!(counter.next(soon()).await, Err(refused));
    // Neither the other key store nor a command is held up.
    storage.scope("b", quota).set("r", None, b"").await.unwrap();
    let command = Storage::open(&path, &[1; 32], StorageUser::Command).unwrap();
    for _ in 0..100 {
        let command = command.scope("a", quota);
        last = Some(command.set("r", last, b"").await.unwrap());
    }
}

/// A plugin that writes as often as it can, from several calls at once.
#[tokio::test]
async fn flt_05_a_command_has_its_turn_within_a_second() {
    let (_directory, path, storage) = host_storage();
    let quota = StorageQuota {
        writes_per_second: 10_000,
        ..StorageQuota::default()
    };
    let floods: Vec<_> = (0..8)
        .map(|number| {
            let scope = storage.scope("hostile", quota);
            tokio::spawn(async move {
                let (name, value) = (format!("r{number}"), vec![0; VALUE]);
                let mut last = None;
                loop {
                    if let Ok(revision) = scope.set(&name, last, &value).await {
                        last = Some(revision);
                    }
                }
            })
        })
        .collect();
    for number in 0..12 {
        let path = path.clone();
        let start = Instant::now();
        let command = tokio::task::spawn_blocking(move || {
            Storage::open(&path, &[1; 32], StorageUser::Command).unwrap()
        });
        let command = command.await.unwrap().of("victim");
        command.set(&format!("r{number}"), None, b"").await.unwrap();
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    floods.iter().for_each(tokio::task::JoinHandle::abort);
}
