"""A lab's own database, with the people who type into it."""

from typing import ClassVar

import sqlalchemy as sa

from lims_adapters.sql.adapter import SqlLab
from loop.core.result import Outcome
from loop.testing.lab_bench import LabBench
from tests.lims_adapters.film_orders import context, orders

SCHEMA = sa.MetaData()
REQUESTS = sa.Table(
    "synth_request",
    SCHEMA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_no", sa.String(80), nullable=False),
    sa.Column("sample_name", sa.String(200)),
    sa.Column("smiles", sa.Text),
    sa.Column("remark", sa.Text),
    sa.Column("priority", sa.String(20), nullable=False),
    sa.Column("state", sa.String(40)),
    sa.Column("state_note", sa.Text),
    sa.Column("prediction", sa.Text),
)
ANALYSES = sa.Table(
    "analysis",
    SCHEMA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_no", sa.String(80)),
    sa.Column("service", sa.String(40)),
    sa.Column("result", sa.String(40)),
    sa.Column("unit", sa.String(40)),
    sa.Column("repeat", sa.Integer),
    sa.Column("analyst", sa.String(40)),
    sa.Column("device", sa.String(40)),
    sa.Column("done_at", sa.DateTime),
    sa.Column("changed_at", sa.DateTime),
    sa.Column("void", sa.Boolean, default=False),
)
OPTIONS = {
    "orders": {
        "table": "synth_request",
        "order_id": "request_no",
        "columns": {"label": "sample_name", "structure": "smiles", "note": "remark"},
        "constants": {"priority": "normal", "state": "requested"},
        "status": "state",
        "note": "state_note",
        "cancelled_word": "cancelled",
        "annotation": "prediction",
    },
    "results": {
        "table": "analysis",
        "order_id": "request_no",
        "result_id": "id",
        "property": "service",
        "value": "result",
        "unit": "unit",
        "replicate": "repeat",
        "operator": "analyst",
        "instrument": "device",
        "measured_at": "done_at",
        "withdrawn": "void",
    },
    "properties": {"Tg": {"field": "TG-DSC"}, "density": {"field": "RHO"}},
    "status": {
        "requested": "open",
        "done": "measured",
        "synthesis failed": "failed in synthesis",
        "measurement failed": "failed in measurement",
        "cancelled": "cancelled",
        "ask us": "needs follow-up",
    },
}
SERVICES = {"Tg": "TG-DSC", "density": "RHO"}
_NOT_HTTP = "a database is not spoken to over HTTP"


class SqlBench(LabBench):
    impossible: ClassVar[dict] = {
        "proxy": _NOT_HTTP,
        "adapter_with_expired_token": "a database has passwords, tested on their own",
        "skew_clock": "what is new is told by content, not by a clock",
        "documents": "a table row holds no files",
        "attach": "a table row holds no files",
        "open_attachment": "a table row holds no files",
    }

    def __init__(self, url, folder, **results):
        self.url, self.folder, self.results = url, folder, results
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        SCHEMA.create_all(self.engine)

    def options(self):
        options = {"url": self.url, **OPTIONS}
        options["results"] = {**OPTIONS["results"], **self.results}
        return options

    def adapter(self, **changes):
        config = SqlLab.Config.model_validate({**self.options(), **changes})
        return SqlLab(config, context(self.folder, "sql"))

    def orders(self, n):
        return orders(n)

    def adapter_with_wrong_mapping(self):
        return self.adapter(results={**self.options()["results"], "value": "resullt"})

    def do(self, statement):
        with self.engine.begin() as connection:
            result = connection.execute(statement)
            return result.freeze()() if isinstance(statement, sa.Select) else result

    def _values(self, answer):
        return {
            "service": SERVICES[answer.property], "result": answer.value, "unit": answer.unit,
            "repeat": answer.replicate, "analyst": answer.operator, "device": answer.instrument,
            "done_at": answer.measured_at,
        }  # fmt: skip

    def report(self, order_id, answer):
        values = {"request_no": order_id, "changed_at": sa.func.now(), **self._values(answer)}
        return str(self.do(sa.insert(ANALYSES).values(values)).inserted_primary_key[0])

    def edit(self, result, answer):
        values = {"changed_at": sa.func.now(), **self._values(answer)}
        self.do(sa.update(ANALYSES).where(ANALYSES.c.id == int(result)).values(values))

    def withdraw(self, result):
        self.do(sa.update(ANALYSES).where(ANALYSES.c.id == int(result)).values(void=True))

    def remove(self, result):
        self.do(sa.delete(ANALYSES).where(ANALYSES.c.id == int(result)))

    def end(self, order_id, outcome, reason):
        word = {
            Outcome.FAILED_SYNTHESIS: "synthesis failed", Outcome.CANCELLED: "cancelled",
            Outcome.FAILED_MEASUREMENT: "measurement failed", Outcome.NEEDS_FOLLOW_UP: "ask us",
        }[outcome]  # fmt: skip
        self._state(order_id, state=word, state_note=reason)

    def _state(self, order_id, **values):
        self.do(sa.update(REQUESTS).where(REQUESTS.c.request_no == order_id).values(values))

    def set_status(self, order_id, word):
        self._state(order_id, state=word)

    def samples(self, order_id):
        asked = sa.select(sa.func.count()).where(REQUESTS.c.request_no == order_id)
        return self.do(asked).scalar_one()

    def place_by_hand(self, order):
        values = {"request_no": order.order_id, "priority": "high", "state": "requested"}
        self.do(sa.insert(REQUESTS).values(values))

    def delete(self, order_id):
        self.do(sa.delete(REQUESTS).where(REQUESTS.c.request_no == order_id))

    def annotation(self, order_id):
        asked = sa.select(REQUESTS.c.prediction).where(REQUESTS.c.request_no == order_id)
        return self.do(asked).scalar_one() or ""

    def close(self):
        self.engine.dispose()
