//! Lines of a file, with bounded memory.

use std::io::{self, BufRead};

use crate::line::LONGEST;

/// What was read, of a line that is in the buffer.
pub(crate) struct Read {
    /// The line has an end, which is in the buffer too.
    pub(crate) ended: bool,
    /// The line is longer than any that is written; the buffer has its end only.
    pub(crate) too_long: bool,
}

/// Reads one line into the emptied buffer; none at the end of the file. Of a line that
/// is too long, what does not fit is given to `surplus`.
pub(crate) fn read_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    mut surplus: impl FnMut(&[u8]),
) -> io::Result<Option<Read>> {
    line.clear();
    let mut read = Read {
        ended: false,
        too_long: false,
    };
    loop {
        let available = match reader.fill_buf() {
            Ok([]) => return Ok((read.too_long || !line.is_empty()).then_some(read)),
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = end.map_or(available, |end| available.get(..=end).unwrap_or(available));
        if line.len() + part.len() > LONGEST {
            read.too_long = true;
            surplus(line);
            line.clear();
        }
        line.extend_from_slice(part);
        let count = part.len();
        reader.consume(count);
        if end.is_some() {
            read.ended = true;
            return Ok(Some(read));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_given_out_once_and_no_more_than_a_line_is_kept() {
        let text = format!("a\n\n{}\nlast", "b".repeat(3 * LONGEST));
        let mut reader = io::BufReader::new(text.as_bytes());
        let (mut line, mut bytes, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(read) = read_line(&mut reader, &mut line, |part| {
            bytes.extend_from_slice(part);
        })
        .unwrap()
        {
            assert!(line.len() <= LONGEST);
            bytes.extend_from_slice(&line);
            kinds.push((read.ended, read.too_long));
        }
        assert_eq!(bytes, text.as_bytes());
        assert_eq!(
            kinds,
            [(true, false), (true, false), (true, true), (false, false)]
        );
    }
}
