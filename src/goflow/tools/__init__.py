"""What agents may use: files, search, commands, the web, memory and people, each behind one boundary."""
