"""What a project asks of its audits: its configuration, budgets and the findings that it knows of."""
