"""Wire protocols: how pages are sent to an endpoint, and how its answers come back."""
