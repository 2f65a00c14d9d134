"""Turn scanned prescriptions and patient documents into validated records."""

__version__ = "0.1.0"
