"""What one version wrote, read by the next: frozen databases, and migrations that break off."""
