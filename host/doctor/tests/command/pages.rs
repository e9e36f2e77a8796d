//! The page of documents is that of the table.

use std::fs;
use std::path::Path;

use claviger_doctor::catalogue::ALL;
use claviger_doctor::pages::{PATH, page};

#[test]
fn the_page_is_made_from_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(PATH);
    if std::env::var_os("CLAVIGER_WRITE_PAGES").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "{PATH} is not what the table says: \
         CLAVIGER_WRITE_PAGES=1 cargo test -p claviger-doctor --test command pages"
    );
}

#[test]
fn every_check_has_an_anchor_and_every_anchor_a_check() {
    let page = page();
    for check in ALL {
        assert_eq!(
            page.matches(&format!("\n### {}\n", check.id)).count(),
            1,
            "{}",
            check.id
        );
    }
    for link in page.split("](#").skip(1) {
        let id = link.split(')').next().unwrap();
        assert!(
            page.contains(&format!("\n### {}\n", id.to_uppercase())),
            "{id}"
        );
    }
}

#[test]
fn titles_are_short_and_ids_are_in_order() {
    for check in ALL {
        assert!(
            check.title.chars().count() <= 75,
            "{}: {}",
            check.id,
            check.title
        );
        assert!(!check.title.ends_with('.'), "{}", check.id);
        assert_eq!(check.id.len(), 3);
        for text in [check.title, check.looks_at, check.fix, check.more] {
            assert!(!text.contains("  "), "{}: {text}", check.id);
        }
    }
    let mut ids: Vec<_> = ALL.iter().map(|check| check.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), ALL.len());
}
