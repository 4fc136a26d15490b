"""Serves SampleDB on the loopback interface; its own `run` listens on every interface.

Runs in the server's environment: python sampledb_serve.py PORT
"""

import sys

import cherrypy
from sampledb import create_app

cherrypy.tree.graft(create_app(), "/")
cherrypy.config.update(
    {
        "environment": "production",
        "server.socket_host": "127.0.0.1",
        "server.socket_port": int(sys.argv[1]),
        "server.thread_pool": 8,
        "log.screen": True,
    }
)
cherrypy.engine.signals.subscribe()
cherrypy.engine.start()
cherrypy.engine.block()
