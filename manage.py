#!/usr/bin/env python3
"""Django's command line. `scripts/manage` runs it in the project's environment, set up as needed."""

import os
import sys


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"Django is not installed in this Python ({sys.executable}). Run scripts/manage instead."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
