"""The tables. `event` holds the facts; all others can be made anew from it, but the leases."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("campaign", sa.String(64), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("command_id", sa.String(64), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("actor_name", sa.String(200), nullable=False),
    sa.Column("actor_kind", sa.String(16), nullable=False),
    # ISO 8601 text in UTC: SQLite has no type for a time with its zone.
    sa.Column("time", sa.String(40), nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("previous_digest", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.UniqueConstraint("command_id", "ordinal", name="uq_event_command"),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("campaign", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("process_start", sa.String(32), nullable=False),
    sa.Column("since", sa.String(40), nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)

campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("slug", sa.String(64), primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("objective", sa.Text, nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("n_candidates", sa.Integer, nullable=False),
    sa.Column("n_experiments", sa.Integer, nullable=False),
    sa.Column("budget", sa.Integer, nullable=False),
    sa.Column("opened_at", sa.String(40), nullable=False),
    sa.Column("updated_at", sa.String(40), nullable=False),
)

round_ = sa.Table(
    "round",
    metadata,
    sa.Column("campaign", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("chosen_by", sa.Text, nullable=False),
    sa.Column("model_artifact", sa.String(64)),
    sa.Column("n_observations", sa.Integer),
    sa.Column("r2", sa.Float),
    sa.Column("coverage90", sa.Float),
    sa.Column("opened_at", sa.String(40), nullable=False),
    sa.Column("ended_at", sa.String(40)),
)

proposal_item = sa.Table(
    "proposal_item",
    metadata,
    sa.Column("campaign", sa.String(64), primary_key=True),
    sa.Column("round_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("candidate_id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("structure", sa.Text, nullable=False),
    sa.Column("origin", sa.String(32), nullable=False),
    sa.Column("mean", sa.Float),
    sa.Column("sd", sa.Float),
    sa.Column("score", sa.Float),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rejected", sa.Text),
)

work_order = sa.Table(
    "work_order",
    metadata,
    sa.Column("order_id", sa.String(128), primary_key=True),
    sa.Column("campaign", sa.String(64), nullable=False),
    sa.Column("round_number", sa.Integer, nullable=False),
    sa.Column("candidate_id", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_work_order_campaign", "campaign"),
)

measurement = sa.Table(
    "measurement",
    metadata,
    sa.Column("measurement_id", sa.String(64), primary_key=True),
    sa.Column("campaign", sa.String(64), nullable=False),
    sa.Column("order_id", sa.String(128), nullable=False),
    sa.Column("candidate_id", sa.String(64), nullable=False),
    sa.Column("property", sa.String(64), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("qualifier", sa.String(1), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("sd", sa.Float),
    sa.Column("replicate", sa.Integer, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("n_corrections", sa.Integer, nullable=False),
    sa.Column("recorded_at", sa.String(40), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Index("ix_measurement_campaign", "campaign"),
)

READ_TABLES = (campaign, round_, proposal_item, work_order, measurement)
