"""A request for the endpoint → an answer: parameters, dataset, service, service description."""
