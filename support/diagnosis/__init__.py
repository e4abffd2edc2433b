"""Why a car does not charge, or stopped: causes with their evidence, and the power as a curve. It orders nothing."""
