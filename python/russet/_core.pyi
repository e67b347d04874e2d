"""
The codec of russet. Use `russet.codec`, the one door to it.
"""

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any, Final, final
from typing_extensions import Buffer

__all__ = ["RELEASE", "Abort", "AssociateAc", "AssociateRj", "AssociateRq", "Command", "CommandReceived", "CommonExtended", "ContextAc", "ContextRq", "DataReceived", "DataUnexpected", "DatasetIndex", "DictionaryEntry", "Extended", "FileIndex", "FileMeta", "Identity", "LargeValue", "PData", "Pdv", "PrivateEntry", "ReleaseRp", "ReleaseRq", "Role", "Scan", "ScanTable", "Stream", "Tags", "UidEntry", "UserInformation", "Walk", "bytes_between", "charset_named", "decode_command", "decode_json", "decode_pdu", "decode_texts", "decode_value", "dictionary_entry", "dump", "dump_value", "element_span", "encode_element", "encode_file_head", "encode_json", "encode_message", "encode_pdvs", "encode_value", "escape", "fragments", "index_arrays", "is_encapsulated", "is_undefined_item", "item_span", "keyword_of", "keywords", "number_array", "path_text", "private_entry", "raw_elements", "read_dataset", "read_file", "read_meta", "read_path", "recode", "register_private", "tag_of", "transfer_syntaxes", "uid_entry", "uids", "unknown_charset_terms", "values", "view"]

RELEASE: Final[bool]
"""
Whether this is an optimised build.
"""

@final
class Abort:
    """
    A-ABORT (PS3.8 9.3.8); the numbers are those of Table 9-26.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, source: int, reason: int) -> Abort: ...
    def __repr__(self, /) -> str: ...
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.
        """
    @property
    def reason(self, /) -> int:
        """
        For source 2 why; else 0.
        """
    @property
    def source(self, /) -> int:
        """
        0 user, 2 provider.
        """

@final
class AssociateAc:
    """
    A-ASSOCIATE-AC (PS3.8 9.3.3).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, called: bytes, calling: bytes, contexts: Sequence[ContextAc], user: UserInformation, application_context: str = ..., version: int = 1, reserved: bytes = ...) -> AssociateAc:
        """
        AE titles of fewer than 16 bytes are padded with spaces.
        """
    def __repr__(self, /) -> str: ...
    @property
    def application_context(self, /) -> str:
        """
        UID of the application context; empty when the item is missing.
        """
    @property
    def called(self, /) -> bytes:
        """
        Title of the called AE, 16 bytes.
        """
    @property
    def calling(self, /) -> bytes:
        """
        Title of the calling AE, 16 bytes.
        """
    @property
    def contexts(self, /) -> list[ContextAc]:
        """
        Presentation contexts in wire order.
        """
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.

        Raises:
            EncodeError: An item above 65535 bytes, or text beyond ISO 8859-1.
        """
    @property
    def reserved(self, /) -> bytes:
        """
        Zeros in a request; an acceptance repeats what the request had.
        """
    @property
    def user(self, /) -> UserInformation:
        """
        Everything else that is negotiated.
        """
    @property
    def version(self, /) -> int:
        """
        Bit field; bit 0 is version 1, the only one there is.
        """

@final
class AssociateRj:
    """
    A-ASSOCIATE-RJ (PS3.8 9.3.4); the numbers are those of Table 9-21.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, result: int, source: int, reason: int) -> AssociateRj: ...
    def __repr__(self, /) -> str: ...
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.
        """
    @property
    def reason(self, /) -> int:
        """
        By source.
        """
    @property
    def result(self, /) -> int:
        """
        1 permanent, 2 transient.
        """
    @property
    def source(self, /) -> int:
        """
        1 user, 2 provider (ACSE), 3 provider (presentation).
        """

@final
class AssociateRq:
    """
    A-ASSOCIATE-RQ (PS3.8 9.3.2).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, called: bytes, calling: bytes, contexts: Sequence[ContextRq], user: UserInformation, application_context: str = ..., version: int = 1, reserved: bytes = ...) -> AssociateRq:
        """
        AE titles of fewer than 16 bytes are padded with spaces.
        """
    def __repr__(self, /) -> str: ...
    @property
    def application_context(self, /) -> str:
        """
        UID of the application context; empty when the item is missing.
        """
    @property
    def called(self, /) -> bytes:
        """
        Title of the called AE, 16 bytes.
        """
    @property
    def calling(self, /) -> bytes:
        """
        Title of the calling AE, 16 bytes.
        """
    @property
    def contexts(self, /) -> list[ContextRq]:
        """
        Presentation contexts in wire order.
        """
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.

        Raises:
            EncodeError: An item above 65535 bytes, or text beyond ISO 8859-1.
        """
    @property
    def reserved(self, /) -> bytes:
        """
        Zeros in a request; an acceptance repeats what the request had.
        """
    @property
    def user(self, /) -> UserInformation:
        """
        Everything else that is negotiated.
        """
    @property
    def version(self, /) -> int:
        """
        Bit field; bit 0 is version 1, the only one there is.
        """

@final
class Command:
    """
    A command set (PS3.7 6.3). Elements that are absent are None; tags are
    group * 65536 + element.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, command_field: int, *, affected_sop_class_uid: str | None = ..., requested_sop_class_uid: str | None = ..., message_id: int | None = ..., message_id_being_responded_to: int | None = ..., move_destination: str | None = ..., priority: int | None = ..., command_data_set_type: int = ..., status: int | None = ..., offending_element: Sequence[int] | None = ..., error_comment: str | None = ..., error_id: int | None = ..., affected_sop_instance_uid: str | None = ..., requested_sop_instance_uid: str | None = ..., event_type_id: int | None = ..., attribute_identifier_list: Sequence[int] | None = ..., action_type_id: int | None = ..., number_of_remaining_suboperations: int | None = ..., number_of_completed_suboperations: int | None = ..., number_of_failed_suboperations: int | None = ..., number_of_warning_suboperations: int | None = ..., move_originator_application_entity_title: str | None = ..., move_originator_message_id: int | None = ...) -> Command: ...
    def __repr__(self, /) -> str:
        """
        The elements that are there, as one would write them.
        """
    @property
    def action_type_id(self, /) -> int | None:
        """
        ActionTypeID
        """
    @property
    def affected_sop_class_uid(self, /) -> str | None:
        """
        AffectedSOPClassUID
        """
    @property
    def affected_sop_instance_uid(self, /) -> str | None:
        """
        AffectedSOPInstanceUID
        """
    @property
    def attribute_identifier_list(self, /) -> list[int] | None:
        """
        AttributeIdentifierList
        """
    @property
    def command_data_set_type(self, /) -> int:
        """
        CommandDataSetType: 0x0101 for none
        """
    @property
    def command_field(self, /) -> int:
        """
        CommandField: which message this is (PS3.7 E.1).
        """
    def encode(self, /) -> bytes:
        """
        The command set as bytes: group length first, elements ascending, even lengths.

        Raises:
            EncodeError: Text beyond ISO 8859-1.
        """
    @property
    def error_comment(self, /) -> str | None:
        """
        ErrorComment
        """
    @property
    def error_id(self, /) -> int | None:
        """
        ErrorID
        """
    @property
    def event_type_id(self, /) -> int | None:
        """
        EventTypeID
        """
    @property
    def has_data(self, /) -> bool:
        """
        Whether a data set follows.
        """
    @property
    def message_id(self, /) -> int | None:
        """
        MessageID
        """
    @property
    def message_id_being_responded_to(self, /) -> int | None:
        """
        MessageIDBeingRespondedTo
        """
    @property
    def move_destination(self, /) -> str | None:
        """
        MoveDestination
        """
    @property
    def move_originator_application_entity_title(self, /) -> str | None:
        """
        MoveOriginatorApplicationEntityTitle
        """
    @property
    def move_originator_message_id(self, /) -> int | None:
        """
        MoveOriginatorMessageID
        """
    @property
    def number_of_completed_suboperations(self, /) -> int | None:
        """
        NumberOfCompletedSuboperations
        """
    @property
    def number_of_failed_suboperations(self, /) -> int | None:
        """
        NumberOfFailedSuboperations
        """
    @property
    def number_of_remaining_suboperations(self, /) -> int | None:
        """
        NumberOfRemainingSuboperations
        """
    @property
    def number_of_warning_suboperations(self, /) -> int | None:
        """
        NumberOfWarningSuboperations
        """
    @property
    def offending_element(self, /) -> list[int] | None:
        """
        OffendingElement
        """
    @property
    def priority(self, /) -> int | None:
        """
        Priority: 0 medium, 1 high, 2 low
        """
    @property
    def requested_sop_class_uid(self, /) -> str | None:
        """
        RequestedSOPClassUID
        """
    @property
    def requested_sop_instance_uid(self, /) -> str | None:
        """
        RequestedSOPInstanceUID
        """
    @property
    def status(self, /) -> int | None:
        """
        Status
        """

@final
class CommandReceived:
    """
    The command set of a message is complete (PS3.7 6.3.1).
    """
    def __new__(cls, /, context_id: int, command: Command, mistyped: Sequence[int] = ...) -> CommandReceived: ...
    def __repr__(self, /) -> str: ...
    @property
    def command(self, /) -> Command:
        """
        What to do, or what became of it.
        """
    @property
    def context_id(self, /) -> int:
        """
        The presentation context of the message.
        """
    @property
    def mistyped(self, /) -> list[int]:
        """
        Tags of elements with a wrong length, or there twice: for status 0212 (PS3.7 C.5); and the
        first of another group, which is passed over.
        """

@final
class CommonExtended:
    """
    SOP class common extended negotiation (PS3.7 D.3.3.6).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, sop_class_uid: str, service_class_uid: str, related: Sequence[str]) -> CommonExtended: ...
    def __repr__(self, /) -> str: ...
    @property
    def related(self, /) -> list[str]:
        """
        More general SOP classes that an acceptor may treat it as.
        """
    @property
    def service_class_uid(self, /) -> str:
        """
        The service class it belongs to.
        """
    @property
    def sop_class_uid(self, /) -> str:
        """
        The SOP class it is about.
        """

@final
class ContextAc:
    """
    The answer to one proposed presentation context (PS3.8 9.3.3.2).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, context_id: int, result: int, transfer_syntax: str) -> ContextAc: ...
    def __repr__(self, /) -> str: ...
    @property
    def context_id(self, /) -> int:
        """
        Of the context that is answered.
        """
    @property
    def result(self, /) -> int:
        """
        0 is acceptance, 1 to 4 are refusals (PS3.8 Table 9-18).
        """
    @property
    def transfer_syntax(self, /) -> str:
        """
        The accepted transfer syntax UID; without meaning in a refusal.
        """

@final
class ContextRq:
    """
    A proposed presentation context (PS3.8 9.3.2.2).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, context_id: int, abstract_syntax: str, transfer_syntaxes: Sequence[str]) -> ContextRq: ...
    def __repr__(self, /) -> str: ...
    @property
    def abstract_syntax(self, /) -> str:
        """
        SOP class UID; empty when the item is missing.
        """
    @property
    def context_id(self, /) -> int:
        """
        Odd, 1 to 255.
        """
    @property
    def transfer_syntaxes(self, /) -> list[str]:
        """
        Transfer syntax UIDs as proposed.
        """

@final
class DataReceived:
    """
    The data set of a message has arrived, or some of it.
    """
    def __new__(cls, /, context_id: int, parts: Sequence[bytes | memoryview], last: bool) -> DataReceived: ...
    def __repr__(self, /) -> str: ...
    @property
    def context_id(self, /) -> int:
        """
        The presentation context of the message.
        """
    @property
    def last(self, /) -> bool:
        """
        Whether the data set ends here.
        """
    @property
    def parts(self, /) -> list[bytes | memoryview]:
        """
        The bytes in order. Views are good until `Stream.space` is next called.
        """

@final
class DataUnexpected:
    """
    A P-DATA-TF came while data were not enabled (Evt10 of PS3.8 Table 9-10); it is skipped.
    """
    def __new__(cls, /, offset: int) -> DataUnexpected: ...
    def __repr__(self, /) -> str: ...
    @property
    def offset(self, /) -> int:
        """
        Of its header, in bytes from the start of the connection.
        """

@final
class DatasetIndex:
    """
    The elements of one data set or item, in the order they are written; those inside sequences are
    found by `items`. Offsets count from the start of the buffer that was read; those of a deflated
    data set from the start of what it inflates to.
    """
    def __len__(self, /) -> int: ...
    @property
    def charset(self, /) -> str:
        """
        The terms of the Specific Character Set in force, with backslashes between them.
        """
    @property
    def depth(self, /) -> int:
        """
        How many sequences are around it.
        """
    @property
    def explicit(self, /) -> bool:
        """
        Whether its elements carry their VR.
        """
    @property
    def file(self, /) -> FileIndex | None:
        """
        The file whose data set it is; None for items, and for what was not read as a file.
        """
    def find(self, /, tag: int) -> int:
        """
        The row of the first element with this tag, or -1.
        """
    def header(self, /, row: int) -> int:
        """
        Where the element of a row starts.
        """
    @property
    def is_complete(self, /) -> bool:
        """
        Whether no element was left out when it was read.
        """
    @property
    def is_sorted(self, /) -> bool:
        """
        Whether each tag is greater than the one before, as it should be (PS3.5 7.1).
        """
    def items(self, /, row: int) -> list[DatasetIndex]:
        """
        The items of a sequence; also of a UN that is one (PS3.5 6.2.2).

        Raises:
            DecodeError: The row is no sequence, or what is in it cannot be read.
        """
    def length(self, /, row: int) -> int:
        """
        Bytes of the value of a row; of undefined length, without the delimiter.
        """
    @property
    def little(self, /) -> bool:
        """
        Whether its numbers are in little endian.
        """
    def offset(self, /, row: int) -> int:
        """
        Where the value of a row starts.
        """
    def raw(self, /, row: int) -> Any:
        """
        The bytes of the value of a row as written, without a copy.
        """
    def tag(self, /, row: int) -> int:
        """
        The tag of a row.
        """
    def tags(self, /) -> list[int]:
        """
        The tags in the order they are written, each group * 65536 + element.
        """
    def undefined(self, /, row: int) -> bool:
        """
        Whether the length of a row was written as undefined.
        """
    def value(self, /, row: int) -> Any:
        """
        The value of a row as Python has it: one value as itself, several as a list; an empty one is ""
        for text and None for numbers and tags; bytes (OB, OW, UN ...) without a copy.

        Raises:
            DecodeError: Numbers that do not fill the value, IS or DS that are no numbers, or SQ.
        """
    def value_vr(self, /, row: int) -> str:
        """
        The VR to take the value of a row by: for UN what the dictionaries say, if they know.
        """
    def vr(self, /, row: int) -> str:
        """
        The VR of a row: as written, else by the data dictionary (PS3.5 A.1).
        """
    @property
    def warnings(self, /) -> list[tuple[str, int, int | None]]:
        """
        What was odd but readable, the first of it: a sentence, the offset, the tag or None.
        """

@final
class DictionaryEntry:
    """
    A row of the data dictionary (PS3.6 6 to 9).
    """
    @property
    def keyword(self, /) -> str:
        """
        The keyword; empty for a few retired rows.
        """
    @property
    def name(self, /) -> str:
        """
        The name; empty for a few retired rows.
        """
    @property
    def retired(self, /) -> bool:
        """
        Whether the standard retired it.
        """
    @property
    def vm(self, /) -> str:
        """
        The value multiplicity as written in PS3.6, such as "1-n".
        """
    @property
    def vr(self, /) -> str:
        """
        The VR as written in PS3.6, such as "US or SS"; empty for items and their delimiters.
        """

@final
class Extended:
    """
    SOP class extended negotiation (PS3.7 D.3.3.5).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, sop_class_uid: str, information: bytes) -> Extended: ...
    def __repr__(self, /) -> str: ...
    @property
    def information(self, /) -> bytes:
        """
        Service-class-application-information, as PS3.4 defines it for the class.
        """
    @property
    def sop_class_uid(self, /) -> str:
        """
        The SOP class it is about.
        """

@final
class FileIndex:
    """
    A file: its meta, and its data set as an index (PS3.10 7).
    """
    @property
    def dataset(self, /) -> DatasetIndex:
        """
        The data set.
        """
    @property
    def dataset_offset(self, /) -> int:
        """
        Where the data set starts in the file.
        """
    @property
    def filename(self, /) -> str | None:
        """
        Where the file is; None when it came as bytes of nowhere.
        """
    def head(self, /) -> Any:
        """
        What stands in front of the data set, without a copy.
        """
    @property
    def meta(self, /) -> DatasetIndex | None:
        """
        The elements of group 2; None when there are none.
        """
    @property
    def preamble(self, /) -> bytes | None:
        """
        The 128 bytes that the file starts with when the prefix follows them; else None.
        """
    def raw(self, /) -> Any:
        """
        The bytes of the file, without a copy.
        """
    @property
    def transfer_syntax(self, /) -> str:
        """
        The transfer syntax it was read in: the one declared unless that is absent or a lie.
        """
    @property
    def warnings(self, /) -> list[tuple[str, int, int | None]]:
        """
        What was odd but readable in the meta and then in the data set: a sentence, the offset, the tag
        or None.
        """

@final
class FileMeta:
    """
    What file meta information says (PS3.10 7.1); None for what it does not.
    """
    @property
    def dataset_offset(self, /) -> int:
        """
        Where the data set starts.
        """
    @property
    def sop_class_uid(self, /) -> str | None:
        """
        Media Storage SOP Class UID.
        """
    @property
    def sop_instance_uid(self, /) -> str | None:
        """
        Media Storage SOP Instance UID.
        """
    @property
    def transfer_syntax(self, /) -> str | None:
        """
        Transfer Syntax UID, as declared.
        """

@final
class Identity:
    """
    User identity (PS3.7 D.3.3.7.1); its repr shows no credentials.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, kind: int, response_requested: bool, primary: bytes, secondary: bytes = ...) -> Identity: ...
    def __repr__(self, /) -> str: ...
    @property
    def kind(self, /) -> int:
        """
        1 user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JWT.
        """
    @property
    def primary(self, /) -> bytes:
        """
        User name, ticket, assertion or token.
        """
    @property
    def response_requested(self, /) -> bool:
        """
        Whether an acceptance is to answer with a 59H.
        """
    @property
    def secondary(self, /) -> bytes:
        """
        Passcode for kind 2, else empty.
        """

@final
class LargeValue:
    """
    A binary value that is too long for the text (PS3.18 F.2.6).
    """
    @property
    def length(self, /) -> int:
        """
        How many bytes it has.
        """
    @property
    def offset(self, /) -> int:
        """
        Where it starts in the bytes that the data set was read from.
        """
    @property
    def path(self, /) -> str:
        """
        Tags and numbers of items that lead to it, such as `00081115/0/7FE00010`.
        """
    @property
    def tag(self, /) -> int:
        """
        Its tag, group * 65536 + element.
        """
    @property
    def vr(self, /) -> str:
        """
        Its VR.
        """

@final
class PData:
    """
    P-DATA-TF with its PDVs copied out (PS3.8 9.3.5): for tests and tools.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, pdvs: Sequence[Pdv]) -> PData: ...
    def __repr__(self, /) -> str: ...
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.
        """
    @property
    def pdvs(self, /) -> list[Pdv]:
        """
        In wire order.
        """

@final
class Pdv:
    """
    A presentation data value (PS3.8 9.3.5.1).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, context_id: int, control: int, fragment: bytes) -> Pdv: ...
    def __repr__(self, /) -> str: ...
    @property
    def context_id(self, /) -> int:
        """
        The presentation context it belongs to.
        """
    @property
    def control(self, /) -> int:
        """
        Bit 0: of a command set; bit 1: the last of its command or data set.
        """
    @property
    def fragment(self, /) -> bytes:
        """
        Part of a command or data set.
        """

@final
class PrivateEntry:
    """
    What is known of a private element (PS3.5 7.8).
    """
    @property
    def name(self, /) -> str:
        """
        The name; empty when nobody told.
        """
    @property
    def vm(self, /) -> str:
        """
        The value multiplicity, such as "1-n".
        """
    @property
    def vr(self, /) -> str:
        """
        The VR, such as "LO" or "US or SS".
        """

@final
class ReleaseRp:
    """
    A-RELEASE-RP (PS3.8 9.3.7).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /) -> ReleaseRp: ...
    def __repr__(self, /) -> str: ...
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.
        """

@final
class ReleaseRq:
    """
    A-RELEASE-RQ (PS3.8 9.3.6).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /) -> ReleaseRq: ...
    def __repr__(self, /) -> str: ...
    def encode(self, /) -> bytes:
        """
        The PDU as bytes, header included.
        """

@final
class Role:
    """
    SCP/SCU role selection (PS3.7 D.3.3.4).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, sop_class_uid: str, scu: bool, scp: bool) -> Role: ...
    def __repr__(self, /) -> str: ...
    @property
    def scp(self, /) -> bool:
        """
        Whether the requestor is (to be) a provider of the service.
        """
    @property
    def scu(self, /) -> bool:
        """
        Whether the requestor is (to be) a user of the service.
        """
    @property
    def sop_class_uid(self, /) -> str:
        """
        The SOP class it is about.
        """

@final
class Scan:
    """
    A scan of files for a few values each: an iterator over tables of some hundred rows, in the order
    of the paths. The work is done by threads that do not need the interpreter.

    Args:
        paths: Files and folders.
        names: The names of the columns.
        ways: Where their values are.
        threads: How many read at a time.
        skip: Paths not to read, as tables give them.
    """
    def __iter__(self, /) -> Scan: ...
    def __new__(cls, /, paths: Any, names: Sequence[str], ways: Sequence[tuple[Sequence[tuple[int, int]], int]], threads: int, skip: set[str]) -> Scan: ...
    def __next__(self, /) -> ScanTable: ...
    def empty(self, /) -> ScanTable:
        """
        A table without rows.
        """
    @property
    def listed(self, /) -> tuple[int, bool]:
        """
        Files found so far, and whether those are all.
        """
    @property
    def octets(self, /) -> int:
        """
        Bytes read so far.
        """

@final
class ScanTable:
    """
    Rows of a scan, one for each file, in columns: `path`, those asked for, `error`.

    Whatever takes Arrow streams (pyarrow, polars, duckdb) takes it, without a copy.
    """
    def __arrow_c_schema__(self, /) -> Any:
        """
        The columns as an Arrow schema, in a capsule.
        """
    def __arrow_c_stream__(self, /, requested_schema: Any | None = None) -> Any:
        """
        The rows as an Arrow stream, in a capsule; another schema than its own is not offered.
        """
    def __len__(self, /) -> int: ...
    def column(self, /, at: int) -> Any:
        """
        The values of the column at `at`: text, integers or floats; None where there is none.

        Raises:
            IndexError: There is no such column.
        """
    @property
    def columns(self, /) -> list[str]:
        """
        The names of the columns.
        """
    @staticmethod
    def joined(tables: Sequence[ScanTable]) -> ScanTable:
        """
        The rows of several tables of one scan, one after the other; none of them is copied.

        Raises:
            ValueError: No table at all.
        """

@final
class Stream:
    """
    What a peer sends, as events (PS3.8 9.3, PS3.7 6.3.1): bytes in; control PDUs, command sets and
    data out.
    """
    def __new__(cls, /, data_length: int = ..., data_in_memory: int = ..., associate_length: int = ..., buffer_length: int = ..., buffer_limit: int = ...) -> Stream:
        """
        Lengths are in bytes: of P-DATA-TF variable fields as offered to the peer (0 for any), of data
        sets collected in memory, of A-ASSOCIATE PDUs, of the receive buffer at first and at most.
        """
    def disable_data(self, /) -> None:
        """
        Expect no messages from now on; what is left of one is skipped.
        """
    def enable_data(self, /, context_ids: Iterable[int]) -> None:
        """
        Expect messages on these presentation contexts from now on.
        """
    def filled(self, /, count: int) -> None:
        """
        Note that the transport wrote `count` bytes at the start of what `space` gave.
        """
    def next_event(self, /) -> AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort | CommandReceived | DataReceived | DataUnexpected | None:
        """
        The next thing that has arrived, or None when more bytes are needed first.

        Raises:
            ProtocolError: The peer broke a rule; the same from then on.
        """
    def pass_data(self, /) -> None:
        """
        Hand on the data of the current message as they arrive, as views of the receive buffer,
        instead of collecting them. To be called between its command and its data.
        """
    @property
    def position(self, /) -> int:
        """
        Bytes consumed since the start of the connection.
        """
    def space(self, /) -> memoryview:
        """
        Where the next bytes go: writable, never empty. Views of earlier events are void after it.

        Raises:
            BufferError: The buffer is full of events that nobody has asked for.
        """

@final
class Tags:
    """
    Tags, prepared once for the walks over many data sets.

    Args:
        tags: Group * 65536 + element each, in any order.
    """
    def __new__(cls, /, tags: Sequence[int]) -> Tags: ...

@final
class UidEntry:
    """
    A registered UID (PS3.6 A).
    """
    @property
    def category(self, /) -> str:
        """
        The service class of PS3.4 that a SOP class belongs to; empty for other kinds.
        """
    @property
    def keyword(self, /) -> str:
        """
        The keyword; empty for a few retired rows.
        """
    @property
    def kind(self, /) -> str:
        """
        "SOP Class", "Transfer Syntax", "Coding Scheme" ...
        """
    @property
    def name(self, /) -> str:
        """
        The name; empty for a few retired rows.
        """
    @property
    def retired(self, /) -> bool:
        """
        Whether the standard retired it.
        """
    @property
    def storage(self, /) -> bool:
        """
        Whether instances of the class are sent with C-STORE.
        """
    @property
    def uid(self, /) -> str:
        """
        The UID.
        """

@final
class UserInformation:
    """
    User information: sub-items 51H to 59H (PS3.8 9.3.2.3, PS3.7 D.3.3).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, max_length: int | None = None, implementation_class_uid: str | None = None, window: tuple[int, int] | None = None, roles: Sequence[Role] = ..., implementation_version: str | None = None, extended: Sequence[Extended] = ..., common_extended: Sequence[CommonExtended] = ..., identity: Identity | None = None, identity_response: bytes | None = None, unknown: Sequence[tuple[int, Sequence[int]]] = ...) -> UserInformation: ...
    def __repr__(self, /) -> str: ...
    @property
    def common_extended(self, /) -> list[CommonExtended]:
        """
        One for each SOP class concerned, in a request.
        """
    @property
    def extended(self, /) -> list[Extended]:
        """
        One for each SOP class concerned.
        """
    @property
    def identity(self, /) -> Identity | None:
        """
        In a request.
        """
    @property
    def identity_response(self, /) -> bytes | None:
        """
        In an acceptance: the server's response.
        """
    @property
    def implementation_class_uid(self, /) -> str | None:
        """
        PS3.7 D.3.3.2.1.
        """
    @property
    def implementation_version(self, /) -> str | None:
        """
        PS3.7 D.3.3.2.3.
        """
    @property
    def max_length(self, /) -> int | None:
        """
        Bytes of the largest P-DATA-TF variable field its sender will receive, 0 for any.
        """
    @property
    def roles(self, /) -> list[Role]:
        """
        One for each SOP class concerned.
        """
    @property
    def unknown(self, /) -> list[tuple[int, bytes]]:
        """
        Sub-items the standard does not define, type and value.
        """
    @property
    def window(self, /) -> tuple[int, int] | None:
        """
        Operations outstanding, invoked and performed, 0 for any number (PS3.7 D.3.3.3).
        """

@final
class Walk:
    """
    A walk over a data set whose bytes arrive in parts, however they are cut (PS3.5 7). Memory is the
    same for any length; a large value costs as little as a small one.

    Args:
        syntax_uid: The transfer syntax; an unknown one is read as Explicit VR Little Endian.
        tags: Whose values to keep, if they are in no sequence and of at most 1024 bytes.
        nested: Whether to check the content of sequences of defined length too.
    """
    def __new__(cls, /, syntax_uid: str, tags: Tags | Sequence[int], *, nested: bool = False) -> Walk: ...
    def elements(self, /, tags: Tags) -> tuple[bytes, bool]:
        """
        What was found of `tags`, as bytes in Explicit VR Little Endian with the VRs of the data
        dictionary.

        Returns:
            The elements, and whether they are all that is to be known of `tags`: no value was left
            out, is a sequence, depends on the character set, or was written with another VR.
        """
    def feed(self, /, data: Buffer) -> None:
        """
        Take the bytes that come next; they are not kept.

        Raises:
            DecodeError: What cannot be read; from then on always the same.
        """
    def finish(self, /) -> None:
        """
        Say that there are no more bytes.

        Raises:
            DecodeError: Truncated when the data set is not over; what cannot be read.
        """
    @property
    def left_out(self, /) -> list[int]:
        """
        The tags of what was wanted and found, but is too long to keep, or of undefined length.
        """
    def value(self, /, tag: int) -> bytes | None:
        """
        The value of one element with its padding; None when it was not found, or not wanted.
        """
    @property
    def values(self, /) -> dict[int, bytes]:
        """
        The values found so far, by tag, with their padding.
        """
    @property
    def warnings(self, /) -> list[tuple[str, int, int | None]]:
        """
        What was odd but readable, so far: a sentence, the offset, the tag or None.
        """

def bytes_between(index: DatasetIndex, start: int, end: int) -> Any:
    """
    The bytes between two offsets of what an index refers to, without a copy.
    """

def charset_named(charset: str) -> str:
    """
    A value of Specific Character Set in the words of the standard: without misspellings, repeated
    terms, and those that must stand alone and do not.
    """

def decode_command(data: Buffer) -> Command:
    """
    Decode a whole command set (PS3.7 6.3.1). The order of elements, the group length and whatever
    is retired or unknown are not judged.

    Raises:
        DecodeError: A length that cannot be, an element twice or of another group, no Command Field
            or no Command Data Set Type; `tag` says which element.
    """

def decode_json(text: str, bulk_data: Any | None = None) -> tuple[bytes, list[str]]:
    """
    Read the DICOM JSON Model of one data set (PS3.18 F.2), or an array of one.

    Args:
        text: The JSON.
        bulk_data: Gives the bytes of a BulkDataURI, or None; without it such elements stay empty.

    Returns:
        The data set in Explicit VR Little Endian, tags ascending, and the ways to the elements that
        stayed empty for want of their bulk data.

    Raises:
        DecodeError: What is no JSON, or not the model.
        EncodeError: A value that its VR or character set cannot hold.
    """

def decode_pdu(data: Buffer) -> AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort | PData:
    """
    Decode the one PDU that `data` is, header included (PS3.8 9.3).

    Raises:
        DecodeError: `Truncated` when the PDU is not all there; else no further byte can mend it.
    """

def decode_texts(vr: str, data: Buffer, charset: str = "") -> list[str]:
    """
    Decode the text of an element, also of IS and DS, as it was written (PS3.5 6.2).

    Args:
        vr: The value representation, two letters.
        data: The bytes of the value.
        charset: The value of Specific Character Set (0008,0005) that is in force.

    Returns:
        The values without padding; one empty text for an empty value.
    """

def decode_value(vr: str, data: Buffer, little: bool = True, charset: str = "", offset: int = 0) -> Any:
    """
    Decode the value of an element (PS3.5 6.2).

    One value comes as itself, several as a list; an empty value is "" for text, None for numbers and
    tags, None inside a list for an empty number. Bytes (OB, OW, UN ...) come as they are.

    Args:
        vr: The value representation, two letters.
        data: The bytes of the value.
        little: Whether numbers are in little endian.
        charset: The value of Specific Character Set (0008,0005) that is in force.
        offset: Where the value starts, for the error.

    Raises:
        DecodeError: Numbers that do not fill the value, IS or DS that are no numbers, or SQ.
    """

def dictionary_entry(tag: int) -> DictionaryEntry | None:
    """
    The row for a tag, group * 65536 + element; repeating groups by their mask (PS3.5 7.6).
    """

def dump(index: DatasetIndex, write: Any, rows: Sequence[int] | None = None, longest: int | None = None) -> None:
    """
    Write a data set as dcmdump shows it: one line an element, items indented, safe for a terminal.

    Args:
        index: The data set.
        write: Called with text: whole lines, many at a time; of bytes that somebody could write to, all
            at once. What it raises ends the dump.
        rows: The rows to write, with what is in them; None for all.
        longest: Characters of a value before it is cut; None for no cut.
    """

def dump_value(index: DatasetIndex, row: int, longest: int | None = None) -> str:
    """
    The value of a row as its line of `dump` shows it; a sequence has none.

    Args:
        index: The data set.
        row: The row.
        longest: Characters before it is cut; None for no cut.

    Raises:
        DecodeError: Numbers that do not fill the value, or SQ.
    """

def element_span(index: DatasetIndex, first: int, last: int) -> Any:
    """
    The bytes of the elements in rows `first` to `last`, that one not included, without a copy: with
    their headers and delimiters, and with whatever is between them.
    """

def encode_element(tag: int, vr: str, value: Buffer, explicit: bool = True, little: bool = True) -> bytes:
    """
    Encode an element: its header, and a value that is padded to even length (PS3.5 7.1).

    A value too long for the 16-bit form of Explicit VR is written as UN (PS3.5 6.2.2).

    Args:
        tag: The tag, group * 65536 + element.
        vr: The value representation, two letters.
        value: The bytes of the value, in the byte order asked for.
        explicit: Whether the VR is written.
        little: Whether tag, length and value are in little endian.

    Raises:
        EncodeError: A value that no length field can tell.
    """

def encode_file_head(sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, implementation_class_uid: str, implementation_version: str = "", source_ae: str = "") -> bytes:
    """
    Encode what stands before a data set in a file: preamble, prefix and group 2 (PS3.10 7.1).

    Args:
        sop_class_uid: Media Storage SOP Class UID.
        sop_instance_uid: Media Storage SOP Instance UID.
        transfer_syntax: Transfer Syntax UID of the data set that follows.
        implementation_class_uid: Who writes.
        implementation_version: Who writes, in up to 16 characters; left out when empty.
        source_ae: The AE title it came from; left out when empty.

    Raises:
        EncodeError: A UID that is empty or above 64 bytes, a name above 16, or not ASCII.
    """

def encode_json(index: DatasetIndex, rows: Sequence[int] | None = None, indent: int | None = None, bulk_data_threshold: int = 1024, bulk_data_uri: str | Any | None = None) -> str:
    """
    Write the DICOM JSON Model of a data set (PS3.18 F.2), without group lengths, tags ascending.

    Args:
        index: The data set.
        rows: Which of its elements; None for all.
        indent: Spaces for each level; None for one line.
        bulk_data_threshold: Characters of base64 that a binary value may have to be in the text.
        bulk_data_uri: The BulkDataURI of those above: a text in which {path}, {tag}, {vr}, {offset} and
            {length} are filled in, or a function of a LargeValue that gives a URI or None. None puts
            all of them into the text.

    Raises:
        DecodeError: A value that cannot be read.
    """

def encode_message(context_id: int, command: Command, max_length: int) -> bytes:
    """
    Encode a command set as whole P-DATA-TF PDUs (PS3.7 6.3.1, PS3.8 9.3.5).

    Args:
        context_id: The presentation context of the message.
        command: The command set.
        max_length: Bytes of the largest variable field the peer receives, 0 for any.

    Raises:
        EncodeError: Text beyond ISO 8859-1, or a maximum length without room for data.
    """

def encode_pdvs(context_id: int, data: Buffer, command: bool, last: bool, max_length: int) -> bytes:
    """
    Encode a command set, a data set or a piece of one as whole P-DATA-TF PDUs (PS3.8 9.3.5).

    Args:
        context_id: The presentation context of the message.
        data: An even number of bytes; none make one empty PDV.
        command: Whether they are of a command set.
        last: Whether they end their command or data set.
        max_length: Bytes of the largest variable field the peer receives, 0 for any.

    Raises:
        EncodeError: Data of odd length, or a maximum length without room for data.
    """

def encode_value(vr: str, value: Any, little: bool = True, charset: str = "", check: bool = True, *, query: bool = False) -> bytes:
    """
    Encode the value of an element, padded to even length (PS3.5 6.2).

    Args:
        vr: The value representation, two letters.
        value: None for an empty value; one value or a list: str for text, int and float for numbers and
            for IS and DS, Decimal for DS, date, time and datetime for DA, TM and DT, an int for AT; for
            numbers, OB, OW and the like also an array with items of that size. Bytes are taken as
            they are, in the byte order asked for.
        little: Whether numbers are written in little endian.
        charset: The value of Specific Character Set (0008,0005) that is in force.
        check: Whether text must be as PS3.5 Table 6.2-1 asks.
        query: Whether the value is of a query, with ranges and wildcards (PS3.4 C.2.2.2).

    Raises:
        EncodeError: A value that its VR does not allow: a sentence says why.
        TypeError: An object that is no value of this VR.
    """

def escape(text: str) -> str:
    """
    Text with what could move a cursor or hide written out, as `\\x1b` or `\\u202e`.
    """

def fragments(index: DatasetIndex, row: int) -> list[tuple[int, int]]:
    """
    The fragments of encapsulated pixel data as offset and length, the offset table first (PS3.5 A.4);
    none of native pixel data.

    Raises:
        DecodeError: What is in it cannot be read.
    """

def index_arrays(index: DatasetIndex, nested: bool = True) -> list[bytes]:
    """
    Where every element is: tags (u32), VRs (two letters each), offsets of values (u64), lengths (u64)
    and how many sequences are around each (u16), all in the byte order of this machine.

    Raises:
        DecodeError: Sequences that cannot be read.
    """

def is_encapsulated(syntax_uid: str) -> bool | None:
    """
    Whether the pixel data of a transfer syntax are fragments (PS3.5 A.4); None when it is not known.
    """

def is_undefined_item(index: DatasetIndex) -> bool:
    """
    Whether a data set is an item whose length was written as undefined (PS3.5 7.5).
    """

def item_span(index: DatasetIndex) -> Any:
    """
    The bytes of an item, without a copy: with its header and delimiter (PS3.5 7.5).
    """

def keyword_of(tag: int) -> str:
    """
    The keyword of a tag (PS3.6 6 to 9); empty when it has none.
    """

def keywords() -> list[str]:
    """
    Every keyword that has one tag (PS3.6 6 to 9), in alphabetical order.
    """

def number_array(vr: str, data: Buffer, offset: int = 0) -> bytes:
    """
    The numbers of a value of DS or IS as 64-bit floats or integers in the byte order of this machine.

    An empty one among several is NaN, or 0.

    Args:
        vr: "DS" or "IS".
        data: The bytes of the value.
        offset: Where the value starts, for the error.

    Raises:
        DecodeError: What is no number.
    """

def path_text(path: str | PathLike[str]) -> str:
    """
    A path as the tables of a scan have it: what is no Unicode in it as `\\\\xff`.
    """

def private_entry(creator: str, tag: int) -> PrivateEntry | None:
    """
    What the owner of a private block means by a tag, in whatever block it is (PS3.5 7.8.1): what was
    registered, else what is known of that vendor.
    """

def raw_elements(index: DatasetIndex, rows: Sequence[int] | None, raw: type, tag: type) -> Any:
    """
    Some elements as pydicom's `RawDataElement`, by tag as its `BaseTag`; no value is decoded.

    Args:
        index: Where they are.
        rows: Which of them; None for all.
        raw: The class `RawDataElement`.
        tag: The class `BaseTag`.
    """

def read_dataset(data: Any, syntax_uid: str, offset: int = 0, strict: bool = False, *, fallback_charset: str = "", inflated: int | None = None) -> DatasetIndex:
    """
    Index the data set that is the rest of a buffer (PS3.5 7).

    Args:
        data: The bytes; they are neither copied nor changed, and must not change.
        syntax_uid: The transfer syntax; an unknown one is read as Explicit VR Little Endian.
        offset: Where the data set starts.
        strict: Whether any deviation from the standard is an error instead of a warning.
        fallback_charset: Specific Character Set where the data set has none.
        inflated: How many bytes a deflated data set may inflate to; None for 32 MiB, and up to 1 GiB if
            that is no more than 500 for each byte.

    Raises:
        DecodeError: What cannot be read.
        ValueError: A character set that the standard does not have.
    """

def read_file(data: Any, strict: bool = False, until: int | None = None, only: Sequence[int] | None = None, fallback_charset: str = "", filename: str | None = None, inflated: int | None = None) -> DatasetIndex:
    """
    Open a file: with or without preamble, meta, or a transfer syntax that tells the truth. What is
    around the data set is its `file`.

    Args:
        data: The whole file; its bytes are neither copied nor changed, and must not change.
        strict: Whether any deviation from the standard is an error instead of a warning.
        until: Reading ends in front of the first element with this tag or a greater one.
        only: Keep only these elements, and (0008,0005); reading ends after the greatest.
        fallback_charset: Specific Character Set where the data set has none.
        filename: Where the file is, for those who ask.
        inflated: As for `read_dataset`.

    Raises:
        UnreadableError: No DICOM file at all.
        DecodeError: What cannot be read.
    """

def read_meta(data: Buffer) -> FileMeta:
    """
    Read the file meta information alone; the first bytes of a file suffice (PS3.10 7.1).

    Raises:
        UnreadableError: No DICOM file at all.
        DecodeError: Truncated when the bytes end within the meta; else what cannot be read.
    """

def read_path(path: str, strict: bool = False, until: int | None = None, only: Sequence[int] | None = None, fallback_charset: str = "", defer: bool = True, inflated: int | None = None, kind: type | None = None) -> Any:
    """
    Open the file at a path, as `read_file` does. Large values of a large file stay where they are
    until they are asked for; the file must not change until then.

    Args:
        path: Where the file is.
        strict: As for `read_file`.
        until: As for `read_file`.
        only: As for `read_file`.
        fallback_charset: As for `read_file`.
        defer: Whether values may stay in the file.
        inflated: As for `read_file`.
        kind: A class to `view` it with at once; None for the index alone.

    Raises:
        OSError: The file cannot be read.
        UnreadableError: No DICOM file at all.
        DecodeError: What cannot be read.
    """

def recode(index: DatasetIndex, to_syntax_uid: str, *, from_syntax_uid: str = "", lengths: str = "as-written", group_lengths: str = "remove") -> bytes:
    """
    Encode a data set in a transfer syntax: the elements and values of `index`, in ascending order, all
    of even length (PS3.5 7.1 and A).

    Args:
        index: The data set, or an item.
        to_syntax_uid: The transfer syntax to write; a deflated one gives deflated bytes.
        from_syntax_uid: The one that the data set was read in. When it is the same, encapsulated pixel
            data are copied; otherwise, and when nothing is said, they are refused. Only this tells of
            a private syntax whose pixels are in another byte order; say it of everything received.
        lengths: `as-written`, `defined` or `undefined`, for sequences and items (PS3.5 7.5).
        group_lengths: `remove` them, `keep` those that are there and make them right, or `add` one to
            every group (PS3.5 7.2).

    Raises:
        DecodeError: What cannot be read.
        EncodeError: A transfer syntax that nobody knows; pixel data that would have to be decoded or
            encoded.
        ValueError: No such `lengths` or `group_lengths`.
    """

def register_private(creator: str, entries: Sequence[tuple[int, str, str, str]]) -> None:
    """
    Make elements of a vendor known to the whole process: tags with their VR, VM and name. Which block a
    tag is in does not count; what is in none is ignored.
    """

def tag_of(keyword: str) -> int | None:
    """
    The tag of a keyword (PS3.6 6 to 9); None for repeating groups and unknown words.
    """

def transfer_syntaxes() -> list[str]:
    """
    The UIDs of every transfer syntax that can be read (PS3.5 A), in the order of PS3.6.
    """

def uid_entry(uid: str) -> UidEntry | None:
    """
    The row for a UID (PS3.6 A), if it is registered.
    """

def uids() -> list[UidEntry]:
    """
    Every registered UID (PS3.6 A), sorted as text.
    """

def unknown_charset_terms(charset: str) -> list[str]:
    """
    The terms in a value of Specific Character Set that the standard does not have.
    """

def values(index: DatasetIndex) -> Any:
    """
    Every value of a data set, sequences entered: a dict by keyword, else by the eight digits of the tag.
    A sequence is a list of such dicts, bytes come without a copy, values that cannot be read as bytes.

    Raises:
        DecodeError: Sequences that cannot be read.
    """

def view(kind: type, index: DatasetIndex, origin: Any | None = None) -> Any:
    """
    An object of a class of data sets: with an index, what that was read from, no element made and none
    edited.

    Args:
        kind: The class; it has the attributes `_index`, `_origin`, `_elements` and `_edits`.
        index: Where its elements are.
        origin: What it was read from, unless the index knows.

    Raises:
        TypeError: A class that makes its objects in its own way, or has no such attributes.
    """
