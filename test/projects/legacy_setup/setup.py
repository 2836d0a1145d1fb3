import bigflow.build

VERSION = "1.2"

bigflow.build.setup(
    name="old_shop",
    version=VERSION + ".3",
    author="Ada",
)
