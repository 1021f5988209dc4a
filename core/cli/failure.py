"""How a command says that it could not do its work."""

COULD_NOT = 1
WRONG_USAGE = 2


class Failure(Exception):
    """Ends a command. The message is for the user: what is wrong, where, and what to do."""

    def __init__(self, message: object, status: int = COULD_NOT) -> None:
        super().__init__(str(message))
        self.status = status
