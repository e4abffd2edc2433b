"""OCPI tariffs, and charge detail records priced by them. Pure."""
