"""What is checked of a whole workflow: one function a rule, listed in `goflow.planning.checks`."""
