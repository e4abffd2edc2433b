"""Why a car does not charge, or stopped: causes with their evidence, the deciding question, the power drawn."""
