from bigflow import Config

config = (
    Config("local", {"bucket": "{folder}", "folder": "{root}/x", "root": "y", "password": None})
    .add_configuration("circle", {"bucket": "{folder}", "folder": "{root}/x", "root": "{bucket}", "password": "p"})
    .add_configuration("typo", {"bucket": "{flder}/x", "password": "p"})
)
