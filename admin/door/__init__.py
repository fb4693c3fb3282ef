"""What the dashboard and the desk have in common: signing in, who may see what, headers, pages."""
