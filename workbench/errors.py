"""Every deliberate error of the workbench.

A deliberate error says what happened, what was kept and what to do. The class docstring is the default
message; pages and commands show the message as it is. Any other exception is a bug and crashes loudly.

    WorkbenchError
    ├── NotAWorkspace            no workbench.toml here or above
    ├── NewerWorkspace           written by a newer version of the workbench
    ├── InvalidFile              a file that cannot be read as what it should be
    │   └── DigestMismatch       a version file changed after it was saved
    ├── NotFound                 no such set, version, draft, comparison …
    ├── VersionExists            that version was saved before
    ├── InvalidInstructions      the content breaks a rule of the format
    │   ├── UnknownVariable      text uses a variable that is not declared
    │   └── MissingValue         a declared variable has no value yet
    ├── Conflict                 somebody saved in between
    ├── StorageFull              the disk is full
    ├── StorageUnavailable       the database cannot be opened or reached
    ├── InvalidMessage           empty, too long
    │   └── MayBeARealPerson     the guard saw something that looks like a real person's data
    ├── ConsentNeeded            "no real person's words?" has not been answered
    ├── UnknownModel             not in workbench.toml
    ├── InvalidSettings          workbench.toml or a setting in it is wrong
    ├── InvalidAnnotation        the marked text is not in the answer
    ├── NotAllowed               the caller may not do this
    └── UnsafeForFormat          a format cannot carry this text unchanged
"""


class WorkbenchError(Exception):
    """Something the workbench will not do."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class NotAWorkspace(WorkbenchError):
    """There is no workbench.toml here or in a folder above. Run `workbench init FOLDER` to make a workspace."""


class NewerWorkspace(WorkbenchError):
    """This workspace was written by a newer version of the workbench. Nothing was changed. Update the workbench."""


class InvalidFile(WorkbenchError):
    """A file of the workspace cannot be read. It was left as it is."""


class DigestMismatch(InvalidFile):
    """A version file was changed after it was saved. It was left as it is and will not be used."""


class NotFound(WorkbenchError):
    """There is no such thing in this workspace."""


class VersionExists(WorkbenchError):
    """That version was saved before; versions are written once. Your draft is kept. Choose the next number."""


class InvalidInstructions(WorkbenchError):
    """The instructions break a rule of the format."""


class UnknownVariable(InvalidInstructions):
    """A text uses a variable that is not declared. Your text is kept. Declare it, or remove the braces."""


class MissingValue(InvalidInstructions):
    """A variable has no value yet. Your text is kept. Give the variable a value."""


class Conflict(WorkbenchError):
    """Somebody saved in between. Both texts are kept."""

    def __init__(self, message: str = "", *, theirs: str = "", yours: str = "") -> None:
        super().__init__(message)
        self.theirs = theirs
        self.yours = yours


class StorageFull(WorkbenchError):
    """The disk is full. What was saved before is safe; this change was not saved. Free some space and save again."""


class StorageUnavailable(WorkbenchError):
    """The database cannot be opened. Instruction files are safe. Check the folder or the database address."""


class InvalidMessage(WorkbenchError):
    """This message cannot be sent. Your text is kept."""


class MayBeARealPerson(InvalidMessage):
    """This looks like a real person's data, and this workspace is for made-up data only. Your text is kept."""


class ConsentNeeded(WorkbenchError):
    """Before the first message leaves this computer, confirm that it holds no real person's words."""


class UnknownModel(WorkbenchError):
    """This model is not in workbench.toml. Your text is kept. Pick a model from the Models page."""


class InvalidSettings(WorkbenchError):
    """workbench.toml has a setting that cannot be used. Correct it and start again."""


class InvalidAnnotation(WorkbenchError):
    """The marked words are not in this answer. Nothing was saved. Mark them again."""


class NotAllowed(WorkbenchError):
    """You are not allowed to do this here."""


class UnsafeForFormat(WorkbenchError):
    """This format cannot carry the text unchanged, so nothing was exported."""

    def __init__(self, line: int, reason: str, remedy: str) -> None:
        super().__init__(f"Line {line} cannot be carried unchanged: {reason}. Nothing was exported. {remedy}")
        self.line, self.reason, self.remedy = line, reason, remedy
