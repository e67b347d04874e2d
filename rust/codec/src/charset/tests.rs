//! The examples of PS3.5 Annexes H, I, J and K, and what holds for every set.

use proptest::prelude::*;

use super::*;
use crate::error::EncodeError;
use crate::value::text;

fn read(vr: Vr, bytes: &[u8], charset: &str) -> (String, bool) {
    let decoded = text::decode(vr, bytes, Charset::of(charset.as_bytes()));
    (decoded.text.into_owned(), decoded.exact)
}

/// Person names as the standard and users write them: terms, bytes, text.
const NAMES: &[(&str, &[u8], &str)] = &[
    ("ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
    ("ISO_IR 101", b"Wa\xb3\xeasa", "Wałęsa"),
    ("ISO_IR 109", b"\xa6anti", "Ĥanti"),
    ("ISO_IR 110", b"K\xa2", "Kĸ"),
    ("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"),
    ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"),
    ("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
    ("ISO_IR 138", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"),
    ("ISO_IR 148", b"\xc7a\xf0r\xfd", "Çağrı"),
    ("ISO_IR 203", b"\xa4 \xbdil", "€ œil"),
    ("ISO_IR 166", b"\xca\xc1\xaa\xd2\xc2", "สมชาย"),
    ("ISO_IR 13", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    // H.3.1
    (
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    // H.3.2
    (
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\
          \x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    ),
    ("\\ISO 2022 IR 159", b"=\x1b$(D0!\x1b(B", "=丂"),
    // I.2
    (
        "\\ISO 2022 IR 149",
        b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=洪^吉洞=홍^길동",
    ),
    // J.1, J.2
    (
        "ISO_IR 192",
        b"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1",
        "Wang^XiaoDong=王^小東",
    ),
    ("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"),
    ("GBK", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\x96\x7c", "Wang^XiaoDong=王^小東"),
    // K.2
    (
        "\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
        "Zhang^XiaoDong=张^小东=",
    ),
    // One set after the other in one component, and back before the delimiter.
    (
        "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126",
        b"\xe9\x1b-L\xbb\x1b-F\xc4\x1b-A^\xe9",
        "éЛΔ^é",
    ),
];

#[test]
fn names_of_the_standard_are_read_and_written() {
    for &(charset, bytes, name) in NAMES {
        assert_eq!(read(Vr::PN, bytes, charset), (name.to_owned(), true), "{charset}");
        let written = encode(Vr::PN, name, Charset::of(charset.as_bytes()));
        let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!(written.map(|written| shown(&written)), Ok(shown(bytes)), "{charset}");
    }
}

#[test]
fn bytes_of_a_character_are_no_delimiters() {
    for (vr, charset, bytes, values) in [
        (Vr::PN, "\\ISO 2022 IR 87", &b"=\x1b$BI===;^\x1b(B^\x1b$BK\\"[..], &["=表十枝^本"][..]),
        (Vr::LO, "\\ISO 2022 IR 87", b"\x1b$BK\\\x1b(B\\\x1b$B;\\\x1b(B", &["本", "施"]),
        (Vr::LO, "GB18030", b"\xd5\\\\\x81\x30\x81\x30", &["誠", "\u{80}"]),
        (Vr::LO, "GBK", b"\xd5\\\\a", &["誠", "a"]),
        (Vr::LO, "ISO_IR 13", b"\xb1\\\xb2~", &["ｱ", "ｲ~"]),
    ] {
        let (text, _) = read(vr, bytes, charset);
        assert_eq!(text::values(vr, &text).collect::<Vec<_>>(), values, "{charset}");
    }
}

#[test]
fn the_sets_of_the_first_term_come_back_at_delimiters() {
    let greek = "ISO 2022 IR 100\\ISO 2022 IR 126";
    for (vr, bytes, text) in [
        (Vr::LO, &b"\x1b-F\xe1\\\xe1"[..], "α\\á"),
        (Vr::PN, b"\x1b-F\xe1^\xe1=\x1b-F\xe1=\xe1", "α^á=α=á"),
        (Vr::LO, b"\x1b-F\xe1^\xe1=\xe1", "α^α=α"),
        (Vr::LT, b"\x1b-F\xe1\\\xe1\r\n\xe1", "α\\α\r\ná"),
        (Vr::UT, b"\x1b-F\xe1\t\xe1\x0c\xe1", "α\tá\x0cá"),
    ] {
        assert_eq!(read(vr, bytes, greek), (text.to_owned(), true), "{vr}");
    }
}

#[test]
fn what_breaks_the_rules_is_read_as_it_is_meant() {
    for (charset, bytes, text) in [
        // Escape sequences for what is not declared.
        ("ISO_IR 100", &b"\x1b$B;3ED\x1b(B \xe9"[..], "山田 é"),
        ("", b"\x1b-F\xe1", "α"),
        // None at the start, or after a delimiter.
        ("\\ISO 2022 IR 149", b"\xc8\xab^\xb1\xe6", "홍^길"),
        ("\\ISO 2022 IR 149\\ISO 2022 IR 58", b"\x1b$)A\xd5\xc5^\xd0\xa1", "张^小"),
        // Characters that only Windows has in a set: Shift_JIS, code page 949, GBK, NEC.
        ("ISO_IR 13", b"\x8eR\x93c^\xc0\xdb\xb3", "山田^ﾀﾛｳ"),
        ("\\ISO 2022 IR 149", b"\x1b$)C\x8cc", "똠"),
        ("\\ISO 2022 IR 58", b"\x1b$)A\x86\xb4^\x1b$)A\x96|", "喆^東"),
        ("\\ISO 2022 IR 87", b"\x1b$B-!\x1b(B", "①"),
    ] {
        assert_eq!(read(Vr::PN, bytes, charset), (text.to_owned(), false), "{charset}");
    }
}

#[test]
fn bytes_that_mean_nothing_stay_visible() {
    for (charset, bytes, text) in [
        ("ISO_IR 100", &b"a\x1b(Zb\x85"[..], "a\x1b(Zb\u{85}"),
        ("ISO_IR 13", b"\xe0 \xa0", "à \u{a0}"),
        ("ISO_IR 166", b"\xdb\xfc", "Ûü"),
        ("\\ISO 2022 IR 87", b"\x1b$B;", "\u{3b}"),
        ("\\ISO 2022 IR 87", b"\x1b$B;\x1b(Ba", ";a"),
        ("\\ISO 2022 IR 87", b"\x1b$B)!;3", ")!山"),
        ("\\ISO 2022 IR 149", b"\x1b$)C\xb1!\xb1", "±!±"),
        ("GB18030", b"\xcd\xf5\xff\xcd", "王ÿÍ"),
        ("ISO_IR 192", b"\xc3\xbc\xc3", "üÃ"),
        ("ISO_IR 999", b"\xe9", "é"),
    ] {
        let read = read(Vr::LO, bytes, charset);
        assert_eq!(read, (text.to_owned(), false), "{charset} {}", bytes.escape_ascii());
    }
}

#[test]
fn a_term_is_known_by_any_spelling_that_is_met() {
    for (spelled, term) in [
        ("", Term::IsoIr6),
        ("ISO_IR 6 ", Term::IsoIr6),
        ("ISO 2022 IR 6", Term::IsoIr6),
        ("ISO-IR 100", Term::IsoIr100),
        ("ISO IR 100", Term::IsoIr100),
        ("ISO_IR_100", Term::IsoIr100),
        ("ISO 2022-IR 100", Term::IsoIr100),
        ("ISO8859-1", Term::IsoIr100),
        ("latin_1", Term::IsoIr100),
        ("ISO2022 IR 87", Term::IsoIr87),
        ("ISO 2022 58", Term::IsoIr58),
        ("ISO 2022 GBK", Term::Gbk),
        ("iso_ir 192", Term::IsoIr192),
        ("ISO IR 192", Term::IsoIr192),
        ("UTF8", Term::IsoIr192),
        ("utf-8", Term::IsoIr192),
        ("ISO_IR 1000", Term::Unknown),
        ("ISO", Term::Unknown),
        ("ISO_IR 100\u{e9}", Term::Unknown),
    ] {
        assert_eq!(Term::of(spelled.as_bytes()), term, "{spelled}");
    }
}

#[test]
fn terms_keep_their_order_and_say_what_is_unknown() {
    for (value, shown) in [
        ("", "ISO_IR 6"),
        ("ISO_IR 100 ", "ISO_IR 100"),
        ("\\ISO 2022 IR 87\\ISO 2022 IR 159", "ISO 2022 IR 6\\ISO 2022 IR 87\\ISO 2022 IR 159"),
        ("ISO 2022 IR 100\\ISO_IR 144\\ISO_IR 100", "ISO 2022 IR 100\\ISO 2022 IR 144"),
        ("ISO 2022 IR 87", "ISO 2022 IR 87"),
        ("ISO_IR 192\\ISO_IR 100", "ISO_IR 192"),
        ("ISO_IR 100\\GB18030", "ISO_IR 100"),
        ("GBK", "GBK"),
    ] {
        let charset = Charset::of(value.as_bytes());
        assert_eq!(charset.to_string(), shown);
        assert_eq!(Charset::of(shown.as_bytes()), charset);
    }
    let unknown: Vec<_> = unknown_terms(b"ISO_IR 100\\ISO_IR 7 \\KOI8-R").collect();
    assert_eq!(unknown, [&b"ISO_IR 7"[..], b"KOI8-R"]);
    assert_eq!(Charset::of(&b"ISO_IR 100\\".repeat(99)), Charset::of(b"ISO_IR 100\\"));
}

#[test]
fn escapes_come_back_to_the_first_term_before_delimiters_and_the_end() {
    for (vr, charset, text, bytes) in [
        (
            Vr::LT,
            "\\ISO 2022 IR 87",
            "山 田\\x\r\n山",
            &b"\x1b$B;3\x1b(B \x1b$BED\x1b(B\\x\r\n\x1b$B;3\x1b(B"[..],
        ),
        (Vr::LO, "ISO 2022 IR 6\\ISO 2022 IR 149", "홍\\홍", b"\x1b$)C\xc8\xab\\\x1b$)C\xc8\xab"),
        // G1 is named again after an escape sequence into G0, for those who know one set at a time.
        (Vr::LO, "ISO 2022 IR 13\\ISO 2022 IR 87", "ｱ山ｱ", b"\xb1\x1b$B;3\x1b(J\x1b)I\xb1"),
        // Both have it: the first declared, unless one of them is at hand.
        (Vr::LO, "ISO 2022 IR 100\\ISO 2022 IR 126", "\u{a7}α\u{a7}", b"\xa7\x1b-F\xe1\xa7\x1b-A"),
        (Vr::LO, "\\ISO 2022 IR 58\\ISO 2022 IR 149", "王", b"\x1b$)A\xcd\xf5"),
        (Vr::LO, "\\ISO 2022 IR 149\\ISO 2022 IR 58", "王", b"\x1b$)C\xe8\xdd"),
    ] {
        let written = encode(vr, text, Charset::of(charset.as_bytes())).unwrap();
        assert_eq!(written.escape_ascii().to_string(), bytes.escape_ascii().to_string());
        assert_eq!(read(vr, bytes, charset), (text.to_owned(), true));
    }
}

#[test]
fn what_no_declared_set_has_is_an_error_that_names_it() {
    for (vr, charset, text, character) in [
        (Vr::PN, "ISO_IR 100", "Jan^山", '山'),
        (Vr::LO, "\\ISO 2022 IR 87", "①", '①'),
        (Vr::LO, "\\ISO 2022 IR 58", "東", '東'),
        (Vr::LO, "GBK", "€", '€'),
        (Vr::LO, "ISO_IR 13", "¥", '¥'),
        // The escape sequences are ours to write; C1 is in no set.
        (Vr::LO, "ISO_IR 100", "\x1b-F", '\x1b'),
        (Vr::LO, "ISO_IR 100", "\u{85}", '\u{85}'),
    ] {
        let error = encode(vr, text, Charset::of(charset.as_bytes())).unwrap_err();
        let found =
            matches!(error, EncodeError::Unencodable { character: it, .. } if it == character);
        assert!(found, "{charset} {error}");
    }
    let error = encode(Vr::CS, "É", Charset::UTF_8).unwrap_err();
    assert_eq!(error.to_string(), "CS takes ASCII only, not 'É' (U+00C9)");
    let error = encode(Vr::PN, "山", Charset::of(b"\\ISO 2022 IR 126")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'山' (U+5C71) is not in ISO 2022 IR 6\\ISO 2022 IR 126; ISO_IR 192 has every character"
    );
}

#[test]
fn every_character_of_gb18030_reads_back_or_is_refused() {
    let charset = Charset::only(Term::Gb18030);
    let refused: Vec<char> = ('\u{80}'..='\u{FFFF}')
        .filter(|character| encode(Vr::LO, &character.to_string(), charset).is_err())
        .collect();
    let private_use = |character: &char| ('\u{E000}'..='\u{F8FF}').contains(character);
    assert!(refused.iter().all(private_use), "{refused:?}");
    assert!(refused.len() < 40, "{}", refused.len());
}

fn charsets() -> impl Strategy<Value = Charset> {
    proptest::collection::vec(0..Term::ALL.len(), 1..5).prop_map(|terms| {
        let names = terms.iter().map(|&at| Charset::only(Term::ALL[at]).to_string());
        Charset::of(names.collect::<Vec<_>>().join("\\").as_bytes())
    })
}

/// Text of every script that the sets have, and delimiters.
fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            proptest::char::range(' ', '~'),
            proptest::char::range('\u{A0}', '\u{17F}'),
            proptest::char::range('\u{384}', '\u{5EA}'),
            proptest::char::range('ก', '๛'),
            proptest::char::range('ｱ', 'ﾝ'),
            proptest::char::range('ぁ', 'ヶ'),
            proptest::char::range('一', '龥'),
            proptest::char::range('가', '힣'),
            proptest::sample::select(vec!['^', '=', '\\', '\r', '\n', '\t', '\x0c', ' ']),
        ],
        0..24,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #[test]
    fn any_bytes_decode_and_none_is_lost(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'$')], 0..64),
        charset in charsets(),
    ) {
        for vr in [Vr::PN, Vr::LO, Vr::LT] {
            let (text, exact) = decode(vr, &bytes, charset);
            let again = encode(vr, &text, charset);
            if exact && let Ok(again) = again {
                prop_assert_eq!(decode(vr, &again, charset), (text, true));
            }
        }
    }

    #[test]
    fn what_is_encoded_reads_back(text in texts(), charset in charsets()) {
        for vr in [Vr::PN, Vr::LO, Vr::LT] {
            // What the sets do not have goes, one character after the other.
            let mut text = text.clone();
            let bytes = loop {
                match encode(vr, &text, charset) {
                    Ok(bytes) => break bytes,
                    Err(EncodeError::Unencodable { character, .. }) => {
                        text = text.replace(character, "");
                    }
                    Err(error) => panic!("{error}"),
                }
            };
            prop_assert_eq!(text::decode(vr, &bytes, charset).text, text);
            prop_assert!(text::decode(vr, &bytes, charset).exact);
        }
    }
}
