from django.db import migrations

from shopdesk.base.migrations._audit_table import ENSURE_MONTHS


class Migration(migrations.Migration):
    """One month that the default partition holds rows of no longer stops those after it."""

    dependencies = [("base", "0001_initial")]
    operations = [migrations.RunSQL(ENSURE_MONTHS, migrations.RunSQL.noop)]
