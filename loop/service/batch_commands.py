"""Commands about a proposed batch and its orders."""

from loop.core import events as e
from loop.core.state import CampaignState, OrderStatus, RoundRecord, RoundState
from loop.errors import NotFoundError, StateError
from loop.service.ask import Ask
from loop.service.commands import Commands, given_reason, repeatable
from loop.service.proposing import person_item, work_orders


class BatchCommands(Commands):
    """What can be asked of the batch of the current round."""

    @repeatable
    def approve(self, slug: str, round_number: int, ask: Ask) -> int:
        """Release the proposed batch of a round: its orders go out.

        Raises:
            StateError: the round is not waiting for approval, or nothing is left in it, or the
                batch is over the budget.
            ConflictError: it changed since the asker looked.
        """
        state = self._live(slug)
        record = self._proposed(state, round_number)
        orders = work_orders(state, record)
        if not orders:
            raise StateError(
                f"round {round_number} of {slug!r} has no candidate left",
                hint="add one, or abandon the round so that a new batch is proposed",
            )
        self._within_budget(state, len(orders))
        return self._append(state, ask, e.BatchApproved(round_number=round_number, orders=orders))

    @repeatable
    def reject_item(self, slug: str, candidate_id: str, reason: str, ask: Ask) -> int:
        """Take a candidate out of the proposed batch; it is not proposed again."""
        state = self._live(slug)
        record = self._proposed(state)
        if candidate_id not in record.items or candidate_id in record.rejected:
            raise NotFoundError(
                f"candidate {candidate_id!r} is not in the batch of round {record.number}"
            )
        return self._append(
            state,
            ask,
            e.ItemRejected(
                round_number=record.number, candidate_id=candidate_id, reason=given_reason(reason)
            ),
        )

    @repeatable
    def add_item(self, slug: str, candidate: str, reason: str, ask: Ask) -> int:
        """Put a candidate of the pool, named by id, label or structure, into the batch."""
        state = self._live(slug)
        record = self._proposed(state)
        row = self._row(state, candidate)
        pool = self._archive.pool(state)
        identity = pool.ids[row]
        if identity in record.items and identity not in record.rejected:
            raise StateError(f"candidate {identity!r} is in the batch already")
        ordered = [
            o
            for o in state.orders.values()
            if o.order.candidate.candidate_id == identity
            and o.status in {OrderStatus.QUEUED, OrderStatus.ACCEPTED, OrderStatus.MEASURED}
        ]
        if ordered:
            raise StateError(
                f"candidate {identity!r} was ordered in round {ordered[0].order.round_number} "
                "already",
                hint="a synthesis is never ordered twice by accident",
            )
        self._within_budget(state, len(record.items) - len(record.rejected) + 1)
        position = max((i.position for i in record.items.values()), default=0) + 1
        item = person_item(self._archive, state, row, position, given_reason(reason))
        return self._append(state, ask, e.ItemAdded(round_number=record.number, item=item))

    @repeatable
    def abandon_round(self, slug: str, reason: str, ask: Ask) -> int:
        """Give up the current round before all its orders are placed."""
        state = self._live(slug)
        record = state.current_round
        open_states = {RoundState.OPEN, RoundState.FITTED, RoundState.PROPOSED, RoundState.APPROVED}
        if record is None or record.state not in open_states:
            raise StateError(
                f"campaign {slug!r} has no round that can be abandoned",
                hint="orders that the lab has are cancelled one by one",
            )
        placed = [o for o in record.order_ids if state.orders[o].receipt is not None]
        if placed:
            raise StateError(
                f"round {record.number} has {len(placed)} orders at the lab already",
                hint="cancel them one by one instead",
            )
        return self._append(
            state, ask, e.RoundAbandoned(round_number=record.number, reason=given_reason(reason))
        )

    @repeatable
    def cancel_order(self, slug: str, order_id: str, reason: str, ask: Ask) -> int:
        """Take an order back, here and at the lab if it can."""
        state = self._archive.state(slug)
        record = state.orders.get(order_id)
        if record is None:
            raise NotFoundError(f"campaign {slug!r} has no order {order_id!r}")
        if record.status.finished:
            raise StateError(f"order {order_id!r} is {record.status} already")
        if record.receipt is not None:
            self._archive.lab(state).cancel(record.order, given_reason(reason))
        return self._append(
            state, ask, e.OrderCancelled(order_id=order_id, reason=given_reason(reason))
        )

    def _proposed(self, state: CampaignState, round_number: int | None = None) -> RoundRecord:
        record = state.current_round
        if record is None:
            raise StateError(f"campaign {state.slug!r} has no round yet")
        if record.state is not RoundState.PROPOSED or round_number not in {None, record.number}:
            raise StateError(
                f"campaign {state.slug!r}: round {record.number} is {record.state}; "
                f"asked was round {round_number or record.number}, waiting for approval"
            )
        return record

    def _within_budget(self, state: CampaignState, n_orders: int) -> None:
        left = state.definition.budget.experiments - state.n_experiments
        if n_orders > left:
            raise StateError(
                f"the batch has {n_orders} candidates; the budget leaves {left}",
                hint="reject some, or amend budget.experiments",
            )

    def _row(self, state: CampaignState, name: str) -> int:
        pool = self._archive.pool(state)
        if name in pool:
            return pool.row(name)
        matches = [
            row for row in range(len(pool)) if name in (pool.labels[row], pool.structures[row])
        ]
        if len(matches) == 1:
            return matches[0]
        found = "none" if not matches else f"{len(matches)} of them"
        raise NotFoundError(
            f"candidate {name!r}: {found} in the pool has this id, label or structure"
        )
