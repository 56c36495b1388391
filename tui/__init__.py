"""The dashboard, ``plinthctl top``. Its screens come with the metrics they show."""
