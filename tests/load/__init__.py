"""Many threads and tasks on one session, and long runs: ``nox -s load``, ``nox -s soak``.

Nothing here is collected by an ordinary run of pytest. Each client has a process of its own, and so has the
server that it talks to. Every request has a number: the server holds each body against the digest that was
announced for it, and the client each answer against the number that it asked with. What is left at the end
(descriptors, threads, streams, connections at the server, memory) is counted. The exit status is 1 if anything
is not as it should be.
"""

from __future__ import annotations
