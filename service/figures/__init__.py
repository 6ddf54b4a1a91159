"""The figures of a round: indicators, the dashboard, the quarterly report."""
