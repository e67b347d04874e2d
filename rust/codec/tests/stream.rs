//! What a peer may send and what it may not: each rule of PS3.8 9.3 and E.2 that a stream enforces.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may panic"
)]

mod support;

use russet_codec::limits::Limits;
use russet_codec::pdu::{Abort, Control, PData, Pdv, ReleaseRq};
use support::{Receiver, Seen, command, message};

/// What a stream with contexts 1 and 3 makes of `bytes`.
fn seen(bytes: &[u8]) -> Vec<Seen> {
    Receiver::new(Limits::default()).receive(bytes)
}

/// The failure that `bytes` end in: message, source and reason of the abort.
fn failure(bytes: &[u8], limits: Limits) -> (String, u8, u8) {
    match Receiver::new(limits).receive(bytes).last() {
        Some(Seen::Failed(failure)) => (failure.error.to_string(), failure.source, failure.reason),
        other => panic!("{other:?}"),
    }
}

/// A PDV: context id, control header, fragment.
type Value<'a> = (u8, u8, &'a [u8]);

/// A P-DATA-TF of these PDVs.
fn p_data(pdvs: &[Value<'_>]) -> Vec<u8> {
    let pdvs = pdvs.iter().map(|&(context_id, control, fragment)| Pdv {
        context_id,
        control,
        fragment: fragment.to_vec(),
    });
    PData { pdvs: pdvs.collect() }.encode().unwrap()
}

fn store() -> Vec<u8> {
    command(true).encode().unwrap()
}

fn echo() -> Vec<u8> {
    command(false).encode().unwrap()
}

#[test]
fn a_message_is_a_command_and_its_data() {
    let expected = [Seen::Command(1, command(true)), Seen::Data(1, b"data".to_vec())];
    assert_eq!(seen(&message(1, Some(b"data"), 0)), expected);
    assert_eq!(seen(&message(1, Some(b"data"), 16)), expected);
    assert_eq!(seen(&message(3, None, 0)), [Seen::Command(3, command(false))]);
}

#[test]
fn values_of_one_message_and_of_several_may_share_a_pdu() {
    let (store, echo) = (store(), echo());
    let pdu = p_data(&[
        (1, 0b01, &store[..20]),
        (1, 0b11, &store[20..]),
        (1, 0b00, b"da"),
        (1, 0b10, b"ta"),
        (3, 0b1111_1111, &echo),
    ]);
    let expected = [
        Seen::Command(1, command(true)),
        Seen::Data(1, b"data".to_vec()),
        Seen::Command(3, command(false)),
    ];
    assert_eq!(seen(&pdu), expected);
}

#[test]
fn back_to_back_pdus_are_told_in_order() {
    let release = Control::ReleaseRq(ReleaseRq);
    let bytes = [message(1, None, 0), message(1, None, 0), release.encode().unwrap()].concat();
    let echo = Seen::Command(1, command(false));
    assert_eq!(seen(&bytes), [echo.clone(), echo, Seen::Control(release)]);
}

#[test]
fn empty_and_odd_fragments_are_accepted() {
    let store = store();
    let pdu = p_data(&[(1, 0b11, &store), (1, 0, b"odd"), (1, 0, b""), (1, 0b10, b"")]);
    assert_eq!(seen(&pdu).last(), Some(&Seen::Data(1, b"odd".to_vec())));
    let pdu = p_data(&[(1, 0b11, &store), (1, 0b10, b"")]);
    assert_eq!(seen(&pdu).last(), Some(&Seen::Data(1, vec![])));
}

#[test]
fn an_abort_of_any_length_is_an_abort() {
    for (bytes, abort) in [
        (&b"\x07\x00\x00\x00\x00\x00"[..], Abort { source: 0, reason: 0 }),
        (b"\x07\x00\x00\x00\x00\x03\x00\x00\x02", Abort { source: 0, reason: 0 }),
        (b"\x07\x00\x00\x00\x00\x06\x00\x00\x02\x01??", Abort { source: 2, reason: 1 }),
    ] {
        assert_eq!(seen(bytes), [Seen::Control(Control::Abort(abort))]);
    }
}

#[test]
fn headers_are_judged_before_the_body_arrives() {
    let limits = Limits { data_length: 0x4000, ..Limits::default() };
    let lies = [
        (&b"\x00\x00\x00\x00\x00\x04"[..], "unrecognized PDU type 0x00 at offset 0x0", 1),
        (b"\x08\x00\x00\x00\x00\x04", "unrecognized PDU type 0x08 at offset 0x0", 1),
        (b"GET / HTTP/1.1", "HTTP where DICOM was expected at offset 0x0", 1),
        (b"\x16\x03\x01\x02\x00\x01", "TLS where plain DICOM was expected at offset 0x0", 1),
        (
            b"\x01\x00\xff\xff\xff\xff",
            "PDU length 4294967295 above the limit of 1048576 at offset 0x2",
            6,
        ),
        (b"\x04\x00\x00\x00\x40\x01", "PDU length 16385 above the limit of 16384 at offset 0x2", 6),
        (
            b"\x04\x00\x00\x00\x00\x05",
            "length 0x5 where a P-DATA-TF has at least one PDV at offset 0x2",
            6,
        ),
        (b"\x05\x00\x00\x00\x00\x05", "length 0x5 where 4 is the only length at offset 0x2", 6),
        (b"\x03\x00\x00\x00\x00\x00", "length 0x0 where 4 is the only length at offset 0x2", 6),
        (b"\x07\x00\x00\x00\x04\x01", "PDU length 1025 above the limit of 1024 at offset 0x2", 6),
        (b"\x01\x00\x00\x00\x00\x01!", "the item ends inside a field at offset 0x6", 6),
    ];
    for (bytes, message, reason) in lies {
        assert_eq!(failure(bytes, limits), (message.into(), 2, reason), "{bytes:02x?}");
    }
}

#[test]
fn values_whose_lengths_lie_are_refused() {
    for (bytes, message) in [
        (&b"\x04\0\0\0\0\x06\0\0\0\0\x01\x03"[..], "length 0x0 where a PDV has at least 2"),
        (b"\x04\0\0\0\0\x06\0\0\0\x01\x01\x03", "length 0x1 where a PDV has at least 2"),
        (b"\x04\0\0\0\0\x06\0\0\0\x03\x01\x03", "length 0x3 past the end"),
        (b"\x04\0\0\0\0\x06\xff\xff\xff\xff\x01\x03", "length 0xffffffff past the end"),
    ] {
        let expected = (format!("{message} at offset 0x6"), 2, 6);
        assert_eq!(failure(bytes, Limits::default()), expected);
    }
    let mut tail = p_data(&[(1, 0b01, b"ab")]);
    tail.extend(b"\x00\x00\x00\x00\x00");
    tail[5] += 5;
    let message = "PDU ends inside the header of a PDV at offset 0xe".to_owned();
    assert_eq!(failure(&tail, Limits::default()), (message, 2, 6));
}

#[test]
fn values_of_the_wrong_context_or_out_of_turn_are_refused() {
    let (store, echo) = (store(), echo());
    let table: [(&[Value<'_>], &str, u8, u8); 7] = [
        (&[(5, 0b11, &echo)], "presentation context that was not accepted", 2, 6),
        (&[(0, 0b11, &echo)], "presentation context that was not accepted", 2, 6),
        (
            &[(1, 0b11, &store), (3, 0b10, b"data")],
            "presentation context changed inside a message",
            2,
            6,
        ),
        (&[(1, 0b10, b"data")], "data fragment where a command was due", 0, 0),
        (&[(1, 0b11, &echo), (1, 0b10, b"data")], "data fragment where a command was due", 0, 0),
        (&[(1, 0b01, &store), (1, 0b10, b"data")], "data fragment inside a command set", 0, 0),
        (&[(1, 0b11, &store), (1, 0b11, &store)], "command fragment inside a data set", 0, 0),
    ];
    for (pdvs, message, source, reason) in table {
        let bytes = p_data(pdvs);
        let before: usize = pdvs[..pdvs.len() - 1].iter().map(|pdv| 6 + pdv.2.len()).sum();
        let expected = (format!("{message} at offset {:#x}", 6 + before), source, reason);
        assert_eq!(failure(&bytes, Limits::default()), expected);
    }
}

#[test]
fn endless_empty_fragments_and_endless_commands_are_refused() {
    let limits = Limits { empty_fragments: 3, command_length: 40, ..Limits::default() };
    let empty = p_data(&[(1, 0b01, b"")]).repeat(4);
    let message = "number of empty fragments 4 above the limit of 3 at offset 0x2a".to_owned();
    assert_eq!(failure(&empty, limits), (message, 2, 6));
    let long = p_data(&[(1, 0b01, &[0; 30]), (1, 0b01, &[0; 12])]);
    let message = "command set length 42 above the limit of 40 at offset 0x2a".to_owned();
    assert_eq!(failure(&long, limits), (message, 2, 6));
}

#[test]
fn a_broken_command_set_is_told_with_its_element() {
    let mut echo = echo();
    echo.truncate(50);
    let (message, source, reason) = failure(&p_data(&[(1, 0b11, &echo)]), Limits::default());
    assert!(message.ends_with("in (0000,0100)"), "{message}");
    assert_eq!((source, reason), (0, 0));
}

#[test]
fn a_failure_stays_and_what_follows_is_dropped() {
    let mut receiver = Receiver::new(Limits::default());
    let first = receiver.receive(b"\xff\x00\x00\x00\x00\x00");
    for _ in 0..1000 {
        assert_eq!(receiver.receive(&message(1, Some(b"data"), 0)), first);
    }
    assert_eq!(receiver.buffer.len(), 64);
}

#[test]
fn data_are_unexpected_until_enabled_and_after_disabled() {
    let mut receiver = Receiver::new(Limits::default());
    receiver.stream.disable_data();
    let echo = message(1, None, 0);
    assert_eq!(receiver.receive(&echo), [Seen::DataUnexpected(0)]);
    receiver.stream.enable_data(&[1]);
    assert_eq!(receiver.receive(&echo), [Seen::Command(1, command(false))]);
    let store = message(1, Some(&[0; 100]), 0);
    receiver.receive(&store[..store.len() - 50]);
    receiver.stream.disable_data();
    assert_eq!(receiver.receive(&store[store.len() - 50..]), []);
    let offset = u64::try_from(2 * echo.len() + store.len()).unwrap();
    assert_eq!(receiver.receive(&echo), [Seen::DataUnexpected(offset)]);
}

#[test]
fn tiny_fragments_make_one_part() {
    let data: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let mut pdvs = vec![(1, 0b11, store())];
    pdvs.extend(data.chunks(2).map(|two| (1, 0, two.to_vec())));
    pdvs.push((1, 0b10, vec![]));
    let pdvs: Vec<_> =
        pdvs.iter().map(|(id, control, bytes)| (*id, *control, &bytes[..])).collect();
    let mut receiver = Receiver::new(Limits::default());
    receiver.passing = true;
    receiver.buffer = vec![0; 1 << 15];
    assert_eq!(receiver.receive(&p_data(&pdvs)).last(), Some(&Seen::Data(1, data)));
    assert_eq!((receiver.pieces, receiver.parts), (1, 1));
}

#[test]
fn data_beyond_what_is_kept_in_memory_are_passed_on() {
    let limits = Limits { data_in_memory: 1000, ..Limits::default() };
    for length in [999usize, 1000, 1001, 1002, 20_000] {
        let data = vec![0x5a; length & !1];
        let mut receiver = Receiver::new(limits);
        let seen = receiver.receive(&message(1, Some(&data), 512));
        assert_eq!(receiver.pieces > 1, length > 10_000, "{length}");
        assert_eq!(seen.last(), Some(&Seen::Data(1, data)));
    }
}

#[test]
fn the_buffer_grows_for_an_associate_request_but_not_on_its_word() {
    let mut receiver = Receiver::new(Limits::default());
    receiver.receive(b"\x01\x00\x00\x0f\xff\xff");
    receiver.receive(&[0; 100]);
    assert!(receiver.buffer.len() <= 256, "{}", receiver.buffer.len());
}
