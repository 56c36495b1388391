"""What people and scripts are shown: frozen values in, safe text and JSON out."""
