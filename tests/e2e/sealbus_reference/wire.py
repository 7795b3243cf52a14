"""msgpack as FORMAT.md section 5.1 has it: a strict reader. msgpack's own packer writes."""

from collections.abc import Iterator
from typing import Any

import msgpack

from .errors import Malformed

LAST_MILLIS = 253_402_300_799_999
MOST_ENTRIES = 64
LONGEST_KEY = 64
DEEPEST = 8

# The lead byte of each form, and how many bytes of length or value follow it.
_BIN = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_STR = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_ARRAY = {0xDC: 2, 0xDD: 4}
_MAP = {0xDE: 2, 0xDF: 4}
_UNSIGNED = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_SIGNED = {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}


def pack(value: Any) -> bytes:
    """The shortest form of `value`, with bytes as bin and text as str."""
    return bytes(msgpack.packb(value, use_bin_type=True))


class Reader:
    """Reads one value from left to right; raises Malformed at the first thing that does not fit."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _left(self) -> int:
        return len(self._data) - self._at

    def _peek(self) -> int:
        if self._left() == 0:
            raise Malformed("cut short")
        return self._data[self._at]

    def _take(self, size: int) -> bytes:
        if size > self._left():
            raise Malformed("cut short")
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def _length(self, fix: range, forms: dict[int, int]) -> int:
        lead = self._take(1)[0]
        if lead in fix:
            return lead - fix.start
        if lead not in forms:
            raise Malformed("unexpected type")
        size = forms[lead]
        value = int.from_bytes(self._take(size), "big")
        shorter = [0, *(256**width for width in forms.values() if width < size)]
        if value < max(len(fix), *shorter):
            raise Malformed("length not in its shortest form")
        return value

    def text(self, most: int) -> str:
        size = self._length(range(0xA0, 0xC0), _STR)
        if size > most:
            raise Malformed("text too long")
        try:
            return self._take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("text is not UTF-8") from None

    def bin(self, least: int, most: int) -> bytes:
        size = self._length(range(0), _BIN)
        if not least <= size <= most:
            raise Malformed("bin of the wrong length")
        return self._take(size)

    def unsigned(self, least: int = 0, most: int = 2**64 - 1) -> int:
        value = self._integer(_UNSIGNED)
        if not least <= value <= most:
            raise Malformed("number out of range")
        return value

    def _integer(self, forms: dict[int, int]) -> int:
        lead = self._take(1)[0]
        if lead < 0x80:
            return lead
        if lead >= 0xE0 and forms is not _UNSIGNED:
            return lead - 0x100
        if lead not in forms:
            raise Malformed("unexpected type")
        size = forms[lead]
        signed = lead in _SIGNED
        value = int.from_bytes(self._take(size), "big", signed=signed)
        if signed:
            shortest = value < -32 if size == 1 else value < -(2 ** (4 * size - 1))
        else:
            shortest = value >= (0x80 if size == 1 else 2 ** (4 * size))
        if not shortest:
            raise Malformed("integer not in its shortest form")
        return value

    def boolean(self) -> bool:
        lead = self._take(1)[0]
        if lead not in (0xC2, 0xC3):
            raise Malformed("unexpected type")
        return lead == 0xC3

    def array(self, most: int) -> int:
        size = self._length(range(0x90, 0xA0), _ARRAY)
        if size > most or size > self._left():
            raise Malformed("too many elements")
        return size

    def map(self, most: int) -> int:
        size = self._length(range(0x80, 0x90), _MAP)
        if size > most or size * 2 > self._left():
            raise Malformed("too many entries")
        return size

    def entries(self, most: int = MOST_ENTRIES) -> Iterator[str]:
        """The keys of a map; the caller reads the value of each before it asks for the next."""
        seen = set()
        for _ in range(self.map(min(most, MOST_ENTRIES))):
            key = self.text(LONGEST_KEY)
            if key in seen:
                raise Malformed("duplicate key")
            seen.add(key)
            yield key

    def pass_over(self, key: str) -> None:
        """The value of a key that is not known (section 10)."""
        if key.startswith("!"):
            raise Malformed("unknown key that must be understood")
        self._skip(DEEPEST)

    def _skip(self, depth: int) -> None:
        lead = self._peek()
        everything = len(self._data)
        if lead == 0xC0:
            self._take(1)
        elif lead in (0xC2, 0xC3):
            self.boolean()
        elif lead < 0x80 or lead >= 0xE0 or lead in _UNSIGNED or lead in _SIGNED:
            self._integer(_UNSIGNED | _SIGNED)
        elif 0xA0 <= lead < 0xC0 or lead in _STR:
            self.text(everything)
        elif lead in _BIN:
            self.bin(0, everything)
        elif depth == 0:
            raise Malformed("nested too deeply")
        elif 0x90 <= lead < 0xA0 or lead in _ARRAY:
            for _ in range(self.array(everything)):
                self._skip(depth - 1)
        elif 0x80 <= lead < 0x90 or lead in _MAP:
            for _ in range(self.map(everything)):
                self.text(everything)
                self._skip(depth - 1)
        else:
            raise Malformed("unexpected type")

    def end(self) -> None:
        if self._left() != 0:
            raise Malformed("trailing bytes")
