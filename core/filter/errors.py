"""What is wrong with a filter, and where."""

from __future__ import annotations

from collections.abc import Iterable


class FilterError(ValueError):
    """A filter that cannot be used. `str()` is one line for the user; `pointer()` shows the place in the text."""

    def __init__(self, message: str, position: int, length: int = 1, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        """Index into `text` of the first character that is wrong."""
        self.length = max(length, 1)
        """How many characters are wrong."""
        self.text = text
        """The whole filter."""

    def __str__(self) -> str:
        return f"filter, column {self.position + 1}: {self.message}"

    def pointer(self) -> str:
        """Two lines: the line of the filter that is wrong, and carets under the place."""
        start = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", start)
        line = self.text[start : end if end >= 0 else len(self.text)]
        column = self.position - start
        carets = "^" * max(1, min(self.length, len(line) - column))
        blank = "".join("\t" if character == "\t" else " " for character in line[:column])
        return f"{line}\n{blank}{carets}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message, "; did you mean X?", if something known is much like `word`; else nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
