select article, weight from weights
