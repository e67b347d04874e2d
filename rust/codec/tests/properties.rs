//! What holds for all PDUs, command sets and streams: what is written reads back, any split gives
//! the same events, any bytes decode or fail at an offset inside them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may panic"
)]

mod support;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use russet_codec::command::Command;
use russet_codec::error::DecodeError;
use russet_codec::limits::Limits;
use russet_codec::pdu::{
    Abort, Associate, AssociateRj, CommonExtended, ContextAc, ContextRq, Control, Extended,
    Identity, PData, Pdu, Pdv, ReleaseRp, ReleaseRq, Role, UserInformation,
};
use support::{Receiver, Seen, message};

fn text() -> impl Strategy<Value = String> {
    "([0-9a-zA-Z.\u{e4} ]{0,63}[0-9A-Z.])?"
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

prop_compose! {
    fn role()(sop_class_uid in text(), scu: bool, scp: bool) -> Role {
        Role { sop_class_uid, scu, scp }
    }
}

prop_compose! {
    fn extended()(sop_class_uid in text(), information in bytes()) -> Extended {
        Extended { sop_class_uid, information }
    }
}

prop_compose! {
    fn common_extended()(
        sop_class_uid in text(), service_class_uid in text(), related in vec(text(), 0..4)
    ) -> CommonExtended {
        CommonExtended { sop_class_uid, service_class_uid, related }
    }
}

prop_compose! {
    fn identity()(
        kind: u8, response_requested: bool, primary in bytes(), secondary in bytes()
    ) -> Identity {
        Identity { kind, response_requested, primary, secondary }
    }
}

prop_compose! {
    fn user()(
        max_length: Option<u32>,
        implementation_class_uid in option::of(text()),
        window: Option<(u16, u16)>,
        roles in vec(role(), 0..3),
        implementation_version in option::of(text()),
        extended in vec(extended(), 0..3),
        common_extended in vec(common_extended(), 0..3),
        identity in option::of(identity()),
        identity_response in option::of(bytes()),
        unknown in vec((0x5a..=255u8, bytes()), 0..3),
    ) -> UserInformation {
        UserInformation {
            max_length, implementation_class_uid, window, roles, implementation_version, extended,
            common_extended, identity, identity_response, unknown,
        }
    }
}

/// An A-ASSOCIATE PDU whose context ids are made odd and unique.
fn associate<C: std::fmt::Debug + Clone>(
    context: impl Strategy<Value = C>,
    set_id: fn(&mut C, u8),
) -> impl Strategy<Value = Box<Associate<C>>> {
    let titles = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<[u8; 32]>());
    (any::<u16>(), titles, text(), vec(context, 0..6), user()).prop_map(
        move |(version, (called, calling, reserved), application_context, mut contexts, user)| {
            for (context, id) in contexts.iter_mut().zip((1..=255).step_by(2)) {
                set_id(context, id);
            }
            Box::new(Associate {
                version,
                called,
                calling,
                reserved,
                application_context,
                contexts,
                user,
            })
        },
    )
}

fn pdu() -> impl Strategy<Value = Pdu> {
    let context_rq =
        (text(), vec(text(), 0..5)).prop_map(|(abstract_syntax, transfer_syntaxes)| ContextRq {
            context_id: 1,
            abstract_syntax,
            transfer_syntaxes,
        });
    let context_ac = (any::<u8>(), text()).prop_map(|(result, transfer_syntax)| ContextAc {
        context_id: 1,
        result,
        transfer_syntax,
    });
    let pdv = (any::<u8>(), any::<u8>(), bytes()).prop_map(|(context_id, control, fragment)| Pdv {
        context_id,
        control,
        fragment,
    });
    prop_oneof![
        associate(context_rq, |context, id| context.context_id = id)
            .prop_map(|pdu| Pdu::Control(Control::AssociateRq(pdu))),
        associate(context_ac, |context, id| context.context_id = id)
            .prop_map(|pdu| Pdu::Control(Control::AssociateAc(pdu))),
        any::<[u8; 3]>().prop_map(|[result, source, reason]| {
            Pdu::Control(Control::AssociateRj(AssociateRj { result, source, reason }))
        }),
        any::<[u8; 2]>().prop_map(|[source, reason]| {
            Pdu::Control(Control::Abort(Abort { source, reason }))
        }),
        Just(Pdu::Control(Control::ReleaseRq(ReleaseRq))),
        Just(Pdu::Control(Control::ReleaseRp(ReleaseRp))),
        vec(pdv, 0..4).prop_map(|pdvs| Pdu::PData(PData { pdvs })),
    ]
}

prop_compose! {
    fn command()(
        command_field: u16,
        command_data_set_type: u16,
        message_id: Option<u16>,
        status: Option<u16>,
        affected_sop_class_uid in option::of(text()),
        move_destination in option::of(text()),
        error_comment in option::of(text()),
        affected_sop_instance_uid in option::of(text()),
        attribute_identifier_list in option::of(vec(any::<u32>(), 0..5)),
        move_originator_message_id: Option<u16>,
    ) -> Command {
        Command {
            command_data_set_type, message_id, status, affected_sop_class_uid, move_destination,
            error_comment, affected_sop_instance_uid, attribute_identifier_list,
            move_originator_message_id, ..Command::new(command_field)
        }
    }
}

/// One thing that a peer may send, as bytes.
fn exchange() -> impl Strategy<Value = Vec<u8>> {
    let control = pdu().prop_filter_map("a control PDU", |pdu| match pdu {
        Pdu::Control(pdu) => pdu.encode().ok(),
        Pdu::PData(_) => None,
    });
    let data = option::of(vec(any::<u8>(), 0..3000));
    let stored = (0..2u8, data, 8..600u32).prop_map(|(at, data, max_length)| {
        let even = data.map(|data| data[..data.len() & !1].to_vec());
        message(at * 2 + 1, even.as_deref(), max_length)
    });
    prop_oneof![1 => control, 3 => stored]
}

/// What a stream sees of `bytes` received in pieces of the lengths `cuts`, over and over.
fn split(bytes: &[u8], cuts: &[usize], passing: bool) -> Vec<Seen> {
    let mut receiver = Receiver::new(Limits { data_in_memory: 1500, ..Limits::default() });
    receiver.passing = passing;
    let (mut rest, mut seen) = (bytes, Vec::new());
    for &cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(cut.min(rest.len()));
        rest = later;
        let more = receiver.receive(now);
        let failed = matches!(seen.last(), Some(Seen::Failed(_)));
        seen.extend(more.into_iter().filter(|event| !(failed && matches!(event, Seen::Failed(_)))));
    }
    seen
}

fn in_range(error: &DecodeError, length: usize) -> bool {
    error.offset <= u64::try_from(length).unwrap()
}

/// A stream of one message, of a control PDU and garbage, one byte at a time and whole.
fn survives(bytes: &[u8]) {
    let whole = split(bytes, &[usize::MAX], false);
    assert_eq!(split(bytes, &[1], true), whole);
    for event in whole {
        if let Seen::Failed(failure) = event {
            assert!(in_range(&failure.error, bytes.len()), "{failure:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pdu_that_is_written_reads_back(pdu in pdu()) {
        let bytes = pdu.encode().unwrap();
        prop_assert_eq!(Pdu::decode(&bytes, 0, &Limits::default()), Ok(pdu));
    }

    #[test]
    fn a_command_set_that_is_written_reads_back(command in command()) {
        let bytes = command.encode().unwrap();
        prop_assert_eq!(bytes.len() % 2, 0);
        prop_assert_eq!(Command::decode(&bytes, 0), Ok(command));
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_events(
        exchanges in vec(exchange(), 1..6), cuts in vec(1..700usize, 1..20), passing: bool
    ) {
        let bytes = exchanges.concat();
        let whole = split(&bytes, &[usize::MAX], false);
        prop_assert!(!matches!(whole.last(), Some(Seen::Failed(_))), "{whole:?}");
        prop_assert_eq!(&split(&bytes, &cuts, passing), &whole);
        prop_assert_eq!(&split(&bytes, &[1], passing), &whole);
    }

    #[test]
    fn any_bytes_decode_or_fail_inside_them(mut bytes in vec(any::<u8>(), 0..400), kind in 0..10u8) {
        if let Err(error) = Command::decode(&bytes, 0) {
            prop_assert!(in_range(&error, bytes.len()));
        }
        if let Some(first) = bytes.first_mut() {
            *first = kind;
        }
        if let Err(error) = Pdu::decode(&bytes, 0, &Limits::default()) {
            prop_assert!(in_range(&error, bytes.len()));
        }
        survives(&bytes);
    }

    #[test]
    fn a_mutated_pdu_decodes_or_fails_inside_it(pdu in pdu(), at: prop::sample::Index, to: u8) {
        let mut bytes = pdu.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Err(error) = Pdu::decode(&bytes, 0, &Limits::default()) {
            prop_assert!(in_range(&error, bytes.len()));
        }
        survives(&bytes);
    }
}

#[test]
fn every_truncation_and_every_mutated_byte_of_a_message_is_survived() {
    let bytes = message(1, Some(&[0x5a; 40]), 30);
    for cut in 0..bytes.len() {
        survives(&bytes[..cut]);
    }
    for at in 0..bytes.len() {
        for to in [0, 1, 2, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
            let mut mutated = bytes.clone();
            mutated[at] = to;
            survives(&mutated);
        }
    }
}
