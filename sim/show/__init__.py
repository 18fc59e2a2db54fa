"""Everything that is looked at, whoever asks: charts and reports."""
