//! Command sets (PS3.7 6.3, 9.3, 10.3, E.1): always Implicit VR Little Endian, group 0000 only. What
//! some put in of other groups is passed over.

use crate::cursor::Cursor;
use crate::endian::Endian;
use crate::error::{DecodeError, EncodeError, ErrorKind};
use crate::pdu::{text, whole};
use crate::tag::Tag;
use crate::vr::Vr;

/// (0000,0800) Command Data Set Type when no data set follows; any other value announces one.
pub const NO_DATA_SET: u16 = 0x0101;

const GROUP_LENGTH: u16 = 0x0000;
const COMMAND_FIELD: u16 = 0x0100;
const COMMAND_DATA_SET_TYPE: u16 = 0x0800;
/// Without these nobody knows what a message is and whether data follow.
const REQUIRED: [u16; 2] = [COMMAND_FIELD, COMMAND_DATA_SET_TYPE];
/// Tag, length and value of (0000,0000), which do not count themselves.
const GROUP_LENGTH_ELEMENT: usize = 12;

/// The elements of command sets but Command Field, which every one of them has (PS3.7 Table E.1-1),
/// retired ones left out: hands the table to the macro `$with`, so that nobody else writes it down.
/// Columns: field, type, value when absent, VR, element number, keyword.
#[macro_export]
macro_rules! command_elements {
    ($with:ident) => {
        $with! {
            affected_sop_class_uid: Option<String> = None, UI 0x0002 "AffectedSOPClassUID";
            requested_sop_class_uid: Option<String> = None, UI 0x0003 "RequestedSOPClassUID";
            message_id: Option<u16> = None, US 0x0110 "MessageID";
            message_id_being_responded_to: Option<u16> = None, US 0x0120 "MessageIDBeingRespondedTo";
            move_destination: Option<String> = None, AE 0x0600 "MoveDestination";
            priority: Option<u16> = None, US 0x0700 "Priority: 0 medium, 1 high, 2 low";
            command_data_set_type: u16 = 0x0101, US 0x0800 "CommandDataSetType: 0x0101 for none";
            status: Option<u16> = None, US 0x0900 "Status";
            offending_element: Option<Vec<u32>> = None, AT 0x0901 "OffendingElement";
            error_comment: Option<String> = None, LO 0x0902 "ErrorComment";
            error_id: Option<u16> = None, US 0x0903 "ErrorID";
            affected_sop_instance_uid: Option<String> = None, UI 0x1000 "AffectedSOPInstanceUID";
            requested_sop_instance_uid: Option<String> = None, UI 0x1001 "RequestedSOPInstanceUID";
            event_type_id: Option<u16> = None, US 0x1002 "EventTypeID";
            attribute_identifier_list: Option<Vec<u32>> = None, AT 0x1005 "AttributeIdentifierList";
            action_type_id: Option<u16> = None, US 0x1008 "ActionTypeID";
            number_of_remaining_suboperations: Option<u16> = None,
                US 0x1020 "NumberOfRemainingSuboperations";
            number_of_completed_suboperations: Option<u16> = None,
                US 0x1021 "NumberOfCompletedSuboperations";
            number_of_failed_suboperations: Option<u16> = None,
                US 0x1022 "NumberOfFailedSuboperations";
            number_of_warning_suboperations: Option<u16> = None,
                US 0x1023 "NumberOfWarningSuboperations";
            move_originator_application_entity_title: Option<String> = None,
                AE 0x1030 "MoveOriginatorApplicationEntityTitle";
            move_originator_message_id: Option<u16> = None, US 0x1031 "MoveOriginatorMessageID";
        }
    };
}

macro_rules! command {
    ($($name:ident: $type:ty = $absent:expr, $vr:ident $element:literal $keyword:literal;)*) => {
        /// A command set: what to do, or what became of it. Elements that are absent are `None`;
        /// tags are group * 65536 + element.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Command {
            #[doc = "CommandField: which message this is (PS3.7 E.1)."]
            pub command_field: u16,
            $(#[doc = $keyword] pub $name: $type,)*
        }

        /// Element numbers, also of the two that are no rows of the table.
        const ELEMENTS: &[u16] = &[GROUP_LENGTH, COMMAND_FIELD, $($element),*];

        impl Command {
            /// A command with only its Command Field, and no data set.
            #[must_use]
            pub fn new(command_field: u16) -> Self {
                Self { command_field, $($name: $absent),* }
            }

            fn keep(&mut self, element: u16, value: Cursor<'_>) -> Result<(), DecodeError> {
                match element {
                    GROUP_LENGTH => drop(exactly::<4>(value)?),
                    COMMAND_FIELD => self.command_field = Element::read(value)?,
                    $($element => self.$name = Element::read(value)?,)*
                    _retired_or_unknown => {}
                }
                Ok(())
            }

            /// Writes the rows of the table, and Command Field in its place between them.
            fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
                let mut command_field = Some(self.command_field);
                $(
                    if $element > COMMAND_FIELD {
                        command_field.take().write(COMMAND_FIELD, Vr::US, out)?;
                    }
                    self.$name.write($element, Vr::$vr, out)?;
                )*
                Ok(())
            }
        }
    };
}

command_elements!(command);

impl Command {
    /// Decodes a whole command set whose first byte is at `base`. The order of elements, the group
    /// length and whatever is retired or unknown are not judged.
    ///
    /// # Errors
    /// A length that cannot be, an element twice or of another group, no Command Field or no
    /// Command Data Set Type; each says which element.
    pub fn decode(input: &[u8], base: u64) -> Result<Self, DecodeError> {
        let (command, mistyped) = Self::decode_tolerant(input, base)?;
        mistyped.first().map_or(Ok(command), |&first| Err(first))
    }

    /// As [`Command::decode`], but a message whose kind and extent are known can be answered: what
    /// is wrong with its other elements comes beside it. Such elements are absent, of repeated ones
    /// the first counts. Orthanc 1.10.1 has (0008,0058) in the command set of a C-GET-RSP; of
    /// elements that do not belong there only the first is told of.
    ///
    /// # Errors
    /// As [`Command::decode`], where the message cannot be followed.
    pub fn decode_tolerant(
        input: &[u8],
        base: u64,
    ) -> Result<(Self, Vec<DecodeError>), DecodeError> {
        let mut input = Cursor::new(input, base);
        let mut command = Self::new(0);
        let (mut seen, mut faulty, mut mistyped) = (Seen(0), Seen(0), Vec::new());
        let mut foreign = None;
        while !input.is_empty() {
            let (tag, value) = element(&mut input)?;
            if tag.group() != 0 {
                let other = ErrorKind::Invalid("no element of a command set");
                foreign.get_or_insert(value.error(other).within(tag));
                continue;
            }
            let kept = if seen.insert(tag.element()) {
                command.keep(tag.element(), value)
            } else {
                Err(value.error(ErrorKind::Invalid("element twice in a command set")))
            };
            match kept.map_err(|error| error.within(tag)) {
                Err(error) if REQUIRED.contains(&tag.element()) => return Err(error),
                Err(error) if faulty.insert(tag.element()) => mistyped.push(error),
                _ => {}
            }
        }
        for required in REQUIRED {
            if seen.insert(required) {
                let missing = input.error(ErrorKind::Invalid("required element missing"));
                return Err(missing.within(Tag::new(0, required)));
            }
        }
        mistyped.extend(foreign);
        Ok((command, mistyped))
    }

    /// The command set as bytes: group length first, elements ascending, values of even length.
    ///
    /// # Errors
    /// Text that is not one byte per character.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0; GROUP_LENGTH_ELEMENT];
        self.write(&mut out)?;
        let group_length = out.len().saturating_sub(GROUP_LENGTH_ELEMENT);
        let value = u32::try_from(group_length)
            .map_err(|_| EncodeError::TooLong { length: group_length, limit: u32::MAX.into() })?;
        if let Some(first) = out.first_chunk_mut::<GROUP_LENGTH_ELEMENT>() {
            let [a, b, c, d] = value.to_le_bytes();
            *first = [0, 0, 0, 0, 4, 0, 0, 0, a, b, c, d];
        }
        Ok(out)
    }

    /// Whether a data set follows.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.command_data_set_type != NO_DATA_SET
    }
}

/// The next element: its tag and its value.
fn element<'a>(input: &mut Cursor<'a>) -> Result<(Tag, Cursor<'a>), DecodeError> {
    let group = input.u16(Endian::Little).map_err(whole)?;
    let tag = Tag::new(group, input.u16(Endian::Little).map_err(whole)?);
    let in_tag = |error| whole(error).within(tag);
    let length = input.u32(Endian::Little).map_err(in_tag)?;
    let value = input.sub(length.try_into().unwrap_or(usize::MAX)).map_err(in_tag)?;
    Ok((tag, value))
}

/// Which of [`ELEMENTS`] have been met, one bit each.
struct Seen(u64);

impl Seen {
    /// Whether `element` is met for the first time, or is none of ours.
    fn insert(&mut self, element: u16) -> bool {
        let index = ELEMENTS.iter().position(|&known| known == element);
        let Some(bit) = index.and_then(|at| 1u64.checked_shl(at.try_into().ok()?)) else {
            return true;
        };
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new
    }
}

/// A value of one of the types that command elements have.
trait Element: Sized {
    fn read(value: Cursor<'_>) -> Result<Self, DecodeError>;
    fn write(&self, element: u16, vr: Vr, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

impl<T: Element> Element for Option<T> {
    fn read(value: Cursor<'_>) -> Result<Self, DecodeError> {
        T::read(value).map(Some)
    }

    fn write(&self, element: u16, vr: Vr, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.as_ref().map_or(Ok(()), |value| value.write(element, vr, out))
    }
}

impl Element for u16 {
    fn read(value: Cursor<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_le_bytes(exactly(value)?))
    }

    fn write(&self, element: u16, _vr: Vr, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        put_header(element, 2, out)?;
        out.extend(self.to_le_bytes());
        Ok(())
    }
}

impl Element for Vec<u32> {
    fn read(mut value: Cursor<'_>) -> Result<Self, DecodeError> {
        let length = value.rest().len();
        if !length.is_multiple_of(4) {
            let length = length.try_into().unwrap_or(u64::MAX);
            let expected = "tags have 4 bytes each";
            return Err(value.error(ErrorKind::BadLength { length, expected }));
        }
        let mut tags = Self::new();
        while !value.is_empty() {
            tags.push(Tag::new(value.u16(Endian::Little)?, value.u16(Endian::Little)?).0);
        }
        Ok(tags)
    }

    fn write(&self, element: u16, _vr: Vr, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        put_header(element, self.len().saturating_mul(4), out)?;
        for &tag in self {
            out.extend(Tag(tag).group().to_le_bytes());
            out.extend(Tag(tag).element().to_le_bytes());
        }
        Ok(())
    }
}

impl Element for String {
    fn read(value: Cursor<'_>) -> Result<Self, DecodeError> {
        Ok(text(value.rest()))
    }

    fn write(&self, element: u16, vr: Vr, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = self.chars().count();
        put_header(element, length.next_multiple_of(2), out)?;
        for character in self.chars() {
            let byte = u8::try_from(character);
            out.push(byte.map_err(|_| EncodeError::Invalid("text beyond ISO 8859-1"))?);
        }
        if !length.is_multiple_of(2) {
            out.push(vr.padding());
        }
        Ok(())
    }
}

/// Group 0000, element, 32-bit length.
fn put_header(element: u16, length: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let too_long = EncodeError::TooLong { length, limit: u32::MAX.into() };
    let length = u32::try_from(length).map_err(|_| too_long)?;
    out.extend([0; 2]);
    out.extend(element.to_le_bytes());
    out.extend(length.to_le_bytes());
    Ok(())
}

/// A value of exactly `N` bytes.
fn exactly<const N: usize>(value: Cursor<'_>) -> Result<[u8; N], DecodeError> {
    <[u8; N]>::try_from(value.rest()).map_err(|_| {
        let length = value.rest().len().try_into().unwrap_or(u64::MAX);
        value.error(ErrorKind::BadLength { length, expected: "the VR has one fixed length" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A C-ECHO-RQ, message id 7 (PS3.7 9.3.5.1).
    const ECHO: &[u8] = b"\
        \x00\x00\x00\x00\x04\x00\x00\x00\x38\x00\x00\x00\
        \x00\x00\x02\x00\x12\x00\x00\x001.2.840.10008.1.1\x00\
        \x00\x00\x00\x01\x02\x00\x00\x00\x30\x00\
        \x00\x00\x10\x01\x02\x00\x00\x00\x07\x00\
        \x00\x00\x00\x08\x02\x00\x00\x00\x01\x01";

    fn echo() -> Command {
        let mut echo = Command::new(0x0030);
        echo.affected_sop_class_uid = Some("1.2.840.10008.1.1".into());
        echo.message_id = Some(7);
        echo
    }

    #[test]
    fn an_echo_request_reads_and_writes_as_the_standard_prints_it() {
        assert_eq!(Command::decode(ECHO, 0), Ok(echo()));
        assert_eq!(echo().encode().unwrap(), ECHO);
        assert!(!echo().has_data());
    }

    #[test]
    fn tags_have_their_group_first() {
        let mut command = Command::new(0x0110);
        command.attribute_identifier_list = Some(vec![0x0010_0020]);
        let bytes = command.encode().unwrap();
        assert!(bytes.ends_with(b"\x05\x10\x04\x00\x00\x00\x10\x00\x20\x00"));
        assert_eq!(Command::decode(&bytes, 0), Ok(command));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_element() {
        let field = b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x00";
        let no_data = b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01";
        for (bytes, kind, offset, element) in [
            (vec![], ErrorKind::Invalid("required element missing"), 0, 0x0100),
            (field.to_vec(), ErrorKind::Invalid("required element missing"), 10, 0x0800),
            (
                [&field[..], &field[..]].concat(),
                ErrorKind::Invalid("element twice in a command set"),
                18,
                0x0100,
            ),
            (
                [&field[..], &no_data[..], b"\x00\x00\x10\x01\x01\x00\x00\x00\x07"].concat(),
                ErrorKind::BadLength { length: 1, expected: "the VR has one fixed length" },
                28,
                0x0110,
            ),
            (
                b"\x00\x00\x00\x09\xff\xff\xff\xff".to_vec(),
                ErrorKind::PastEnd { length: 0xffff_ffff },
                8,
                0x0900,
            ),
        ] {
            let expected = DecodeError::new(kind, offset).within(Tag::new(0, element));
            assert_eq!(Command::decode(&bytes, 0), Err(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_message_with_mistyped_elements_can_still_be_answered() {
        let mut bytes = ECHO.to_vec();
        bytes.extend(b"\x00\x00\x00\x07\x04\x00\x00\x00\x02\x00\x00\x00");
        bytes.extend(b"\x00\x00\x10\x01\x02\x00\x00\x00\x08\x00".repeat(2));
        let (command, mistyped) = Command::decode_tolerant(&bytes, 0).unwrap();
        assert_eq!(command, echo());
        let tags: Vec<_> = mistyped.iter().filter_map(|error| error.tag).collect();
        assert_eq!(tags, [Tag::new(0, 0x0700), Tag::new(0, 0x0110)]);
        assert_eq!(Command::decode(&bytes, 0), Err(mistyped[0]));
    }

    #[test]
    fn elements_of_other_groups_are_passed_over_and_told_of_once() {
        // (0008,0058) Failed SOP Instance UID List, as Orthanc 1.10.1 ends a C-GET, and one more.
        let failed = b"\x08\x00\x58\x00\x06\x00\x00\x001.2.3\x00";
        let series = b"\x20\x00\x0e\x00\x02\x00\x00\x001\x00";
        let (before, after) = ECHO.split_at(ECHO.len() - 10);
        let bytes = [before, &failed[..], &series[..], after].concat();
        let (command, mistyped) = Command::decode_tolerant(&bytes, 0).unwrap();
        assert_eq!(command, echo());
        let at = u64::try_from(before.len()).unwrap() + 8;
        let kind = ErrorKind::Invalid("no element of a command set");
        let expected = DecodeError::new(kind, at).within(Tag::new(0x0008, 0x0058));
        assert_eq!(mistyped, [expected]);
        assert_eq!(Command::decode(&bytes, 0), Err(expected));
        let cut = [before, &failed[..8]].concat();
        assert!(Command::decode_tolerant(&cut, 0).is_err(), "its value is missing");
    }

    #[test]
    fn retired_elements_and_a_false_group_length_are_tolerated() {
        let mut bytes = ECHO.to_vec();
        bytes[8] = 0xff;
        bytes.extend(b"\x00\x00\x10\x51\x02\x00\x00\x00AB");
        assert_eq!(Command::decode(&bytes, 0), Ok(echo()));
    }
}
