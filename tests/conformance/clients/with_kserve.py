"""KServe's own client against our runtime: V1, V2 with bytes; its errors are ours."""

import asyncio
import sys

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig


async def refusal(client: InferenceRESTClient, url: str, request: InferRequest) -> str:
    """Return what the client says of a request that is refused."""
    try:
        await client.infer(url, request, model_name="rules")
    except httpx.HTTPStatusError as error:
        return str(error)
    raise AssertionError("it was answered")


async def main() -> None:
    """Ask in every way; fail where an answer is another."""
    url = sys.argv[1]
    one = InferenceRESTClient(config=RESTConfig(protocol="v1"))
    assert await one.is_model_ready(url, "rules")
    answer = await one.infer(url, {"instances": [{"amount": 3}]}, model_name="rules")
    assert answer["predictions"][0]["half"] == 1.5

    two = InferenceRESTClient(config=RESTConfig(protocol="v2"))
    assert await two.is_server_live(url)
    assert await two.is_server_ready(url)
    assert await two.is_model_ready(url, "rules")
    for binary in (False, True):
        tensor = InferInput("amount", [2, 1], "FP64")
        tensor.set_data_from_numpy(np.array([[1.5], [2.5]]), binary_data=binary)
        request = InferRequest("rules", [tensor], request_id="9")
        found = await two.infer(url, request, model_name="rules")
        assert found.id == "9"
        assert found.outputs[0].as_numpy().ravel().tolist() == [0.75, 1.25]
    tensor = InferInput("amuont", [1, 1], "FP64", data=[1.5])
    said = await refusal(two, url, InferRequest("rules", [tensor]))
    assert "did you mean 'amount'" in said
    print("kserve: V1, V2, bytes, errors")


if __name__ == "__main__":
    asyncio.run(main())
