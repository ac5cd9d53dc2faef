use std::io::{self, BufRead};

pub const TARGETS: &str = include_str!("../docs/target/supported.md");

pub fn count(input: impl BufRead) -> io::Result<usize> {
    input.split(b'\n').try_fold(0, |lines, line| line.map(|_| lines + 1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_line_counts_without_a_newline() {
        assert_eq!(super::count(&b"a\nb"[..]).unwrap(), 2);
    }
}
