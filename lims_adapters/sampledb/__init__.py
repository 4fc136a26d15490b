"""SampleDB of Forschungszentrum Jülich: samples and measurements are objects of actions."""
