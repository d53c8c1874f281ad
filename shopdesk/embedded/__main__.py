"""`python -m shopdesk.embedded start|stop|status`, for whoever sees to the servers by hand."""

from __future__ import annotations

import sys

from shopdesk.embedded import VAR, EmbeddedServerError, PostgresCluster, ValkeyServer
from shopdesk.embedded.server import Server


def main(arguments: list[str]) -> int:
    """Returns the exit status: 3 when asked for the status and a server does not answer."""
    servers: list[Server] = [PostgresCluster(VAR / "postgres"), ValkeyServer(VAR / "valkey")]
    if arguments not in (["start"], ["stop"], ["status"]):
        sys.stderr.write("usage: python -m shopdesk.embedded start|stop|status\n")
        return 2
    all_answer = True
    try:
        for server in servers:
            if arguments == ["start"]:
                server.start()
            elif arguments == ["stop"]:
                server.stop()
            answers = server.answers()
            all_answer = all_answer and answers
            sys.stdout.write(f"{server.title}: {server.url if answers else 'not running'}\n")
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0 if all_answer or arguments == ["stop"] else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
