"""The custom resource as pydantic models; field documentation becomes the CRD's descriptions."""
