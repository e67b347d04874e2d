"""The one door to `russet._core`, the codec in Rust: PDUs, command sets, the receiving stream."""

from russet._core import Abort as Abort
from russet._core import AssociateAc as AssociateAc
from russet._core import AssociateRj as AssociateRj
from russet._core import AssociateRq as AssociateRq
from russet._core import Command as Command
from russet._core import CommandReceived as CommandReceived
from russet._core import CommonExtended as CommonExtended
from russet._core import ContextAc as ContextAc
from russet._core import ContextRq as ContextRq
from russet._core import DataReceived as DataReceived
from russet._core import DataUnexpected as DataUnexpected
from russet._core import Extended as Extended
from russet._core import Identity as Identity
from russet._core import PData as PData
from russet._core import Pdv as Pdv
from russet._core import ReleaseRp as ReleaseRp
from russet._core import ReleaseRq as ReleaseRq
from russet._core import Role as Role
from russet._core import Stream as Stream
from russet._core import UserInformation as UserInformation
from russet._core import decode_command as decode_command
from russet._core import decode_pdu as decode_pdu
from russet._core import encode_message as encode_message
from russet._core import encode_pdvs as encode_pdvs

__all__ = [
    "Abort",
    "AssociateAc",
    "AssociateRj",
    "AssociateRq",
    "Command",
    "CommandReceived",
    "CommonExtended",
    "ContextAc",
    "ContextRq",
    "DataReceived",
    "DataUnexpected",
    "Extended",
    "Identity",
    "PData",
    "Pdv",
    "ReleaseRp",
    "ReleaseRq",
    "Role",
    "Stream",
    "UserInformation",
    "decode_command",
    "decode_pdu",
    "encode_message",
    "encode_pdvs",
]
