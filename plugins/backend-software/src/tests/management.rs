use super::*;

#[test]
fn xks_056_a_key_that_does_not_exist_is_not_found() {
    let (plugin, key) = with_demo("{}");
    assert_eq!(
        plugin.lookup(&Call::default(), "other"),
        Err(Error::key_not_found())
    );
    assert_eq!(plugin.show_key("other"), Err(ManagementError::NotFound));
    testing::remove_record("key/demo-0");
    assert_eq!(
        plugin.lookup(&Call::default(), "demo-0"),
        Err(Error::key_not_found())
    );
    assert_eq!(encrypt(&plugin, &key, b"text"), Err(Error::key_not_found()));
}

#[test]
fn xks_070_a_disabled_key_says_so_at_the_next_lookup() {
    let (plugin, key) = with_demo("{}");
    assert_eq!(key.key_status, KeyStatus::Enabled);
    let disabled = plugin
        .set_key_status("demo-0", KeyStatus::Disabled)
        .unwrap();
    assert_eq!(disabled.key_status, KeyStatus::Disabled);
    assert_eq!(
        plugin
            .lookup(&Call::default(), "demo-0")
            .unwrap()
            .key_status,
        KeyStatus::Disabled
    );
    plugin.set_key_status("demo-0", KeyStatus::Enabled).unwrap();
    assert_eq!(
        plugin
            .lookup(&Call::default(), "demo-0")
            .unwrap()
            .key_status,
        KeyStatus::Enabled
    );
}

#[test]
fn xks_052_keys_have_the_usage_they_were_made_with() {
    let plugin = plugin("{}");
    for (id, usage) in [
        ("both", &["ENCRYPT", "DECRYPT"][..]),
        ("one", &["ENCRYPT"]),
        ("other", &["DECRYPT"]),
        ("none", &[]),
    ] {
        let made = plugin.create_key(id, &words(usage)).unwrap();
        assert_eq!(made.key_usage, usage);
        assert_eq!(
            plugin.lookup(&Call::default(), id).unwrap().key_usage,
            usage
        );
    }
    let ids: Vec<_> = plugin
        .list_keys(None, 1000)
        .unwrap()
        .keys
        .into_iter()
        .map(|key| key.external_key_id)
        .collect();
    assert_eq!(ids, ["both", "none", "one", "other"]);
}

#[test]
fn wrong_requests_make_no_key() {
    let plugin = plugin("{}");
    for usage in [&["SIGN"][..], &["encrypt"], &["ENCRYPT", "ENCRYPT"]] {
        let made = plugin.create_key("demo", &words(usage));
        assert!(
            matches!(made, Err(ManagementError::Invalid(_))),
            "{usage:?}"
        );
    }
    for id in ["", "..", "a/b"] {
        assert!(
            matches!(plugin.create_key(id, &[]), Err(ManagementError::Invalid(_))),
            "{id}"
        );
    }
    assert_eq!(plugin.list_keys(None, 1000), Ok(KeyList::default()));
    plugin.create_key("demo", &[]).unwrap();
    assert_eq!(
        plugin.create_key("demo", &[]),
        Err(ManagementError::AlreadyExists)
    );
}

#[test]
fn a_key_is_made_although_an_earlier_attempt_left_its_secret() {
    key_storage::create_secret("secret/demo/1").unwrap();
    let plugin = plugin("{}");
    plugin.create_key("demo", &words(&["ENCRYPT"])).unwrap();
    encrypt(
        &plugin,
        &plugin.lookup(&Call::default(), "demo").unwrap(),
        b"text",
    )
    .unwrap();
}

#[test]
fn storage_that_fails_changes_nothing_and_says_so() {
    let (plugin, key) = with_demo("{}");
    testing::storage_fails(true);
    assert!(matches!(
        plugin.rotate_key("demo-0"),
        Err(ManagementError::Failed(_))
    ));
    // A key manager that does not answer (FLT-31).
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
    testing::storage_fails(false);
    assert_eq!(plugin.show_key("demo-0").unwrap().versions, 1);
}

#[test]
fn xks_096_health_is_checked_on_a_key_of_its_own() {
    for settings in BOTH_SIDES {
        let plugin = plugin(settings);
        let report = plugin.check_health(&Call::default()).unwrap();
        assert_eq!(report.vendor, "Claviger");
        assert_eq!(report.key_managers.len(), 1);
        assert_eq!(report.key_managers[0].health_status, HealthStatus::Active);
        assert!(
            report.key_managers[0]
                .model
                .starts_with("Claviger software keys 0.")
        );
        assert_eq!(plugin.list_keys(None, 1000), Ok(KeyList::default()));
    }
}

#[test]
fn flt_33_a_damaged_key_is_named_and_hides_no_other() {
    for settings in BOTH_SIDES {
        let plugin = plugin(settings);
        for id in ["good", "hurt", "no-secret"] {
            let _ = plugin.create_key(id, &words(&["ENCRYPT"]));
        }
        let key = plugin.lookup(&Call::default(), "no-secret").unwrap();
        testing::damage_record("key/hurt");
        testing::damage_record("secret/no-secret/1");
        let list = plugin.list_keys(None, 1000).unwrap();
        let damaged: Vec<_> = list
            .damaged
            .iter()
            .map(|key| &*key.external_key_id)
            .collect();
        assert_eq!(list.keys.len(), 1, "{list:?}");
        assert_eq!(damaged, ["hurt", "no-secret"]);
        assert!(matches!(
            plugin.lookup(&Call::default(), "hurt"),
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ));
        assert!(matches!(
            encrypt(&plugin, &key, b"x"),
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ));
        assert!(matches!(
            plugin.show_key("hurt"),
            Err(ManagementError::Failed(_))
        ));
        // While the storage is away no key is missing either.
        testing::storage_is_away(true);
        for id in ["good", "hurt", "never-made"] {
            let error = plugin.lookup(&Call::default(), id).unwrap_err();
            assert!(
                matches!(
                    error,
                    Error {
                        kind: FailureKind::DependencyTimeout,
                        ..
                    }
                ),
                "{error}"
            );
        }
        assert!(plugin.list_keys(None, 1000).is_err());
        testing::storage_is_away(false);
        assert_eq!(
            plugin.lookup(&Call::default(), "never-made"),
            Err(Error::key_not_found())
        );
    }
}

#[test]
fn xks_100_a_failed_health_check_is_a_report_of_unavailable() {
    testing::storage_is_away(true);
    let report = plugin("{}").check_health(&Call::default()).unwrap();
    assert_eq!(
        report.key_managers[0].health_status,
        HealthStatus::Unavailable
    );
    assert_eq!(testing::logged().len(), 1);
}

#[test]
fn wrong_settings_are_faults() {
    let text = r#"{"cipher":"hsm","size":1}"#;
    let faults = settings::read(text, Software::configure).err().unwrap();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["cipher", "size"]);
}
