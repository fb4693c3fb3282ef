"""What alembic runs: on the connection it is given, within the transaction that is open there."""

from __future__ import annotations

from alembic import context

import storage.models
import storage.office_models  # noqa: F401
from storage.columns import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, transaction_per_migration=False)
context.run_migrations()
