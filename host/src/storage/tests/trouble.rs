//! Databases that are slow, locked or full.

use super::*;

fn fill(storage: &Storage, full: bool) {
    storage.on_thread(move |keeper, _| {
        let database = keeper.connection_for_test();
        let pages: i64 = database
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let most = if full { pages } else { 1 << 30 };
        database
            .pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))
            .unwrap();
    });
}

#[tokio::test]
async fn flt_30_what_cannot_be_reserved_is_not_counted() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    let scope = storage.of("a");
    let known = scope.counter("known").unwrap();
    let mut counted = known.next(soon()).await.unwrap();
    fill(&storage, true);
    // Values that are on the disk as used are good; others are not made.
    let fault = loop {
        let name = format!("new-{counted}");
        if let Err(fault) = scope.set(&name, None, &[0; 4000]).await {
            break fault;
        }
        counted = known.next(soon()).await.unwrap();
    };
    assert_eq!(fault, StorageFault::Unwritable);
    storage.is(StorageState::Failing).await;
    assert!(scope.read("new-1").is_ok());
    let written: i64 = raw(&path)
        .query_row("SELECT reserved FROM count", [], |row| row.get(0))
        .unwrap();
    assert!(counted.cast_signed() <= written);
    fill(&storage, false);
    storage.is(StorageState::Serving).await;
    scope.set("at-last", None, &[0; 4000]).await.unwrap();
}

/// Another process holds the lock, as one that was stopped half-way does.
#[tokio::test]
async fn flt_31_a_locked_database_holds_up_nobody_beyond_the_deadline() {
    let (_directory, path) = temporary();
    drop(Storage::create(&path, &[1; 32]).unwrap());
    let storage = host(&path).unwrap();
    let scope = storage.of("a");
    scope.set("r", None, b"1").await.unwrap();
    let other = raw(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // This runtime has one thread: whoever waits for SQLite on it stops the clock.
    let ticking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        for _ in 0..40 {
            ticks.tick().await;
        }
    };
    let waiting = async {
        let start = Instant::now();
        let deadline = Deadline::after(start, Duration::from_millis(100));
        let counter = scope.counter("c").unwrap();
        let value = counter.next(deadline).await;
        assert_eq!(value, Err(StorageFault::Deadline));
        let written = scope.compare_and_set("s", None, b"", deadline).await;
        assert_eq!(written, Err(StorageFault::Deadline));
        start.elapsed()
    };
    let start = Instant::now();
    let (waited, ()) = tokio::join!(waiting, ticking);
    assert!(waited < Duration::from_millis(190), "{waited:?}");
    assert!(start.elapsed() < Duration::from_millis(600));
    // Reads are as quick as ever.
    assert_eq!(scope.value("r").unwrap(), b"1");
    storage.is(StorageState::Failing).await;
    other.execute_batch("ROLLBACK").unwrap();
    storage.is(StorageState::Serving).await;
    let counter = scope.counter("c").unwrap();
    assert!(counter.next(soon()).await.unwrap() >= 1);
}

#[tokio::test]
async fn flt_31_first_uses_at_once_are_reserved_together() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    let scope = storage.of("a");
    let uses: Vec<_> = (0..500)
        .map(|number| {
            let counter = scope.counter(&format!("c{}", number % 100)).unwrap();
            tokio::spawn(async move { counter.next(soon()).await })
        })
        .collect();
    for used in uses {
        let value = used.await.unwrap().unwrap();
        assert!((1..=500).contains(&value), "{value}");
    }
}
