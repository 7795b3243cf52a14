"""msgpack, strictly (PROTOCOL.md, section 1): what the library lets pass is checked here."""

from __future__ import annotations

from typing import Any

import msgpack

from ._errors import ProtocolError

_MOST_ENTRIES = 64
_LONGEST_KEY = 64
_DEEPEST = 8


def pack(value: dict[str, Any]) -> bytes:
    """One map in its shortest form."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(data: bytes) -> dict[str, Any]:
    """The one map that `data` is; raises nothing but ProtocolError."""
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            use_list=True,
            strict_map_key=True,
            object_pairs_hook=_with_text_keys,
            ext_hook=_no_ext,
            timestamp=0,
            max_str_len=len(data),
            max_bin_len=len(data),
            max_array_len=len(data),
            max_map_len=_MOST_ENTRIES,
            max_ext_len=0,
        )
        # The packer writes shortest forms and keeps the order, so any longer form shows.
        shortest = type(value) is dict and pack(value) == data
    except ProtocolError:
        raise
    except Exception as error:  # the library raises many kinds; all say that it is not msgpack
        raise ProtocolError(f"not strict msgpack: {type(error).__name__}") from None
    if type(value) is not dict:
        raise ProtocolError("not a map")
    if not shortest:
        raise ProtocolError("not in its shortest form, or a key stands twice")
    return value


def is_plain(value: Any, depth: int = _DEEPEST) -> bool:
    """Is it of the types that exist here, at most `depth` levels deep? Asked of what nobody reads."""
    if value is None or type(value) in (bool, int, str, bytes):
        return True
    if depth == 0:
        return False
    if type(value) is list:
        return all(is_plain(element, depth - 1) for element in value)
    if type(value) is dict:
        return all(is_plain(element, depth - 1) for element in value.values())
    return False


def _with_text_keys(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    entries = dict(pairs)  # a key that stands twice shows when it is packed again
    for key in entries:
        if type(key) is not str or len(key.encode()) > _LONGEST_KEY:
            raise ProtocolError("a key is not text, or too long")
    return entries


def _no_ext(code: int, data: bytes) -> Any:
    raise ProtocolError("an ext type")
