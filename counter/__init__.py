"""The officer's screen and the rating tablet, which stand at the same desk."""
