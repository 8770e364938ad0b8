"""One function per intention: open work, ask the rules, save, hand on. Each reads like the sentence it does."""
