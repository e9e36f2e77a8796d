use super::*;

fn labels(text: &str) -> Vec<(&str, usize)> {
    let scan = scan(text);
    assert_eq!(scan.flaws, []);
    scan.sections
        .iter()
        .map(|one| (one.label, one.line))
        .collect()
}

#[test]
fn flt_80_blocks_are_found_with_their_lines() {
    let text = "a\n-----BEGIN X-----\nYQ==\n-----END X-----\n\n-----BEGIN Y-----\n-----END Y-----";
    let expected = [("X", 2), ("Y", 6)];
    for newline in ["\n", "\r\n", "\r"] {
        assert_eq!(
            labels(&text.replace('\n', newline)),
            expected,
            "{newline:?}"
        );
    }
    let found = scan(text);
    assert_eq!(
        found.sections[0].text,
        "-----BEGIN X-----\nYQ==\n-----END X-----"
    );
}

#[test]
fn flt_80_blocks_on_one_line_are_taken_apart() {
    let text = "-----BEGIN X-----\na\n-----END X----------BEGIN Y-----\nb\n-----END Y-----\n";
    let found = scan(text);
    assert_eq!(found.flaws, [Flaw::Glued { line: 3, before: 1 }]);
    assert_eq!(
        found.sections[1].text,
        "-----BEGIN Y-----\nb\n-----END Y-----"
    );
    assert_eq!(found.sections[1].line, 3);
}

#[test]
fn flt_80_a_block_within_another_and_another_end_are_flaws() {
    let text = "-----BEGIN X-----\n-----BEGIN Y-----\n-----END X-----\n";
    let label = "X".to_owned();
    assert_eq!(
        scan(text).flaws,
        [Flaw::NoEnd { label, line: 1 }, Flaw::NoBegin { line: 3 }]
    );
}

#[test]
fn flt_80_a_lone_carriage_return_ends_a_line() {
    let text = "a\r-----BEGIN X-----\r\nYQ==\n\r-----END X-----\rb\n-----BEGIN Y-----\n";
    let found = scan(text);
    assert_eq!(found.sections.len(), 1);
    assert_eq!(found.sections[0].line, 2);
    let label = "Y".to_owned();
    assert_eq!(found.flaws, [Flaw::NoEnd { label, line: 7 }]);
}

#[test]
fn flt_80_a_label_is_said_on_one_line_and_shortened() {
    let label = format!("X\0{}", "Y".repeat(1000));
    let text = format!("-----BEGIN {label}-----\n");
    let file = PemFile {
        bytes: text.as_bytes(),
        setting: "s",
        path: "p",
    };
    let [flaw] = &scan(&text).flaws[..] else {
        panic!("one block has no end");
    };
    let said = flaw.fault(&file).to_string();
    assert!(!said.contains('\0') && said.len() < 300, "{said}");
}

#[test]
fn flt_80_text_about_certificates_is_no_marker() {
    for text in [
        "BEGIN CERTIFICATE",
        "see -- BEGIN of it",
        "---",
        "- item\n-----",
    ] {
        assert_eq!(scan(text).flaws, [], "{text}");
    }
    for text in [
        "----BEGIN X----",
        "–––BEGIN X–––",
        "-----BEGIN X---",
        "  ----END X-----",
    ] {
        assert_eq!(scan(text).flaws, [Flaw::Marker { line: 1 }], "{text}");
    }
}

#[test]
fn the_bytes_of_a_file_are_not_shown() {
    let file = PemFile {
        bytes: b"hunter2",
        setting: "s",
        path: "p",
    };
    assert_eq!(
        format!("{file:?}"),
        r#"PemFile { setting: "s", path: "p", .. }"#
    );
}
