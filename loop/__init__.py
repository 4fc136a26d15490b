"""synthloop: the closed-loop campaign controller for materials chemistry."""
