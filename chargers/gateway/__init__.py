"""The websocket of one charger: consumer, exchange of frames, switchboard of a process. No business rules."""
