"""Files → what a workflow says: the only code that knows YAML, front matter and folders."""
