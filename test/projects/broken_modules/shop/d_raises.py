from shop.settings import read

SETTINGS = read("settings.ini")
