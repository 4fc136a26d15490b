"""An exchange folder of worksheets."""
