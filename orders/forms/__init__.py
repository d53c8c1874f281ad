"""The forms of the pages: they check types and give what the services take. The rules stand there."""
