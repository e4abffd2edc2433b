"""What card processors report by webhook: received, stored, and given to the room that it concerns."""
