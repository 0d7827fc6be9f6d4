raise RuntimeError("a broken library")
