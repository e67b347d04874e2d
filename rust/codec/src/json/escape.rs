//! Text as a JSON string (RFC 8259 7).

/// Appends `text` between quotation marks; all but what must be escaped stays as it is.
pub(super) fn put(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    // One pass without a branch over what nearly always needs nothing.
    if bytes.iter().fold(false, |found, &byte| found | is_special(byte)) {
        for &byte in bytes {
            put_byte(out, byte);
        }
    } else {
        out.extend_from_slice(bytes);
    }
    out.push(b'"');
}

fn is_special(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\')
}

fn put_byte(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0..0x20 => {
            out.extend_from_slice(b"\\u00");
            hex(out, [byte]);
            return;
        }
        _ => {
            out.push(byte);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends `bytes` as upper case hexadecimal digits.
pub(super) fn hex<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    let digit = |half: u8| if half < 10 { b'0' | half } else { half.wrapping_add(b'A' - 10) };
    for byte in bytes {
        out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_be_escaped_is() {
        for (text, written) in [
            ("CT", r#""CT""#),
            ("Jürgen / 山田", r#""Jürgen / 山田""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("1\r\n\t2\u{c}\u{8}", r#""1\r\n\t2\f\b""#),
            ("\u{1b}$B\0\u{7f}", "\"\\u001B$B\\u0000\u{7f}\""),
        ] {
            let mut out = Vec::new();
            put(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), written);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_reads_back(text in ".*") {
            let mut out = Vec::new();
            put(&mut out, &text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
