//! Findings as a table for a terminal, at most 100 columns wide.

use super::command;
use super::wrapping::wrap;
use crate::becomes::Becomes;
use crate::finding::{Finding, Verdict};
use crate::summary::Summary;

/// Where the texts of rows begin, in characters.
const INDENT: &str = "                 ";

/// A row for each finding in their order, those skipped for the same reason in one;
/// then each warning and each failure in full; then the counts.
pub fn table(findings: &[Finding], colour: bool) -> String {
    let mut text = String::new();
    let shown = |finding: &&Finding| finding.verdict != Verdict::Skipped;
    for finding in findings.iter().filter(shown) {
        text += &row(finding, colour);
    }
    text += &skipped(findings, colour);
    for verdict in [Verdict::Warning, Verdict::Failure] {
        for finding in findings.iter().filter(|finding| finding.verdict == verdict) {
            text.push('\n');
            text += &in_full(finding, colour);
        }
    }
    format!("{text}\n{}\n", Summary::of(findings))
}

fn row(finding: &Finding, colour: bool) -> String {
    let what = match (finding.subject.as_str(), finding.seen.as_str()) {
        ("", "") => finding.check.title.to_owned(),
        ("", seen) => seen.to_owned(),
        (subject, "") => subject.to_owned(),
        (subject, seen) => format!("{subject}: {seen}"),
    };
    let lines = wrap(&what, INDENT, INDENT);
    let text = lines.strip_prefix(INDENT).unwrap_or(&lines);
    format!(
        "{:<4}{} {text}",
        finding.check.id,
        painted(finding.verdict, colour)
    )
}

/// The checks that were skipped, by reason.
fn skipped(findings: &[Finding], colour: bool) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Skipped)
    {
        let id = finding.check.id;
        match reasons
            .iter_mut()
            .find(|(reason, _)| *reason == finding.seen)
        {
            Some((_, ids)) if ids.contains(&id) => {}
            Some((_, ids)) => ids.push(id),
            None => reasons.push((&finding.seen, vec![id])),
        }
    }
    let mut text = String::new();
    for (reason, ids) in reasons {
        let first = format!("    {} ", painted(Verdict::Skipped, colour));
        let lines = wrap(&format!("{}: {reason}", ids.join(" ")), INDENT, INDENT);
        text += &first;
        text += lines.strip_prefix(INDENT).unwrap_or(&lines);
    }
    text
}

fn in_full(finding: &Finding, colour: bool) -> String {
    let check = finding.check;
    let verdict = painted(finding.verdict, colour);
    let mut text = format!("{} {}  {}\n", check.id, verdict.trim_end(), check.title);
    let mut part = |name: &str, value: &str| {
        text += &wrap(value, &format!("  {name:<10}"), "            ");
    };
    if !finding.subject.is_empty() {
        part("subject:", &finding.subject);
    }
    part("read:", check.looks_at);
    part("seen:", &finding.seen);
    let mut name = "AWS KMS:";
    for line in finding.becomes.iter().copied().flat_map(Becomes::lines) {
        part(name, &line);
        name = "";
    }
    if let Some(fix) = &finding.fix {
        text += &command::lines(fix, "  fix:      ", "            ");
    }
    text
}

/// A verdict of twelve characters, coloured where that is wanted.
fn painted(verdict: Verdict, colour: bool) -> String {
    let padded = format!("{:<12}", verdict.name());
    let code = match verdict {
        Verdict::Ok => "32",
        Verdict::Warning => "33",
        Verdict::Failure => "1;31",
        Verdict::CannotTell => "36",
        Verdict::Skipped => "2",
    };
    if colour {
        format!("\u{1b}[{code}m{padded}\u{1b}[0m")
    } else {
        padded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ALL, H04, N01, N02, T03, V07};

    fn findings() -> Vec<Finding> {
        vec![
            Finding::failure(&V07, "payments", "AcceptanceRequired is true"),
            Finding::ok(&H04, "", "two ACTIVE"),
            Finding::skipped(&N01, "no endpoint was given"),
            Finding::skipped(&N02, "no endpoint was given"),
            Finding::warning(&T03, "localhost", &"word ".repeat(60)),
        ]
    }

    #[test]
    fn rows_come_first_then_warnings_then_failures_then_counts() {
        let text = table(&findings(), false);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        assert!(at("V07 failure      payments: AcceptanceRequired is true\n") < at("H04 ok "));
        assert!(at("skipped      N01 N02: no endpoint was given\n") < at("T03 warning  The chain"));
        assert!(at("T03 warning  The chain") < at("V07 failure  The endpoint"));
        assert!(text.contains("fix:      aws ec2 modify-vpc-endpoint-service-configuration"));
        assert!(text.ends_with("\n1 failure, 1 warning, 0 cannot tell, 1 ok, 2 skipped\n"));
    }

    #[test]
    fn every_line_fits_100_columns() {
        let mut all = findings();
        all.extend(ALL.map(|check| Finding::failure(check, "a subject", "what was seen")));
        let text = table(&all, false);
        let long = text.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None);
    }

    #[test]
    fn colours_are_there_only_when_wanted() {
        assert!(!table(&findings(), false).contains('\u{1b}'));
        assert!(table(&findings(), true).contains("\u{1b}[1;31mfailure"));
    }
}
