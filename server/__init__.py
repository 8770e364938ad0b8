"""The central server of Saduak: rules, services, storage, live push, pages and API."""
