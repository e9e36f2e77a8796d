//! Findings as `JUnit` XML, for the test reports of CI systems.
//!
//! A finding is a test case; a failure fails it; "cannot tell" and "skipped" skip it; a
//! warning passes, with its text in `system-out`.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::becomes::Becomes;
use crate::finding::{Finding, Verdict};
use crate::summary::Summary;

/// The findings as one test suite of this name.
pub fn junit(name: &str, findings: &[Finding]) -> io::Result<Vec<u8>> {
    let summary = Summary::of(findings);
    let counts = [
        ("tests", findings.len()),
        ("failures", summary.failure),
        ("errors", 0),
        ("skipped", summary.skipped + summary.cannot_tell),
    ]
    .map(|(name, count)| (name, count.to_string()));
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .write_inner_content(|writer| {
            let mut suite = writer
                .create_element("testsuite")
                .with_attribute(("name", name));
            for (count, number) in &counts {
                suite = suite.with_attribute((*count, number.as_str()));
            }
            suite.write_inner_content(|writer| {
                findings
                    .iter()
                    .try_for_each(|finding| case(writer, finding))
            })?;
            Ok(())
        })?;
    let mut xml = writer.into_inner();
    xml.push(b'\n');
    Ok(xml)
}

fn case(writer: &mut Writer<Vec<u8>>, finding: &Finding) -> io::Result<()> {
    let name = match finding.subject.as_str() {
        "" => format!("{} {}", finding.check.id, finding.check.title),
        subject => format!("{} {} ({subject})", finding.check.id, finding.check.title),
    };
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", finding.check.id))
        .with_attribute(("name", name.as_str()));
    match finding.verdict {
        Verdict::Ok => element.write_empty()?,
        Verdict::Warning => element.write_inner_content(|writer| {
            let text = format!("warning: {}", in_full(finding));
            let text = BytesText::new(&text);
            writer
                .create_element("system-out")
                .write_text_content(text)?;
            Ok(())
        })?,
        Verdict::Failure => element.write_inner_content(|writer| {
            writer
                .create_element("failure")
                .with_attribute(("message", finding.seen.as_str()))
                .write_text_content(BytesText::new(&in_full(finding)))?;
            Ok(())
        })?,
        Verdict::CannotTell | Verdict::Skipped => element.write_inner_content(|writer| {
            let message = format!("{}: {}", finding.verdict.name(), finding.seen);
            writer
                .create_element("skipped")
                .with_attribute(("message", message.as_str()))
                .write_empty()?;
            Ok(())
        })?,
    };
    Ok(())
}

fn in_full(finding: &Finding) -> String {
    let mut lines = vec![finding.seen.clone()];
    let answers = finding.becomes.iter().copied().flat_map(Becomes::lines);
    lines.extend(answers.map(|line| format!("AWS KMS: {line}")));
    lines.extend(finding.fix.as_ref().map(|fix| format!("fix: {fix}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{H04, N01, T03, V07};

    #[test]
    fn a_finding_is_a_test_case() {
        let findings = [
            Finding::failure(&V07, "a & <b>", "AcceptanceRequired is \"true\""),
            Finding::ok(&H04, "", ""),
            Finding::warning(&T03, "", "same name, other certificate"),
            Finding::skipped(&N01, "no endpoint was given"),
        ];
        let xml = String::from_utf8(junit("claviger doctor", &findings).unwrap()).unwrap();
        assert!(xml.contains(
            r#"<testsuite name="claviger doctor" tests="4" failures="1" errors="0" skipped="1">"#
        ));
        assert!(xml.contains("(a &amp; &lt;b&gt;)"), "{xml}");
        assert!(xml.contains(r#"<failure message="AcceptanceRequired is &quot;true&quot;">"#));
        assert!(
            xml.contains("<system-out>warning: same name, other certificate"),
            "{xml}"
        );
        assert!(xml.contains(r#"<skipped message="skipped: no endpoint was given"/>"#));
        let mut reader = quick_xml::Reader::from_str(&xml);
        let mut depth = 0;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
}
