"""Serves datalab on the loopback interface with three accounts, and prints their keys.

Runs in the server's environment: python datalab_serve.py PORT MONGO_URI FOLDER
"""

import json
import sys
from hashlib import sha512
from secrets import token_hex

from bson import ObjectId
from pydatalab.main import create_app
from pydatalab.mongo import flask_mongo

PORT, MONGO_URI, FOLDER = sys.argv[1:]
ACCOUNTS = {"bot": "active", "chemist": "active", "newcomer": "unverified"}

app = create_app(
    {
        "MONGO_URI": MONGO_URI,
        "FILE_DIRECTORY": FOLDER,
        "SECRET_KEY": sha512(b"only for tests").hexdigest(),
        "APP_URL": f"http://127.0.0.1:{PORT}",
        "IDENTIFIER_PREFIX": "lab",
        "REMOTE_FILESYSTEMS": [],
        "ROOT_PATH": "/",
        "TESTING": False,
        "DEBUG": False,
    },
    env_file=False,
)

# datalab gives MongoDB 100 ms and answers 500 beyond; the stand-in takes longer on a busy machine.
flask_mongo.cx.close()
flask_mongo.init_app(app, connectTimeoutMS=20_000, serverSelectionTimeoutMS=20_000)

# The web API makes accounts only for people who come through an outside identity provider.
keys = {}
with app.app_context():
    from pydatalab.models.people import Person

    for name, status in ACCOUNTS.items():
        identity, keys[name] = ObjectId(), token_hex(16)
        person = Person(
            display_name=name, contact_email=f"{name}@example.org", account_status=status
        ).dict(exclude_unset=True, exclude_none=True)
        flask_mongo.db.users.insert_one({**person, "_id": identity, "type": "people"})
        flask_mongo.db.roles.insert_one({"_id": identity, "role": "user"})
        flask_mongo.db.api_keys.insert_one(
            {
                "user": identity,
                "name": name,
                "hash": sha512(keys[name].encode()).hexdigest(),
                "type": "api_key",
            }
        )
print(json.dumps(keys), flush=True)
app.run(host="127.0.0.1", port=int(PORT), threaded=True)
