"""Makes a site with a laboratory in an empty SENAITE. Prints one line of JSON: the passwords.

Runs in the server's environment, Python 2.7: python senaite_provision.py ZOPE_CONF
"""

import binascii
import json
import os
import sys

import transaction
import Zope2
from AccessControl.SecurityManagement import newSecurityManager
from Testing.makerequest import makerequest
from zope.component.hooks import setSite
from zope.globalrequest import setRequest
from Zope2.Startup.run import configure_wsgi

GROUPS = {"synthloop": ["LabClerks"], "analyst": ["LabManagers"], "visitor": []}
SERVICES = {
    "TgDSC": ("Glass transition 1", "K"),
    "TgDSC2": ("Glass transition 2", "K"),
    "Density": ("Density", "g/cm**3"),
    "TgDMA": ("Glass transition by DMA", "degC"),
    "Strength": ("Tensile strength", "MPa"),
    "Colour": ("Colour", ""),
}


def make_site(app):
    from Products.CMFPlone.factory import addPloneSite

    return addPloneSite(
        app,
        "senaite",
        title="SENAITE",
        profile_id="Products.CMFPlone:plone",
        extension_ids=("plonetheme.barceloneta:default", "senaite.lims:default"),
        setup_content=False,
    )


def make_accounts():
    from plone import api as portal

    passwords = {}
    for name, groups in GROUPS.items():
        passwords[name] = "snt-" + binascii.hexlify(os.urandom(12)).decode()
        email = name + "@example.org"
        portal.user.create(email=email, username=name, password=passwords[name])
        for group in groups:
            portal.group.add_user(groupname=group, username=name)
    return passwords


def make_laboratory(site):
    from bika.lims import api

    client = api.create(site.clients, "Client", title="Polymer group", ClientID="POLY")
    api.create(client, "Contact", Firstname="Rita", Surname="Mohale")
    people = site.bika_setup.bika_labcontacts
    head = api.create(people, "LabContact", Firstname="Lab", Surname="Head")
    rooms = site.setup
    department = api.create(rooms.departments, "Department", title="Polymers", Manager=head)
    category = api.create(
        rooms.analysiscategories, "AnalysisCategory", title="Properties", Department=department
    )
    for title in ("Polymer", "Film"):
        api.create(
            rooms.sampletypes, "SampleType", title=title, Prefix=title[0], MinimumVolume="1 g"
        )
    services = site.bika_setup.bika_analysisservices
    for keyword, (title, unit) in SERVICES.items():
        api.create(
            services, "AnalysisService", title=title, Keyword=keyword, Unit=unit, Category=category
        )
    for service in services.values():
        # Without it SENAITE drops the sign of "<5" and keeps a 5.
        service.setAllowManualDetectionLimit(service.getKeyword() != "TgDMA")
        service.setStringResult(service.getKeyword() == "Colour")
    reasons = ["Synthesis failed", "Measurement failed"]
    known = {"textfield-{}".format(n): text for n, text in enumerate(reasons)}  # noqa: UP032
    # Nobody can reject a sample before this is switched on.
    site.bika_setup.setRejectionReasons([dict(known, checkbox="on")])
    # One person enters and verifies.
    site.bika_setup.setSelfVerificationEnabled(True)


def main():
    configure_wsgi(sys.argv[1])
    app = makerequest(Zope2.app())
    setRequest(app.REQUEST)
    app.acl_users._doAddUser("admin", binascii.hexlify(os.urandom(12)).decode(), ["Manager"], [])
    newSecurityManager(None, app.acl_users.getUser("admin").__of__(app.acl_users))
    site = make_site(app)
    setSite(site)
    passwords = make_accounts()
    make_laboratory(site)
    transaction.commit()
    print(json.dumps(passwords))


main()
