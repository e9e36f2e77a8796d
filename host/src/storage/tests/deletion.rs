//! Records that are deleted.

use super::*;

#[tokio::test]
async fn flt_04_a_deleted_record_is_gone_for_everybody() {
    let (_directory, path) = temporary();
    let ours = Storage::create(&path, &[1; 32]).unwrap();
    let (a, theirs) = (ours.of("a"), host(&path).unwrap());
    let first = a.set("r", None, b"1").await.unwrap();
    theirs.refresh();
    let conflict = Err(StorageFault::Conflict);
    assert_eq!(
        theirs.of("a").delete("r", first + 1, soon()).await,
        conflict
    );
    let gone = theirs.of("a").delete("r", first, soon()).await.unwrap();
    assert!(gone > first);
    ours.refresh();
    assert_eq!(a.value("r"), None);
    assert_eq!(a.names("", None, 9), Ok(Vec::new()));
    assert_eq!(a.delete("r", gone, soon()).await, conflict);
    // Its name can be used again; its revision is not.
    let again = a.set("r", None, b"2").await.unwrap();
    assert!(again > gone);
    drop((ours, theirs, a));
    let storage = host(&path).unwrap();
    assert_eq!(storage.of("a").value("r").unwrap(), b"2");
}

#[tokio::test]
async fn flt_04_traces_of_deleted_records_are_bounded_and_nobody_misses_one() {
    let (_directory, path) = temporary();
    let ours = Storage::create(&path, &[1; 32]).unwrap();
    let sleeper = host(&path).unwrap();
    let a = ours.of("a");
    a.set("stays", None, b"1").await.unwrap();
    let mut made = Vec::new();
    for number in 0..40 {
        let name = format!("r{number}");
        let revision = a.set(&name, None, b"").await.unwrap();
        made.push((name, revision));
    }
    sleeper.refresh();
    assert_eq!(sleeper.of("a").names("", None, 99).unwrap().len(), 41);
    // It looks away while its records are deleted and forgotten.
    let (wake, woken) = mpsc::channel::<()>();
    let job = Job::Do(Box::new(move |_, _| woken.recv().unwrap_or_default()));
    sleeper.shared.jobs.send(job).unwrap();
    for (name, revision) in made {
        a.delete(&name, revision, soon()).await.unwrap();
    }
    let traces = "SELECT count(*) FROM entry WHERE sealed IS NULL";
    let traces: i64 = raw(&path).query_row(traces, [], |row| row.get(0)).unwrap();
    assert!(traces <= 16, "{traces}");
    drop(wake);
    sleeper.refresh();
    assert_eq!(sleeper.of("a").names("", None, 99).unwrap(), ["stays"]);
    assert_eq!(sleeper.shared.state.now(), StorageState::Serving);
    assert!(host(&path).is_ok());
}
