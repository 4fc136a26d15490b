"""Serves a SENAITE on the loopback interface, without the request log of Zope's own start script.

Runs in the server's environment, Python 2.7: python senaite_serve.py ZOPE_CONF PORT
"""

import sys

from waitress import serve
from Zope2.Startup.run import make_wsgi_app

serve(make_wsgi_app({}, sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), threads=4)
