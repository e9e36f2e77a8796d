//! The script that makes the files: `claviger doctor --aws-commands`.

/// A script for bash and the AWS CLI that reads everything that the checks look at, and
/// writes the files that [`super::AwsFiles`] reads.
pub const SCRIPT: &str = include_str!("commands.sh");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::files::KNOWN;

    /// The words of each `read_into`, and of each `list`.
    fn commands() -> Vec<Vec<String>> {
        let joined = SCRIPT.replace("\\\n", " ");
        joined
            .lines()
            .filter_map(|line| {
                let at = line.find("read_into ").or_else(|| line.find("list "))?;
                (!line.trim_start().starts_with('#')).then(|| &line[at..])
            })
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn the_script_writes_the_files_that_are_read() {
        let mut written: Vec<_> = commands()
            .iter()
            .filter(|words| words[0] == "read_into")
            .map(|words| {
                let name = words[1].trim_matches('"');
                name.split('.').next().unwrap().to_owned()
            })
            .collect();
        written.sort();
        let mut known = KNOWN.to_vec();
        known.sort_unstable();
        assert_eq!(written, known);
    }

    #[test]
    fn the_script_only_reads() {
        let commands = commands();
        assert!(commands.len() > KNOWN.len());
        for words in commands {
            let operation = words
                .iter()
                .find(|word| {
                    ["describe-", "get-", "lookup-"]
                        .iter()
                        .any(|verb| word.starts_with(verb))
                })
                .unwrap_or_else(|| panic!("{words:?}"));
            let position = words.iter().position(|word| word == operation).unwrap();
            let expected = if words[0] == "list" { 2 } else { 3 };
            assert_eq!(position, expected, "{words:?}");
        }
    }
}
