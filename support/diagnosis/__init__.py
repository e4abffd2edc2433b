"""Why a car does not charge, or stopped: causes with their evidence, the question that decides, the power drawn."""
