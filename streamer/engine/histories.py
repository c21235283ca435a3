"""What an engine remembers of the senders it has heard from."""

from __future__ import annotations

from collections import OrderedDict

from streamer.timing.senders import SenderHistory

__all__ = ["Histories"]


class Histories:
    """
    One :class:`SenderHistory` an endpoint, from utterance to utterance.

    At the bound the one that was not asked for longest is forgotten.
    """

    MOST = 256
    """Endpoints remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, SenderHistory] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, endpoint: str) -> SenderHistory:
        """Return what is known of *endpoint*, a source's name."""
        known = self._known.get(endpoint)
        if known is None:
            known = self._known[endpoint] = SenderHistory()
            if len(self._known) > self.MOST:
                self._known.popitem(last=False)
        self._known.move_to_end(endpoint)
        return known
