"""Fills an empty Kadi4Mat: two accounts with their tokens. Prints one line of JSON.

Runs in the server's environment, with the configuration that the environment variables name.
"""

import json
import secrets

from kadi.app import create_app
from kadi.ext.db import db
from kadi.lib.api.models import PersonalToken
from kadi.modules.accounts.providers import LocalProvider
from kadi.modules.templates.core import create_template

SCOPES = " ".join(
    f"record.{action}" for action in ("create", "read", "link", "update", "delete", "permissions")
)
KEYS = {
    "polymer-sample": ["repeat unit", "status", "reason", "to measure", "remark"],
    "thermal-analysis": ["property", "value", "outcome"],
}


def main() -> None:
    told: dict[str, object] = {}
    with create_app().app_context():
        for name in ("synthloop", "chemist"):
            user = LocalProvider.register(
                displayname=name.capitalize(),
                username=name,
                email=f"{name}@example.org",
                password=secrets.token_hex(16),
                system_role="member",
                apply_role_rules=False,
            ).user
            told[f"{name}_id"] = user.id
            for key, scope in (
                ("token", f"{SCOPES} user.read template.read"),
                ("reader", "record.read user.read"),
            ):
                token = f"pat_{secrets.token_hex(24)}"
                PersonalToken.create(user=user, name=key, token=token, scope=scope)
                told[f"{name}_{key}"] = token
        for identifier, keys in KEYS.items():
            extras = [{"key": key, "type": "str", "value": None} for key in keys]
            if identifier == "polymer-sample":
                inner = [{"key": "temperature", "type": "float", "value": None, "unit": "degC"}]
                extras.append({"key": "conditions", "type": "dict", "value": inner})
            template = create_template(
                creator=user,
                identifier=identifier,
                title=identifier,
                type="record",
                data={"extras": extras},
                visibility="public",
            )
            assert template is not None
        db.session.commit()
    told["token"] = told.pop("synthloop_token")
    print(json.dumps(told))


main()
