"""Importing the platform's exports (D1, D2): ``run.py`` reads files, the others write what they say."""
