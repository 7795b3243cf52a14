"""How this implementation says no."""


class Refused(Exception):
    """A refusal of FORMAT.md section 9: its name is `code`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class Malformed(Refused):
    """Bytes that are not what section 5, 6 or 8 says."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed_header", detail)
