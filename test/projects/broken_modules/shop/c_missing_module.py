from shop.sub import nowhere
