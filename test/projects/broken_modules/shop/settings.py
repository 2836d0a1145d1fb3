def read(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)
