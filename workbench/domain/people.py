"""Who acts. In laptop mode there is one person, and they are asked for nothing."""

from workbench.domain.values import Value


class Person(Value):
    """A person by id and the name that others see."""

    id: str
    name: str


LAPTOP = Person(id="laptop", name="You")
"""The one person of laptop mode."""
