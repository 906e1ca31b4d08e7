"""Receiver processes: what clients send is read by several, and stored by one.

The storing process is the collector as it is without them. It listens, and gives each connection
whose next request brings spans to one of the receiver processes, which gives it back when another
request comes. They read bodies, check them, and make spans ready to be stored; the storing process
does the rest, and a client has its answer once it says that the spans are on disk. They have no
files, and keep nothing that was acknowledged.
"""
