"""Fills an empty SampleDB: two accounts, four actions. Prints one line of JSON.

Runs in the server's environment, on the database that the environment variables name.
"""

import json
import secrets

from sampledb import create_app
from sampledb.logic import action_permissions, actions, authentication, default_permissions, users
from sampledb.logic.action_translations import set_action_translation
from sampledb.logic.schemas import validate_schema
from sampledb.models import ActionType, Language, Permissions, UserType


def text(title: str, **more: object) -> dict[str, object]:
    return {"title": title, "type": "text", **more}


def quantity(title: str, *units: str) -> dict[str, object]:
    return {"title": title, "type": "quantity", "units": units[0] if len(units) == 1 else units}


ABOUT_A_MEASUREMENT = {
    "name": text("Name"),
    "sample": {"title": "Sample", "type": "sample"},
    "replicate": quantity("Replicate", "1"),
    "operator": text("Measured by"),
    "instrument": text("Instrument"),
    "measured_at": {"title": "Measured at", "type": "datetime"},
    "outcome": text("Outcome", choices=["valid", "invalid"], default="valid"),
    "remark": text("Remark", multiline=True),
}

SAMPLE = {
    "name": {"title": "Name", "type": "text", "languages": ["en", "de"]},
    "external_id": text("Order id"),
    "smiles": text("Repeat unit"),
    "status": text("Status", default="requested"),
    "reason": text("Reason"),
    "to_measure": text("To be measured"),
    "remark": text("Remark", multiline=True),
    "prediction": text("Prediction", multiline=True),
    "temperature": quantity("Synthesis temperature", "degC"),
}
DSC = {
    **ABOUT_A_MEASUREMENT,
    "property": text("Property"),
    "value": quantity("Value", "K"),
    "uncertainty": quantity("Standard uncertainty", "K"),
}
PYCNOMETRY = {**ABOUT_A_MEASUREMENT, "density": quantity("Density", "g/cm**3")}
NOTEBOOK = {
    **ABOUT_A_MEASUREMENT,
    "property": text("Property"),
    "reading": text("Reading"),
    "unit": text("Unit"),
}
ACTIONS = (
    ("sample", "Polymer sample", ActionType.SAMPLE_CREATION, SAMPLE, ["name", "external_id"]),
    ("dsc", "DSC", ActionType.MEASUREMENT, DSC, ["name", "sample", "property"]),
    ("pycnometry", "Pycnometry", ActionType.MEASUREMENT, PYCNOMETRY, ["name", "sample"]),
    ("notebook", "Notebook entry", ActionType.MEASUREMENT, NOTEBOOK, ["name", "sample"]),
)


def main() -> None:
    with create_app(include_dashboard=False).app_context():
        told: dict[str, object] = {}
        people = {}
        for name in ("synthloop", "chemist"):
            user = users.create_user(name=name, email=f"{name}@example.org", type=UserType.PERSON)
            people[name] = user.id
            told[f"{name}_token"] = secrets.token_hex(32)
            authentication.add_api_token(user.id, told[f"{name}_token"], "tests")
        # Objects are visible to their author alone unless the author's account says otherwise.
        for author, reader, rights in (
            ("synthloop", "chemist", Permissions.GRANT),
            ("chemist", "synthloop", Permissions.WRITE),
        ):
            default_permissions.set_default_permissions_for_user(
                people[author], people[reader], rights
            )
        for key, name, kind, fields, required in ACTIONS:
            schema = {
                "title": name,
                "type": "object",
                "properties": fields,
                "required": required,
                "propertyOrder": list(fields),
            }
            schema = json.loads(json.dumps(schema))
            validate_schema(schema)
            action = actions.create_action(action_type_id=kind, schema=schema)
            set_action_translation(
                language_id=Language.ENGLISH, action_id=action.id, name=name, description=""
            )
            action_permissions.set_action_permissions_for_all_users(action.id, Permissions.READ)
            told[f"{key}_action"] = action.id
        told["token"] = told.pop("synthloop_token")
        told["users"] = people
        print(json.dumps(told))


main()
