//! PDUs as one can read them beside the tables of PS3.8 9.3 and PS3.7 D.3.3; one table serves
//! reading and writing.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

use russet_codec::error::{DecodeError, EncodeError, ErrorKind};
use russet_codec::limits::Limits;
use russet_codec::pdu::data::{Fragmentation, encode_pdvs};
use russet_codec::pdu::{
    Abort, Associate, AssociateAc, AssociateRj, AssociateRq, CommonExtended, ContextAc, ContextRq,
    Control, Extended, Identity, PData, Pdu, Pdv, ReleaseRp, ReleaseRq, Role, UserInformation,
};

fn decode(bytes: &[u8]) -> Result<Pdu, DecodeError> {
    Pdu::decode(bytes, 0, &Limits::default())
}

/// The fixed fields of an A-ASSOCIATE PDU (PS3.8 Table 9-11) in front of `items`.
fn associate(pdu_type: u8, items: &[u8]) -> Vec<u8> {
    let length = u32::try_from(68 + items.len()).unwrap().to_be_bytes();
    let fixed: &[u8] = b"\x00\x01\x00\x00STORE           MODALITY        ";
    [&[pdu_type, 0], &length[..], fixed, &[0; 32], items].concat()
}

fn request(contexts: Vec<ContextRq>, user: UserInformation) -> AssociateRq {
    Associate {
        version: 1,
        called: *b"STORE           ",
        calling: *b"MODALITY        ",
        reserved: [0; 32],
        application_context: "1.2.840.10008.3.1.1.1".into(),
        contexts,
        user,
    }
}

const APPLICATION_CONTEXT: &[u8] = b"\x10\x00\x00\x151.2.840.10008.3.1.1.1";

#[test]
fn an_associate_request_reads_and_writes_as_the_standard_prints_it() {
    let items = [
        APPLICATION_CONTEXT,
        b"\x20\x00\x00\x2e\x01\x00\x00\x00",
        b"\x30\x00\x00\x111.2.840.10008.1.1",
        b"\x40\x00\x00\x111.2.840.10008.1.2",
        b"\x50\x00\x00\x11",
        b"\x51\x00\x00\x04\x00\x00\x40\x00",
        b"\x52\x00\x00\x051.2.3",
    ]
    .concat();
    let context = ContextRq {
        context_id: 1,
        abstract_syntax: "1.2.840.10008.1.1".into(),
        transfer_syntaxes: vec!["1.2.840.10008.1.2".into()],
    };
    let user = UserInformation {
        max_length: Some(0x4000),
        implementation_class_uid: Some("1.2.3".into()),
        ..UserInformation::default()
    };
    let pdu = Control::AssociateRq(Box::new(request(vec![context], user)));
    let bytes = associate(0x01, &items);
    assert_eq!(pdu.encode().unwrap(), bytes);
    assert_eq!(decode(&bytes), Ok(Pdu::Control(pdu)));
}

#[test]
fn an_associate_acceptance_has_results_and_one_syntax_per_context() {
    let items = [
        APPLICATION_CONTEXT,
        b"\x21\x00\x00\x19\x01\x00\x00\x00\x40\x00\x00\x111.2.840.10008.1.2",
        b"\x21\x00\x00\x08\x03\x00\x04\x00\x40\x00\x00\x00",
        b"\x50\x00\x00\x00",
    ]
    .concat();
    let contexts = vec![
        ContextAc { context_id: 1, result: 0, transfer_syntax: "1.2.840.10008.1.2".into() },
        ContextAc { context_id: 3, result: 4, transfer_syntax: String::new() },
    ];
    let rq = request(vec![], UserInformation::default());
    let pdu = Control::AssociateAc(Box::new(AssociateAc {
        version: rq.version,
        called: rq.called,
        calling: rq.calling,
        reserved: rq.reserved,
        application_context: rq.application_context,
        contexts,
        user: rq.user,
    }));
    let bytes = associate(0x02, &items);
    assert_eq!(pdu.encode().unwrap(), bytes);
    assert_eq!(decode(&bytes), Ok(Pdu::Control(pdu)));
}

#[test]
fn each_sub_item_of_user_information_reads_and_writes_as_the_standard_prints_it() {
    type Set = fn(&mut UserInformation);
    let table: [(&[u8], Set); 10] = [
        (b"\x51\x00\x00\x04\x00\x02\x00\x00", |user| user.max_length = Some(0x20000)),
        (b"\x52\x00\x00\x03\x31.2", |user| user.implementation_class_uid = Some("1.2".into())),
        (b"\x53\x00\x00\x04\x00\x05\x00\x00", |user| user.window = Some((5, 0))),
        (b"\x54\x00\x00\x07\x00\x031.2\x00\x01", |user| {
            user.roles = vec![Role { sop_class_uid: "1.2".into(), scu: false, scp: true }];
        }),
        (b"\x55\x00\x00\x06RUSSET", |user| user.implementation_version = Some("RUSSET".into())),
        (b"\x56\x00\x00\x07\x00\x031.2\x01\x02", |user| {
            let information = vec![1, 2];
            user.extended = vec![Extended { sop_class_uid: "1.2".into(), information }];
        }),
        (b"\x57\x00\x00\x11\x00\x031.2\x00\x031.3\x00\x05\x00\x031.4", |user| {
            user.common_extended = vec![CommonExtended {
                sop_class_uid: "1.2".into(),
                service_class_uid: "1.3".into(),
                related: vec!["1.4".into()],
            }];
        }),
        (b"\x58\x00\x00\x0a\x02\x01\x00\x02me\x00\x02pw", |user| {
            let (primary, secondary) = (b"me".to_vec(), b"pw".to_vec());
            user.identity =
                Some(Identity { kind: 2, response_requested: true, primary, secondary });
        }),
        (b"\x59\x00\x00\x04\x00\x02ok", |user| user.identity_response = Some(b"ok".to_vec())),
        (b"\x7f\x00\x00\x01!", |user| user.unknown = vec![(0x7f, b"!".to_vec())]),
    ];
    for (sub_item, set) in table {
        let length = u16::try_from(sub_item.len()).unwrap().to_be_bytes();
        let items = [APPLICATION_CONTEXT, b"\x50\x00", &length, sub_item].concat();
        let mut user = UserInformation::default();
        set(&mut user);
        let pdu = Control::AssociateRq(Box::new(request(vec![], user)));
        let bytes = associate(0x01, &items);
        assert_eq!(pdu.encode().unwrap(), bytes, "{sub_item:02x?}");
        assert_eq!(decode(&bytes), Ok(Pdu::Control(pdu)), "{sub_item:02x?}");
    }
}

#[test]
fn the_short_pdus_read_and_write_as_the_standard_prints_them() {
    let table: [(&[u8], Control); 4] = [
        (
            b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07",
            Control::AssociateRj(AssociateRj { result: 1, source: 1, reason: 7 }),
        ),
        (b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00", Control::ReleaseRq(ReleaseRq)),
        (b"\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00", Control::ReleaseRp(ReleaseRp)),
        (
            b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x06",
            Control::Abort(Abort { source: 2, reason: 6 }),
        ),
    ];
    for (bytes, pdu) in table {
        assert_eq!(pdu.encode().unwrap(), bytes);
        assert_eq!(decode(bytes), Ok(Pdu::Control(pdu)));
    }
}

#[test]
fn packed_values_of_one_p_data_are_kept_apart() {
    let bytes = b"\x04\x00\x00\x00\x00\x10\x00\x00\x00\x04\x01\x03ab\x00\x00\x00\x04\x01\x02cd";
    let pdu = Pdu::PData(PData {
        pdvs: vec![
            Pdv { context_id: 1, control: 3, fragment: b"ab".to_vec() },
            Pdv { context_id: 1, control: 2, fragment: b"cd".to_vec() },
        ],
    });
    assert_eq!(pdu.encode().unwrap(), bytes);
    assert_eq!(decode(bytes), Ok(pdu));
}

#[test]
fn padding_missing_items_and_unknown_ones_are_tolerated() {
    let items = [
        &b"\x20\x00\x00\x0b\x01\x00\x00\x00\x30\x00\x00\x031.\x00"[..],
        b"\x99\x00\x00\x02??",
        b"\x20\x00\x00\x10\x03\x00\x00\x00\x40\x00\x00\x02 \x00\x77\x00\x00\x02??",
    ]
    .concat();
    let context = |context_id, abstract_syntax: &str, transfer_syntaxes| ContextRq {
        context_id,
        abstract_syntax: abstract_syntax.into(),
        transfer_syntaxes,
    };
    let contexts = vec![context(1, "1.", vec![]), context(3, "", vec![String::new()])];
    let mut expected = request(contexts, UserInformation::default());
    expected.application_context = String::new();
    let expected = Pdu::Control(Control::AssociateRq(Box::new(expected)));
    assert_eq!(decode(&associate(0x01, &items)), Ok(expected));
}

#[test]
fn lengths_that_lie_are_told_with_their_offset() {
    let past = |length| ErrorKind::PastEnd { length };
    let extra = |length| ErrorKind::BadLength { length, expected: "the item has no more fields" };
    let short = ErrorKind::Invalid("the item ends inside a field");
    let twice = ErrorKind::Invalid("presentation context id used twice");
    let even = ErrorKind::Invalid("presentation context id not odd");
    let table: [(&[u8], ErrorKind, u64); 10] = [
        (b"\x10\x00\x00\x05", past(5), 78),
        (b"\x10\x00\x00", short, 76),
        (b"\x20\x00\x00\x02\x01\x00", short, 78),
        (b"\x20\x00\x00\x04\x02\x00\x00\x00", even, 78),
        (b"\x20\x00\x00\x04\x01\x00\x00\x00\x20\x00\x00\x04\x01\x00\x00\x00", twice, 86),
        (b"\x50\x00\x00\x09\x51\x00\x00\x05\x00\x00\x00\x00\x00", extra(1), 86),
        (b"\x50\x00\x00\x06\x51\x00\x00\x02\x00\x00", short, 82),
        (b"\x50\x00\x00\x06\x54\x00\x00\x02\xff\xff", past(0xffff), 84),
        (b"\x50\x00\x00\x0c\x58\x00\x00\x08\x01\x00\x00\x02me\xff\xff", past(0xffff), 90),
        (b"\x50\x00\x00\x05\x51\x00\xff\xff\x00", past(0xffff), 82),
    ];
    for (items, kind, offset) in table {
        let expected = Err(DecodeError::new(kind, offset));
        assert_eq!(decode(&associate(0x01, items)), expected, "{items:02x?}");
    }
}

#[test]
fn only_what_more_bytes_can_cure_is_called_truncated() {
    let whole = associate(0x01, APPLICATION_CONTEXT);
    for cut in 0..whole.len() {
        let error = decode(&whole[..cut]).unwrap_err();
        let ErrorKind::Truncated { needed } = error.kind else { panic!("{cut}: {error}") };
        assert!(needed > 0 && cut + needed <= whole.len(), "{cut}: {error}");
    }
    let trailing = ErrorKind::Invalid("bytes after the end of the PDU");
    let longer = [&whole[..], b"!"].concat();
    assert_eq!(decode(&longer), Err(DecodeError::new(trailing, whole.len().try_into().unwrap())));
}

#[test]
fn empty_items_are_counted() {
    let items = b"\x99\x00\x00\x00".repeat(11);
    let limits = Limits { items: 10, ..Limits::default() };
    let error = Pdu::decode(&associate(0x01, &items), 0, &limits).unwrap_err();
    assert_eq!(error.to_string(), "number of items 11 above the limit of 10 at offset 0x72");
}

#[test]
fn what_has_no_encoding_is_refused() {
    let mut long = request(vec![], UserInformation::default());
    long.user.unknown = vec![(0x7f, vec![0; 65_536])];
    let too_long = EncodeError::TooLong { length: 65_536, limit: 65_535 };
    assert_eq!(long.encode(), Err(too_long));
    let mut foreign = request(vec![], UserInformation::default());
    foreign.application_context = "\u{3b1}".into();
    assert_eq!(foreign.encode(), Err(EncodeError::Invalid("text beyond ISO 8859-1")));
}

#[test]
fn a_request_may_be_longer_than_an_item_can_tell() {
    let contexts = (0..128u8).map(|at| ContextRq {
        context_id: at * 2 + 1,
        abstract_syntax: "1.2.840.10008.5.1.4.1.1.2".into(),
        transfer_syntaxes: vec!["1.2.840.10008.1.2.4.100".into(); 30],
    });
    let pdu =
        Control::AssociateRq(Box::new(request(contexts.collect(), UserInformation::default())));
    let bytes = pdu.encode().unwrap();
    assert!(bytes.len() > 100_000);
    assert_eq!(decode(&bytes), Ok(Pdu::Control(pdu)));
}

#[test]
fn messages_are_cut_into_even_fragments_that_fit() {
    let cut = |data: &[u8], max_length| {
        encode_pdvs(data, Fragmentation::new(5, false, true, max_length)?)
    };
    for (data, max_length, expected) in [
        (
            &b"abcdef"[..],
            11,
            Ok(&b"\x04\0\0\0\0\x0a\0\0\0\x06\x05\0abcd\x04\0\0\0\0\x08\0\0\0\x04\x05\x02ef"[..]),
        ),
        (b"abcd", 0, Ok(b"\x04\0\0\0\0\x0a\0\0\0\x06\x05\x02abcd")),
        (b"", 0, Ok(b"\x04\0\0\0\0\x06\0\0\0\x02\x05\x02")),
        (b"abc", 0, Err(EncodeError::Invalid("data of odd length"))),
        (b"ab", 7, Err(EncodeError::Invalid("maximum length without room for data"))),
    ] {
        assert_eq!(cut(data, max_length).as_deref(), expected.as_ref().map(|bytes| &**bytes));
    }
}
