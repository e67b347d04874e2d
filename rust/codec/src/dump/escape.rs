//! Text that is safe to print: nothing in a value may move a cursor, or hide what stands beside it.

use std::fmt::{self, Write};

/// `text` with what cannot be seen written as `\x1b` or `\u202e`; spaces of other scripts stay.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut line = Line::new(&mut out, usize::MAX);
    line.push(text);
    out
}

/// Text appended to other text, escaped, and cut after so many characters.
pub(crate) struct Line<'a> {
    out: &'a mut String,
    left: usize,
    cut: bool,
}

impl<'a> Line<'a> {
    pub(crate) fn new(out: &'a mut String, longest: usize) -> Self {
        Self { out, left: longest, cut: false }
    }

    /// Appends what there is room for; false from the first character on that there is none for.
    pub(crate) fn push(&mut self, text: &str) -> bool {
        if text.len() <= self.left && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.out.push_str(text);
            self.left = self.left.saturating_sub(text.len());
            return !self.cut;
        }
        for character in text.chars() {
            let Some(left) = self.left.checked_sub(1) else {
                self.cut = true;
                break;
            };
            self.left = left;
            put(character, self.out);
        }
        !self.cut
    }

    /// Whether everything had room.
    pub(crate) fn is_whole(&self) -> bool {
        !self.cut
    }

    /// Ends the text: dots stand for what had no room.
    pub(crate) fn end(self) {
        if self.cut {
            self.out.push_str("...");
        }
    }
}

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// No-break and ideographic space: as harmless as an ordinary one.
const SPACES: [char; 2] = ['\u{a0}', '\u{3000}'];

fn put(character: char, out: &mut String) {
    let code = u32::from(character);
    // A string takes whatever is written.
    let _ = match code {
        0x20..=0x7e => out.write_char(character),
        0..=0x9f | 0xad => write!(out, "\\x{code:02x}"),
        _ if SPACES.contains(&character) || is_visible(character) => out.write_char(character),
        _ => write!(out, "\\u{code:04x}"),
    };
}

/// Whether a character beyond ASCII is no control, format, separator, private or unassigned one. The
/// table is that of the standard library, which escapes what follows a letter by just this rule.
fn is_visible(character: char) -> bool {
    let mut bytes = [b'a'; 5];
    let Some(rest) = bytes.get_mut(1..) else { return false };
    let length = character.encode_utf8(rest).len().saturating_add(1);
    let text = bytes.get(..length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
    text.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (text, shown) in [
            ("a\x1b[2Jb\r\n\u{9b}\x7f", r"a\x1b[2Jb\x0d\x0a\x9b\x7f"),
            ("\u{202e}evil\u{2028}", r"\u202eevil\u2028"),
            ("soft\u{ad}hyphen \u{feff}", r"soft\xadhyphen \ufeff"),
            ("\u{e000}\u{e0001}\u{10ffff}", r"\ue000\ue0001\u10ffff"),
            ("\u{378}", r"\u0378"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn letters_marks_and_spaces_of_any_script_stay() {
        for text in ["山田\u{3000}太郎 é", "e\u{301}", "1\u{a0}000", "'\"\\", "김희중", "😀"]
        {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn text_is_cut_after_so_many_characters_and_ends_in_dots() {
        for (pieces, expected) in [
            (&["abcd"][..], "abcd"),
            (&["ab", "cd"], "abcd"),
            (&["abcde"], "abcd..."),
            (&["ab\n", "cde"], r"ab\x0ac..."),
            (&["äöüß", "x"], "äöüß..."),
            (&["abcd", ""], "abcd"),
        ] {
            let mut text = String::new();
            let mut line = Line::new(&mut text, 4);
            for piece in pieces {
                line.push(piece);
            }
            line.end();
            assert_eq!(text, expected);
        }
    }
}
