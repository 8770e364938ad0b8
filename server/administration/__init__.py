"""Settings: what an administrator sets up and looks after. A manager may look at the devices."""
