use claviger_settings::Fault;
use std::fmt::Write;

/// Faults as an operator reads them: a block for each, with a blank line
/// between.
///
/// Control characters are escaped: problems may come from a plugin.
pub fn report(faults: &[Fault]) -> String {
    let blocks: Vec<_> = faults.iter().map(block).collect();
    blocks.join("\n")
}

fn block(fault: &Fault) -> String {
    let path = match fault.path.as_str() {
        "" => "(the whole file)",
        path => path,
    };
    let mut block = String::new();
    for (lead, text) in [
        ("", path),
        ("  problem: ", &fault.problem),
        ("  fix:     ", &fault.fix),
    ] {
        block.push_str(lead);
        for character in text.chars() {
            if character.is_control() {
                // Writing to a String cannot fail.
                let _ = write!(block, "{}", character.escape_default());
            } else {
                block.push(character);
            }
        }
        block.push('\n');
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_block_for_each_fault() {
        let faults = [
            Fault::new("server.deadline_ms", "out of range", "write less"),
            Fault::new("", "a\n\u{1b}[2Jb", "m"),
        ];
        assert_eq!(
            report(&faults),
            "server.deadline_ms\n  problem: out of range\n  fix:     write less\n\n\
             (the whole file)\n  problem: a\\n\\u{1b}[2Jb\n  fix:     m\n"
        );
    }
}
