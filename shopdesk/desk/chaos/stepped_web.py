"""The web process by a clock that can be moved."""

from django.utils.module_loading import import_string

from shopdesk.desk.chaos.processes import APPLICATION
from shopdesk.desk.chaos.stepped import install

install()

# By its name, as the web server has it: the desk's parts know nothing of what stands above them.
application = import_string(APPLICATION.replace(":", "."))
