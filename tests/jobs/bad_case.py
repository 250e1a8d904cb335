"""The form of a case of bad input."""

from dataclasses import dataclass, field

USAGE, DATA, STORAGE, NUMERIC = 2, 3, 4, 5


@dataclass(frozen=True)
class Case:
    words: str  # of the call; IN/ is the folder of inputs
    code: int
    says: tuple  # what the message holds
    given: dict = field(default_factory=dict)  # what lies in the folder before, by source in IN/
    texts: dict = field(default_factory=dict)  # text files that lie there too
    fifos: tuple = ()  # named pipes that lie there too
    disc_bytes: int = 0  # size of the small disc at disc/, 0 for none
    leaves: tuple = ()  # patterns of files that may be new
