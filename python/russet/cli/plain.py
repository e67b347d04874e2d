"""Text of others for a terminal: nothing in it may steer that."""

__all__ = ["plain"]


def plain(text: str) -> str:
    """Write control characters, and what else cannot be seen, as escapes; lines stay lines."""
    if text.isprintable():
        return text
    shown = (each if each.isprintable() or each == "\n" else _escaped(each) for each in text)
    return "".join(shown)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
