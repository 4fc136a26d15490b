"""Reads what openBIS serialises: an object that comes again is written as the number of the first.

As pybis 1.37.5 has it in `parse_jackson`: an object carries its number as "@id", and wherever the
same object is meant again stands the number alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from loop.errors import RetryableAdapterError

_NUMBER: Final = "@id"


class Graph:
    """Objects of one answer.

    Args:
        told: The answer, as JSON.
    """

    def __init__(self, told: Any) -> None:
        self._numbered: dict[int, Mapping[str, Any]] = {}
        waiting = [told]
        while waiting:
            item = waiting.pop()
            if isinstance(item, dict):
                if isinstance(item.get(_NUMBER), int):
                    self._numbered[item[_NUMBER]] = item
                waiting.extend(item.values())
            elif isinstance(item, list):
                waiting.extend(item)

    def one(self, value: Any) -> Mapping[str, Any]:
        """Return the object that stands somewhere, itself or by its number; none is empty.

        Only for places that hold objects: elsewhere a number is a number.

        Raises:
            RetryableAdapterError: there is neither an object nor the number of one.
        """
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        if isinstance(value, int) and value in self._numbered:
            return self._numbered[value]
        raise RetryableAdapterError(f"openBIS: expected an object, got {value!r:.100}")

    def many(self, value: Any) -> Sequence[Mapping[str, Any]]:
        """Return the objects of a list.

        Raises:
            RetryableAdapterError: it is no list of objects.
        """
        if not isinstance(value, list):
            raise RetryableAdapterError(f"openBIS: expected a list, got {value!r:.100}")
        return [self.one(item) for item in value]
