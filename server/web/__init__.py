"""What the screens share: base page, parts, tokens, live.js, words, login, and who is asking."""
